/* SPDX-License-Identifier: Apache-2.0 */
/* What goes with the requests of an attempt: messages without a sign-in behind one that failed,
   clocks and registrations, and tickets that were accepted. */
#include <string.h>

#include "captures/story_attempt.h"

static bool shows(const struct kept *kept, const struct capture_event *event)
{
    return kept->kind == EVIDENCE_HTTP && kept->connection == event->connection &&
           kept_frame(kept) == request_frame(&event->asked, &event->answered);
}

static bool is_taken(const struct kept *kept)
{
    return request_status(kept->http) >= 200 && request_status(kept->http) < 300;
}

void attempt_add_message(struct story_memory *memory, struct story_case *of,
                         const struct capture_event *event)
{
    const uint64_t frame = request_frame(&event->asked, &event->answered);
    struct attempt *attempt = of->current && frame < of->current->first ? of->shown : of->current;
    struct kept *kept;
    size_t place;

    if (!attempt || frame < attempt->first || attempt->registering || attempt_accepted(attempt)) {
        return;
    }
    kept = story_memory_keep(memory, event);
    if (!kept) {
        return;
    }
    request_find_leg(kept->http);
    request_find_reuse(of->client, kept);
    place = attempt->messages[0] && (is_taken(attempt->messages[0]) || !is_taken(kept));
    story_memory_drop(memory, attempt->messages[place]);
    attempt->messages[place] = kept;
}

/* A registration was read in a message: is it one of these? */
static void note_registration(struct attempt *attempt, const struct capture_event *event)
{
    for (size_t i = 0; attempt && i < 2 && !attempt->registering; i++) {
        if (attempt->messages[i] && shows(attempt->messages[i], event)) {
            attempt->registering = attempt->messages[i];
        }
    }
}

size_t attempt_message_count(const struct attempt *attempt)
{
    if (attempt_accepted(attempt) || !attempt->messages[0]) {
        return 0;
    }
    return attempt->registering && attempt->registering == attempt->messages[1] ? 2 : 1;
}

static bool is_answer_to(const struct attempt *attempt, const struct capture_event *event)
{
    for (size_t i = attempt ? attempt->items.count : 0; i > 0; i--) {
        if (shows(attempt->items.items[i - 1], event)) {
            return true;
        }
    }
    return false;
}

void attempt_add_companion(struct story_memory *memory, struct story_case *of,
                           const struct capture_event *event)
{
    struct attempt *attempt = is_answer_to(of->current, event) ? of->current
                              : is_answer_to(of->shown, event) ? of->shown
                                                               : NULL;
    struct kept *kept;

    if (event->kind == EVIDENCE_CLOCK && of->mplist && shows(of->mplist, event)) {
        story_memory_drop(memory, of->mplist_clock);
        of->mplist_clock = story_memory_keep(memory, event);
        return;
    }
    if (!attempt && event->kind != EVIDENCE_REGISTRATION) {
        return;
    }
    kept = story_memory_keep(memory, event);
    if (!kept) {
        return;
    }
    if (attempt) {
        attempt_add(memory, attempt, kept);
        return;
    }
    note_registration(of->current, event);
    note_registration(of->shown, event);
    if (of->registrations.count >= memory->limits.registrations) {
        story_memory_drop(memory, of->registrations.items[0]);
        of->registrations.count--;
        memmove(of->registrations.items, of->registrations.items + 1,
                of->registrations.count * sizeof(of->registrations.items[0]));
    }
    kept_list_add(&of->registrations, kept);
}

static bool is_of_client(const struct kept *precedent, const char *address)
{
    return precedent && strcmp(precedent->precedent->client_address, address) == 0;
}

/* The last of two clients: one that is examined needs another's to be held against. */
static void replace_precedent(struct story_memory *memory, struct story_mp *mp, struct kept *kept)
{
    const bool same = is_of_client(mp->precedents[0], kept->precedent->client_address);

    story_memory_drop(memory, mp->precedents[same ? 0 : 1]);
    if (!same) {
        mp->precedents[1] = mp->precedents[0];
    }
    mp->precedents[0] = kept;
}

void attempt_note_precedent(struct story_memory *memory, struct story_case *of, struct story_mp *mp,
                            const struct capture_event *event)
{
    char address[ENDPOINT_TEXT_SIZE];
    struct evidence_http http = *event->http;
    struct evidence_precedent precedent;
    struct capture_event copy = *event;
    struct kept *kept;

    request_find_leg(&http);
    if (http.leg != LEG_NEGOTIATE || !http.sent || !http.sent->ticket || !request_accepted(&http)) {
        return;
    }
    precedent = (struct evidence_precedent){
        .client_address = endpoint_text(&event->client, address),
        .spn = http.sent->ticket->service,
        .status = http.reply->status,
        .ticket = http.sent->ticket,
    };
    copy.kind = EVIDENCE_PRECEDENT;
    copy.payload = &precedent;
    kept = mp ? story_memory_keep(memory, &copy) : NULL;
    if (kept) {
        replace_precedent(memory, mp, kept);
    }
    kept = of ? story_memory_keep(memory, &copy) : NULL;
    if (kept) {
        story_memory_drop(memory, of->precedent);
        of->precedent = kept;
    }
}
