/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several cases have in common: the same finding about many MPs is one group, which is named
 * once. Two findings are the same when their id and their title are, with the MP's own names taken
 * out; "No domain controller of A.LAB answers" and the same of B.LAB are two causes.
 */
#ifndef CCM_REPORT_GROUPS_H
#define CCM_REPORT_GROUPS_H

#include "rules/verdict.h"

struct group {
    enum finding_id id;
    enum finding_level level;           /* the heaviest */
    enum finding_confidence confidence; /* the least */
    const char *title;                  /* general: "The name MP does not exist in DNS" */
    size_t *cases;                      /* indexes into the judgement, ascending */
    size_t case_count;
    size_t root_count; /* of how many it is the root cause */
    bool comes_first;  /* within its level: a duplicate GUID where only some of the clients fail */
};

struct groups {
    struct arena arena;
    struct group **items; /* the heaviest first, then duplicate GUIDs where only some clients
                           fail, then the most frequent */
    size_t count;
    const size_t **of_case; /* of each case the indexes of its groups, ascending */
    size_t *of_case_count;
};

/* The root cause of every case and what remains beside it. The judgement must outlive them. */
void groups_init(struct groups *groups, const struct judgement *judgement);
void groups_release(struct groups *groups);

#endif
