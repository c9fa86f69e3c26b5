/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a capture to the bytes of the redacted one, which has as many frames of the
   same lengths and can be read to its end. */
#include <stdio.h>
#include <stdlib.h>

#include "captures/packet_file.h"
#include "captures/packet_writer.h"
#include "captures/redact.h"
#include "tests/fuzz/fuzz.h"

static struct packet_file *open_bytes(const void *bytes, size_t length)
{
    struct packet_file *file = NULL;
    struct ccm_error error;

    return packet_file_of_input(input_of_memory(bytes, length), "input", &file, &error) == CCM_OK
               ? file
               : NULL;
}

static void compare(struct packet_file *before, struct packet_file *after)
{
    struct frame one = {0};
    struct frame other = {0};

    while (before && packet_file_next(before, &one)) {
        if (!after || !packet_file_next(after, &other) ||
            (one.link != LINK_NONE &&
             (one.at != other.at || one.captured != other.captured || one.link != other.link))) {
            abort();
        }
    }
    if (after && (packet_file_next(after, &other) || packet_file_problem(after))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct packet_file *ahead = open_bytes(bytes, length);
    struct packet_file *behind = open_bytes(bytes, length);
    struct packet_writer writer;
    struct redact_files files = {ahead, behind, &writer, false};
    const struct capture_watch nobody = {.context = NULL};
    struct ccm_error error;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    if (!stream) {
        abort();
    }
    packet_writer_init(&writer, stream);
    if (ahead && behind && redact_frames(&files, &nobody, &error) != CCM_OK) {
        abort();
    }
    packet_writer_release(&writer);
    fclose(stream);
    packet_file_close(ahead);
    packet_file_close(behind);
    ahead = open_bytes(bytes, length);
    behind = size > 0 ? open_bytes(text, size) : NULL;
    compare(ahead, behind);
    packet_file_close(ahead);
    packet_file_close(behind);
    free(text);
    return 0;
}
