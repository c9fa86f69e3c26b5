/* SPDX-License-Identifier: Apache-2.0 */
#include "report/timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codes/codes.h"
#include "report/reference.h"
#include "report/words.h"
#include "rules/client_rows.h"
#include "rules/facts.h"
#include "rules/rule.h"

static const struct evidence_place NOWHERE = {.frame = EVIDENCE_UNKNOWN,
                                              .reply_frame = EVIDENCE_UNKNOWN,
                                              .reply_at = EVIDENCE_UNKNOWN,
                                              .line = EVIDENCE_UNKNOWN};

struct making {
    const struct judgement *judgement;
    const struct client *client;
    const struct clock_link
        *own; /* the client's clock against the timeline's; NULL: not compared */
    struct arena *arena;
    struct timeline *timeline;
    struct clock_corrections corrections;
    bool all;
};

/* --- entries --- */

/* Is it by the client's own clock: a log that it keeps, or its certificate? */
static bool is_own(const struct client *client, const char *source)
{
    for (size_t i = 0; source && i < client->key_count; i++) {
        if (client->keys[i].kind == CLIENT_LOG && strcmp(client->keys[i].text, source) == 0) {
            return true;
        }
    }
    return !source;
}

/* False when the source's clock was not compared with the timeline's. */
static bool correct(const struct making *making, const char *source, int64_t *at)
{
    const struct clock_correction *correction = clock_correction_of(&making->corrections, source);

    if (correction) {
        *at += correction->add_us;
        return true;
    }
    if (!making->own || !is_own(making->client, source)) {
        return false;
    }
    *at -= clock_link_least(making->own) == 0 ? 0 : making->own->offset_us;
    return true;
}

/* Bounds on one side only tell no time. */
static const struct clock_link *own_clock(const struct making *making)
{
    size_t count;
    const struct clock_link *links =
        clocks_of_client(&making->judgement->clocks, making->client, &count);

    for (size_t i = 0; i < count; i++) {
        if (links[i].offset_us != EVIDENCE_UNKNOWN &&
            strcmp(links[i].source, making->timeline->clock) == 0) {
            return &links[i];
        }
    }
    return NULL;
}

static void add(struct making *making, const struct timeline_entry *entry, struct buffer *text,
                const struct evidence_place *place)
{
    struct timeline *timeline = making->timeline;
    void *items = timeline->entries;
    struct timeline_entry *made =
        arena_push(making->arena, &items, &timeline->count, sizeof(*made));

    timeline->entries = items;
    *made = *entry;
    made->order = timeline->count;
    made->at = entry->own_at;
    made->compared = made->at != EVIDENCE_UNKNOWN && correct(making, entry->source, &made->at);
    made->place = place ? *place : NOWHERE;
    made->text = arena_strdup(making->arena, buffer_text(text));
    buffer_release(text);
}

static void add_record(struct making *making, const struct evidence_record *record,
                       struct buffer *text)
{
    struct timeline_entry entry = {.own_at = record->at,
                                   .source = record->place ? record->place->source : NULL};
    struct evidence_place place;

    if (record->place) {
        place = *record->place;
        place.reply_frame = place.frame != EVIDENCE_UNKNOWN ? EVIDENCE_UNKNOWN : place.reply_frame;
    }
    add(making, &entry, text, record->place ? &place : NULL);
}

/* "CCM_POST windowsauth, "; of other folders the whole path. */
static void say_request(const char *method, const char *path, struct buffer *text)
{
    static const char usual[] = "/ccm_system_windowsauth/request";

    buffer_puts(text, method ? method : "request");
    if (path) {
        buffer_printf(text, " %s", same_name(path, usual) ? "windowsauth" : path);
    }
    buffer_puts(text, ", ");
}

/* --- captures --- */

static void say_reply_frame(const struct evidence_record *record, struct buffer *text)
{
    const struct evidence_place *place = record->place;

    if (place && place->frame != EVIDENCE_UNKNOWN && place->reply_frame != EVIDENCE_UNKNOWN) {
        buffer_printf(text, " (frame %" PRId64 ")", place->reply_frame);
    }
}

static void add_http(struct making *making, const struct evidence_record *record)
{
    const struct evidence_http *http = record->http;
    struct buffer text = {0};

    say_request(http->method, http->path, &text);
    if (!http->sent) {
        buffer_puts(&text, "no sign-in: ");
    } else if (http->sent->ticket) {
        buffer_puts(&text, "ticket ");
        say_ticket(http->sent->ticket, &text);
        buffer_puts(&text, ": ");
    } else {
        buffer_puts(&text, http->sent->kind == NEGOTIATE_NTLM ? "NTLM: " : "a token: ");
    }
    if (http->reply) {
        say_status(http->reply, &text);
        say_reply_frame(record, &text);
    } else {
        say_outcome(http->outcome, http->phase, &text);
    }
    add_record(making, record, &text);
}

