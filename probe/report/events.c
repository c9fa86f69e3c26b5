/* SPDX-License-Identifier: Apache-2.0 */
#include "report/events.h"

#include <stdlib.h>
#include <string.h>

#include "report/reference.h"

/* No answer takes longer; a file that says so cannot shift a time out of its range. */
static const int64_t LONGEST_ROUND_US = INT64_C(24) * 3600 * 1000000;

struct list {
    struct arena *arena;
    struct event *items;
    size_t count;
    bool by_time;
};

/* The DNS outcomes that are no reply of a server. */
static enum evidence_outcome dns_outcome(enum dns_outcome outcome)
{
    switch (outcome) {
    case DNS_UNKNOWN:
        return OUTCOME_UNKNOWN;
    case DNS_TIMEOUT:
        return OUTCOME_TIMEOUT;
    case DNS_UNREACHABLE:
        return OUTCOME_UNREACHABLE;
    case DNS_MALFORMED:
        return OUTCOME_MALFORMED;
    case DNS_ANSWER:
    case DNS_NODATA:
    case DNS_NXDOMAIN:
    case DNS_SERVFAIL:
    case DNS_REFUSED:
    case DNS_OTHER_RCODE:
        break;
    }
    return OUTCOME_REPLY;
}

enum evidence_outcome event_outcome(const struct evidence_record *record)
{
    return record->kind == EVIDENCE_DNS   ? dns_outcome(record->dns->outcome)
           : record->kind == EVIDENCE_KDC ? record->kdc->outcome
                                          : record->http->outcome;
}

bool event_answered(const struct evidence_record *record)
{
    return record->kind == EVIDENCE_DNS   ? event_outcome(record) == OUTCOME_REPLY
           : record->kind == EVIDENCE_KDC ? record->kdc->reply != NULL
                                          : record->http->reply != NULL;
}

static int64_t round_trip(const struct evidence_record *record)
{
    return record->kind == EVIDENCE_DNS   ? record->dns->rtt_us
           : record->kind == EVIDENCE_KDC ? record->kdc->rtt_us
                                          : record->http->rtt_us;
}

static void add(struct list *list, struct event event, int64_t other_frame)
{
    void *items = list->items;
    const int64_t frame = event.frame != EVIDENCE_UNKNOWN ? event.frame : other_frame;
    const int64_t time = event.at != EVIDENCE_UNKNOWN ? event.at : event.record->at;
    struct event *place = arena_push(list->arena, &items, &list->count, sizeof(*place));

    *place = event;
    place->key = list->by_time ? time : frame;
    place->order = list->count;
    list->items = items;
}

/* A request of which only the reply was recorded has no event of its own. */
static void add_record(struct list *list, const struct evidence_record *record)
{
    const struct evidence_place *place = record->place;
    const int64_t frame = place ? place->frame : EVIDENCE_UNKNOWN;
    const int64_t reply_frame = place ? place->reply_frame : EVIDENCE_UNKNOWN;
    const int64_t round = round_trip(record);
    const bool request = frame != EVIDENCE_UNKNOWN || reply_frame == EVIDENCE_UNKNOWN;
    const bool answered = event_answered(record);
    struct event event = {.record = record, .frame = frame, .at = record->at};

    if (request) {
        add(list, event, frame);
    }
    event.reply = true;
    event.frame = reply_frame; /* a refusal has one, too */
    if (place && place->reply_at != EVIDENCE_UNKNOWN) {
        event.at = place->reply_at;
    } else if (request) {
        const bool timed = answered && round >= 0 && round <= LONGEST_ROUND_US;

        event.at = timed ? record->at + round : EVIDENCE_UNKNOWN;
    }
    add(list, event, frame);
}

static int compare_events(const void *left, const void *right)
{
    const struct event *a = left;
    const struct event *b = right;

    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    return a->order < b->order ? -1 : a->order > b->order;
}

size_t events_of(struct arena *arena, const struct case_view *view, struct event **events_out)
{
    struct list list = {.arena = arena, .by_time = reference_needs_source(view)};

    for (size_t i = 0; i < view->record_count; i++) {
        const enum evidence_kind kind = view->records[i]->kind;

        if (kind == EVIDENCE_DNS || kind == EVIDENCE_KDC || kind == EVIDENCE_HTTP) {
            add_record(&list, view->records[i]);
        }
    }
    if (list.count > 0) {
        qsort(list.items, list.count, sizeof(*list.items), compare_events);
    }
    *events_out = list.items;
    return list.count;
}

void events_span(const struct event *events, size_t count, int64_t *first_out, int64_t *last_out)
{
    *first_out = EVIDENCE_UNKNOWN;
    *last_out = EVIDENCE_UNKNOWN;
    for (size_t i = 0; i < count; i++) {
        const int64_t at = events[i].at;

        if (at == EVIDENCE_UNKNOWN) {
            continue;
        }
        *first_out = *first_out == EVIDENCE_UNKNOWN || at < *first_out ? at : *first_out;
        *last_out = *last_out == EVIDENCE_UNKNOWN || at > *last_out ? at : *last_out;
    }
}

bool events_have_addresses(const struct event *events, size_t count)
{
    const char *address = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *record = events[i].record;

        if (record->kind != EVIDENCE_HTTP || !record->http->address) {
            continue;
        }
        if (address && strcmp(address, record->http->address) != 0) {
            return true;
        }
        address = record->http->address;
    }
    return false;
}
