/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story_table.h"

#include <stdio.h>
#include <stdlib.h>

enum { FIRST_SLOTS = 16 }; /* a power of two, as all that follow */

static struct story_row **slot_of(const struct story_table *table, uint32_t hash)
{
    return &table->slots[(hash ^ hash >> 16) & (table->slot_count - 1)];
}

static void put(struct story_table *table, struct story_row *row)
{
    struct story_row **slot = slot_of(table, row->hash);

    row->next_in_slot = *slot;
    *slot = row;
}

/* Replaces the slots. Without memory the program ends, as base/arena.h says. */
static void make_slots(struct story_table *table, size_t slot_count)
{
    free(table->slots);
    table->slots = calloc(slot_count, sizeof(struct story_row *));
    table->slot_count = slot_count;
    if (!table->slots) {
        fputs("ccmprobe: out of memory\n", stderr);
        abort();
    }
    for (struct story_row *row = table->oldest; row; row = row->newer) {
        put(table, row);
    }
}

void story_table_release(struct story_table *table)
{
    free(table->slots);
    *table = (struct story_table){0};
}

void story_table_add(struct story_table *table, struct story_row *row, uint32_t hash)
{
    if (table->count == table->slot_count) {
        make_slots(table, table->slot_count > 0 ? 2 * table->slot_count : FIRST_SLOTS);
    }
    table->count++;
    row->hash = hash;
    row->newer = NULL;
    row->older = table->newest;
    *(table->newest ? &table->newest->newer : &table->oldest) = row;
    table->newest = row;
    put(table, row);
}

void story_table_remove(struct story_table *table, struct story_row *row)
{
    struct story_row **link = slot_of(table, row->hash);

    while (*link != row) {
        link = &(*link)->next_in_slot;
    }
    *link = row->next_in_slot;
    *(row->older ? &row->older->newer : &table->oldest) = row->newer;
    *(row->newer ? &row->newer->older : &table->newest) = row->older;
    table->count--;
}

struct story_row *story_table_slot(const struct story_table *table, uint32_t hash)
{
    return table->slot_count > 0 ? *slot_of(table, hash) : NULL;
}
