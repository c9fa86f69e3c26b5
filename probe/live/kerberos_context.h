/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A krb5 library context that behaves as a Windows client does, whatever krb5.conf says: names are
 * used as given, the clock is the machine's own, and nothing is looked up behind our back.
 */
#ifndef CCM_LIVE_KERBEROS_CONTEXT_H
#define CCM_LIVE_KERBEROS_CONTEXT_H

#include <krb5.h>
#include <profile.h>

#include "base/arena.h"
#include "base/status.h"

struct kerberos_context {
    krb5_context krb;
    profile_t configured; /* krb5.conf as the user has it */
    profile_t effective;  /* the same behind our settings */
};

/* Reads krb5.conf (KRB5_CONFIG is honoured). Errors name the library's reason. */
enum ccm_status kerberos_context_init(struct kerberos_context *context,
                                      struct ccm_error *error) CCM_MUST_CHECK;

/* Accepts a context of zeros. */
void kerberos_context_release(struct kerberos_context *context);

/* The library's words for a code, in the arena. */
const char *kerberos_message(krb5_context krb, krb5_error_code code, struct arena *arena);

/* A principal as text, in the arena; NULL when the library cannot. */
const char *kerberos_unparse(krb5_context krb, krb5_const_principal principal, struct arena *arena);

#endif
