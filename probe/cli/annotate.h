/* SPDX-License-Identifier: Apache-2.0 */
/* What `ccmprobe analyze` writes besides its report: the capture again, with the story in comments
   (--annotate) or without names and secrets (--redact). */
#ifndef CCM_CLI_ANNOTATE_H
#define CCM_CLI_ANNOTATE_H

#include "base/status.h"
#include "cli/settings.h"

/* Before anything is read: is there one file, which can be read twice and is not written over? */
enum ccm_status copies_check(const struct cli_settings *settings,
                             struct ccm_error *error) CCM_MUST_CHECK;

#endif
