/* SPDX-License-Identifier: Apache-2.0 */
/* Within captures/: the bytes of one connection, from segments to the sink. */
#ifndef CCM_CAPTURES_TCP_FLOW_H
#define CCM_CAPTURES_TCP_FLOW_H

#include "captures/flow.h"

/* A list of connections that wait, the longest first. */
struct waits {
    struct flow *first;
    struct flow *last;
};

struct tcp {
    const struct transport_sink *sink;
    const struct transport_limits *limits;
    struct transport_counts *counts;
    struct flows *flows;
    struct waits fresh; /* up to LIMIT_WAIT_ACKNOWLEDGED_US */
    struct waits stale; /* longer: for what was not acknowledged by then */
    size_t buffered;    /* memory of all early segments */
};

struct tcp_segment {
    const struct endpoint *from;
    const struct endpoint *to;
    const struct mark *mark;
    uint32_t sequence;
    uint32_t acknowledges;
    uint8_t flags;
    const uint8_t *bytes;
    uint32_t captured;
    uint32_t length;
};

enum tcp_flag {
    TCP_FIN = 1,
    TCP_SYN = 2,
    TCP_RST = 4,
    TCP_ACK = 16,
};

/* The position that a sequence number means, near the side's next one. */
static inline uint64_t flow_position(const struct flow_side *side, uint32_t sequence)
{
    return side->next + (uint64_t)(int64_t)(int32_t)(sequence - (uint32_t)side->next);
}

/* Takes in a segment of an open flow. The flow may be closed afterwards, but is not forgotten. */
void tcp_flow_take(struct tcp *tcp, struct flow *flow, enum side side,
                   const struct tcp_segment *segment);

/* A segment with SYN, FIN or RST of a flow that is boring. */
void tcp_flow_take_boring(struct tcp *tcp, struct flow *flow, enum side side,
                          const struct tcp_segment *segment);

/* Tells what still waits, and that it is closed. Nothing when it is already. */
void tcp_flow_close(struct tcp *tcp, struct flow *flow, enum stream_end end,
                    const struct mark *mark);

/* Takes it out of the table. */
void tcp_flow_forget(struct tcp *tcp, struct flow *flow);

/* Gives up what was waited for too long. */
void tcp_flow_give_up_old(struct tcp *tcp, const struct mark *now);

#endif
