/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/tcp_flow.h"

#include "captures/frame.h"
#include "captures/limits.h"

/* Is anything early, or an end that waits for its bytes? */
static bool is_waiting(const struct flow *flow)
{
    const struct flow_side *sides = flow->sides;

    return sides[0].early.count > 0 || sides[1].early.count > 0 ||
           sides[0].end != FLOW_NO_POSITION || sides[1].end != FLOW_NO_POSITION;
}

static void leave_list(struct flow *flow)
{
    struct waits *waits = flow->waits;

    if (!waits) {
        return;
    }
    flow->waits = NULL;
    *(flow->waits_before ? &flow->waits_before->waits_after : &waits->first) = flow->waits_after;
    *(flow->waits_after ? &flow->waits_after->waits_before : &waits->last) = flow->waits_before;
}

static void join_list(struct waits *waits, struct flow *flow)
{
    flow->waits = waits;
    flow->waits_before = waits->last;
    flow->waits_after = NULL;
    *(waits->last ? &waits->last->waits_after : &waits->first) = flow;
    waits->last = flow;
}

static void release_early(struct tcp *tcp, struct flow_side *side)
{
    tcp->buffered -= side->early.bytes;
    segments_release(&side->early);
}

/* Keeps the list of those that wait up to date. */
static void note_waiting(struct tcp *tcp, struct flow *flow, const struct mark *now)
{
    if (is_waiting(flow)) {
        if (!flow->waits) {
            flow->waited = 0;
            flow->waits_since = now->at;
            join_list(&tcp->fresh, flow);
        }
        return;
    }
    if (flow->waits) {
        leave_list(flow);
        release_early(tcp, &flow->sides[0]);
        release_early(tcp, &flow->sides[1]);
    }
}

/* The sink has had enough: from now on only its end is looked for. */
static void become_boring(struct tcp *tcp, struct flow *flow)
{
    flow->state = FLOW_BORING;
    leave_list(flow);
    for (int i = 0; i < 2; i++) {
        struct flow_side *side = &flow->sides[i];

        release_early(tcp, side);
        side->finished |= side->end != FLOW_NO_POSITION && !side->end_is_reset;
        side->end = FLOW_NO_POSITION;
    }
}

/* Tells that all up to `position` is lost. False when the flow is open no longer. */
static bool tell_gap(struct tcp *tcp, struct flow *flow, enum side from, uint64_t position,
                     const struct mark *mark)
{
    struct flow_side *side = &flow->sides[from];
    const uint64_t lost = position - side->next;

    side->next = position;
    if (tcp->sink->gap(tcp->sink->context, &flow->connection, from, mark, lost) ==
        INTEREST_BORING) {
        become_boring(tcp, flow);
    }
    return flow->state == FLOW_OPEN;
}

/* Says which bytes of a frame it has already. */
static void tell_repeated(const struct tcp *tcp, struct flow *flow, enum side from,
                          const struct mark *mark, uint64_t start, uint64_t length)
{
    if (tcp->sink->repeated && length > 0) {
        tcp->sink->repeated(tcp->sink->context, &flow->connection, from, mark, (uint32_t)start,
                            (uint32_t)length);
    }
}

/* A run of bytes that begins at or before the next one. */
struct run {
    uint64_t start;
    const uint8_t *bytes;
    uint64_t captured;
    uint64_t length;
    const struct mark *mark;
};

/* Tells what of the run is new. False when the flow is open no longer. */
static bool tell_run(struct tcp *tcp, struct flow *flow, enum side from, const struct run *run)
{
    struct flow_side *side = &flow->sides[from];
    const uint64_t known = side->next - run->start;

    tell_repeated(tcp, flow, from, run->mark, run->start,
                  known < run->captured ? known : run->captured);
    if (known < run->captured) {
        flow->connection.sequence[from] = (uint32_t)side->next;
        side->next = run->start + run->captured;
        if (tcp->sink->data(tcp->sink->context, &flow->connection, from, run->mark,
                            run->bytes + known,
                            (size_t)(run->captured - known)) == INTEREST_BORING) {
            become_boring(tcp, flow);
            return false;
        }
    }
    if (side->next < run->start + run->length) { /* the snap length cut it off */
        return tell_gap(tcp, flow, from, run->start + run->length, run->mark);
    }
    return true;
}

/* May bytes that acknowledge so much of the other side be told? */
static bool is_caused(const struct flow_side *other, uint64_t acknowledges)
{
    return !other->seen || acknowledges <= other->next;
}

