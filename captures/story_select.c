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

/* KRB_ERR_RESPONSE_TOO_BIG refuses nothing: the same is asked over TCP (RFC 4120 7.2.1, 7.5.9). */
enum { RESPONSE_TOO_BIG = 52 };

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

static const char *fingerprint_of(const struct kept *kept)
{
    const struct kdc_reply *reply = kept->kind == EVIDENCE_KDC ? kept->kdc->reply : NULL;

    return reply && !reply->referral && reply->ticket ? reply->ticket->fingerprint : NULL;
}

/* Do several ask at once, machines behind one address or programs of one? */
static bool is_at_once(const struct telling *telling)
{
    return telling->of && telling->of->overlapping > 0;
}

/* The ticket that the attempt presented last; NULL for none, as of no attempt. */
static const char *presented_by(const struct attempt *attempt)
{
    const char *presented = NULL;

    for (size_t i = 0; attempt && i < attempt->items.count; i++) {
        const struct kept *kept = attempt->items.items[i];

        if (kept->kind == EVIDENCE_HTTP && kept->http->sent && kept->http->sent->ticket &&
            kept->http->leg == LEG_NEGOTIATE) {
            presented = kept->http->sent->ticket->fingerprint;
        }
    }
    return presented;
}

static bool same_ticket(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Where several ask at once, the ticket that was presented tells whose request is whose. */
static void find_own(struct telling *telling)
{
    const struct kept_list *list = &telling->client->tickets;
    const char *presented = is_at_once(telling) ? presented_by(telling->attempt) : NULL;

    for (size_t i = 0; presented && i < list->count; i++) {
        telling->own =
            same_ticket(fingerprint_of(list->items[i]), presented) ? list->items[i] : telling->own;
    }
}

/* Did another attempt present it, and not this one? An attempt that is forgotten is a precedent
   when its ticket was accepted. */
static bool is_presented_elsewhere(const struct telling *telling, const char *issued)
{
    const struct story_case *of = telling->of;
    const struct kept *precedent = of->precedent;
    bool found =
        (of->current != telling->attempt && same_ticket(issued, presented_by(of->current))) ||
        (of->shown != telling->attempt && same_ticket(issued, presented_by(of->shown)));

    for (size_t i = 0; i < STORY_ADDRESSES_MAX; i++) {
        found = found || same_ticket(issued, presented_by(of->others[i]));
    }
    found = found || (precedent && precedent->precedent->ticket &&
                      same_ticket(issued, precedent->precedent->ticket->fingerprint));
    return found && !same_ticket(issued, presented_by(telling->attempt));
}

/* Was the same refused shortly before? Then one client may have asked again, or it is two. */
static bool is_refused_before(const struct telling *telling, const struct kept *kept)
{
    const struct kept_list *list = &telling->client->tickets;

    for (size_t i = 0; i < list->count && list->items[i] != kept; i++) {
        const struct kept *request = list->items[i];

        if (asks_for(request, "HTTP", telling->target) &&
            frame_time_passed(began(request), began(kept)) < EXCHANGE_US && request->kdc->reply &&
            request->kdc->reply->error && request->kdc->reply->error->code != RESPONSE_TOO_BIG) {
            return true;
        }
    }
    return false;
}

/* Is it, where several ask at once, not of the one that presented its own ticket? Or has this one
   presented none, and another did? */
static bool is_of_another(const struct telling *telling, const struct kept *kept)
{
    const struct kept *own = telling->own;
    const char *issued = fingerprint_of(kept);

    if (!own) {
        return is_at_once(telling) && issued && is_presented_elsewhere(telling, issued) &&
               !is_refused_before(telling, kept);
    }
    return kept != own && ((account_of(kept) && account_of(own) &&
                            !same_account(account_of(kept), account_of(own))) ||
                           (issued && strcmp(issued, fingerprint_of(own)) != 0));
}

static bool is_ticket_for_mp(const struct telling *telling, const struct kept *kept)
{
    const struct kept *latest = telling->attempt ? telling->attempt->latest : NULL;

    if (is_of_another(telling, kept)) {
        return false;
    }
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

    find_own(telling);
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
           !is_of_another(telling, kept) &&
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

/* Did the client, which presented none, ask for a ticket-granting ticket anew, and was refused?
   Then it has no ticket of before any more, and what became of that says nothing. */
static bool is_without_tickets(const struct telling *telling)
{
    const struct kept_list *list = &telling->client->tickets;
    const struct kept *last = NULL;

    for (size_t i = 0; i < list->count; i++) {
        if (in_window(telling, list->items[i]) && is_of_account(telling, list->items[i])) {
            last = list->items[i];
        }
    }
    return last && last->kdc->reply && last->kdc->reply->error && !presented_by(telling->attempt);
}

/* A sign-in that began before the attempt did, as when other addresses are asked meanwhile: its
   first requests, too. One that worked is no beginning of one that was refused. */
static void add_beginning(struct telling *telling)
{
    const struct kept_list *list = &telling->client->tickets;
    const bool without_tickets = is_without_tickets(telling);
    const struct kept *next = NULL;

    for (size_t i = list->count; i > 0; i--) {
        const struct kept *kept = list->items[i - 1];

        if (!is_of_account(telling, kept)) {
            continue;
        }
        if (next && !in_window(telling, kept) && kept_frame(kept) < telling->before) {
            if (frame_time_passed(began(kept), began(next)) > EXCHANGE_US ||
                (kept->kdc->reply && kept->kdc->reply->kind == KDC_REPLY_AS && without_tickets)) {
                return;
            }
            add_request(telling, i - 1, STEP_IDENTITY);
        }
        next = next || in_window(telling, kept) ? kept : NULL;
    }
}

void select_tickets(struct telling *telling)
{
    if (add_between(telling, is_of_account, STEP_IDENTITY)) {
        add_beginning(telling);
    } else {
        add_earlier(telling, is_of_account, STEP_IDENTITY);
    }
    if (!add_between(telling, is_ticket_for_mp, STEP_TICKET) &&
        (is_without_tickets(telling) || !add_earlier(telling, is_ticket_for_mp, STEP_TICKET))) {
        add_between(telling, is_other_ticket, STEP_TICKET);
    }
    add_between(telling, is_host_ticket, STEP_HOST_TICKET);
}
