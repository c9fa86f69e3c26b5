/* SPDX-License-Identifier: Apache-2.0 */
/* What the parameters of spUpdateClientRegistration say, and what its certificates do. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hex.h"
#include "captures/sql_call.h"
#include "decode/client_certificate.h"
#include "evidence/shape.h"

enum {
    BINARY_LIMIT = 8192, /* bytes of a certificate or key; a real one has some 500 to 2000 */
    TEXT_LIMIT = 256,
    SHOWN_BYTES = 16, /* of a binary parameter */
};

static const char *text_of(struct arena *arena, const struct sql_call *call, const char *name)
{
    const struct sql_argument *argument = sql_call_find(call, name);

    return argument && argument->type == SQL_STRING
               ? evidence_text(arena, argument->value, argument->value_length, TEXT_LIMIT)
               : NULL;
}

static int64_t number_of(const struct sql_call *call, const char *name)
{
    const struct sql_argument *argument = sql_call_find(call, name);
    char digits[24];
    size_t length = argument ? argument->value_length : 0;

    if (!argument || argument->type != SQL_INTEGER || length >= sizeof(digits)) {
        return EVIDENCE_UNKNOWN;
    }
    memcpy(digits, argument->value, length);
    digits[length] = '\0';
    return strtoll(digits, NULL, 10);
}

/* "2009-05-19 19:34:47.000", UTC; the T between is accepted too. */
static int64_t time_of(const struct sql_call *call, const char *name)
{
    const struct sql_argument *argument = sql_call_find(call, name);
    char text[CLOCK_TEXT_SIZE];
    size_t length = argument ? argument->value_length : 0;
    int64_t at;

    if (!argument || argument->type != SQL_STRING || length < 19 || length + 2 > sizeof(text)) {
        return EVIDENCE_UNKNOWN;
    }
    memcpy(text, argument->value, length);
    text[10] = 'T';
    text[length] = 'Z';
    text[length + 1] = '\0';
    return clock_parse(text, &at) ? at : EVIDENCE_UNKNOWN;
}

/* The digits were checked when the call was read. False when there are too many or an odd one. */
static bool binary_of(const struct sql_call *call, const char *name, uint8_t *bytes,
                      size_t *length_out)
{
    const struct sql_argument *argument = sql_call_find(call, name);

    *length_out = 0;
    if (!argument || argument->type != SQL_BINARY || argument->value_length % 2 != 0 ||
        argument->value_length / 2 > BINARY_LIMIT) {
        return false;
    }
    *length_out = argument->value_length / 2;
    hex_decode(argument->value, *length_out, bytes);
    return *length_out > 0;
}

static const char *thumbprint_of(struct arena *arena, const struct sql_call *call, const char *name)
{
    uint8_t bytes[BINARY_LIMIT];
    size_t length;
    char text[CLIENT_CERTIFICATE_THUMBPRINT];

    if (!binary_of(call, name, bytes, &length) || length * 2 + 1 != sizeof(text)) {
        return text_of(arena, call, name);
    }
    hex_encode(bytes, length, text);
    return arena_strdup(arena, text);
}

/* CryptoAPI's PUBLICKEYBLOB ([MS-WCCE] 2.2.2.9.1 has the same layout): 8 bytes of header, "RSA1",
   bits, exponent, modulus; little-endian. */
static bool key_is(const uint8_t *blob, size_t length, const struct client_certificate *certificate)
{
    enum { EXPONENT = 16, MODULUS = 20 };
    const size_t size = certificate->modulus_length;
    int64_t exponent = 0;

    if (length != MODULUS + size || memcmp(blob + 8, "RSA1", 4) != 0) {
        return false;
    }
    for (int i = 3; i >= 0; i--) {
        exponent = exponent << 8 | blob[EXPONENT + i];
    }
    for (size_t i = 0; i < size; i++) {
        if (blob[MODULUS + i] != certificate->modulus[size - 1 - i]) {
            return false;
        }
    }
    return exponent == certificate->exponent;
}

