/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file is read twice at a time: one reader runs ahead and finds out what the bytes mean, one
 * follows and writes frames. Between them lie patches, by frame: what may stay.
 */
#include "captures/redact.h"

#include <stdlib.h>
#include <string.h>

#include "captures/bytes.h"
#include "captures/link.h"
#include "captures/packet_file.h"
#include "captures/packet_writer.h"
#include "captures/redact_frame.h"
#include "captures/redact_stream.h"

enum { FRAGMENT_PLACES = 256, UDP_HEADER = 8, UDP_CHECKSUM = 6, FIRST_SLOTS = 256 };

/* A fragment that was seen lately. */
struct fragment_place {
    uint64_t frame;
    struct endpoint from, to; /* without ports */
    uint32_t id;
    uint32_t offset;
    uint32_t length;
    uint16_t checksum; /* of UDP, in the first */
};

struct redaction {
    struct disguise *disguise;
    struct redact_streams *streams;
    struct transport_state *transport;
    struct redact_files *files;
    const struct capture_watch *watch;
    struct redact_patch **patches; /* by the frame's number: a ring of those not yet written */
    size_t slots;                  /* of `patches`, a power of two up to LIMIT_REDACT_FRAMES */
    size_t patch_bytes;
    uint64_t read; /* frames so far */
    uint64_t written;
    struct fragment_place fragments[FRAGMENT_PLACES]; /* a ring */
    size_t fragment_next;
    struct ip_packet packet; /* of the frame that is being read; is_fragment: fragments count */
};

/* --- patches --- */

static struct redact_patch **slot_of(struct redaction *redaction, uint64_t frame)
{
    return &redaction->patches[frame % redaction->slots];
}

/* Replaces the ring by a larger one. */
static void make_slots(struct redaction *redaction, size_t slots)
{
    struct redact_patch **old = redaction->patches;
    const size_t old_slots = redaction->slots;

    redaction->patches = calloc(slots, sizeof(struct redact_patch *));
    redaction->slots = slots;
    if (!redaction->patches) {
        abort();
    }
    for (uint64_t frame = redaction->written + 1; frame <= redaction->read; frame++) {
        *slot_of(redaction, frame) = old[frame % old_slots];
    }
    free(old);
}

/* A patch for a frame that was written already comes too late: the frame is blank. `bytes` may be
   NULL where the head has no length. */
static void add_patch(struct redaction *redaction, uint64_t frame, const struct redact_patch *head,
                      const uint8_t *bytes)
{
    struct redact_patch *patch;
    struct redact_patch **slot = slot_of(redaction, frame);

    if (frame <= redaction->written) {
        return;
    }
    patch = malloc(sizeof(*patch) + head->length);
    if (!patch) {
        abort();
    }
    *patch = *head;
    if (bytes) {
        memcpy(patch->bytes, bytes, head->length);
    }
    patch->next = *slot;
    *slot = patch;
    redaction->patch_bytes += sizeof(*patch) + head->length;
}

static void drop_patches(struct redaction *redaction, uint64_t frame)
{
    struct redact_patch **slot = slot_of(redaction, frame);

    while (*slot) {
        struct redact_patch *patch = *slot;

        *slot = patch->next;
        redaction->patch_bytes -= sizeof(*patch) + patch->length;
        free(patch);
    }
}

static void on_patch(void *context, uint64_t frame, uint32_t sequence, const uint8_t *bytes,
                     size_t length)
{
    const struct redact_patch head = {.where = sequence, .length = (uint32_t)length};
    struct redaction *redaction = context;
    const struct redact_patch *others =
        frame > redaction->written ? *slot_of(redaction, frame) : NULL;

    add_patch(redaction, frame, &head, bytes);
    for (; others; others = others->next) {
        if (others->copy != 0) {
            add_patch(redaction, others->copy, &head, bytes);
        }
    }
}

/* What is there of the frame's patches is copied, what comes is put into both (on_patch). */
static void on_alias(void *context, uint64_t frame, uint64_t copy)
{
    struct redaction *redaction = context;
    const struct redact_patch *patches =
        frame > redaction->written ? *slot_of(redaction, frame) : NULL;

    for (const struct redact_patch *patch = patches; patch; patch = patch->next) {
        if (patch->copy == copy) {
            return;
        }
    }
    for (const struct redact_patch *patch = patches; patch; patch = patch->next) {
        if (patch->copy == 0 && !patch->is_datagram) {
            add_patch(redaction, copy,
                      &(struct redact_patch){.where = patch->where, .length = patch->length},
                      patch->bytes);
        }
    }
    add_patch(redaction, frame, &(struct redact_patch){.copy = copy}, NULL);
}