/* The end of a side, all bytes of which were told. */
static void tell_end(struct tcp *tcp, struct flow *flow, enum side from)
{
    struct flow_side *side = &flow->sides[from];
    const struct mark mark = side->end_mark;

    side->next = side->end + 1; /* a FIN counts as a byte */
    side->end = FLOW_NO_POSITION;
    release_early(tcp, side);
    if (side->end_is_reset) {
        tcp_flow_close(tcp, flow, STREAM_RESET, &mark);
        return;
    }
    side->finished = true;
    if (tcp->sink->half_closed) {
        tcp->sink->half_closed(tcp->sink->context, &flow->connection, from, &mark);
    }
    if (flow->sides[!from].finished) {
        tcp_flow_close(tcp, flow, STREAM_FIN, &mark);
    }
}

/* Tells what of a side is in order by now. True when there was anything. */
static bool advance(struct tcp *tcp, struct flow *flow, enum side from)
{
    struct flow_side *side = &flow->sides[from];
    struct segment *first;
    bool told = false;

    while ((first = segments_first(&side->early)) != NULL && first->start <= side->next &&
           is_caused(&flow->sides[!from], first->acknowledges)) {
        const struct run run = {first->start, first->bytes,
                                first->bytes ? first->end - first->start : 0,
                                first->end - first->start, &first->mark};

        if (first->end <= side->next) {
            tell_repeated(tcp, flow, from, run.mark, run.start, run.captured);
        } else if (!tell_run(tcp, flow, from, &run)) {
            return true; /* nothing of it is left */
        }
        tcp->buffered -= side->early.bytes;
        segments_drop_first(&side->early);
        tcp->buffered += side->early.bytes;
        told = true;
    }
    if (side->end != FLOW_NO_POSITION && side->next >= side->end) {
        tell_end(tcp, flow, from);
        return true;
    }
    return told;
}

static void settle(struct tcp *tcp, struct flow *flow, const struct mark *now)
{
    bool told = true;

    while (told && flow->state == FLOW_OPEN) {
        told = advance(tcp, flow, SIDE_OPENER);
        if (flow->state == FLOW_OPEN) {
            told |= advance(tcp, flow, SIDE_OTHER);
        }
    }
    note_waiting(tcp, flow, now);
}

/* Where the hole ends that a side waits for, or FLOW_NO_POSITION. */
static uint64_t hole_end(const struct flow_side *side)
{
    const struct segment *first = segments_first(&side->early);
    uint64_t end = side->end;

    if (first && first->start < end) {
        end = first->start;
    }
    return end > side->next ? end : FLOW_NO_POSITION;
}

/* No side misses bytes before its own, so one waits for what the other should have said first. */
static void give_up_cause(struct tcp *tcp, struct flow *flow, const struct mark *now)
{
    for (int i = 0; i < 2; i++) {
        struct segment *first = segments_first(&flow->sides[i].early);
        struct flow_side *other = &flow->sides[!i];

        if (first && first->acknowledges > other->next) {
            uint64_t position = first->acknowledges;

            first->acknowledges = 0;
            /* When both wait for each other, numbers that were made up are not followed. */
            if (other->early.count == 0 && other->end == FLOW_NO_POSITION && !other->finished) {
                tcp->counts->lost_segments++;
                (void)tell_gap(tcp, flow, !i, position, now);
            }
            return;
        }
    }
}

/* Waits no longer for the bytes that hold up the others, and tells what follows. */
static void give_up(struct tcp *tcp, struct flow *flow, const struct mark *now)
{
    const uint64_t holes[2] = {hole_end(&flow->sides[0]), hole_end(&flow->sides[1])};
    enum side from = SIDE_OPENER;

    if (holes[0] == FLOW_NO_POSITION ||
        (holes[1] != FLOW_NO_POSITION && flow->sides[1].acknowledged > flow->sides[1].next &&
         flow->sides[0].acknowledged <= flow->sides[0].next)) {
        from = SIDE_OTHER;
    }
    leave_list(flow);
    if (holes[from] != FLOW_NO_POSITION) {
        const struct segment *first = segments_first(&flow->sides[from].early);
        const struct mark mark = first ? first->mark : flow->sides[from].end_mark;

        tcp->counts->lost_segments++;
        (void)tell_gap(tcp, flow, from, holes[from], &mark);
    } else {
        give_up_cause(tcp, flow, now);
    }
    settle(tcp, flow, now);
}

