/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/http.h"
#include "decode/http_request.h"
#include "evidence/shape.h"
#include "tests/fuzz/fuzz.h"

/* A whole reply: the head as the decoder finds its end, and the rest as the body. Or a request. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct buffer token = {0};
    struct http_reply *reply;
    struct arena arena;

    arena_init(&arena);
    http_negotiate_token(bytes, length, &token);
    buffer_release_secret(&token);
    http_authentication_token(bytes, length, &token);
    buffer_release_secret(&token);
    http_decode_framing(bytes, length);
    http_decode_request(&arena, bytes, length, evidence_new(&arena, shape_of(EVIDENCE_HTTP)));
    reply = http_decode_head(&arena, bytes, length);
    if (reply) {
        size_t head = reply->head_bytes == EVIDENCE_UNKNOWN ? 0 : (size_t)reply->head_bytes;

        http_decode_body(&arena, bytes + head, length - head, reply);
    }
    arena_release(&arena);
    return 0;
}
