/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to DNS, each one an evidence record: NXDOMAIN, NODATA, SERVFAIL, REFUSED, silence and
 * garbage are different facts.
 */
#ifndef CCM_LIVE_DNS_H
#define CCM_LIVE_DNS_H

#include <stddef.h>

#include "base/status.h"
#include "base/stopper.h"
#include "evidence/evidence.h"

/* Whom to ask. */
struct dns_settings {
    const char *resolver; /* "10.0.0.1", "10.0.0.1:5353", "[fd00::1]:53"; NULL: resolv.conf */
};

struct dns_question {
    const char *name;
    const char *type; /* "A", "AAAA", "PTR", "SRV" */
};

enum { DNS_QUESTIONS_AT_ONCE = 16 };

/* Whether the resolver's text can be understood; CCM_ERROR_USAGE with a sentence otherwise. */
enum ccm_status dns_check_settings(const struct dns_settings *settings,
                                   struct ccm_error *error) CCM_MUST_CHECK;

/* Asks all questions at once (at most DNS_QUESTIONS_AT_ONCE) and waits until each has its outcome
   or the stopper ends it. Adds one record a question, in order; `asked[i]` points to the record of
   question i, in the set's arena. A server that is silent costs about three seconds. */
void dns_ask(const struct dns_settings *settings, const struct stopper *stopper, uint32_t case_id,
             struct evidence_set *evidence, const struct dns_question *questions, size_t count,
             const struct evidence_dns *asked[]);

/* The first domain that this machine completes short names with, in the arena; NULL for none. */
const char *dns_search_domain(struct arena *arena);

/* The name to ask for the PTR record of a numeric address, in the arena; NULL if it is none. */
const char *dns_reverse_name(struct arena *arena, const char *address);

#endif
