/* SPDX-License-Identifier: Apache-2.0 */
/* Frames written as pcapng, in little-endian order: an interface is described before the first of
   its frames. Where frames differ in link type, resolution or snap length, there are several. */
#ifndef CCM_CAPTURES_PACKET_WRITER_H
#define CCM_CAPTURES_PACKET_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/file.h"
#include "captures/frame.h"

/* What is said of a frame. */
struct frame_comment {
    uint64_t frame;
    const char *text;
};

/* Comments in the order of their frames, handed out as the frames go by. */
struct frame_comments {
    const struct frame_comment *items;
    size_t count;
    size_t next;
};

/* Appends the options opt_comment of frame `number`; comments of frames before it are passed over.
   The byte order is a section's own. */
void packet_writer_comments(struct buffer *options, struct frame_comments *comments,
                            uint64_t number, bool big_endian);

/* Appends a number in the byte order of a section. */
void packet_writer_u16(struct buffer *out, uint16_t value, bool big_endian);
void packet_writer_u32(struct buffer *out, uint32_t value, bool big_endian);

struct packet_writer {
    FILE *stream; /* borrowed; its error flag tells what went wrong */
    struct buffer block;
    struct writer_interface {
        uint32_t link;
        uint32_t snap_length;
        uint8_t resolution;
        int64_t epoch;
    } * interfaces; /* of the section under way */
    size_t interface_count;
    bool has_section;
};

void packet_writer_init(struct packet_writer *writer, FILE *stream);
void packet_writer_release(struct packet_writer *writer);

/* `frame->bytes` are written. A frame without a time becomes a simple packet, which has neither
   time nor comments; one that is no packet (LINK_NONE) an empty custom block, which counts as a
   frame. */
void packet_writer_frame(struct packet_writer *writer, const struct frame *frame,
                         struct frame_comments *comments);

#endif
