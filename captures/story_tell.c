/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story_tell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "captures/story_connections.h"
#include "evidence/copy.h"

uint64_t tell_first_frame(const struct narrator *narrator, const struct story_case *of)
{
    const struct attempt *attempt = attempt_to_show(of, narrator->end);

    return attempt ? attempt->first : 0;
}

/* --- names --- */

const char *tell_mp_name(const struct story_case *of, const struct attempt *attempt,
                         struct host_text *host)
{
    const struct evidence_http *http = attempt->latest->http;
    char address[ENDPOINT_TEXT_SIZE];
    const char *name;

    if (story_field_host(http->host, host)[0]) {
        return host->text;
    }
    if (of->shown && story_field_host(of->shown->latest->http->host, host)[0]) {
        return host->text; /* the last attempt did not get as far as to say it */
    }
    name = connection_name_of_address(of->client, endpoint_text(&attempt->latest->server, address));
    if (name) {
        return name;
    }
    return story_service_host(http->spn, "HTTP", host)[0] ? host->text : NULL;
}

/* The client as its registration calls it, else its account. */
static const char *client_host(const struct telling *telling, struct host_text *host)
{
    const char *name = NULL;

    for (size_t i = 0; i < telling->count; i++) {
        const struct kept *kept = telling->items[i].kept;

        if (kept->kind == EVIDENCE_REGISTRATION) {
            const struct evidence_registration *seen = kept->registration;

            name = seen->fqdn && seen->fqdn[0] ? seen->fqdn : seen->name ? seen->name : name;
        }
    }
    return name ? name : story_account_host(telling->principal, host)[0] ? host->text : NULL;
}

/* --- what the user asked for --- */

static bool is_wanted(const struct narrator *narrator, const struct telling *telling)
{
    const char *client = narrator->settings->client;
    const char *mp = narrator->settings->mp;
    char address[ENDPOINT_TEXT_SIZE];
    struct host_text host;

    if (client && strcasecmp(client, endpoint_text(&telling->client->address, address)) != 0 &&
        !story_same_host(client, client_host(telling, &host)) &&
        !(telling->principal && strcasecmp(client, telling->principal) == 0)) {
        return false;
    }
    if (!mp || story_same_host(mp, telling->target)) {
        return true;
    }
    for (size_t i = 0; i < telling->count; i++) {
        const struct kept *kept = telling->items[i].kept;

        if ((kept->kind == EVIDENCE_DNS && story_same_host(mp, kept->dns->name)) ||
            (telling->of && kept->kind == EVIDENCE_HTTP &&
             strcasecmp(mp, endpoint_text(&kept->server, address)) == 0)) {
            return true;
        }
    }
    return false;
}

/* --- records --- */

static struct evidence_place *make_place(struct narrator *narrator, uint64_t frame,
                                         uint64_t reply_frame)
{
    struct evidence_place *place = evidence_new(&narrator->evidence->arena, &SHAPE_PLACE);

    place->source = arena_strdup(&narrator->evidence->arena, narrator->settings->source);
    place->frame = frame ? (int64_t)frame : EVIDENCE_UNKNOWN;
    place->reply_frame = reply_frame ? (int64_t)reply_frame : EVIDENCE_UNKNOWN;
    return place;
}

/* A record of what is remembered, whose payload is to be completed. What is told once is given to
   the evidence as it is, so that nothing is held twice; what others need too is copied. */
static void *add_kept(struct narrator *narrator, const struct told *told)
{
    const struct kept *kept = told->kept;
    const struct shape *shape = shape_of(kept->kind);
    struct arena *arena = &narrator->evidence->arena;
    struct evidence_place *place = make_place(narrator, kept->asked.frame, kept->answered.frame);
    struct evidence_record record = {
        .kind = kept->kind,
        .at = kept->asked.frame ? kept->asked.at : kept->answered.at,
        .place = place,
        .payload = told->once
                       ? kept->payload
                       : evidence_copy(shape, kept->payload,
                                       arena_alloc(arena, evidence_size(shape, kept->payload))),
    };

    if (kept->answered.frame) {
        place->reply_at = kept->answered.at;
    }
    if (kept->kind == EVIDENCE_CLOCK) {
        record.at = kept->clock->local_at;
    }
    evidence_share(narrator->evidence, &record, narrator->case_id);
    return record.payload;
}

