/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story_select.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "captures/frame.h"

/* Requests of one exchange follow one another; a KDC that is silent is waited for up to 30 s. */
enum { EXCHANGE_US = 40 * 1000 * 1000 };

/* A client asks for its ticket as soon as it was challenged. */
enum { AFTER_CHALLENGE_US = 10 * 1000 * 1000 };

struct told *telling_add(struct telling *telling, const struct kept *kept, enum evidence_step step)
{
    struct told *told = &telling->items[telling->count];

    for (size_t i = 0; i < telling->count; i++) {
        if (telling->items[i].kept == kept) {
            return NULL;
        }
    }
    if (telling->count == STORY_CASE_RECORDS) {
        telling->left_out++;
        return NULL;
    }
    *told = (struct told){
        .frame = kept_frame(kept), .order = telling->count, .kept = kept, .step = step};
    telling->count++;
    return told;
}

static int64_t began(const struct kept *kept)
{
    return kept->asked.frame ? kept->asked.at : kept->answered.at;
}

bool in_window(const struct telling *telling, const struct kept *kept)
{
    const struct attempt *attempt = telling->attempt;

    if (!attempt || kept_frame(kept) >= attempt->first) {
        return kept_frame(kept) < telling->before;
    }
    return kept_frame(kept) > attempt->after &&
           (attempt->after == 0 || began(kept) > attempt->after_at);
}

/* --- requests --- */

bool telling_has_server(const struct telling *telling, const struct endpoint *server)
{
    for (size_t i = 0; i < telling->count; i++) {
        const struct kept *kept = telling->items[i].kept;

        if (kept->kind == EVIDENCE_HTTP && endpoint_equal(&kept->server, server)) {
            return true;
        }
    }
    return false;
}

bool telling_is_recent(const struct telling *telling, int64_t at)
{
    static const uint64_t HOUR_US = UINT64_C(3600) * 1000 * 1000;

    return frame_time_passed(at, telling->attempt->began) < HOUR_US;
}

static void add_items(struct telling *telling, const struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->items.count; i++) {
        struct told *told = telling_add(telling, attempt->items.items[i], STEP_UNKNOWN);

        if (told) {
            told->once = true;
        }
    }
}

/* What the client met at the other addresses of the name, as the live probe asks them all. */
static void add_other_address(struct telling *telling, struct attempt *attempt)
{
    if (attempt && attempt != telling->attempt &&
        !telling_has_server(telling, &attempt->latest->server) &&
        telling_is_recent(telling, attempt->ended)) {
        add_items(telling, attempt);
        telling->also[telling->also_count++] = attempt;
    }
}

static void add_precedent(struct telling *telling, const struct kept *kept, const char *spn)
{
    if (kept && story_same_name(kept->precedent->spn, spn)) {
        telling_add(telling, kept, STEP_UNKNOWN);
    }
}

/* A client whose ticket was turned down is held against others whose was not. */
static void add_precedents(struct telling *telling)
{
    const struct story_mp *mp = telling->mp;
    const char *own = NULL;
    struct host_text spn;

    if (attempt_accepted(telling->attempt) && telling->attempt->latest->http->leg != LEG_HOST) {
        return;
    }
    snprintf(spn.text, sizeof(spn.text), "HTTP/%s", telling->target);
    for (size_t i = 0; i < telling->attempt->items.count; i++) {
        const struct kept *kept = telling->attempt->items.items[i];

        if (kept->kind == EVIDENCE_HTTP && kept->http->leg == LEG_NEGOTIATE && kept->http->spn) {
            snprintf(spn.text, sizeof(spn.text), "%s", kept->http->spn);
        }
    }
    if (telling->of->precedent &&
        endpoint_equal(&telling->of->precedent->server, &telling->attempt->latest->server)) {
        own = telling->of->precedent->precedent->client_address;
        add_precedent(telling, telling->of->precedent, spn.text);
    }
    for (size_t i = 0; i < 2; i++) {
        if (mp && mp->precedents[i] &&
            !(own && strcmp(mp->precedents[i]->precedent->client_address, own) == 0)) {
            add_precedent(telling, mp->precedents[i], spn.text);
            break;
        }
    }
}

