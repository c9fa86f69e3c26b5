/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one client did, over all its sources, in one order: by the clock of one of them, to which
 * the times of the others are corrected as far as their clocks were compared.
 */
#ifndef CCM_REPORT_TIMELINE_H
#define CCM_REPORT_TIMELINE_H

#include "rules/verdict.h"

struct timeline_entry {
    int64_t at;         /* by the clock of the timeline; unknown: the source gives no time */
    int64_t own_at;     /* by the source's */
    bool compared;      /* else `at` is the source's own time, too */
    const char *source; /* the file; NULL: the client's own clock */
    const char *text;
    struct evidence_place place; /* without a source: nowhere */
    size_t order;                /* as it was read */
};

struct timeline {
    const char *clock; /* whose: a file; the MP's rather than others; NULL: none has times */
    struct timeline_entry *entries; /* by time; those without one come last */
    size_t count;
};

/* With `all`, also questions to DNS. Everything lives in the arena, or is borrowed from the
   judgement. */
void timeline_make(const struct judgement *judgement, const struct client *client, bool all,
                   struct arena *arena, struct timeline *timeline_out);

#endif
