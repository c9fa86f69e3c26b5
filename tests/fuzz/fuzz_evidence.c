/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "tests/fuzz/fuzz.h"

/* What was loaded must be saved and loaded again as the same. */
static void check_round_trip(const struct evidence_set *set)
{
    struct evidence_set again = {0};
    struct ccm_error error = {""};
    struct buffer first = {0};
    struct buffer second = {0};

    evidence_save(set, &first, NULL);
    if (evidence_load("saved", &first, &again, &error) != CCM_OK) {
        abort();
    }
    evidence_save(&again, &second, NULL);
    if (strcmp(buffer_text(&first), buffer_text(&second)) != 0) {
        abort();
    }
    buffer_release(&first);
    buffer_release(&second);
    evidence_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct evidence_set set = {0};
    struct ccm_error error = {""};
    struct buffer text = {0};

    buffer_append(&text, bytes, length);
    if (evidence_load("input", &text, &set, &error) == CCM_OK) {
        check_round_trip(&set);
    }
    buffer_release(&text);
    evidence_release(&set);
    return 0;
}
