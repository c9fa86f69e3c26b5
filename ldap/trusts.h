/* SPDX-License-Identifier: Apache-2.0 */
/* What a domain trusts, and of which domains its forest consists. */
#ifndef CCM_LDAP_TRUSTS_H
#define CCM_LDAP_TRUSTS_H

#include "ldap/connection.h"

/* The trustedDomain objects of the domain that the DC serves: a trust record each. */
void trusts_read(struct directory *directory, struct evidence_set *evidence);

/* The crossRef objects of the forest's domains: a domain record each. */
void domains_read(struct directory *directory, struct evidence_set *evidence);

#endif
