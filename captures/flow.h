/* SPDX-License-Identifier: Apache-2.0 */
/* Within captures/: a TCP connection with what is not told to the sink, and the table of them. */
#ifndef CCM_CAPTURES_FLOW_H
#define CCM_CAPTURES_FLOW_H

#include "captures/segments.h"

/* Positions are sequence numbers without wrap: the first of a side is this and its 32 bits. */
#define FLOW_FIRST_POSITION (UINT64_C(1) << 32)
#define FLOW_NO_POSITION    UINT64_MAX

/* One direction. */
struct flow_side {
    uint64_t next;         /* the position of the next byte for the sink; 0: not known yet */
    uint64_t end;          /* of a FIN or RST that waits for the bytes before it */
    uint64_t acknowledged; /* how far the other side has said that it has them */
    uint32_t first;        /* the sequence number of the SYN */
    bool saw_syn;
    bool seen;         /* a segment of it was recorded */
    bool beyond_syn;   /* and one that was no SYN */
    bool end_is_reset; /* what waits at `end` */
    bool finished;     /* its FIN was told */
    struct mark end_mark;
    struct segments early;
};

enum flow_state {
    FLOW_OPEN,
    FLOW_BORING, /* the sink does not want it */
    FLOW_FINISHED,
    FLOW_WAS_RESET,
};

struct flow {
    struct connection connection; /* what the sink knows */
    struct flow_side sides[2];
    uint64_t hash;
    uint32_t index; /* of itself in the table */
    bool used;      /* else its place waits for another flow */
    uint8_t state;
    uint8_t credit; /* how often the search for a victim passes it over */
    /* While something is early or an end waits: */
    struct waits *waits; /* the list that it is in, or NULL */
    uint32_t waited;     /* segments since then */
    int64_t waits_since;
    struct flow *waits_before;
    struct flow *waits_after;
};

struct flows;

struct flows *flows_new(uint32_t most); /* that there may be at a time */
void flows_free(struct flows *flows);   /* not what the flows own */

/* The flow between these, and which of its sides `from` is. */
struct flow *flows_find(struct flows *flows, const struct endpoint *from, const struct endpoint *to,
                        enum side *side);

/* The flow that has to go before another can be added, or NULL while there is room. */
struct flow *flows_victim(struct flows *flows);

/* A new one, zeroed, `ends` set. There must be room. */
struct flow *flows_add(struct flows *flows, const struct endpoint *opener,
                       const struct endpoint *other);

/* Forgets it; what it owns is released already. */
void flows_remove(struct flows *flows, struct flow *flow);

/* Any flow, the oldest place first, or NULL when there is none from `index` on: to end them all. */
struct flow *flows_from(struct flows *flows, uint32_t index);

#endif
