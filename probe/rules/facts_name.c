/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <string.h>

#include "rules/facts.h"

/* Length without the dot that ends an absolute name. */
static size_t name_length(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && name[length - 1] == '.' ? length - 1 : length;
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* strncasecmp depends on the locale. */
static bool same_bytes(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

bool same_name(const char *a, const char *b)
{
    return a && b && name_length(a) == name_length(b) && same_bytes(a, b, name_length(a));
}

bool name_is_within(const char *name, const char *domain)
{
    size_t above = domain ? name_length(domain) : 0;
    size_t whole = name ? name_length(name) : 0;

    if (above == 0 || whole < above || !same_bytes(name + whole - above, domain, above)) {
        return false;
    }
    return whole == above || name[whole - above - 1] == '.';
}

bool name_starts(const char *text, const char *prefix)
{
    while (*prefix != '\0' && lower(*text) == lower(*prefix)) {
        text++;
        prefix++;
    }
    return *prefix == '\0';
}

bool name_is_address(const char *name)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    char plain[64];
    size_t length = name ? strlen(name) : 0;

    if (length == 0 || length >= sizeof(plain)) {
        return false;
    }
    memcpy(plain, name, length + 1);
    if (plain[0] == '[' && plain[length - 1] == ']') {
        plain[length - 1] = '\0';
        return inet_pton(AF_INET6, plain + 1, bytes) == 1;
    }
    return inet_pton(AF_INET, plain, bytes) == 1 || inet_pton(AF_INET6, plain, bytes) == 1;
}

const char *fact_target(const struct case_view *view)
{
    /* Logs mostly do not say which MP they are of. */
    const bool unknown =
        view->run && view->run->origin == ORIGIN_LOGS && strcmp(view->run->target, "unknown") == 0;

    return view->run && !unknown ? view->run->target : NULL;
}

bool fact_names_computer(const char *principal)
{
    const char *realm = strrchr(principal, '@');
    size_t length = realm ? (size_t)(realm - principal) : strlen(principal);

    return (length > 0 && principal[length - 1] == '$') || name_starts(principal, "host/");
}

/* On a recorded client people sign in, too: what they ask for a ticket of their own is not what it
   shows to the MP. */
static bool is_asker(const struct case_view *view, const struct evidence_kdc *kdc)
{
    return kdc->client && (!fact_is_recorded(view) || kdc->step == STEP_TICKET ||
                           fact_names_computer(kdc->client));
}

const char *fact_principal(const struct case_view *view)
{
    if (view->identity && view->identity->principal) {
        return view->identity->principal;
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_KDC && is_asker(view, record->kdc)) {
            return record->kdc->client;
        }
    }
    return NULL;
}

const char *fact_client_realm(const struct case_view *view)
{
    const char *principal = fact_principal(view);
    const char *at = principal ? strrchr(principal, '@') : NULL;

    if (view->identity && view->identity->realm) {
        return view->identity->realm;
    }
    return at && at[1] ? at + 1 : NULL;
}

bool fact_names_mp(const struct case_view *view, const char *name)
{
    const char *target = fact_target(view);
    size_t length = target ? name_length(target) : 0;

    if (!name || length == 0) {
        return false;
    }
    return same_name(name, target) || (!strchr(target, '.') && strlen(name) > length &&
                                       name[length] == '.' && same_bytes(name, target, length));
}

bool fact_asks_for_mp(const struct case_view *view, const struct evidence_dns *dns)
{
    return (strcmp(dns->type, "A") == 0 || strcmp(dns->type, "AAAA") == 0 ||
            strcmp(dns->type, "CNAME") == 0) &&
           fact_names_mp(view, dns->name);
}

bool fact_name_unknown(const struct case_view *view)
{
    bool unknown = false;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DNS && fact_asks_for_mp(view, record->dns)) {
            if (record->dns->outcome == DNS_ANSWER) {
                return false;
            }
            unknown = unknown || record->dns->outcome == DNS_NXDOMAIN;
        }
    }
    return unknown && !fact_reached(view);
}

const char *fact_canonical(const struct case_view *view, const struct evidence_record **record_out)
{
    *record_out = NULL;
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const char *canonical = NULL;

        if (record->kind != EVIDENCE_DNS || !fact_asks_for_mp(view, record->dns)) {
            continue;
        }
        for (size_t k = 0; k < record->dns->answer_count; k++) {
            const struct dns_answer *answer = &record->dns->answers[k];

            if (strcmp(answer->type, "CNAME") == 0 && answer->value) {
                canonical = answer->value;
            }
        }
        if (canonical && !same_name(canonical, record->dns->name)) {
            *record_out = record;
            return canonical;
        }
    }
    return NULL;
}

const char *fact_srv_realm(const struct evidence_dns *dns)
{
    /* RFC 4120 7.2.3, and the records that Windows registers for domain controllers. */
    static const char *const services[] = {"_kerberos._tcp.dc._msdcs.", "_ldap._tcp.dc._msdcs.",
                                           "_kerberos._tcp.", "_kerberos._udp."};

    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        size_t length = strlen(services[i]);

        if (strcmp(dns->type, "SRV") == 0 && strlen(dns->name) > length &&
            same_bytes(dns->name, services[i], length)) {
            return dns->name + length;
        }
    }
    return NULL;
}

const char *fact_other_domain(const struct case_view *view, const char *realm,
                              const struct evidence_record **record_out)
{
    const char *target = fact_target(view);
    const char *found = name_is_within(target, realm) ? realm : NULL;

    *record_out = NULL;
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const char *domain = record->kind == EVIDENCE_DNS && record->dns->outcome == DNS_ANSWER
                                 ? fact_srv_realm(record->dns)
                                 : NULL;

        if (domain && name_is_within(target, domain) &&
            (!found || name_length(domain) > name_length(found))) {
            found = domain;
            *record_out = record;
        }
    }
    return *record_out && !name_is_within(found, realm) && !name_is_within(realm, found) ? found
                                                                                         : NULL;
}
