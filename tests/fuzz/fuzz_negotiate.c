/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/negotiate.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena;

    arena_init(&arena);
    negotiate_decode(&arena, bytes, length);
    arena_release(&arena);
    return 0;
}
