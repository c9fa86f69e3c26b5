/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "captures/frame.h"
#include "decode/ccm_message.h"
#include "decode/http.h"
#include "evidence/shape.h"

/* Most records fit, with what they point to. */
enum { EXCHANGE_BYTES = 2 * 1024 };

struct exchange *exchange_new(struct messages *messages, enum evidence_kind kind)
{
    struct exchange *exchange;

    if (messages->exchange_count >= messages->limits.exchanges) {
        messages->hits[HIT_EXCHANGES]++;
        return NULL;
    }
    exchange = calloc(1, sizeof(*exchange));
    if (!exchange) {
        return NULL;
    }
    messages->exchange_count++;
    exchange->kind = kind;
    arena_reserve(&exchange->arena, EXCHANGE_BYTES);
    exchange->payload = evidence_new(&exchange->arena, shape_of(kind));
    return exchange;
}

void exchange_free(struct messages *messages, struct exchange *exchange)
{
    if (exchange) {
        arena_release(&exchange->arena);
        budget_release(&messages->bodies, &exchange->message.bytes);
        budget_release(&messages->bodies, &exchange->answer.bytes);
        free(exchange);
        messages->exchange_count--;
    }
}

int64_t mark_difference(const struct mark *from, const struct mark *to)
{
    return from->at != FRAME_NO_TIME && to->at >= from->at ? to->at - from->at : EVIDENCE_UNKNOWN;
}

const char *exchange_address(struct exchange *exchange, const struct endpoint *endpoint)
{
    char text[ENDPOINT_TEXT_SIZE];

    return arena_strdup(&exchange->arena, endpoint_text(endpoint, text));
}

void exchange_note(const struct messages *messages, const struct capture_message *message)
{
    if (messages->settings.on_message) {
        messages->settings.on_message(messages->settings.context, message);
    }
}

/* A record that comes with the event, in an arena of its own. */
struct companion {
    struct arena arena;
    enum evidence_kind kind; /* EVIDENCE_NONE: there is none */
    void *payload;
};

/* The clock read half way through the round trip, as the live probe reckons it. */
static struct evidence_clock *add_clock(struct companion *companion, enum clock_source source,
                                        const struct mark *answered, int64_t rtt_us)
{
    struct evidence_clock *clock = evidence_new(&companion->arena, shape_of(EVIDENCE_CLOCK));

    companion->kind = EVIDENCE_CLOCK;
    companion->payload = clock;
    clock->source = source;
    clock->local_at = answered->at - rtt_us / 2;
    return clock;
}

static void finish_clock(struct evidence_clock *clock, int64_t remote_at, int64_t uncertainty_us)
{
    clock->remote_at = remote_at;
    clock->offset_us = remote_at - clock->local_at;
    clock->uncertainty_us = uncertainty_us;
}

static void kdc_clock(const struct exchange *exchange, struct companion *companion)
{
    const struct evidence_kdc *kdc = exchange->kdc;
    struct evidence_clock *clock;

    if (!kdc->reply || !kdc->reply->error || kdc->rtt_us == EVIDENCE_UNKNOWN ||
        kdc->reply->error->server_time == EVIDENCE_UNKNOWN) {
        return;
    }
    clock = add_clock(companion, CLOCK_KDC, &exchange->answered, kdc->rtt_us);
    clock->method = CLOCK_KRB_ERROR;
    clock->name = arena_strdup(&companion->arena, kdc->realm);
    clock->address = arena_strdup(&companion->arena, kdc->address);
    finish_clock(clock, kdc->reply->error->server_time, kdc->rtt_us / 2 + 1000);
}

/* The MP's name is what the client called it, without the port. */
static const char *host_name(struct arena *arena, const char *host)
{
    const char *end;

    if (!host) {
        return NULL;
    }
    if (host[0] == '[') {
        end = strchr(host, ']');
        return end ? arena_strndup(arena, host + 1, (size_t)(end - host - 1)) : NULL;
    }
    end = strchr(host, ':');
    return end ? arena_strndup(arena, host, (size_t)(end - host)) : arena_strdup(arena, host);
}

static void http_clock(const struct exchange *exchange, struct companion *companion)
{
    const int64_t half_second = CLOCK_US_PER_SECOND / 2;
    const struct evidence_http *http = exchange->http;
    const struct krb_error *error = http->answer ? http->answer->error : NULL;
    const bool exact = error && error->server_time != EVIDENCE_UNKNOWN;
    struct evidence_clock *clock;

    if (!http->reply || http->rtt_us == EVIDENCE_UNKNOWN ||
        (!exact && http->reply->date == EVIDENCE_UNKNOWN)) {
        return;
    }
    clock = add_clock(companion, CLOCK_MP, &exchange->answered, http->rtt_us);
    clock->method = exact ? CLOCK_KRB_ERROR : CLOCK_HTTP_DATE;
    clock->name = host_name(&companion->arena, http->host);
    clock->address = arena_strdup(&companion->arena, http->address);
    finish_clock(clock, exact ? error->server_time : http->reply->date + half_second,
                 http->rtt_us / 2 + (exact ? 1000 : half_second));
}

