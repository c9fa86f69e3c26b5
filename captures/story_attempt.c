/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story_attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "captures/frame.h"
#include "captures/story_names.h"

/* A client that is not heard of for so long after an answer has given up: it asks for a ticket at
   once, and for a silent KDC waits up to 30 seconds. */
enum { PATIENCE_US = 30 * 1000 * 1000 };

void attempt_free(struct story_memory *memory, struct attempt *attempt)
{
    if (attempt) {
        kept_list_drop(memory, &attempt->items);
        story_memory_drop(memory, attempt->messages[0]);
        story_memory_drop(memory, attempt->messages[1]);
        free(attempt);
    }
}

bool attempt_is_mp_path(const char *path)
{
    return path && story_starts(path, "/ccm_system");
}

bool attempt_is_windows_path(const char *path)
{
    return path && story_starts(path, "/ccm_system_windowsauth/");
}

static uint64_t frame_of(const struct mark *asked, const struct mark *answered)
{
    return asked->frame ? asked->frame : answered->frame;
}

uint64_t kept_frame(const struct kept *kept)
{
    return frame_of(&kept->asked, &kept->answered);
}

static int64_t status_of(const struct evidence_http *http)
{
    return http->reply ? http->reply->status : 0;
}

static bool is_accepted(const struct evidence_http *http)
{
    const int64_t status = status_of(http);

    if (http->leg == LEG_ANONYMOUS) {
        return status >= 200 && status < 300;
    }
    return status >= 200 && !(status >= 300 && status < 400) && status != 401 && status != 403 &&
           status != 407 && !(status >= 502 && status <= 504);
}

bool attempt_accepted(const struct attempt *attempt)
{
    return attempt->latest && is_accepted(attempt->latest->http);
}

static bool is_ntlm(const struct evidence_http *http)
{
    return http->sent && http->sent->kind == NEGOTIATE_NTLM;
}

/* The MP's token asks the client to go on: NTLM's challenge. */
static bool is_challenge(const struct evidence_http *http)
{
    const struct negotiate_token *answer = http->answer;

    return status_of(http) == 401 && answer && !answer->error &&
           (answer->kind == NEGOTIATE_NTLM || answer->state == SPNEGO_ACCEPT_INCOMPLETE ||
            answer->state == SPNEGO_REQUEST_MIC);
}

/* Does the client go on with what it last did, rather than begin anew? */
static bool continues(const struct attempt *attempt, const struct evidence_http *http)
{
    const struct evidence_http *latest = attempt->latest->http;

    if (http->leg == LEG_ANONYMOUS) {
        return false;
    }
    if (latest->leg == LEG_ANONYMOUS || is_challenge(latest)) {
        return true;
    }
    return status_of(latest) == 401 &&
           (latest->leg != http->leg || is_ntlm(latest) != is_ntlm(http));
}

/* A HOST ticket is what a client presents that wants to know whose key the MP has; Windows never
   does. */
static void find_leg(struct evidence_http *http)
{
    const char *service = http->sent && http->sent->ticket ? http->sent->ticket->service : NULL;

    if (!http->sent && http->token_bytes == EVIDENCE_UNKNOWN) {
        http->leg = LEG_ANONYMOUS;
        http->step = STEP_ANONYMOUS;
    } else if (service && story_starts(service, "HOST/")) {
        http->leg = LEG_HOST;
        http->step = STEP_HOST_AUTHENTICATED;
    } else {
        http->leg = LEG_NEGOTIATE;
        http->step = STEP_AUTHENTICATED;
    }
    http->spn = http->spn ? http->spn : service;
    if (http->sent && http->token_bytes == EVIDENCE_UNKNOWN) {
        http->token_bytes = http->sent->bytes;
    }
}

/* Was the connection of the client's request before used again? */
static void find_reuse(struct story_client *client, struct kept *kept)
{
    if (kept->http->reused == TRI_UNKNOWN && kept->connection != 0) {
        kept->http->reused = kept->http->connect_us == EVIDENCE_UNKNOWN &&
                                     kept->connection == client->last_connection
                                 ? TRI_YES
                                 : TRI_NO;
    }
    client->last_connection = kept->connection;
}

/* Was the client asked to go on with an identity? */
static bool awaits_client(const struct attempt *attempt)
{
    const struct evidence_http *latest = attempt->latest->http;

    return is_challenge(latest) || (latest->leg == LEG_ANONYMOUS && status_of(latest) == 401);
}

static void begin(struct story_memory *memory, struct story_case *of, const struct kept *kept)
{
    struct attempt *attempt = calloc(1, sizeof(*attempt));

    if (!attempt) {
        fputs("ccmprobe: out of memory\n", stderr);
        abort();
    }
    if (of->current) {
        attempt->after = of->current->last;
        attempt->after_at = of->current->ended + (awaits_client(of->current) ? PATIENCE_US : 0);
        of->failed += of->shown && !attempt_accepted(of->shown) ? 1 : 0;
        attempt_free(memory, of->shown);
        of->shown = of->current;
    }
    attempt->first = kept_frame(kept);
    attempt->began = kept->asked.frame ? kept->asked.at : kept->answered.at;
    of->attempts++;
    of->current = attempt;
}

