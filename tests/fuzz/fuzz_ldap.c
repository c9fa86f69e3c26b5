/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/ldap_message.h"
#include "evidence/shape.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct evidence_search *search;
    struct ldap_head head;
    struct arena arena;

    arena_init(&arena);
    search = evidence_new(&arena, shape_of(EVIDENCE_SEARCH));
    ldap_message_size(bytes, length);
    ldap_message_head(bytes, length, &head);
    ldap_decode_spn_search(&arena, bytes, length, search);
    ldap_decode_search_done(&arena, bytes, length, search);
    arena_release(&arena);
    return 0;
}
