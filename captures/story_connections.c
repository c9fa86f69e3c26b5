/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story_connections.h"

#include <string.h>
#include <strings.h>

/* What sites publish their MPs with in DNS: _mssms_mp_<site code>._tcp.<domain>. */
static const char PUBLISHED_MP[] = "_mssms_mp_";

bool is_bare_http(const struct evidence_http *http)
{
    return !http->method && (http->phase == PHASE_CONNECT || http->phase == PHASE_TLS);
}

bool is_encrypted(const struct evidence_http *http)
{
    return !http->method && http->phase == PHASE_TLS;
}

bool is_bare_kdc(const struct evidence_kdc *kdc)
{
    return !kdc->realm && !kdc->service && kdc->purpose == KDC_PURPOSE_UNKNOWN &&
           (kdc->outcome == OUTCOME_TIMEOUT || kdc->outcome == OUTCOME_REFUSED ||
            kdc->outcome == OUTCOME_UNREACHABLE);
}

/* --- to MPs --- */

const char *connection_name_of_address(const struct story_client *client, const char *address)
{
    for (size_t i = client->names.count; i > 0; i--) {
        const struct evidence_dns *dns = client->names.items[i - 1]->dns;

        for (size_t k = 0; k < dns->answer_count; k++) {
            const struct dns_answer *answer = &dns->answers[k];

            if (answer->value && strcmp(answer->value, address) == 0 &&
                story_same_name(dns->type, answer->type)) {
                return dns->name;
            }
        }
    }
    return NULL;
}

const char *connection_host(const struct story_client *client, const struct kept *kept,
                            struct host_text *host)
{
    char address[ENDPOINT_TEXT_SIZE];
    const char *name;

    if (story_field_host(kept->http->host, host)[0]) {
        return host->text;
    }
    endpoint_text(&kept->server, address);
    name = connection_name_of_address(client, address);
    return story_field_host(name ? name : address, host);
}

bool connection_is_to(const struct story_client *client, const struct kept *kept,
                      const char *target)
{
    char address[ENDPOINT_TEXT_SIZE];
    struct host_text host;

    return story_same_host(connection_host(client, kept, &host), target) ||
           strcasecmp(endpoint_text(&kept->server, address), target) == 0;
}

bool connection_host_is_wanted(const struct story_client *client, const char *host)
{
    struct host_text service;

    for (size_t i = 0; i < client->tickets.count; i++) {
        const struct kept *kept = client->tickets.items[i];

        if (kept->kind == EVIDENCE_KDC && kept->kdc->service &&
            story_same_host(story_service_host(kept->kdc->service, "HTTP", &service), host)) {
            return true;
        }
    }
    for (size_t i = 0; i < client->names.count; i++) {
        const struct evidence_dns *dns = client->names.items[i]->dns;

        for (size_t k = 0; story_starts(dns->name, PUBLISHED_MP) && k < dns->answer_count; k++) {
            if (story_same_host(dns->answers[k].value, host)) {
                return true;
            }
        }
    }
    return false;
}

/* One that failed at an address of the MP that the case has no request to. */
static bool is_other_address(const struct telling *telling, const struct kept *kept)
{
    return request_is_unsent(kept->http) && kept->server.port == telling->of->port &&
           in_window(telling, kept) && telling_is_recent(telling, kept_began(kept)) &&
           !telling_has_server(telling, &kept->server);
}

void select_connections(struct telling *telling)
{
    const struct kept_list *list = &telling->client->connections;

    for (size_t i = list->count; i > 0; i--) {
        if (connection_is_to(telling->client, list->items[i - 1], telling->target) &&
            (!telling->of || is_other_address(telling, list->items[i - 1]))) {
            telling_add(telling, list->items[i - 1], STEP_ANONYMOUS);
        }
    }
}

/* --- to KDCs --- */

static bool is_answered_request(const struct kept *kept)
{
    return kept->kind == EVIDENCE_KDC && kept->kdc->realm;
}

/* The selected request before the connection, else the next one to the same KDC. */
static const struct told *neighbour(const struct telling *telling, const struct kept *connection)
{
    const struct told *before = NULL;
    const struct told *after = NULL;

    for (size_t i = 0; i < telling->count; i++) {
        const struct told *told = &telling->items[i];

        if (!is_answered_request(told->kept)) {
            continue;
        }
        if (told->frame < kept_frame(connection)) {
            before = !before || told->frame > before->frame ? told : before;
        } else if (endpoint_equal(&told->kept->server, &connection->server)) {
            after = !after || told->frame < after->frame ? told : after;
        }
    }
    return before ? before : after;
}

/* NULL when the KDC was never heard of. */
static const char *realm_of_kdc(const struct story_client *client, const struct endpoint *server)
{
    for (size_t i = 0; i < client->tickets.count; i++) {
        const struct kept *kept = client->tickets.items[i];

        if (is_answered_request(kept) && endpoint_equal(&kept->server, server)) {
            return kept->kdc->realm;
        }
    }
    return NULL;
}

/* What the connection would have been used for; false when that is not known. */
static bool conclude(const struct telling *telling, const struct kept *connection,
                     struct told *like)
{
    const struct told *near = neighbour(telling, connection);
    const struct kdc_reply *reply = near ? near->kept->kdc->reply : NULL;
    const char *known = realm_of_kdc(telling->client, &connection->server);
    const bool follows = near && near->frame < kept_frame(connection);

    if (!near) {
        return false;
    }
    *like = *near;
    like->purpose = near->kept->kdc->purpose;
    like->service = near->kept->kdc->service;
    like->realm = near->kept->kdc->realm;
    if (follows && reply && reply->kind == KDC_REPLY_AS) {
        like->step = STEP_TICKET;
        like->purpose = KDC_TGS;
        like->service = NULL;
    } else if (follows && reply && reply->kind == KDC_REPLY_TGS) {
        if (!reply->referral) {
            return false; /* the client has what it asked for */
        }
        like->realm = reply->referral;
    }
    return !known || story_same_name(known, like->realm);
}

void select_kdc_connections(struct telling *telling)
{
    const struct kept_list *list = &telling->client->tickets;

    for (size_t i = 0; i < list->count; i++) {
        const struct kept *kept = list->items[i];
        struct told like;
        struct told *told;

        if (kept->kind != EVIDENCE_KDC || !is_bare_kdc(kept->kdc) || !in_window(telling, kept) ||
            !conclude(telling, kept, &like)) {
            continue;
        }
        told = telling_add(telling, kept, like.step);
        if (told) {
            told->purpose = like.purpose;
            told->service = like.service;
            told->realm = like.realm;
        }
    }
}
