/* SPDX-License-Identifier: Apache-2.0 */
/* What one request to an MP says by itself. */
#ifndef CCM_CAPTURES_STORY_REQUEST_H
#define CCM_CAPTURES_STORY_REQUEST_H

#include "captures/story_memory.h"

/* The frame that a message is found by. */
uint64_t request_frame(const struct mark *asked, const struct mark *answered);
uint64_t kept_frame(const struct kept *kept);

/* When it began, or for want of that was answered. */
int64_t kept_began(const struct kept *kept);

/* Of the reply; 0 when there is none. */
int64_t request_status(const struct evidence_http *http);

/* Did it get what it asked for? With an identity any answer that is no refusal of it counts, as the
   answer to an empty message may be an error; without, only success. */
bool request_accepted(const struct evidence_http *http);

bool request_is_ntlm(const struct evidence_http *http);

/* Does the MP's token ask the client to go on? NTLM's challenge does. */
bool request_is_challenge(const struct evidence_http *http);

/* Does it stand for one that could not be sent, as there was no connection? */
bool request_is_unsent(const struct evidence_http *http);

/* Completes leg, step, SPN and the token's size. */
void request_find_leg(struct evidence_http *http);

/* Completes whether the connection of the client's request before was used again. */
void request_find_reuse(struct story_client *client, struct kept *kept);

#endif