/* Were the bytes that are waited for acknowledged? Then they were sent, and not recorded. */
static bool is_acknowledged(const struct flow *flow)
{
    bool acknowledged = false;

    for (int i = 0; i < 2; i++) {
        /* Of a side that is not in the recording everything is missing. */
        acknowledged |= flow->sides[i].seen && flow->sides[i].acknowledged > flow->sides[i].next;
    }
    return acknowledged;
}

static bool is_overdue(const struct flow *flow, const struct mark *now)
{
    return is_acknowledged(flow) &&
           (flow->waited > LIMIT_WAIT_SEGMENTS ||
            frame_time_passed(flow->waits_since, now->at) > LIMIT_WAIT_ACKNOWLEDGED_US);
}

void tcp_flow_give_up_old(struct tcp *tcp, const struct mark *now)
{
    struct flow *flow;

    while ((flow = tcp->fresh.first) &&
           frame_time_passed(flow->waits_since, now->at) > LIMIT_WAIT_ACKNOWLEDGED_US) {
        if (is_acknowledged(flow)) {
            give_up(tcp, flow, now);
        } else {
            leave_list(flow);
            join_list(&tcp->stale, flow);
        }
    }
    while ((flow = tcp->stale.first) &&
           frame_time_passed(flow->waits_since, now->at) > LIMIT_WAIT_US) {
        give_up(tcp, flow, now);
    }
}

static void enforce_limits(struct tcp *tcp, struct flow *flow, enum side from,
                           const struct mark *now)
{
    while (flow->sides[from].early.bytes > tcp->limits->side_bytes) {
        tcp->counts->side_gaps_dropped++;
        give_up(tcp, flow, now);
    }
    while (tcp->buffered > tcp->limits->buffered_bytes && (tcp->stale.first || tcp->fresh.first)) {
        tcp->counts->buffer_gaps_dropped++;
        give_up(tcp, tcp->stale.first ? tcp->stale.first : tcp->fresh.first, now);
    }
}

/* What the segment says of where both sides are. Returns how far the other one must have come
   before this segment was sent; 0: not known. */
static uint64_t learn(struct flow *flow, enum side from, const struct tcp_segment *segment)
{
    struct flow_side *side = &flow->sides[from];
    struct flow_side *other = &flow->sides[!from];
    uint64_t position;

    if ((segment->flags & TCP_SYN) != 0) {
        side->saw_syn = true;
        side->first = segment->sequence;
        if (from == SIDE_OTHER && (segment->flags & TCP_ACK) != 0 &&
            flow->connection.established.frame == 0) {
            flow->connection.established = *segment->mark;
        }
    }
    if (side->next == 0) {
        side->next = FLOW_FIRST_POSITION + segment->sequence + side->saw_syn;
    }
    if ((segment->flags & TCP_ACK) == 0) {
        return 0;
    }
    if (other->next == 0) {
        other->next = FLOW_FIRST_POSITION + segment->acknowledges;
    }
    position = flow_position(other, segment->acknowledges);
    if (position > other->next && position - other->next > LIMIT_JUMP_BYTES) {
        return 0;
    }
    if (position > other->acknowledged) {
        other->acknowledged = position;
    }
    return position;
}

static void take_bytes(struct tcp *tcp, struct flow *flow, enum side from,
                       const struct tcp_segment *segment, uint64_t acknowledges)
{
    struct flow_side *side = &flow->sides[from];
    const uint32_t syn = (segment->flags & TCP_SYN) != 0; /* counts as a byte before the first */
    const uint64_t start = flow_position(side, segment->sequence + syn);
    const uint64_t end = start + segment->length;

    if (segment->length == 1 && end == side->next) { /* a keep-alive, or as good as one */
        tell_repeated(tcp, flow, from, segment->mark, start, segment->captured);
        return;
    }
    flow->connection.segments[from]++;
    if (end <= side->next || side->finished) {
        flow->connection.retransmissions[from]++;
        tell_repeated(tcp, flow, from, segment->mark, start, segment->captured);
        return;
    }
    if (side->early.count == 0 && start <= side->next &&
        is_caused(&flow->sides[!from], acknowledges)) {
        const struct run run = {start, segment->bytes, segment->captured, segment->length,
                                segment->mark};

        if (!tell_run(tcp, flow, from, &run)) {
            return;
        }
    } else {
        const struct segments_new early = {start,          acknowledges,      *segment->mark,
                                           segment->bytes, segment->captured, segment->length};

        tcp->buffered -= side->early.bytes;
        const uint64_t added = segments_add(&side->early, &early);

        flow->connection.retransmissions[from] += added == 0;
        if (added < segment->length) {
            tell_repeated(tcp, flow, from, segment->mark, start, segment->captured);
        }
        tcp->buffered += side->early.bytes;
    }
    if (flow->waits || side->early.count > 0) {
        settle(tcp, flow, segment->mark);
        enforce_limits(tcp, flow, from, segment->mark);
    }
}

