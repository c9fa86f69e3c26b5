/* SPDX-License-Identifier: Apache-2.0 */
#include "live/identity.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "evidence/shape.h"

/* What the functions below share while one identity is opened. */
struct opening {
    krb5_context krb;
    const struct identity_settings *settings;
    struct evidence_set *evidence;
    struct evidence_identity *record;
    struct identity *identity;
    struct ccm_error *error;
};

static const char *words(const struct opening *opening, krb5_error_code code)
{
    return kerberos_message(opening->krb, code, &opening->evidence->arena);
}

/* Realms of Active Directory are upper case (RFC 4120 6.1 lets case count). A KDC answers for its
   own spelling, which the library then takes for another realm's reply. */
static enum ccm_status check_realm(const struct opening *opening)
{
    const krb5_data *realm = &opening->identity->client->realm;
    char upper[256] = "";
    bool has_upper = false;

    for (unsigned i = 0; i < realm->length && i < sizeof(upper) - 1; i++) {
        const char c = realm->data[i];

        has_upper = has_upper || (c >= 'A' && c <= 'Z');
        upper[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    if (has_upper || strncmp(upper, realm->data, realm->length) == 0) {
        return CCM_OK;
    }
    return ccm_fail(opening->error, CCM_ERROR_USAGE,
                    "--principal %s: realms are written in upper case: %s",
                    opening->settings->principal, upper);
}

static enum ccm_status parse_principal(const struct opening *opening)
{
    const char *text = opening->settings->principal;
    krb5_error_code code;

    if (!text) {
        return CCM_OK;
    }
    code = krb5_parse_name(opening->krb, text, &opening->identity->client);
    if (code == KRB5_CONFIG_NODEFREALM) {
        return ccm_fail(opening->error, CCM_ERROR_USAGE,
                        "--principal %s: no realm, and krb5.conf names no default_realm; "
                        "write NAME@REALM",
                        text);
    }
    if (code != 0) {
        return ccm_fail(opening->error, CCM_ERROR_USAGE, "--principal %s: %s", text,
                        words(opening, code));
    }
    return check_realm(opening);
}

/* Whether `candidate` is a better guess at the machine's account than `chosen`: "WK01$" comes
   before "host/wk01". */
static bool is_better(krb5_const_principal candidate, krb5_const_principal chosen)
{
    const krb5_data *name = &candidate->data[0];
    bool machine =
        candidate->length == 1 && name->length > 0 && name->data[name->length - 1] == '$';
    const krb5_data *old = chosen ? &chosen->data[0] : NULL;

    return !chosen || (machine && !(chosen->length == 1 && old->length > 0 &&
                                    old->data[old->length - 1] == '$'));
}

/* Reads the keytab's entries: chooses the principal if none was named, finds its highest kvno. */
static krb5_error_code scan_keytab(const struct opening *opening)
{
    struct identity *identity = opening->identity;
    const bool choose = identity->client == NULL;
    krb5_keytab_entry entry;
    krb5_kt_cursor cursor;
    krb5_error_code code = krb5_kt_start_seq_get(opening->krb, identity->keytab, &cursor);

    if (code != 0) {
        return code;
    }
    while (krb5_kt_next_entry(opening->krb, identity->keytab, &entry, &cursor) == 0) {
        if (choose && is_better(entry.principal, identity->client)) {
            krb5_free_principal(opening->krb, identity->client);
            identity->client = NULL;
            code = krb5_copy_principal(opening->krb, entry.principal, &identity->client);
            opening->record->keytab_kvno = EVIDENCE_UNKNOWN;
        }
        if (identity->client &&
            krb5_principal_compare(opening->krb, entry.principal, identity->client) &&
            entry.vno > opening->record->keytab_kvno) {
            opening->record->keytab_kvno = entry.vno;
        }
        krb5_free_keytab_entry_contents(opening->krb, &entry);
    }
    krb5_kt_end_seq_get(opening->krb, identity->keytab, &cursor);
    return code;
}

static enum ccm_status open_keytab(const struct opening *opening)
{
    const char *path = opening->settings->keytab;
    krb5_error_code code = krb5_kt_resolve(opening->krb, path, &opening->identity->keytab);

    code = code == 0 ? scan_keytab(opening) : code;
    if (code != 0) {
        return ccm_fail(opening->error, CCM_ERROR_IO, "--keytab %s: %s", path,
                        words(opening, code));
    }
    if (opening->record->keytab_kvno == EVIDENCE_UNKNOWN) {
        return ccm_fail(opening->error, CCM_ERROR_IO, "--keytab %s: no key for %s in it", path,
                        opening->settings->principal ? opening->settings->principal
                                                     : "any principal");
    }
    return CCM_OK;
}

/* Copies the TGT of the client's own realm. Service tickets stay behind: the probe gets its own. */
static krb5_error_code copy_tgt(const struct opening *opening, krb5_ccache from)
{
    const krb5_data *realm = &opening->identity->client->realm;
    krb5_creds match = {.client = opening->identity->client};
    krb5_creds found;
    krb5_error_code code;

    code =
        krb5_build_principal_ext(opening->krb, &match.server, realm->length, realm->data,
                                 KRB5_TGS_NAME_SIZE, KRB5_TGS_NAME, realm->length, realm->data, 0);
    if (code != 0) {
        return code;
    }
    code = krb5_cc_retrieve_cred(opening->krb, from, 0, &match, &found);
    krb5_free_principal(opening->krb, match.server);
    if (code != 0) {
        return code;
    }
    if ((int64_t)(uint32_t)found.times.endtime <= (int64_t)time(NULL)) {
        code = KRB5KRB_AP_ERR_TKT_EXPIRED;
    } else {
        code = krb5_cc_store_cred(opening->krb, opening->identity->cache, &found);
    }
    krb5_free_cred_contents(opening->krb, &found);
    return code;
}

static krb5_error_code new_memory_cache(const struct opening *opening)
{
    krb5_error_code code =
        krb5_cc_new_unique(opening->krb, "MEMORY", NULL, &opening->identity->cache);

    return code != 0 ? code
                     : krb5_cc_initialize(opening->krb, opening->identity->cache,
                                          opening->identity->client);
}

/* Takes principal and TGT from a cache. An unusable default cache is as good as none, and what is
   wrong with one that is there is noted. */
static enum ccm_status open_cache(const struct opening *opening)
{
    const char *name = opening->settings->cache;
    krb5_ccache from = NULL;
    krb5_error_code code;

    code = name ? krb5_cc_resolve(opening->krb, name, &from) : krb5_cc_default(opening->krb, &from);
    if (code == 0) {
        krb5_free_principal(opening->krb, opening->identity->client);
        opening->identity->client = NULL;
        code = krb5_cc_get_principal(opening->krb, from, &opening->identity->client);
    }
    code = code == 0 ? new_memory_cache(opening) : code;
    code = code == 0 ? copy_tgt(opening, from) : code;
    if (from) {
        krb5_cc_close(opening->krb, from);
    }
    opening->identity->has_tgt = code == 0;
    if (code != 0 && name) {
        return ccm_fail(opening->error, CCM_ERROR_IO, "--ccache %s: %s", name,
                        words(opening, code));
    }
    if (code != 0) {
        opening->identity->source = IDENTITY_NONE;
        opening->record->problem = opening->identity->client ? words(opening, code) : NULL;
        krb5_free_principal(opening->krb, opening->identity->client);
        opening->identity->client = NULL;
    }
    return CCM_OK;
}

static enum ccm_status open_source(const struct opening *opening)
{
    const struct identity_settings *settings = opening->settings;
    enum ccm_status status = parse_principal(opening);

    if (status != CCM_OK) {
        return status;
    }
    if (settings->keytab) {
        opening->identity->source = IDENTITY_KEYTAB;
        status = open_keytab(opening);
    } else if (settings->password) {
        opening->identity->source = IDENTITY_PASSWORD;
        opening->identity->password = settings->password;
    } else {
        opening->identity->source = settings->cache ? IDENTITY_CACHE : IDENTITY_DEFAULT_CACHE;
        return open_cache(opening);
    }
    if (status == CCM_OK && new_memory_cache(opening) != 0) {
        return ccm_fail(opening->error, CCM_ERROR_INTERNAL, "no MEMORY credential cache");
    }
    return status;
}

enum ccm_status identity_open(const struct kerberos_context *context,
                              const struct identity_settings *settings,
                              struct evidence_set *evidence, struct identity *identity_out,
                              struct ccm_error *error)
{
    struct opening opening = {context->krb, settings, evidence, NULL, identity_out, error};
    enum ccm_status status;

    memset(identity_out, 0, sizeof(*identity_out));
    opening.record = evidence_add(evidence, EVIDENCE_IDENTITY, 1, clock_wall_us());
    status = open_source(&opening);
    if (status != CCM_OK) {
        identity_close(context, identity_out);
        return status;
    }
    opening.record->source = identity_out->source;
    if (identity_out->client) {
        const krb5_data *realm = &identity_out->client->realm;

        identity_out->principal =
            kerberos_unparse(context->krb, identity_out->client, &evidence->arena);
        opening.record->principal = identity_out->principal;
        opening.record->realm = arena_strndup(&evidence->arena, realm->data, realm->length);
    }
    return CCM_OK;
}

enum ccm_status identity_share(const struct kerberos_context *context, const struct identity *first,
                               struct identity *identity_out, struct ccm_error *error)
{
    const struct opening opening = {.krb = context->krb, .identity = identity_out};

    memset(identity_out, 0, sizeof(*identity_out));
    identity_out->source = first->source;
    identity_out->principal = first->principal;
    if (!first->client) {
        return CCM_OK;
    }
    if (krb5_copy_principal(context->krb, first->client, &identity_out->client) != 0 ||
        new_memory_cache(&opening) != 0) {
        identity_close(context, identity_out);
        return ccm_fail(error, CCM_ERROR_INTERNAL, "no MEMORY credential cache");
    }
    return CCM_OK;
}

void identity_take_tickets(const struct kerberos_context *context, const struct identity *first,
                           struct identity *identity)
{
    krb5_ccache from = NULL;
    char *name = NULL;

    /* By its name, which the whole process knows, so that each context has a handle of its own. */
    if (krb5_cc_get_full_name(context->krb, first->cache, &name) == 0 &&
        krb5_cc_resolve(context->krb, name, &from) == 0) {
        identity->has_tgt = krb5_cc_copy_creds(context->krb, from, identity->cache) == 0;
        krb5_cc_close(context->krb, from);
    }
    krb5_free_string(context->krb, name);
}

void identity_close(const struct kerberos_context *context, struct identity *identity)
{
    if (identity->cache) {
        krb5_cc_destroy(context->krb, identity->cache);
    }
    if (identity->keytab) {
        krb5_kt_close(context->krb, identity->keytab);
    }
    krb5_free_principal(context->krb, identity->client);
    memset(identity, 0, sizeof(*identity));
}
