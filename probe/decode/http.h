/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of an HTTP reply (RFC 9110, RFC 9112) and what an error page of IIS or HTTP.sys adds.
 *
 * A head may be cut: a field whose line has no end is unknown. Heads of interim replies (100, 103)
 * before the final one are passed over. Fields are text from the network: escaped, and cut at a
 * sensible length.
 */
#ifndef CCM_DECODE_HTTP_H
#define CCM_DECODE_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "evidence/evidence.h"

/* Status line and fields, up to the empty line or the end of the bytes; what follows the empty line
   is no matter. NULL when the bytes do not begin with a status line. Leaves body_bytes, substatus,
   page and is_mplist unknown. */
struct http_reply *http_decode_head(struct arena *arena, const void *head, size_t length);

/* Appends the decoded token of the head's Negotiate challenge (WWW-Authenticate of a reply,
   Authorization of a request). False, with nothing appended, when there is no Negotiate, it
   carries no token, or the token is no base64. A request's token is a secret: release the buffer
   with buffer_release_secret. */
bool http_negotiate_token(const void *head, size_t length, struct buffer *token_out);

/* Looks at the body, as far as it was read: fills body_bytes, substatus, page and is_mplist of
   `reply`, whose status must be filled. A substatus is believed only when the page names the
   reply's own status. */
void http_decode_body(struct arena *arena, const void *body, size_t length,
                      struct http_reply *reply);

/* A date in any of the three forms of RFC 9110 5.6.7, in microseconds since 1970. The two-digit
   year of the second form is taken as 1970 to 2069. False, and `*wall_us_out` untouched, otherwise.
 */
bool http_parse_date(const char *text, size_t length, int64_t *wall_us_out);

#endif
