/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told how far the reading of a file is, and may end it. */
#ifndef CCM_CAPTURES_WATCH_H
#define CCM_CAPTURES_WATCH_H

#include "captures/input.h"

struct capture_watch {
    /* Asked now and then: true ends reading. NULL: never. */
    bool (*stop)(void *context);
    /* Told now and then; total is 0 when it is not known. NULL: not wanted. */
    void (*progress)(void *context, uint64_t bytes, uint64_t total);
    void *context;
};

/* How many frames go by before it is told and asked again. */
enum { WATCH_FRAMES = 4096 };

static inline bool watch_goes_on(const struct capture_watch *watch, const struct input *input)
{
    if (watch->progress) {
        watch->progress(watch->context, input_position(input), input_size(input));
    }
    return !watch->stop || !watch->stop(watch->context);
}

#endif
