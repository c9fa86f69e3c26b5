/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchange with one MP. What does not depend on each other goes on at the same time: the name,
 * the anonymous request and the tickets.
 */
#ifndef CCM_LIVE_EXCHANGE_H
#define CCM_LIVE_EXCHANGE_H

#include "live/live.h"
#include "live/ticket.h"

/* Examines the MP as case `case_id` and appends its records to `evidence`. */
void exchange_run(const struct live_settings *settings, const struct live_target *target,
                  const struct stopper *stopper, struct ticket_session *session, uint32_t case_id,
                  struct evidence_set *evidence);

#endif
