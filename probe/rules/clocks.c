/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clocks.h"

#include <stdlib.h>
#include <string.h>

#include "rules/clock_pairs.h"

enum { MOST_STEPS = 8 /* from one source over others to the reference */ };

static const int64_t SECOND = 1000000;
static const int64_t QUARTER_US = 900 * (int64_t)1000000;
static const int64_t LEAST_ZONE_US = 1800 * (int64_t)1000000;     /* no zones are closer */
static const int64_t MOST_ZONE_US = 14 * 3600 * (int64_t)1000000; /* Line Islands, UTC+14 */
static const int64_t ZONE_SLACK_US = 15 * (int64_t)1000000;
static const int64_t MADE_BEFORE_US = 120 * (int64_t)1000000; /* a certificate is used at once */

/* --- voting --- */

/* Where an interval begins or ends. */
struct edge {
    int64_t at;
    int step; /* +1, -1 */
};

/* At one place beginnings come first: intervals that touch share a point. */
static int compare_edges(const void *left, const void *right)
{
    const struct edge *a = left;
    const struct edge *b = right;

    return a->at != b->at ? (a->at < b->at ? -1 : 1) : b->step - a->step;
}

static int64_t distance_of(int64_t low, int64_t high)
{
    return low > 0 ? low : high < 0 ? -high : 0;
}

/* The part that most intervals share, of equals the one next to zero. */
static void vote(struct arena *scratch, const struct clock_pair *pairs, size_t count,
                 struct clock_link *link)
{
    struct edge *edges = arena_alloc(scratch, 2 * count * sizeof(*edges));
    size_t depth = 0;

    for (size_t i = 0; i < count; i++) {
        edges[2 * i] = (struct edge){pairs[i].low_us, 1};
        edges[2 * i + 1] = (struct edge){pairs[i].high_us, -1};
    }
    qsort(edges, 2 * count, sizeof(*edges), compare_edges);
    link->agreeing = 0;
    for (size_t i = 0; i + 1 < 2 * count; i++) {
        depth = edges[i].step > 0 ? depth + 1 : depth - 1;
        if (edges[i].step > 0 && edges[i + 1].step < 0 &&
            (depth > link->agreeing ||
             (depth == link->agreeing && distance_of(edges[i].at, edges[i + 1].at) <
                                             distance_of(link->low_us, link->high_us)))) {
            link->agreeing = depth;
            link->low_us = edges[i].at;
            link->high_us = edges[i + 1].at;
        }
    }
}

static bool holds(const struct clock_pair *pair, const struct clock_link *link)
{
    return pair->low_us <= link->low_us && pair->high_us >= link->high_us;
}

/* Whole quarters of an hour within the bounds, give or take; 0 when there are none. */
static int64_t zone_of(int64_t low, int64_t high)
{
    const int64_t middle = low + (high - low) / 2;
    const int64_t quarters =
        (middle + (middle < 0 ? -QUARTER_US / 2 : QUARTER_US / 2)) / QUARTER_US;
    const int64_t zone = quarters * QUARTER_US;

    return zone >= low - ZONE_SLACK_US && zone <= high + ZONE_SLACK_US &&
                   (zone >= LEAST_ZONE_US || zone <= -LEAST_ZONE_US) && zone <= MOST_ZONE_US &&
                   zone >= -MOST_ZONE_US
               ? zone / (60 * SECOND)
               : 0;
}

/* See the header: two events are not to be taken for one. */
static bool is_believed(const struct clock_pair *pairs, size_t count, const struct clock_link *link)
{
    const struct clock_pair *first = NULL;

    for (size_t i = 0; i < count; i++) {
        if (!holds(&pairs[i], link)) {
            continue;
        }
        if (pairs[i].covered || (first && first->client != pairs[i].client)) {
            return true;
        }
        first = first ? first : &pairs[i];
    }
    return link->zone_minutes != 0;
}

static struct clock_link *add_link(struct arena *arena, struct clock_links *links,
                                   const struct clock_link *link)
{
    void *items = links->items;
    struct clock_link *made = arena_push(arena, &items, &links->count, sizeof(*made));

    links->items = items;
    *made = *link;
    return made;
}

static void name_records(struct clock_link *link, const struct clock_pair *pair)
{
    link->records[0] = pair->records[0];
    link->records[1] = pair->records[1];
}

/* Two files. */
static void link_files(struct arena *arena, struct arena *scratch, const struct clock_pair *pairs,
                       size_t count, struct clock_links *links)
{
    struct clock_link link = {.source = pairs[0].source, .other = pairs[0].other, .pairs = count};

    vote(scratch, pairs, count, &link);
    link.offset_us = link.low_us + (link.high_us - link.low_us) / 2;
    link.uncertainty_us = link.high_us - link.offset_us;
    link.zone_minutes = zone_of(link.low_us, link.high_us);
    if (!is_believed(pairs, count, &link)) {
        return;
    }
    for (size_t i = 0; i < count && !link.records[0]; i++) {
        if (holds(&pairs[i], &link)) {
            name_records(&link, &pairs[i]);
        }
    }
    add_link(arena, links, &link);
}

