/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From frames to bytes in order: link layers, IP with fragments, UDP and TCP, and who is told of
 * it. What the bytes mean is the matter of the sink (captures/messages.h).
 *
 * The sink decides early whether a connection is worth reading: what it calls boring costs one
 * look-up a segment from then on.
 */
#ifndef CCM_CAPTURES_TRANSPORT_H
#define CCM_CAPTURES_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Where and when something stands in the recording. */
struct mark {
    uint64_t frame; /* counted as Wireshark does, from 1 */
    int64_t at;     /* microseconds since 1970, by the clock of the machine that captured */
};

/* An address and a port. IPv4 addresses take the first 4 bytes, the others are 0. */
struct endpoint {
    uint8_t address[16];
    uint16_t port;
    uint8_t version; /* 4 or 6 */
};

/* For every frame. */
static inline bool endpoint_equal(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && a->version == b->version &&
           memcmp(a->address, b->address, sizeof(a->address)) == 0;
}

/* "10.0.0.5" or "2001:db8::5", without the port. */
enum { ENDPOINT_TEXT_SIZE = 46 };
const char *endpoint_text(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE]);

enum side {
    SIDE_OPENER, /* who sent the SYN; without one in the recording: the higher port number */
    SIDE_OTHER,
};

enum stream_end {
    STREAM_FIN,       /* both sides closed it */
    STREAM_RESET,     /* a RST, or the SYN was refused by ICMP */
    STREAM_LIMIT,     /* dropped for a limit */
    STREAM_REPLACED,  /* a new SYN on the same ports */
    STREAM_UNREACHED, /* the SYN could not be delivered, as ICMP says */
    STREAM_RECORDING_END,
};

/* A TCP connection in the recording. Lives until the sink's `closed` returns. */
struct connection {
    struct endpoint ends[2]; /* by enum side */
    bool saw_syn;
    struct mark opened;          /* its first frame */
    struct mark established;     /* the SYN ACK; frame 0 when it was not seen */
    uint64_t retransmissions[2]; /* segments of each side whose bytes had been seen before */
    uint64_t segments[2];        /* segments with data */
    uint32_t sequence[2];        /* within `data`: the sequence number of the first byte, by side */
    void *user;                  /* the sink's own */
};

enum interest {
    INTEREST_MORE,   /* go on */
    INTEREST_BORING, /* no more of this connection: neither data nor gaps; `closed` still comes */
};

struct undelivered; /* captures/undelivered.h */

/* Who is told. All pointers are borrowed for the call. Calls come in the order of the frames that
   made the bytes complete; `mark` is the frame that the first of the bytes stands in, whereas
   bytes of one call all stand in one frame. */
struct transport_sink {
    void *context;
    void (*datagram)(void *context, const struct endpoint *from, const struct endpoint *to,
                     const struct mark *mark, const uint8_t *bytes, size_t length);
    void (*opened)(void *context, struct connection *connection);
    enum interest (*data)(void *context, struct connection *connection, enum side side,
                          const struct mark *mark, const uint8_t *bytes, size_t length);
    /* `lost` bytes will never come (not captured, cut by the snap length, or over a limit). */
    enum interest (*gap)(void *context, struct connection *connection, enum side side,
                         const struct mark *mark, uint64_t lost);
    /* A FIN of one side, in the order of its bytes; NULL: not wanted. */
    void (*half_closed)(void *context, struct connection *connection, enum side side,
                        const struct mark *mark);
    void (*closed)(void *context, struct connection *connection, enum stream_end end,
                   const struct mark *mark);
    /* Frame `mark` has `length` bytes from `sequence` on that were told before or wait to be told;
       NULL: not wanted. Nothing is said of connections that are boring or have ended. */
    void (*repeated)(void *context, struct connection *connection, enum side side,
                     const struct mark *mark, uint32_t sequence, uint32_t length);
    /* A datagram that could not be delivered; NULL: not wanted. */
    void (*undelivered)(void *context, const struct undelivered *what, const struct mark *mark);
};

/* How much is kept at a time. The program has those of captures/limits.h, which explains them;
   whoever tries what happens at a limit has smaller ones. */
struct transport_limits {
    uint32_t connections;
    size_t side_bytes;
    size_t buffered_bytes;
    uint32_t fragmented_datagrams;
};

extern const struct transport_limits TRANSPORT_LIMITS;

/* What was not, or not wholly, read. */
struct transport_counts {
    uint64_t cut_frames;
    uint64_t malformed_frames;
    uint64_t unreadable_frames;
    uint64_t one_sided_connections; /* of those that are closed */
    uint64_t lost_segments;         /* gaps, but for those of cut frames */
    /* Given up for a limit: */
    uint64_t connections_dropped;
    uint64_t side_gaps_dropped; /* that were waited for no longer */
    uint64_t buffer_gaps_dropped;
    uint64_t fragments_dropped;
};

struct transport_state;
struct frame; /* captures/frame.h */

/* Both are borrowed. */
struct transport_state *transport_new(const struct transport_sink *sink,
                                      const struct transport_limits *limits);
void transport_free(struct transport_state *transport);

void transport_frame(struct transport_state *transport, const struct frame *frame);

/* The recording is over: everything that waits is given up and told, and all connections close. */
void transport_end(struct transport_state *transport);

const struct transport_counts *transport_counts(const struct transport_state *transport);

#endif