static const char *server_text(struct narrator *narrator, const struct kept *kept)
{
    char address[ENDPOINT_TEXT_SIZE];

    return arena_strdup(&narrator->evidence->arena, endpoint_text(&kept->server, address));
}

/* The name of a KDC, as the client found it: a service record points to it, and it has the
   address. */
static const char *kdc_name(const struct telling *telling, const char *address)
{
    for (size_t i = 0; i < telling->count; i++) {
        const struct kept *kept = telling->items[i].kept;
        const struct evidence_dns *dns = kept->dns;
        const struct dns_answer *lists[2];
        size_t counts[2];

        if (kept->kind != EVIDENCE_DNS || story_same_host(dns->name, telling->target)) {
            continue;
        }
        lists[0] = dns->answers;
        counts[0] = dns->answer_count;
        lists[1] = dns->additional;
        counts[1] = dns->additional_count;
        for (size_t k = 0; k < 2; k++) {
            for (size_t n = 0; n < counts[k]; n++) {
                if (lists[k][n].value && strcmp(lists[k][n].value, address) == 0) {
                    return lists[k][n].name;
                }
            }
        }
    }
    return NULL;
}

static void complete_kdc(struct narrator *narrator, const struct telling *telling,
                         const struct told *told, struct evidence_kdc *kdc)
{
    struct arena *arena = &narrator->evidence->arena;

    kdc->step = told->step;
    if (told->realm) {
        kdc->purpose = told->purpose;
        kdc->service = arena_strdup(arena, told->service);
        kdc->realm = arena_strdup(arena, told->realm);
    }
    kdc->address = kdc->address ? kdc->address : server_text(narrator, told->kept);
    kdc->port = kdc->port == EVIDENCE_UNKNOWN ? told->kept->server.port : kdc->port;
    kdc->client = kdc->client                        ? kdc->client
                  : kdc->reply && kdc->reply->client ? kdc->reply->client
                                                     : arena_strdup(arena, telling->principal);
    kdc->kdc = kdc->kdc ? kdc->kdc : arena_strdup(arena, kdc_name(telling, kdc->address));
}

static void complete_http(struct narrator *narrator, const struct told *told,
                          struct evidence_http *http)
{
    http->address = http->address ? http->address : server_text(narrator, told->kept);
    http->port = http->port == EVIDENCE_UNKNOWN ? told->kept->server.port : http->port;
    if (is_bare_http(http)) {
        http->leg = LEG_ANONYMOUS;
        http->step = STEP_ANONYMOUS;
    }
}

static void complete_clock(struct narrator *narrator, const struct telling *telling,
                           const struct told *told, struct evidence_clock *clock)
{
    if (clock->source == CLOCK_MP) {
        clock->name = arena_strdup(&narrator->evidence->arena, telling->target);
    }
    clock->address = clock->address ? clock->address : server_text(narrator, told->kept);
}

static void add_told(struct narrator *narrator, const struct telling *telling,
                     const struct told *told)
{
    void *payload = add_kept(narrator, told);

    switch ((int)told->kept->kind) {
    case EVIDENCE_KDC:
        complete_kdc(narrator, telling, told, payload);
        break;
    case EVIDENCE_HTTP:
        complete_http(narrator, told, payload);
        break;
    case EVIDENCE_CLOCK:
        complete_clock(narrator, telling, told, payload);
        break;
    default:
        break;
    }
}

/* --- the whole case --- */

static void describe_requests(const struct telling *telling, struct arena *arena,
                              struct evidence_run *run)
{
    const struct evidence_http *http = telling->attempt->latest->http;
    const struct story_case *of = telling->of;

    run->scheme = "http";
    run->port = of->port;
    run->path = arena_strdup(arena, http->path);
    run->attempts = of->attempts;
    run->overlapping_attempts = of->overlapping > 0 ? of->overlapping : EVIDENCE_UNKNOWN;
    run->failed_attempts = of->failed + (of->shown && !attempt_accepted(of->shown) ? 1 : 0);
    /* How the last one ends is not in the recording if it is not the one that is shown. */
    if (telling->attempt == of->current && !attempt_accepted(of->current)) {
        run->failed_attempts++;
    }
}

