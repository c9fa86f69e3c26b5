/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CLDAP ping ([MS-ADTS] 6.3.3): one UDP packet that asks a DC which domain it serves and which
 * site the asking address belongs to. What a Windows client chooses its DC by. Needs no identity.
 */
#ifndef CCM_LDAP_PING_H
#define CCM_LDAP_PING_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/stopper.h"
#include "decode/netlogon.h"

/* Asks the DC at a numeric address for its DNS domain; waits a second, twice, within the stopper's
   deadline. False when no answer came that could be read. Strings live in the arena. */
bool directory_ping(const char *address, const char *domain, const struct stopper *stopper,
                    struct arena *arena, struct netlogon_answer *answer_out);

#endif
