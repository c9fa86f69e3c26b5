/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to the LDAP ping: the attribute "netlogon" of a rootDSE search, over UDP or TCP. */
#ifndef CCM_DECODE_NETLOGON_H
#define CCM_DECODE_NETLOGON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* NETLOGON_SAM_LOGON_RESPONSE_EX ([MS-ADTS] 6.3.1.9). A string that the DC left empty is NULL. */
struct netlogon_answer {
    int64_t flags;           /* DS_FLAG bits ([MS-ADTS] 6.3.1.2): 1 PDC, 4 GC, 0x20 KDC */
    const char *domain_guid; /* as guid_text writes it */
    const char *forest;      /* DNS name of the forest */
    const char *domain;      /* DNS name of the domain */
    const char *host_name;   /* DNS name of the DC */
    const char *netbios_domain;
    const char *netbios_name; /* of the DC */
    const char *user;
    const char *dc_site;
    const char *client_site; /* NULL: no site holds the client's address */
    int64_t version;         /* NETLOGON_NT_VERSION bits ([MS-ADTS] 6.3.1.1) */
};

/*
 * Reads one answer; names are compressed relative to its start (RFC 1035 4.1.4).
 *
 * False when it is no such answer (older forms, "pause") or is damaged: all members are then
 * unknown. An answer "user unknown" is a good one: it describes the DC all the same.
 */
bool netlogon_decode(struct arena *arena, const void *bytes, size_t length,
                     struct netlogon_answer *answer);

#endif
