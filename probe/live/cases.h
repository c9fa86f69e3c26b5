/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cases of a run: one alone with the run's own session, or several at the same time, each
 * thread with a session that shares the login and with evidence of its own. The evidence is put
 * together in the order of the targets, so it has one order, whoever answered first.
 */
#ifndef CCM_LIVE_CASES_H
#define CCM_LIVE_CASES_H

#include "live/live.h"

/* Examines the only target as case 1. */
void cases_examine_one(const struct live_settings *settings, const struct live_target *target,
                       struct ticket_session *session, struct evidence_set *evidence);

/* Examines all targets, at most LIVE_CASES_AT_ONCE at a time. The session serves as parent. An
   error says that no thread could get a session. */
enum ccm_status cases_examine(const struct live_settings *settings,
                              const struct live_targets *targets, struct ticket_session *session,
                              struct evidence_set *evidence,
                              struct ccm_error *error) CCM_MUST_CHECK;

/* A case as another collector sees it; cases_forget frees what was made for it. */
void cases_describe(struct ticket_session *session, uint32_t case_id, const char *target,
                    struct evidence_set *evidence, struct live_case *live_out);
void cases_forget(struct live_case *live);

#endif
