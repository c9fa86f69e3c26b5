/* SPDX-License-Identifier: Apache-2.0 */
/* The management points that a forest publishes (mSSMSManagementPoint). */
#ifndef CCM_LDAP_PUBLISHED_H
#define CCM_LDAP_PUBLISHED_H

#include "ldap/connection.h"

/*
 * A published record for each: of the whole forest on a global catalog, else of the domain's
 * CN=System Management container. The container and the classes are missing where the schema was
 * never extended: the search's record says so.
 */
void published_read(struct directory *directory, struct evidence_set *evidence);

#endif