/* --- datagrams --- */

static bool same_address(const struct endpoint *a, const struct endpoint *b)
{
    return a->version == b->version && memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

static void note_fragment(struct redaction *redaction, const struct frame *frame)
{
    const struct ip_packet *packet = &redaction->packet;
    struct fragment_place *place;

    if (!packet->is_fragment) {
        return;
    }
    place = &redaction->fragments[redaction->fragment_next++ % FRAGMENT_PLACES];
    *place = (struct fragment_place){
        .frame = frame->number,
        .from = packet->from,
        .to = packet->to,
        .id = packet->fragment_id,
        .offset = packet->fragment_offset,
        .length = (uint32_t)packet->payload.length,
    };
    if (packet->fragment_offset == 0 && packet->payload.captured >= UDP_HEADER) {
        place->checksum = bytes_u16be(packet->payload.bytes + UDP_CHECKSUM);
    }
}

/* The parts of a datagram to the frames of its fragments, and the checksum to the first. */
static void patch_fragments(struct redaction *redaction, const struct image *image)
{
    for (size_t i = 0; i < FRAGMENT_PLACES; i++) {
        struct fragment_place *place = &redaction->fragments[i];

        if (place->frame == 0 || place->id != redaction->packet.fragment_id ||
            !same_address(&place->from, &redaction->packet.from) ||
            !same_address(&place->to, &redaction->packet.to)) {
            continue;
        }
        add_patch(redaction, place->frame,
                  &(struct redact_patch){
                      .is_datagram = true, .where = UDP_HEADER, .length = (uint32_t)image->length},
                  image->out);
        if (place->offset == 0 && place->checksum != 0) {
            uint16_t sum = redact_checksum(place->checksum, image->in, image->out, image->length);
            uint8_t bytes[2];

            sum = sum == 0 ? 0xffff : sum;
            bytes[0] = (uint8_t)(sum >> 8);
            bytes[1] = (uint8_t)sum;
            add_patch(
                redaction, place->frame,
                &(struct redact_patch){.is_datagram = true, .where = UDP_CHECKSUM, .length = 2},
                bytes);
        }
        place->frame = 0;
    }
}

static void on_datagram(void *context, const struct endpoint *from, const struct endpoint *to,
                        const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct redaction *redaction = context;
    uint8_t *out = calloc(1, length + 1);
    const struct image image = {redaction->disguise, bytes, out, length};

    if (!out) {
        abort();
    }
    redact_datagram(&image, from, to);
    if (redaction->packet.is_fragment) {
        patch_fragments(redaction, &image);
    } else {
        add_patch(redaction, mark->frame,
                  &(struct redact_patch){
                      .is_datagram = true, .where = UDP_HEADER, .length = (uint32_t)length},
                  out);
    }
    free(out);
}

/* --- the transport's sink: connections are the streams' matter --- */

static void on_opened(void *context, struct connection *connection)
{
    redact_streams_opened(((struct redaction *)context)->streams, connection);
}

static enum interest on_data(void *context, struct connection *connection, enum side side,
                             const struct mark *mark, const uint8_t *bytes, size_t length)
{
    return redact_streams_data(((struct redaction *)context)->streams, connection, side, mark,
                               bytes, length);
}

static enum interest on_gap(void *context, struct connection *connection, enum side side,
                            const struct mark *mark, uint64_t lost)
{
    return redact_streams_gap(((struct redaction *)context)->streams, connection, side, mark, lost);
}

static void on_repeated(void *context, struct connection *connection, enum side side,
                        const struct mark *mark, uint32_t sequence, uint32_t length)
{
    redact_streams_repeated(((struct redaction *)context)->streams, connection, side, mark,
                            sequence, length);
}

static void on_closed(void *context, struct connection *connection, enum stream_end end,
                      const struct mark *mark)
{
    redact_streams_closed(((struct redaction *)context)->streams, connection, end, mark);
}

/* --- reading and writing --- */

static bool write_frame(struct redaction *redaction, struct frame *frame)
{
    struct frame_comments none = {.count = 0};
    uint8_t *out;

    if (!packet_file_next(redaction->files->behind, frame)) {
        return false;
    }
    out = malloc(frame->captured + 1);
    if (!out) {
        abort();
    }
    redact_frame(frame, *slot_of(redaction, frame->number), out);
    drop_patches(redaction, frame->number);
    redaction->written = frame->number;
    frame->bytes = out;
    packet_writer_frame(redaction->files->writer, frame, &none);
    free(out);
    return true;
}

static void read_frame(struct redaction *redaction, const struct frame *frame)
{
    struct payload bytes;

    redaction->packet = (struct ip_packet){.is_fragment = false};
    if (frame->captured > 0 && link_read(frame, &bytes) == LAYER_OK &&
        ip_read(&bytes, &redaction->packet) == LAYER_OK) {
        note_fragment(redaction, frame);
    }
    transport_frame(redaction->transport, frame);
}

static void run(struct redaction *redaction)
{
    struct redact_files *files = redaction->files;
    struct frame frame = {0};
    struct frame written = {0};

    while (packet_file_next(files->ahead, &frame)) {
        if (frame.number % WATCH_FRAMES == 0 &&
            !watch_goes_on(redaction->watch, packet_file_input(files->ahead))) {
            files->stopped = true;
            return;
        }
        while (frame.number - redaction->written >= LIMIT_REDACT_FRAMES ||
               redaction->patch_bytes > LIMIT_REDACT_PATCHES) {
            if (!write_frame(redaction, &written)) {
                return;
            }
        }
        if (frame.number - redaction->written > redaction->slots) {
            make_slots(redaction, 2 * redaction->slots);
        }
        redaction->read = frame.number;
        read_frame(redaction, &frame);
    }
    redaction->packet.is_fragment = false;
    transport_end(redaction->transport);
    while (write_frame(redaction, &written)) {}
}

enum ccm_status redact_frames(struct redact_files *files, const struct capture_watch *watch,
                              struct ccm_error *error)
{
    struct redaction *redaction = calloc(1, sizeof(*redaction));
    const struct transport_sink sink = {
        .context = redaction,
        .datagram = on_datagram,
        .opened = on_opened,
        .data = on_data,
        .gap = on_gap,
        .closed = on_closed,
        .repeated = on_repeated,
    };
    enum ccm_status status = CCM_OK;

    if (!redaction) {
        abort();
    }
    redaction->disguise = disguise_new();
    make_slots(redaction, FIRST_SLOTS);
    redaction->files = files;
    redaction->watch = watch;
    if (!redaction->disguise) {
        status = ccm_fail(error, CCM_ERROR_INTERNAL, "the system gives no random numbers");
    } else {
        redaction->streams = redact_streams_new(redaction->disguise, on_patch, on_alias, redaction);
        redaction->transport = transport_new(&sink, &TRANSPORT_LIMITS);
        run(redaction);
        transport_free(redaction->transport);
        redact_streams_free(redaction->streams);
    }
    while (redaction->written < redaction->read) {
        drop_patches(redaction, ++redaction->written);
    }
    disguise_free(redaction->disguise);
    free(redaction->patches);
    free(redaction);
    return status;
}

enum ccm_status capture_redact(const char *path, const char *out, const struct capture_watch *watch,
                               struct ccm_error *error)
{
    struct redact_files files = {.ahead = NULL};
    struct file_draft draft = {0};
    enum ccm_status status = packet_file_open(path, &files.ahead, error);

    if (status == CCM_OK) {
        status = packet_file_open(path, &files.behind, error);
    }
    if (status == CCM_OK) {
        status = file_draft_open(out, &draft, error);
    }
    if (status == CCM_OK) {
        struct packet_writer writer;

        packet_writer_init(&writer, draft.stream);
        files.writer = &writer;
        status = redact_frames(&files, watch, error);
        packet_writer_release(&writer);
    }
    if (status == CCM_OK && !files.stopped) {
        status = file_draft_finish(&draft, error);
    }
    file_draft_drop(&draft);
    packet_file_close(files.ahead);
    packet_file_close(files.behind);
    return status;
}
