/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/ccm_message.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/buffer.h"
#include "decode/client_certificate.h"
#include "decode/utf16.h"

enum { TEXT_LIMIT = 256, BOUNDARY_LIMIT = 200, CERTIFICATE_LIMIT = 8192 };

/* NOENT is not among them: entities are never expanded. RECOVER: what stands before a cut. */
enum {
    PARSE_OPTIONS = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_RECOVER |
                    XML_PARSE_IGNORE_ENC
};

/* Of UTF-16, little-endian. */
static const uint8_t MARK[] = {0xFF, 0xFE};

struct part {
    const uint8_t *bytes;
    size_t length;
    bool cut; /* the boundary behind it is missing */
};

/* The line that parts begin with, "--boundary", without its end. False when the body has none. */
static bool read_boundary(const uint8_t *body, size_t length, struct part *boundary_out)
{
    const uint8_t *end = memchr(body, '\n', length < BOUNDARY_LIMIT ? length : BOUNDARY_LIMIT);

    if (!end || length < 4 || body[0] != '-' || body[1] != '-') {
        return false;
    }
    *boundary_out = (struct part){.bytes = body, .length = (size_t)(end - body)};
    if (boundary_out->length > 0 && end[-1] == '\r') {
        boundary_out->length--;
    }
    return boundary_out->length > 2;
}

/* Takes the next part off the front of `rest`, which stands at a boundary; its head is passed
   over. */
static bool next_part(struct part *rest, const struct part *boundary, struct part *part_out)
{
    const uint8_t *head;
    const uint8_t *next;
    size_t left;

    if (rest->length < boundary->length ||
        memcmp(rest->bytes, boundary->bytes, boundary->length) != 0) {
        return false;
    }
    head = memmem(rest->bytes, rest->length, "\r\n\r\n", 4);
    if (!head) {
        return false;
    }
    head += 4;
    left = rest->length - (size_t)(head - rest->bytes);
    next = memmem(head, left, boundary->bytes, boundary->length);
    *part_out = (struct part){.bytes = head, .length = left, .cut = !next};
    if (next) {
        part_out->length = (size_t)(next - head);
        if (part_out->length >= 2 && next[-1] == '\n' && next[-2] == '\r') {
            part_out->length -= 2;
        }
        *rest = (struct part){.bytes = next, .length = left - (size_t)(next - head)};
    } else {
        rest->length = 0;
    }
    return true;
}

/* Does the text of a part, UTF-16 with or without a mark, begin one of the two documents? */
static bool begins_registration(const void *text, size_t length)
{
    static const char start[] = "<ClientRegistration";
    const uint8_t *bytes = text;

    if (length >= sizeof(MARK) && memcmp(bytes, MARK, sizeof(MARK)) == 0) {
        bytes += sizeof(MARK);
        length -= sizeof(MARK);
    }
    for (size_t i = 0; i < sizeof(start) - 1; i++) {
        if (length < 2 * i + 2 || bytes[2 * i] != (uint8_t)start[i] || bytes[2 * i + 1] != 0) {
            return false;
        }
    }
    return true;
}

/* Appends what a zlib stream holds, as far as it goes and `left` allows, which becomes less; no
   more than its beginning when that is no registration. False when it is not whole. */
static bool inflate_part(const struct part *part, size_t *left, struct buffer *out)
{
    unsigned char block[16 * 1024];
    z_stream stream = {.next_in = (unsigned char *)part->bytes, .avail_in = (uInt)part->length};
    int result = inflateInit(&stream);

    if (result != Z_OK) {
        return false;
    }
    while (result == Z_OK && *left > 0) {
        size_t made;

        stream.next_out = block;
        stream.avail_out = (uInt)(*left < sizeof(block) ? *left : sizeof(block));
        made = stream.avail_out;
        result = inflate(&stream, Z_NO_FLUSH);
        made -= stream.avail_out;
        *left -= made;
        buffer_append(out, block, made);
        if (!begins_registration(out->data, out->length)) {
            break;
        }
    }
    inflateEnd(&stream);
    return result == Z_STREAM_END;
}

/* The text of a part as UTF-8, if it is a registration: it may be compressed, and is UTF-16 with or
   without a mark. Bytes behind the first NUL are no text. `left`: how much may be inflated. */
