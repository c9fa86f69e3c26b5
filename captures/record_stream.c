/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/record_stream.h"

#include <string.h>

void record_stream_init(struct record_stream *stream, record_size_fn *size_of, size_t keep_limit,
                        struct budget *budget)
{
    memset(stream, 0, sizeof(*stream));
    stream->size_of = size_of;
    stream->keep_limit = keep_limit;
    stream->budget = budget;
}

void record_stream_release(struct record_stream *stream)
{
    budget_release(stream->budget, &stream->held);
}

static void reset(struct record_stream *stream)
{
    record_stream_release(stream);
    stream->size = 0;
    stream->seen = 0;
    stream->is_cut = false;
    stream->is_given = false;
}

static enum record_item lose(struct record_stream *stream, size_t *length)
{
    reset(stream);
    stream->is_lost = true;
    *length = 0;
    return RECORD_LOST;
}

/* Keeps what there is room for. */
static void keep(struct record_stream *stream, const uint8_t *bytes, size_t count)
{
    const size_t room = stream->keep_limit - stream->held.length;
    const size_t kept = count < room ? count : room;

    if (!stream->is_cut) {
        stream->is_cut = !budget_append(stream->budget, &stream->held, bytes, kept) || kept < count;
    }
}

/* Passes over `count` bytes of the piece, which belong to the record. */
static void take(struct record_stream *stream, const uint8_t **bytes, size_t *length, size_t count)
{
    keep(stream, *bytes, count);
    stream->seen += count;
    *bytes += count;
    *length -= count;
}

static bool is_complete(const struct record_stream *stream)
{
    return stream->size > 0 && stream->seen == stream->size;
}

static enum record_item give_held(struct record_stream *stream, struct record *out)
{
    *out = (struct record){(const uint8_t *)buffer_text(&stream->held), stream->held.length,
                           stream->size};
    stream->is_given = true;
    return RECORD_WHOLE;
}

/* Learns the size of a record whose beginning is held, a byte at a time: headers are short. */
static bool complete_header(struct record_stream *stream, const uint8_t **bytes, size_t *length)
{
    while (stream->size == 0 && *length > 0) {
        if (stream->seen == RECORD_HEADER || stream->is_cut) {
            return false;
        }
        take(stream, bytes, length, 1);
        stream->size = stream->size_of(buffer_text(&stream->held), stream->held.length);
    }
    return stream->size != SIZE_MAX;
}

enum record_item record_stream_next(struct record_stream *stream, const struct mark *mark,
                                    const uint8_t **bytes, size_t *length, struct record *out)
{
    size_t wanted;

    *out = (struct record){NULL, 0, 0};
    if (is_complete(stream) && !stream->is_given) {
        return give_held(stream, out);
    }
    if (stream->is_given) {
        reset(stream);
    }
    if (*length == 0) {
        return RECORD_NONE;
    }
    if (stream->seen == 0) {
        const size_t size = stream->size_of(*bytes, *length);

        if (size == SIZE_MAX) {
            return lose(stream, length);
        }
        stream->is_lost = false;
        stream->began = *mark;
        if (size > 0 && size <= *length) {
            *out = (struct record){*bytes, size < stream->keep_limit ? size : stream->keep_limit,
                                   size};
            *bytes += size;
            *length -= size;
            return RECORD_WHOLE;
        }
        stream->size = size;
    }
    if (!complete_header(stream, bytes, length)) {
        return lose(stream, length);
    }
    wanted = stream->size > 0 ? stream->size - stream->seen : 0;
    if (wanted > *length) {
        wanted = *length;
    }
    if (wanted > 0) {
        take(stream, bytes, length, wanted);
    }
    return is_complete(stream) ? give_held(stream, out) : RECORD_NONE;
}

bool record_stream_gap(struct record_stream *stream, uint64_t lost)
{
    if (stream->is_given) {
        reset(stream);
    }
    if (stream->size > 0 && lost <= stream->size - stream->seen) {
        stream->seen += (size_t)lost;
        stream->is_cut = true;
        return true;
    }
    reset(stream);
    stream->is_lost = true;
    return false;
}
