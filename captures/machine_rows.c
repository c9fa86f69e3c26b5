/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/machine_rows.h"

#include <stdlib.h>
#include <string.h>

#include "captures/large_memory.h"

enum { FIRST_ROWS = 1 << 6, FIRST_NAMES = 1 << 10 };

static void *must(void *memory)
{
    if (!memory) {
        abort();
    }
    return memory;
}

static size_t block_count(size_t used, size_t size)
{
    return (used + size - 1) / size;
}

static void release_block(struct machine_block *block, bool is_first)
{
    if (is_first) {
        free(block->rows);
        free(block->details);
    } else {
        large_memory_free(block->rows, MACHINE_BLOCK_ROWS * sizeof(*block->rows));
        large_memory_free(block->details, MACHINE_BLOCK_ROWS * sizeof(*block->details));
    }
}

void machine_rows_release(struct machine_rows *rows)
{
    for (size_t i = 0; i < block_count(rows->room, MACHINE_BLOCK_ROWS); i++) {
        release_block(&rows->blocks[i], i == 0);
    }
    for (size_t i = 0; i < block_count(rows->name_room, MACHINE_BLOCK_NAMES); i++) {
        if (i == 0) {
            free(rows->names[i]);
        } else {
            large_memory_free(rows->names[i], MACHINE_BLOCK_NAMES);
        }
    }
    free(rows->blocks);
    free(rows->names);
    memset(rows, 0, sizeof(*rows));
}

bool machine_rows_full(const struct machine_rows *rows)
{
    return rows->count == MACHINE_ROWS_MOST || rows->name_length > UINT32_MAX - MACHINE_BLOCK_NAMES;
}

/* Twice the first block, or one more. */
static void add_rows(struct machine_rows *rows)
{
    const size_t room = rows->room;
    const size_t count = block_count(room, MACHINE_BLOCK_ROWS);
    struct machine_block *block;

    if (room == 0 || room >= MACHINE_BLOCK_ROWS) {
        rows->blocks = must(realloc(rows->blocks, (count + 1) * sizeof(*rows->blocks)));
        rows->blocks[count] = (struct machine_block){NULL, NULL};
    }
    if (room >= MACHINE_BLOCK_ROWS) {
        rows->blocks[count].rows = large_memory_new(MACHINE_BLOCK_ROWS * sizeof(*block->rows));
        rows->room = room + MACHINE_BLOCK_ROWS;
        return;
    }
    block = &rows->blocks[0];
    rows->room = room ? 2 * room : FIRST_ROWS;
    block->rows = must(realloc(block->rows, rows->room * sizeof(*block->rows)));
    if (block->details) {
        block->details = must(realloc(block->details, rows->room * sizeof(*block->details)));
        memset(&block->details[room], 0, (rows->room - room) * sizeof(*block->details));
    }
}

/* The same of names. */
static void add_names(struct machine_rows *rows)
{
    const size_t room = rows->name_room;
    const size_t count = block_count(room, MACHINE_BLOCK_NAMES);

    if (room == 0 || room >= MACHINE_BLOCK_NAMES) {
        rows->names = must(realloc(rows->names, (count + 1) * sizeof(*rows->names)));
        rows->names[count] = NULL;
    }
    if (room >= MACHINE_BLOCK_NAMES) {
        rows->names[count] = large_memory_new(MACHINE_BLOCK_NAMES);
        rows->name_room = room + MACHINE_BLOCK_NAMES;
    } else {
        rows->name_room = room ? 2 * room : FIRST_NAMES;
        rows->names[0] = must(realloc(rows->names[0], rows->name_room));
    }
}

/* With its NUL it is within one block. */
static uint32_t add_name(struct machine_rows *rows, const char *name, size_t length)
{
    size_t place = rows->name_length;

    if (place % MACHINE_BLOCK_NAMES + length + 1 > MACHINE_BLOCK_NAMES) {
        place = block_count(place, MACHINE_BLOCK_NAMES) * MACHINE_BLOCK_NAMES;
    }
    if (place + length + 1 > rows->name_room) {
        add_names(rows);
    }
    memcpy(&rows->names[place / MACHINE_BLOCK_NAMES][place % MACHINE_BLOCK_NAMES], name,
           length + 1);
    rows->name_length = place + length + 1;
    return (uint32_t)place;
}

struct machine_row *machine_rows_add(struct machine_rows *rows,
                                     const struct ready_sighting *sighting)
{
    const uint32_t number = (uint32_t)rows->count;
    struct machine_row *row;

    if (rows->count == rows->room) {
        add_rows(rows);
    }
    rows->count++;
    row = machine_rows_at(rows, number);
    memcpy(row->guid, sighting->guid, sizeof(row->guid));
    row->name = add_name(rows, sighting->name, sighting->name_length);
    row->place = sighting->place;
    row->next = 0;
    if (sighting->certificate || sighting->hardware || sighting->at) {
        machine_rows_tell(rows, number,
                          &(struct machine_details){sighting->certificate, sighting->hardware,
                                                    sighting->at, sighting->at});
    }
    return row;
}

struct machine_details machine_rows_details(const struct machine_rows *rows, uint32_t number)
{
    const struct machine_details *details = rows->blocks[number / MACHINE_BLOCK_ROWS].details;

    return details ? details[number % MACHINE_BLOCK_ROWS] : (struct machine_details){0};
}

void machine_rows_tell(struct machine_rows *rows, uint32_t number,
                       const struct machine_details *details)
{
    struct machine_block *block = &rows->blocks[number / MACHINE_BLOCK_ROWS];
    const size_t first_room = rows->room < MACHINE_BLOCK_ROWS ? rows->room : MACHINE_BLOCK_ROWS;

    if (!block->details && number < MACHINE_BLOCK_ROWS) {
        block->details = must(calloc(first_room, sizeof(*block->details)));
    } else if (!block->details) {
        block->details = large_memory_new(MACHINE_BLOCK_ROWS * sizeof(*block->details));
    }
    block->details[number % MACHINE_BLOCK_ROWS] = *details;
}

size_t machine_rows_bytes(const struct machine_rows *rows)
{
    const size_t first_room = rows->room < MACHINE_BLOCK_ROWS ? rows->room : MACHINE_BLOCK_ROWS;
    size_t bytes = rows->room * sizeof(struct machine_row) + rows->name_room;

    for (size_t i = 0; i < block_count(rows->room, MACHINE_BLOCK_ROWS); i++) {
        bytes += rows->blocks[i].details
                     ? (i == 0 ? first_room : MACHINE_BLOCK_ROWS) * sizeof(struct machine_details)
                     : 0;
    }
    return bytes;
}