static bool part_text(const struct part *part, size_t *left, struct buffer *text,
                      const char **problem)
{
    struct buffer inflated = {0};
    const char *bytes = (const char *)part->bytes;
    size_t length = part->length;
    char *room = NULL;

    /* RFC 1950 2.2: deflate with a window of 32 KiB. */
    if (length > 1 && part->bytes[0] == 0x78 && part->bytes[1] != 0) {
        if (!inflate_part(part, left, &inflated)) {
            *problem = *left == 0 ? "the compressed body holds more than is read"
                                  : "the compressed body is damaged or cut";
        }
        bytes = buffer_text(&inflated);
        length = inflated.length;
    } else if (part->cut) {
        *problem = "the body is cut";
    }
    if (length > CCM_MESSAGE_LIMIT) {
        length = CCM_MESSAGE_LIMIT;
    }
    if (begins_registration(bytes, length)) {
        if (memcmp(bytes, MARK, sizeof(MARK)) == 0) {
            bytes += sizeof(MARK);
            length -= sizeof(MARK);
        }
        /* A character of two bytes becomes at most three. */
        room = malloc(length / 2 * 3 + 1);
    }
    if (room) {
        const size_t made = utf16le_to_utf8(bytes, length, room, length / 2 * 3);

        buffer_append(text, room, strnlen(room, made));
    }
    free(room);
    buffer_release(&inflated);
    return text->length > 0;
}

/* In a document that is cut the parser makes do with half an attribute and half a text: only what
   something stands behind is whole. */
static bool is_closed(const xmlNode *node)
{
    if (((const xmlParserCtxt *)node->doc->_private)->wellFormed == 1) {
        return true;
    }
    for (; node; node = node->parent) {
        if (node->next) {
            return true;
        }
    }
    return false;
}

static const char *attribute_text(struct arena *arena, const xmlNode *node, const char *name)
{
    xmlChar *value =
        node->children || is_closed(node) ? xmlGetNoNsProp(node, (const xmlChar *)name) : NULL;
    const char *text =
        value ? evidence_text(arena, value, strlen((const char *)value), TEXT_LIMIT) : NULL;

    xmlFree(value);
    return text;
}

static void read_text(struct arena *arena, const xmlNode *node, const char *name, const char **into)
{
    const char *text = attribute_text(arena, node, name);

    *into = text ? text : *into;
}

static void read_number(struct arena *arena, const xmlNode *node, const char *name, int64_t *into)
{
    const char *text = attribute_text(arena, node, name);
    char *end = NULL;
    const long value = text ? strtol(text, &end, 10) : 0;

    if (text && end != text && *end == '\0') {
        *into = value;
    }
}

static const xmlNode *find(const xmlNode *parent, const char *name)
{
    for (const xmlNode *node = parent ? parent->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0) {
            return node;
        }
    }
    return NULL;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* A certificate in hexadecimal (Encoding="HexBinary"); `whole_out` is copied to the arena. */
static bool read_certificate(struct arena *arena, const xmlNode *node,
                             struct client_certificate *out, struct ccm_certificate *whole_out)
{
    uint8_t der[CERTIFICATE_LIMIT];
    uint8_t *copy;
    const xmlNode *child = node->children;
    const char *text = child && child->type == XML_TEXT_NODE && !child->next && is_closed(node)
                           ? (const char *)child->content
                           : "";
    size_t length = 0;

    for (; *text; text++) {
        const int high = hex_digit(text[0]);
        const int low = high >= 0 ? hex_digit(text[1]) : -1;

        if (strchr(" \t\r\n", *text)) {
            continue;
        }
        if (low < 0 || length == CERTIFICATE_LIMIT) {
            return false;
        }
        der[length++] = (uint8_t)(high << 4 | low);
        text++;
    }
    if (!client_certificate_read(der, length, out)) {
        return false;
    }
    copy = arena_alloc(arena, length);
    memcpy(copy, der, length);
    *whole_out = (struct ccm_certificate){copy, length};
    return true;
}

static void read_certificates(struct arena *arena, const xmlNode *certificates,
                              struct evidence_registration *into, struct ccm_certificates *whole)
{
    const xmlNode *signing = find(certificates, "Signing");
    const xmlNode *encryption = find(certificates, "Encryption");
    struct client_certificate certificate;

    if (signing && read_certificate(arena, signing, &certificate, &whole->signing)) {
        into->signing_thumbprint = arena_strdup(arena, certificate.thumbprint);
        into->certificate_not_before = certificate.not_before;
        into->certificate_not_after = certificate.not_after;
        read_number(arena, signing, "KeyType", &into->key_type);
    } else if (signing) {
        into->problem = "the signing certificate cannot be read";
    }
    if (encryption && read_certificate(arena, encryption, &certificate, &whole->encryption)) {
        into->encryption_thumbprint = arena_strdup(arena, certificate.thumbprint);
    } else if (encryption) {
        into->problem = "the encryption certificate cannot be read";
    }
}

