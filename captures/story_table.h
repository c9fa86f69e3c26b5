/* SPDX-License-Identifier: Apache-2.0 */
/* Within captures/: what the tables of a story's memory have in common. */
#ifndef CCM_CAPTURES_STORY_TABLE_H
#define CCM_CAPTURES_STORY_TABLE_H

#include "captures/story_memory.h"

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

/* The row of a table. It depends on what differs from run to run, so that nobody can choose
   addresses that all fall into one. */
static inline size_t table_row(const struct story_memory *memory, uint32_t hash)
{
    hash = table_hash(hash, &memory, sizeof(memory));
    return (hash ^ hash >> 16) % STORY_TABLE_SIZE;
}

/* Memory of zeros; its lack ends the program, as base/arena.h says. */
void *table_allocate(size_t size);

/* False, and counted as dropped, when that would be more than the limit. */
bool table_admit(struct allowance *allowance, size_t amount);

/* Those of a client, with their doors. */
void table_release_cases(struct story_memory *memory, struct story_client *client);

#endif
