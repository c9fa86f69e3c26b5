/* SPDX-License-Identifier: Apache-2.0 */
/* Which answers of DNS belong to a case. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "captures/story_select.h"

/* The last that was asked before the attempt ended; else the first after it. */
static void add_name(struct telling *telling, const char *name, const char *type)
{
    const struct kept_list *list = &telling->client->names;
    const struct kept *best = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const struct kept *kept = list->items[i];

        if (story_same_name(kept->dns->name, name) && strcasecmp(kept->dns->type, type) == 0 &&
            (!best || (kept_frame(kept) < telling->before) ||
             kept_frame(kept) < kept_frame(best))) {
            best = kept;
        }
    }
    if (best) {
        telling_add(telling, best, STEP_NAME);
    }
}

static void add_host(struct telling *telling, const char *name)
{
    add_name(telling, name, "A");
    add_name(telling, name, "AAAA");
    add_name(telling, name, "CNAME");
}

/* The MP's name as it was asked for: a short one is completed before. */
static void add_mp(struct telling *telling)
{
    const struct kept_list *list = &telling->client->names;
    const bool is_short = !strchr(telling->target, '.');

    if (story_is_address(telling->target)) {
        return;
    }
    add_host(telling, telling->target);
    for (size_t i = 0; is_short && i < list->count; i++) {
        if (story_same_host(list->items[i]->dns->name, telling->target)) {
            add_host(telling, list->items[i]->dns->name);
        }
    }
}

/* The name that PTR records of an address have (RFC 1035 3.5, RFC 3596 2.5). */
static const char *reverse_name(const struct endpoint *server, struct host_text *name)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = server->address;
    char *out = name->text;

    if (server->version == 4) {
        snprintf(name->text, sizeof(name->text), "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2],
                 bytes[1], bytes[0]);
        return name->text;
    }
    for (size_t i = 16; i > 0; i--) {
        *out++ = digits[bytes[i - 1] & 15];
        *out++ = '.';
        *out++ = digits[bytes[i - 1] >> 4];
        *out++ = '.';
    }
    memcpy(out, "ip6.arpa", sizeof("ip6.arpa"));
    return name->text;
}

/* Of an address that the case has requests to? */
static bool is_reverse(const struct telling *telling, const char *name)
{
    struct host_text reverse;

    for (size_t i = 0; telling->of && story_is_within(name, "arpa") && i < telling->count; i++) {
        const struct kept *kept = telling->items[i].kept;

        if (kept->kind == EVIDENCE_HTTP &&
            story_same_name(name, reverse_name(&kept->server, &reverse))) {
            return true;
        }
    }
    return false;
}

/* The account's realm, the realms on the way to the ticket, and the domains above the MP's name. */
static bool is_realm(const struct telling *telling, const char *domain)
{
    const char *at = telling->principal ? strrchr(telling->principal, '@') : NULL;

    if (story_is_within(telling->target, domain) || (at && story_same_name(at + 1, domain))) {
        return true;
    }
    for (size_t i = 0; i < telling->count; i++) {
        const struct kept *kept = telling->items[i].kept;

        if (kept->kind == EVIDENCE_KDC &&
            (story_same_name(kept->kdc->realm, domain) ||
             (kept->kdc->reply && story_same_name(kept->kdc->reply->referral, domain)))) {
            return true;
        }
    }
    return false;
}

/* The addresses of so many KDCs are looked for. */
enum { KDCS_MAX = 8 };

static void add_kdcs(struct telling *telling, const struct evidence_dns *dns, size_t *count)
{
    for (size_t i = 0; i < dns->answer_count && *count < KDCS_MAX; i++) {
        if (dns->answers[i].value && story_same_name(dns->answers[i].type, "SRV")) {
            add_host(telling, dns->answers[i].value);
            ++*count;
        }
    }
}

void select_names(struct telling *telling)
{
    const struct kept_list *list = &telling->client->names;
    const size_t first = telling->count;
    size_t kdcs = 0;

    add_mp(telling);
    for (size_t i = 0; i < list->count; i++) {
        const struct evidence_dns *dns = list->items[i]->dns;
        const char *domain =
            strcasecmp(dns->type, "SRV") == 0 ? story_service_domain(dns->name) : NULL;

        if (kept_frame(list->items[i]) < telling->before &&
            (is_reverse(telling, dns->name) || (domain && is_realm(telling, domain)))) {
            telling_add(telling, list->items[i], STEP_NAME);
        }
    }
    for (size_t i = first, end = telling->count; i < end; i++) {
        const struct evidence_dns *dns = telling->items[i].kept->dns;

        if (strcasecmp(dns->type, "SRV") == 0) {
            add_kdcs(telling, dns, &kdcs);
        }
    }
}
