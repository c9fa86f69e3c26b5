/* SPDX-License-Identifier: Apache-2.0 */
/* The sites and management points that a forest publishes (mSSMSSite, mSSMSManagementPoint). */
#ifndef CCM_LDAP_PUBLISHED_H
#define CCM_LDAP_PUBLISHED_H

#include "ldap/connection.h"

enum { SITES_MAX = 64 };

/* Codes of sites, each once: under them DNS may name more MPs. */
struct site_codes {
    const char *items[SITES_MAX];
    size_t count;
};

/* Three letters or digits; case does not count. */
bool site_code_is_valid(const char *code);

/* Borrows a valid code; passes over others, and what is there already. */
void site_codes_add(struct site_codes *sites, const char *code);

/*
 * A published record for each MP, and the codes of the sites: of the whole forest on a global
 * catalog, else of the domain's CN=System Management container. The container and the classes are
 * missing where the schema was never extended: the search's record says so.
 */
void published_read(struct directory *directory, struct evidence_set *evidence,
                    struct site_codes *sites);

#endif
