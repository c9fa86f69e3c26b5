/* SPDX-License-Identifier: Apache-2.0 */
/* Values of an entry. */
#include "ldap/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    BYTES_MAX = 1024 * 1024,
    MESSAGES_MAX = 100, /* that answer the question for one entry */
    RANGES_MAX = 100,   /* requests for one attribute; AD gives at least 1000 values to each */
};

const char *entry_dn(struct directory_entry *entry, struct arena *arena)
{
    char *dn = ldap_get_dn(entry->directory->ld, entry->message);
    const char *text = evidence_text(arena, dn ? dn : "", dn ? strlen(dn) : 0, LDAP_NAME_LIMIT);

    ldap_memfree(dn);
    return text;
}

static struct berval **values_of(struct directory_entry *entry, const char *attribute)
{
    return ldap_get_values_len(entry->directory->ld, entry->message, attribute);
}

/* The values that come under "attribute;range=..."; where the rest begins, 0 when there is none. */
static struct berval **ranged_values(struct directory *directory, LDAPMessage *message,
                                     const char *attribute, size_t *next_out)
{
    struct berval **values = NULL;
    BerElement *position = NULL;
    char *name = ldap_first_attribute(directory->ld, message, &position);

    *next_out = 0;
    while (name && !values) {
        size_t next = 0;
        size_t length = 0;

        if (strchr(name, ';') && range_parse(name, &length, &next) && length == strlen(attribute) &&
            strncasecmp(name, attribute, length) == 0) {
            values = ldap_get_values_len(directory->ld, message, name);
            *next_out = next;
        }
        ldap_memfree(name);
        name = values ? NULL : ldap_next_attribute(directory->ld, message, position);
    }
    ber_free(position, 0);
    return values;
}

/* Asks for one more range of an entry's attribute; the entry's message, or NULL. */
static LDAPMessage *ask_range(struct directory_entry *entry, const char *attribute, size_t next)
{
    struct directory *directory = entry->directory;
    struct timeval limit = {REPLY_LIMIT_US / CLOCK_US_PER_SECOND, 0};
    char *dn = ldap_get_dn(directory->ld, entry->message);
    LDAPMessage *found = NULL;
    struct buffer name = {0};
    char *attributes[2];
    bool more = true;
    int messages = 0;
    int id = -1;

    buffer_printf(&name, "%s;range=%zu-*", attribute, next);
    attributes[0] = name.data;
    attributes[1] = NULL;
    if (directory->lost || !dn ||
        ldap_search_ext(directory->ld, dn, LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 0, NULL,
                        NULL, &limit, 0, &id) != LDAP_SUCCESS) {
        more = false;
    }
    while (more) {
        LDAPMessage *message = NULL;

        directory_wait(directory, id, &message);
        more = message && ldap_msgtype(message) != LDAP_RES_SEARCH_RESULT;
        if (more && ++messages > MESSAGES_MAX) {
            ldap_abandon_ext(directory->ld, id, NULL, NULL);
            more = false;
        }
        if (message && ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY && !found) {
            found = message;
        } else if (message) {
            ldap_msgfree(message);
        } else if (!directory->lost) {
            ldap_abandon_ext(directory->ld, id, NULL, NULL);
        }
    }
    entry->record->pages++;
    buffer_release(&name);
    ldap_memfree(dn);
    return found;
}

struct strings {
    struct arena *arena;
    void *items;
    size_t count;
    size_t bytes;
};

static bool is_full(const struct strings *strings)
{
    return strings->count >= SEARCH_VALUES_MAX || strings->bytes >= SEARCH_BYTES_MAX;
}

static void add_strings(struct strings *strings, struct berval **values)
{
    for (size_t i = 0; values && values[i] && !is_full(strings); i++) {
        const char **slot;

        if (values[i]->bv_len > SEARCH_VALUE_BYTES_MAX) {
            continue;
        }
        slot = arena_push(strings->arena, &strings->items, &strings->count, sizeof(const char *));
        *slot = evidence_text(strings->arena, values[i]->bv_val, values[i]->bv_len,
                              SEARCH_VALUE_BYTES_MAX);
        strings->bytes += values[i]->bv_len;
    }
}

