/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/http_stream.h"

#include <string.h>

#include "decode/http_request.h"

enum {
    CHUNK_LINE_LIMIT = 1024,        /* size and extensions */
    TRAILER_LINE_LIMIT = 16 * 1024, /* one line */
    CHUNK_DIGITS = 15,              /* more would overflow */
    BEGINNING = 32,                 /* bytes that tell HTTP from anything else */
};

void http_stream_init(struct http_stream *stream, bool is_request, struct budget *budget)
{
    memset(stream, 0, sizeof(*stream));
    stream->is_request = is_request;
    stream->budget = budget;
}

void http_stream_release(struct http_stream *stream)
{
    budget_release(stream->budget, &stream->held);
}

static void advance(struct http_piece *in, size_t count)
{
    in->bytes += count;
    in->length -= count;
}

static bool is_start(const struct http_stream *stream, const void *bytes, size_t length)
{
    return stream->is_request ? http_is_request(bytes, length) : http_is_reply(bytes, length);
}

static bool may_be_start(const struct http_stream *stream, const void *bytes, size_t length)
{
    return stream->is_request ? http_may_be_request(bytes, length)
                              : http_may_be_reply(bytes, length);
}

static enum http_item lose(struct http_stream *stream, struct http_piece *in, enum http_item item)
{
    budget_release(stream->budget, &stream->held);
    stream->part = HTTP_LOST;
    in->length = 0;
    return item;
}

/* The length of the head with its empty line; 0 when it does not end here, and `*searched` is where
   to go on when there is more. */
static size_t head_length(const uint8_t *bytes, size_t length, size_t *searched)
{
    while (*searched < length) {
        const uint8_t *end = memchr(bytes + *searched, '\n', length - *searched);
        size_t next;

        if (!end) {
            *searched = length;
            return 0;
        }
        next = (size_t)(end - bytes) + 1;
        if (next < length && bytes[next] == '\n') {
            return next + 1;
        }
        if (next + 1 < length && bytes[next] == '\r' && bytes[next + 1] == '\n') {
            return next + 2;
        }
        if (next == length || (next + 1 == length && bytes[next] == '\r')) {
            *searched = next - 1;
            return 0;
        }
        *searched = next;
    }
    return 0;
}

/* Whether what has come of a head speaks against it: as soon as its first line is whole, that is
   certain. The first `seen` bytes are known to have no end of a line. */
static bool is_no_head(struct http_stream *stream, const uint8_t *bytes, size_t length, size_t seen)
{
    if (stream->line_checked) {
        return false;
    }
    if (memchr(bytes + seen, '\n', length - seen)) {
        stream->line_checked = true;
        return !is_start(stream, bytes, length);
    }
    return !may_be_start(stream, bytes, length < BEGINNING ? length : BEGINNING);
}

static enum http_item give_head(struct http_stream *stream, struct http_piece *in,
                                struct http_piece *out)
{
    if (!stream->line_checked && !is_start(stream, out->bytes, out->length)) {
        return lose(stream, in, HTTP_ITEM_LOST);
    }
    stream->part = HTTP_HEAD_READ;
    return HTTP_ITEM_HEAD;
}

/* A head of which nothing is held yet. */
static enum http_item begin_head(struct http_stream *stream, struct http_piece *in,
                                 struct http_piece *out)
{
    size_t length;

    stream->searched = 0;
    stream->line_checked = false;
    length = head_length(in->bytes, in->length, &stream->searched);
    if (length > 0) {
        *out = (struct http_piece){in->bytes, length};
        advance(in, length);
        return give_head(stream, in, out);
    }
    if (is_no_head(stream, in->bytes, in->length, 0)) {
        return lose(stream, in, HTTP_ITEM_LOST);
    }
    stream->is_starved = !budget_append(stream->budget, &stream->held, in->bytes,
                                        in->length < HTTP_HEAD_LIMIT ? in->length : 0);
    if (stream->is_starved || in->length >= HTTP_HEAD_LIMIT) {
        return lose(stream, in, HTTP_ITEM_TOO_LONG);
    }
    advance(in, in->length);
    return HTTP_ITEM_NONE;
}

