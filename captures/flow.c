/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/flow.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "captures/limits.h"

enum {
    CHUNK = 512, /* flows that are allocated at a time */
    CHUNKS = LIMIT_CONNECTIONS / CHUNK,
    BUCKETS = 4 * LIMIT_CONNECTIONS, /* a power of two */
    NO_FLOW = 0,
};

/* A bucket has the upper half of the hash beside it, so that a flow is looked at when it is the
   one. Linear probing. */
struct bucket {
    uint32_t tag;
    uint32_t number; /* the flow's index + 1; NO_FLOW: empty */
};

struct flows {
    uint64_t seed[2];
    uint32_t count;   /* flows in use */
    uint32_t places;  /* places that were ever used */
    uint32_t hand;    /* of the clock that chooses a victim */
    uint32_t *unused; /* places that were given back */
    uint32_t unused_count;
    struct flow *chunks[CHUNKS];
    bool used[LIMIT_CONNECTIONS];
    struct bucket buckets[BUCKETS];
};

static struct flow *at(struct flows *flows, uint32_t index)
{
    return &flows->chunks[index / CHUNK][index % CHUNK];
}

struct flows *flows_new(void)
{
    struct flows *flows = calloc(1, sizeof(*flows));

    if (flows) {
        flows->unused = malloc(LIMIT_CONNECTIONS * sizeof(*flows->unused));
    }
    if (!flows || !flows->unused) {
        abort();
    }
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
    for (size_t i = 0; i < CHUNKS; i++) {
        free(flows->chunks[i]);
    }
    free(flows->unused);
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

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

struct flow *flows_find(struct flows *flows, const struct endpoint *from, const struct endpoint *to,
                        enum side *side)
{
    const uint64_t hash = hash_of(flows, from, to);

    for (size_t i = hash % BUCKETS; flows->buckets[i].number != NO_FLOW; i = (i + 1) % BUCKETS) {
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
    if (flows->count < LIMIT_CONNECTIONS) {
        return NULL;
    }
    for (;;) {
        struct flow *flow = at(flows, flows->hand);

        flows->hand = (flows->hand + 1) % LIMIT_CONNECTIONS;
        if (flow->credit == 0) {
            return flow;
        }
        flow->credit--;
    }
}

struct flow *flows_add(struct flows *flows, const struct endpoint *opener,
                       const struct endpoint *other)
{
    const uint64_t hash = hash_of(flows, opener, other);
    size_t i = hash % BUCKETS;
    uint32_t index;
    struct flow *flow;

    if (flows->unused_count > 0) {
        index = flows->unused[--flows->unused_count];
    } else {
        index = flows->places++;
        if (!flows->chunks[index / CHUNK]) {
            flows->chunks[index / CHUNK] = malloc(CHUNK * sizeof(struct flow));
            if (!flows->chunks[index / CHUNK]) {
                abort();
            }
        }
    }
    flow = at(flows, index);
    memset(flow, 0, sizeof(*flow));
    flow->connection.ends[SIDE_OPENER] = *opener;
    flow->connection.ends[SIDE_OTHER] = *other;
    flow->hash = hash;
    flow->index = index;
    flows->used[index] = true;
    flows->count++;
    while (flows->buckets[i].number != NO_FLOW) {
        i = (i + 1) % BUCKETS;
    }
    flows->buckets[i] = (struct bucket){tag_of(hash), index + 1};
    return flow;
}

void flows_remove(struct flows *flows, struct flow *flow)
{
    size_t hole = flow->hash % BUCKETS;

    while (flows->buckets[hole].number != flow->index + 1) {
        hole = (hole + 1) % BUCKETS;
    }
    /* Whoever stands behind the hole and belongs at or before it moves into it. */
    for (size_t i = (hole + 1) % BUCKETS; flows->buckets[i].number != NO_FLOW;
         i = (i + 1) % BUCKETS) {
        size_t home = at(flows, flows->buckets[i].number - 1)->hash % BUCKETS;

        if ((i - home) % BUCKETS >= (i - hole) % BUCKETS) {
            flows->buckets[hole] = flows->buckets[i];
            hole = i;
        }
    }
    flows->buckets[hole].number = NO_FLOW;
    flows->used[flow->index] = false;
    flows->unused[flows->unused_count++] = flow->index;
    flows->count--;
}

struct flow *flows_from(struct flows *flows, uint32_t index)
{
    for (; index < flows->places; index++) {
        if (flows->used[index]) {
            return at(flows, index);
        }
    }
    return NULL;
}
