/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a recording shows of HTTP besides replies: heads of requests, how the body behind a head
 * ends, and the tokens of either side (RFC 9110, RFC 9112, RFC 4559). For the heads of replies see
 * decode/http.h. Every head here is whole and is one head: no interim reply stands before it.
 */
#ifndef CCM_DECODE_HTTP_REQUEST_H
#define CCM_DECODE_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "evidence/evidence.h"

/* The longest method that is known: no registered one has more than 16 letters. */
enum { HTTP_METHOD_LIMIT = 24 };

/* Whether the bytes may be the beginning of "METHOD target HTTP/1.1", or of "HTTP/1.1 200 ...": as
   far as they go nothing speaks against it. */
bool http_may_be_request(const void *bytes, size_t length);
bool http_may_be_reply(const void *bytes, size_t length);

/* Whether the bytes begin with such a line, of HTTP/1. The line must be whole. */
bool http_is_request(const void *bytes, size_t length);
bool http_is_reply(const void *bytes, size_t length);

/* Fills method, path, host, user_agent and request_bytes. False, and nothing touched, when the
   bytes do not begin with a request line. */
bool http_decode_request(struct arena *arena, const void *head, size_t length,
                         struct evidence_http *request_out);

/* What a head says of the body behind it. */
struct http_framing {
    int64_t status;  /* of a reply; EVIDENCE_UNKNOWN of a request */
    int64_t length;  /* of Content-Length; unknown when there is none, or several that differ */
    bool chunked;    /* the last transfer coding */
    bool has_expect; /* the client may wait for 100 before it sends the body */
    bool is_head;    /* a HEAD request */
    bool is_connect;
    bool is_ccm_post;
};

struct http_framing http_decode_framing(const void *head, size_t length);

/* Appends the decoded token of the head's Authorization or WWW-Authenticate: of Negotiate, else of
   Kerberos or NTLM. False, with nothing appended, when there is none, or it is no base64. A
   request's token is a secret: release the buffer with buffer_release_secret. */
bool http_authentication_token(const void *head, size_t length, struct buffer *token_out);

#endif
