/* SPDX-License-Identifier: Apache-2.0 */
/* pcap (draft-ietf-opsawg-pcap): a header of 24 bytes and one of 16 before each frame, in the byte
   order of the machine that captured. */
#include <string.h>

#include "captures/bytes.h"
#include "captures/limits.h"
#include "captures/packet_reader.h"

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
};

static bool start(struct packet_file *file)
{
    const uint8_t *header = input_peek(file->input, FILE_HEADER);
    uint32_t magic;

    if (!header) {
        return packet_reader_fail(file, 0, "the header of the pcap file is cut short");
    }
    file->big_endian = header[0] == 0xa1;
    magic = bytes_u32(header, file->big_endian);
    file->pcap.per_second = magic == 0xa1b23c4d ? 1000000000 : 1000000;
    file->pcap.snap_length = bytes_u32(header + 16, file->big_endian);
    /* The upper bits tell of a frame check sequence. */
    file->pcap.link = bytes_u32(header + 20, file->big_endian) & 0xffff;
    memcpy(file->format, "pcap", sizeof("pcap"));
    input_advance(file->input, FILE_HEADER);
    return true;
}

static bool next(struct packet_file *file, struct frame *frame)
{
    const uint64_t offset = input_offset(file->input);
    const uint8_t *header = input_peek(file->input, RECORD_HEADER);
    const bool big = file->big_endian;
    uint32_t fraction;
    size_t size;

    if (!header) {
        return packet_reader_end(file, offset);
    }
    fraction = bytes_u32(header + 4, big);
    frame->at = (int64_t)bytes_u32(header, big) * 1000000 +
                (file->pcap.per_second == 1000000 ? fraction : fraction / 1000);
    frame->ticks = (uint64_t)bytes_u32(header, big) * file->pcap.per_second + fraction;
    frame->resolution = file->pcap.per_second == 1000000 ? 6 : 9;
    frame->snap_length = file->pcap.snap_length;
    frame->captured = bytes_u32(header + 8, big);
    frame->length = bytes_u32(header + 12, big);
    frame->link = file->pcap.link;
    frame->offset = offset;
    if (frame->captured > LIMIT_FRAME_BYTES) {
        return packet_reader_fail(file, offset, "a frame of %u bytes is damage", frame->captured);
    }
    size = RECORD_HEADER + (size_t)frame->captured;
    header = input_peek(file->input, size);
    if (!header) {
        return packet_reader_end(file, offset);
    }
    frame->bytes = header + RECORD_HEADER;
    input_advance(file->input, size);
    return true;
}

const struct packet_reader PACKET_READER_PCAP = {start, next, NULL};
