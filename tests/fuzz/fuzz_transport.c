/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments in any order, as the input says, of a few connections whose bytes are known: whatever
 * comes, each byte is told once and in order (tests/captures/check_sink.h).
 *
 * Eight bytes of input are a segment: side and connection, flags, offset (2), length, how much of
 * it was captured, acknowledgement (2). Bytes that are too few for one more make all limits small.
 */
#include "captures/frame.h"
#include "captures/transport.h"
#include "tests/captures/check_sink.h"
#include "tests/fuzz/fuzz.h"

enum {
    IP_HEADER = 20,
    TCP_HEADER = 20,
    ISN_TOP = 0xfff0, /* upper half of the first sequence number: it wraps soon */
    STEP = 8,
};

/* What holds when the input ends in the middle of a segment. */
static const struct transport_limits FEW = {
    .connections = 16, .side_bytes = 1024, .buffered_bytes = 2048, .fragmented_datagrams = 1};

static void put(uint8_t *to, uint32_t value, int length)
{
    for (int i = 0; i < length; i++) {
        to[i] = (uint8_t)(value >> 8 * (length - 1 - i));
    }
}

/* Streams begin behind the SYN; those without one in the recording begin at any position, so the
   check is of connections that had theirs: each begins with both. */
static void send(struct transport_state *transport, uint64_t *number, const uint8_t *step,
                 unsigned forced_flags)
{
    const unsigned side = step[0] & 1;
    const unsigned connection = step[0] >> 1 & 15;
    const unsigned flags = forced_flags ? forced_flags : (step[1] & 5) | 16;
    const uint32_t isn = (uint32_t)ISN_TOP << 16 | connection << 8;
    const uint32_t offset = (uint32_t)(step[2] << 8 | step[3]) << (step[0] >> 6);
    const uint32_t acknowledges = (uint32_t)(step[6] << 8 | step[7]) << (step[0] >> 6);
    const uint32_t length = forced_flags ? 0 : step[4];
    const uint32_t captured = step[5] & 0x80 ? length * (step[5] & 0x7f) / 0x7f : length;
    uint8_t bytes[IP_HEADER + TCP_HEADER + 255] = {0x45};
    struct frame frame = {.link = LINK_RAW, .bytes = bytes};

    put(bytes + 2, IP_HEADER + TCP_HEADER + length, 2);
    bytes[9] = 6;
    put(bytes + 12, 0x0a000000 + side, 4);
    put(bytes + 16, 0x0a000000 + !side, 4);
    put(bytes + 20, side ? 80 : 50000 + connection, 2);
    put(bytes + 22, side ? 50000 + connection : 80, 2);
    put(bytes + 24, isn + (forced_flags ? 0 : 1 + offset), 4);
    put(bytes + 28, isn + 1 + (forced_flags ? 0 : acknowledges), 4);
    bytes[32] = 0x50;
    bytes[33] = (uint8_t)flags;
    for (uint32_t i = 0; i < length; i++) {
        bytes[IP_HEADER + TCP_HEADER + i] = check_byte(offset + i);
    }
    frame.captured = IP_HEADER + TCP_HEADER + captured;
    frame.length = IP_HEADER + TCP_HEADER + length;
    frame.number = ++*number;
    frame.at = (int64_t)*number * (step[1] & 0x40 ? 100000 : 100);
    transport_frame(transport, &frame);
}

static void begin(struct transport_state *transport, uint64_t *number, uint8_t connection)
{
    const uint8_t client[STEP] = {(uint8_t)(connection << 1)};
    const uint8_t server[STEP] = {(uint8_t)(connection << 1 | 1)};

    send(transport, number, client, 2);
    send(transport, number, server, 2 | 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct transport_state *transport;
    struct check_sink check;
    uint64_t number = 0;
    unsigned begun = 0; /* a bit a connection */

    check_sink_init(&check, true);
    transport = transport_new(&check.sink, length % STEP == 0 ? &TRANSPORT_LIMITS : &FEW);
    for (; length >= STEP; bytes += STEP, length -= STEP) {
        const uint8_t connection = bytes[0] >> 1 & 15;

        if ((begun >> connection & 1) == 0) {
            begun |= 1U << connection;
            begin(transport, &number, connection);
        }
        send(transport, &number, bytes, 0);
    }
    transport_end(transport);
    check_sink_end(&check);
    transport_free(transport);
    return 0;
}
