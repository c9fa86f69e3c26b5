/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account that the probe asks for tickets with. What the user gave is checked here, before
 * anything is sent; passwords and keys stay where they are and never become evidence.
 */
#ifndef CCM_LIVE_IDENTITY_H
#define CCM_LIVE_IDENTITY_H

#include "base/buffer.h"
#include "evidence/evidence.h"
#include "live/kerberos_context.h"

/* At most one of keytab, cache and password; none of them: the user's default cache, read only. */
struct identity_settings {
    const char *principal;         /* NULL: as the keytab or cache says */
    const char *keytab;            /* file name */
    const char *cache;             /* ccache name, with or without type */
    const struct buffer *password; /* secret; borrowed */
};

struct identity {
    enum identity_source source;
    krb5_principal client; /* NULL for IDENTITY_NONE */
    const char *principal; /* as text; lives in the evidence's arena */
    krb5_keytab keytab;
    const struct buffer *password;
    krb5_ccache cache; /* our own MEMORY cache, with the TGT copied from the user's cache if any */
    bool has_tgt;
};

/*
 * Opens what the settings name and adds the identity record to `evidence`. Errors are the user's
 * (CCM_ERROR_USAGE, CCM_ERROR_IO): a keytab that cannot be read or has no key for the principal, a
 * cache that is not there. No default cache is no error: the source is IDENTITY_NONE.
 */
enum ccm_status identity_open(const struct kerberos_context *context,
                              const struct identity_settings *settings,
                              struct evidence_set *evidence, struct identity *identity_out,
                              struct ccm_error *error) CCM_MUST_CHECK;

/*
 * The same identity for another thread: in its own context and with an empty MEMORY cache of its
 * own; no key or password goes along. The text of the principal is the first one's.
 */
enum ccm_status identity_share(const struct kerberos_context *context, const struct identity *first,
                               struct identity *identity_out,
                               struct ccm_error *error) CCM_MUST_CHECK;

/* Copies the first one's tickets into the cache of one that shares it, which then has its TGT.
   Nobody else may use the first one meanwhile. */
void identity_take_tickets(const struct kerberos_context *context, const struct identity *first,
                           struct identity *identity);

/* Accepts an identity of zeros. Destroys the MEMORY cache, touches no other. */
void identity_close(const struct kerberos_context *context, struct identity *identity);

#endif
