/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the entries of one Configuration Manager log tell of registrations, by the patterns of
 * ccm_events.def, and which other errors they name. The same told again of the same client is
 * counted, so that memory depends on what happened and not on how often.
 */
#ifndef CCM_CAPTURES_CCM_EVENTS_H
#define CCM_CAPTURES_CCM_EVENTS_H

#include "base/arena.h"
#include "captures/ccm_log.h"
#include "evidence/evidence.h"

/* Distinct events of one log; a site of 60,000 clients has some 200,000 of them a day. */
enum { CCM_EVENTS_LIMIT = 500000 };

enum { CCM_EVENT_PLACES = 4 }; /* that a pattern of ccm_events.def has at most */

/* The first entry that told it. */
struct ccm_event {
    struct evidence_log_event *told;
    int64_t at;    /* EVIDENCE_UNKNOWN: the entry has no time */
    bool has_zone; /* else `at` is the machine's local time */
    int64_t line;
};

/* Does the message tell an event of the table? Fills what the pattern names. */
bool ccm_event_match(struct arena *arena, const char *message, size_t length,
                     struct evidence_log_event *event_out);

/* Is the entry another error, with a code in its message? Fills what it is. */
bool ccm_event_error(const struct ccm_log_entry *entry, struct evidence_log_event *event_out);

/* Adds words (captures/ccm_scan.h), one of which stands in every entry that tells something. */
void ccm_events_words(struct ccm_scan *scan);

struct ccm_events;

struct ccm_events *ccm_events_new(void);
void ccm_events_free(struct ccm_events *events);

/* As ccm_log_fn; `context` is the struct ccm_events. */
ccm_log_fn ccm_events_entry;

/* The same of an entry that tells a known problem: an error in it needs no event of its own. */
ccm_log_fn ccm_events_known_entry;

/* What was told, in the order of the first entries; borrowed. `dropped_out`: for the limit. */
const struct ccm_event *ccm_events_list(const struct ccm_events *events, size_t *count_out,
                                        size_t *dropped_out);

#endif
