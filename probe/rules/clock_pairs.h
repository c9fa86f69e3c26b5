/* SPDX-License-Identifier: Apache-2.0 */
/* The events that two sources show: for clocks.c. */
#ifndef CCM_RULES_CLOCK_PAIRS_H
#define CCM_RULES_CLOCK_PAIRS_H

#include "rules/clients.h"

struct clock_pair {
    const char *source;
    const char *other; /* NULL: the client's own clock */
    uint32_t client;   /* whose event it is: its place in the list */
    int64_t low_us;    /* EVIDENCE_UNKNOWN: not bounded */
    int64_t high_us;
    bool covered; /* both sources cover the time: the event must be in both */
    const struct evidence_record *records[2];
};

struct clock_pairs {
    struct clock_pair *items;
    size_t count;
};

/* In the order of the clients. Source names are those of the recordings where these have them. */
void clock_pairs_find(const struct evidence_set *set, const struct client_list *clients,
                      struct arena *arena, struct clock_pairs *pairs_out);

#endif
