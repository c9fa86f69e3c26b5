/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Negotiate token (RFC 4178, RFC 4559): Kerberos alone inside SPNEGO, never NTLM, also where an
 * NTLM mechanism is installed. Mutual authentication is asked for and checked.
 */
#ifndef CCM_LIVE_GSS_TOKEN_H
#define CCM_LIVE_GSS_TOKEN_H

#include <gssapi/gssapi.h>

#include "base/buffer.h"
#include "evidence/evidence.h"

struct gss_token {
    gss_cred_id_t credential;
    gss_ctx_id_t context;
    gss_name_t service;
};

/*
 * Makes the first token for `principal` ("HTTP/mp.contoso.lab@CONTOSO.LAB") from the ticket in the
 * cache named `cache`; nothing is sent. `bindings` is the tls-server-end-point data, or NULL.
 * False when GSSAPI could not: gss_text and gss_minor of the record say why. The token is a secret.
 */
bool gss_token_start(struct gss_token *token, const char *cache, const char *principal,
                     const struct buffer *bindings, struct arena *arena,
                     struct evidence_http *record, struct buffer *token_out);

/* Lets GSSAPI check the server's answer and fills `mutual` (and gss_text) of the record. */
void gss_token_finish(struct gss_token *token, const struct buffer *answer, struct arena *arena,
                      struct evidence_http *record);

/* Accepts a token of zeros. */
void gss_token_release(struct gss_token *token);

#endif
