/* SPDX-License-Identifier: Apache-2.0 */
/* Frames made by hand, and a sink that writes down as text what it is told. */
#ifndef CCM_TESTS_PACKETS_H
#define CCM_TESTS_PACKETS_H

#include "base/buffer.h"
#include "captures/frame.h"
#include "captures/transport.h"

/* What a sink was told: "open 10.0.0.1:5000>10.0.0.2:80", "A1 hello" (side A is the opener, frame
   1), "A2 gap 5", "A3 fin", "close fin", "udp 10.0.0.1:1>10.0.0.2:2 hello"; each with "; " behind.
   Sides become boring after a text that ends in '!'. */
struct told {
    struct transport_sink sink;
    struct buffer text;
    bool quiet;   /* only counts */
    bool repeats; /* "A3 again 1001+5" for bytes that were recorded before */
    uint64_t calls;
    uint64_t bytes;
    uint64_t out_of_order; /* bytes that are not the next of 1, 2, ... 255, 1, ... */
};

void told_init(struct told *told);
void told_release(struct told *told);

/* One segment from 10.0.0.1:`port` to 10.0.0.2:80 (to_server) or back, as raw IP. */
struct segment_made {
    bool to_server;
    uint16_t port;     /* 0: 5000 */
    const char *flags; /* of "SFRAP"; ACK is set when acknowledges is not 0 */
    uint32_t sequence;
    uint32_t acknowledges;
    const char *text; /* may be NULL */
    int captured;     /* of the text; 0: all */
    int64_t at;       /* microseconds; 0: as many as the frame's number */
};

/* The frame of the segment is built in `bytes`, which the frame borrows. */
enum { SEGMENT_ROOM = 2048 };
struct frame segment_frame(const struct segment_made *segment, uint64_t number,
                           uint8_t bytes[SEGMENT_ROOM]);

/* Sets numbers in network order. */
void put_u16(uint8_t *to, unsigned value);
void put_u32(uint8_t *to, uint32_t value);

#endif
