/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "captures/iis_log.h"
#include "captures/iis_reader.h"
#include "tests/fuzz/fuzz.h"

/* The first byte is the size of the blocks. What is read of them must not depend on it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char *const files[] = {"fuzz.log"};
    const size_t blocks[] = {length > 0 ? bytes[0] + 1U : 1, 4096};
    int64_t lines[2];
    size_t counts[2];

    iis_log_recognise(bytes, length);
    for (size_t i = 0; i < 2; i++) {
        struct iis_clients *clients = iis_clients_new();
        struct iis_clients *all = iis_clients_new();
        struct evidence_set evidence;
        struct iis_reader reader;

        evidence_init(&evidence);
        iis_reader_init(&reader, clients, blocks[i]);
        for (size_t at = 0; at < length; at += blocks[i]) {
            const size_t take = length - at < blocks[i] ? length - at : blocks[i];

            memcpy(iis_reader_place(&reader), bytes + at, take);
            iis_reader_take(&reader, take);
        }
        iis_reader_end(&reader);
        iis_clients_merge(all, clients, 5);
        lines[i] = reader.totals.lines;
        counts[i] = iis_clients_tell(all, NULL, files, 1, &evidence);
        iis_reader_release(&reader);
        iis_clients_free(clients);
        iis_clients_free(all);
        evidence_release(&evidence);
    }
    if (length < IIS_LINE_LIMIT && (lines[0] != lines[1] || counts[0] != counts[1])) {
        __builtin_trap();
    }
    return 0;
}
