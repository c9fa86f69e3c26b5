/* SPDX-License-Identifier: Apache-2.0 */
/* Within captures/: one connection that is redacted, message by message. */
#ifndef CCM_CAPTURES_REDACT_TALK_H
#define CCM_CAPTURES_REDACT_TALK_H

#include "captures/conversation.h"
#include "captures/redact_recall.h"

/* Where one direction is. */
enum part {
    PART_MESSAGE, /* at the beginning of a record or head, or within it */
    PART_BODY,    /* `left` more bytes */
    PART_TO_CLOSE,
    PART_CHUNK_SIZE,
    PART_CHUNK_DATA,
    PART_CHUNK_END,
    PART_TRAILER,
    PART_LOST, /* until a piece begins a message */
};

struct direction {
    enum part part;
    uint64_t left; /* of a body, a chunk, or a record that is passed over */
    size_t searched;
    struct gather gather;
    struct gather body;
    bool body_is_full; /* what comes is beyond the limits */
    bool may_skip;     /* what stands in the place of the body may be the next request */
};

struct talk_state {
    enum protocol protocol;
    enum side client;
    struct direction sides[2];
    uint64_t heads; /* a bit for each request without a reply, the oldest lowest: HEAD */
    unsigned asked;
    bool is_midway;        /* the beginning was not recorded */
    struct recall *recall; /* NULL: there are too many */
};

struct redact_streams {
    struct disguise *disguise;
    struct gather_sink sink;
    struct recall_sink recall_sink;
    size_t recalled; /* connections with a recall */
    size_t used;
};

/* The kinds of units; records are told by their protocol. */
enum unit {
    UNIT_RECORD,
    UNIT_HEAD,
    UNIT_LINE,
    UNIT_TRAILER,
    UNIT_BODY,
};

/* Hands on the image of the first `length` bytes. */
void talk_put(struct redact_streams *streams, const struct gather *gather, size_t length,
              enum unit unit, enum protocol protocol);

/* What was gathered of a body is all there will be. */
void talk_end_body(struct redact_streams *streams, struct direction *direction);

/* The place in the stream is no longer known. */
void talk_lose(struct redact_streams *streams, struct direction *direction);

/* As record_size_fn (captures/record_stream.h). */
size_t talk_record_size(enum protocol protocol, const uint8_t *bytes, size_t length);

/* Does a message begin here, as far as can be seen? */
bool talk_begins(const struct talk_state *talk, enum side side, const uint8_t *bytes,
                 size_t length);

/* Redacts all that is whole by now. */
void talk_take(struct redact_streams *streams, struct talk_state *talk, enum side side);

#endif
