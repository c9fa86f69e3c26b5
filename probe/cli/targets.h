/* SPDX-License-Identifier: Apache-2.0 */
/* The management points that the command line names: as arguments, or in the file of --mp-list. */
#ifndef CCM_CLI_TARGETS_H
#define CCM_CLI_TARGETS_H

#include "base/arena.h"
#include "base/status.h"
#include "cli/settings.h"
#include "live/live.h"

/* Whether it is a host name or address: what can be looked up and stand in a URL. */
enum ccm_status target_check(const char *target, struct ccm_error *error) CCM_MUST_CHECK;

/*
 * Arguments first, then the file's lines: one name each, what follows a # is a comment, empty lines
 * do not count. CCM_ERROR_USAGE for a name that is none, with FILE:LINE in the file, and when there
 * is no name at all although --discover was not given. Strings and items live in the arena.
 */
enum ccm_status targets_read(const struct cli_settings *settings, struct arena *arena,
                             struct live_targets *targets_out,
                             struct ccm_error *error) CCM_MUST_CHECK;

#endif
