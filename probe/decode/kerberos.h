/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kerberos messages (RFC 4120) as evidence: what a KDC or a server says in clear text. The bytes
 * are one message, without the four length octets of TCP (see kerberos_message_size).
 *
 * A message that is cut at its end gives what stands before the cut, and the rest stays unknown;
 * one that contradicts itself gives nothing. Results live in the arena and hold copies: never of
 * ciphertext, authenticators or checksums. Principals are written as MIT's library writes them,
 * "HTTP/mp.contoso.lab", with a backslash before '/' and '\' inside a component, and before
 * '@' too where the realm follows.
 */
#ifndef CCM_DECODE_KERBEROS_H
#define CCM_DECODE_KERBEROS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "evidence/evidence.h"

/* Application tags (RFC 4120 5.10); msg-type has the same numbers. */
enum kerberos_message {
    KERBEROS_NONE = 0,
    KERBEROS_AS_REQ = 10,
    KERBEROS_AS_REP = 11,
    KERBEROS_TGS_REQ = 12,
    KERBEROS_TGS_REP = 13,
    KERBEROS_AP_REQ = 14,
    KERBEROS_AP_REP = 15,
    KERBEROS_ERROR = 30,
};

/* Which message the bytes begin with; KERBEROS_NONE for anything else. Looks at the header only. */
enum kerberos_message kerberos_identify(const void *bytes, size_t length);

/* How long the message says that it is, header included: more than `length` means that it is cut.
   0 when the bytes are no Kerberos message. */
size_t kerberos_message_size(const void *bytes, size_t length);

/* AS-REP, TGS-REP or KRB-ERROR (5.4.2, 5.9.1). NULL when the bytes are none of them or malformed.
 */
struct kdc_reply *kerberos_decode_reply(struct arena *arena, const void *bytes, size_t length);

/* AS-REQ or TGS-REQ (5.4.1): fills purpose, client, service, realm and etypes, and touches nothing
   else. The client of a TGS-REQ is inside its ticket and stays unknown as a rule. False, and
   nothing touched, when the bytes are neither or malformed. */
bool kerberos_decode_request(struct arena *arena, const void *bytes, size_t length,
                             struct evidence_kdc *request_out);

/* KRB-ERROR (5.9.1). NULL when the bytes are none or malformed. */
struct krb_error *kerberos_decode_error(struct arena *arena, const void *bytes, size_t length);

/* The ticket of an AP-REQ (5.5.1). NULL when the bytes are none or malformed. */
struct krb_ticket *kerberos_decode_ap_req(struct arena *arena, const void *bytes, size_t length);

#endif