static void read_properties(struct arena *arena, const xmlNode *properties,
                            struct evidence_registration *into)
{
    for (const xmlNode *node = properties ? properties->children : NULL; node; node = node->next) {
        const char *name =
            node->type == XML_ELEMENT_NODE ? attribute_text(arena, node, "Name") : NULL;

        if (!name) {
            continue;
        }
        if (strcasecmp(name, "Netbios Name") == 0) {
            read_text(arena, node, "Value", &into->name);
        } else if (strcasecmp(name, "FQ Name") == 0) {
            read_text(arena, node, "Value", &into->fqdn);
        } else if (strcasecmp(name, "HardwareID1") == 0) {
            read_text(arena, node, "Value", &into->hardware_id);
        }
    }
}

static void read_request(struct arena *arena, const xmlNode *root,
                         struct evidence_registration *into, struct ccm_certificates *whole)
{
    const xmlNode *data = find(root, "Data");
    const xmlNode *agent = find(data, "AgentInformation");

    if (!data) {
        into->problem = into->problem ? into->problem : "the registration request has no Data";
        return;
    }
    read_text(arena, data, "RequestType", &into->type);
    read_text(arena, data, "SMSID", &into->smsid);
    if (agent) {
        read_text(arena, agent, "AgentIdentity", &into->agent);
        read_text(arena, agent, "AgentVersion", &into->agent_version);
    }
    read_certificates(arena, find(data, "Certificates"), into, whole);
    read_properties(arena, find(data, "DiscoveryProperties"), into);
}

static void read_response(struct arena *arena, const xmlNode *root,
                          struct evidence_registration *into)
{
    read_text(arena, root, "ResponseType", &into->type);
    read_text(arena, root, "SMSID", &into->smsid);
    read_number(arena, root, "Status", &into->status);
    read_number(arena, root, "ApprovalStatus", &into->approval);
}

static bool read_document(struct arena *arena, const xmlDoc *document, const char *problem,
                          struct evidence_registration *into, struct ccm_certificates *whole)
{
    const xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    const char *name = root ? (const char *)root->name : "";

    if (strcmp(name, "ClientRegistrationRequest") == 0) {
        into->problem = problem ? problem : into->problem;
        read_request(arena, root, into, whole);
        return true;
    }
    if (strcmp(name, "ClientRegistrationResponse") == 0) {
        into->problem = problem ? problem : into->problem;
        read_response(arena, root, into);
        return true;
    }
    return false;
}

/* One part of the message; the header (<Msg>) and bodies for other endpoints are neither of the
   two documents. */
static bool read_part(struct arena *arena, const struct part *part, size_t *left,
                      struct evidence_registration *into, struct ccm_certificates *whole)
{
    struct buffer text = {0};
    const char *problem = NULL;
    xmlParserCtxt *parser = NULL;
    xmlDoc *document = NULL;
    bool read = false;

    if (part_text(part, left, &text, &problem) && !strstr(text.data, "<!DOCTYPE") &&
        !strstr(text.data, "<!ENTITY")) {
        parser = xmlNewParserCtxt();
    }
    if (parser) {
        document =
            xmlCtxtReadMemory(parser, text.data, (int)text.length, NULL, "UTF-8", PARSE_OPTIONS);
        if (document) {
            document->_private = parser; /* the application's own: is_closed asks it */
        }
        if (parser->wellFormed != 1 && !problem) {
            problem = "the registration's XML is damaged or cut";
        }
        read = read_document(arena, document, problem, into, whole);
    }
    xmlFreeDoc(document);
    xmlFreeParserCtxt(parser);
    buffer_release(&text);
    return read;
}

bool ccm_message_identify(const char *content_type, const void *body, size_t length)
{
    struct part boundary;

    if (content_type && strncasecmp(content_type, "multipart/", 10) == 0) {
        return true;
    }
    return read_boundary(body, length, &boundary) && memmem(body, length, "<\0M\0s\0g\0", 8);
}

bool ccm_message_decode_certificates(struct arena *arena, const void *body, size_t length,
                                     struct evidence_registration *into,
                                     struct ccm_certificates *certificates_out)
{
    struct part rest = {.bytes = body, .length = length};
    size_t left = CCM_MESSAGE_LIMIT;
    struct part boundary;
    struct part part;

    memset(certificates_out, 0, sizeof(*certificates_out));
    if (!read_boundary(body, length, &boundary)) {
        return false;
    }
    while (next_part(&rest, &boundary, &part)) {
        if (read_part(arena, &part, &left, into, certificates_out)) {
            return true;
        }
    }
    return false;
}

bool ccm_message_decode(struct arena *arena, const void *body, size_t length,
                        struct evidence_registration *into)
{
    struct ccm_certificates unused;

    return ccm_message_decode_certificates(arena, body, length, into, &unused);
}