static enum http_item continue_head(struct http_stream *stream, struct http_piece *in,
                                    struct http_piece *out)
{
    struct buffer *held = &stream->held;
    const size_t before = held->length;
    const size_t room = HTTP_HEAD_LIMIT - before;
    const size_t taken = in->length < room ? in->length : room;
    size_t length;

    stream->is_starved = !budget_append(stream->budget, held, in->bytes, taken);
    if (stream->is_starved) {
        return lose(stream, in, HTTP_ITEM_TOO_LONG);
    }
    length = head_length((const uint8_t *)held->data, held->length, &stream->searched);
    if (length > 0) {
        advance(in, length - before);
        buffer_truncate(held, length);
        *out = (struct http_piece){(const uint8_t *)held->data, length};
        return give_head(stream, in, out);
    }
    if (is_no_head(stream, (const uint8_t *)held->data, held->length, before)) {
        return lose(stream, in, HTTP_ITEM_LOST);
    }
    if (held->length >= HTTP_HEAD_LIMIT) {
        return lose(stream, in, HTTP_ITEM_TOO_LONG);
    }
    advance(in, taken);
    return HTTP_ITEM_NONE;
}

static enum http_item give_body(struct http_stream *stream, struct http_piece *in,
                                struct http_piece *out, enum http_part after)
{
    const size_t length = in->length < stream->left ? in->length : (size_t)stream->left;

    *out = (struct http_piece){in->bytes, length};
    advance(in, length);
    stream->left -= length;
    if (stream->left == 0) {
        stream->part = after;
    }
    return HTTP_ITEM_BODY;
}

