/* SPDX-License-Identifier: Apache-2.0 */
#include "live/kerberos_context.h"

#include <stdlib.h>
#include <string.h>

/* Settings of [libdefaults] that a diagnosis needs, with the reason for each. */
static const struct {
    const char *name;
    const char *value;
} SETTINGS[] = {
    {"kdc_timesync", "0"},                  /* the library must not make up for a skewed clock */
    {"clockskew", "2000000000"},            /* ... nor refuse a reply for it: the KDC judges */
    {"dns_canonicalize_hostname", "false"}, /* Windows builds the SPN from the name as given */
    {"rdns", "false"},                      /* ... and never from a PTR record */
    {"dns_lookup_realm", "false"},          /* the KDC's referrals tell the realm */
    {"noaddresses", "true"},                /* tickets without addresses, as AD issues them */
};

static const char *setting(const char *const *names)
{
    if (strcmp(names[0], "libdefaults") != 0 || !names[1] || names[2]) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof(SETTINGS) / sizeof(SETTINGS[0]); i++) {
        if (strcmp(SETTINGS[i].name, names[1]) == 0) {
            return SETTINGS[i].value;
        }
    }
    return NULL;
}

static long get_values(void *context, const char *const *names, char ***values_out)
{
    const char *ours = setting(names);
    char **list;

    if (!ours) {
        return profile_get_values(context, names, values_out);
    }
    list = calloc(2, sizeof(*list));
    if (list) {
        list[0] = strdup(ours);
    }
    if (!list || !list[0]) {
        free(list);
        return PROF_NO_RELATION;
    }
    *values_out = list;
    return 0;
}

static void free_values(void *context, char **values)
{
    (void)context;
    profile_free_list(values);
}

/* The user's profile: of a context of the library's own making, since that knows all the files. */
static krb5_error_code read_configuration(profile_t *profile_out)
{
    krb5_context plain = NULL;
    krb5_error_code code = krb5_init_context(&plain);

    if (code == 0) {
        code = krb5_get_profile(plain, profile_out);
        krb5_free_context(plain);
    }
    return code;
}

enum ccm_status kerberos_context_init(struct kerberos_context *context, struct ccm_error *error)
{
    struct profile_vtable table = {
        .minor_ver = 1, .get_values = get_values, .free_values = free_values};
    krb5_error_code code;

    memset(context, 0, sizeof(*context));
    code = read_configuration(&context->configured);
    if (code == 0) {
        code =
            (krb5_error_code)profile_init_vtable(&table, context->configured, &context->effective);
    }
    if (code == 0) {
        code = krb5_init_context_profile(context->effective, 0, &context->krb);
    }
    if (code != 0) {
        const char *words = krb5_get_error_message(NULL, code);

        ccm_fail(error, CCM_ERROR_IO, "the Kerberos configuration (krb5.conf) cannot be used: %s",
                 words);
        krb5_free_error_message(NULL, words);
        kerberos_context_release(context);
        return CCM_ERROR_IO;
    }
    return CCM_OK;
}

void kerberos_context_release(struct kerberos_context *context)
{
    if (context->krb) {
        krb5_free_context(context->krb);
    }
    if (context->effective) {
        profile_abandon(context->effective);
    }
    if (context->configured) {
        profile_abandon(context->configured); /* never flushed: it is the user's file */
    }
    memset(context, 0, sizeof(*context));
}

const char *kerberos_message(krb5_context krb, krb5_error_code code, struct arena *arena)
{
    const char *words = krb5_get_error_message(krb, code);
    const char *copy = arena_strdup(arena, words);

    krb5_free_error_message(krb, words);
    return copy;
}

const char *kerberos_unparse(krb5_context krb, krb5_const_principal principal, struct arena *arena)
{
    char *text = NULL;
    const char *copy;

    if (krb5_unparse_name(krb, principal, &text) != 0) {
        return NULL;
    }
    copy = arena_strdup(arena, text);
    krb5_free_unparsed_name(krb, text);
    return copy;
}
