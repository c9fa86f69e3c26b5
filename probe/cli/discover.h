/* SPDX-License-Identifier: Apache-2.0 */
/* --discover: the MPs that the client's forest publishes, and DNS for its sites, become the
   targets. Hooks of live_check, whose context is a struct survey_context. */
#ifndef CCM_CLI_DISCOVER_H
#define CCM_CLI_DISCOVER_H

#include "cli/survey.h"

/* Each published MP once, in the order in which the directory names them, then those that only DNS
   names, with the port and scheme that its record says unless --port and --scheme do.
   CCM_ERROR_NOTHING when there is none. */
enum ccm_status discover_targets(void *context, struct live_case *live,
                                 struct live_targets *targets_out, struct ccm_error *error);

/* Gives a case what was found out about its MP, and to the first one how. */
void discover_share(const struct survey_context *context, struct live_case *live);

#endif
