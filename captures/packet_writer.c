/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/packet_writer.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "captures/limits.h"
#include "captures/pcapng.h"

enum {
    COMMENT_LIMIT = 60000, /* bytes; an option holds less than 65536 */
};

void packet_writer_u16(struct buffer *out, uint16_t value, bool big_endian)
{
    value = big_endian ? htobe16(value) : htole16(value);
    buffer_append(out, &value, sizeof(value));
}

void packet_writer_u32(struct buffer *out, uint32_t value, bool big_endian)
{
    value = big_endian ? htobe32(value) : htole32(value);
    buffer_append(out, &value, sizeof(value));
}

static void put16(struct buffer *out, uint16_t value)
{
    packet_writer_u16(out, value, false);
}

static void put32(struct buffer *out, uint32_t value)
{
    packet_writer_u32(out, value, false);
}

static void pad(struct buffer *out, size_t length)
{
    buffer_append(out, "\0\0\0", (4 - length % 4) % 4);
}

void packet_writer_comments(struct buffer *options, struct frame_comments *comments,
                            uint64_t number, bool big_endian)
{
    for (; comments->next < comments->count; comments->next++) {
        const struct frame_comment *comment = &comments->items[comments->next];
        const size_t length = strnlen(comment->text, COMMENT_LIMIT);

        if (comment->frame > number) {
            return;
        }
        if (comment->frame == number) {
            packet_writer_u16(options, OPTION_COMMENT, big_endian);
            packet_writer_u16(options, (uint16_t)length, big_endian);
            buffer_append(options, comment->text, length);
            pad(options, length);
        }
    }
}

void packet_writer_init(struct packet_writer *writer, FILE *stream)
{
    *writer = (struct packet_writer){.stream = stream};
}

void packet_writer_release(struct packet_writer *writer)
{
    buffer_release(&writer->block);
    free(writer->interfaces);
    writer->interfaces = NULL;
}

/* The body of a block is in `block`, behind room for type and length. */
static struct buffer *begin(struct packet_writer *writer, uint32_t type)
{
    buffer_truncate(&writer->block, 0);
    put32(&writer->block, type);
    put32(&writer->block, 0);
    return &writer->block;
}

static void end(struct packet_writer *writer)
{
    struct buffer *block = &writer->block;
    uint32_t length = htole32((uint32_t)(block->length + sizeof(length)));

    buffer_append(block, &length, sizeof(length));
    memcpy(block->data + 4, &length, sizeof(length));
    fwrite(block->data, 1, block->length, writer->stream);
}

static void put_section(struct packet_writer *writer)
{
    struct buffer *block = begin(writer, BLOCK_SECTION);

    put32(block, BYTE_ORDER_MAGIC);
    put16(block, 1); /* version 1.0 */
    put16(block, 0);
    put32(block, UINT32_MAX); /* the section's length is not told */
    put32(block, UINT32_MAX);
    end(writer);
    writer->interface_count = 0;
    writer->has_section = true;
}

static void put_interface(struct packet_writer *writer, const struct writer_interface *interface)
{
    struct buffer *block = begin(writer, BLOCK_INTERFACE);

    put16(block, (uint16_t)interface->link);
    put16(block, 0);
    put32(block, interface->snap_length);
    put16(block, OPTION_TSRESOL);
    put16(block, 1);
    put32(block, interface->resolution);
    if (interface->epoch != 0) {
        put16(block, OPTION_TSOFFSET);
        put16(block, 8);
        put32(block, (uint32_t)interface->epoch);
        put32(block, (uint32_t)((uint64_t)interface->epoch >> 32));
    }
    put32(block, 0); /* opt_endofopt */
    end(writer);
}

static bool is_same(const struct writer_interface *a, const struct writer_interface *b)
{
    return a->link == b->link && a->snap_length == b->snap_length &&
           a->resolution == b->resolution && a->epoch == b->epoch;
}

/* The number of the frame's interface, which is described if it was not yet. */
static uint32_t find_interface(struct packet_writer *writer, const struct frame *frame, bool first)
{
    const struct writer_interface wanted = {frame->link, frame->snap_length, frame->resolution,
                                            frame->epoch};
    struct writer_interface *interfaces = writer->interfaces;

    for (size_t i = 0; i < writer->interface_count && (i == 0 || !first); i++) {
        if (is_same(&interfaces[i], &wanted)) {
            return (uint32_t)i;
        }
    }
    if (!writer->has_section || writer->interface_count == LIMIT_INTERFACES ||
        (first && writer->interface_count > 0)) {
        put_section(writer);
    }
    interfaces = realloc(interfaces, (writer->interface_count + 1) * sizeof(*interfaces));
    if (!interfaces) {
        abort();
    }
    writer->interfaces = interfaces;
    interfaces[writer->interface_count] = wanted;
    put_interface(writer, &wanted);
    return (uint32_t)writer->interface_count++;
}

void packet_writer_frame(struct packet_writer *writer, const struct frame *frame,
                         struct frame_comments *comments)
{
    const bool is_simple = frame->at == FRAME_NO_TIME;
    struct buffer *block;
    uint32_t interface;

    if (frame->link == LINK_NONE) {
        if (!writer->has_section) {
            put_section(writer);
        }
        block = begin(writer, BLOCK_CUSTOM_NOT_COPIED);
        put32(block, 0); /* enterprise number: reserved */
        end(writer);
        return;
    }
    interface = find_interface(writer, frame, is_simple); /* simple packets are of the first */
    block = begin(writer, is_simple ? BLOCK_SIMPLE_PACKET : BLOCK_ENHANCED_PACKET);
    if (!is_simple) {
        put32(block, interface);
        put32(block, (uint32_t)(frame->ticks >> 32));
        put32(block, (uint32_t)frame->ticks);
        put32(block, frame->captured);
    }
    put32(block, frame->length);
    buffer_append(block, frame->bytes, frame->captured);
    pad(block, frame->captured);
    if (!is_simple) {
        const size_t before = block->length;

        packet_writer_comments(block, comments, frame->number, false);
        if (block->length > before) {
            put32(block, 0);
        }
    }
    end(writer);
}