/* A client's own clock: bounds, of which the closest count. */
static void link_client(struct arena *arena, const struct client_list *clients,
                        const struct clock_pair *pairs, size_t count, struct clock_links *links)
{
    struct clock_link link = {.source = pairs[0].source,
                              .client = &clients->items[pairs[0].client],
                              .low_us = EVIDENCE_UNKNOWN,
                              .high_us = EVIDENCE_UNKNOWN,
                              .offset_us = EVIDENCE_UNKNOWN,
                              .uncertainty_us = EVIDENCE_UNKNOWN,
                              .pairs = count,
                              .agreeing = count};

    for (size_t i = 0; i < count; i++) {
        if (pairs[i].low_us > link.low_us) { /* unknown is the least */
            link.low_us = pairs[i].low_us;
            name_records(&link, &pairs[i]);
        }
        if (pairs[i].high_us != EVIDENCE_UNKNOWN &&
            (link.high_us == EVIDENCE_UNKNOWN || pairs[i].high_us < link.high_us)) {
            link.high_us = pairs[i].high_us;
        }
    }
    if (link.high_us == EVIDENCE_UNKNOWN) {
        link.zone_minutes = zone_of(link.low_us, link.low_us + MADE_BEFORE_US);
    } else if (link.low_us <= link.high_us) {
        link.offset_us = link.low_us + (link.high_us - link.low_us) / 2;
        link.uncertainty_us = link.high_us - link.offset_us;
        link.zone_minutes = zone_of(link.low_us, link.high_us);
    } else {
        return; /* they contradict each other: one of them shows another event */
    }
    add_link(arena, links, &link);
}

/* --- links --- */

static int compare_pairs(const void *left, const void *right)
{
    const struct clock_pair *a = left;
    const struct clock_pair *b = right;
    int order;

    if (!a->other != !b->other) {
        return a->other ? -1 : 1;
    }
    if (!a->other && a->client != b->client) {
        return a->client < b->client ? -1 : 1;
    }
    order = strcmp(a->source, b->source);
    order = order == 0 && a->other ? strcmp(a->other, b->other) : order;
    return order != 0 ? order : a->low_us < b->low_us ? -1 : a->low_us > b->low_us;
}

static bool same_clocks(const struct clock_pair *a, const struct clock_pair *b)
{
    return !a->other == !b->other && strcmp(a->source, b->source) == 0 &&
           (a->other ? strcmp(a->other, b->other) == 0 : a->client == b->client);
}

void clocks_link(const struct evidence_set *set, const struct client_list *clients,
                 struct arena *arena, struct clock_links *links_out)
{
    struct arena scratch = {0};
    struct clock_pairs pairs;

    *links_out = (struct clock_links){0};
    clock_pairs_find(set, clients, &scratch, &pairs);
    if (pairs.count > 0) {
        qsort(pairs.items, pairs.count, sizeof(*pairs.items), compare_pairs);
    }
    for (size_t first = 0, end; first < pairs.count; first = end) {
        for (end = first + 1;
             end < pairs.count && same_clocks(&pairs.items[first], &pairs.items[end]); end++) {}
        if (pairs.items[first].other) {
            link_files(arena, &scratch, &pairs.items[first], end - first, links_out);
        } else {
            link_client(arena, clients, &pairs.items[first], end - first, links_out);
        }
    }
    arena_release(&scratch);
}

/* --- what follows --- */

int64_t clock_link_least(const struct clock_link *link)
{
    return link->low_us != EVIDENCE_UNKNOWN && link->low_us > 0     ? link->low_us
           : link->high_us != EVIDENCE_UNKNOWN && link->high_us < 0 ? link->high_us
                                                                    : 0;
}

const struct clock_link *clocks_of_client(const struct clock_links *links,
                                          const struct client *client, size_t *count_out)
{
    size_t low = 0;
    size_t high = links->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct clock_link *link = &links->items[middle];

        if (!link->client || link->client < client) { /* of one list */
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (high = low; high < links->count && links->items[high].client == client; high++) {}
    *count_out = high - low;
    return links->items + low;
}

const struct clock_correction *clock_correction_of(const struct clock_corrections *corrections,
                                                   const char *source)
{
    for (size_t i = 0; source && i < corrections->count; i++) {
        if (strcmp(corrections->items[i].source, source) == 0) {
            return &corrections->items[i];
        }
    }
    return NULL;
}

static void add_correction(struct arena *arena, struct clock_corrections *corrections,
                           const char *source, int64_t add_us)
{
    void *items = corrections->items;
    struct clock_correction *made = arena_push(arena, &items, &corrections->count, sizeof(*made));

    corrections->items = items;
    *made = (struct clock_correction){source, add_us};
}

/* One step from what is known already; `known` of the corrections were there before the step. */
static void step(const struct clock_links *links, size_t known, struct arena *arena,
                 struct clock_corrections *corrections)
{
    for (size_t i = 0; i < links->count && links->items[i].other; i++) {
        const struct clock_link *link = &links->items[i];
        const int64_t zone = link->zone_minutes * 60 * SECOND;
        const int64_t offset = clock_link_least(link) == 0 ? 0 : zone != 0 ? zone : link->offset_us;
        const struct clock_correction *source = clock_correction_of(corrections, link->source);
        const struct clock_correction *other = clock_correction_of(corrections, link->other);

        if (!source && other && other < corrections->items + known) {
            add_correction(arena, corrections, link->source, other->add_us + offset);
        } else if (!other && source && source < corrections->items + known) {
            add_correction(arena, corrections, link->other, source->add_us - offset);
        }
    }
}

void clocks_correct(const struct clock_links *links, const char *reference, struct arena *arena,
                    struct clock_corrections *corrections_out)
{
    size_t known = 0;

    *corrections_out = (struct clock_corrections){0};
    add_correction(arena, corrections_out, reference, 0);
    for (int steps = 0; steps < MOST_STEPS && known < corrections_out->count; steps++) {
        known = corrections_out->count;
        step(links, known, arena, corrections_out);
    }
}
