/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_parts.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "captures/text_blocks.h"

enum { PART_LEAST = 4 * 1024 * 1024 }; /* bytes for which a thread is worth its start */

/* The lines that begin in [begin, end). */
struct part {
    struct iis_source *source;
    uint64_t begin;
    uint64_t end;
    struct iis_clients *clients;
    struct iis_columns columns; /* that it was read with, at first */
    struct iis_reader reader;
    bool is_first; /* asks whether to stop */
    pthread_t thread;
    bool has_thread;
};

/* --- one part --- */

static bool goes_on(struct part *part, size_t length)
{
    const struct iis_log_settings *settings = part->source->settings;
    const uint64_t done = atomic_fetch_add(&part->source->done, length) + length;

    if (part->is_first && settings->progress) {
        settings->progress(settings->context, done, part->source->size);
    }
    if (part->is_first && settings->stop && settings->stop(settings->context)) {
        atomic_store(&part->source->stopped, true);
    }
    return !atomic_load(&part->source->stopped);
}

static size_t read_input(struct input *input, void *bytes, size_t room)
{
    enum { STEP = 32 * 1024 };
    size_t length = room < STEP ? room : STEP;
    const uint8_t *from = input_peek(input, length);

    if (!from) {
        length = input_rest(input);
        from = length > 0 ? input_peek(input, length) : NULL;
    }
    if (!from) {
        return 0;
    }
    memcpy(bytes, from, length);
    input_advance(input, length);
    return length;
}

/* Up to `room` bytes; 0 at the end, which an error is, too. */
size_t iis_read(struct iis_source *source, uint64_t offset, void *bytes, size_t room)
{
    ssize_t length;

    if (source->input) {
        return read_input(source->input, bytes, room);
    }
    do {
        length = source->is_random ? pread(source->handle, bytes, room, (off_t)offset)
                                   : read(source->handle, bytes, room);
    } while (length < 0 && errno == EINTR);
    if (length < 0) {
        atomic_store(&source->problem, errno);
        return 0;
    }
    return (size_t)length;
}

