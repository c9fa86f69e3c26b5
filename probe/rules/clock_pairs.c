/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/clock_pairs.h"

#include <stdlib.h>
#include <string.h>

#include "rules/clocks.h"
#include "rules/facts.h"

enum { MOST_MOMENTS = 64, MOST_PAIRS = 64 }; /* of one client; more are not looked at */

static const int64_t SECOND = 1000000;
static const int64_t MINUTE = 60 * (int64_t)1000000;
static const int64_t DAY = 86400 * (int64_t)1000000;
static const int64_t NEAR_US = 10 * (int64_t)1000000; /* where the right request may not be shown */
static const int64_t OWN_CERTIFICATE_DAYS = 36501;    /* notBefore to notAfter */

enum moment_kind {
    MOMENT_REQUEST,    /* in a capture */
    MOMENT_WEB,        /* in a web server's log */
    MOMENT_MP_LOG,     /* the MP works on a registration */
    MOMENT_USE,        /* of a certificate that is named */
    MOMENT_MADE,       /* of a certificate, by the client's clock */
    MOMENT_STARTED,    /* in the client's own log */
    MOMENT_REGISTERED, /* the same, that it knows */
};

/* Something that happened, within [from, to] by the clock of its source. */
struct moment {
    enum moment_kind kind;
    const char *source;
    int64_t from;
    int64_t to;
    const char *method;
    const char *path;
    const char *server; /* the MP's address */
    const char *certificate;
    int64_t status;
    bool user;
    bool hidden; /* others like it are not shown */
    const struct evidence_record *record;
};

struct search {
    const struct evidence_set *set;
    const struct client_list *clients;
    struct arena *arena;
    struct arena scratch;
    const struct evidence_recording **recordings; /* by name */
    size_t recording_count;
    struct moment moments[MOST_MOMENTS]; /* of the client that is looked at */
    size_t moment_count;
    size_t pair_count; /* of it */
    struct clock_pairs *pairs;
};

/* --- what the sources cover --- */

static int compare_recordings(const void *left, const void *right)
{
    const struct evidence_recording *const *a = left;
    const struct evidence_recording *const *b = right;

    return strcmp((*a)->name, (*b)->name);
}

static void find_recordings(struct search *search)
{
    void *items = NULL;

    for (size_t i = 0; i < search->set->count; i++) {
        const struct evidence_record *record = &search->set->records[i];

        if (record->kind == EVIDENCE_RECORDING && record->recording->name) {
            *(const struct evidence_recording **)arena_push(
                &search->scratch, &items, &search->recording_count,
                sizeof(const struct evidence_recording *)) = record->recording;
        }
    }
    search->recordings = items;
    if (search->recording_count > 1) {
        qsort((void *)search->recordings, search->recording_count, sizeof(*search->recordings),
              compare_recordings);
    }
}

static const struct evidence_recording *recording_of(const struct search *search,
                                                     const char *source)
{
    const struct evidence_recording wanted = {.name = source};
    const struct evidence_recording *key = &wanted;
    const struct evidence_recording *const *found =
        search->recording_count > 0 ? bsearch(&key, search->recordings, search->recording_count,
                                              sizeof(*search->recordings), compare_recordings)
                                    : NULL;

    return found ? *found : NULL;
}

/* Was the source being written when its clock showed this, give or take a minute? */
static bool covers(const struct search *search, const char *source, int64_t at)
{
    const struct evidence_recording *recording = recording_of(search, source);

    return recording && recording->first_at != EVIDENCE_UNKNOWN &&
           recording->last_at != EVIDENCE_UNKNOWN && at >= recording->first_at - MINUTE &&
           at <= recording->last_at + MINUTE;
}

/* --- moments --- */

static bool is_time(int64_t at)
{
    return at > INT64_MIN / 4 && at < INT64_MAX / 4;
}

static void add(struct search *search, const struct moment *moment)
{
    if (moment->source && is_time(moment->from) && is_time(moment->to) &&
        search->moment_count < MOST_MOMENTS) {
        search->moments[search->moment_count++] = *moment;
    }
}