/* `key`: the parameter that states the public key, or NULL. */
static struct registration_certificate *certificate_of(struct arena *arena,
                                                       const struct sql_call *call,
                                                       const char *name, const char *key)
{
    uint8_t der[BINARY_LIMIT];
    uint8_t blob[BINARY_LIMIT];
    size_t length;
    struct client_certificate found;
    struct registration_certificate *made;

    if (!binary_of(call, name, der, &length) || !client_certificate_read(der, length, &found)) {
        return NULL;
    }
    made = evidence_new(arena, &SHAPE_REGISTRATION_CERTIFICATE);
    made->thumbprint = arena_strdup(arena, found.thumbprint);
    made->subject = found.common_name ? evidence_text(arena, found.common_name,
                                                      found.common_name_length, TEXT_LIMIT)
                                      : NULL;
    made->not_before = found.not_before;
    made->not_after = found.not_after;
    made->negative_serial = found.negative_serial ? TRI_YES : TRI_NO;
    if (key && found.modulus && binary_of(call, key, blob, &length)) {
        made->key_matches = key_is(blob, length, &found) ? TRI_YES : TRI_NO;
    }
    return made;
}

static const char *const TYPE_WORDS[] = {
    [SQL_NULL] = "null",     [SQL_INTEGER] = "integer",   [SQL_STRING] = "string",
    [SQL_BINARY] = "binary", [SQL_VARIABLE] = "variable",
};

static const char *shown_value(struct arena *arena, const struct sql_argument *argument)
{
    if (argument->type == SQL_NULL) {
        return NULL;
    }
    if (argument->type == SQL_BINARY && argument->value_length > (size_t)2 * SHOWN_BYTES + 8) {
        return arena_printf(arena, "0x%.*s... (%zu bytes)", 2 * SHOWN_BYTES, argument->value,
                            argument->value_length / 2);
    }
    return arena_printf(arena, "%s%s", argument->type == SQL_BINARY ? "0x" : "",
                        evidence_text(arena, argument->value, argument->value_length, TEXT_LIMIT));
}

static void list_parameters(struct arena *arena, const struct sql_call *call,
                            struct evidence_registration *into)
{
    into->parameters = arena_alloc(arena, call->count * sizeof(*into->parameters));
    into->parameter_count = call->count;
    for (size_t i = 0; i < call->count; i++) {
        const struct sql_argument *argument = &call->arguments[i];

        into->parameters[i] = (struct registration_parameter){
            .name = argument->name ? arena_printf(arena, "@%s",
                                                  evidence_text(arena, argument->name,
                                                                argument->name_length, TEXT_LIMIT))
                                   : arena_printf(arena, "parameter %zu", i + 1),
            .type = TYPE_WORDS[argument->type],
            .value = shown_value(arena, argument),
        };
    }
}

/* Stated with digits, and yet no certificate. */
static bool is_unreadable(const struct sql_call *call, const char *name,
                          const struct registration_certificate *certificate)
{
    const struct sql_argument *argument = sql_call_find(call, name);

    return !certificate && argument && argument->type == SQL_BINARY && argument->value_length > 0;
}

static const char *problem_of(const struct sql_call *call, const struct evidence_registration *of)
{
    return !call->names_known
               ? "the parameters have no names, and are not as many as those of the known version"
           : call->cut                                       ? "the call is cut short"
           : is_unreadable(call, "Certificate", of->signing) ? "@Certificate cannot be read"
           : is_unreadable(call, "EncKey", of->encryption)   ? "@EncKey cannot be read"
                                                             : NULL;
}

void sql_call_registration(struct arena *arena, const struct sql_call *call, bool whole,
                           struct evidence_registration *into)
{
    into->source = REGISTRATION_SQL;
    into->name = text_of(arena, call, "NetbiosName");
    into->fqdn = text_of(arena, call, "FQDName");
    into->smsid = text_of(arena, call, "SMSID");
    into->hardware_id = text_of(arena, call, "HardwareID1");
    into->agent_version = text_of(arena, call, "Version");
    into->signing_thumbprint = thumbprint_of(arena, call, "Thumbprint");
    into->encryption_thumbprint = thumbprint_of(arena, call, "EncThumbprint");
    into->certificate_not_before = time_of(call, "ValidFrom");
    into->certificate_not_after = time_of(call, "ValidTo");
    into->key_type = number_of(call, "KeyType");
    into->integrated = number_of(call, "IsIntegratedAuth");
    into->approval_method = number_of(call, "ApprovalMethod");
    into->signing = certificate_of(arena, call, "Certificate", "PublicKey");
    into->encryption = certificate_of(arena, call, "EncKey", NULL);
    into->problem = problem_of(call, into);
    if (whole) {
        list_parameters(arena, call, into);
    }
}
