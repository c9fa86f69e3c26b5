/* SPDX-License-Identifier: Apache-2.0 */
/* A capture of any format, also inside gzip or zstd, frame by frame: what fuzz_capture.c reads, at
   ten times the rate, as nobody asks what is in the frames. */
#include <stdlib.h>

#include "captures/limits.h"
#include "captures/packet_file.h"
#include "tests/fuzz/fuzz.h"

static void check_frame(const struct frame *frame, uint64_t number)
{
    unsigned sum = 0;

    for (uint32_t i = 0; i < frame->captured; i++) {
        sum += frame->bytes[i];
    }
    __asm__ volatile("" : : "r"(sum)); /* so that the bytes are read */
    if (frame->number != number || frame->captured > LIMIT_FRAME_BYTES ||
        (frame->at != FRAME_NO_TIME &&
         (frame->at > 2 * FRAME_TIME_LAST || frame->at < -2 * FRAME_TIME_LAST))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;
    uint64_t number = 0;

    if (packet_file_of_input(input_of_memory(bytes, length), "input", &file, &error) != CCM_OK) {
        return 0;
    }
    while (packet_file_next(file, &frame)) {
        check_frame(&frame, ++number);
    }
    packet_file_close(file);
    return 0;
}