static void add_request(struct search *search, const struct evidence_record *record)
{
    const struct evidence_http *http = record->http;
    const bool timed = http->rtt_us >= 0 && http->rtt_us < DAY;

    if (http->reply && timed && record->place) {
        add(search, &(struct moment){.kind = MOMENT_REQUEST,
                                     .source = record->place->source,
                                     .from = record->at,
                                     .to = record->at + http->rtt_us + SECOND,
                                     .method = http->method,
                                     .path = http->path,
                                     .server = http->address,
                                     .status = http->reply->status,
                                     .user = http->sent != NULL,
                                     .record = record});
    }
}

static void add_web(struct search *search, const struct evidence_record *record,
                    const struct web_request *request, bool last)
{
    const int64_t at = last ? request->last_at : request->at;

    add(search, &(struct moment){.kind = MOMENT_WEB,
                                 .source = last ? request->last_source : request->source,
                                 .from = at,
                                 .to = at + SECOND,
                                 .method = request->method,
                                 .path = request->path,
                                 .server = record->web_client->server,
                                 .status = request->status,
                                 .user = request->user != NULL,
                                 .hidden = request->count > 2,
                                 .record = record});
}

static void add_web_client(struct search *search, const struct evidence_record *record)
{
    const struct evidence_web_client *client = record->web_client;

    for (size_t i = 0; i < client->request_count; i++) {
        if (is_time(client->requests[i].at)) {
            add_web(search, record, &client->requests[i], false);
        }
        if (client->requests[i].count > 1 && is_time(client->requests[i].last_at)) {
            add_web(search, record, &client->requests[i], true);
        }
    }
}

static void add_event(struct search *search, const struct evidence_record *record)
{
    const struct evidence_log_event *event = record->log_event;
    struct moment moment = {.source = record->place ? record->place->source : NULL,
                            .from = record->at,
                            .to = record->at,
                            .certificate = event->thumbprint,
                            .hidden = event->count != EVIDENCE_UNKNOWN && event->count > 1,
                            .record = record};

    if (event->event == LOG_REGISTRATION_REQUEST || event->event == LOG_RDR_WRITTEN) {
        moment.kind = MOMENT_MP_LOG;
        add(search, &moment);
    } else if (event->event == LOG_REGISTRATION_STARTED) {
        moment.kind = MOMENT_STARTED;
        add(search, &moment);
    } else if (event->event == LOG_REGISTERED) {
        moment.kind = MOMENT_REGISTERED;
        add(search, &moment);
    }
    if (event->thumbprint) {
        moment.kind = MOMENT_USE;
        add(search, &moment);
    }
}

int64_t clocks_made_at(const struct evidence_registration *registration)
{
    const int64_t from = registration->certificate_not_before;
    const int64_t to = registration->certificate_not_after;

    if (!is_time(from) || !is_time(to) || registration->key_type == 2) {
        return EVIDENCE_UNKNOWN;
    }
    return to - from == OWN_CERTIFICATE_DAYS * DAY ? from + DAY : from;
}

static void add_registration(struct search *search, const struct evidence_record *record)
{
    const struct evidence_registration *registration = record->registration;
    const int64_t made = clocks_made_at(registration);
    struct moment moment = {.kind = MOMENT_USE,
                            .source = record->place ? record->place->source : NULL,
                            .from = record->at,
                            .to = record->at,
                            .certificate = registration->signing_thumbprint,
                            .record = record};

    if (!registration->signing_thumbprint) {
        return;
    }
    if (registration->source == REGISTRATION_CAPTURE || registration->source == REGISTRATION_SQL) {
        add(search, &moment);
    }
    moment.kind = MOMENT_MADE;
    moment.from = moment.to = made;
    add(search, &moment);
}

/* --- pairs --- */

