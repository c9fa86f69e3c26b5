/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/ccm_events.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/shape.h"

enum {
    TEXT_LIMIT = 300,
    NAME_LIMIT = 256,
    THREADS = 16, /* of the MP's registration endpoint, remembered at a time */
    FIRST_SLOTS = 256,
    SCRATCH = 900, /* bytes that an entry usually takes; malloc keeps such blocks at hand */
};

/* The client whose request a thread of the MP works on. */
struct thread {
    bool known;
    int64_t number;
    const char *client;
    const char *smsid;
};

struct ccm_events {
    struct arena arena;
    const struct evidence_log_event *unknown; /* how every event begins */
    struct ccm_event *list;
    size_t count;
    size_t dropped;
    size_t *slots; /* a hash table of places in `list`, plus one; 0 is free */
    size_t slot_count;
    struct thread threads[THREADS];
    size_t next_thread;
};

/* --- whose it is --- */

static int64_t thread_of(const struct ccm_log_entry *entry)
{
    size_t length = 0;
    const char *text = ccm_log_attribute(entry, "thread", &length);

    return text && length > 0 ? strtoll(text, NULL, 10) : 0;
}

static struct thread *find_thread(struct ccm_events *events, int64_t number)
{
    for (size_t i = 0; i < THREADS; i++) {
        if (events->threads[i].known && events->threads[i].number == number) {
            return &events->threads[i];
        }
    }
    return NULL;
}

/* The MP works on one request a thread: what it says next there is of the same client. */
static void remember_client(struct ccm_events *events, const struct ccm_log_entry *entry,
                            const struct evidence_log_event *request)
{
    const int64_t number = thread_of(entry);
    struct thread *thread = find_thread(events, number);

    thread = thread ? thread : &events->threads[events->next_thread++ % THREADS];
    *thread = (struct thread){true, number, request->client, request->smsid};
}

/* An entry with a GUID and no thread might be of anybody: copies of logs leave threads out. */
static bool goes_on(const struct ccm_log_entry *entry, const struct evidence_log_event *event)
{
    const bool of_request = event->event == LOG_RDR_WRITTEN || event->event == LOG_BODY_INVALID ||
                            event->event == LOG_REGISTRATION_FAILED ||
                            event->event == LOG_CERTIFICATE_UNTRUSTED;

    return of_request && !event->client && (!event->smsid || thread_of(entry) != 0);
}

static void name_client(struct ccm_events *events, const struct ccm_log_entry *entry,
                        struct evidence_log_event *event)
{
    struct thread *thread = goes_on(entry, event) ? find_thread(events, thread_of(entry)) : NULL;

    if (thread) {
        event->client = thread->client;
        event->smsid = event->smsid ? event->smsid : thread->smsid;
        thread->known = event->event != LOG_RDR_WRITTEN; /* which is what a request ends with */
    }
}

/* --- counting --- */

static size_t hash_text(size_t hash, const char *text)
{
    for (; text && *text; text++) {
        hash = (hash ^ (unsigned char)*text) * 1099511628211ULL; /* FNV-1a */
    }
    return hash * 31;
}

