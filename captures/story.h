/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From messages to cases: what one client did at one MP, as the live probe would have seen it. A
 * case is one client's address and one MP; of several attempts the last is shown that came to an
 * end, the others are counted. An MP is a name, as requests have it in their Host field: where
 * several addresses answer to it, the last attempt of the hour before is shown for each of the
 * others; two names at one address are two MPs. A client without a request to an MP is a case when
 * it asked in vain for the ticket of one.
 *
 * Memory depends on limits (captures/story_memory.h), not on the recording: under 40 MiB.
 */
#ifndef CCM_CAPTURES_STORY_H
#define CCM_CAPTURES_STORY_H

#include "captures/messages.h"

struct story_limits;

struct story_settings {
    const struct story_limits *limits; /* NULL: those of captures/story_memory.h */
    const char *client; /* only this client, by address, name or account; NULL: all */
    const char *mp;     /* only this MP, by name or address; NULL: all */
    /* Only attempts that began in this time; what a client asked for before may still be a part of
       them, what came later is not. EVIDENCE_UNKNOWN: from the beginning, to the end. */
    int64_t since;
    int64_t until;
    const char *source; /* of the places: the file's name */
};

struct story;

struct story *story_new(const struct story_settings *settings);
void story_free(struct story *story);

/* As capture_event_fn; `context` is the story. */
capture_event_fn story_event;

/* Appends the cases to `evidence` in the order of their first frames, numbered from `first_case`.
   Which is the worst is for those to say who judge. Limits that were hit are added to `recording`,
   which must live in the set, and which ends no later than was asked for. Returns how many cases
   there were. What is told is no longer remembered: the story ends with this call. */
uint32_t story_finish(struct story *story, uint32_t first_case,
                      struct evidence_recording *recording, struct evidence_set *evidence);

#endif