static void add_pair(struct search *search, uint32_t client, const struct moment *a,
                     const struct moment *b, struct clock_pair pair)
{
    void *items = search->pairs->items;

    if (search->pair_count++ >= MOST_PAIRS) {
        return;
    }
    pair.client = client;
    pair.records[0] = a->record;
    pair.records[1] = b->record;
    *(struct clock_pair *)arena_push(search->arena, &items, &search->pairs->count,
                                     sizeof(struct clock_pair)) = pair;
    search->pairs->items = items;
}

/* The event is in both, `slack` apart at most. */
static void add_same(struct search *search, uint32_t client, const struct moment *a,
                     const struct moment *b, int64_t slack)
{
    const struct clock_pair pair = {
        .source = a->source,
        .other = b->source,
        .low_us = b->from - a->to - slack,
        .high_us = b->to - a->from + slack,
        .covered = covers(search, a->source, b->from) && covers(search, b->source, a->from),
    };

    if (strcmp(a->source, b->source) != 0 && pair.low_us > -DAY && pair.high_us < DAY) {
        add_pair(search, client, a, b, pair);
    }
}

static bool same_text(const char *a, const char *b)
{
    return a && b && same_name(a, b);
}

static bool is_same_request(const struct moment *request, const struct moment *web)
{
    const int64_t apart = web->from - request->from;
    const bool elsewhere =
        request->server && web->server && strcmp(request->server, web->server) != 0;

    return !elsewhere && request->status == web->status && request->user == web->user &&
           same_text(request->method, web->method) && same_text(request->path, web->path) &&
           (!web->hidden || (apart <= NEAR_US && apart >= -NEAR_US));
}

/* A sign-in that passed, in the folder for that. */
static bool is_sign_in(const struct moment *moment)
{
    return (moment->kind == MOMENT_WEB || moment->kind == MOMENT_REQUEST) && moment->user &&
           !moment->hidden && moment->status >= 200 && moment->status < 300 && moment->path &&
           name_starts(moment->path, "/ccm_system_windowsauth");
}

/* The certificate was made before it was used: a bound from below of the client's clock. */
static void add_made(struct search *search, uint32_t client, const struct moment *made,
                     const struct moment *used)
{
    add_pair(search, client, used, made,
             (struct clock_pair){.source = used->source,
                                 .low_us = made->from - used->to,
                                 .high_us = EVIDENCE_UNKNOWN,
                                 .covered = true});
}

/* A web server's log does not name certificates: any request after the making may be the use; one
   before it is only one when the log has no later ones, and would have. */
static bool may_use(const struct search *search, const struct moment *made,
                    const struct moment *web)
{
    if (!web->path || !name_starts(web->path, "/ccm_system_windowsauth")) {
        return false;
    }
    for (size_t i = 0; web->to < made->from && i < search->moment_count; i++) {
        const struct moment *other = &search->moments[i];

        if (other->kind == MOMENT_WEB && other->from > web->from) {
            return false;
        }
    }
    return web->to >= made->from || covers(search, web->source, made->from);
}

static void pair_up(struct search *search, uint32_t client, const struct moment *a,
                    const struct moment *b)
{
    if (a->kind == MOMENT_REQUEST && b->kind == MOMENT_WEB && is_same_request(a, b)) {
        add_same(search, client, a, b, 0);
    } else if (is_sign_in(a) && b->kind == MOMENT_MP_LOG && !b->hidden) {
        add_same(search, client, a, b, MINUTE);
    } else if (a->kind == MOMENT_MADE && b->kind == MOMENT_USE &&
               same_text(a->certificate, b->certificate)) {
        add_made(search, client, a, b);
    } else if (a->kind == MOMENT_MADE && b->kind == MOMENT_WEB && may_use(search, a, b)) {
        add_made(search, client, a, b);
    }
}

/* How many moments of the kind there are, and the only one. */
static const struct moment *only(const struct search *search, enum moment_kind kind, bool user)
{
    const struct moment *found = NULL;

    for (size_t i = 0; i < search->moment_count; i++) {
        const struct moment *moment = &search->moments[i];

        if (moment->kind == kind &&
            (kind != MOMENT_WEB || (moment->user == user && moment->path &&
                                    name_starts(moment->path, "/ccm_system_windowsauth")))) {
            if (found || moment->hidden) {
                return NULL;
            }
            found = moment;
        }
    }
    return found;
}

