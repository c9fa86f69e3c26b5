/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SASL mechanism GSSAPI (RFC 4752), made here and not by Cyrus SASL: that one lets the Kerberos
 * library look up the server's name forward and backward (dns_canonicalize_hostname) and get a
 * ticket for what it finds, by resolvers, KDCs and time-outs that are not the probe's.
 */
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <string.h>

#include "decode/gss_status.h"
#include "ldap/private.h"

enum {
    LAYER_NONE = 1, /* RFC 4752 3.3 */
    LAYER_SEALED = 4,
    PACKET_MAX = 0xFFFFFF, /* the largest that the three bytes for it can say */
    ROUNDS_MAX = 8,
};

/* GSSAPI's words become the record's; always false. */
static bool fail_gss(struct directory *directory, OM_uint32 major, OM_uint32 minor)
{
    directory->record->diagnostic = gss_status_words(directory->arena, major, minor);
    return false;
}

static bool fail_words(struct directory *directory, const char *words)
{
    directory->record->diagnostic = words;
    return false;
}

/* The cache's credential, and the server's name as it is: not canonicalised, not looked up. */
static bool prepare(struct directory *directory, const char *principal)
{
    gss_key_value_element_desc element = {"ccache", directory->settings.cache};
    gss_key_value_set_desc store = {1, &element};
    gss_OID_set_desc kerberos = {1, (gss_OID)gss_mech_krb5};
    gss_buffer_desc name = {strlen(principal), (void *)principal};
    OM_uint32 minor = 0;
    OM_uint32 major =
        gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, &kerberos, GSS_C_INITIATE,
                              &store, &directory->credential, NULL, NULL);

    if (!GSS_ERROR(major)) {
        major = gss_import_name(&minor, &name, (gss_OID)GSS_KRB5_NT_PRINCIPAL_NAME,
                                &directory->service);
    }
    return GSS_ERROR(major) ? fail_gss(directory, major, minor) : true;
}

/* Sends one message of the bind. `answer` gets the server's credentials; the result is in the
   record. False when no answer came that could be read. */
static bool exchange(struct directory *directory, const gss_buffer_desc *token,
                     struct buffer *answer)
{
    struct evidence_directory *record = directory->record;
    /* RFC 4752 3.1: an answer without a token is an empty one, not none. */
    struct berval credentials = {token->length, token->length ? token->value : ""};
    struct berval *server = NULL;
    LDAPMessage *message = NULL;
    struct reply reply;
    int id;
    int code = ldap_sasl_bind(directory->ld, "", "GSSAPI", &credentials, NULL, NULL, &id);

    buffer_truncate(answer, 0);
    record->phase = PHASE_REPLY;
    record->result = EVIDENCE_UNKNOWN;
    record->diagnostic = NULL;
    record->outcome =
        code == LDAP_SUCCESS ? directory_wait(directory, id, &message) : OUTCOME_CLOSED;
    if (!message) {
        directory->lost = true; /* a late answer would be taken for one to what follows */
        return false;
    }
    reply_read(directory, message, directory->arena, &reply);
    record->outcome = reply.outcome;
    record->result = reply.result;
    record->diagnostic = reply.diagnostic;
    if (ldap_parse_sasl_bind_result(directory->ld, message, &server, 0) == LDAP_SUCCESS && server) {
        buffer_append(answer, server->bv_val, server->bv_len);
        ber_bvfree(server);
    }
    ldap_msgfree(message);
    return reply.outcome == OUTCOME_REPLY;
}

/* Between two messages of the bind: has the server asked for the next one? */
static bool goes_on(struct directory *directory)
{
    if (directory->record->result == LDAP_SUCCESS) {
        directory->record->result = EVIDENCE_UNKNOWN;
        return fail_words(directory,
                          "the server ended the bind before a security layer was agreed");
    }
    return directory->record->result == LDAP_SASL_BIND_IN_PROGRESS;
}

/* Contexts without the flags of a layer inside TLS: AD refuses both at once ([MS-ADTS] 5.1.1.1.2).
 */
static OM_uint32 wanted_flags(bool sealed)
{
    return sealed ? GSS_C_MUTUAL_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_CONF_FLAG |
                        GSS_C_INTEG_FLAG
                  : GSS_C_MUTUAL_FLAG;
}

/* Sets the context up; `answer` holds the server's offer of layers at the end. */
static bool authenticate(struct directory *directory, gss_channel_bindings_t bindings, bool sealed,
                         struct buffer *answer)
{
    const OM_uint32 wanted = wanted_flags(sealed);
    OM_uint32 major = GSS_S_CONTINUE_NEEDED;
    OM_uint32 flags = 0;
    OM_uint32 minor = 0;

