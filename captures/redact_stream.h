/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Within captures/: what may stay of each connection and datagram, as patches of frames. Everything
 * that no patch covers is blanked by whoever writes the frames.
 */
#ifndef CCM_CAPTURES_REDACT_STREAM_H
#define CCM_CAPTURES_REDACT_STREAM_H

#include "captures/redact_parts.h"

/* What is kept at most of messages that are not whole yet, with where they came from. */
enum {
    LIMIT_GATHERED_BYTES = 16 * 1024 * 1024,
    LIMIT_MESSAGE_BYTES = 256 * 1024,
    LIMIT_REDACTED_BODY = 64 * 1024, /* as many as ccmprobe reads */
    /* Connections of which is remembered where their last bytes stood, 2 KiB each. */
    LIMIT_RECALLED_CONNECTIONS = 4096,
};

/* Bytes to be put into the payload of one frame. `sequence` is of TCP; datagrams have a hook of
   their own. */
typedef void redact_emit_fn(void *context, uint64_t frame, uint32_t sequence, const uint8_t *bytes,
                            size_t length);

/* Frame `copy` repeats bytes of `frame`: whatever is put there, before or later, belongs into both
   at the same sequence numbers. */
typedef void redact_alias_fn(void *context, uint64_t frame, uint64_t copy);

struct redact_streams;

/* `disguise` is borrowed. */
struct redact_streams *redact_streams_new(struct disguise *disguise, redact_emit_fn *emit,
                                          redact_alias_fn *alias, void *context);
void redact_streams_free(struct redact_streams *streams);

/* For transport_sink; the context is the streams. */
void redact_streams_opened(void *context, struct connection *connection);
enum interest redact_streams_data(void *context, struct connection *connection, enum side side,
                                  const struct mark *mark, const uint8_t *bytes, size_t length);
enum interest redact_streams_gap(void *context, struct connection *connection, enum side side,
                                 const struct mark *mark, uint64_t lost);
void redact_streams_repeated(void *context, struct connection *connection, enum side side,
                             const struct mark *mark, uint32_t sequence, uint32_t length);
void redact_streams_closed(void *context, struct connection *connection, enum stream_end end,
                           const struct mark *mark);

/* The image of a datagram's payload; nothing of one that is not understood. */
void redact_datagram(const struct image *image, const struct endpoint *from,
                     const struct endpoint *to);

#endif
