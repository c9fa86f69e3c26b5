/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: who holds the MP's SPNs, the MP's own computer, and the identity that the probe uses.
 */
#ifndef CCM_LDAP_OWNERS_H
#define CCM_LDAP_OWNERS_H

#include "ldap/connection.h"

enum { OWNERS_MAX = 200 }; /* accounts that one search gives */

/*
 * Finds in a global catalog (or, without one, a DC) the holders of HTTP/ and HOST/ SPNs of the
 * target's name as given and its first label, with any port and without: an account record of role
 * spn-owner for each SPN that matched. Then the MP's computer object by its DNS names or, when it
 * has none or the target is a short name, by sAMAccountName: role mp-computer.
 *
 * `home` is a connection to a DC, not a GC, or NULL: for accounts of its domain it gives what a GC
 * does not have (key version, password times, etypes, lockout), and the forest's sPNMappings, which
 * are put into its directory record (without it, into that of `gc`).
 *
 * `target` is a host name or address, perhaps with a port.
 */
void owners_find(struct directory *gc, struct directory *home, const char *target,
                 struct evidence_set *evidence);

/* Finds the computer of a further name of the MP, such as what its alias leads to: role
   mp-computer. Arguments as above. */
void computer_find(struct directory *gc, struct directory *home, const char *name,
                   struct evidence_set *evidence);

/* Finds the account of a Kerberos name with its realm on a DC of its domain: by sAMAccountName
   ("WK01$@CONTOSO.LAB"), or for a name with a slash ("host/wk01.contoso.lab@CONTOSO.LAB") by
   servicePrincipalName or userPrincipalName. Role client. */
void client_find(struct directory *home, const char *principal, struct evidence_set *evidence);

/* Reads sPNMappings into the connection's record, once. */
void spn_mappings_read(struct directory *directory, struct evidence_set *evidence);

/* The names that SPNs of a target can have: as given without port, brackets and trailing dot, and
   the first label of a DNS name. Returns how many (0 to 2). Strings live in the arena. */
size_t target_names(struct arena *arena, const char *target, const char *names_out[2]);

/* The filter that finds the holders of the target's SPNs, NULL for a target without a name. */
const char *owners_filter(struct arena *arena, const char *target);

/* The filter of client_find. */
const char *client_filter(struct arena *arena, const char *principal);

/* Whether an account's SPN is HTTP/ or HOST/ of one of the names, with or without a port. */
bool spn_matches(const char *spn, const char *const *names, size_t name_count);

/* Whether a computer that has the first label of `name`, or the name itself among its further ones,
   may be the one: computers of other domains and forests may share the label. */
bool computer_matches(const struct evidence_account *computer, const char *name);

/* "contoso.lab" of "CN=MP,OU=Servers,DC=contoso,DC=lab"; NULL when the DN has no DC. */
const char *domain_of_dn(struct arena *arena, const char *dn);

#endif
