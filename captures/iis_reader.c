/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "captures/iis_mp.h"
#include "captures/iis_scan.h"

void iis_reader_release(struct iis_reader *reader)
{
    free(reader->kept);
    free(reader->last);
    memset(reader, 0, sizeof(*reader));
}

void iis_totals_add(struct iis_totals *totals, const struct iis_totals *more)
{
    if (!totals->unreadable && more->unreadable) {
        totals->first_unreadable = totals->lines + more->first_unreadable;
    }
    totals->lines += more->lines;
    totals->posts += more->posts;
    totals->headers += more->headers;
    totals->unreadable += more->unreadable;
    totals->too_long += more->too_long;
    totals->unnamed += more->unnamed;
    totals->timeless += more->timeless;
    totals->refused += more->refused;
    if (more->first_at != INT64_MIN &&
        (totals->first_at == INT64_MIN || more->first_at < totals->first_at)) {
        totals->first_at = more->first_at;
    }
    totals->last_at = more->last_at > totals->last_at ? more->last_at : totals->last_at;
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
static bool is_wanted(struct iis_reader *reader, const struct iis_filter *filter,
                      const struct iis_line *line, int64_t at)
{
    const enum evidence_tri of_mp = filter->mp ? iis_line_is_of(line, filter->mp) : TRI_YES;
    const bool bounded = filter->since != INT64_MIN || filter->until != INT64_MIN;

    if (of_mp == TRI_NO) {
        return false;
    }
    if (bounded && at == INT64_MIN) {
        reader->totals.timeless++;
        return false;
    }
    if (bounded && (at < filter->since || (filter->until != INT64_MIN && at > filter->until))) {
        return false;
    }
    reader->totals.unnamed += of_mp == TRI_UNKNOWN ? 1 : 0;
    return true;
}

/* The place of the next request. */
static struct iis_kept *next_kept(struct iis_reader *reader)
{
    enum { FIRST_ROOM = 256 };

    if (reader->count == reader->room) {
        reader->room = reader->room ? reader->room * 2 : FIRST_ROOM;
        reader->kept = realloc(reader->kept, reader->room * sizeof(*reader->kept));
        if (!reader->kept) {
            abort();
        }
    }
    return &reader->kept[reader->count];
}

/* A line of interest, without its newline; `number` from 1. */
static void take_line(struct iis_reader *reader, const struct iis_filter *filter, const char *text,
                      size_t length, int64_t number)
{
    struct iis_totals *totals = &reader->totals;
    struct iis_kept *kept = next_kept(reader);
    const struct iis_line *line = &kept->line;
    int64_t at;

    if (length > IIS_LINE_LIMIT) {
        return;
    }
    if (length > 0 && text[0] == '#') {
        totals->headers += iis_columns_read(&reader->columns, text, length) ? 1 : 0;
        return;
    }
    if (!iis_line_read(&reader->columns, text, length, &kept->line)) {
        totals->first_unreadable = totals->unreadable ? totals->first_unreadable : number;
        totals->unreadable++;
        return;
    }
    at = iis_time(line, &reader->day);
    if (!is_kept(line) || !is_wanted(reader, filter, line, at)) {
        return;
    }
    if (at != INT64_MIN) {
        totals->first_at =
            totals->first_at == INT64_MIN || at < totals->first_at ? at : totals->first_at;
        totals->last_at = at > totals->last_at ? at : totals->last_at;
    }
    totals->refused += line->fields[IIS_REASON].text ? 1 : 0;
    totals->posts += is_word(line->fields[IIS_METHOD], "CCM_POST") ? 1 : 0;
    kept->mark = (struct iis_mark){.line = number, .at = at, .file = filter->file};
    reader->count++;
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

/* Whole lines from `at` on: the last byte is a newline. */
static void take_lines(struct iis_reader *reader, const struct iis_filter *filter, const char *text,
                       size_t at, size_t end)
{
    int64_t number = reader->totals.lines;
    size_t begin = at; /* of the line that `at` is in, or of one before it */

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
        take_line(reader, filter, line, (size_t)(stop - line), number + 1);
        begin = (size_t)(stop - text) + 1;
        at = begin;
        number++;
    }
    reader->totals.lines = number;
}

/* The last line of a text that does not end in a newline, or the beginning of one that is too
   long. */
static void take_last(struct iis_reader *reader, const struct iis_filter *filter, const char *text,
                      size_t length)
{
    length = length > IIS_LINE_LIMIT + 1 ? IIS_LINE_LIMIT + 1 : length;
    reader->last = realloc(reader->last, length + 1);
    if (!reader->last) {
        abort();
    }
    memcpy(reader->last, text, length);
    reader->last[length] = '\n';
    take_lines(reader, filter, reader->last, 0, length + 1);
}

/* Where the first line begins; the piece's length when none does. */
static size_t first_line(const struct text_piece *piece)
{
    const char *newline;

    if (piece->is_first || piece->text[-1] == '\n') {
        return 0;
    }
    newline = memchr(piece->text, '\n', piece->length);
    return newline ? (size_t)(newline - piece->text) + 1 : piece->length;
}

/* How many lines that begin in the piece are too long. Goes on by as much at a time as a line may
   have. */
static int64_t count_long(const struct text_piece *piece, size_t begin)
{
    const char *const end = piece->text + piece->length + piece->behind;
    const char *at = piece->text + begin;
    int64_t count = 0;

    while (at < piece->text + piece->length && end - at > IIS_LINE_LIMIT) {
        const char *newline = memrchr(at, '\n', IIS_LINE_LIMIT + 1);

        if (!newline) {
            count++;
            newline = memchr(at, '\n', (size_t)(end - at));
        }
        at = newline ? newline + 1 : end;
    }
    return count;
}

/* The newline that ends the last line; NULL when none is to be seen. */
static const char *last_newline(const struct text_piece *piece)
{
    return memchr(piece->text + piece->length - 1, '\n', piece->behind + 1);
}

void iis_reader_take(struct iis_reader *reader, const struct iis_filter *filter,
                     const struct iis_columns *columns, struct text_piece *piece)
{
    const size_t begin = first_line(piece);
    const char *newline;
    const char *last;
    size_t open;

    reader->before = *columns;
    reader->columns = *columns;
    reader->totals = (struct iis_totals){.first_at = INT64_MIN, .last_at = INT64_MIN};
    reader->count = 0;
    if (begin == piece->length) {
        return;
    }
    newline = last_newline(piece);
    if (!newline) {
        text_piece_extend(piece);
        newline = last_newline(piece);
    }
    reader->totals.too_long = count_long(piece, begin);
    if (newline) {
        take_lines(reader, filter, piece->text, begin, (size_t)(newline - piece->text) + 1);
        return;
    }
    last = memrchr(piece->text + begin, '\n', piece->length - begin);
    open = last ? (size_t)(last - piece->text) + 1 : begin;
    take_lines(reader, filter, piece->text, begin, open);
    take_last(reader, filter, piece->text + open, piece->length + piece->behind - open);
}
