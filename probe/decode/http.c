/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/http.h"

#include <string.h>

#include "base/base64.h"
#include "base/cursor.h"
#include "decode/http_fields.h"
#include "evidence/shape.h"

/* Longest field that is kept, and most schemes: a server that offers more is not a web server. */
enum { FIELD_LIMIT = 256, SCHEME_LIMIT = 16, SCHEME_LENGTH = 40 };

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* "HTTP/1.1" or, without the minor number, "HTTP/2": its length, else 0. */
static size_t version_length(struct http_span line)
{
    if (line.length < 6 || memcmp(line.at, "HTTP/", 5) != 0 || !is_digit(line.at[5])) {
        return 0;
    }
    return line.length >= 8 && line.at[6] == '.' && is_digit(line.at[7]) ? 8 : 6;
}

/* status-line (RFC 9112 4): version, three digits, reason. The line's end may be missing, then the
   reason is unknown. */
static bool read_status_line(struct arena *arena, struct cursor *in, struct http_reply *reply)
{
    struct cursor start = *in;
    struct http_span line;
    bool whole = http_next_line(in, &line);
    size_t at;

    if (!whole) {
        line = (struct http_span){(const char *)start.at, start.left};
        cursor_bytes(in, in->left);
    }
    at = version_length(line);
    if (at == 0 || line.length < at + 4 || line.at[at] != ' ' || !is_digit(line.at[at + 1]) ||
        !is_digit(line.at[at + 2]) || !is_digit(line.at[at + 3]) ||
        (line.length > at + 4 && line.at[at + 4] != ' ')) {
        return false;
    }
    reply->version = evidence_text(arena, line.at, at, FIELD_LIMIT);
    reply->status =
        (line.at[at + 1] - '0') * 100 + (line.at[at + 2] - '0') * 10 + (line.at[at + 3] - '0');
    if (whole && line.length > at + 5) {
        struct http_span reason = {line.at + at + 5, line.length - at - 5};

        reply->reason = http_span_text(arena, reason, FIELD_LIMIT);
    }
    return true;
}

static void add_schemes(struct arena *arena, struct http_span value, struct http_reply *reply)
{
    struct http_challenge challenge;

    while (http_next_challenge(&value, &challenge) && reply->scheme_count < SCHEME_LIMIT) {
        const char **scheme = arena_push(arena, (void **)&reply->schemes, &reply->scheme_count,
                                         sizeof(*reply->schemes));

        *scheme = http_span_text(arena, challenge.scheme, SCHEME_LENGTH);
    }
}

/* The first counts of a field that should be there once; Via and Connection are lists. */
static const char *merge(struct arena *arena, const char *old, struct http_span value, bool is_list)
{
    const char *text;

    if (old && !is_list) {
        return old;
    }
    text = http_span_text(arena, value, FIELD_LIMIT);
    if (old) {
        return strlen(old) < FIELD_LIMIT ? arena_printf(arena, "%s, %s", old, text) : old;
    }
    return text;
}

static void read_field(struct arena *arena, struct http_span name, struct http_span value,
                       struct http_reply *reply)
{
    if (http_span_is(name, "WWW-Authenticate")) {
        add_schemes(arena, value, reply);
    } else if (http_span_is(name, "Date")) {
        http_parse_date(value.at, value.length, &reply->date);
    } else if (http_span_is(name, "Server")) {
        reply->server = merge(arena, reply->server, value, false);
    } else if (http_span_is(name, "Via")) {
        reply->via = merge(arena, reply->via, value, true);
    } else if (http_span_is(name, "Connection")) {
        reply->connection = merge(arena, reply->connection, value, true);
    } else if (http_span_is(name, "Content-Type")) {
        reply->content_type = merge(arena, reply->content_type, value, false);
    } else if (http_span_is(name, "Location")) {
        reply->location = merge(arena, reply->location, value, false);
    }
}

/* One head. The cursor ends behind its empty line, or at the end of the bytes. */
static struct http_reply *read_head(struct arena *arena, struct cursor *in)
{
    struct http_reply *reply = evidence_new(arena, &SHAPE_HTTP_REPLY);
    const uint8_t *start = in->at;
    struct http_span name, value, empty;

    if (!read_status_line(arena, in, reply)) {
        return NULL;
    }
    while (http_next_field(in, &name, &value)) {
        read_field(arena, name, value, reply);
    }
    if (http_next_line(in, &empty)) {
        reply->head_bytes = (int64_t)(in->at - start);
    }
    return reply;
}

static bool is_interim(const struct http_reply *reply)
{
    return reply->status >= 100 && reply->status < 200 && reply->status != 101 &&
           reply->head_bytes != EVIDENCE_UNKNOWN;
}

struct http_reply *http_decode_head(struct arena *arena, const void *head, size_t length)
{
    struct http_reply *reply;
    struct cursor in;

    cursor_init(&in, head, length);
    reply = read_head(arena, &in);
    while (reply && is_interim(reply) && in.left > 0) {
        struct http_reply *next = read_head(arena, &in);

        if (!next) {
            break;
        }
        reply = next;
    }
    return reply;
}

/* The token of a Negotiate challenge in one field's value; nothing when there is none. */
static struct http_span negotiate_token_in(struct http_span value)
{
    struct http_challenge challenge;

    while (http_next_challenge(&value, &challenge)) {
        if (http_span_is(challenge.scheme, "Negotiate") && challenge.token.length > 0) {
            return challenge.token;
        }
    }
    return (struct http_span){0};
}

/* "HTTP/1.1 100 Continue" and its like, but for 101, which ends HTTP. */
static bool is_interim_line(struct http_span line)
{
    size_t at = version_length(line);

    return at > 0 && line.length >= at + 4 && line.at[at + 1] == '1' && line.at[at + 3] != '1';
}

bool http_negotiate_token(const void *head, size_t length, struct buffer *token_out)
{
    struct http_span line, name, value, token = {0};
    struct cursor in;
    bool more;

    cursor_init(&in, head, length);
    more = http_next_line(&in, &line);
    while (more && token.length == 0) {
        more = http_next_field(&in, &name, &value);
        if (!more) {
            /* Behind an interim reply stands the head of the final one. */
            more =
                is_interim_line(line) && http_next_line(&in, &line) && http_next_line(&in, &line);
        } else if (http_span_is(name, "WWW-Authenticate") || http_span_is(name, "Authorization")) {
            token = negotiate_token_in(value);
        }
    }
    return token.length > 0 && base64_decode(token.at, token.length, token_out);
}
