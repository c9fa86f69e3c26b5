/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/glance.h"

#include <string.h>
#include <strings.h>

#include "ldap/entry.h"

#define HTTP "HTTP/"

enum { HTTP_LENGTH = sizeof(HTTP) - 1 };

/* What matters of an entry; values stand in the message, their array is the glance's. */
struct glance {
    struct berval name;
    struct berval dns_host_name;
    BerVarray spns;
    bool computer;
    bool strange;
};

static bool is(const struct berval *text, const char *word)
{
    return text->bv_len == strlen(word) && strncasecmp(text->bv_val, word, text->bv_len) == 0;
}

/* Managed service accounts have the class computer, too. */
static bool is_computer(const struct berval *classes, bool *strange)
{
    bool computer = false;

    for (; classes->bv_val; classes++) {
        computer = computer || is(classes, "computer");
        *strange = *strange || is(classes, "msDS-ManagedServiceAccount") ||
                   is(classes, "msDS-GroupManagedServiceAccount");
    }
    return computer;
}

/* Takes one attribute; its values are kept, or freed. */
static void take(struct glance *glance, const struct berval *attribute, BerVarray values)
{
    if (is(attribute, "servicePrincipalName") && !glance->spns) {
        glance->spns = values;
        return;
    }
    if (is(attribute, "sAMAccountName")) {
        glance->name = values[0];
    } else if (is(attribute, "dNSHostName")) {
        glance->dns_host_name = values[0];
    } else if (is(attribute, "objectClass")) {
        glance->computer = is_computer(values, &glance->strange);
    } else if (memchr(attribute->bv_val, ';', attribute->bv_len)) {
        glance->strange = true; /* a range of values, and there are more */
    }
    ber_memfree(values);
}

static void look(struct directory_entry *entry, struct glance *glance)
{
    LDAP *ld = entry->directory->ld;
    BerElement *position = NULL;
    struct berval dn;
    int code = ldap_get_dn_ber(ld, entry->message, &position, &dn);

    while (code == LDAP_SUCCESS) {
        struct berval attribute = {0};
        BerVarray values = NULL;

        code = ldap_get_attribute_ber(ld, entry->message, position, &attribute, &values);
        if (code != LDAP_SUCCESS || !attribute.bv_val) {
            break;
        }
        if (values && values[0].bv_val) {
            take(glance, &attribute, values);
        } else {
            ber_memfree(values);
        }
    }
    glance->strange = glance->strange || code != LDAP_SUCCESS;
    ber_free(position, 0);
}

static bool is_same(const char *text, size_t length, const struct berval *name, size_t name_length)
{
    return length > 0 && length == name_length && strncasecmp(text, name->bv_val, length) == 0;
}

/* How much of a name stands before the sign; all of it without one. */
static size_t length_before(const struct berval *name, char sign)
{
    const char *at = name->bv_len > 0 ? memchr(name->bv_val, sign, name->bv_len) : NULL;

    return at ? (size_t)(at - name->bv_val) : name->bv_len;
}

static bool is_http(const struct berval *spn)
{
    return spn->bv_len >= HTTP_LENGTH && strncasecmp(spn->bv_val, HTTP, HTTP_LENGTH) == 0;
}

static bool is_plain(const struct berval *spn)
{
    for (size_t i = 0; i < spn->bv_len; i++) {
        const char byte = spn->bv_val[i];

        if (byte <= ' ' || byte > '~' || byte == ':' || (byte == '/' && i >= HTTP_LENGTH)) {
            return false;
        }
    }
    return true;
}

static bool is_own(const struct glance *glance, const struct berval *spn)
{
    const struct berval *dns = &glance->dns_host_name;
    const char *host = spn->bv_val + HTTP_LENGTH;
    const size_t length = spn->bv_len - HTTP_LENGTH;

    return is_plain(spn) &&
           (is_same(host, length, dns, dns->bv_len) ||
            is_same(host, length, dns, length_before(dns, '.')) ||
            is_same(host, length, &glance->name, length_before(&glance->name, '$')));
}

int64_t glance_own_spns(struct directory_entry *entry, glance_function *function, void *context)
{
    struct glance glance = {.computer = false};
    int64_t count = 0;

    look(entry, &glance);
    if (glance.strange || !glance.computer || !glance.spns) {
        count = -1;
    }
    for (BerVarray spn = glance.spns; count >= 0 && spn->bv_val; spn++) {
        if (is_http(spn)) {
            count = is_own(&glance, spn) ? count + 1 : -1;
        }
    }
    for (BerVarray spn = glance.spns; count > 0 && spn->bv_val; spn++) {
        if (is_http(spn)) {
            function(spn->bv_val, spn->bv_len, context);
        }
    }
    ber_memfree(glance.spns);
    return count;
}
