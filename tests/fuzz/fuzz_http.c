/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/http.h"
#include "tests/fuzz/fuzz.h"

/* A whole reply: the head as the decoder finds its end, and the rest as the body. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct buffer token = {0};
    struct http_reply *reply;
    struct arena arena;

    arena_init(&arena);
    http_negotiate_token(bytes, length, &token);
    buffer_release_secret(&token);
    reply = http_decode_head(&arena, bytes, length);
    if (reply) {
        size_t head = reply->head_bytes == EVIDENCE_UNKNOWN ? 0 : (size_t)reply->head_bytes;

        http_decode_body(&arena, bytes + head, length - head, reply);
    }
    arena_release(&arena);
    return 0;
}
