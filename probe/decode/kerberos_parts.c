/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/kerberos_parts.h"

#include <openssl/evp.h>
#include <string.h>

#include "evidence/shape.h"

/* Longest text of a name or message in evidence. An SPN of Active Directory fits. */
enum { TEXT_LIMIT = 1024 };

/* KERB-ERROR-DATA types ([MS-KILE] 2.2.2), PA-PW-SALT of RFC 4120 has the same number. */
enum { KERB_ERR_TYPE_EXTENDED = 3 };

/* KERB-EXT-ERROR is NTSTATUS, reserved, flags: three words ([MS-KILE] 2.2.1). */
enum { KERB_EXT_ERROR_SIZE = 12 };

const char *kerberos_string(struct arena *arena, struct der *field)
{
    size_t length;
    const uint8_t *bytes = der_bytes(field, DER_GENERAL_STRING, &length);

    if (!bytes) {
        return NULL;
    }
    while (length > 0 && bytes[length - 1] == '\0') {
        length--; /* e-text of some KDCs counts the NUL of C */
    }
    return evidence_text(arena, bytes, length, TEXT_LIMIT);
}

/* A principal as text in the making; what is too long is dropped, so that it ends in "..." */
struct name_text {
    size_t length;
    char text[2 * TEXT_LIMIT];
};

static void name_putc(struct name_text *name, uint8_t byte)
{
    if (name->length < sizeof(name->text)) {
        name->text[name->length++] = (char)byte;
    }
}

static void name_component(struct name_text *name, const uint8_t *bytes, size_t length,
                           const char *escaped)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != '\0' && strchr(escaped, bytes[i])) {
            name_putc(name, '\\');
        }
        name_putc(name, bytes[i]);
    }
}

static const char *read_principal(struct arena *arena, struct der *field, const char *escaped)
{
    struct name_text name = {.length = 0};
    struct der principal, part, strings = {0};
    bool first = true;
    uint8_t tag;

    if (!der_open(field, DER_SEQUENCE, &principal)) {
        return NULL;
    }
    while (der_next(&principal, &tag, &part)) {
        if (tag != DER_CONTEXT + 1 || !der_open(&part, DER_SEQUENCE, &strings)) {
            continue;
        }
        while (der_more(&strings)) {
            size_t length;
            const uint8_t *bytes = der_bytes(&strings, DER_GENERAL_STRING, &length);

            if (!first) {
                name_putc(&name, '/');
            }
            name_component(&name, bytes, length, escaped);
            first = false;
        }
    }
    if (*field->malformed || der_is_cut(&principal) || first) {
        return NULL;
    }
    return evidence_text(arena, name.text, name.length, TEXT_LIMIT);
}

const char *kerberos_principal(struct arena *arena, struct der *field)
{
    return read_principal(arena, field, "/\\");
}

const char *kerberos_principal_of_realm(struct arena *arena, struct der *field)
{
    return read_principal(arena, field, "/\\@");
}

const char *kerberos_with_realm(struct arena *arena, const char *name, const char *realm)
{
    return name && realm ? arena_printf(arena, "%s@%s", name, realm) : NULL;
}

void kerberos_encrypted(struct der *field, int64_t *etype_out, int64_t *kvno_out)
{
    struct der data, part;
    uint8_t tag;

    if (!der_open(field, DER_SEQUENCE, &data)) {
        return;
    }
    while (der_next(&data, &tag, &part)) {
        if (tag == DER_CONTEXT + 0) {
            der_integer(&part, DER_INTEGER, etype_out);
        } else if (tag == DER_CONTEXT + 1 && der_integer(&part, DER_INTEGER, kvno_out)) {
            /* UInt32, but a read-only DC's number has its top bit set and is sent as negative. */
            *kvno_out &= 0xFFFFFFFF;
        }
    }
}

/* Enough of SHA-256 to tell two tickets apart. */
static const char *fingerprint(struct arena *arena, const uint8_t *bytes, size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(bytes, length, digest, NULL, EVP_sha256(), NULL) != 1) {
        return NULL;
    }
    return arena_printf(arena, "%02x%02x%02x%02x%02x%02x%02x%02x", digest[0], digest[1], digest[2],
                        digest[3], digest[4], digest[5], digest[6], digest[7]);
}

struct krb_ticket *kerberos_ticket(struct arena *arena, struct der *field)
{
    struct der whole = *field;
    struct krb_ticket *ticket;
    struct der application, sequence, part;
    const uint8_t *bytes;
    size_t length;
    uint8_t tag;

    if (!der_open(field, DER_APPLICATION + 1, &application)) {
        return NULL;
    }
    ticket = evidence_new(arena, &SHAPE_KRB_TICKET);
    bytes = der_element(&whole, &length);
    if (bytes) {
        ticket->length = (int64_t)length;
        ticket->fingerprint = fingerprint(arena, bytes, length);
    }
    der_open(&application, DER_SEQUENCE, &sequence);
    while (der_next(&sequence, &tag, &part)) {
        if (tag == DER_CONTEXT + 1) {
            ticket->realm = kerberos_string(arena, &part);
        } else if (tag == DER_CONTEXT + 2) {
            ticket->service = kerberos_principal(arena, &part);
        } else if (tag == DER_CONTEXT + 3) {
            kerberos_encrypted(&part, &ticket->etype, &ticket->kvno);
        }
    }
    return ticket;
}

/* Type and value of one PA-DATA or KERB-ERROR-DATA, which are the same on the wire. */
static int64_t typed_status(struct der *data, size_t least)
{
    const uint8_t *value = NULL;
    struct der part;
    struct cursor status;
    size_t length = 0;
    int64_t type = EVIDENCE_UNKNOWN;
    uint8_t tag;

    while (der_next(data, &tag, &part)) {
        if (tag == DER_CONTEXT + 1) {
            der_integer(&part, DER_INTEGER, &type);
        } else if (tag == DER_CONTEXT + 2) {
            value = der_bytes(&part, DER_OCTET_STRING, &length);
        }
    }
    if (*data->malformed || type != KERB_ERR_TYPE_EXTENDED || !value || length < least) {
        return EVIDENCE_UNKNOWN;
    }
    cursor_init(&status, value, length);
    return (int64_t)cursor_u32le(&status);
}

int64_t kerberos_edata_status(const void *bytes, size_t length)
{
    struct der root, sequence, element;
    int64_t status = EVIDENCE_UNKNOWN;
    bool malformed;

    der_init(&root, bytes, length, &malformed);
    der_open(&root, DER_SEQUENCE, &sequence);
    if (der_peek(&sequence) == DER_CONTEXT + 1) {
        return typed_status(&sequence, sizeof(uint32_t));
    }
    while (status == EVIDENCE_UNKNOWN && der_peek(&sequence) == DER_SEQUENCE &&
           der_open(&sequence, DER_SEQUENCE, &element)) {
        status = typed_status(&element, KERB_EXT_ERROR_SIZE);
        /* In METHOD-DATA type 3 may be a real salt: text has no NTSTATUS severity on top. */
        if (status != EVIDENCE_UNKNOWN && status >> 30 != 3) {
            status = EVIDENCE_UNKNOWN;
        }
    }
    return status;
}