void select_requests(struct telling *telling)
{
    const struct story_case *of = telling->of;

    add_items(telling, telling->attempt);
    add_other_address(telling, of->shown);
    for (size_t i = 0; i < STORY_ADDRESSES_MAX; i++) {
        add_other_address(telling, of->others[i]);
    }
    for (size_t i = 0; i < attempt_message_count(telling->attempt); i++) {
        struct told *told = telling_add(telling, telling->attempt->messages[i], STEP_UNKNOWN);

        if (told) {
            told->once = true;
        }
    }
    if (of->mplist) {
        telling_add(telling, of->mplist, STEP_UNKNOWN);
    }
    if (of->mplist_clock) {
        telling_add(telling, of->mplist_clock, STEP_UNKNOWN);
    }
    for (size_t i = 0; i < of->registrations.count; i++) {
        const struct kept *kept = of->registrations.items[i];

        if (kept_frame(kept) > telling->attempt->after && kept_frame(kept) < telling->before) {
            telling_add(telling, kept, STEP_UNKNOWN);
        }
    }
    add_precedents(telling);
}

/* --- accounts --- */

static const char *account_of(const struct kept *kept)
{
    return kept->kind != EVIDENCE_KDC                     ? NULL
           : kept->kdc->reply && kept->kdc->reply->client ? kept->kdc->reply->client
                                                          : kept->kdc->client;
}

/* KDCs write realm and case as they like; the name is the same. */
static bool same_account(const char *a, const char *b)
{
    const size_t length = a ? strcspn(a, "@") : 0;

    return a && b && length == strcspn(b, "@") && strncasecmp(a, b, length) == 0;
}

static bool is_request(const struct kept *kept, enum kdc_purpose purpose)
{
    return kept->kind == EVIDENCE_KDC && kept->kdc->purpose == purpose;
}

static bool asks_for(const struct kept *kept, const char *class, const char *target)
{
    struct host_text host;

    return is_request(kept, KDC_TGS) &&
           story_same_host(story_service_host(kept->kdc->service, class, &host), target);
}

static bool is_ticket_for_mp(const struct telling *telling, const struct kept *kept)
{
    const struct kept *latest = telling->attempt ? telling->attempt->latest : NULL;

    return asks_for(kept, "HTTP", telling->target) ||
           (is_request(kept, KDC_TGS) && latest && story_starts(latest->http->spn, "HTTP/") &&
            story_same_name(latest->http->spn, kept->kdc->service));
}

/* That of the MP's ticket; else a computer's, which is what a client signs in with; else the only
   one that there is. */
void select_principal(struct telling *telling)
{
    const struct kept_list *list = &telling->client->tickets;
    const char *of_ticket = NULL;
    const char *computer = NULL;
    const char *only = NULL;
    bool several = false;

    for (size_t i = 0; i < list->count; i++) {
        const char *account = account_of(list->items[i]);
        struct host_text host;

        if (!account) {
            continue;
        }
        if (is_ticket_for_mp(telling, list->items[i])) {
            of_ticket = account;
        }
        if (story_account_host(account, &host)[0]) {
            computer = account;
        }
        several = several || (only && !same_account(only, account));
        only = account;
    }
    telling->principal = of_ticket ? of_ticket : computer ? computer : several ? NULL : only;
}

/* --- tickets --- */

/* A request, and the clocks that its answer showed: they stand behind it. */
static void add_request(struct telling *telling, size_t index, enum evidence_step step)
{
    const struct kept_list *list = &telling->client->tickets;
    const struct kept *request = list->items[index];

    telling_add(telling, request, step);
    for (size_t i = index + 1; i < list->count && list->items[i]->kind == EVIDENCE_CLOCK; i++) {
        if (kept_frame(list->items[i]) == kept_frame(request)) {
            telling_add(telling, list->items[i], step);
        }
    }
}