static void add_kdc(struct making *making, const struct evidence_record *record)
{
    const struct evidence_kdc *kdc = record->kdc;
    const struct kdc_reply *reply = kdc->reply;
    struct buffer text = {0};

    buffer_printf(&text, "%s %s to %s: ", kdc->purpose == KDC_AS ? "AS-REQ" : "TGS-REQ",
                  kdc->service ? kdc->service : "", kdc->realm ? kdc->realm : "a KDC");
    if (!reply) {
        say_outcome(kdc->outcome, PHASE_UNKNOWN, &text);
    } else if (reply->error) {
        say_krb_error(reply->error, &text);
    } else if (reply->referral) {
        buffer_printf(&text, "referral to %s", reply->referral);
    } else {
        buffer_puts(&text, reply->ticket ? "a ticket" : "another reply");
    }
    if (reply) {
        say_reply_frame(record, &text);
    }
    add_record(making, record, &text);
}

static void add_dns(struct making *making, const struct evidence_record *record)
{
    const struct evidence_dns *dns = record->dns;
    struct buffer text = {0};

    buffer_printf(&text, "DNS %s %s: ", dns->type ? dns->type : "", dns->name ? dns->name : "");
    buffer_puts(&text, dns->answer_count > 0 && dns->answers[0].value ? dns->answers[0].value
                                                                      : phrase_dns(dns->outcome));
    add_record(making, record, &text);
}

/* --- logs --- */

static void say_web_status(const struct web_request *request, struct buffer *text)
{
    const struct code *code =
        request->win32 > 0 ? code_find(code_space_of_status(request->win32), request->win32) : NULL;

    if (request->reason) {
        buffer_printf(text, "%s ", request->reason);
    }
    if (request->status != EVIDENCE_UNKNOWN) {
        buffer_printf(text, "%" PRId64, request->status);
    }
    if (request->substatus > 0) {
        buffer_printf(text, ".%" PRId64, request->substatus);
    }
    if (request->win32 > 0) {
        buffer_printf(text, " %" PRId64 "%s%s", request->win32, code ? " " : "",
                      code ? code->symbol : "");
    }
}

static void add_web_request(struct making *making, const struct web_request *request, bool last)
{
    const struct evidence_place place = {.source = last ? request->last_source : request->source,
                                         .frame = EVIDENCE_UNKNOWN,
                                         .reply_frame = EVIDENCE_UNKNOWN,
                                         .reply_at = EVIDENCE_UNKNOWN,
                                         .line = last ? request->last_line : request->line};
    const struct timeline_entry entry = {.own_at = last ? request->last_at : request->at,
                                         .source = place.source};
    struct buffer text = {0};

    say_request(request->method, request->path, &text);
    buffer_printf(&text, "%s: ", request->user ? request->user : "no user");
    say_web_status(request, &text);
    if (request->count > 1) {
        buffer_printf(&text, " (the %s of %" PRId64 ")", last ? "last" : "first", request->count);
    }
    add(making, &entry, &text, &place);
}

static void add_web_client(struct making *making, const struct evidence_record *record)
{
    const struct evidence_web_client *client = record->web_client;

    for (size_t i = 0; i < client->request_count; i++) {
        add_web_request(making, &client->requests[i], false);
        if (client->requests[i].count > 1) {
            add_web_request(making, &client->requests[i], true);
        }
    }
}

static void add_words(struct making *making, const struct evidence_record *record,
                      const char *words, int64_t count)
{
    struct buffer text = {0};

    buffer_puts(&text, words ? words : "(no text)");
    if (count > 1) {
        buffer_printf(&text, " (the first of %" PRId64 ")", count);
    }
    add_record(making, record, &text);
}

/* --- registrations --- */

/* When the client made its certificate: an event by its own clock. */
static void add_certificate(struct making *making, const struct evidence_record *record)
{
    const struct evidence_registration *registration = record->registration;
    const struct timeline_entry entry = {.own_at = clocks_made_at(registration)};
    struct buffer text = {0};

    if (entry.own_at != EVIDENCE_UNKNOWN && registration->signing_thumbprint) {
        struct evidence_place place = record->place ? *record->place : NOWHERE;

        place.reply_frame = EVIDENCE_UNKNOWN;
        buffer_printf(&text, "the client makes its certificate %s, by its own clock",
                      registration->signing_thumbprint);
        add(making, &entry, &text, &place);
    }
}

