/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the transport makes of a capture, for comparison with other programs and for measuring:
 *
 *   follow FILE           a line for each connection: its ends, how it ended, and the bytes of both
 *                         sides in hexadecimal, with "[N]" for N lost ones; the longest 64 KiB
 *   follow --frames FILE  a line for each frame: number, microseconds, captured and whole length
 *   follow --count FILE   only sums, all connections read
 *   follow --boring FILE  only sums, all connections but those of ports 80 and 88 boring
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buffer.h"
#include "captures/packet_file.h"
#include "captures/transport.h"

enum { HEX_LIMIT = 128 * 1024 };

struct follow {
    bool hex;
    bool boring;
    uint64_t datagrams;
    uint64_t connections;
    uint64_t bytes;
    uint64_t gaps;
};

struct stream {
    struct buffer sides[2];
};

static void on_datagram(void *context, const struct endpoint *from, const struct endpoint *to,
                        const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct follow *follow = context;

    (void)from;
    (void)to;
    (void)mark;
    follow->datagrams++;
    follow->bytes += length > 0 ? bytes[0] > 0 : 0; /* the bytes are touched */
}

static void on_opened(void *context, struct connection *connection)
{
    struct follow *follow = context;

    follow->connections++;
    if (follow->hex) {
        connection->user = calloc(1, sizeof(struct stream));
    }
}

static enum interest interest_in(const struct follow *follow, const struct connection *connection)
{
    const uint16_t port = connection->ends[SIDE_OTHER].port;

    return follow->boring && port != 80 && port != 88 ? INTEREST_BORING : INTEREST_MORE;
}

static enum interest on_data(void *context, struct connection *connection, enum side side,
                             const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct follow *follow = context;
    struct stream *stream = connection->user;

    (void)mark;
    follow->bytes += length;
    for (size_t i = 0; stream && i < length && stream->sides[side].length < HEX_LIMIT; i++) {
        buffer_printf(&stream->sides[side], "%02x", bytes[i]);
    }
    return interest_in(follow, connection);
}

static enum interest on_gap(void *context, struct connection *connection, enum side side,
                            const struct mark *mark, uint64_t lost)
{
    struct follow *follow = context;
    struct stream *stream = connection->user;

    (void)mark;
    follow->gaps++;
    if (stream) {
        buffer_printf(&stream->sides[side], "[%" PRIu64 "]", lost);
    }
    return interest_in(follow, connection);
}

static void on_closed(void *context, struct connection *connection, enum stream_end end,
                      const struct mark *mark)
{
    static const char *const names[] = {
        [STREAM_FIN] = "fin",
        [STREAM_RESET] = "reset",
        [STREAM_LIMIT] = "limit",
        [STREAM_REPLACED] = "replaced",
        [STREAM_UNREACHED] = "unreached",
        [STREAM_RECORDING_END] = "recording-end",
    };
    struct stream *stream = connection->user;
    char first[ENDPOINT_TEXT_SIZE];
    char second[ENDPOINT_TEXT_SIZE];

    (void)context;
    if (!stream) {
        return;
    }
    printf("%s,%u %s,%u %" PRIu64 " %" PRIu64 " %s \"%s\" \"%s\"\n",
           endpoint_text(&connection->ends[0], first), connection->ends[0].port,
           endpoint_text(&connection->ends[1], second), connection->ends[1].port,
           connection->opened.frame, mark->frame, names[end], buffer_text(&stream->sides[0]),
           buffer_text(&stream->sides[1]));
    buffer_release(&stream->sides[0]);
    buffer_release(&stream->sides[1]);
    free(stream);
}

static void print_sums(const struct follow *follow, const struct transport_counts *counts,
                       uint64_t frames)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    printf("frames %" PRIu64 " cut %" PRIu64 " malformed %" PRIu64 " unreadable %" PRIu64 "\n",
           frames, counts->cut_frames, counts->malformed_frames, counts->unreadable_frames);
    printf("datagrams %" PRIu64 " connections %" PRIu64 " bytes %" PRIu64 " gaps %" PRIu64 "\n",
           follow->datagrams, follow->connections, follow->bytes, follow->gaps);
    printf("one-sided %" PRIu64 " lost %" PRIu64 " dropped: connections %" PRIu64 " side %" PRIu64
           " buffer %" PRIu64 " fragments %" PRIu64 "\n",
           counts->one_sided_connections, counts->lost_segments, counts->connections_dropped,
           counts->side_gaps_dropped, counts->buffer_gaps_dropped, counts->fragments_dropped);
    printf("memory %ld KiB\n", usage.ru_maxrss);
}

int main(int count, char **arguments)
{
    struct follow follow = {0};
    const struct transport_sink sink = {&follow, on_datagram, on_opened, on_data, on_gap,
                                        NULL,    on_closed,   NULL,      NULL};
    const char *mode = count == 3 ? arguments[1] : "";
    const bool frames = strcmp(mode, "--frames") == 0;
    struct transport_state *transport;
    struct packet_file *file;
    struct frame frame = {0};
    struct ccm_error error;

    if (count < 2 || packet_file_open(arguments[count - 1], &file, &error) != CCM_OK) {
        fprintf(stderr, "follow: %s\n", count < 2 ? "which file?" : error.text);
        return 1;
    }
    follow.boring = strcmp(mode, "--boring") == 0;
    follow.hex = count == 2;
    transport = transport_new(&sink, &TRANSPORT_LIMITS);
    while (packet_file_next(file, &frame)) {
        if (frames) {
            printf("%" PRIu64 " %" PRId64 " %u %u\n", frame.number, frame.at, frame.captured,
                   frame.length);
        } else {
            transport_frame(transport, &frame);
        }
    }
    transport_end(transport);
    if (!follow.hex && !frames) {
        print_sums(&follow, transport_counts(transport), frame.number);
    }
    if (packet_file_problem(file)) {
        fprintf(stderr, "follow: %s\n", packet_file_problem(file));
    }
    transport_free(transport);
    packet_file_close(file);
    return 0;
}