static void http_registration(const struct exchange *exchange, struct companion *companion)
{
    struct evidence_registration *registration;
    char text[ENDPOINT_TEXT_SIZE];
    bool found = false;

    if (exchange->message.bytes.length == 0 && exchange->answer.bytes.length == 0) {
        return;
    }
    registration = evidence_new(&companion->arena, shape_of(EVIDENCE_REGISTRATION));
    if (exchange->is_ccm_post && exchange->message.bytes.length > 0) {
        found = ccm_message_decode(&companion->arena, exchange->message.bytes.data,
                                   exchange->message.bytes.length, registration);
    }
    if ((exchange->is_ccm_post || exchange->asked.frame == 0) &&
        exchange->answer.bytes.length > 0) {
        found |= ccm_message_decode(&companion->arena, exchange->answer.bytes.data,
                                    exchange->answer.bytes.length, registration);
    }
    if (!found) {
        return;
    }
    registration->source = REGISTRATION_CAPTURE;
    registration->address = arena_strdup(&companion->arena, endpoint_text(&exchange->client, text));
    companion->kind = EVIDENCE_REGISTRATION;
    companion->payload = registration;
}

static void tell(const struct messages *messages, const struct exchange *exchange,
                 enum evidence_kind kind, void *payload, struct arena *arena)
{
    struct capture_event event = {
        .kind = kind,
        .client = exchange->client,
        .server = exchange->server,
        .asked = exchange->asked,
        .answered = exchange->answered,
        .connection = exchange->connection,
        .payload = payload,
        .arena = arena,
    };

    messages->settings.on_event(messages->settings.context, &event);
}

/* What there is of the reply's body goes into the reply. */
static void finish_body(struct exchange *exchange)
{
    struct http_reply *reply = exchange->http->reply;

    if (!reply) {
        return;
    }
    if (exchange->keeps_answer) {
        http_decode_body(&exchange->arena, buffer_text(&exchange->answer.bytes),
                         exchange->answer.bytes.length, reply);
    }
    reply->body_bytes = exchange->answer_bytes;
}

void exchange_tell(struct messages *messages, struct exchange *exchange)
{
    struct companion registration = {.kind = EVIDENCE_NONE};
    struct companion clock = {.kind = EVIDENCE_NONE};

    if (exchange->kind == EVIDENCE_KDC) {
        kdc_clock(exchange, &clock);
    } else if (exchange->kind == EVIDENCE_HTTP) {
        finish_body(exchange);
        http_registration(exchange, &registration);
        http_clock(exchange, &clock);
    }
    tell(messages, exchange, exchange->kind, exchange->payload, &exchange->arena);
    if (registration.kind != EVIDENCE_NONE) {
        tell(messages, exchange, registration.kind, registration.payload, &registration.arena);
    }
    if (clock.kind != EVIDENCE_NONE) {
        tell(messages, exchange, clock.kind, clock.payload, &clock.arena);
    }
    arena_release(&registration.arena);
    arena_release(&clock.arena);
    exchange_free(messages, exchange);
}

enum evidence_outcome exchange_silence(const struct exchange *exchange, const struct mark *now,
                                       int64_t silence_us)
{
    const int64_t waited = mark_difference(&exchange->sent, now);

    return waited != EVIDENCE_UNKNOWN && waited >= silence_us ? OUTCOME_TIMEOUT : OUTCOME_UNKNOWN;
}

void exchange_tell_unanswered(struct messages *messages, struct exchange *exchange,
                              enum evidence_outcome outcome)
{
    switch ((int)exchange->kind) {
    case EVIDENCE_DNS:
        exchange->dns->outcome = outcome == OUTCOME_TIMEOUT   ? DNS_TIMEOUT
                                 : outcome == OUTCOME_UNKNOWN ? DNS_UNKNOWN
                                                              : DNS_UNREACHABLE;
        break;
    case EVIDENCE_KDC:
        exchange->kdc->outcome = outcome;
        break;
    case EVIDENCE_SEARCH:
        exchange->search->outcome = outcome;
        break;
    default:
        exchange->http->outcome = outcome;
        break;
    }
    exchange_tell(messages, exchange);
}
