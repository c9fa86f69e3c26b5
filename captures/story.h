/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From messages to cases: what one client did at one MP, as the live probe would have seen it. A
 * case is one client's address and one MP; of several tries the last is shown, the others are
 * counted.
 */
#ifndef CCM_CAPTURES_STORY_H
#define CCM_CAPTURES_STORY_H

#include "captures/messages.h"

struct story_settings {
    const char *client; /* only this client, by address or name; NULL: all */
    const char *mp;     /* only this MP, by name or address; NULL: all */
    int64_t since;      /* only what began at or after; EVIDENCE_UNKNOWN: from the beginning */
    int64_t until;
    const char *source; /* of the places: the file's name */
};

struct story;

struct story *story_new(const struct story_settings *settings);
void story_free(struct story *story);

/* As capture_event_fn; `context` is the story. */
capture_event_fn story_event;

/* Appends the cases to `evidence`, the worst first, numbered from `first_case`. Limits that were
   hit are added to `recording`. Returns how many cases there were. */
uint32_t story_finish(struct story *story, uint32_t first_case,
                      struct evidence_recording *recording, struct evidence_set *evidence);

#endif