typedef bool wanted_fn(const struct telling *telling, const struct kept *kept);

static bool is_of_account(const struct telling *telling, const struct kept *kept)
{
    return is_request(kept, KDC_AS) &&
           (!telling->principal || same_account(telling->principal, account_of(kept)));
}

static bool is_host_ticket(const struct telling *telling, const struct kept *kept)
{
    return asks_for(kept, "HOST", telling->target);
}

static bool is_other_ticket(const struct telling *telling, const struct kept *kept)
{
    struct host_text host;
    const struct attempt *attempt = telling->attempt;

    return attempt && attempt->latest->http->leg == LEG_ANONYMOUS && is_request(kept, KDC_TGS) &&
           story_service_host(kept->kdc->service, "HTTP", &host)[0] &&
           kept_frame(kept) > attempt->first &&
           frame_time_passed(attempt->ended, began(kept)) < AFTER_CHALLENGE_US;
}

static bool is_krbtgt(const struct kept *kept)
{
    return is_request(kept, KDC_TGS) && story_starts(kept->kdc->service, "krbtgt/");
}

/* A request for the TGT of another realm is a part of the way to a ticket when the next request, or
   the one before, is for that. Renewing the own one is not. */
static void add_way(struct telling *telling, size_t index, enum evidence_step step)
{
    const struct kept_list *list = &telling->client->tickets;
    const int64_t at = began(list->items[index]);

    for (size_t i = index; i > 0; i--) {
        const struct kept *kept = list->items[i - 1];

        if (is_request(kept, KDC_AS) ||
            (is_request(kept, KDC_TGS) &&
             (!is_krbtgt(kept) || frame_time_passed(began(kept), at) > EXCHANGE_US))) {
            break;
        }
        if (is_krbtgt(kept) &&
            !story_same_name(kept->kdc->service + strlen("krbtgt/"), kept->kdc->realm)) {
            add_request(telling, i - 1, step);
        }
    }
}

static bool add_between(struct telling *telling, wanted_fn *wanted, enum evidence_step step)
{
    const struct kept_list *list = &telling->client->tickets;
    bool any = false;

    for (size_t i = 0; i < list->count; i++) {
        if (in_window(telling, list->items[i]) && wanted(telling, list->items[i])) {
            add_way(telling, i, step);
            add_request(telling, i, step);
            any = true;
        }
    }
    return any;
}

/* The last exchange before the attempt. */
static bool add_earlier(struct telling *telling, wanted_fn *wanted, enum evidence_step step)
{
    const struct kept_list *list = &telling->client->tickets;
    const struct kept *last = NULL;

    for (size_t i = list->count; i > 0; i--) {
        const struct kept *kept = list->items[i - 1];

        if (!telling->attempt || kept_frame(kept) > telling->attempt->first ||
            !wanted(telling, kept)) {
            continue;
        }
        if (last && frame_time_passed(began(kept), began(last)) > EXCHANGE_US) {
            break;
        }
        last = kept;
        add_way(telling, i - 1, step);
        add_request(telling, i - 1, step);
    }
    return last != NULL;
}

void select_tickets(struct telling *telling)
{
    if (!add_between(telling, is_of_account, STEP_IDENTITY)) {
        add_earlier(telling, is_of_account, STEP_IDENTITY);
    }
    if (!add_between(telling, is_ticket_for_mp, STEP_TICKET) &&
        !add_earlier(telling, is_ticket_for_mp, STEP_TICKET)) {
        add_between(telling, is_other_ticket, STEP_TICKET);
    }
    add_between(telling, is_host_ticket, STEP_HOST_TICKET);
}

/* --- names --- */

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
