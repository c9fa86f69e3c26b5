/* SPDX-License-Identifier: Apache-2.0 */
/* The messages of a recorded case, one for each direction, in the order of their frames. */
#ifndef CCM_REPORT_EVENTS_H
#define CCM_REPORT_EVENTS_H

#include "rules/verdict.h"

struct event {
    const struct evidence_record *record; /* DNS, KDC or HTTP */
    bool reply;                           /* what came back, or that nothing did */
    int64_t frame;                        /* EVIDENCE_UNKNOWN when none shows it */
    int64_t at;                           /* EVIDENCE_UNKNOWN when not observed */
    int64_t key;                          /* by which they are sorted, with `order` */
    size_t order;
};

/* Frames give the order; of several files, times do. The list lives in the arena. */
size_t events_of(struct arena *arena, const struct case_view *view, struct event **events_out);

/* The time of the first and of the last event that has one; unknown without any. */
void events_span(const struct event *events, size_t count, int64_t *first_out, int64_t *last_out);

/* Do requests go to several addresses of the MP? Then each says its own. */
bool events_have_addresses(const struct event *events, size_t count);

/* Did a reply come, as far as the record tells? */
bool event_answered(const struct evidence_record *record);

/* What came of a record without a reply. */
enum evidence_outcome event_outcome(const struct evidence_record *record);

#endif
