/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
    CHUNK = 64,          /* flows that are allocated at a time */
    FIRST_BUCKETS = 256, /* a power of two, as all that follow */
    NO_FLOW = 0,
};

/* A bucket has the upper half of the hash beside it, so that a flow is looked at when it is the
   one. Linear probing; there are at least twice as many buckets as flows. */
struct bucket {
    uint32_t tag;
    uint32_t number; /* the flow's index + 1; NO_FLOW: empty */
};

struct flows {
    uint64_t seed[2];
    uint32_t count;  /* flows in use */
    uint32_t places; /* places that were ever used */
    uint32_t hand;   /* of the clock that chooses a victim */
    uint32_t unused; /* the first place that was given back, + 1; 0: none */
    size_t bucket_count;
    struct bucket *buckets;
    uint32_t most; /* flows at a time */
    uint32_t chunk_count;
    struct flow *chunks[];
};

static struct flow *at(const struct flows *flows, uint32_t index)
{
    return &flows->chunks[index / CHUNK][index % CHUNK];
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static void put(struct flows *flows, const struct flow *flow)
{
    size_t i = flow->hash & (flows->bucket_count - 1);

    while (flows->buckets[i].number != NO_FLOW) {
        i = (i + 1) & (flows->bucket_count - 1);
    }
    flows->buckets[i] = (struct bucket){tag_of(flow->hash), flow->index + 1};
}

/* Replaces the buckets, before the flows get more than half of their number. */
static void grow(struct flows *flows, size_t bucket_count)
{
    free(flows->buckets);
    flows->bucket_count = bucket_count;
    flows->buckets = calloc(bucket_count, sizeof(*flows->buckets));
    if (!flows->buckets) {
        abort();
    }
    for (uint32_t i = 0; i < flows->places; i++) {
        if (at(flows, i)->used) {
            put(flows, at(flows, i));
        }
    }
}

struct flows *flows_new(uint32_t most)
{
    const uint32_t chunks = (most + CHUNK - 1) / CHUNK;
    struct flows *flows = calloc(1, sizeof(*flows) + chunks * sizeof(flows->chunks[0]));

    if (!flows) {
        abort();
    }
    flows->most = most;
    flows->chunk_count = chunks;
    grow(flows, FIRST_BUCKETS);
    /* So that nobody makes a capture all of whose connections fall together. Without it (a very
       old kernel) the hash is only weaker. */
    if (getrandom(flows->seed, sizeof(flows->seed), GRND_NONBLOCK) < 0) {
        flows->seed[0] = (uintptr_t)flows;
    }
    return flows;
}

void flows_free(struct flows *flows)
{
    if (!flows) {
        return;
    }
    for (size_t i = 0; i < flows->chunk_count && flows->chunks[i]; i++) {
        free(flows->chunks[i]);
    }
    free(flows->buckets);
    free(flows);
}

static uint64_t hash_end(const struct flows *flows, const struct endpoint *end)
{
    /* Odd numbers with well-mixed bits: the golden ratio and its kin. */
    const uint64_t mix = UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t stir = UINT64_C(0xbf58476d1ce4e5b9);
    uint64_t low;
    uint64_t high;
    uint64_t hash;

    memcpy(&low, end->address, sizeof(low));
    memcpy(&high, end->address + 8, sizeof(high));
    hash = (low ^ flows->seed[0]) * mix;
    hash ^= hash >> 32;
    hash = (hash + high + flows->seed[1] + ((uint64_t)end->port << 40)) * stir;
    hash ^= hash >> 29;
    return hash * mix;
}

/* The same for both directions. */
static uint64_t hash_of(const struct flows *flows, const struct endpoint *a,
                        const struct endpoint *b)
{
    uint64_t hash = hash_end(flows, a) + hash_end(flows, b);

    return hash ^ hash >> 31;
}

struct flow *flows_find(struct flows *flows, const struct endpoint *from, const struct endpoint *to,
                        enum side *side)
{
    const uint64_t hash = hash_of(flows, from, to);
    const size_t mask = flows->bucket_count - 1;

    for (size_t i = hash & mask; flows->buckets[i].number != NO_FLOW; i = (i + 1) & mask) {
        struct flow *flow;
        const struct endpoint *ends;

        if (flows->buckets[i].tag != tag_of(hash)) {
            continue;
        }
        flow = at(flows, flows->buckets[i].number - 1);
        ends = flow->connection.ends;
        if (endpoint_equal(&ends[0], from) && endpoint_equal(&ends[1], to)) {
            *side = SIDE_OPENER;
            return flow;
        }
        if (endpoint_equal(&ends[1], from) && endpoint_equal(&ends[0], to)) {
            *side = SIDE_OTHER;
            return flow;
        }
    }
    return NULL;
}

struct flow *flows_victim(struct flows *flows)
{
    if (flows->count < flows->most) {
        return NULL;
    }
    for (;;) {
        struct flow *flow = at(flows, flows->hand);

        flows->hand = (flows->hand + 1) % flows->most;
        if (flow->credit == 0) {
            return flow;
        }
        flow->credit--;
    }
}

/* A place for one more. */
static uint32_t take_place(struct flows *flows)
{
    uint32_t index = flows->places;

    if (flows->unused > 0) {
        index = flows->unused - 1;
        flows->unused = (uint32_t)at(flows, index)->hash;
        return index;
    }
    flows->places++;
    if (!flows->chunks[index / CHUNK]) {
        flows->chunks[index / CHUNK] = malloc(CHUNK * sizeof(struct flow));
        if (!flows->chunks[index / CHUNK]) {
            abort();
        }
    }
    return index;
}

struct flow *flows_add(struct flows *flows, const struct endpoint *opener,
                       const struct endpoint *other)
{
    const uint32_t index = take_place(flows);
    struct flow *flow = at(flows, index);

    memset(flow, 0, sizeof(*flow));
    if (2 * (size_t)(flows->count + 1) > flows->bucket_count) {
        grow(flows, 2 * flows->bucket_count);
    }
    flow->connection.ends[SIDE_OPENER] = *opener;
    flow->connection.ends[SIDE_OTHER] = *other;
    flow->hash = hash_of(flows, opener, other);
    flow->index = index;
    flow->used = true;
    flows->count++;
    put(flows, flow);
    return flow;
}

void flows_remove(struct flows *flows, struct flow *flow)
{
    const size_t mask = flows->bucket_count - 1;
    size_t hole = flow->hash & mask;

    while (flows->buckets[hole].number != flow->index + 1) {
        hole = (hole + 1) & mask;
    }
    /* Whoever stands behind the hole and belongs at or before it moves into it. */
    for (size_t i = (hole + 1) & mask; flows->buckets[i].number != NO_FLOW; i = (i + 1) & mask) {
        const size_t home = at(flows, flows->buckets[i].number - 1)->hash & mask;

        if (((i - home) & mask) >= ((i - hole) & mask)) {
            flows->buckets[hole] = flows->buckets[i];
            hole = i;
        }
    }
    flows->buckets[hole].number = NO_FLOW;
    flow->used = false;
    flow->hash = flows->unused;
    flows->unused = flow->index + 1;
    flows->count--;
}

struct flow *flows_from(struct flows *flows, uint32_t index)
{
    for (; index < flows->places; index++) {
        if (at(flows, index)->used) {
            return at(flows, index);
        }
    }
    return NULL;
}
