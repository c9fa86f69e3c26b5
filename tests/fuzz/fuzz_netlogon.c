/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/netlogon.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct netlogon_answer answer;
    struct arena arena;

    arena_init(&arena);
    netlogon_decode(&arena, bytes, length, &answer);
    arena_release(&arena);
    return 0;
}
