/* SPDX-License-Identifier: Apache-2.0 */
/* What commands that log in have in common: options into the settings of a session. */
#ifndef CCM_CLI_COLLECT_H
#define CCM_CLI_COLLECT_H

#include "base/buffer.h"
#include "cli/settings.h"
#include "live/live.h"

/* Whether the options of the identity fit together, and --cacert can be read. */
enum ccm_status collect_check_session(const struct cli_settings *settings,
                                      struct ccm_error *error) CCM_MUST_CHECK;

/* Reads the password from its file or the terminal if the options ask for one. Release it with
   buffer_release_secret. */
enum ccm_status collect_password(const struct cli_settings *settings, struct buffer *password,
                                 struct ccm_error *error) CCM_MUST_CHECK;

/* Identity, KDCs, resolver, deadline and certificates; everything else is left empty. The password
   is borrowed, the KDCs live in the arena. */
enum ccm_status collect_session(const struct cli_settings *settings, struct arena *arena,
                                const struct buffer *password, struct live_settings *live_out,
                                struct ccm_error *error) CCM_MUST_CHECK;

/* --show-queries: to stderr, as stdout is the report and nothing else. */
void collect_show_queries(const struct evidence_set *evidence);

#endif
