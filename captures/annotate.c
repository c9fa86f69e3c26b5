/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/annotate.h"

#include <stdlib.h>
#include <string.h>

#include "captures/bytes.h"
#include "captures/input.h"
#include "captures/limits.h"
#include "captures/packet_file.h"
#include "captures/pcapng.h"

enum {
    SECTION_LENGTH_AT = 16, /* of the section's length, 8 bytes */
    COPY_PIECE = 64 * 1024,
};

/* A pcapng file on its way to the output. */
struct copy {
    struct input *input;
    FILE *stream;
    struct frame_comments *comments;
    size_t placed;
    uint64_t frames; /* so far, counted as packet_file_next does */
    bool big_endian; /* of the section */
};

/* The options behind a frame's bytes end at opt_endofopt, or with the block: the length up to
   there. */
static size_t options_end(const uint8_t *block, size_t length, bool big)
{
    size_t at = ENHANCED_HEADER + ((bytes_u32(block + 20, big) + (size_t)3) & ~(size_t)3);

    while (at + 4 <= length - 4) {
        const size_t size = (bytes_u16(block + at + 2, big) + (size_t)3) & ~(size_t)3;

        if (bytes_u16(block + at, big) == OPTION_END || size > length - 4 - at - 4) {
            return at;
        }
        at += 4 + size;
    }
    return at <= length - 4 ? at : length - 4;
}

/* A block of a frame with its comments behind the options that it has. */
static void write_commented(struct copy *copy, const uint8_t *block, size_t length,
                            const struct buffer *options)
{
    const bool big = copy->big_endian;
    const size_t end = options_end(block, length, big);
    struct buffer out = {0};
    uint32_t total;

    buffer_append(&out, block, end);
    buffer_append(&out, options->data, options->length);
    packet_writer_u32(&out, 0, big); /* opt_endofopt */
    total = (uint32_t)(out.length + 4);
    packet_writer_u32(&out, total, big);
    memcpy(out.data + 4, out.data + out.length - 4, 4);
    fwrite(out.data, 1, out.length, copy->stream);
    buffer_release(&out);
}

/* Copies `length` bytes in pieces; false where the input ends before. */
static bool copy_bytes(struct copy *copy, size_t length)
{
    while (length > 0) {
        const size_t piece = length < COPY_PIECE ? length : COPY_PIECE;
        const uint8_t *bytes = input_peek(copy->input, piece);

        if (!bytes) {
            return false;
        }
        fwrite(bytes, 1, piece, copy->stream);
        input_advance(copy->input, piece);
        length -= piece;
    }
    return true;
}

/* The head of a section, whose length is no longer known. */
static bool copy_section(struct copy *copy, size_t length)
{
    static const uint8_t unknown[8] = {255, 255, 255, 255, 255, 255, 255, 255};

    if (!copy_bytes(copy, SECTION_LENGTH_AT) || !input_skip(copy->input, sizeof(unknown))) {
        return false;
    }
    fwrite(unknown, 1, sizeof(unknown), copy->stream);
    return copy_bytes(copy, length - SECTION_LENGTH_AT - sizeof(unknown));
}

/* A frame that something is said of. */
static bool copy_frame(struct copy *copy, uint32_t type, size_t length)
{
    const struct frame_comments before = *copy->comments;
    struct buffer options = {0};
    const uint8_t *block;

    packet_writer_comments(&options, copy->comments, copy->frames, copy->big_endian);
    block = options.length > 0 && (type == BLOCK_ENHANCED_PACKET || type == BLOCK_PACKET) &&
                    length <= LIMIT_FRAME_BYTES
                ? input_peek(copy->input, length)
                : NULL;
    if (!block || ENHANCED_HEADER + (size_t)bytes_u32(block + 20, copy->big_endian) + 4 > length) {
        buffer_release(&options);
        return copy_bytes(copy, length);
    }
    write_commented(copy, block, length, &options);
    for (size_t i = before.next; i < copy->comments->next; i++) {
        copy->placed += copy->comments->items[i].frame == copy->frames;
    }
    buffer_release(&options);
    input_advance(copy->input, length);
    return true;
}

/* One block. False at the end, and at damage behind which no block can be found. */
static bool copy_block(struct copy *copy)
{
    const uint8_t *block = input_peek(copy->input, BLOCK_OVERHEAD);
    uint32_t type, length;

    if (!block) {
        return false;
    }
    type = bytes_u32(block, copy->big_endian);
    if (type == BLOCK_SECTION) {
        copy->big_endian = bytes_u32be(block + 8) == BYTE_ORDER_MAGIC;
    }
    length = bytes_u32(block + 4, copy->big_endian);
    if (length > LIMIT_BLOCK_BYTES ||
        length < (uint32_t)(type == BLOCK_SECTION ? SECTION_MINIMUM : BLOCK_OVERHEAD)) {
        return false;
    }
    length = (length + 3) & ~(uint32_t)3;
    if (type == BLOCK_SECTION) {
        return copy_section(copy, length);
    }
    if (block_is_packet(type) || block_is_counted(type)) {
        copy->frames++;
        return copy_frame(copy, type, length);
    }
    return copy_bytes(copy, length);
}

/* False when it was ended. */
static bool copy_blocks(struct input *input, FILE *stream, struct frame_comments *comments,
                        const struct capture_watch *watch, size_t *placed_out)
{
    struct copy copy = {.input = input, .stream = stream, .comments = comments};
    size_t blocks = 0;

    while (copy_block(&copy)) {
        if (++blocks % WATCH_FRAMES == 0 && !watch_goes_on(watch, input)) {
            return false;
        }
    }
    *placed_out = copy.placed;
    return true;
}

static bool write_frames(struct packet_file *file, FILE *stream, struct frame_comments *comments,
                         const struct capture_watch *watch, size_t *placed_out)
{
    struct packet_writer writer;
    struct frame frame = {0};
    bool goes_on = true;

    packet_writer_init(&writer, stream);
    while (goes_on && packet_file_next(file, &frame)) {
        const bool has_place = frame.link != LINK_NONE && frame.at != FRAME_NO_TIME;
        const size_t before = comments->next;

        packet_writer_frame(&writer, &frame, comments);
        *placed_out += has_place ? comments->next - before : 0;
        goes_on = frame.number % WATCH_FRAMES != 0 || watch_goes_on(watch, packet_file_input(file));
    }
    packet_writer_release(&writer);
    return goes_on;
}

enum ccm_status capture_annotate(const char *path, const char *out, struct frame_comments *comments,
                                 const struct capture_watch *watch, size_t *placed_out,
                                 struct ccm_error *error)
{
    struct packet_file *file = NULL;
    struct input *input = NULL;
    struct file_draft draft = {0};
    bool whole = false;
    enum ccm_status status;

    *placed_out = 0;
    status = packet_file_open(path, &file, error);
    if (status == CCM_OK) {
        status = file_draft_open(out, &draft, error);
    }
    if (status == CCM_OK && strcmp(packet_file_format(file), "pcapng") == 0) {
        status = input_open(path, &input, error);
        whole = status == CCM_OK && copy_blocks(input, draft.stream, comments, watch, placed_out);
    } else if (status == CCM_OK) {
        whole = write_frames(file, draft.stream, comments, watch, placed_out);
    }
    if (whole) {
        status = file_draft_finish(&draft, error);
    }
    file_draft_drop(&draft);
    input_close(input);
    packet_file_close(file);
    return status;
}
