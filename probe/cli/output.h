/* SPDX-License-Identifier: Apache-2.0 */
/* Where reports and evidence go. */
#ifndef CCM_CLI_OUTPUT_H
#define CCM_CLI_OUTPUT_H

#include "base/buffer.h"
#include "base/status.h"
#include "cli/settings.h"
#include "evidence/evidence.h"
#include "rules/verdict.h"

/* Whether the files that will be written can be: asked before the network is, so that a run is not
   lost to a misspelt folder. */
enum ccm_status output_check(const struct cli_settings *settings,
                             struct ccm_error *error) CCM_MUST_CHECK;

/* Writes text to --output or standard output, and empties it. */
enum ccm_status output_write(const struct cli_settings *settings, struct buffer *text,
                             struct ccm_error *error) CCM_MUST_CHECK;

/* Writes the evidence to --save, if it was given. */
enum ccm_status output_save(const struct cli_settings *settings,
                            const struct evidence_set *evidence,
                            struct ccm_error *error) CCM_MUST_CHECK;

/* --color, and what "auto" comes to: a terminal, and NO_COLOR (no-color.org) not set. */
bool output_wants_color(const struct cli_settings *settings);

/* Writes the report, in the format that was asked for, to --output or standard output. */
enum ccm_status output_report(const struct cli_settings *settings,
                              const struct evidence_set *evidence,
                              const struct judgement *judgement,
                              struct ccm_error *error) CCM_MUST_CHECK;

/* The judgement's exit status, with --fail-level applied. */
int output_exit_status(const struct cli_settings *settings, const struct judgement *judgement);

#endif
