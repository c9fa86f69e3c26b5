/* SPDX-License-Identifier: Apache-2.0 */
/* Which known problems (captures/signatures.h) one Configuration Manager log tells of. */
#ifndef CCM_CAPTURES_KNOWN_PROBLEMS_H
#define CCM_CAPTURES_KNOWN_PROBLEMS_H

#include "captures/ccm_log.h"
#include "captures/signatures.h"
#include "evidence/evidence.h"

/* The first entry that told it. */
struct known_problem {
    struct evidence_known_problem *told; /* NULL: not told */
    int64_t at;                          /* EVIDENCE_UNKNOWN: the entry has no time */
    int64_t line;
};

struct known_problems;

/* `signatures` are ready and borrowed; `path` is the log's. */
struct known_problems *known_problems_new(const struct signatures *signatures, const char *path);
void known_problems_free(struct known_problems *problems);

/* Adds words (captures/ccm_scan.h), one of which stands in every entry that tells a problem. */
void known_problems_words(const struct known_problems *problems, struct ccm_scan *scan);

/* Does the entry tell of one? */
bool known_problems_entry(struct known_problems *problems, const struct ccm_log_entry *entry);

/* One for each signature, in their order; borrowed. */
const struct known_problem *known_problems_list(const struct known_problems *problems,
                                                size_t *count_out);

#endif
