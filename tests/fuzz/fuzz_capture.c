/* SPDX-License-Identifier: Apache-2.0 */
/* From the bytes of a file to the bytes of its connections: sniffing, unpacking, every reader,
   every layer. */
#include "captures/packet_file.h"
#include "captures/transport.h"
#include "tests/captures/check_sink.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct check_sink check;
    struct transport_state *transport;
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;

    check_sink_init(&check, 0);
    transport = transport_new(&check.sink);
    if (packet_file_of_input(input_of_memory(bytes, length), "input", &file, &error) == CCM_OK) {
        while (packet_file_next(file, &frame)) {
            transport_frame(transport, &frame);
        }
        packet_file_close(file);
    }
    transport_end(transport);
    check_sink_end(&check);
    transport_free(transport);
    return 0;
}
