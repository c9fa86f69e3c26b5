/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a table of duplicates (duplicates.h): millions of machines, each with the GUID that
 * it was seen with. Rows are numbered from 0 and never go away. Blocks are of one size, but for the
 * first, which grows to it: a table of few rows is small.
 */
#ifndef CCM_CAPTURES_MACHINE_ROWS_H
#define CCM_CAPTURES_MACHINE_ROWS_H

#include "captures/sighting.h"

enum {
    MACHINE_ROW_BITS = 26,
    MACHINE_ROWS_MOST = (1 << MACHINE_ROW_BITS) - 1,
    MACHINE_BLOCK_ROWS = 1 << 19,  /* 14 MiB, 7 huge pages; their details 8 MiB */
    MACHINE_BLOCK_NAMES = 1 << 22, /* bytes */
};

/* 28 bytes. */
struct machine_row {
    uint8_t guid[16];
    uint32_t name; /* machine_rows_name */
    uint32_t place;
    uint32_t next; /* the caller's */
};

/* What many lists do not tell: of blocks of rows of which nothing is told there are none. */
struct machine_details {
    uint32_t certificate; /* as in ready_sighting */
    uint32_t hardware;
    uint32_t first_at;
    uint32_t last_at;
};

struct machine_block {
    struct machine_row *rows;
    struct machine_details *details;
};

/* Zero-initialise; release with machine_rows_release. */
struct machine_rows {
    struct machine_block *blocks;
    char **names;
    size_t count;
    size_t room;        /* in all blocks */
    size_t name_length; /* used in all blocks of names */
    size_t name_room;
};

void machine_rows_release(struct machine_rows *rows);

/* No more can be added: numbers have MACHINE_ROW_BITS, places of names 32 bits. */
bool machine_rows_full(const struct machine_rows *rows);

/* Adds a row, when they are not full; its `next` is 0. */
struct machine_row *machine_rows_add(struct machine_rows *rows,
                                     const struct ready_sighting *sighting);

/* Zeros where nothing is told. */
struct machine_details machine_rows_details(const struct machine_rows *rows, uint32_t number);
void machine_rows_tell(struct machine_rows *rows, uint32_t number,
                       const struct machine_details *details);

/* The memory that was asked for. */
size_t machine_rows_bytes(const struct machine_rows *rows);

static inline struct machine_row *machine_rows_at(const struct machine_rows *rows, uint32_t number)
{
    return &rows->blocks[number / MACHINE_BLOCK_ROWS].rows[number % MACHINE_BLOCK_ROWS];
}

/* Borrowed until a row is added. */
static inline const char *machine_rows_name(const struct machine_rows *rows,
                                            const struct machine_row *row)
{
    return &rows->names[row->name / MACHINE_BLOCK_NAMES][row->name % MACHINE_BLOCK_NAMES];
}

#endif
