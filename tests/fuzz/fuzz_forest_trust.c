/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/forest_trust.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct evidence_trust trust = {0};
    struct arena arena;

    arena_init(&arena);
    forest_trust_decode(&arena, bytes, length, &trust);
    arena_release(&arena);
    return 0;
}
