/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/capabilities.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct evidence_published published = {0};
    struct arena arena;

    arena_init(&arena);
    capabilities_decode(&arena, bytes, length, &published);
    arena_release(&arena);
    return 0;
}
