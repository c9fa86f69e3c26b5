/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the names and tickets that a client asked for belong to a case. */
#ifndef CCM_CAPTURES_STORY_SELECT_H
#define CCM_CAPTURES_STORY_SELECT_H

#include "captures/story_attempt.h"
#include "captures/story_names.h"

/* More records than these are left out of a case. */
enum { STORY_CASE_RECORDS = 192 };

/* Something that a case is told with. */
struct told {
    uint64_t frame;
    size_t order; /* of equal frames: as they came */
    const struct kept *kept;
    enum evidence_step step; /* of names and tickets; unknown for what belongs to one case only */
    bool once;               /* nobody else needs it */
    /* Of a connection to a KDC that never stood: what it would have been used for. */
    enum kdc_purpose purpose;
    const char *service; /* NULL when that is not known */
    const char *realm;
};

/* One case while it is put together. Strings are borrowed from what is remembered. */
struct telling {
    const struct story_client *client;
    const struct story_case *of;                   /* NULL when no request to the MP was recorded */
    struct attempt *attempt;                       /* the same */
    struct attempt *also[STORY_ADDRESSES_MAX + 1]; /* at other addresses of the MP */
    size_t also_count;
    const struct story_mp *mp; /* the server of the attempt's last request; NULL when unknown */
    const char *target;        /* the MP's name, or its address */
    const struct kept *own;    /* of several at once: the request whose ticket was presented */
    const char *principal;     /* the account that asks; NULL when unknown */
    uint64_t before;           /* the first frame of the next attempt */
    struct told items[STORY_CASE_RECORDS];
    size_t count;
    uint64_t left_out;
};

/* Adds it once. NULL when it was there, or is left out for the limit. */
struct told *telling_add(struct telling *telling, const struct kept *kept, enum evidence_step step);

/* Does it belong to the time of the case's attempt? */
bool in_window(const struct telling *telling, const struct kept *kept);

/* Does a request that was selected go to this address and port? */
bool telling_has_server(const struct telling *telling, const struct endpoint *server);

/* What an address of the MP did so long before the attempt says nothing of now: false. */
bool telling_is_recent(const struct telling *telling, int64_t at);

/* The requests of the attempt, and the last ones to other addresses of the MP; for a client whose
   ticket was turned down, those that the MP accepted with one for the same SPN; and the client's
   registrations. */
void select_requests(struct telling *telling);

/* Finds the account; target and attempt must be known. */
void select_principal(struct telling *telling);

/*
 * Tickets that were asked for between the attempt before and this one; for want of these the last
 * earlier ones, as a ticket is used for up to 10 hours. AS requests, requests for HTTP/<MP> and
 * HOST/<MP> with their referrals, and, when the MP's name was not asked for, what was asked for
 * HTTP/<another name> right after the MP's challenge. Each with the clock that it showed.
 */
void select_tickets(struct telling *telling);

/* Answers of DNS about the MP, its address, the KDCs of the realms in the tickets that were
   selected, and these KDCs. */
void select_names(struct telling *telling);

#endif
