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

bool attempt_accepted(const struct attempt *attempt)
{
    return attempt->latest && request_accepted(attempt->latest->http);
}

static bool same_server(const struct kept *a, const struct kept *b)
{
    return endpoint_equal(&a->server, &b->server);
}

/* Could one not be sent, and is the other what the client then tried at the MP's next address? */
static bool is_next_address(const struct kept *unsent, const struct kept *other)
{
    return request_is_unsent(unsent->http) && !same_server(unsent, other) &&
           other->http->leg == LEG_ANONYMOUS &&
           frame_time_passed(kept_began(unsent), kept_began(other)) < PATIENCE_US;
}

/* Does the client go on with what it last did, rather than begin anew? */
static bool continues(const struct attempt *attempt, const struct kept *kept)
{
    const struct evidence_http *latest = attempt->latest->http;
    const struct evidence_http *http = kept->http;

    if (http->leg == LEG_ANONYMOUS) {
        return is_next_address(attempt->latest, kept);
    }
    if (latest->leg == LEG_ANONYMOUS || request_is_challenge(latest)) {
        return true;
    }
    return request_status(latest) == 401 &&
           (latest->leg != http->leg || request_is_ntlm(latest) != request_is_ntlm(http));
}

/* Is the client asked to go on with an identity? */
static bool awaits_client(const struct kept *latest)
{
    return request_is_challenge(latest->http) ||
           (latest->http->leg == LEG_ANONYMOUS && request_status(latest->http) == 401);
}

/* It may still go on, where several are made at once. */
static void note_left(struct story_case *of, const struct kept *latest, bool went_on)
{
    if (awaits_client(latest)) {
        of->left[of->left_next++ % STORY_LEFT_MAX] =
            (struct story_left){latest->connection, went_on};
    }
}

static void forget(struct story_memory *memory, struct story_case *of, struct attempt *attempt)
{
    if (attempt) {
        note_left(of, attempt->latest, attempt->went_on);
        attempt_free(memory, attempt);
    }
}

/* Of every other address the last attempt is kept. */
static void retire(struct story_memory *memory, struct story_case *of, struct attempt *attempt,
                   const struct attempt *newer)
{
    size_t place = 0;
    struct attempt *kept;

    of->failed += attempt_accepted(attempt) ? 0 : 1;
    while (place + 1 < STORY_ADDRESSES_MAX && of->others[place] &&
           !same_server(of->others[place]->latest, attempt->latest)) {
        place++;
    }
    kept = of->others[place];
    if (same_server(attempt->latest, newer->latest) ||
        (kept && same_server(attempt->latest, kept->latest) && attempt->first < kept->first)) {
        forget(memory, of, attempt);
        return;
    }
    forget(memory, of, kept);
    for (; place > 0; place--) {
        of->others[place] = of->others[place - 1];
    }
    of->others[0] = attempt;
}

/* Each attempt that goes on after another one began counts once. */
static void note_overlap(struct story_case *of, bool *went_on)
{
    of->overlapping += *went_on ? 0 : 1;
    *went_on = true;
}

/* Does a forgotten attempt go on with it? Then it belongs to no other. */
static bool goes_on_with_left(struct story_case *of, const struct kept *kept)
{
    for (size_t i = 0; i < STORY_LEFT_MAX; i++) {
        struct story_left *left = &of->left[i];

        if (left->connection == 0 || left->connection != kept->connection) {
            continue;
        }
        if (kept->http->leg == LEG_ANONYMOUS) { /* it begins another one there */
            left->connection = 0;
            continue;
        }
        note_overlap(of, &left->went_on);
        if (request_accepted(kept->http)) {
            of->failed--;
            left->connection = 0;
        }
        return true;
    }
    return false;
}

static struct attempt *new_attempt(struct story_case *of, const struct kept *kept)
{
    struct attempt *attempt = story_allocate(sizeof(*attempt));

    attempt->first = kept_frame(kept);
    attempt->began = kept_began(kept);
    of->attempts++;
    return attempt;
}

/* `before` is NULL when it is the first. */
static void follow(struct attempt *attempt, const struct attempt *before)
{
    if (before) {
        attempt->after = before->last;
        attempt->after_at = before->ended + (awaits_client(before->latest) ? PATIENCE_US : 0);
    }
}

/* Another takes the place of the attempt that was shown until now. */
static void show(struct story_memory *memory, struct story_case *of, struct attempt *attempt,
                 const struct attempt *newer)
{
    if (of->shown) {
        retire(memory, of, of->shown, newer);
    }
    of->shown = attempt;
}

static void begin(struct story_memory *memory, struct story_case *of, const struct kept *kept)
{
    struct attempt *attempt = new_attempt(of, kept);

    follow(attempt, of->current);
    if (of->current && kept_frame(of->current->latest) > kept_frame(kept)) {
        note_overlap(of, &of->current->went_on); /* before this one was answered */
    }
    if (of->current) {
        show(memory, of, of->current, of->current);
    }
    of->current = attempt;
}

bool attempt_add(struct story_memory *memory, struct attempt *attempt, struct kept *kept)
{
    if (attempt->items.count >= memory->limits.requests) {
        memory->requests.dropped++;
        story_memory_drop(memory, kept);
        return false;
    }
    kept_list_add(&attempt->items, kept);
    if (kept_frame(kept) > attempt->last) {
        attempt->last = kept_frame(kept);
        attempt->ended = kept_began(kept);
    }
    if (kept->answered.frame > attempt->last) {
        attempt->last = kept->answered.frame;
        attempt->ended = kept->answered.at;
    }
    return true;
}

