/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording of up to eight connections, as the transport hands it on. The input is a run of
 *
 *     what  connection  length (2 octets)  bytes
 *
 * `what` is an enum of this file; the side is bit 7 of `connection`, its lowest three bits the
 * connection, and the three above them the server's port. Of what has no bytes, `length` is a
 * number: of bytes that were lost, or of milliseconds that pass.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "captures/messages.h"
#include "tests/fuzz/fuzz.h"

enum what {
    WHAT_DATA,
    WHAT_OPEN,
    WHAT_JOIN,
    WHAT_GAP,
    WHAT_FIN,
    WHAT_CLOSE,
    WHAT_WAIT,
    WHAT_COUNT
};

/* Datagrams have a `what` of their own, as they need no connection. */
enum { WHAT_DATAGRAM = WHAT_COUNT, CONNECTIONS = 8, PIECE = 7 };

static const uint16_t PORTS[] = {80, 88, 53, 389, 8530, 3268, 443, 50001};

struct recording {
    struct messages *messages;
    const struct transport_sink *sink;
    struct connection connections[CONNECTIONS];
    bool is_open[CONNECTIONS];
    bool is_boring[CONNECTIONS];
    bool in_pieces;
    struct mark mark;
    uint64_t events;
};

static void on_event(void *context, struct capture_event *event)
{
    struct recording *recording = context;

    /* An answer is never older than its question, and a question without either is none. */
    if (event->asked.frame == 0 && event->answered.frame == 0) {
        abort();
    }
    recording->events++;
}

static void on_message(void *context, const struct capture_message *message)
{
    (void)context;
    if (message->mark.frame == 0) {
        abort();
    }
}

static void close_connection(struct recording *recording, unsigned number, enum stream_end end)
{
    if (recording->is_open[number]) {
        recording->is_open[number] = false;
        recording->sink->closed(recording->sink->context, &recording->connections[number], end,
                                &recording->mark);
    }
}

static void open_connection(struct recording *recording, unsigned number, uint16_t port,
                            bool saw_syn)
{
    struct connection *connection = &recording->connections[number];

    close_connection(recording, number, STREAM_REPLACED);
    memset(connection, 0, sizeof(*connection));
    for (int i = 0; i < 2; i++) {
        connection->ends[i] = (struct endpoint){.address = {10, 0, 0, (uint8_t)i}, .version = 4};
    }
    connection->ends[SIDE_OPENER].port = (uint16_t)(50010 + number);
    connection->ends[SIDE_OTHER].port = port;
    connection->saw_syn = saw_syn;
    connection->opened = recording->mark;
    if (saw_syn) {
        connection->established = recording->mark;
    }
    recording->is_open[number] = true;
    recording->is_boring[number] = false;
    recording->sink->opened(recording->sink->context, connection);
}

static void give_data(struct recording *recording, unsigned number, enum side side,
                      const uint8_t *bytes, size_t length)
{
    struct connection *connection = &recording->connections[number];
    const struct transport_sink *sink = recording->sink;

    connection->segments[side]++;
    while (length > 0 && recording->is_open[number] && !recording->is_boring[number]) {
        const size_t piece = recording->in_pieces && length > PIECE ? PIECE : length;

        recording->is_boring[number] = sink->data(sink->context, connection, side, &recording->mark,
                                                  bytes, piece) == INTEREST_BORING;
        bytes += piece;
        length -= piece;
    }
}

static void give_datagram(struct recording *recording, unsigned number, enum side side,
                          uint16_t port, struct cursor *bytes)
{
    struct endpoint ends[2] = {{.address = {10, 0, 0, 1}, .version = 4},
                               {.address = {10, 0, 0, 2}, .version = 4}};

    ends[0].port = (uint16_t)(50010 + number);
    ends[1].port = port;
    recording->sink->datagram(recording->sink->context, &ends[side], &ends[!side], &recording->mark,
                              bytes->at, bytes->left);
}

static void play_one(struct recording *recording, struct cursor *in)
{
    const unsigned what = cursor_u8(in) % (WHAT_COUNT + 1);
    const unsigned where = cursor_u8(in);
    const unsigned number = where & 7;
    const uint16_t port = PORTS[where >> 3 & 7];
    const enum side side = where & 0x80 ? SIDE_OTHER : SIDE_OPENER;
    const uint16_t length = cursor_u16be(in);
    const bool has_bytes = what == WHAT_DATA || what == WHAT_DATAGRAM;
    struct cursor bytes = cursor_sub(in, has_bytes ? length < in->left ? length : in->left : 0);
    const struct transport_sink *sink = recording->sink;
    struct connection *connection = &recording->connections[number];
    const bool is_open = recording->is_open[number];

    recording->mark.frame++;
    recording->mark.at += 1000;
    switch (what) {
    case WHAT_DATA:
        give_data(recording, number, side, bytes.at, bytes.left);
        break;
    case WHAT_DATAGRAM:
        give_datagram(recording, number, side, port, &bytes);
        break;
    case WHAT_OPEN:
    case WHAT_JOIN:
        open_connection(recording, number, port, what == WHAT_OPEN);
        break;
    case WHAT_GAP:
        if (is_open && !recording->is_boring[number] && length > 0) {
            recording->is_boring[number] = sink->gap(sink->context, connection, side,
                                                     &recording->mark, length) == INTEREST_BORING;
        }
        break;
    case WHAT_FIN:
        if (is_open) {
            sink->half_closed(sink->context, connection, side, &recording->mark);
        }
        break;
    case WHAT_CLOSE:
        close_connection(recording, number, length & 1 ? STREAM_RESET : STREAM_FIN);
        break;
    default:
        recording->mark.at += (int64_t)length * 1000;
        break;
    }
}

/* What holds for an input of an odd length: a few messages reach them. */
static const struct messages_limits FEW = {.conversations = 2,
                                           .exchanges = 3,
                                           .conversation_exchanges = 2,
                                           .questions = 2,
                                           .held_bytes = 1024,
                                           .bodies_bytes = 1024};

static uint64_t play(const uint8_t *bytes, size_t length, bool in_pieces)
{
    struct evidence_recording record = {0};
    struct arena arena = {0};
    struct recording *recording = calloc(1, sizeof(*recording));
    struct cursor in;
    uint64_t events;

    if (!recording) {
        abort();
    }
    recording->messages = messages_new(&(struct messages_settings){
        .context = recording,
        .limits = length % 2 == 1 ? &FEW : NULL,
        .on_event = on_event,
        .on_message = on_message,
        .recording = &record,
        .arena = &arena,
    });
    recording->sink = messages_sink(recording->messages);
    recording->in_pieces = in_pieces;
    cursor_init(&in, bytes, length);
    while (in.left > 0) {
        play_one(recording, &in);
    }
    for (unsigned i = 0; i < CONNECTIONS; i++) {
        close_connection(recording, i, STREAM_RECORDING_END);
    }
    messages_end(recording->messages, &recording->mark);
    messages_free(recording->messages);
    events = recording->events;
    free(recording);
    arena_release(&arena);
    return events;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    play(bytes, length, false);
    play(bytes, length, true);
    return 0;
}
