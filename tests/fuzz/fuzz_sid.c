/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/sid.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena;

    arena_init(&arena);
    sid_text(&arena, bytes, length);
    guid_text(&arena, bytes, length);
    arena_release(&arena);
    return 0;
}
