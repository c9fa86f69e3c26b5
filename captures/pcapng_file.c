/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng (draft-ietf-opsawg-pcapng): blocks of a type, a length, a body, and the length again.
 * Sections may differ in byte order, interfaces in link type, resolution and time offset. Blocks
 * that are no frame (names, statistics, secrets) are passed over.
 */
#include <stdlib.h>
#include <string.h>

#include "captures/bytes.h"
#include "captures/limits.h"
#include "captures/packet_reader.h"
#include "captures/pcapng.h"

enum {
    INTERFACE_MINIMUM = 20,
    SIMPLE_HEADER = 12,
    RESOLUTION_MICROSECONDS = 6,
    RESOLUTION_BINARY = 0x80,
};

/* A time in an interface's units as microseconds since 1970. */
static int64_t microseconds(uint64_t units, const struct packet_interface *interface)
{
    unsigned exponent = interface->resolution & 0x7f;
    unsigned __int128 value = units;
    int64_t result;

    if (interface->resolution & RESOLUTION_BINARY) {
        value = exponent < 90 ? (value * 1000000) >> exponent : 0;
    } else {
        for (; exponent < RESOLUTION_MICROSECONDS; exponent++) {
            value *= 10;
        }
        for (; exponent > RESOLUTION_MICROSECONDS && value > 0; exponent--) {
            value /= 10;
        }
    }
    result = value > FRAME_TIME_LAST ? FRAME_TIME_LAST : (int64_t)value;
    if (interface->offset > INT64_MAX / 4000000 || interface->offset < -INT64_MAX / 4000000) {
        return result;
    }
    return result + interface->offset * 1000000;
}

/* A new section: its byte order, and no interfaces yet. */
static bool read_section(struct packet_file *file, const uint8_t *block)
{
    const uint32_t magic = bytes_u32le(block + 8);

    if (magic != BYTE_ORDER_MAGIC && magic != 0x4d3c2b1a) {
        return packet_reader_fail(file, input_offset(file->input),
                                  "a pcapng section without its byte order is damage");
    }
    file->big_endian = magic == 0x4d3c2b1a;
    if (bytes_u16(block + 12, file->big_endian) != 1) {
        return packet_reader_fail(
            file, input_offset(file->input), "pcapng %u.%u is not known, only 1.x",
            bytes_u16(block + 12, file->big_endian), bytes_u16(block + 14, file->big_endian));
    }
    free(file->pcapng.interfaces);
    file->pcapng.interfaces = NULL;
    file->pcapng.count = 0;
    return true;
}

/* The options of an interface that change what its times mean. */
static void read_options(struct packet_interface *interface, const uint8_t *options, size_t length,
                         bool big)
{
    while (length >= 4) {
        const uint16_t code = bytes_u16(options, big);
        const size_t size = bytes_u16(options + 2, big);
        const size_t padded = 4 + ((size + 3) & ~(size_t)3);

        if (code == OPTION_END || padded > length) {
            return;
        }
        if (code == OPTION_TSRESOL && size == 1) {
            interface->resolution = options[4];
        } else if (code == OPTION_TSOFFSET && size == 8) {
            uint64_t high = bytes_u32(options + (big ? 4 : 8), big);

            interface->offset = (int64_t)(high << 32 | bytes_u32(options + (big ? 8 : 4), big));
        }
        options += padded;
        length -= padded;
    }
}

static bool read_interface(struct packet_file *file, const uint8_t *block, size_t length)
{
    const size_t count = file->pcapng.count;
    struct packet_interface *interface;

    if (count == LIMIT_INTERFACES) {
        return packet_reader_fail(file, input_offset(file->input),
                                  "more than %d interfaces in one section are not read",
                                  LIMIT_INTERFACES);
    }
    if ((count & (count - 1)) == 0) { /* grows at every power of two */
        interface = realloc(file->pcapng.interfaces,
                            (count > 0 ? 2 * count : 1) * sizeof(*file->pcapng.interfaces));
        if (!interface) {
            abort();
        }
        file->pcapng.interfaces = interface;
    }
    interface = &file->pcapng.interfaces[file->pcapng.count++];
    interface->link = bytes_u16(block + 8, file->big_endian);
    interface->snap_length = bytes_u32(block + 12, file->big_endian);
    interface->resolution = RESOLUTION_MICROSECONDS;
    interface->offset = 0;
    read_options(interface, block + 16, length - 4 - 16, file->big_endian);
    return true;
}

/* Fills in a frame from the head of its block. */
static bool read_packet(struct packet_file *file, uint32_t type, const uint8_t *block,
                        uint32_t length, struct frame *frame)
{
    const bool big = file->big_endian;
    const uint64_t offset = input_offset(file->input);
    const size_t header = type == BLOCK_SIMPLE_PACKET ? SIMPLE_HEADER : ENHANCED_HEADER;
    const struct packet_interface *interface;
    uint32_t number = 0;

    if (type == BLOCK_ENHANCED_PACKET) {
        number = bytes_u32(block + 8, big);
    } else if (type == BLOCK_PACKET) {
        number = bytes_u16(block + 8, big);
    }
    if (number >= file->pcapng.count) {
        return packet_reader_fail(file, offset, "a frame of interface %u, which was not described",
                                  number);
    }
    interface = &file->pcapng.interfaces[number];
    if (type == BLOCK_SIMPLE_PACKET) {
        frame->length = bytes_u32(block + 8, big);
        frame->captured = length - BLOCK_OVERHEAD - 4;
        if (frame->captured > frame->length) {
            frame->captured = frame->length;
        }
        if (interface->snap_length > 0 && frame->captured > interface->snap_length) {
            frame->captured = interface->snap_length;
        }
        frame->at = FRAME_NO_TIME;
    } else {
        uint64_t units = (uint64_t)bytes_u32(block + 12, big) << 32 | bytes_u32(block + 16, big);

        frame->captured = bytes_u32(block + 20, big);
        frame->length = bytes_u32(block + 24, big);
        frame->at = microseconds(units, interface);
        frame->ticks = units;
    }
    frame->epoch = interface->offset;
    frame->resolution = interface->resolution;
    frame->snap_length = interface->snap_length;
    if (frame->captured > LIMIT_FRAME_BYTES || header + frame->captured + 4 > length) {
        return packet_reader_fail(file, offset, "a frame of %u bytes in a block of %u is damage",
                                  frame->captured, length);
    }
    frame->link = interface->link;
    frame->offset = offset;
    return true;
}

