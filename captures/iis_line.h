/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a web server's log: the W3C log of IIS 6 to 10, by its #Fields line, or the HTTPERR
 * log of http.sys beneath it. Excerpts without a #Fields line are read by their shape.
 */
#ifndef CCM_CAPTURES_IIS_LINE_H
#define CCM_CAPTURES_IIS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is read of a line. */
enum iis_field {
    IIS_DATE,
    IIS_TIME,
    IIS_SITE,
    IIS_SERVER, /* s-ip */
    IIS_PORT,   /* s-port */
    IIS_METHOD,
    IIS_PATH,
    IIS_USER,
    IIS_CLIENT, /* c-ip */
    IIS_AGENT,
    IIS_STATUS,
    IIS_SUBSTATUS,
    IIS_WIN32,
    IIS_REASON, /* s-reason: of HTTPERR only */
    IIS_COMPUTER,
    IIS_HOST, /* cs-host: as the client called it */
    IIS_FIELD_COUNT,
};

/* The name in a #Fields line: "c-ip". */
const char *iis_field_name(enum iis_field field);

/* The columns of a log. Zero-initialised, none is known and lines are read by their shape. */
struct iis_columns {
    uint8_t column_of[IIS_FIELD_COUNT]; /* of each field: its column plus one, or 0 */
    uint8_t count;                      /* 0: no #Fields line was seen */
    bool mixed;       /* method, path and status do not stand in this order, as they always do */
    uint16_t missing; /* bits: fields without which something cannot be told */
};

/* Bytes of the line; NULL when the line has none, or "-". */
struct iis_span {
    const char *text;
    size_t length;
};

struct iis_line {
    struct iis_span fields[IIS_FIELD_COUNT];
    uint16_t missing;
    bool guessed; /* read by its shape */
};

/* Takes a line that begins with '#'. False when it is no #Fields line, or has more columns than
   there is room for: then the columns stay as they were. */
bool iis_columns_read(struct iis_columns *columns, const char *text, size_t length);

/* Divides a line, without its newline. False: it has not the columns of the log, or, without
   columns, is no request to an MP. */
bool iis_line_read(const struct iis_columns *columns, const char *text, size_t length,
                   struct iis_line *line_out);

/* A number of at most 10 digits; -1 when it is none. */
int64_t iis_number(struct iis_span span);

/* The day that was read last: lines of one day follow each other. Zero-initialise. */
struct iis_day {
    char text[10];
    int64_t begins;
};

/* Seconds since 1970 of date and time, in UTC as IIS logs them; INT64_MIN when they are none. */
int64_t iis_time(const struct iis_line *line, struct iis_day *day);

#endif
