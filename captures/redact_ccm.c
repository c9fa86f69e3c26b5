/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of Configuration Manager: what ccmprobe reads in a registration and its answer is
 * written anew, with stand-ins for names and identifiers, where the old body stood. Certificates
 * get stand-ins, too; should there be no room for them, they go. Header, signatures and bodies for
 * other endpoints go.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/buffer.h"
#include "captures/redact_parts.h"
#include "decode/ccm_message.h"
#include "evidence/shape.h"

enum { BOUNDARY_LIMIT = 200, HEAD_LIMIT = 512 };

/* A document in the making: UTF-16. */
struct document {
    struct disguise *disguise;
    struct buffer text;
};

static void put(struct document *document, const char *text)
{
    for (; *text; text++) {
        buffer_putc(&document->text, *text);
        buffer_putc(&document->text, '\0');
    }
}

/* An attribute with a stand-in; nothing when there is no value. */
static void put_attribute(struct document *document, const char *name, const char *value,
                          bool is_name)
{
    const size_t length = value ? strlen(value) : 0;
    char *text = value ? malloc(length + 1) : NULL;

    if (!text) {
        return;
    }
    if (is_name) {
        disguise_text(document->disguise, (const uint8_t *)value, length, (uint8_t *)text);
    } else {
        memcpy(text, value, length);
    }
    text[length] = '\0';
    for (char *at = text; *at; at++) {
        *at = strchr("<>&\"'", *at) || (unsigned char)*at >= 0x80 ? 'x' : *at;
    }
    put(document, " ");
    put(document, name);
    put(document, "=\"");
    put(document, text);
    put(document, "\"");
    free(text);
}

static void put_number(struct document *document, const char *name, int64_t value)
{
    struct buffer text = {0};

    if (value != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "%lld", (long long)value);
        put_attribute(document, name, buffer_text(&text), false);
    }
    buffer_release(&text);
}

static void put_property(struct document *document, const char *name, const char *value)
{
    if (value) {
        put(document, "<Property");
        put_attribute(document, "Name", name, false);
        put_attribute(document, "Value", value, true);
        put(document, "/>");
    }
}

static void put_certificate(struct document *document, const char *name, int64_t key_type,
                            const struct ccm_certificate *certificate)
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t *out = certificate->der ? calloc(1, certificate->length) : NULL;
    const struct image image = {document->disguise, certificate->der, out, certificate->length};

    if (!out) {
        return;
    }
    redact_certificate(&image);
    put(document, "<");
    put(document, name);
    put_attribute(document, "Encoding", "HexBinary", false);
    put_number(document, "KeyType", key_type);
    put(document, ">");
    for (size_t i = 0; i < image.length; i++) {
        put(document, (const char[]){digits[out[i] >> 4], digits[out[i] & 15], '\0'});
    }
    put(document, "</");
    put(document, name);
    put(document, ">");
    free(out);
}

static void put_request(struct document *document, const struct evidence_registration *said,
                        const struct ccm_certificates *certificates)
{
    put(document, "<ClientRegistrationRequest><Data");
    put_attribute(document, "RequestType", said->type, false);
    put_attribute(document, "SMSID", said->smsid, true);
    put(document, "><AgentInformation");
    put_attribute(document, "AgentIdentity", said->agent, false);
    put_attribute(document, "AgentVersion", said->agent_version, false);
    put(document, "/><Certificates>");
    put_certificate(document, "Encryption", EVIDENCE_UNKNOWN, &certificates->encryption);
    put_certificate(document, "Signing", said->key_type, &certificates->signing);
    put(document, "</Certificates><DiscoveryProperties>");
    put_property(document, "Netbios Name", said->name);
    put_property(document, "FQ Name", said->fqdn);
    put_property(document, "HardwareID1", said->hardware_id);
    put(document, "</DiscoveryProperties></Data></ClientRegistrationRequest>");
}

static void put_response(struct document *document, const struct evidence_registration *said)
{
    put(document, "<ClientRegistrationResponse");
    put_attribute(document, "ResponseType", said->type, false);
    put_attribute(document, "SMSID", said->smsid, true);
    put_number(document, "Status", said->status);
    put_number(document, "ApprovalStatus", said->approval);
    put(document, "/>");
}

/* The document in the place of the old one; false when it has no room there. */
static bool place(const struct image *part, const struct document *document)
{
    const bool is_packed = part->length > 1 && part->in[0] == 0x78 && part->in[1] != 0;
    const size_t mark = part->length >= 2 && part->in[0] == 0xFF && part->in[1] == 0xFE ? 2 : 0;
    uLongf room = part->length;

    if (is_packed) {
        if (compress2(part->out, &room, (const Bytef *)document->text.data, document->text.length,
                      Z_BEST_COMPRESSION) != Z_OK) {
            memset(part->out, 0, part->length);
            return false;
        }
        return true;
    }
    memcpy(part->out, part->in, mark);
    if (document->text.length > part->length - mark) {
        return false;
    }
    memcpy(part->out + mark, document->text.data, document->text.length);
    return true;
}

/* `whole` is the part with its boundary and head, `part` without. */
static void put_part(const struct image *whole, const struct image *part)
{
    const struct ccm_certificates none = {.signing = {.der = NULL}};
    struct ccm_certificates certificates;
    struct document document = {.disguise = part->disguise};
    struct arena arena = {0};
    struct evidence_registration *said = evidence_new(&arena, shape_of(EVIDENCE_REGISTRATION));

    if (!ccm_message_decode_certificates(&arena, whole->in, whole->length, said, &certificates)) {
        put(&document, "<Msg/>");
        place(part, &document);
    } else if (said->status != EVIDENCE_UNKNOWN || said->approval != EVIDENCE_UNKNOWN) {
        put_response(&document, said);
        place(part, &document);
    } else {
        put_request(&document, said, &certificates);
        if (!place(part, &document)) {
            buffer_truncate(&document.text, 0);
            put_request(&document, said, &none);
            place(part, &document);
        }
    }
    buffer_release(&document.text);
    arena_release(&arena);
}

bool redact_ccm_message(const struct image *image)
{
    const uint8_t *line =
        memchr(image->in, '\n', image->length < BOUNDARY_LIMIT ? image->length : BOUNDARY_LIMIT);
    size_t boundary = line ? (size_t)(line - image->in) : 0;
    size_t at = 0;

    boundary -= boundary > 0 && line[-1] == '\r';
    if (boundary < 3 || image->in[0] != '-' || image->in[1] != '-') {
        return false;
    }
    while (at + boundary <= image->length && memcmp(image->in + at, image->in, boundary) == 0) {
        const uint8_t *head = memmem(image->in + at, image->length - at, "\r\n\r\n", 4);
        const size_t start = head ? (size_t)(head + 4 - image->in) : image->length;
        const uint8_t *next =
            head ? memmem(head + 4, image->length - start, image->in, boundary) : NULL;
        size_t end = next ? (size_t)(next - image->in) : image->length;

        memcpy(image->out + at, image->in + at, boundary);
        if (!head || start - at > HEAD_LIMIT) {
            break; /* behind the last one */
        }
        memcpy(image->out + at, image->in + at, start - at);
        if (end - start >= 2 && next && next[-1] == '\n' && next[-2] == '\r') {
            end -= 2;
            memcpy(image->out + end, "\r\n", 2);
        }
        const struct image whole = image_part(image, at, end - at);
        const struct image part = image_part(image, start, end - start);

        put_part(&whole, &part);
        at = next ? (size_t)(next - image->in) : image->length;
    }
    return true;
}