static bool cut_short(struct packet_file *file, uint64_t offset)
{
    const char *problem = input_problem(file->input);

    return packet_reader_fail(file, offset, "%s",
                              problem ? problem : "the file is cut short in the middle of a block");
}

/* The block that begins here: its type, its length, and as many of its bytes as each of its type
   has. NULL at the end and at damage. */
static const uint8_t *read_head(struct packet_file *file, uint32_t *type, uint32_t *length)
{
    const uint64_t offset = input_offset(file->input);
    const uint8_t *block = input_peek(file->input, BLOCK_OVERHEAD);
    bool big = file->big_endian;
    size_t wanted = BLOCK_OVERHEAD;

    if (!block) {
        packet_reader_end(file, offset);
        return NULL;
    }
    *type = bytes_u32(block, big);
    if (*type == BLOCK_SECTION) { /* the same in both orders */
        big = bytes_u32be(block + 8) == BYTE_ORDER_MAGIC;
        wanted = SECTION_MINIMUM;
    } else if (*type == BLOCK_INTERFACE) {
        wanted = INTERFACE_MINIMUM;
    } else if (*type == BLOCK_SIMPLE_PACKET) {
        wanted = SIMPLE_HEADER + 4;
    } else if (*type == BLOCK_ENHANCED_PACKET || *type == BLOCK_PACKET) {
        wanted = ENHANCED_HEADER + 4;
    }
    *length = bytes_u32(block + 4, big);
    if (*length < wanted || *length > LIMIT_BLOCK_BYTES) {
        packet_reader_fail(file, offset, "a block of type 0x%x with %u bytes is damage", *type,
                           *length);
        return NULL;
    }
    *length = (*length + 3) & ~(uint32_t)3; /* some writers leave out the padding */
    block = input_peek(file->input, wanted);
    if (!block) {
        cut_short(file, offset);
    }
    return block;
}

/* Reads what the block says of the section or the interface, and passes over it. */
static bool read_other(struct packet_file *file, uint32_t type, const uint8_t *block,
                       uint32_t length)
{
    const uint64_t offset = input_offset(file->input);

    if (type == BLOCK_SECTION && !read_section(file, block)) {
        return false;
    }
    if (type == BLOCK_INTERFACE) {
        if (length > LIMIT_FRAME_BYTES) {
            return packet_reader_fail(file, offset, "an interface of %u bytes is damage", length);
        }
        block = input_peek(file->input, length);
        if (!block) {
            return cut_short(file, offset);
        }
        if (!read_interface(file, block, length)) {
            return false;
        }
    }
    return input_skip(file->input, length) || cut_short(file, offset);
}

static bool start(struct packet_file *file)
{
    uint32_t type;
    uint32_t length;
    const uint8_t *block = read_head(file, &type, &length);

    memcpy(file->format, "pcapng", sizeof("pcapng"));
    return block && read_section(file, block);
}

/* The frame of the block; its bytes stay where they are until the block is passed over. */
static bool read_frame(struct packet_file *file, uint32_t type, const uint8_t *block,
                       uint32_t length, struct frame *frame)
{
    const uint64_t offset = input_offset(file->input);
    const size_t header = type == BLOCK_SIMPLE_PACKET ? SIMPLE_HEADER : ENHANCED_HEADER;

    if (block_is_counted(type)) {
        *frame = (struct frame){.link = LINK_NONE, .at = FRAME_NO_TIME, .offset = offset};
    } else {
        if (!read_packet(file, type, block, length, frame)) {
            return false;
        }
        block = input_peek(file->input, header + frame->captured);
        if (!block) {
            return cut_short(file, offset);
        }
        frame->bytes = block + header;
    }
    file->pcapng.passed = length;
    file->pcapng.passed_at = offset;
    return true;
}

static bool next(struct packet_file *file, struct frame *frame)
{
    uint32_t type;
    uint32_t length;

    if (!input_skip(file->input, file->pcapng.passed)) {
        return cut_short(file, file->pcapng.passed_at);
    }
    file->pcapng.passed = 0;
    for (;;) {
        const uint8_t *block = read_head(file, &type, &length);

        if (!block) {
            return false;
        }
        if (block_is_packet(type) || block_is_counted(type)) {
            return read_frame(file, type, block, length, frame);
        }
        if (!read_other(file, type, block, length)) {
            return false;
        }
    }
}

static void stop(struct packet_file *file)
{
    free(file->pcapng.interfaces);
}

const struct packet_reader PACKET_READER_PCAPNG = {start, next, stop};
