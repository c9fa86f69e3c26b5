/* SPDX-License-Identifier: Apache-2.0 */
#include "live/live.h"

#include "base/clock.h"
#include "live/exchange.h"

enum ccm_status live_check(const struct live_settings *settings, struct evidence_set *evidence,
                           struct ccm_error *error)
{
    const struct stopper stopper = {clock_monotonic_us() + settings->deadline_us,
                                    settings->wake_fd};
    const struct kdc_finder finder = {.overrides = settings->kdcs,
                                      .override_count = settings->kdc_count,
                                      .dns = &settings->dns,
                                      .stopper = &stopper};
    struct ticket_session session;
    enum ccm_status status = mp_library_init(error);

    if (status == CCM_OK) {
        status = dns_check_settings(&settings->dns, error);
    }
    if (status == CCM_OK) {
        status = ticket_session_open(&session, &settings->identity, &finder, error);
    }
    if (status != CCM_OK) {
        return status;
    }
    for (size_t i = 0; i < settings->target_count; i++) {
        exchange_run(settings, settings->targets[i], &stopper, &session, (uint32_t)i + 1, evidence);
    }
    arena_adopt(&evidence->arena, &session.evidence.arena);
    ticket_session_close(&session);
    return CCM_OK;
}
