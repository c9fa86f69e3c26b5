/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces that Kerberos messages share (RFC 4120 5.2, 5.3, 5.9.1). Inside this folder only: use
 * decode/kerberos.h.
 *
 * Each reads the next element of `field` and gives NULL, or leaves its out parameters untouched,
 * when that is cut or malformed; malformed shows in the tree's flag (see decode/der.h).
 */
#ifndef CCM_DECODE_KERBEROS_PARTS_H
#define CCM_DECODE_KERBEROS_PARTS_H

#include "decode/der.h"
#include "decode/kerberos.h"

/* KerberosString and Realm (5.2.1, 5.2.2). */
const char *kerberos_string(struct arena *arena, struct der *field);

/* PrincipalName (5.2.2) as text, without realm. */
const char *kerberos_principal(struct arena *arena, struct der *field);

/* The same for a name that gets a realm behind it: an '@' of its own is escaped too. */
const char *kerberos_principal_of_realm(struct arena *arena, struct der *field);

/* "name@realm", or NULL when one of them is. */
const char *kerberos_with_realm(struct arena *arena, const char *name, const char *realm);

/* etype and kvno of EncryptedData (5.2.9). */
void kerberos_encrypted(struct der *field, int64_t *etype_out, int64_t *kvno_out);

/* Ticket (5.3). */
struct krb_ticket *kerberos_ticket(struct arena *arena, struct der *field);

/* The status in e-data: KERB-ERROR-DATA of type 3 ([MS-KILE] 2.2.2), which has the form of PA-DATA,
   or the same as an element of METHOD-DATA. EVIDENCE_UNKNOWN when there is none. */
int64_t kerberos_edata_status(const void *bytes, size_t length);

#endif