/* A client may begin anew on another connection while the attempt before still goes on. */
static struct attempt *attempt_of(struct story_case *of, const struct kept *kept)
{
    const bool is_current = of->current && continues(of->current, kept);

    if (is_current && of->current->latest->connection == kept->connection) {
        return of->current;
    }
    if (of->shown && of->shown->latest->connection == kept->connection &&
        continues(of->shown, kept)) {
        note_overlap(of, &of->shown->went_on);
        return of->shown;
    }
    return is_current ? of->current : NULL;
}

/* An anonymous request whose answer came after that of a younger one, or not at all. */
static void add_overtaken(struct story_memory *memory, struct story_case *of, struct kept *kept)
{
    struct attempt *attempt = new_attempt(of, kept);

    attempt_add(memory, attempt, kept);
    attempt->latest = kept;
    if (of->shown && attempt->first < of->shown->first) {
        retire(memory, of, attempt, of->shown);
        return;
    }
    follow(attempt, of->shown);
    show(memory, of, attempt, of->current);
    if (attempt->first > of->current->after) {
        of->current->after = attempt->first;
    }
}

static bool is_on(const struct attempt *attempt, const struct kept *kept)
{
    return attempt && attempt->latest->connection == kept->connection;
}

/* An attempt that is kept of another address goes on, unless a younger one is on its connection. */
static bool goes_on_elsewhere(struct story_memory *memory, struct story_case *of, struct kept *kept)
{
    if (is_on(of->current, kept) || is_on(of->shown, kept)) {
        return false;
    }
    for (size_t i = 0; i < STORY_ADDRESSES_MAX && of->others[i]; i++) {
        struct attempt *other = of->others[i];

        if (!is_on(other, kept) || !continues(other, kept)) {
            continue;
        }
        note_overlap(of, &other->went_on);
        if (request_accepted(kept->http)) {
            of->failed--;
        }
        if (attempt_add(memory, other, kept)) {
            other->latest = kept;
        }
        return true;
    }
    return false;
}

/* A question without an answer is known only when its connection ends, and the client may have
   begun anew by then. */
static void add_late(struct story_memory *memory, struct story_case *of, struct kept *kept)
{
    struct attempt *current = of->current;

    if (kept_frame(kept) > current->after && is_next_address(kept, current->items.items[0])) {
        if (attempt_add(memory, current, kept)) {
            current->first = kept_frame(kept);
            current->began = kept_began(kept);
        }
        return;
    }
    if (kept->http->leg == LEG_ANONYMOUS) {
        add_overtaken(memory, of, kept);
        return;
    }
    if (of->shown && kept_frame(kept) >= of->shown->first) {
        if (attempt_add(memory, of->shown, kept) &&
            kept_frame(kept) >= kept_frame(of->shown->latest)) {
            of->shown->latest = kept;
        }
        return;
    }
    story_memory_drop(memory, kept);
}

void attempt_forget_all(struct story_memory *memory, struct story_case *of)
{
    attempt_free(memory, of->current);
    attempt_free(memory, of->shown);
    of->current = of->shown = NULL;
    for (size_t i = 0; i < STORY_ADDRESSES_MAX; i++) {
        attempt_free(memory, of->others[i]);
        of->others[i] = NULL;
    }
    memset(of->left, 0, sizeof(of->left));
    of->attempts = of->failed = of->overlapping = 0;
}

static void add_request(struct story_memory *memory, struct story_case *of,
                        const struct capture_event *event)
{
    struct kept *kept = story_memory_keep(memory, event);
    struct attempt *attempt;

    if (!kept) {
        return;
    }
    request_find_leg(kept->http);
    request_find_reuse(of->client, kept);
    if (goes_on_with_left(of, kept)) {
        story_memory_drop(memory, kept);
        return;
    }
    if (goes_on_elsewhere(memory, of, kept)) {
        return;
    }
    if (of->current && kept_frame(kept) < of->current->first) {
        add_late(memory, of, kept);
        return;
    }
    attempt = attempt_of(of, kept);
    if (!attempt) {
        begin(memory, of, kept);
        attempt = of->current;
    }
    if (attempt_add(memory, attempt, kept)) {
        attempt->latest = kept;
    }
}

void attempt_add_request(struct story_memory *memory, struct story_case *of,
                         const struct capture_event *event)
{
    const bool windows = attempt_is_windows_path(event->http->path);

    if (!windows && of->windows) {
        attempt_add_message(memory, of, event);
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

/* Nothing more may have been heard of it because the recording ended. */
static bool is_under_way(const struct attempt *attempt, int64_t end)
{
    const struct evidence_http *latest = attempt->latest ? attempt->latest->http : NULL;

    if (!latest) {
        return true;
    }
    return ((!latest->reply && latest->phase != PHASE_CONNECT) || awaits_client(attempt->latest)) &&
           frame_time_passed(attempt->ended, end) < PATIENCE_US;
}

struct attempt *attempt_to_show(const struct story_case *of, int64_t end)
{
    return of->current && of->shown && is_under_way(of->current, end) ? of->shown : of->current;
}
