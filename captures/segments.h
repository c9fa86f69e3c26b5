/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments that came too early, in the order of their bytes: a skip list (Pugh 1990), so that any
 * order of arrival costs about the logarithm of what waits. No byte is kept twice; of bytes that
 * come again the first stay.
 *
 * Positions are sequence numbers that do not wrap; captures/flow.h makes them.
 */
#ifndef CCM_CAPTURES_SEGMENTS_H
#define CCM_CAPTURES_SEGMENTS_H

#include <stdbool.h>

#include "captures/transport.h"

enum { SEGMENTS_LEVELS = 12 }; /* 4^12 = 16 million, more than the limits let in */

struct segment {
    uint64_t start;
    uint64_t end;
    uint64_t acknowledges; /* the other side's bytes up to here came before; 0: unknown */
    struct mark mark;
    const uint8_t *bytes; /* within this allocation; NULL: the snap length cut them off */
    uint32_t levels;
    struct segment *next[];
};

struct segments {
    struct segment **heads; /* SEGMENTS_LEVELS; NULL while nothing was ever kept */
    uint32_t random;
    uint32_t count;
    size_t bytes; /* of memory */
};

void segments_release(struct segments *segments);

/* Keeps [start, start + length) as far as it is not there yet. Of these bytes `captured` are given,
   the others were cut off. Returns how many bytes were not there. */
struct segments_new {
    uint64_t start;
    uint64_t acknowledges;
    struct mark mark;
    const uint8_t *bytes;
    uint32_t captured;
    uint32_t length;
};
uint64_t segments_add(struct segments *segments, const struct segments_new *new);

/* The one with the smallest start, or NULL. */
struct segment *segments_first(const struct segments *segments);

/* Takes it off the list and frees it. */
void segments_drop_first(struct segments *segments);

#endif
