/* SPDX-License-Identifier: Apache-2.0 */
/* A case of the story as records of evidence. */
#ifndef CCM_CAPTURES_STORY_TELL_H
#define CCM_CAPTURES_STORY_TELL_H

#include "captures/story.h"
#include "captures/story_select.h"

/* What is common to all cases. */
struct narrator {
    const struct story_settings *settings;
    struct story_memory *memory;
    int64_t end; /* when the recording ends */
    struct evidence_set *evidence;
    uint32_t case_id; /* of the next case */
};

/* The first frame of what would be told of a case. */
uint64_t tell_first_frame(const struct narrator *narrator, const struct story_case *of);

/* Appends a case unless the settings leave it out. What is remembered of its attempts is freed, so
   that nothing is held twice. */
void tell_case(struct narrator *narrator, struct story_case *of);

/* The same for a client of whom no request to an MP was recorded, but what it asked DNS or a KDC
   for the host `target`. */
void tell_host(struct narrator *narrator, const struct story_client *client, const char *target);

/* The name by which requests, DNS or tickets know the MP of a case; NULL when only its address is
   known. Valid as long as what is remembered. */
const char *tell_mp_name(const struct story_case *of, const struct attempt *attempt,
                         struct host_text *host);

#endif
