/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a search's answer, as the search hands it to its caller; for this folder only. */
#ifndef CCM_LDAP_ENTRY_H
#define CCM_LDAP_ENTRY_H

#include "ldap/private.h"
#include "ldap/search.h"

struct directory_entry {
    struct directory *directory;
    struct evidence_search
        *record; /* of the search, which counts the requests for further ranges */
    LDAPMessage *message;
    bool *cut; /* to be set when not all values could be read */
};

#endif
