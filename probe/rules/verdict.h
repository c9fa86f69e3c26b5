/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From evidence to a verdict: pure functions. No I/O, no clock, no locale; the same evidence gives
 * the same verdict on every machine, today and in years.
 */
#ifndef CCM_RULES_VERDICT_H
#define CCM_RULES_VERDICT_H

#include "rules/clients.h"
#include "rules/clocks.h"
#include "rules/finding.h"

struct identity_index;

/* All records of one case, sorted by kind; borrowed from the set. `records` keeps their order. */
struct case_view {
    uint32_t case_id;
    const struct evidence_run *run; /* NULL when the set has none for this case */
    const struct evidence_identity *identity;
    const struct evidence_record *const *records;
    size_t record_count;
    const struct evidence_record *const *common; /* those of case 0: what was read */
    size_t common_count;
    const struct identity_index *identities; /* of the disks of all cases */
    const struct client_list *clients;       /* of the recorded cases; NULL: not joined */
    const struct clock_links *clocks;        /* of their sources; NULL: not compared */
    const struct evidence_set *set; /* for records of other cases that a finding names; NULL */
};

/* The judgement of one case. Lists hold indexes into `findings`. */
struct verdict {
    enum finding_level level; /* the heaviest of the findings that decide */
    int root;                 /* index of the root cause, or -1 */
    const size_t *symptoms;   /* what the root cause explains */
    size_t symptom_count;
    const size_t *remaining; /* other failures and warnings: independent of the root cause */
    size_t remaining_count;
    const size_t *untested; /* skip findings: what could not be tested */
    size_t untested_count;
};

struct judged_case {
    struct case_view view;
    struct finding_list findings; /* in the order of the catalogue */
    struct verdict verdict;
};

struct judgement {
    struct judged_case *cases;
    size_t case_count;
    struct case_view common;    /* of case 0: no case of its own, and not judged alone */
    struct client_list clients; /* who the recorded cases are of */
    struct clock_links clocks;  /* of what they were read from */
    int exit_status; /* 0 ok, 1 warn, 2 fail, 3 could not tell: the heaviest of the cases */
};

/* Judges every case of the set. All that the judgement points to lives in `arena` or in the set,
   which must outlive it. */
void judge(const struct evidence_set *set, struct arena *arena, struct judgement *judgement_out);

#endif
