/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of clients as CSV: an export of the duplicate GUID report, of a collection or of the
 * site's database; fields apart by comma, semicolon or tab, with or without quotation marks.
 * Columns are told by the names that reports and views give them, or by their shape where there is
 * no header.
 */
#ifndef CCM_CAPTURES_IDENTITY_LIST_H
#define CCM_CAPTURES_IDENTITY_LIST_H

#include "captures/duplicates.h"
#include "captures/text_work.h"

/* A line with more text than this is passed over and counted. */
enum { IDENTITY_LINE_LIMIT = 64 * 1024 };

struct identity_list_result {
    int64_t lines;
    int64_t rows;        /* with a GUID and a name */
    int64_t unreadable;  /* lines with neither, or too long */
    const char *problem; /* why there are no rows; NULL when there are some */
};

struct identity_list;

/* Rows go to `duplicates` (borrowed); their place is `first_place` plus the line's number. `bytes`:
   how long the text is, about, so that they find a table of their size; 0: not known. */
struct identity_list *identity_list_new(struct duplicates *duplicates, uint32_t first_place,
                                        uint64_t bytes);
void identity_list_free(struct identity_list *list);

/* Who reads it (captures/text_work.h). The list is borrowed. */
struct text_worker identity_list_worker(struct identity_list *list);

/* After all of it was read. */
struct identity_list_result identity_list_end(const struct identity_list *list);

/* Do the first bytes of a file look like such a list: a first line with a column for GUIDs, or with
   a GUID in it? */
bool identity_list_recognise(const void *bytes, size_t length);

#endif