static size_t smaller(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* The rest of the line that the part ends in. */
static void read_last_line(struct part *part, uint64_t offset, size_t block)
{
    struct iis_reader *reader = &part->reader;

    while (offset < part->source->size) {
        char *place = iis_reader_place(reader);
        const size_t length =
            iis_read(part->source, offset, place, smaller(part->source->size - offset, block));
        const char *newline = memchr(place, '\n', length);

        if (length == 0) {
            return;
        }
        iis_reader_take(reader, newline ? (size_t)(newline - place) + 1 : length);
        if (newline) {
            return;
        }
        offset += length;
    }
}

/* A line begins behind each newline before `end - 1`, and at the beginning of the file. */
static void *read_part(void *argument)
{
    struct part *part = argument;
    struct iis_reader *reader = &part->reader;
    const size_t block = part->source->settings->block;
    uint64_t offset = part->begin > 0 ? part->begin - 1 : 0;

    reader->skip_first = part->begin > 0;
    while (offset + 1 < part->end) {
        const size_t length = iis_read(part->source, offset, iis_reader_place(reader),
                                       smaller(part->end - 1 - offset, block));

        if (length == 0) {
            atomic_store(&part->source->is_short, true);
            break;
        }
        iis_reader_take(reader, length);
        offset += length;
        if (!goes_on(part, length)) {
            return NULL;
        }
    }
    if (offset + 1 >= part->end && !(reader->skip_first && reader->totals.lines == 0)) {
        read_last_line(part, offset, block);
    }
    iis_reader_end(reader);
    return NULL;
}

static int64_t seconds(int64_t micro)
{
    return micro == EVIDENCE_UNKNOWN ? INT64_MIN : micro / CLOCK_US_PER_SECOND;
}

static void begin_part(struct part *part, const struct iis_columns *columns, uint16_t file)
{
    part->columns = *columns;
    iis_reader_init(&part->reader, part->clients, part->source->settings->block);
    part->reader.columns = *columns;
    part->reader.file = file;
    part->reader.since = seconds(part->source->settings->since);
    part->reader.until = seconds(part->source->settings->until);
    part->reader.mp = part->source->mp;
}

/* --- a plain file --- */

static void add_totals(struct iis_totals *totals, const struct iis_totals *more)
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

/* Adds what a part counted. When the columns had changed before it, it is read again. */
static void join_part(struct iis_clients *clients, struct part *part, struct iis_columns *columns,
                      struct iis_totals *totals)
{
    const uint16_t file = part->reader.file;

    if (memcmp(&part->columns, columns, sizeof(*columns)) != 0) {
        iis_reader_release(&part->reader);
        iis_clients_free(part->clients);
        part->clients = iis_clients_new();
        begin_part(part, columns, file);
        read_part(part);
    }
    iis_clients_merge(clients, part->clients, totals->lines);
    add_totals(totals, &part->reader.totals);
    *columns = part->reader.columns;
}

static size_t part_count(const struct iis_source *source)
{
    const uint64_t most = source->size / PART_LEAST + 1;
    const unsigned threads = source->settings->threads;

    if (source->settings->cut > 0) {
        return source->settings->cut < source->size ? 2 : 1;
    }
    return source->settings->block < IIS_BLOCK || most > threads ? threads : (size_t)most;
}

void iis_read_parts(struct iis_source *source, uint16_t file, struct iis_clients *clients,
                    struct iis_totals *totals)
{
    struct part parts[IIS_THREADS_LIMIT] = {{0}};
    const size_t count = part_count(source);
    struct iis_columns columns;

    memset(&columns, 0, sizeof(columns)); /* they are compared as bytes */
    for (size_t i = 0; i < count; i++) {
        struct part *part = &parts[i];

        part->source = source;
        part->begin = source->size * i / count;
        part->end = source->size * (i + 1) / count;
        if (source->settings->cut > 0 && count > 1) {
            part->begin = i == 0 ? 0 : source->settings->cut;
            part->end = i == 0 ? source->settings->cut : source->size;
        }
        part->is_first = i == 0;
        part->clients = iis_clients_new();
        begin_part(part, i == 0 ? &columns : &source->columns, file);
        part->has_thread = i > 0 && pthread_create(&part->thread, NULL, read_part, part) == 0;
    }
    read_part(&parts[0]);
    for (size_t i = 1; i < count; i++) {
        if (parts[i].has_thread) {
            pthread_join(parts[i].thread, NULL);
        } else {
            read_part(&parts[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        /* Behind a part that was left, lines have no number. */
        if (i == 0 || !atomic_load(&source->stopped)) {
            join_part(clients, &parts[i], &columns, totals);
        }
        iis_reader_release(&parts[i].reader);
        iis_clients_free(parts[i].clients);
    }
}

/* --- everything else: pipes, UTF-16 --- */

static void feed(struct iis_reader *reader, const char *text, size_t length, size_t block)
{
    while (length > 0) {
        const size_t take = smaller(length, block);

        memcpy(iis_reader_place(reader), text, take);
        iis_reader_take(reader, take);
        text += take;
        length -= take;
    }
}

void iis_read_stream(struct iis_source *source, uint16_t file, const struct iis_span *head,
                     struct iis_clients *all, struct iis_totals *totals)
{
    struct part part = {.source = source, .is_first = true};
    struct iis_clients *clients = iis_clients_new();
    struct text_blocks blocks = {0};
    const size_t block = source->settings->block;
    char *bytes = malloc(block);
    size_t length = head->length;
    const char *from = head->text;

    if (!bytes) {
        abort();
    }
    part.clients = clients;
    begin_part(&part, &(struct iis_columns){.count = 0}, file);
    while (length > 0 && goes_on(&part, length)) {
        text_blocks_add(&blocks, from, length);
        feed(&part.reader, buffer_text(&blocks.text), blocks.text.length, block);
        text_blocks_drop(&blocks, blocks.text.length);
        from = bytes;
        length = iis_read(source, 0, bytes, block);
    }
    text_blocks_end(&blocks);
    feed(&part.reader, buffer_text(&blocks.text), blocks.text.length, block);
    iis_reader_end(&part.reader);
    iis_clients_merge(all, clients, totals->lines);
    add_totals(totals, &part.reader.totals);
    iis_reader_release(&part.reader);
    iis_clients_free(clients);
    text_blocks_release(&blocks);
    free(bytes);
}
