/* SPDX-License-Identifier: Apache-2.0 */
#include "live/gss_token.h"

#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <string.h>

#include "decode/gss_status.h"

/* 1.3.6.1.5.5.2 (RFC 4178) */
static gss_OID_desc SPNEGO = {6, (void *)"\x2b\x06\x01\x05\x05\x02"};

/* Both halves of a GSSAPI status in words. */
static void note_status(struct evidence_http *record, struct arena *arena, OM_uint32 major,
                        OM_uint32 minor)
{
    record->gss_text = gss_status_words(arena, major, minor);
    record->gss_minor = (int32_t)minor;
}

/* A SPNEGO credential from the cache that can offer Kerberos and nothing else. */
static OM_uint32 acquire(struct gss_token *token, const char *cache, OM_uint32 *minor)
{
    gss_key_value_element_desc element = {"ccache", cache};
    gss_key_value_set_desc store = {1, &element};
    gss_OID_set_desc spnego = {1, &SPNEGO};
    gss_OID_set_desc kerberos = {1, (gss_OID)gss_mech_krb5};
    OM_uint32 major = gss_acquire_cred_from(minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &spnego,
                                            GSS_C_INITIATE, &store, &token->credential, NULL, NULL);

    return GSS_ERROR(major) ? major : gss_set_neg_mechs(minor, token->credential, &kerberos);
}

static OM_uint32 import_service(struct gss_token *token, const char *principal, OM_uint32 *minor)
{
    gss_buffer_desc name = {strlen(principal), (void *)principal};

    /* A Kerberos principal name is taken as it is: not canonicalised, not looked up. */
    return gss_import_name(minor, &name, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME, &token->service);
}

static OM_uint32 step(struct gss_token *token, gss_channel_bindings_t bindings, gss_buffer_t input,
                      gss_buffer_t output, OM_uint32 *flags, OM_uint32 *minor)
{
    return gss_init_sec_context(minor, token->credential, &token->context, token->service, &SPNEGO,
                                GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG, 0, bindings, input, NULL,
                                output, flags, NULL);
}

bool gss_token_start(struct gss_token *token, const char *cache, const char *principal,
                     const struct buffer *bindings, struct arena *arena,
                     struct evidence_http *record, struct buffer *token_out)
{
    struct gss_channel_bindings_struct channel = {0};
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    OM_uint32 ignored;
    OM_uint32 major;

    memset(token, 0, sizeof(*token));
    if (bindings) {
        channel.application_data.value = bindings->data;
        channel.application_data.length = bindings->length;
    }
    major = acquire(token, cache, &minor);
    if (!GSS_ERROR(major)) {
        major = import_service(token, principal, &minor);
    }
    if (!GSS_ERROR(major)) {
        major = step(token, bindings ? &channel : GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER,
                     &output, NULL, &minor);
    }
    if (GSS_ERROR(major) || output.length == 0) {
        note_status(record, arena, major, minor);
        gss_release_buffer(&ignored, &output);
        return false;
    }
    record->channel_bindings = bindings ? TRI_YES : TRI_NO;
    buffer_append(token_out, output.value, output.length);
    explicit_bzero(output.value, output.length);
    gss_release_buffer(&ignored, &output);
    return true;
}

void gss_token_finish(struct gss_token *token, const struct buffer *answer, struct arena *arena,
                      struct evidence_http *record)
{
    gss_buffer_desc input = {answer->length, answer->data};
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 flags = 0;
    OM_uint32 minor = 0;
    OM_uint32 ignored;
    OM_uint32 major;

    if (answer->length == 0) {
        record->mutual = MUTUAL_MISSING;
        return;
    }
    major = step(token, GSS_C_NO_CHANNEL_BINDINGS, &input, &output, &flags, &minor);
    if (GSS_ERROR(major)) {
        /* A refusal says nothing of who the server is; a success that cannot be checked does. */
        record->mutual = record->reply->status < 300 ? MUTUAL_FAILED : MUTUAL_UNKNOWN;
        note_status(record, arena, major, minor);
    } else if (major == GSS_S_COMPLETE) {
        record->mutual = flags & GSS_C_MUTUAL_FLAG ? MUTUAL_PROVEN : MUTUAL_MISSING;
    }
    gss_release_buffer(&ignored, &output);
}

void gss_token_release(struct gss_token *token)
{
    OM_uint32 minor;

    gss_delete_sec_context(&minor, &token->context, GSS_C_NO_BUFFER);
    gss_release_name(&minor, &token->service);
    gss_release_cred(&minor, &token->credential);
}
