/* SPDX-License-Identifier: Apache-2.0 */
/* An account's entry as evidence; for this folder only. */
#ifndef CCM_LDAP_ACCOUNT_H
#define CCM_LDAP_ACCOUNT_H

#include "ldap/search.h"

/* The attributes that account_read reads; ends in NULL. */
extern const char *const ACCOUNT_ATTRIBUTES[];

/* An account that is not in the set yet, made from an entry; role and spn are the caller's. */
struct evidence_account *account_read(struct directory_entry *entry, struct directory *directory,
                                      struct arena *arena);

/* Fills in what a DC of the account's own domain shows, and a GC does not; nothing when `home` is
   NULL or serves another domain. The search is a record. */
void account_complete(struct evidence_account *account, struct directory *home,
                      struct evidence_set *evidence);

/* Adds the account as a record of a role, found under an SPN (or NULL). */
void account_add(const struct evidence_account *account, enum account_role role, const char *spn,
                 uint32_t case_id, struct evidence_set *evidence);

/* Where to search for accounts: "" is the whole forest on a global catalog's own port; elsewhere
   that would be refused, and it is the server's domain. */
const char *directory_search_base(struct directory *directory);

#endif
