/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_log.h"
#include "captures/iis_reader.h"
#include "tests/fuzz/fuzz.h"

/* The first byte is the size of the pieces. What is read of them must not depend on it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const size_t pieces[] = {length > 0 ? bytes[0] + 1U : 1, 4096};
    int64_t lines[2];
    size_t counts[2];

    iis_log_recognise(bytes, length);
    for (size_t i = 0; i < 2; i++) {
        const struct iis_log_settings settings = {.piece = pieces[i]};
        struct iis_log *log = iis_log_new(&settings);
        struct evidence_set evidence;

        evidence_init(&evidence);
        lines[i] = iis_log_add_memory(log, bytes, length);
        counts[i] = iis_log_tell(log, 1, &evidence);
        iis_log_free(log);
        evidence_release(&evidence);
    }
    if (lines[0] != lines[1] || counts[0] != counts[1]) {
        __builtin_trap();
    }
    return 0;
}