static int hex_digit(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* chunk-size [ chunk-ext ] CRLF (RFC 9112 7.1). `line` counts its bytes; a byte that is no digit
   ends the number. False when it is none. */
static bool read_chunk_size(struct http_stream *stream, struct http_piece *in)
{
    while (in->length > 0) {
        const uint8_t byte = in->bytes[0];
        const int digit = stream->has_digits || stream->line == 0 ? hex_digit(byte) : -1;

        advance(in, 1);
        if (byte == '\n') {
            stream->part = stream->left > 0 ? HTTP_CHUNK_DATA : HTTP_TRAILER;
            stream->line = stream->part == HTTP_TRAILER ? 0 : stream->line;
            return stream->line > 0 || stream->part == HTTP_TRAILER;
        }
        if (digit >= 0) {
            stream->left = stream->left << 4 | (uint64_t)digit;
        } else if (stream->line == 0) {
            return false;
        }
        stream->has_digits = digit >= 0;
        if (++stream->line > CHUNK_LINE_LIMIT || (digit >= 0 && stream->line > CHUNK_DIGITS)) {
            return false;
        }
    }
    return true;
}

static void expect_chunk(struct http_stream *stream)
{
    stream->part = HTTP_CHUNK_SIZE;
    stream->left = 0;
    stream->line = 0;
    stream->has_digits = false;
}

/* The line's end behind a chunk's data. */
static bool read_chunk_end(struct http_stream *stream, struct http_piece *in)
{
    while (in->length > 0) {
        const uint8_t byte = in->bytes[0];

        advance(in, 1);
        if (byte == '\n') {
            expect_chunk(stream);
            return true;
        }
        if (byte != '\r') {
            return false;
        }
    }
    return true;
}

/* Fields behind the last chunk, up to an empty line. */
static bool read_trailer(struct http_stream *stream, struct http_piece *in)
{
    while (in->length > 0) {
        const uint8_t byte = in->bytes[0];

        advance(in, 1);
        if (byte == '\n') {
            if (stream->line == 0) {
                stream->part = HTTP_AT_END;
                return true;
            }
            stream->line = 0;
        } else if (byte != '\r' && ++stream->line > TRAILER_LINE_LIMIT) {
            return false;
        }
    }
    return true;
}

static enum http_item read_chunk_marks(struct http_stream *stream, struct http_piece *in)
{
    const bool ok = stream->part == HTTP_CHUNK_SIZE  ? read_chunk_size(stream, in)
                    : stream->part == HTTP_CHUNK_END ? read_chunk_end(stream, in)
                                                     : read_trailer(stream, in);

    return ok ? HTTP_ITEM_NONE : lose(stream, in, HTTP_ITEM_LOST);
}

/* A line's end between messages is passed over (RFC 9112 2.2). */
static void skip_empty_lines(struct http_piece *in)
{
    while (in->length > 0 && (in->bytes[0] == '\r' || in->bytes[0] == '\n')) {
        advance(in, 1);
    }
}

static void begin_message(struct http_stream *stream, const struct mark *mark)
{
    stream->part = HTTP_IN_HEAD;
    stream->began = *mark;
    stream->may_skip = false;
    budget_release(stream->budget, &stream->held);
}

/* A piece in the place of a body that need not come. */
static bool begins_next(struct http_stream *stream, const struct http_piece *in)
{
    if (!stream->may_skip || stream->part != HTTP_IN_BODY || in->length == 0) {
        return false;
    }
    return is_start(stream, in->bytes, in->length);
}

enum http_item http_stream_next(struct http_stream *stream, const struct mark *mark,
                                struct http_piece *in, struct http_piece *out)
{
    enum http_item item = HTTP_ITEM_NONE;

    *out = (struct http_piece){NULL, 0};
    if (begins_next(stream, in)) {
        stream->part = HTTP_AT_END;
    }
    while (item == HTTP_ITEM_NONE && (in->length > 0 || stream->part == HTTP_AT_END)) {
        switch (stream->part) {
        case HTTP_LOST:
            if (!is_start(stream, in->bytes, in->length)) {
                advance(in, in->length);
                break;
            }
            begin_message(stream, mark);
            break;
        case HTTP_AT_START:
            skip_empty_lines(in);
            if (in->length > 0) {
                begin_message(stream, mark);
            }
            break;
        case HTTP_IN_HEAD:
            item = stream->held.length > 0 ? continue_head(stream, in, out)
                                           : begin_head(stream, in, out);
            break;
        case HTTP_IN_BODY:
            item = give_body(stream, in, out, HTTP_AT_END);
            break;
        case HTTP_CHUNK_DATA:
            item = give_body(stream, in, out, HTTP_CHUNK_END);
            break;
        case HTTP_TO_CLOSE:
            *out = *in;
            advance(in, in->length);
            return HTTP_ITEM_BODY;
        case HTTP_CHUNK_SIZE:
        case HTTP_CHUNK_END:
        case HTTP_TRAILER:
            item = read_chunk_marks(stream, in);
            break;
        case HTTP_AT_END:
            stream->part = HTTP_AT_START;
            budget_release(stream->budget, &stream->held);
            return HTTP_ITEM_END;
        case HTTP_HEAD_READ: /* the caller forgot */
        default:
            item = lose(stream, in, HTTP_ITEM_LOST);
            break;
        }
    }
    return item;
}

void http_stream_frame(struct http_stream *stream, enum http_body body, uint64_t length)
{
    switch (body) {
    case HTTP_BODY_CHUNKED:
        expect_chunk(stream);
        break;
    case HTTP_BODY_TO_CLOSE:
        stream->part = HTTP_TO_CLOSE;
        break;
    case HTTP_BODY_LENGTH:
        stream->left = length;
        stream->part = length > 0 ? HTTP_IN_BODY : HTTP_AT_END;
        break;
    case HTTP_BODY_NONE:
    default:
        stream->part = HTTP_AT_END;
        break;
    }
}

bool http_stream_gap(struct http_stream *stream, uint64_t lost)
{
    struct http_piece nothing = {NULL, 0};

    if (stream->part == HTTP_TO_CLOSE) {
        return true;
    }
    if ((stream->part == HTTP_IN_BODY || stream->part == HTTP_CHUNK_DATA) && lost <= stream->left) {
        stream->left -= lost;
        if (stream->left == 0) {
            stream->part = stream->part == HTTP_IN_BODY ? HTTP_AT_END : HTTP_CHUNK_END;
        }
        return true;
    }
    lose(stream, &nothing, HTTP_ITEM_LOST);
    return false;
}

bool http_stream_close(struct http_stream *stream)
{
    const bool ends = stream->part == HTTP_TO_CLOSE;

    if (ends) {
        stream->part = HTTP_AT_START;
    }
    return ends;
}