static void add_registration(struct making *making, const struct evidence_record *record)
{
    const struct evidence_registration *registration = record->registration;
    struct buffer text = {0};

    if (registration->source == REGISTRATION_MP_LOG ||
        registration->source == REGISTRATION_CLIENT_LOG) {
        return; /* the entry itself is told */
    }
    add_certificate(making, record);
    buffer_puts(&text, registration->source == REGISTRATION_SQL ? "spUpdateClientRegistration: "
                       : registration->source == REGISTRATION_IDENTITY_FILE
                           ? "the client's file has "
                           : "registers as ");
    buffer_puts(&text,
                registration->smsid && *registration->smsid ? registration->smsid : "a new client");
    if (registration->approval_method != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", @ApprovalMethod %" PRId64, registration->approval_method);
    }
    if (registration->integrated != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", @IsIntegratedAuth %" PRId64, registration->integrated);
    }
    if (registration->status != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; answered: status %" PRId64, registration->status);
    }
    if (registration->approval != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", approval %" PRId64, registration->approval);
    }
    add_record(making, record, &text);
}

static void add_any(struct making *making, const struct evidence_record *record)
{
    if (record->kind == EVIDENCE_HTTP) {
        add_http(making, record);
    } else if (record->kind == EVIDENCE_KDC) {
        add_kdc(making, record);
    } else if (record->kind == EVIDENCE_DNS && making->all) {
        add_dns(making, record);
    } else if (record->kind == EVIDENCE_WEB_CLIENT) {
        add_web_client(making, record);
    } else if (record->kind == EVIDENCE_LOG_EVENT) {
        add_words(making, record, record->log_event->text, record->log_event->count);
    } else if (record->kind == EVIDENCE_KNOWN_PROBLEM) {
        add_words(making, record, record->known_problem->text, record->known_problem->count);
    } else if (record->kind == EVIDENCE_REGISTRATION) {
        add_registration(making, record);
    }
}

/* --- order --- */

/* The MP's clock is what tickets are held against; its IIS log is surer of its zone than others. */
static int rank_of(const struct evidence_record *record)
{
    return !record->place || !record->place->source || record->at == EVIDENCE_UNKNOWN ? 0
           : record->kind == EVIDENCE_WEB_CLIENT                                      ? 4
           : record->kind == EVIDENCE_HTTP                                            ? 3
           : record->kind == EVIDENCE_LOG_EVENT                                       ? 2
                                                                                      : 1;
}

static const char *clock_of(const struct judged_case *const *cases, size_t count)
{
    const char *clock = NULL;
    int best = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < cases[i]->view.record_count; k++) {
            const struct evidence_record *record = cases[i]->view.records[k];

            if (rank_of(record) > best) {
                best = rank_of(record);
                clock = record->place->source;
            }
        }
    }
    return clock;
}

static int compare(const void *left, const void *right)
{
    const struct timeline_entry *a = left;
    const struct timeline_entry *b = right;
    const bool no_a = a->at == EVIDENCE_UNKNOWN;
    const bool no_b = b->at == EVIDENCE_UNKNOWN;

    if (no_a != no_b) {
        return no_a ? 1 : -1;
    }
    return a->at != b->at ? (a->at < b->at ? -1 : 1) : a->order < b->order ? -1 : 1;
}

/* One certificate is made once, however many sources have it. */
static void drop_repeated(struct timeline *timeline)
{
    size_t kept = 0;

    for (size_t i = 0; i < timeline->count; i++) {
        const struct timeline_entry *entry = &timeline->entries[i];
        bool repeated = false;

        for (size_t k = kept; k > 0 && !entry->source && !repeated; k--) {
            const struct timeline_entry *other = &timeline->entries[k - 1];

            if (other->at != entry->at) {
                break;
            }
            repeated = !other->source && strcmp(other->text, entry->text) == 0;
        }
        if (!repeated) {
            timeline->entries[kept++] = *entry;
        }
    }
    timeline->count = kept;
}

void timeline_make(const struct judgement *judgement, const struct client *client, bool all,
                   struct arena *arena, struct timeline *timeline_out)
{
    struct making making = {.judgement = judgement,
                            .client = client,
                            .arena = arena,
                            .timeline = timeline_out,
                            .all = all};
    struct client_rows rows;
    const struct judged_case **cases = arena_alloc(arena, client->case_count * sizeof(*cases));

    *timeline_out = (struct timeline){0};
    client_rows_make(judgement, arena, &rows);
    for (size_t i = 0; i < client->case_count; i++) {
        cases[i] = client_rows_case(&rows, client->cases[i]);
    }
    timeline_out->clock = clock_of(cases, client->case_count);
    if (timeline_out->clock) {
        clocks_correct(&judgement->clocks, timeline_out->clock, arena, &making.corrections);
        making.own = own_clock(&making);
    }
    for (size_t i = 0; i < client->case_count; i++) {
        for (size_t k = 0; k < cases[i]->view.record_count; k++) {
            add_any(&making, cases[i]->view.records[k]);
        }
    }
    for (size_t i = 0; i < client->sighting_count; i++) {
        add_any(&making, client->sightings[i]);
    }
    if (timeline_out->count > 0) {
        qsort(timeline_out->entries, timeline_out->count, sizeof(*timeline_out->entries), compare);
    }
    drop_repeated(timeline_out);
}
