/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of an HTTP/1 connection (RFC 9112): bytes in any pieces become heads and bodies.
 *
 * A head that stands whole in one piece is handed over where it is; one in pieces is put together,
 * and the search for its end goes on where it stopped. How the body ends is the matter of the
 * caller, who knows the request: after a head he has to call http_stream_frame.
 */
#ifndef CCM_CAPTURES_HTTP_STREAM_H
#define CCM_CAPTURES_HTTP_STREAM_H

#include <stdint.h>

#include "captures/budget.h"
#include "captures/transport.h"

/* A head with a ticket of 64 KiB, in base64, fits. */
enum { HTTP_HEAD_LIMIT = 128 * 1024 };

enum http_part {
    HTTP_AT_START, /* between messages */
    HTTP_IN_HEAD,
    HTTP_HEAD_READ, /* http_stream_frame is due */
    HTTP_IN_BODY,   /* of a known length */
    HTTP_TO_CLOSE,  /* a body that ends with the connection */
    HTTP_CHUNK_SIZE,
    HTTP_CHUNK_DATA,
    HTTP_CHUNK_END,
    HTTP_TRAILER,
    HTTP_AT_END, /* HTTP_ITEM_END is due */
    HTTP_LOST,   /* waits for a piece that begins with a start line */
};

struct http_stream {
    bool is_request;
    bool may_skip;     /* what stands in the place of the body may be the next message */
    bool line_checked; /* the head's first line is one */
    bool is_starved;   /* HTTP_ITEM_TOO_LONG was for want of the budget's memory */
    bool has_digits;   /* of the chunk's size */
    enum http_part part;
    struct mark began;  /* of the message */
    struct buffer held; /* the head so far, when it comes in pieces */
    size_t searched;    /* no end of the head begins before this place of it */
    size_t line;        /* bytes of the line with a chunk's size, or of a trailer's */
    uint64_t left;      /* of the body or chunk */
    struct budget *budget;
};

/* Borrowed bytes. */
struct http_piece {
    const uint8_t *bytes;
    size_t length;
};

enum http_item {
    HTTP_ITEM_NONE,     /* the piece is used up */
    HTTP_ITEM_HEAD,     /* a whole head, with its empty line */
    HTTP_ITEM_BODY,     /* some of the body, without the marks of chunks */
    HTTP_ITEM_END,      /* of the message */
    HTTP_ITEM_LOST,     /* the bytes are not HTTP: the rest of the piece was passed over */
    HTTP_ITEM_TOO_LONG, /* the same for a head beyond the limits */
};

enum http_body {
    HTTP_BODY_NONE,
    HTTP_BODY_LENGTH,
    HTTP_BODY_CHUNKED,
    HTTP_BODY_TO_CLOSE,
};

/* `budget` is borrowed. */
void http_stream_init(struct http_stream *stream, bool is_request, struct budget *budget);
void http_stream_release(struct http_stream *stream);

/* Takes the next item off the front of `in`; call until HTTP_ITEM_NONE. `out` is valid until the
   next call with this stream. */
enum http_item http_stream_next(struct http_stream *stream, const struct mark *mark,
                                struct http_piece *in, struct http_piece *out);

/* After HTTP_ITEM_HEAD. `length` is of HTTP_BODY_LENGTH. */
void http_stream_frame(struct http_stream *stream, enum http_body body, uint64_t length);

/* `lost` bytes will not come. True when they lie within a body, so that the place in the stream is
   still known; else it waits for the next start of a message. */
bool http_stream_gap(struct http_stream *stream, uint64_t lost);

/* The connection was closed: true when that ends a message (HTTP_ITEM_END is not given). */
bool http_stream_close(struct http_stream *stream);

#endif
