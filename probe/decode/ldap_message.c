/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/ldap_message.h"

#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "decode/der.h"

/* Longest name in evidence, longest filter, how deep a filter may be, most attributes. */
enum { TEXT_LIMIT = 512, FILTER_LIMIT = 1024, DEPTH_LIMIT = 8, ATTRIBUTE_LIMIT = 64 };

/* Filter ::= CHOICE { and [0], or [1], not [2], equalityMatch [3], substrings [4],
   greaterOrEqual [5], lessOrEqual [6], present [7], approxMatch [8], extensibleMatch [9] }; all but
   `present` are constructed (RFC 4511 4.5.1.7). */
enum {
    FILTER_AND = 0xA0,
    FILTER_OR = 0xA1,
    FILTER_NOT = 0xA2,
    FILTER_EQUAL = 0xA3,
    FILTER_SUBSTRINGS = 0xA4,
    FILTER_GREATER = 0xA5,
    FILTER_LESS = 0xA6,
    FILTER_PRESENT = 0x87,
    FILTER_APPROXIMATE = 0xA8,
    FILTER_EXTENSIBLE = 0xA9,
};

enum { SUBSTRING_INITIAL = 0x80, SUBSTRING_FINAL = 0x82 };

static const char SPN_ATTRIBUTE[] = "servicePrincipalName";

size_t ldap_message_size(const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;
    size_t octets, size = 0;

    if (length == 0) {
        return 0;
    }
    if (byte[0] != DER_SEQUENCE) {
        return SIZE_MAX;
    }
    if (length < 2) {
        return 0;
    }
    if (byte[1] < 0x80) {
        return (size_t)byte[1] + 2;
    }
    octets = byte[1] & 0x7FU;
    if (octets == 0 || octets > 4) {
        return SIZE_MAX;
    }
    if (length < 2 + octets) {
        return 0;
    }
    for (size_t i = 0; i < octets; i++) {
        size = size << 8 | byte[2 + i];
    }
    return size + 2 + octets;
}

/* LDAPMessage ::= SEQUENCE { messageID, protocolOp, controls [0] OPTIONAL } */
static bool open_message(const void *bytes, size_t length, bool *malformed, int64_t *id_out,
                         uint8_t *tag_out, struct der *operation_out)
{
    struct der root, message;

    der_init(&root, bytes, length, malformed);
    *id_out = EVIDENCE_UNKNOWN;
    return der_open(&root, DER_SEQUENCE, &message) && der_integer(&message, DER_INTEGER, id_out) &&
           der_next(&message, tag_out, operation_out);
}

bool ldap_message_head(const void *bytes, size_t length, struct ldap_head *head_out)
{
    struct der operation;
    bool malformed;
    uint8_t tag = 0;

    *head_out = (struct ldap_head){EVIDENCE_UNKNOWN, LDAP_OPERATION_NONE};
    if (!open_message(bytes, length, &malformed, &head_out->id, &tag, &operation)) {
        return false;
    }
    switch (tag) {
    case LDAP_OPERATION_BIND:
    case LDAP_OPERATION_BIND_DONE:
    case LDAP_OPERATION_SEARCH:
    case LDAP_OPERATION_ENTRY:
    case LDAP_OPERATION_DONE:
    case LDAP_OPERATION_REFERENCE:
    case LDAP_OPERATION_EXTENDED:
    case LDAP_OPERATION_EXTENDED_DONE:
        head_out->operation = (enum ldap_operation)tag;
        break;
    default:
        break;
    }
    return true;
}

/* A filter in the making. */
struct filter {
    struct buffer text;
    bool names_spn;
    bool failed;
};

/* Text as RFC 4515 wants it. What is too long ends in "...", by evidence_text later. */
static void put_value(struct filter *filter, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length && filter->text.length <= FILTER_LIMIT; i++) {
        if (bytes[i] == '*' || bytes[i] == '(' || bytes[i] == ')' || bytes[i] == '\\' ||
            bytes[i] == '\0') {
            buffer_printf(&filter->text, "\\%02x", bytes[i]);
        } else {
            buffer_putc(&filter->text, (char)bytes[i]);
        }
    }
}

static void put_attribute(struct filter *filter, const uint8_t *bytes, size_t length)
{
    if (!bytes) {
        filter->failed = true;
        return;
    }
    if (length == strlen(SPN_ATTRIBUTE) &&
        strncasecmp((const char *)bytes, SPN_ATTRIBUTE, length) == 0) {
        filter->names_spn = true;
    }
    put_value(filter, bytes, length);
}

/* AttributeValueAssertion ::= SEQUENCE { attributeDesc, assertionValue } */
static void put_assertion(struct filter *filter, struct der *content, const char *sign)
{
    size_t length;
    const uint8_t *bytes = der_bytes(content, DER_OCTET_STRING, &length);

    put_attribute(filter, bytes, length);
    buffer_puts(&filter->text, sign);
    bytes = der_bytes(content, DER_OCTET_STRING, &length);
    filter->failed = filter->failed || !bytes;
    put_value(filter, bytes, length);
}

/* SubstringFilter ::= SEQUENCE { type, substrings SEQUENCE OF { initial [0], any [1], final [2] } }
 */