/* A FIN or a RST: told when all bytes before it were. */
static void take_end(struct tcp *tcp, struct flow *flow, enum side from,
                     const struct tcp_segment *segment)
{
    struct flow_side *side = &flow->sides[from];
    const uint32_t syn = (segment->flags & TCP_SYN) != 0;
    const uint64_t position = flow_position(side, segment->sequence + syn + segment->length);

    if (side->finished || side->end != FLOW_NO_POSITION) {
        return;
    }
    side->end = position > side->next ? position : side->next;
    side->end_mark = *segment->mark;
    side->end_is_reset = (segment->flags & TCP_RST) != 0;
    settle(tcp, flow, segment->mark);
}

static void take_reset(struct tcp *tcp, struct flow *flow, enum side from,
                       const struct tcp_segment *segment)
{
    enum { NEAR = 1024 * 1024 };
    const struct flow_side *side = &flow->sides[from];
    const uint32_t ahead = segment->sequence - (uint32_t)side->next;

    /* Bytes before it may still come, captured out of order. */
    if (side->next != 0 && ahead > 0 && ahead < NEAR && !side->finished &&
        side->end == FLOW_NO_POSITION && side->beyond_syn) {
        take_end(tcp, flow, from, segment);
    } else {
        tcp_flow_close(tcp, flow, STREAM_RESET, segment->mark);
    }
}

/* A FIN or a RST of a flow whose bytes nobody wants. */
static void take_boring_end(struct tcp *tcp, struct flow *flow, enum side from,
                            const struct tcp_segment *segment)
{
    if ((segment->flags & TCP_RST) != 0) {
        tcp_flow_close(tcp, flow, STREAM_RESET, segment->mark);
        return;
    }
    flow->sides[from].finished |= (segment->flags & TCP_FIN) != 0;
    if (flow->sides[0].finished && flow->sides[1].finished) {
        tcp_flow_close(tcp, flow, STREAM_FIN, segment->mark);
    }
}

void tcp_flow_take(struct tcp *tcp, struct flow *flow, enum side from,
                   const struct tcp_segment *segment)
{
    uint64_t acknowledges;

    if ((segment->flags & TCP_RST) != 0) {
        take_reset(tcp, flow, from, segment);
        return;
    }
    acknowledges = learn(flow, from, segment);
    if (segment->length > 0) {
        take_bytes(tcp, flow, from, segment, acknowledges);
    }
    if (flow->state == FLOW_BORING) {
        take_boring_end(tcp, flow, from, segment);
    } else if ((segment->flags & TCP_FIN) != 0 && flow->state == FLOW_OPEN) {
        take_end(tcp, flow, from, segment);
    }
    if (flow->waits) {
        flow->waited++;
        while (flow->waits && is_overdue(flow, segment->mark)) {
            give_up(tcp, flow, segment->mark);
        }
    }
}

void tcp_flow_take_boring(struct tcp *tcp, struct flow *flow, enum side from,
                          const struct tcp_segment *segment)
{
    flow->connection.segments[from] += segment->length > 0;
    take_boring_end(tcp, flow, from, segment);
}

void tcp_flow_close(struct tcp *tcp, struct flow *flow, enum stream_end end,
                    const struct mark *mark)
{
    const struct flow_side *sides = flow->sides;

    while (flow->state == FLOW_OPEN && is_waiting(flow)) {
        give_up(tcp, flow, mark);
    }
    if (flow->state != FLOW_OPEN && flow->state != FLOW_BORING) {
        return;
    }
    leave_list(flow);
    /* A SYN that nobody answered is no recording of one side. */
    if ((sides[0].beyond_syn && !sides[1].seen) || (sides[1].beyond_syn && !sides[0].seen)) {
        tcp->counts->one_sided_connections++;
    }
    flow->state = end == STREAM_RESET ? FLOW_WAS_RESET : FLOW_FINISHED;
    flow->credit = 0;
    tcp->sink->closed(tcp->sink->context, &flow->connection, end, mark);
    flow->connection.user = NULL;
}

void tcp_flow_forget(struct tcp *tcp, struct flow *flow)
{
    leave_list(flow);
    release_early(tcp, &flow->sides[0]);
    release_early(tcp, &flow->sides[1]);
    flows_remove(tcp->flows, flow);
}
