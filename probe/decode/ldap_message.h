/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LDAP messages as they stand on the wire (RFC 4511), as far as a recording of searches needs them.
 * Results of a search are read for their code alone; entries are counted by their type.
 */
#ifndef CCM_DECODE_LDAP_MESSAGE_H
#define CCM_DECODE_LDAP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "evidence/evidence.h"

/* Identifier octets of protocolOp (RFC 4511 4.2 to 4.14). */
enum ldap_operation {
    LDAP_OPERATION_NONE = 0,
    LDAP_OPERATION_BIND = 0x60,
    LDAP_OPERATION_BIND_DONE = 0x61,
    LDAP_OPERATION_SEARCH = 0x63,
    LDAP_OPERATION_ENTRY = 0x64,
    LDAP_OPERATION_DONE = 0x65,
    LDAP_OPERATION_REFERENCE = 0x73,
    LDAP_OPERATION_EXTENDED = 0x77,
    LDAP_OPERATION_EXTENDED_DONE = 0x78,
};

/* Whose message it is, and what. */
struct ldap_head {
    int64_t id;
    enum ldap_operation operation; /* NONE: one that is not in the list */
};

/* How long the message says that it is, header included; 0 when too little is there to know (at
   most 6 bytes are needed), SIZE_MAX when the bytes are no LDAP message. */
size_t ldap_message_size(const void *bytes, size_t length);

/* False when the bytes are no LDAP message. The message may be cut. */
bool ldap_message_head(const void *bytes, size_t length, struct ldap_head *head_out);

/* SearchRequest (4.5.1): fills base, scope, filter (RFC 4515) and attributes. False when the
   message is none, is cut, or its filter does not name servicePrincipalName; `search` may have been
   written to all the same. */
bool ldap_decode_spn_search(struct arena *arena, const void *bytes, size_t length,
                            struct evidence_search *search);

/* SearchResultDone (4.5.2): fills result and diagnostic. */
bool ldap_decode_search_done(struct arena *arena, const void *bytes, size_t length,
                             struct evidence_search *search);

#endif
