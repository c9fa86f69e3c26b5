/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/kerberos.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct evidence_kdc request = {0};
    struct arena arena;

    arena_init(&arena);
    kerberos_message_size(bytes, length);
    kerberos_decode_reply(&arena, bytes, length);
    kerberos_decode_request(&arena, bytes, length, &request);
    kerberos_decode_error(&arena, bytes, length);
    kerberos_decode_ap_req(&arena, bytes, length);
    arena_release(&arena);
    return 0;
}