/* Without a request the connections to the MP show where it would have gone. */
static void describe_connections(const struct telling *telling, struct evidence_run *run)
{
    for (size_t i = 0; i < telling->count; i++) {
        const struct kept *kept = telling->items[i].kept;

        if (kept->kind == EVIDENCE_HTTP) {
            run->scheme = is_encrypted(kept->http) && !kept->http->path ? "https" : "http";
            run->port = kept->server.port;
        }
    }
}

static uint64_t last_frame(const struct attempt *attempt)
{
    uint64_t last = attempt->last;

    for (size_t i = 0; i < attempt_message_count(attempt); i++) {
        const struct kept *kept = attempt->messages[i];
        const uint64_t frame = kept->answered.frame ? kept->answered.frame : kept_frame(kept);

        last = frame > last ? frame : last;
    }
    return last;
}

static void add_run(struct narrator *narrator, const struct telling *telling)
{
    struct arena *arena = &narrator->evidence->arena;
    const struct told *first = &telling->items[0];
    struct evidence_run *run = evidence_new(arena, shape_of(EVIDENCE_RUN));
    struct evidence_record record = {.kind = EVIDENCE_RUN, .payload = run};
    char address[ENDPOINT_TEXT_SIZE];
    struct host_text host;

    run->origin = ORIGIN_CAPTURE;
    run->program = "ccmprobe " CCMPROBE_VERSION;
    run->target = arena_strdup(arena, telling->target);
    run->spn = arena_printf(arena, "HTTP/%s", telling->target);
    run->client_host = arena_strdup(arena, client_host(telling, &host));
    run->client_address = arena_strdup(arena, endpoint_text(&telling->client->address, address));
    if (telling->attempt) {
        describe_requests(telling, arena, run);
        record.at = telling->attempt->began;
        record.place = make_place(narrator, telling->attempt->first, last_frame(telling->attempt));
    } else {
        const struct kept *last = telling->items[telling->count - 1].kept;

        describe_connections(telling, run);
        record.at = first->kept->asked.frame ? first->kept->asked.at : first->kept->answered.at;
        record.place = make_place(narrator, first->frame,
                                  last->answered.frame ? last->answered.frame : kept_frame(last));
    }
    evidence_share(narrator->evidence, &record, narrator->case_id);
}

/* A message without a sign-in behind one that failed shows no step of it. */
static bool is_message(const struct telling *telling, const struct kept *kept)
{
    const struct attempt *attempt = telling->attempt;

    return attempt && (kept == attempt->messages[0] || kept == attempt->messages[1]);
}

/* What shows that a step was taken, readable or not; NULL when nothing does. */
static const struct kept *trace_of(const struct telling *telling, enum evidence_step step)
{
    const struct kept *encrypted = NULL;

    for (size_t i = 0; i < telling->count; i++) {
        const struct told *told = &telling->items[i];
        const struct kept *kept = told->kept;
        bool seen = false;

        if (kept->kind == EVIDENCE_HTTP && is_encrypted(kept->http)) {
            encrypted = step == STEP_ANONYMOUS || step == STEP_AUTHENTICATED ? kept : encrypted;
        } else if (kept->kind == EVIDENCE_HTTP) {
            seen = kept->http->leg != LEG_MPLIST && !is_message(telling, kept) &&
                   (kept->http->step == step || told->step == step);
        } else if (kept->kind == EVIDENCE_DNS) {
            seen = step == STEP_NAME && story_same_host(kept->dns->name, telling->target);
        } else if (kept->kind == EVIDENCE_KDC) {
            seen = told->step == step;
        }
        if (seen) {
            return kept;
        }
    }
    return encrypted;
}

