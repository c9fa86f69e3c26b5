/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by name, without regard to the case of ASCII letters. */
#ifndef CCM_CAPTURES_NAME_TABLE_H
#define CCM_CAPTURES_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct name_row {
    const char *name;
    uint32_t number;
};

/* Zero-initialise; release with name_table_release. */
struct name_table {
    struct arena arena; /* the names */
    struct name_row *rows;
    size_t row_count; /* a power of two, or 0 */
    size_t used;
};

void name_table_release(struct name_table *table);

/* The number of the name; 0 for one that is new, and then it gets `number`, unless that is 0. */
uint32_t name_table_find(struct name_table *table, const char *name, uint32_t number);

#endif
