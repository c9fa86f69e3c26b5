/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/name_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FIRST_ROWS = 64 };

void name_table_release(struct name_table *table)
{
    arena_release(&table->arena);
    free(table->rows);
    memset(table, 0, sizeof(*table));
}

static size_t hash_of(const char *name)
{
    uint64_t hash = 14695981039346656037ULL;

    for (; *name; name++) {
        const char c = *name >= 'a' && *name <= 'z' ? (char)(*name - 32) : *name;

        hash = (hash ^ (uint8_t)c) * 1099511628211ULL; /* FNV-1a */
    }
    return (size_t)(hash ^ hash >> 32);
}

static struct name_row *find_row(const struct name_table *table, const char *name)
{
    size_t place = hash_of(name) & (table->row_count - 1);

    while (table->rows[place].name && strcasecmp(table->rows[place].name, name) != 0) {
        place = (place + 1) & (table->row_count - 1);
    }
    return &table->rows[place];
}

static void grow(struct name_table *table)
{
    struct name_row *old = table->rows;
    const size_t old_count = table->row_count;

    table->row_count = old_count > 0 ? old_count * 2 : FIRST_ROWS;
    table->rows = calloc(table->row_count, sizeof(*table->rows));
    if (!table->rows) {
        abort();
    }
    for (size_t i = 0; i < old_count; i++) {
        if (old[i].name) {
            *find_row(table, old[i].name) = old[i];
        }
    }
    free(old);
}

uint32_t name_table_find(struct name_table *table, const char *name, uint32_t number)
{
    struct name_row *row;

    if ((table->used + 1) * 4 > table->row_count * 3) {
        grow(table);
    }
    row = find_row(table, name);
    if (row->name) {
        return row->number;
    }
    if (number > 0) {
        *row = (struct name_row){arena_strdup(&table->arena, name), number};
        table->used++;
    }
    return 0;
}