/* The client's own log against the MP's, where each knows of one registration only. */
static void pair_own_log(struct search *search, uint32_t client)
{
    const struct moment *started = only(search, MOMENT_STARTED, false);
    const struct moment *known = only(search, MOMENT_REGISTERED, false);
    const struct moment *first = only(search, MOMENT_WEB, false);
    const struct moment *accepted = only(search, MOMENT_WEB, true);
    struct clock_pair pair;

    if (!started || !known || !first || !accepted || strcmp(started->source, known->source) != 0 ||
        !covers(search, first->source, started->from) ||
        !covers(search, first->source, known->from)) {
        return;
    }
    pair = (struct clock_pair){.source = first->source,
                               .low_us = started->from - first->to,
                               .high_us = known->to - accepted->from,
                               .covered = true};
    if (pair.low_us <= pair.high_us && pair.low_us > -DAY && pair.high_us < DAY) {
        add_pair(search, client, first, started, pair);
    }
}

/* --- clients --- */

static void add_record(struct search *search, const struct evidence_record *record)
{
    if (record->kind == EVIDENCE_HTTP) {
        add_request(search, record);
    } else if (record->kind == EVIDENCE_WEB_CLIENT) {
        add_web_client(search, record);
    } else if (record->kind == EVIDENCE_LOG_EVENT) {
        add_event(search, record);
    } else if (record->kind == EVIDENCE_REGISTRATION) {
        add_registration(search, record);
    }
}

static void pair_client(struct search *search, uint32_t client)
{
    for (size_t i = 0; i < search->moment_count; i++) {
        for (size_t k = 0; k < search->moment_count; k++) {
            pair_up(search, client, &search->moments[i], &search->moments[k]);
        }
    }
    pair_own_log(search, client);
}

/* Whose each record is: the places of a client's records stand together, in their order. */
struct by_client {
    size_t *first; /* of each client, and behind the last */
    size_t *records;
};

static uint32_t client_of(const struct search *search, const struct evidence_record *record)
{
    const struct client *client =
        record->case_id > 0 ? clients_of_case(search->clients, record->case_id) : NULL;

    return client ? (uint32_t)(client - search->clients->items) : UINT32_MAX;
}

static struct by_client sort_records(struct search *search)
{
    const size_t count = search->clients->count;
    struct by_client by = {
        .first = arena_alloc(&search->scratch, (count + 2) * sizeof(size_t)),
        .records = arena_alloc(&search->scratch, (search->set->count + 1) * sizeof(size_t)),
    };

    for (size_t i = 0; i < search->set->count; i++) {
        const uint32_t client = client_of(search, &search->set->records[i]);

        if (client != UINT32_MAX) {
            by.first[client + 2]++;
        }
    }
    for (size_t i = 2; i < count + 2; i++) {
        by.first[i] += by.first[i - 1];
    }
    for (size_t i = 0; i < search->set->count; i++) {
        const uint32_t client = client_of(search, &search->set->records[i]);

        if (client != UINT32_MAX) {
            by.records[by.first[client + 1]++] = i;
        }
    }
    return by;
}

void clock_pairs_find(const struct evidence_set *set, const struct client_list *clients,
                      struct arena *arena, struct clock_pairs *pairs_out)
{
    struct search search = {.set = set, .clients = clients, .arena = arena, .pairs = pairs_out};
    struct by_client by;

    *pairs_out = (struct clock_pairs){0};
    if (clients->count == 0) {
        return;
    }
    find_recordings(&search);
    by = sort_records(&search);
    for (uint32_t i = 0; i < clients->count; i++) {
        search.moment_count = 0;
        search.pair_count = 0;
        for (size_t k = by.first[i]; k < by.first[i + 1]; k++) {
            add_record(&search, &set->records[by.records[k]]);
        }
        pair_client(&search, i);
    }
    arena_release(&search.scratch);
}
