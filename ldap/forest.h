/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP SPNs of whole forests. One pass over a global catalog of each, in pages and, over a long
 * line, in several streams, reads the accounts that hold one, and keeps no more of a computer with
 * its own names than the hashes of its SPNs.
 */
#ifndef CCM_LDAP_FOREST_H
#define CCM_LDAP_FOREST_H

#include "evidence/forest.h"
#include "ldap/connection.h"

enum {
    FOREST_ACCOUNTS_MAX = 10 * 1000 * 1000, /* that one search, or stream of it, reads */
    FOREST_HOLDINGS_MAX = 50000,
    FOREST_DUPLICATES_MAX = 2000, /* SPNs that several accounts hold */
};

/* Where a forest is asked: one of both may be NULL. */
struct forest_source {
    struct directory *gc;   /* a global catalog */
    struct directory *home; /* a DC of the domain */
};

/*
 * Fills the list: every HTTP SPN on an account that is no computer, every one that several accounts
 * of a forest hold, or accounts of several forests when it is of a full name, and those of
 * computers that name another host. A source, of which there are at most FOREST_PLACES_MAX, fills
 * the place of the same number. Without a global catalog only the domain is searched, and the
 * list's problem says so. in_dns is left unknown.
 */
void forest_read(const struct forest_source *sources, size_t count, struct evidence_set *evidence,
                 struct forest_list *list);

/* Whether an SPN is of the class HTTP; case does not count. */
bool forest_is_http(const char *spn);

/* Whether `host` of an SPN is a name that a computer account carries itself: its dNSHostName, the
   first label of that, or its sAMAccountName without the $. Arguments but the first may be NULL. */
bool forest_is_own_name(const char *host, const char *dns_host_name, const char *account);

/* Whether an account is the computer of a host: as above, and for a host with a domain an account's
   name counts only in that domain. */
bool forest_is_computer_of(const char *host, const char *dns_host_name, const char *account,
                           const char *domain);

/* Whether an SPN's host is a name with a domain: one that means the same in every forest. */
bool forest_names_full_host(const char *spn);

#endif
