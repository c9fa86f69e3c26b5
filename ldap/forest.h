/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP SPNs of a whole forest. One paged pass over a global catalog reads the accounts that
 * hold one, and keeps no more of a computer with its own names than the hashes of its SPNs.
 */
#ifndef CCM_LDAP_FOREST_H
#define CCM_LDAP_FOREST_H

#include "evidence/forest.h"
#include "ldap/connection.h"

enum {
    FOREST_HOLDINGS_MAX = 200000,
    FOREST_DUPLICATES_MAX = 2000, /* SPNs that several accounts hold */
};

/*
 * Fills the list: every HTTP SPN on an account that is no computer, every one that several accounts
 * hold, and those of computers that name a host without a computer object. `gc` NULL: only the
 * domain of `home` is searched, and the list's problem says so. in_dns is left unknown.
 */
void forest_read(struct directory *gc, struct directory *home, struct evidence_set *evidence,
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

#endif
