/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "captures/iis_mp.h"
#include "captures/iis_scan.h"

void iis_reader_init(struct iis_reader *reader, struct iis_clients *clients, size_t block)
{
    memset(reader, 0, sizeof(*reader));
    reader->clients = clients;
    reader->since = INT64_MIN;
    reader->until = INT64_MIN;
    reader->totals.first_at = INT64_MIN;
    reader->totals.last_at = INT64_MIN;
    /* One byte more, for the newline that a last line lacks. */
    reader->room = IIS_LINE_LIMIT + block + 1;
    reader->text = malloc(reader->room);
    if (!reader->text) {
        abort();
    }
}

void iis_reader_release(struct iis_reader *reader)
{
    free(reader->text);
    memset(reader, 0, sizeof(*reader));
}

static bool starts(struct iis_span span, const char *prefix)
{
    const size_t length = strlen(prefix);

    return span.length >= length && strncasecmp(span.text, prefix, length) == 0;
}

/* IIS logs methods and reasons as they are: case matters. */
static bool is_word(struct iis_span span, const char *word)
{
    const size_t length = strlen(word);

    return span.length == length && memcmp(span.text, word, length) == 0;
}

/* Requests to the MP's message folders, what went wrong in its others, and what http.sys refused
   for its size, where neither method nor path need be known. */
static bool is_kept(const struct iis_line *line)
{
    const struct iis_span reason = line->fields[IIS_REASON];

    return is_word(line->fields[IIS_METHOD], "CCM_POST") ||
           starts(line->fields[IIS_PATH], "/ccm_system") ||
           (starts(line->fields[IIS_PATH], "/ccm_") &&
            iis_number(line->fields[IIS_STATUS]) >= 500) ||
           is_word(reason, "FieldLength") || is_word(reason, "RequestLength");
}

/* Was it asked for? Of which MP a request was may not be told, which is no reason to hide it. */
static bool is_wanted(struct iis_reader *reader, const struct iis_line *line, int64_t at)
{
    const enum evidence_tri of_mp = reader->mp ? iis_line_is_of(line, reader->mp) : TRI_YES;
    const bool bounded = reader->since != INT64_MIN || reader->until != INT64_MIN;

    if (of_mp == TRI_NO) {
        return false;
    }
    if (bounded && at == INT64_MIN) {
        reader->totals.timeless++;
        return false;
    }
    if (bounded && (at < reader->since || (reader->until != INT64_MIN && at > reader->until))) {
        return false;
    }
    reader->totals.unnamed += of_mp == TRI_UNKNOWN ? 1 : 0;
    return true;
}

/* A line of interest, without its newline; `number` from 1. */
static void take_line(struct iis_reader *reader, const char *text, size_t length, int64_t number)
{
    struct iis_totals *totals = &reader->totals;
    struct iis_line line;
    struct iis_mark mark = {.line = number, .file = reader->file};

    if (length > IIS_LINE_LIMIT) {
        totals->too_long++;
        return;
    }
    if (length > 0 && text[0] == '#') {
        totals->headers += iis_columns_read(&reader->columns, text, length) ? 1 : 0;
        return;
    }
    if (!iis_line_read(&reader->columns, text, length, &line)) {
        totals->first_unreadable = totals->unreadable ? totals->first_unreadable : number;
        totals->unreadable++;
        return;
    }
    mark.at = iis_time(&line, &reader->day);
    if (!is_kept(&line) || !is_wanted(reader, &line, mark.at)) {
        return;
    }
    if (mark.at != INT64_MIN) {
        totals->first_at = totals->first_at == INT64_MIN || mark.at < totals->first_at
                               ? mark.at
                               : totals->first_at;
        totals->last_at = mark.at > totals->last_at ? mark.at : totals->last_at;
    }
    totals->refused += line.fields[IIS_REASON].text ? 1 : 0;
    totals->posts += is_word(line.fields[IIS_METHOD], "CCM_POST") ? 1 : 0;
    iis_clients_add(reader->clients, &line, &mark);
}

/* Is the MP's folder at `hit` none that takes messages, and was its request not a failure? Most of
   what is found are files that clients bring: they are not worth a look at their columns. */
static bool is_passed_over(const struct iis_reader *reader, const char *text, size_t hit,
                           size_t end)
{
    const char next = text[hit + strlen("ccm_")]; /* before the newline, or it */

    return !reader->columns.mixed && next != 'P' && next != 's' && next != 'S' &&
           !iis_scan_failure(text, hit, end);
}

/* Whole lines: the last byte is a newline. */
static void take_lines(struct iis_reader *reader, const char *text, size_t end)
{
    int64_t number = reader->totals.lines;
    size_t at = 0;
    size_t begin = 0; /* of the line that `at` is in, or of one before it */

    while (at < end) {
        /* HTTPERR logs are small, and tell of requests that have no path. */
        const bool every = reader->columns.column_of[IIS_REASON] > 0;
        const size_t hit = every ? at : iis_scan(text, at, end, &number);
        const char *before;
        const char *line;
        const char *stop;

        if (hit == end) {
            break;
        }
        if (!every && text[hit] != '#' && is_passed_over(reader, text, hit, end)) {
            at = hit + 1;
            continue;
        }
        before = memrchr(text + begin, '\n', hit - begin);
        line = before ? before + 1 : text + begin;
        stop = memchr(text + hit, '\n', end - hit);
        take_line(reader, line, (size_t)(stop - line), number + 1);
        begin = (size_t)(stop - text) + 1;
        at = begin;
        number++;
    }
    reader->totals.lines = number;
    iis_clients_settle(reader->clients); /* before the text goes */
}

char *iis_reader_place(struct iis_reader *reader)
{
    return reader->text + reader->length;
}

static void drop(struct iis_reader *reader, size_t length)
{
    memmove(reader->text, reader->text + length, reader->length - length);
    reader->length -= length;
}

/* What has no newline yet has to leave room for a block. */
static void limit_line(struct iis_reader *reader)
{
    if (!reader->skip_first && reader->length > IIS_LINE_LIMIT) {
        reader->totals.too_long++;
        reader->totals.lines++;
        reader->skip_first = true;
    }
    if (reader->skip_first) {
        reader->length = 0;
    }
}

void iis_reader_take(struct iis_reader *reader, size_t length)
{
    const char *last = memrchr(reader->text + reader->length, '\n', length);
    const char *first;
    size_t end;

    reader->length += length;
    if (!last) {
        limit_line(reader);
        return;
    }
    end = (size_t)(last - reader->text) + 1;
    if (reader->skip_first) {
        first = memchr(reader->text, '\n', end);
        end -= (size_t)(first - reader->text) + 1;
        drop(reader, (size_t)(first - reader->text) + 1);
        reader->skip_first = false;
    }
    take_lines(reader, reader->text, end);
    drop(reader, end);
    limit_line(reader);
}

void iis_reader_end(struct iis_reader *reader)
{
    if (!reader->skip_first && reader->length > 0) {
        reader->text[reader->length] = '\n';
        take_lines(reader, reader->text, reader->length + 1);
    }
    reader->length = 0;
}
