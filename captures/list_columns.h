/* SPDX-License-Identifier: Apache-2.0 */
/* The columns of a list of clients (identity_list.h): which hold what, told by the first line, and
   the fields of the other lines. */
#ifndef CCM_CAPTURES_LIST_COLUMNS_H
#define CCM_CAPTURES_LIST_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

enum list_column {
    LIST_GUID,
    LIST_NAME,
    LIST_CERTIFICATE,
    LIST_HARDWARE,
    LIST_TIME,
    LIST_COLUMNS,
};

/* A piece of a line, borrowed. `at` NULL: there is none. */
struct list_text {
    const char *at;
    size_t length;
};

/* Without the blanks around it, with which some programs fill columns. */
struct list_text list_text_trim(struct list_text part);

/* Of zeros: nothing is known of any line. */
struct list_columns {
    char delimiter;
    bool has_header;             /* as its first line */
    size_t places[LIST_COLUMNS]; /* the field's, from 1; 0: there is none */
    size_t wanted;               /* fields of a line that hold them all */
    const char *problem;         /* why there can be no rows, or NULL */
};

/* Does the line tell other programs how to read the list? It stands before the columns: "#TYPE ..."
   of PowerShell's Export-Csv, "sep=;" of Excel. */
bool list_columns_passes(struct list_text line);

/* Reads the first line. */
void list_columns_read(struct list_columns *columns, struct list_text line);

/* The fields of a line, divided after RFC 4180, without their quotation marks; two marks that stand
   for one inside stay two. */
void list_columns_divide(const struct list_columns *columns, struct list_text line,
                         struct list_text fields_out[LIST_COLUMNS]);

#endif
