/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of what a story remembers: its rows are the first member of what stands in it, and
   stay where they are. It grows with their number, and knows their order. */
#ifndef CCM_CAPTURES_STORY_TABLE_H
#define CCM_CAPTURES_STORY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "captures/transport.h"

/* FNV-1a. */
static const uint32_t TABLE_HASH_START = 2166136261U;

static inline uint32_t table_hash(uint32_t hash, const void *bytes, size_t length)
{
    const uint8_t *in = bytes;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ in[i]) * 16777619U;
    }
    return hash;
}

static inline uint32_t table_hash_endpoint(uint32_t hash, const struct endpoint *endpoint)
{
    hash = table_hash(hash, endpoint->address, sizeof(endpoint->address));
    return table_hash(hash, &endpoint->port, sizeof(endpoint->port));
}

struct story_row {
    struct story_row *next_in_slot;
    struct story_row *older; /* in the order in which they were added */
    struct story_row *newer;
    uint32_t hash;
};

/* One of zeros is empty and ready. */
struct story_table {
    struct story_row **slots;
    size_t slot_count;
    size_t count;
    struct story_row *oldest;
    struct story_row *newest;
};

/* Frees the table; its rows are others'. */
void story_table_release(struct story_table *table);

void story_table_add(struct story_table *table, struct story_row *row, uint32_t hash);
void story_table_remove(struct story_table *table, struct story_row *row);

/* The rows that may have this hash: the first, and on along next_in_slot. */
struct story_row *story_table_slot(const struct story_table *table, uint32_t hash);

#endif
