/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/http_fields.h"

#include <string.h>
#include <strings.h>

#include "evidence/evidence.h"

/* Fields of evidence are shorter; only tokens are longer, and those are not made into text. */
enum { TEXT_ROOM = 1024 };

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct http_span trim(struct http_span span)
{
    while (span.length > 0 && is_space(span.at[0])) {
        span.at++;
        span.length--;
    }
    while (span.length > 0 && is_space(span.at[span.length - 1])) {
        span.length--;
    }
    return span;
}

bool http_span_is(struct http_span span, const char *text)
{
    return span.length == strlen(text) && strncasecmp(span.at, text, span.length) == 0;
}

const char *http_span_text(struct arena *arena, struct http_span span, size_t limit)
{
    char text[TEXT_ROOM];
    size_t length = 0;
    bool gap = false; /* inside the white space of a fold */

    span = trim(span);
    for (size_t i = 0; i < span.length && length < sizeof(text); i++) {
        bool folded = span.at[i] == '\r' || span.at[i] == '\n';

        gap = gap ? is_space(span.at[i]) : folded;
        if (!gap) {
            text[length++] = span.at[i];
        } else if (folded && text[length - 1] != ' ') {
            text[length++] = ' ';
        }
    }
    return evidence_text(arena, text, length, limit);
}

bool http_next_line(struct cursor *head, struct http_span *line_out)
{
    const uint8_t *end = head->left > 0 ? memchr(head->at, '\n', head->left) : NULL;

    *line_out = (struct http_span){0};
    if (!end) {
        return false;
    }
    line_out->at = (const char *)head->at;
    line_out->length = (size_t)(end - head->at);
    cursor_bytes(head, line_out->length + 1);
    if (line_out->length > 0 && line_out->at[line_out->length - 1] == '\r') {
        line_out->length--;
    }
    return true;
}

/* Adds the lines that continue this one: they begin with white space (RFC 9112 5.2). False when
   such a line has no end. */
static bool unfold(struct cursor *head, struct http_span *line)
{
    while (cursor_peek(head) == ' ' || cursor_peek(head) == '\t') {
        struct http_span more;

        if (!http_next_line(head, &more)) {
            return false;
        }
        line->length = (size_t)(more.at + more.length - line->at);
    }
    return true;
}

bool http_next_field(struct cursor *head, struct http_span *name_out, struct http_span *value_out)
{
    struct cursor ahead = *head;
    struct http_span line;

    while (http_next_line(&ahead, &line) && line.length > 0 && unfold(&ahead, &line)) {
        const char *colon = memchr(line.at, ':', line.length);

        *head = ahead;
        if (colon) {
            size_t name_length = (size_t)(colon - line.at);

            *name_out = trim((struct http_span){line.at, name_length});
            *value_out = trim((struct http_span){colon + 1, line.length - name_length - 1});
            return true;
        }
    }
    return false;
}

/* tchar of RFC 9110 5.6.2. */
static bool is_token_char(char byte)
{
    return byte > ' ' && byte < 0x7F && !strchr("\"(),/:;<=>?@[\\]{}", byte);
}

/* token68 without its padding (RFC 9110 11.2). */
static bool is_token68_char(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
           (byte >= '0' && byte <= '9') || (byte != '\0' && strchr("-._~+/", byte));
}

static void advance(struct http_span *span, size_t count)
{
    span->at += count;
    span->length -= count;
}

static void skip_space(struct http_span *span)
{
    while (span->length > 0 && is_space(span->at[0])) {
        advance(span, 1);
    }
}

static struct http_span take_token(struct http_span *span)
{
    struct http_span token = {span->at, 0};

    while (token.length < span->length && is_token_char(span->at[token.length])) {
        token.length++;
    }
    advance(span, token.length);
    return token;
}

/* The token68 that fills the place up to the next comma; nothing taken when it is none. Folded
   lines may break it. */
static struct http_span take_token68(struct http_span *span)
{
    struct http_span rest = *span;
    struct http_span token = {span->at, 0};

    while (rest.length > 0 && (is_token68_char(rest.at[0]) || is_space(rest.at[0]))) {
        advance(&rest, 1);
    }
    while (rest.length > 0 && (rest.at[0] == '=' || is_space(rest.at[0]))) {
        advance(&rest, 1);
    }
    if (rest.length > 0 && rest.at[0] != ',') {
        return token;
    }
    token.length = (size_t)(rest.at - span->at);
    *span = rest;
    return trim(token);
}

/* Passes over everything up to the next comma outside quotes. */
static void skip_item(struct http_span *span)
{
    bool quoted = false;

    while (span->length > 0 && (quoted || span->at[0] != ',')) {
        if (quoted && span->at[0] == '\\' && span->length > 1) {
            advance(span, 1);
        } else if (span->at[0] == '"') {
            quoted = !quoted;
        }
        advance(span, 1);
    }
}

/* Whether the next item is "name = value", a parameter, and no new scheme. */
static bool is_parameter(struct http_span rest)
{
    take_token(&rest);
    skip_space(&rest);
    return rest.length > 0 && rest.at[0] == '=';
}

bool http_next_challenge(struct http_span *value, struct http_challenge *challenge_out)
{
    *challenge_out = (struct http_challenge){0};
    while (value->length > 0) {
        skip_space(value);
        if (value->length > 0 && is_token_char(value->at[0]) && !is_parameter(*value)) {
            challenge_out->scheme = take_token(value);
            skip_space(value);
            challenge_out->token = take_token68(value);
            skip_item(value);
            return true;
        }
        skip_item(value);
        if (value->length > 0) {
            advance(value, 1); /* the comma */
        }
    }
    return false;
}
