/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/ccm_message.h"
#include "evidence/shape.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena = {0};
    struct evidence_registration *registration =
        evidence_new(&arena, shape_of(EVIDENCE_REGISTRATION));

    ccm_message_identify(NULL, bytes, length);
    ccm_message_decode(&arena, bytes, length, registration);
    arena_release(&arena);
    return 0;
}
