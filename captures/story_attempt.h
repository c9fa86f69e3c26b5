/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which requests of a client belong together. An attempt is an anonymous CCM_POST and what the
 * client makes of the answer: the same request with a ticket, or the rounds of NTLM, or both one
 * after the other when the first was turned down. Everything else begins another attempt. A client
 * whose sign-in failed may register without: this message belongs to the attempt, too.
 */
#ifndef CCM_CAPTURES_STORY_ATTEMPT_H
#define CCM_CAPTURES_STORY_ATTEMPT_H

#include "captures/story_request.h"

struct attempt {
    struct kept_list items; /* requests, each followed by the clocks and registrations it brought */
    uint64_t after;         /* the last frame of the attempt before; 0 for none */
    int64_t after_at;       /* tickets that were asked for until then still belong to that one */
    uint64_t first;         /* its own first and last frame */
    uint64_t last;
    int64_t began;
    int64_t ended;             /* the last that was seen of it */
    const struct kept *latest; /* the last request */
    bool went_on;              /* after another one had begun */
    /* What it sent without a sign-in when that had failed, to the folder where anybody may: the
       first message that was taken, and the one that registers, until then the last. */
    struct kept *messages[2];
    const struct kept *registering; /* NULL: not seen */
};

/* Accepts NULL. */
void attempt_free(struct story_memory *memory, struct attempt *attempt);

/* Those of a case. */
void attempt_forget_all(struct story_memory *memory, struct story_case *of);

/* A CCM_POST: goes on with the case's attempt, follows it without a sign-in, or begins another. */
void attempt_add_request(struct story_memory *memory, struct story_case *of,
                         const struct capture_event *event);

/* One that follows an attempt without a sign-in; no matter when its sign-in worked. */
void attempt_add_message(struct story_memory *memory, struct story_case *of,
                         const struct capture_event *event);

/* Takes over a copy. False, with the copy freed, when the attempt has too many. */
bool attempt_add(struct story_memory *memory, struct attempt *attempt, struct kept *kept);

/* One for a request that never stood, to a server that the case has requests to. */
void attempt_add_connection(struct story_memory *memory, struct story_case *of,
                            const struct capture_event *event);

/* A clock or registration that a request of the case showed: forgotten with it. */
void attempt_add_companion(struct story_memory *memory, struct story_case *of,
                           const struct capture_event *event);

/* How many of its `messages` belong to its story: none when the sign-in worked, as all registered
   clients send their messages there. */
size_t attempt_message_count(const struct attempt *attempt);

/* Did its last request get what it asked for (request_accepted)? */
bool attempt_accepted(const struct attempt *attempt);

/* Remembers a ticket that the MP accepted; no matter for other requests. `of` may be NULL. */
void attempt_note_precedent(struct story_memory *memory, struct story_case *of, struct story_mp *mp,
                            const struct capture_event *event);

/* The attempt to be shown of a recording that ends at `end`: the last, unless it was still under
   way then and there is another. NULL when the case has none. */
struct attempt *attempt_to_show(const struct story_case *of, int64_t end);

/* Is it the path on which IIS asks who the client is ("/ccm_system_windowsauth/request")? Is it one
   of an MP's at all? */
bool attempt_is_windows_path(const char *path);
bool attempt_is_mp_path(const char *path);

#endif
