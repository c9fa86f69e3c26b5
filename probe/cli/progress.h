/* SPDX-License-Identifier: Apache-2.0 */
/* How far the reading of one file is, on a terminal, once it took a second. */
#ifndef CCM_CLI_PROGRESS_H
#define CCM_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *path; /* borrowed */
    int64_t began;
    int64_t shown; /* when last; 0: not yet */
};

struct progress progress_of(const char *path);

/* To be told how far it is, with the progress as context; NULL where nobody looks. */
typedef void progress_fn(void *context, uint64_t bytes, uint64_t total);
progress_fn *progress_wanted(void);

/* Leaves the terminal's line empty. */
void progress_erase(const struct progress *progress);

/* As a `stop`: was the run interrupted? */
bool progress_is_interrupted(void *context);

#endif
