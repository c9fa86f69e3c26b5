/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a web server's log that begin in one piece of it (captures/text_work.h): what is of
 * interest is kept until it is the piece's turn to be counted.
 */
#ifndef CCM_CAPTURES_IIS_READER_H
#define CCM_CAPTURES_IIS_READER_H

#include "captures/iis_clients.h"
#include "captures/text_work.h"

/* Longer lines are passed over. http.sys takes 16 KiB of request at most unless it is told to. */
enum { IIS_LINE_LIMIT = 32 * 1024 };

struct iis_totals {
    int64_t lines;
    int64_t posts;      /* requests with CCM_POST */
    int64_t headers;    /* #Fields lines */
    int64_t refused;    /* requests that http.sys did not pass on */
    int64_t unreadable; /* lines of an MP's folder that have not the columns of the log */
    int64_t first_unreadable;
    int64_t too_long;
    int64_t unnamed;  /* requests of which the line does not tell whether they were to the MP */
    int64_t timeless; /* left out, as a line without a time is not known to be within the bounds */
    int64_t first_at; /* of what was kept, seconds; INT64_MIN: none */
    int64_t last_at;
};

/* What is kept of a file's requests. */
struct iis_filter {
    int64_t since; /* seconds: other requests are passed over; INT64_MIN: no limit */
    int64_t until;
    const char *mp; /* only requests to this one; NULL: all */
    uint16_t file;  /* of the marks */
};

/* A request; its text is the piece's, or the reader's. */
struct iis_kept {
    struct iis_line line;
    struct iis_mark mark; /* the line is counted from the first that begins in the piece, from 1 */
};

/* Zero-initialise. */
struct iis_reader {
    struct iis_columns before;  /* that the piece was begun with */
    struct iis_columns columns; /* that it ended with */
    struct iis_totals totals;
    struct iis_day day;
    struct iis_kept *kept;
    size_t count;
    size_t room;
    char *last; /* a line that has no newline, with one */
};

void iis_reader_release(struct iis_reader *reader);

/* Reads a piece, with `columns` before it; what was kept of another goes. A byte before the piece
   has to be seen, and IIS_LINE_LIMIT + 1 behind it when it is extended. */
void iis_reader_take(struct iis_reader *reader, const struct iis_filter *filter,
                     const struct iis_columns *columns, struct text_piece *piece);

/* Adds what was counted in the lines behind. */
void iis_totals_add(struct iis_totals *totals, const struct iis_totals *more);

#endif
