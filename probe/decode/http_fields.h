/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of an HTTP head and the challenges in a field (RFC 9112 2 to 5, RFC 9110 11). Inside
 * this folder only: use decode/http.h. Everything is borrowed from the head; values may hold the
 * line breaks of obs-fold, which count as white space.
 */
#ifndef CCM_DECODE_HTTP_FIELDS_H
#define CCM_DECODE_HTTP_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/cursor.h"

/* Part of a head. */
struct http_span {
    const char *at;
    size_t length;
};

/* Whether the span is `text`, in any case. */
bool http_span_is(struct http_span span, const char *text);

/* The span as text for evidence: line breaks as spaces, at most `limit` bytes. */
const char *http_span_text(struct arena *arena, struct http_span span, size_t limit);

/* The next line without its end. False when no line ends here: the bytes stop. */
bool http_next_line(struct cursor *head, struct http_span *line_out);

/* The next field; lines that are none are passed over. False at the empty line (not consumed), and
   when no line ends here. */
bool http_next_field(struct cursor *head, struct http_span *name_out, struct http_span *value_out);

/* One challenge or credentials: a scheme, and its token68 if it has one. */
struct http_challenge {
    struct http_span scheme;
    struct http_span token;
};

/* Takes the next challenge off the front of a field's value. False when there is none left. */
bool http_next_challenge(struct http_span *value, struct http_challenge *challenge_out);

#endif
