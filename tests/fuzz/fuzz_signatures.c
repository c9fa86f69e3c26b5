/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "captures/known_problems.h"
#include "tests/fuzz/fuzz.h"

/* A file of signatures, and behind a NUL a message in which to look for them. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const uint8_t *end = memchr(bytes, '\0', length);
    const size_t size = end ? (size_t)(end - bytes) : length;
    struct signatures signatures = {0};
    struct ccm_error error;

    if (signatures_parse(&signatures, "fuzz", (const char *)bytes, size, &error) == CCM_OK) {
        const char *message = (const char *)bytes + (end ? size + 1 : 0);
        const struct ccm_log_entry entry = {
            .message = message,
            .message_length = end ? length - size - 1 : size,
            .component = "smsts",
            .component_length = 5,
            .line = 1,
        };
        struct known_problems *problems;

        signatures_ready(&signatures);
        problems = known_problems_new(&signatures, "/logs/smsts.log");
        known_problems_entry(problems, &entry);
        known_problems_free(problems);
    }
    signatures_release(&signatures);
    return 0;
}