/* Files differ each time, and are no part of what is told. */
static size_t hash_of(const struct evidence_log_event *event)
{
    size_t hash = 14695981039346656037ULL ^ (size_t)event->event;

    hash = hash_text(hash, event->component);
    hash = hash_text(hash, event->client);
    hash = hash_text(hash, event->smsid);
    hash = hash_text(hash, event->thumbprint);
    hash = hash_text(hash, event->url);
    return (hash ^ (size_t)event->code ^ (size_t)event->approval << 32) * 1099511628211ULL;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_event(const struct evidence_log_event *a, const struct evidence_log_event *b)
{
    return a->event == b->event && a->code == b->code && a->approval == b->approval &&
           a->http_status == b->http_status && same_text(a->component, b->component) &&
           same_text(a->client, b->client) && same_text(a->smsid, b->smsid) &&
           same_text(a->thumbprint, b->thumbprint) && same_text(a->url, b->url);
}

static void grow(struct ccm_events *events)
{
    const size_t count = events->slot_count ? events->slot_count * 2 : FIRST_SLOTS;
    size_t *slots = calloc(count, sizeof(*slots));

    if (!slots) {
        abort();
    }
    for (size_t i = 0; i < events->count; i++) {
        size_t place = hash_of(events->list[i].told) % count;

        while (slots[place]) {
            place = (place + 1) % count;
        }
        slots[place] = i + 1;
    }
    free(events->slots);
    events->slots = slots;
    events->slot_count = count;
}

/* The same event told before, or NULL and its place in the table. */
static struct ccm_event *find_event(struct ccm_events *events,
                                    const struct evidence_log_event *event, size_t *place_out)
{
    size_t place = hash_of(event) % events->slot_count;

    while (events->slots[place]) {
        struct ccm_event *seen = &events->list[events->slots[place] - 1];

        if (same_event(seen->told, event)) {
            return seen;
        }
        place = (place + 1) % events->slot_count;
    }
    *place_out = place;
    return NULL;
}

/* A copy that lives as long as the events; without its text. */
static struct evidence_log_event *copy_event(struct arena *arena,
                                             const struct evidence_log_event *event)
{
    struct evidence_log_event *copy = arena_alloc(arena, sizeof(*copy));

    *copy = *event;
    copy->component = arena_strdup(arena, event->component);
    copy->client = arena_strdup(arena, event->client);
    copy->smsid = arena_strdup(arena, event->smsid);
    copy->thumbprint = arena_strdup(arena, event->thumbprint);
    copy->url = arena_strdup(arena, event->url);
    copy->file = arena_strdup(arena, event->file);
    return copy;
}

/* Counts the event. Returns what is kept of it, NULL when there are too many. */
static struct evidence_log_event *keep(struct ccm_events *events, const struct ccm_log_entry *entry,
                                       const struct evidence_log_event *event)
{
    bool has_zone;
    const int64_t at = ccm_log_time(entry, &has_zone);
    struct ccm_event *seen;
    void *items = events->list;
    size_t place;

    if (events->count * 2 >= events->slot_count) {
        grow(events);
    }
    seen = find_event(events, event, &place);
    if (!seen && events->count == CCM_EVENTS_LIMIT) {
        events->dropped++;
        return NULL;
    }
    if (!seen) {
        seen = arena_push(&events->arena, &items, &events->count, sizeof(*seen));
        events->list = items;
        *seen = (struct ccm_event){copy_event(&events->arena, event), at, has_zone, entry->line};
        seen->told->text =
            evidence_text(&events->arena, entry->message, entry->message_length, TEXT_LIMIT);
        seen->told->count = 0;
        events->slots[place] = events->count;
    }
    seen->told->count++;
    seen->told->last_at = at;
    seen->told->last_line = entry->line;
    return seen->told;
}

struct ccm_events *ccm_events_new(void)
{
    struct ccm_events *events = calloc(1, sizeof(*events));

    if (!events) {
        abort();
    }
    events->unknown = evidence_new(&events->arena, shape_of(EVIDENCE_LOG_EVENT));
    return events;
}

void ccm_events_free(struct ccm_events *events)
{
    if (events) {
        arena_release(&events->arena);
        free(events->slots);
        free(events);
    }
}

static void take_entry(struct ccm_events *events, const struct ccm_log_entry *entry, bool is_known)
{
    struct evidence_log_event event = *events->unknown;
    struct arena scratch = {0};

    arena_reserve(&scratch, SCRATCH);
    if (ccm_event_match(&scratch, entry->message, entry->message_length, &event) ||
        (!is_known && ccm_event_error(entry, &event))) {
        struct evidence_log_event *kept;

        event.component = entry->component ? evidence_text(&scratch, entry->component,
                                                           entry->component_length, NAME_LIMIT)
                                           : NULL;
        name_client(events, entry, &event);
        kept = keep(events, entry, &event);
        if (kept && kept->event == LOG_REGISTRATION_REQUEST) {
            remember_client(events, entry, kept);
        }
    }
    arena_release(&scratch);
}

void ccm_events_entry(void *context, const struct ccm_log_entry *entry)
{
    take_entry(context, entry, false);
}

void ccm_events_known_entry(void *context, const struct ccm_log_entry *entry)
{
    take_entry(context, entry, true);
}

const struct ccm_event *ccm_events_list(const struct ccm_events *events, size_t *count_out,
                                        size_t *dropped_out)
{
    *count_out = events->count;
    *dropped_out = events->dropped;
    return events->list;
}
