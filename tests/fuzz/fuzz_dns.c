/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/dns.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct evidence_dns question = {0};
    struct dns_question_head head;
    struct evidence_dns dns = {0};
    struct arena arena;

    arena_init(&arena);
    dns_decode_question(&arena, bytes, length, &head, &question);
    dns_decode(&arena, bytes, length, &dns);
    arena_release(&arena);
    return 0;
}
