/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story_names.h"

#include <string.h>

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

bool story_starts(const char *text, const char *prefix)
{
    while (text && *prefix && lower(*text) == lower(*prefix)) {
        text++;
        prefix++;
    }
    return text && !*prefix;
}

static size_t name_length(const char *name)
{
    const size_t length = strlen(name);

    return length > 0 && name[length - 1] == '.' ? length - 1 : length;
}

static bool same_bytes(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

bool story_same_name(const char *a, const char *b)
{
    return a && b && name_length(a) == name_length(b) && same_bytes(a, b, name_length(a));
}

bool story_is_within(const char *name, const char *domain)
{
    const size_t above = domain ? name_length(domain) : 0;
    const size_t whole = name ? name_length(name) : 0;

    return above > 0 && whole >= above && same_bytes(name + whole - above, domain, above) &&
           (whole == above || name[whole - above - 1] == '.');
}

bool story_is_address(const char *text)
{
    return text && (strchr(text, ':') || (text[0] && text[strspn(text, "0123456789.")] == '\0'));
}

static bool is_first_label(const char *label, const char *name)
{
    const size_t length = name_length(label);

    return length > 0 && !memchr(label, '.', length) && strlen(name) > length &&
           name[length] == '.' && same_bytes(label, name, length);
}

bool story_same_host(const char *a, const char *b)
{
    return a && b &&
           (story_same_name(a, b) || (!story_is_address(a) && !story_is_address(b) &&
                                      (is_first_label(a, b) || is_first_label(b, a))));
}

static const char *set_host(struct host_text *host, const char *text, size_t length)
{
    length = length < sizeof(host->text) ? length : sizeof(host->text) - 1;
    memcpy(host->text, text, length);
    host->text[length] = '\0';
    return host->text;
}

const char *story_field_host(const char *field, struct host_text *host)
{
    if (!field) {
        return set_host(host, "", 0);
    }
    if (field[0] == '[') {
        return set_host(host, field + 1, strcspn(field + 1, "]"));
    }
    return set_host(host, field, strcspn(field, ":"));
}

const char *story_service_host(const char *service, const char *class, struct host_text *host)
{
    const size_t length = strlen(class);

    if (!story_starts(service, class) || service[length] != '/') {
        return set_host(host, "", 0);
    }
    service += length + 1;
    return set_host(host, service, strcspn(service, ":/@"));
}

const char *story_account_host(const char *principal, struct host_text *host)
{
    const size_t length = principal ? strcspn(principal, "@") : 0;

    if (story_starts(principal, "host/")) {
        return story_service_host(principal, "host", host);
    }
    return length > 0 && principal[length - 1] == '$' ? set_host(host, principal, length - 1)
                                                      : set_host(host, "", 0);
}

const char *story_service_domain(const char *question)
{
    const char *domain = NULL;

    if (!story_starts(question, "_kerberos.") && !story_starts(question, "_ldap.") &&
        !story_starts(question, "_gc.")) {
        return NULL;
    }
    for (const char *label = question; *label; label += strcspn(label, ".")) {
        label += *label == '.';
        if (*label == '_') {
            domain = strchr(label, '.');
        }
    }
    return domain ? domain + 1 : NULL;
}
