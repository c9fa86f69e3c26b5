/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run of lines of a web server's log, pushed in as blocks of 8-bit text are read. Several readers
 * may take parts of one file at a time: each starts from the columns that the file begins with, and
 * says whether that mattered.
 */
#ifndef CCM_CAPTURES_IIS_READER_H
#define CCM_CAPTURES_IIS_READER_H

#include "captures/iis_clients.h"

/* Longer lines are passed over. http.sys takes 16 KiB of request at most unless it is told to. */
enum { IIS_LINE_LIMIT = 64 * 1024 };

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

struct iis_reader {
    struct iis_clients *clients; /* borrowed: where requests are counted */
    struct iis_columns columns;  /* as they are now */
    struct iis_totals totals;
    struct iis_day day;
    int64_t since; /* seconds: other requests are passed over; INT64_MIN: no limit */
    int64_t until;
    const char *mp;  /* only requests to this one; NULL: all */
    uint16_t file;   /* of the marks */
    bool skip_first; /* the text begins inside a line that is not ours */
    char *text;
    size_t length;
    size_t room;
};

/* Blocks are of at most `block` bytes. */
void iis_reader_init(struct iis_reader *reader, struct iis_clients *clients, size_t block);
void iis_reader_release(struct iis_reader *reader);

/* Where the next block goes, and that `length` bytes of it are there. */
char *iis_reader_place(struct iis_reader *reader);
void iis_reader_take(struct iis_reader *reader, size_t length);

/* The text is over: the last line need not end. */
void iis_reader_end(struct iis_reader *reader);

#endif