static bool add(struct story_memory *memory, struct attempt *attempt, struct kept *kept)
{
    if (attempt->items.count >= STORY_ATTEMPT_REQUESTS) {
        memory->requests.dropped++;
        story_memory_drop(memory, kept);
        return false;
    }
    kept_list_add(&attempt->items, kept);
    if (kept_frame(kept) > attempt->last) {
        attempt->last = kept_frame(kept);
        attempt->ended = kept->asked.frame ? kept->asked.at : kept->answered.at;
    }
    if (kept->answered.frame > attempt->last) {
        attempt->last = kept->answered.frame;
        attempt->ended = kept->answered.at;
    }
    return true;
}

/* A client may begin anew on another connection while the attempt before still goes on. */
static struct attempt *attempt_of(const struct story_case *of, const struct kept *kept)
{
    const bool is_current = of->current && continues(of->current, kept->http);

    if (is_current && of->current->latest->connection == kept->connection) {
        return of->current;
    }
    if (of->shown && of->shown->latest->connection == kept->connection &&
        continues(of->shown, kept->http)) {
        return of->shown;
    }
    return is_current ? of->current : NULL;
}

/* A question without an answer is known only when its connection ends, and the client may have
   begun anew by then. */
static void add_late(struct story_memory *memory, struct story_case *of, struct kept *kept)
{
    if (of->shown && kept_frame(kept) >= of->shown->first) {
        if (add(memory, of->shown, kept) && kept_frame(kept) >= kept_frame(of->shown->latest)) {
            of->shown->latest = kept;
        }
        return;
    }
    of->attempts += kept->http->leg == LEG_ANONYMOUS ? 1 : 0;
    of->failed += kept->http->leg == LEG_ANONYMOUS ? 1 : 0;
    story_memory_drop(memory, kept);
}

void attempt_forget_all(struct story_memory *memory, struct story_case *of)
{
    attempt_free(memory, of->current);
    attempt_free(memory, of->shown);
    of->current = of->shown = NULL;
    of->attempts = of->failed = 0;
}

static void add_request(struct story_memory *memory, struct story_case *of,
                        const struct capture_event *event)
{
    struct kept *kept = story_memory_keep(memory, event);
    struct attempt *attempt;

    if (!kept) {
        return;
    }
    find_leg(kept->http);
    find_reuse(of->client, kept);
    if (of->current && kept_frame(kept) < of->current->first) {
        add_late(memory, of, kept);
        return;
    }
    attempt = attempt_of(of, kept);
    if (!attempt) {
        begin(memory, of, kept);
        attempt = of->current;
    }
    if (add(memory, attempt, kept)) {
        attempt->latest = kept;
    }
}

/* --- messages without a sign-in --- */

static bool shows(const struct kept *kept, const struct capture_event *event)
{
    return kept->kind == EVIDENCE_HTTP && kept->connection == event->connection &&
           kept_frame(kept) == frame_of(&event->asked, &event->answered);
}

static bool is_taken(const struct kept *kept)
{
    return status_of(kept->http) >= 200 && status_of(kept->http) < 300;
}

static void add_message(struct story_memory *memory, struct story_case *of,
                        const struct capture_event *event)
{
    const uint64_t frame = frame_of(&event->asked, &event->answered);
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
    find_leg(kept->http);
    find_reuse(of->client, kept);
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

void attempt_add_request(struct story_memory *memory, struct story_case *of,
                         const struct capture_event *event)
{
    const bool windows = attempt_is_windows_path(event->http->path);

    if (!windows && of->windows) {
        add_message(memory, of, event);
        return;
    }
    if (windows && !of->windows) {
        attempt_forget_all(memory, of);
        of->windows = true;
    }
    add_request(memory, of, event);
}

void attempt_add_connection(struct story_memory *memory, struct story_case *of,
                            const struct capture_event *event)
{
    add_request(memory, of, event);
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
        add(memory, attempt, kept);
        return;
    }
    note_registration(of->current, event);
    note_registration(of->shown, event);
    if (of->registrations.count == STORY_REGISTRATIONS_MAX) {
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

    find_leg(&http);
    if (http.leg != LEG_NEGOTIATE || !http.sent || !http.sent->ticket || !is_accepted(&http)) {
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

/* Nothing more may have been heard of it because the recording ended. */
static bool is_under_way(const struct attempt *attempt, int64_t end)
{
    const struct evidence_http *latest = attempt->latest ? attempt->latest->http : NULL;

    if (!latest) {
        return true;
    }
    return ((!latest->reply && latest->phase != PHASE_CONNECT) || awaits_client(attempt)) &&
           frame_time_passed(attempt->ended, end) < PATIENCE_US;
}

struct attempt *attempt_to_show(const struct story_case *of, int64_t end)
{
    return of->current && of->shown && is_under_way(of->current, end) ? of->shown : of->current;
}
