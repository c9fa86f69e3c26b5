/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The token of "Negotiate" in WWW-Authenticate and Authorization (RFC 4559), base64 already undone:
 * SPNEGO (RFC 4178, [MS-SPNG]), a bare Kerberos GSS token (RFC 4121 4.1) or NTLMSSP ([MS-NLMP]).
 *
 * What `content` says: "AP-REQ", "AP-REP", "KRB-ERROR", "NTLM NEGOTIATE", "NTLM CHALLENGE",
 * "NTLM AUTHENTICATE", "NEGOEX", or NULL when there is no inner token or it is another one.
 */
#ifndef CCM_DECODE_NEGOTIATE_H
#define CCM_DECODE_NEGOTIATE_H

#include <stddef.h>

#include "base/arena.h"
#include "evidence/evidence.h"

/* Never NULL: bytes that are no such token give NEGOTIATE_MALFORMED. A token that is cut at its end
   gives what stands before the cut. The result holds no byte of a ticket, an authenticator or an
   NTLM response. `kind` is the outermost wrapping, except that NTLM inside SPNEGO is
   NEGOTIATE_NTLM (state and mech are filled all the same). */
struct negotiate_token *negotiate_decode(struct arena *arena, const void *bytes, size_t length);

#endif
