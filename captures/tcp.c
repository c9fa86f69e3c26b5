/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/tcp.h"

#include <stdlib.h>

#include "captures/bytes.h"
#include "captures/limits.h"
#include "captures/tcp_flow.h"
#include "captures/undelivered.h"

enum {
    TCP_HEADER = 20,
    /* After its end a connection's last segments may still come; so far ahead of it may bytes be
       that were under way when it was reset. */
    AFTERMATH_BYTES = 1024 * 1024,
    /* How often the search for a victim passes over a connection that was used meanwhile. */
    CREDIT_NEW = 1,
    CREDIT_ACTIVE = 2,
};

struct tcp *tcp_new(const struct transport_sink *sink, const struct transport_limits *limits,
                    struct transport_counts *counts)
{
    struct tcp *tcp = calloc(1, sizeof(*tcp));

    if (!tcp) {
        abort();
    }
    tcp->sink = sink;
    tcp->counts = counts;
    tcp->limits = limits;
    tcp->flows = flows_new(limits->connections);
    return tcp;
}

void tcp_free(struct tcp *tcp)
{
    struct flow *flow;

    if (!tcp) {
        return;
    }
    for (uint32_t i = 0; (flow = flows_from(tcp->flows, i)) != NULL; i = flow->index + 1) {
        segments_release(&flow->sides[0].early);
        segments_release(&flow->sides[1].early);
    }
    flows_free(tcp->flows);
    free(tcp);
}

void tcp_end(struct tcp *tcp, const struct mark *last)
{
    struct flow *flow;

    for (uint32_t i = 0; (flow = flows_from(tcp->flows, i)) != NULL; i = flow->index + 1) {
        tcp_flow_close(tcp, flow, STREAM_RECORDING_END, last);
        tcp_flow_forget(tcp, flow);
    }
}

/* Is this SYN of another connection than the one that the ports had? */
static bool begins_another(const struct flow *flow, enum side from,
                           const struct tcp_segment *segment)
{
    const struct flow_side *side = &flow->sides[from];
    int32_t ahead;

    /* A client that was refused asks again from the same port, with the same number. */
    if (flow->state == FLOW_WAS_RESET) {
        return (segment->flags & TCP_ACK) == 0;
    }
    if (side->saw_syn) {
        return segment->sequence != side->first;
    }
    if (side->next == 0) {
        return false;
    }
    /* Captured behind the first bytes that it opened? */
    ahead = (int32_t)(segment->sequence + 1 - (uint32_t)side->next);
    return flow->state == FLOW_BORING || ahead > 0 || ahead < -65536;
}

/* Are these bytes of another connection, the beginning of which was not recorded? */
static bool continues_another(const struct flow *flow, enum side from,
                              const struct tcp_segment *segment)
{
    const struct flow_side *side = &flow->sides[from];
    int32_t ahead;

    if (segment->length <= 1 || side->next == 0 || flow->state == FLOW_BORING) {
        return false;
    }
    ahead = (int32_t)(segment->sequence - (uint32_t)side->next);
    if (flow->state == FLOW_OPEN) {
        return side->seen && (ahead > LIMIT_JUMP_BYTES || ahead < -LIMIT_JUMP_BYTES);
    }
    return ahead > AFTERMATH_BYTES || ahead < -LIMIT_JUMP_BYTES;
}

/* Makes room for one connection. */
static void make_room(struct tcp *tcp, const struct mark *mark)
{
    struct flow *victim = flows_victim(tcp->flows);

    if (!victim) {
        return;
    }
    if (victim->state == FLOW_OPEN || victim->state == FLOW_BORING) {
        tcp->counts->connections_dropped++;
        tcp_flow_close(tcp, victim, STREAM_LIMIT, mark);
    }
    tcp_flow_forget(tcp, victim);
}

/* A connection that begins with this segment, or NULL: without a SYN it needs bytes to be worth
   anything, and more than the one of a keep-alive. */
static struct flow *open_flow(struct tcp *tcp, const struct tcp_segment *segment, enum side *from)
{
    const bool syn = (segment->flags & TCP_SYN) != 0;
    struct flow *flow;

