/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/segments.h"

#include <stdlib.h>
#include <string.h>

/* The links that lead to a place of the list, one a level. */
struct place {
    struct segment **links[SEGMENTS_LEVELS];
};

void segments_release(struct segments *segments)
{
    while (segments_first(segments)) {
        segments_drop_first(segments);
    }
    free(segments->heads);
    memset(segments, 0, sizeof(*segments));
}

struct segment *segments_first(const struct segments *segments)
{
    return segments->heads ? segments->heads[0] : NULL;
}

static size_t size_of(const struct segment *segment)
{
    size_t bytes = segment->bytes ? (size_t)(segment->end - segment->start) : 0;

    return sizeof(*segment) + segment->levels * sizeof(segment->next[0]) + bytes;
}

void segments_drop_first(struct segments *segments)
{
    struct segment *first = segments->heads[0];

    for (uint32_t i = 0; i < first->levels; i++) {
        segments->heads[i] = first->next[i];
    }
    segments->bytes -= size_of(first);
    segments->count--;
    free(first);
}

/* The links behind the last segment that starts at or before `start`, which is returned, or NULL
   when all start later. */
static struct segment *find(struct segments *segments, uint64_t start, struct place *place)
{
    struct segment **links = segments->heads;
    struct segment *before = NULL;

    for (int level = SEGMENTS_LEVELS - 1; level >= 0; level--) {
        while (links[level] && links[level]->start <= start) {
            before = links[level];
            links = before->next;
        }
        place->links[level] = &links[level];
    }
    return before;
}

/* Each level with a quarter of the one below (xorshift32). Known numbers: a sender who makes the
   list slow has to know which of his segments went where, and still cannot pass the limit. */
static uint32_t choose_levels(struct segments *segments)
{
    uint32_t levels = 1;
    uint32_t random = segments->random;

    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    segments->random = random;
    while (levels < SEGMENTS_LEVELS && (random & 3) == 0) {
        random >>= 2;
        levels++;
    }
    return levels;
}

/* Puts a piece of `new`, all given or all cut off, into its place, and the place behind it. */
static void insert(struct segments *segments, struct place *place, const struct segments_new *new,
                   uint64_t start, uint64_t end)
{
    const uint32_t levels = choose_levels(segments);
    const bool given = start < new->start + new->captured;
    const size_t head = sizeof(struct segment) + levels * sizeof(struct segment *);
    struct segment *segment;

    segment = malloc(head + (given ? (size_t)(end - start) : 0));
    if (!segment) {
        abort();
    }
    segment->start = start;
    segment->end = end;
    segment->acknowledges = new->acknowledges;
    segment->mark = new->mark;
    segment->levels = levels;
    segment->bytes = NULL;
    if (given) {
        uint8_t *copy = (uint8_t *)segment + head;

        memcpy(copy, new->bytes + (start - new->start), (size_t)(end - start));
        segment->bytes = copy;
    }
    for (uint32_t i = 0; i < levels; i++) {
        segment->next[i] = *place->links[i];
        *place->links[i] = segment;
        place->links[i] = &segment->next[i];
    }
    segments->count++;
    segments->bytes += size_of(segment);
}

/* The place behind the segment that follows it. */
static void step(struct place *place)
{
    struct segment *next = *place->links[0];

    for (uint32_t i = 0; i < next->levels; i++) {
        place->links[i] = &next->next[i];
    }
}

uint64_t segments_add(struct segments *segments, const struct segments_new *new)
{
    const uint64_t end = new->start + new->length;
    uint64_t start = new->start;
    struct segment *segment;
    struct place place;
    uint64_t added = 0;

    if (!segments->heads) {
        segments->heads = calloc(SEGMENTS_LEVELS, sizeof(segments->heads[0]));
        if (!segments->heads) {
            abort();
        }
        segments->random = 2463534242; /* any but 0 */
    }
    segment = find(segments, start, &place);
    if (segment && segment->end > start) {
        start = segment->end;
    }
    while (start < end) {
        segment = *place.links[0];
        if (!segment || start < segment->start) {
            const uint64_t given_end = new->start + new->captured;
            uint64_t stop = segment && segment->start < end ? segment->start : end;

            if (start < given_end && given_end < stop) {
                stop = given_end;
            }
            insert(segments, &place, new, start, stop);
            added += stop - start;
            start = stop;
        } else {
            start = segment->end;
            step(&place);
        }
    }
    return added;
}
