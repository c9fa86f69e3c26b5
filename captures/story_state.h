/* SPDX-License-Identifier: Apache-2.0 */
/* What story.c fills and story_finish.c tells. */
#ifndef CCM_CAPTURES_STORY_STATE_H
#define CCM_CAPTURES_STORY_STATE_H

#include "captures/story.h"
#include "captures/story_memory.h"

struct story {
    struct story_settings settings;
    struct story_memory memory;
    struct story_case *last; /* of the last HTTP event, if it belongs to one */
    int64_t end;             /* the last time that was seen */
};

#endif