    if ((segment->flags & TCP_RST) != 0 || (!syn && segment->length <= 1)) {
        return NULL;
    }
    if (syn) {
        *from = (segment->flags & TCP_ACK) != 0 ? SIDE_OTHER : SIDE_OPENER;
    } else {
        *from = segment->from->port >= segment->to->port ? SIDE_OPENER : SIDE_OTHER;
    }
    make_room(tcp, segment->mark);
    flow = *from == SIDE_OPENER ? flows_add(tcp->flows, segment->from, segment->to)
                                : flows_add(tcp->flows, segment->to, segment->from);
    flow->connection.saw_syn = syn;
    flow->connection.opened = *segment->mark;
    flow->sides[0].end = FLOW_NO_POSITION;
    flow->sides[1].end = FLOW_NO_POSITION;
    if (syn && *from == SIDE_OTHER) {
        flow->connection.established = *segment->mark;
    }
    tcp->sink->opened(tcp->sink->context, &flow->connection);
    return flow;
}

static void take(struct tcp *tcp, const struct tcp_segment *segment)
{
    const bool syn = (segment->flags & TCP_SYN) != 0;
    enum side from = SIDE_OPENER;
    struct flow *flow = flows_find(tcp->flows, segment->from, segment->to, &from);

    if (flow && flow->state == FLOW_BORING &&
        (segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) == 0) {
        flow->credit = CREDIT_ACTIVE;
        flow->sides[from].seen = true;
        flow->sides[from].beyond_syn = true;
        flow->connection.segments[from] += segment->length > 0;
        return;
    }
    tcp_flow_give_up_old(tcp, segment->mark);
    if (flow &&
        (syn ? begins_another(flow, from, segment) : continues_another(flow, from, segment))) {
        tcp_flow_close(tcp, flow, STREAM_REPLACED, segment->mark);
        tcp_flow_forget(tcp, flow);
        flow = NULL;
    }
    if (!flow) {
        flow = open_flow(tcp, segment, &from);
        if (!flow) {
            return;
        }
    }
    flow->sides[from].seen = true;
    flow->sides[from].beyond_syn |= !syn;
    if (flow->state == FLOW_OPEN) {
        flow->credit = syn ? CREDIT_NEW : CREDIT_ACTIVE;
        tcp_flow_take(tcp, flow, from, segment);
    } else if (flow->state == FLOW_BORING) {
        tcp_flow_take_boring(tcp, flow, from, segment);
    }
}

void tcp_undelivered(struct tcp *tcp, const struct undelivered *undelivered,
                     const struct mark *mark)
{
    enum side from = SIDE_OPENER;
    struct flow *flow = flows_find(tcp->flows, &undelivered->from, &undelivered->to, &from);

    if (flow && flow->state == FLOW_OPEN && from == SIDE_OPENER && !flow->sides[0].beyond_syn &&
        !flow->sides[1].seen) {
        tcp_flow_close(tcp, flow, undelivered->is_refused ? STREAM_RESET : STREAM_UNREACHED, mark);
    }
}

enum layer_result tcp_read(struct tcp *tcp, const struct payload *payload, struct endpoint *from,
                           struct endpoint *to, const struct mark *mark)
{
    const uint8_t *header = payload->bytes;
    struct tcp_segment segment;
    size_t size;

    if (payload->captured < TCP_HEADER) {
        return payload->length < TCP_HEADER ? LAYER_MALFORMED : LAYER_CUT;
    }
    size = (size_t)(header[12] >> 4) * 4;
    if (size < TCP_HEADER || size > payload->length) {
        return LAYER_MALFORMED;
    }
    from->port = bytes_u16be(header);
    to->port = bytes_u16be(header + 2);
    segment = (struct tcp_segment){
        .from = from,
        .to = to,
        .mark = mark,
        .sequence = bytes_u32be(header + 4),
        .acknowledges = bytes_u32be(header + 8),
        .flags = header[13],
        .bytes = header + (size < payload->captured ? size : payload->captured),
        .captured = size < payload->captured ? (uint32_t)(payload->captured - size) : 0,
        .length = (uint32_t)(payload->length - size),
    };
    take(tcp, &segment);
    return LAYER_OK;
}