static void put_substrings(struct filter *filter, struct der *content)
{
    struct der list, part;
    size_t length;
    const uint8_t *bytes = der_bytes(content, DER_OCTET_STRING, &length);
    uint8_t tag = 0;

    put_attribute(filter, bytes, length);
    buffer_putc(&filter->text, '=');
    der_open(content, DER_SEQUENCE, &list);
    while (der_next(&list, &tag, &part)) {
        if (tag != SUBSTRING_INITIAL) {
            buffer_putc(&filter->text, '*');
        }
        put_value(filter, part.in.at, part.in.left);
    }
    if (tag != SUBSTRING_FINAL) {
        buffer_putc(&filter->text, '*');
    }
}

static void put_filter(struct filter *filter, struct der *in, unsigned depth);

static void put_list(struct filter *filter, struct der *content, char sign, unsigned depth)
{
    buffer_putc(&filter->text, sign);
    while (der_more(content) && !filter->failed) {
        put_filter(filter, content, depth + 1);
    }
}

/* Recursion ends at DEPTH_LIMIT. */
static void put_filter(struct filter *filter, struct der *in, unsigned depth)
{
    struct der content;
    uint8_t tag;

    if (depth > DEPTH_LIMIT || filter->text.length > FILTER_LIMIT ||
        !der_next(in, &tag, &content)) {
        filter->failed = true;
        return;
    }
    buffer_putc(&filter->text, '(');
    switch (tag) {
    case FILTER_AND:
        put_list(filter, &content, '&', depth);
        break;
    case FILTER_OR:
        put_list(filter, &content, '|', depth);
        break;
    case FILTER_NOT:
        put_list(filter, &content, '!', depth);
        break;
    case FILTER_EQUAL:
        put_assertion(filter, &content, "=");
        break;
    case FILTER_GREATER:
        put_assertion(filter, &content, ">=");
        break;
    case FILTER_LESS:
        put_assertion(filter, &content, "<=");
        break;
    case FILTER_APPROXIMATE:
        put_assertion(filter, &content, "~=");
        break;
    case FILTER_SUBSTRINGS:
        put_substrings(filter, &content);
        break;
    case FILTER_PRESENT:
        put_attribute(filter, content.in.at, content.in.left);
        buffer_puts(&filter->text, "=*");
        break;
    default: /* extensible matches: bit masks of userAccountControl and the like */
        buffer_puts(&filter->text, "...");
        break;
    }
    buffer_putc(&filter->text, ')');
}

static void read_attributes(struct arena *arena, struct der *in, struct evidence_search *search)
{
    struct der list;

    if (!der_open(in, DER_SEQUENCE, &list)) {
        return;
    }
    while (der_more(&list) && search->attribute_count < ATTRIBUTE_LIMIT) {
        size_t length;
        const uint8_t *bytes = der_bytes(&list, DER_OCTET_STRING, &length);
        const char **slot;

        if (!bytes) {
            return;
        }
        slot = arena_push(arena, (void **)&search->attributes, &search->attribute_count,
                          sizeof(*search->attributes));
        *slot = evidence_text(arena, bytes, length, TEXT_LIMIT);
    }
}

/* SearchRequest ::= [APPLICATION 3] SEQUENCE { baseObject, scope, derefAliases, sizeLimit,
   timeLimit, typesOnly, filter, attributes } */
bool ldap_decode_spn_search(struct arena *arena, const void *bytes, size_t length,
                            struct evidence_search *search)
{
    static const char *const scopes[] = {"base", "one", "sub"};
    struct filter filter = {.names_spn = false};
    struct der in, skipped;
    int64_t id, scope = EVIDENCE_UNKNOWN;
    const uint8_t *base;
    size_t base_length;
    bool malformed;
    uint8_t tag = 0;

    if (!open_message(bytes, length, &malformed, &id, &tag, &in) || tag != LDAP_OPERATION_SEARCH ||
        der_is_cut(&in)) {
        return false;
    }
    base = der_bytes(&in, DER_OCTET_STRING, &base_length);
    der_integer(&in, DER_ENUMERATED, &scope);
    for (int i = 0; i < 4; i++) {
        der_next(&in, &tag, &skipped);
    }
    put_filter(&filter, &in, 0);
    if (base && filter.names_spn && !filter.failed && !malformed) {
        search->base = evidence_text(arena, base, base_length, TEXT_LIMIT);
        search->scope = scope >= 0 && scope <= 2 ? scopes[scope] : NULL;
        search->filter =
            evidence_text(arena, buffer_text(&filter.text), filter.text.length, FILTER_LIMIT);
        read_attributes(arena, &in, search);
    }
    buffer_release(&filter.text);
    return search->filter != NULL;
}

/* LDAPResult ::= SEQUENCE { resultCode, matchedDN, diagnosticMessage, ... } */
bool ldap_decode_search_done(struct arena *arena, const void *bytes, size_t length,
                             struct evidence_search *search)
{
    struct der in;
    const uint8_t *text;
    size_t text_length;
    int64_t id;
    bool malformed;
    uint8_t tag = 0;

    if (!open_message(bytes, length, &malformed, &id, &tag, &in) || tag != LDAP_OPERATION_DONE ||
        !der_integer(&in, DER_ENUMERATED, &search->result)) {
        return false;
    }
    der_bytes(&in, DER_OCTET_STRING, &text_length); /* matchedDN */
    text = der_bytes(&in, DER_OCTET_STRING, &text_length);
    if (text && text_length > 0) {
        search->diagnostic = evidence_text(arena, text, text_length, TEXT_LIMIT);
    }
    return !malformed;
}