static void add_skips(struct narrator *narrator, const struct telling *telling)
{
    static const enum evidence_step steps[] = {STEP_NAME, STEP_ANONYMOUS, STEP_IDENTITY,
                                               STEP_TICKET, STEP_AUTHENTICATED};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const struct kept *trace = trace_of(telling, steps[i]);
        const bool encrypted = trace && trace->kind == EVIDENCE_HTTP && is_encrypted(trace->http);
        const bool is_address = steps[i] == STEP_NAME && story_is_address(telling->target);

        if (encrypted || (!trace && !is_address)) {
            const struct evidence_record *last =
                &narrator->evidence->records[narrator->evidence->count - 1];
            struct evidence_skip *skip =
                evidence_add(narrator->evidence, EVIDENCE_SKIP, narrator->case_id, last->at);

            skip->step = steps[i];
            skip->reason = encrypted ? SKIP_ENCRYPTED : SKIP_NOT_RECORDED;
            narrator->evidence->records[narrator->evidence->count - 1].place =
                make_place(narrator, encrypted ? kept_frame(trace) : 0, 0);
        }
    }
}

static int by_frame(const void *a, const void *b)
{
    const struct told *left = a;
    const struct told *right = b;

    if (left->frame != right->frame) {
        return left->frame < right->frame ? -1 : 1;
    }
    return left->order < right->order ? -1 : left->order > right->order ? 1 : 0;
}

/* Names and tickets may belong to several cases, and are told in each: this has a limit. */
static void limit_shared(struct narrator *narrator, struct telling *telling)
{
    struct allowance *allowance = &narrator->memory->shared_bytes;
    size_t count = 0;

    for (size_t i = 0; i < telling->count; i++) {
        const struct told *told = &telling->items[i];
        const size_t size = told->step != STEP_UNKNOWN ? told->kept->size : 0;

        if (allowance->limit - allowance->used < size) {
            allowance->dropped++;
        } else {
            allowance->used += size;
            telling->items[count++] = *told;
        }
    }
    telling->count = count;
}

/* False when the case is left out. */
static bool tell(struct narrator *narrator, struct telling *telling)
{
    if (telling->of) {
        select_requests(telling);
    }
    select_principal(telling);
    select_tickets(telling);
    select_kdc_connections(telling);
    select_connections(telling);
    select_names(telling);
    if (!is_wanted(narrator, telling)) {
        return false;
    }
    narrator->memory->requests.dropped += telling->left_out;
    limit_shared(narrator, telling);
    if (telling->count == 0) {
        return false;
    }
    qsort(telling->items, telling->count, sizeof(telling->items[0]), by_frame);
    add_run(narrator, telling);
    for (size_t i = 0; i < telling->count; i++) {
        const struct kept *kept = telling->items[i].kept;

        if (kept->kind != EVIDENCE_HTTP || !is_encrypted(kept->http)) {
            add_told(narrator, telling, &telling->items[i]);
        }
    }
    add_skips(narrator, telling);
    narrator->case_id++;
    return true;
}

/* What was told of an attempt belongs to the evidence. */
static void hand_over(struct narrator *narrator, struct attempt *attempt)
{
    struct arena *arena = &narrator->evidence->arena;

    for (size_t i = attempt_message_count(attempt); i > 0; i--) {
        story_memory_hand_over(narrator->memory, attempt->messages[i - 1], arena);
        attempt->messages[i - 1] = NULL;
    }
    for (size_t i = 0; i < attempt->items.count; i++) {
        story_memory_hand_over(narrator->memory, attempt->items.items[i], arena);
    }
    attempt->items.count = 0;
}

void tell_case(struct narrator *narrator, struct story_case *of)
{
    char address[ENDPOINT_TEXT_SIZE];
    struct host_text host;
    struct telling telling = {
        .client = of->client,
        .of = of,
        .attempt = attempt_to_show(of, narrator->end),
        .before = UINT64_MAX,
    };

    if (!telling.attempt) {
        return;
    }
    telling.target = tell_mp_name(of, telling.attempt, &host);
    telling.target =
        telling.target ? telling.target : endpoint_text(&telling.attempt->latest->server, address);
    telling.mp = story_memory_mp(narrator->memory, &telling.attempt->latest->server, false);
    if (telling.attempt != of->current) {
        telling.before = of->current->first;
    }
    if (tell(narrator, &telling)) {
        hand_over(narrator, telling.attempt);
        for (size_t i = 0; i < telling.also_count; i++) {
            hand_over(narrator, telling.also[i]);
        }
    }
    attempt_forget_all(narrator->memory, of);
}

void tell_host(struct narrator *narrator, const struct story_client *client, const char *target)
{
    struct telling telling = {.client = client, .target = target, .before = UINT64_MAX};

    tell(narrator, &telling);
}
