/* SPDX-License-Identifier: Apache-2.0 */
/* Network Monitor's format, as a file whose table is followed. */
#include <stdlib.h>

#include "captures/packet_file.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;
    unsigned sum = 0;

    if (length < 8 || bytes[0] != 'G' ||
        packet_file_of_input(input_of_memory(bytes, length), "input", &file, &error) != CCM_OK) {
        return 0;
    }
    while (packet_file_next(file, &frame)) {
        for (uint32_t i = 0; i < frame.captured; i++) {
            sum += frame.bytes[i];
        }
        if (frame.number > length) { /* a table entry has 4 bytes */
            abort();
        }
    }
    packet_file_close(file);
    __asm__ volatile("" : : "r"(sum)); /* so that the bytes are read */
    return 0;
}
