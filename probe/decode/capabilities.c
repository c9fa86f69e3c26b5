/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/capabilities.h"

#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "base/buffer.h"

/* A site writes some kilobytes, mostly its signing certificate. */
enum { SIZE_LIMIT = 64 * 1024 };

enum { VERSION_LIMIT = 64, PORT_LIMIT = 65535, DIGIT_LIMIT = 10 };

/* RECOVER: what can be read of a damaged document. IGNORE_ENC: LDAP has UTF-8 only. Entities are
   never expanded, as XML_PARSE_NOENT is not among them. */
enum {
    PARSE_OPTIONS = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_RECOVER |
                    XML_PARSE_IGNORE_ENC
};

static bool contains(const char *text, size_t length, const char *word)
{
    return memmem(text, length, word, strlen(word)) != NULL;
}

/* Is it worth a parser's time? It begins with a tag in ASCII and declares no entities. */
static bool is_acceptable(const char *text, size_t length)
{
    static const char mark[] = "\xEF\xBB\xBF";

    if (length == 0 || length > SIZE_LIMIT || memchr(text, '\0', length)) {
        return false;
    }
    if (length >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0) {
        text += sizeof(mark) - 1;
        length -= sizeof(mark) - 1;
    }
    while (length > 0 && isspace((unsigned char)*text)) {
        text++;
        length--;
    }
    return length > 0 && *text == '<' && !contains(text, length, "<!DOCTYPE") &&
           !contains(text, length, "<!ENTITY");
}

/* Does a reference that XML knows stand behind this "&"? */
static bool is_reference(const char *text, size_t length)
{
    static const char *const names[] = {"amp;", "lt;", "gt;", "quot;", "apos;"};
    size_t at = 1;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (length >= strlen(names[i]) && memcmp(text, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    if (length < 2 || text[0] != '#') {
        return false;
    }
    if (text[1] == 'x') {
        at++;
    }
    const size_t first = at;

    while (at < length &&
           (first == 2 ? isxdigit((unsigned char)text[at]) : isdigit((unsigned char)text[at]))) {
        at++;
    }
    return at > first && at < length && text[at] == ';';
}

static void escape_ampersands(const char *text, size_t length, struct buffer *out)
{
    const char *const end = text + length;

    while (text < end) {
        const char *ampersand = memchr(text, '&', (size_t)(end - text));
        const char *next = ampersand ? ampersand + 1 : end;

        buffer_append(out, text, (size_t)(next - text));
        if (ampersand && !is_reference(next, (size_t)(end - next))) {
            buffer_puts(out, "amp;");
        }
        text = next;
    }
}

/* In a document that is cut short the parser closes what is open at the end. */
static bool is_closed(const xmlNode *node)
{
    for (; node; node = node->parent) {
        if (node->next) {
            return true;
        }
    }
    return false;
}

/* The first child element of that name. */
static const xmlNode *find(const xmlNode *parent, const char *name)
{
    for (const xmlNode *node = parent ? parent->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0) {
            return node;
        }
    }
    return NULL;
}

/* The text of an element, without the white space around it; false when there is none, or when it
   may be incomplete. */
static bool read_text(const xmlNode *node, bool well_formed, const char **text_out,
                      size_t *length_out)
{
    const xmlNode *child = node ? node->children : NULL;

    *text_out = NULL;
    *length_out = 0;
    if (!child || child->next || child->type != XML_TEXT_NODE || !child->content ||
        !(well_formed || is_closed(node))) {
        return false;
    }
    const char *text = (const char *)child->content;
    size_t length;

    while (isspace((unsigned char)*text)) {
        text++;
    }
    length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    *text_out = text;
    *length_out = length;
    return length > 0;
}

/* Keeps *value_out unless the element holds a decimal number from `least` to `most`. */
static void read_number(const xmlNode *node, bool well_formed, int64_t least, int64_t most,
                        int64_t *value_out)
{
    const char *text;
    size_t length;
    int64_t value = 0;

    if (!read_text(node, well_formed, &text, &length) || length > DIGIT_LIMIT) {
        return;
    }
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)text[i])) {
            return;
        }
        value = value * 10 + (text[i] - '0');
    }
    if (value >= least && value <= most) {
        *value_out = value;
    }
}

static bool read_document(struct arena *arena, const xmlDoc *document, bool well_formed,
                          struct evidence_published *out)
{
    const xmlNode *root = document ? xmlDocGetRootElement(document) : NULL;
    const xmlNode *security;
    const char *text;
    size_t length;

    if (!root || strcmp((const char *)root->name, "ClientOperationalSettings") != 0) {
        return false;
    }
    if (read_text(find(root, "Version"), well_formed, &text, &length)) {
        out->version = evidence_text(arena, text, length, VERSION_LIMIT);
    }
    security = find(root, "SecurityConfiguration");
    read_number(find(security, "SecurityModeMask"), well_formed, 0, UINT32_MAX, &out->ssl_state);
    read_number(find(security, "HTTPPort"), well_formed, 1, PORT_LIMIT, &out->http_port);
    read_number(find(security, "HTTPSPort"), well_formed, 1, PORT_LIMIT, &out->https_port);
    return well_formed;
}

bool capabilities_decode(struct arena *arena, const void *bytes, size_t length,
                         struct evidence_published *out)
{
    struct buffer text = {0};
    xmlParserCtxt *parser = NULL;
    xmlDoc *document = NULL;
    bool read = false;

    if (!is_acceptable(bytes, length)) {
        return false;
    }
    escape_ampersands(bytes, length, &text);
    parser = xmlNewParserCtxt();
    if (parser) {
        document =
            xmlCtxtReadMemory(parser, text.data, (int)text.length, NULL, "UTF-8", PARSE_OPTIONS);
        read = read_document(arena, document, parser->wellFormed == 1, out);
    }
    xmlFreeDoc(document);
    xmlFreeParserCtxt(parser);
    buffer_release(&text);
    return read;
}