    for (int i = 0; i < ROUNDS_MAX && major == GSS_S_CONTINUE_NEEDED; i++) {
        gss_buffer_desc input = {answer->length, answer->data};
        gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
        OM_uint32 ignored;
        bool sent;

        major = gss_init_sec_context(&minor, directory->credential, &directory->seal.context,
                                     directory->service, (gss_OID)gss_mech_krb5, wanted, 0,
                                     bindings, &input, NULL, &output, &flags, NULL);
        if (GSS_ERROR(major)) {
            directory->record->result = EVIDENCE_UNKNOWN; /* the reason is on this side */
            gss_release_buffer(&ignored, &output);
            return fail_gss(directory, major, minor);
        }
        sent = exchange(directory, &output, answer);
        if (output.length > 0) {
            explicit_bzero(output.value, output.length);
        }
        gss_release_buffer(&ignored, &output);
        if (!sent || !goes_on(directory)) {
            return false;
        }
    }
    if (major != GSS_S_COMPLETE || (flags & wanted) != wanted) {
        directory->record->result = EVIDENCE_UNKNOWN;
        return fail_words(directory, "the server does not prove who it is, or does not encrypt");
    }
    return true;
}

/* Reads the server's offer (RFC 4752 3.1): the layers, and the largest packet that it takes. */
static bool read_offer(struct directory *directory, const struct buffer *answer, unsigned *layers,
                       OM_uint32 *packet_max)
{
    gss_buffer_desc input = {answer->length, answer->data};
    gss_buffer_desc offer = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    OM_uint32 major = gss_unwrap(&minor, directory->seal.context, &input, &offer, NULL, NULL);
    const uint8_t *bytes = offer.value;
    bool whole = !GSS_ERROR(major) && offer.length == 4;

    directory->record->result = EVIDENCE_UNKNOWN;
    if (GSS_ERROR(major)) {
        return fail_gss(directory, major, minor);
    }
    if (whole) {
        *layers = bytes[0];
        *packet_max = (OM_uint32)bytes[1] << 16 | (OM_uint32)bytes[2] << 8 | bytes[3];
    }
    gss_release_buffer(&minor, &offer);
    return whole || fail_words(directory, "the server's offer of security layers is malformed");
}

static bool choose_layer(struct directory *directory, uint8_t layer, struct buffer *answer)
{
    const uint8_t size = layer == LAYER_NONE ? 0 : 0xFF; /* of each byte of PACKET_MAX */
    uint8_t choice[4] = {layer, size, size, size};
    gss_buffer_desc input = {sizeof(choice), choice};
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    OM_uint32 major =
        gss_wrap(&minor, directory->seal.context, 0, GSS_C_QOP_DEFAULT, &input, NULL, &output);
    bool sent;

    if (GSS_ERROR(major)) {
        return fail_gss(directory, major, minor);
    }
    sent = exchange(directory, &output, answer);
    gss_release_buffer(&minor, &output);
    return sent && directory->record->result == LDAP_SUCCESS;
}

static bool agree_on_layer(struct directory *directory, bool sealed, struct buffer *answer)
{
    const uint8_t layer = sealed ? LAYER_SEALED : LAYER_NONE;
    OM_uint32 packet_max = 0;
    unsigned layers = 0;

    if (!read_offer(directory, answer, &layers, &packet_max)) {
        return false;
    }
    if (!(layers & layer)) {
        return fail_words(directory, sealed ? "the server does not offer to encrypt"
                                            : "the server wants a security layer inside TLS");
    }
    if (!choose_layer(directory, layer, answer)) {
        return false;
    }
    if (sealed && !seal_install(directory, packet_max)) {
        directory->lost = true;
        directory->record->result = EVIDENCE_UNKNOWN;
        return fail_words(directory, "the security layer cannot be set up");
    }
    return true;
}

bool sasl_bind(struct directory *directory, const char *principal)
{
    const bool sealed = directory->settings.security == SECURITY_SEALED;
    struct gss_channel_bindings_struct channel = {0};
    struct buffer bindings = {0};
    struct buffer answer = {0};
    bool bound;

    if (!sealed && tls_bindings(directory, &bindings)) {
        channel.application_data.value = bindings.data;
        channel.application_data.length = bindings.length;
    }
    bound = prepare(directory, principal) &&
            authenticate(directory, bindings.length > 0 ? &channel : GSS_C_NO_CHANNEL_BINDINGS,
                         sealed, &answer) &&
            agree_on_layer(directory, sealed, &answer);
    if (bound && sealed) {
        directory->record->protection = PROTECTION_SEALED;
    }
    buffer_release(&bindings);
    buffer_release(&answer);
    return bound;
}
