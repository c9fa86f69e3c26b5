/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/redact_gather.h"

#include <stdlib.h>
#include <string.h>

bool gather_add(struct gather *gather, struct gather_sink *sink, const struct gather_span *span,
                const uint8_t *bytes, size_t limit)
{
    const size_t cost = span->length + sizeof(*span);

    if (gather_length(gather) + span->length > limit || *sink->used + cost > LIMIT_GATHERED_BYTES) {
        return false;
    }
    if (gather->span_count == gather->span_room) {
        gather->span_room = gather->span_room > 0 ? 2 * gather->span_room : 2;
        gather->spans = realloc(gather->spans, gather->span_room * sizeof(*gather->spans));
        if (!gather->spans) {
            abort();
        }
    }
    gather->spans[gather->span_count++] = *span;
    buffer_append(&gather->bytes, bytes, span->length);
    *sink->used += cost;
    return true;
}

/* The part of a span, which begins at `start`, that lies within [at, at + length). */
static struct gather_span cut(const struct gather_span *span, size_t start, size_t at,
                              size_t length, size_t *skipped_out)
{
    const size_t from = start > at ? start : at;
    const size_t to = start + span->length < at + length ? start + span->length : at + length;

    *skipped_out = from - start;
    return (struct gather_span){span->frame, span->sequence + (uint32_t)(from - start),
                                to > from ? (uint32_t)(to - from) : 0};
}

bool gather_move(struct gather *gather, struct gather_sink *sink, const struct gather *from,
                 size_t at, size_t length, size_t limit)
{
    size_t start = 0;

    for (size_t i = from->span_first; i < from->span_count && start < at + length; i++) {
        size_t skipped;
        const struct gather_span part = cut(&from->spans[i], start, at, length, &skipped);

        if (part.length > 0 &&
            !gather_add(gather, sink, &part, gather_bytes(from) + start + skipped, limit)) {
            return false;
        }
        start += from->spans[i].length;
    }
    return true;
}

void gather_emit(const struct gather *gather, const struct gather_sink *sink, size_t at,
                 const uint8_t *image, size_t length)
{
    size_t start = 0;

    for (size_t i = gather->span_first; i < gather->span_count && start < at + length; i++) {
        size_t skipped;
        const struct gather_span part = cut(&gather->spans[i], start, at, length, &skipped);

        if (part.length > 0) {
            sink->emit(sink->context, part.frame, part.sequence, image + start + skipped - at,
                       part.length);
        }
        start += gather->spans[i].length;
    }
}

/* Many small messages may stand in one segment: what is left is moved when it is the smaller part,
   so that each byte is moved once. */
static void move_up(struct gather *gather)
{
    const size_t length = gather_length(gather);

    gather->span_count -= gather->span_first;
    memmove(gather->spans, gather->spans + gather->span_first,
            gather->span_count * sizeof(*gather->spans));
    memmove(gather->bytes.data, gather->bytes.data + gather->dropped, length);
    buffer_truncate(&gather->bytes, length);
    gather->dropped = 0;
    gather->span_first = 0;
}

void gather_drop(struct gather *gather, struct gather_sink *sink, size_t length)
{
    size_t first = gather->span_first;
    size_t left = length;

    if (length >= gather_length(gather)) {
        gather_release(gather, sink);
        return;
    }
    while (gather->spans[first].length <= left) {
        left -= gather->spans[first++].length;
    }
    gather->spans[first].length -= (uint32_t)left;
    gather->spans[first].sequence += (uint32_t)left;
    *sink->used -= length + (first - gather->span_first) * sizeof(*gather->spans);
    gather->span_first = first;
    gather->dropped += length;
    if (gather->dropped > gather_length(gather)) {
        move_up(gather);
    }
}

void gather_release(struct gather *gather, struct gather_sink *sink)
{
    *sink->used -=
        gather_length(gather) + (gather->span_count - gather->span_first) * sizeof(*gather->spans);
    buffer_release_secret(&gather->bytes);
    free(gather->spans);
    *gather = (struct gather){.spans = NULL};
}
