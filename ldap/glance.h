/* SPDX-License-Identifier: Apache-2.0 */
/* A look at an account's entry where it stands in the message, without a copy: most accounts of a
   forest are computers that nothing is to be said about. For this folder only. */
#ifndef CCM_LDAP_GLANCE_H
#define CCM_LDAP_GLANCE_H

#include "ldap/search.h"

/* An SPN; it does not end in a NUL. */
typedef void glance_function(const char *spn, size_t length, void *context);

/*
 * Hands over the HTTP SPNs of a computer when each of them is of a name that the computer carries
 * (forest_is_own_name), without a port, in printable ASCII. Returns how many; -1, and hands over
 * none, when anything is otherwise, so that the entry is to be read in full.
 */
int64_t glance_own_spns(struct directory_entry *entry, glance_function *function, void *context);

#endif
