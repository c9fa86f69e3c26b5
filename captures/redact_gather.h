/* SPDX-License-Identifier: Apache-2.0 */
/* Within captures/: bytes of one direction that wait to be a whole message, with the frames that
   they stand in. */
#ifndef CCM_CAPTURES_REDACT_GATHER_H
#define CCM_CAPTURES_REDACT_GATHER_H

#include <stdbool.h>

#include "base/buffer.h"
#include "captures/redact_stream.h"

struct gather_span {
    uint64_t frame;
    uint32_t sequence;
    uint32_t length;
};

struct gather {
    struct buffer bytes;
    size_t dropped; /* of them, at the front */
    struct gather_span *spans;
    size_t span_first; /* those before it are dropped */
    size_t span_count;
    size_t span_room;
};

/* What was gathered and is not dropped. */
static inline const uint8_t *gather_bytes(const struct gather *gather)
{
    return (const uint8_t *)buffer_text(&gather->bytes) + gather->dropped;
}

static inline size_t gather_length(const struct gather *gather)
{
    return gather->bytes.length - gather->dropped;
}

struct gather_sink {
    redact_emit_fn *emit;
    void *context;
    size_t *used; /* memory of all that is gathered */
};

/* False when that would be too much: then nothing was added. */
bool gather_add(struct gather *gather, struct gather_sink *sink, const struct gather_span *span,
                const uint8_t *bytes, size_t limit);

/* Adds `length` bytes at `at` of another one. */
bool gather_move(struct gather *gather, struct gather_sink *sink, const struct gather *from,
                 size_t at, size_t length, size_t limit);

/* Hands on the image of `length` bytes at `at`, frame by frame. */
void gather_emit(const struct gather *gather, const struct gather_sink *sink, size_t at,
                 const uint8_t *image, size_t length);

/* Takes bytes off the front. */
void gather_drop(struct gather *gather, struct gather_sink *sink, size_t length);

void gather_release(struct gather *gather, struct gather_sink *sink);

#endif
