/* SPDX-License-Identifier: Apache-2.0 */
/* Small text files that people write: one thing a line. */
#ifndef CCM_CLI_LINES_H
#define CCM_CLI_LINES_H

#include "base/arena.h"
#include "base/status.h"

/* Takes what a line holds, in the arena; may keep it. */
typedef enum ccm_status line_fn(void *context, const char *content, struct ccm_error *error);

/*
 * Hands each line of the file over, without its comment ("#" at the start or behind a space) and
 * the space around; empty ones are passed over. The first refusal ends it, and its sentence gets
 * FILE:LINE in front. A file that cannot be read, or is longer than 1 MiB, is CCM_ERROR_IO; one
 * that is no text CCM_ERROR_USAGE.
 */
enum ccm_status lines_read(const char *path, struct arena *arena, line_fn *take, void *context,
                           struct ccm_error *error) CCM_MUST_CHECK;

#endif