/* Fetches the ranges behind the first one. */
static void add_further(struct directory_entry *entry, const char *attribute, size_t next,
                        struct strings *strings)
{
    for (int i = 0; i < RANGES_MAX && next != 0 && !is_full(strings); i++) {
        LDAPMessage *message = ask_range(entry, attribute, next);
        size_t after = 0;
        struct berval **values;

        if (!message) {
            break;
        }
        values = ranged_values(entry->directory, message, attribute, &after);
        add_strings(strings, values);
        ldap_value_free_len(values);
        ldap_msgfree(message);
        if (after != 0 && after <= next) {
            break; /* a server that goes in circles */
        }
        next = after;
    }
    if (next != 0) {
        *entry->cut = true;
    }
}

const char **entry_strings(struct directory_entry *entry, const char *attribute,
                           struct arena *arena, size_t *count_out)
{
    struct strings strings = {.arena = arena};
    struct berval **values = values_of(entry, attribute);
    size_t next = 0;

    if (!values) {
        values = ranged_values(entry->directory, entry->message, attribute, &next);
    }
    add_strings(&strings, values);
    ldap_value_free_len(values);
    add_further(entry, attribute, next, &strings);
    *count_out = strings.count;
    return strings.items;
}

const char *entry_string(struct directory_entry *entry, const char *attribute, struct arena *arena)
{
    struct berval **values = values_of(entry, attribute);
    const char *text = NULL;

    if (values && values[0]) {
        text = evidence_text(arena, values[0]->bv_val, values[0]->bv_len, LDAP_NAME_LIMIT);
    }
    ldap_value_free_len(values);
    return text;
}

bool entry_has(struct directory_entry *entry, const char *attribute, const char *value)
{
    struct berval **values = values_of(entry, attribute);
    const size_t length = strlen(value);
    bool found = false;

    for (size_t i = 0; values && values[i] && !found; i++) {
        found = values[i]->bv_len == length && strncasecmp(values[i]->bv_val, value, length) == 0;
    }
    ldap_value_free_len(values);
    return found;
}

/* The first value as a short text; false when there is none, or it is too long for a number. */
static bool short_value(struct directory_entry *entry, const char *attribute, char text[64])
{
    struct berval **values = values_of(entry, attribute);
    bool fits = values && values[0] && values[0]->bv_len > 0 && values[0]->bv_len < 64 &&
                !memchr(values[0]->bv_val, '\0', values[0]->bv_len);

    if (fits) {
        memcpy(text, values[0]->bv_val, values[0]->bv_len);
        text[values[0]->bv_len] = '\0';
    }
    ldap_value_free_len(values);
    return fits;
}

int64_t entry_integer(struct directory_entry *entry, const char *attribute)
{
    char text[64];
    char *end;
    long long value;

    if (!short_value(entry, attribute, text) || strspn(text, "-0123456789") != strlen(text)) {
        return EVIDENCE_UNKNOWN;
    }
    errno = 0;
    value = strtoll(text, &end, 10);
    return errno == 0 && *end == '\0' && end != text ? (int64_t)value : EVIDENCE_UNKNOWN;
}

enum evidence_tri entry_boolean(struct directory_entry *entry, const char *attribute)
{
    char text[64];

    if (!short_value(entry, attribute, text)) {
        return TRI_UNKNOWN;
    }
    /* RFC 4517 3.3.3 */
    return strcasecmp(text, "TRUE") == 0    ? TRI_YES
           : strcasecmp(text, "FALSE") == 0 ? TRI_NO
                                            : TRI_UNKNOWN;
}

int64_t entry_time(struct directory_entry *entry, const char *attribute)
{
    char text[64];

    return short_value(entry, attribute, text) ? generalized_time_parse(text) : EVIDENCE_UNKNOWN;
}

int64_t entry_filetime(struct directory_entry *entry, const char *attribute)
{
    /* 1970 in units of 100 ns since 1601 ([MS-DTYP] 2.3.3) */
    const int64_t epoch = 116444736000000000;
    const int64_t ticks = entry_integer(entry, attribute);

    if (ticks == EVIDENCE_UNKNOWN || ticks <= 0 || ticks == INT64_MAX) {
        return EVIDENCE_UNKNOWN;
    }
    return (ticks - epoch) / 10;
}

const void *entry_bytes(struct directory_entry *entry, const char *attribute, struct arena *arena,
                        size_t *length_out)
{
    struct berval **values = values_of(entry, attribute);
    const void *bytes = NULL;

    *length_out = 0;
    if (values && values[0] && values[0]->bv_len <= BYTES_MAX) {
        *length_out = values[0]->bv_len;
        bytes = arena_strndup(arena, values[0]->bv_val, values[0]->bv_len);
    }
    ldap_value_free_len(values);
    return bytes;
}
