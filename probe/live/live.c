/* SPDX-License-Identifier: Apache-2.0 */
#include "live/live.h"

#include "base/clock.h"
#include "live/cases.h"

const char *live_case_ticket(struct live_case *live, const char *service, const char *host)
{
    struct service_ticket ticket;

    ticket_get(live->session, service, host, STEP_DIRECTORY, live->case_id, live->evidence,
               &ticket);
    return ticket.issued ? ticket.principal : NULL;
}

void live_case_servers(struct live_case *live, const char *service_name,
                       struct kdc_list *servers_out)
{
    live->session->finder.case_id = live->case_id;
    kdc_list_by_service(&live->session->finder, service_name, live->evidence, servers_out);
}

void live_case_host(struct live_case *live, const char *text, struct kdc_list *servers_out)
{
    live->session->finder.case_id = live->case_id;
    kdc_list_by_host(&live->session->finder, text, 0, live->evidence, servers_out);
}

void live_case_services(struct live_case *live, const char *const *names, size_t count,
                        const struct evidence_dns *asked[])
{
    struct dns_question questions[DNS_QUESTIONS_AT_ONCE];

    for (size_t i = 0; i < count && i < DNS_QUESTIONS_AT_ONCE; i++) {
        questions[i] = (struct dns_question){names[i], "SRV"};
    }
    dns_ask(live->session->finder.dns, live->stopper, live->case_id, live->evidence, questions,
            count, asked);
}

enum evidence_tri live_case_in_dns(struct live_case *live, const char *name)
{
    const struct dns_question questions[] = {{name, "A"}, {name, "AAAA"}};
    const struct evidence_dns *asked[2];
    enum evidence_tri found = TRI_NO;

    dns_ask(live->session->finder.dns, live->stopper, live->case_id, live->evidence, questions, 2,
            asked);
    for (size_t i = 0; i < 2; i++) {
        if (asked[i]->outcome == DNS_ANSWER) {
            return TRI_YES;
        }
        if (asked[i]->outcome != DNS_NODATA && asked[i]->outcome != DNS_NXDOMAIN) {
            found = TRI_UNKNOWN;
        }
    }
    return found;
}

/* The targets as the settings or the hook name them. */
static enum ccm_status find_targets(const struct live_settings *settings,
                                    struct ticket_session *session, struct evidence_set *evidence,
                                    struct live_targets *targets, struct ccm_error *error)
{
    const struct live_hooks *hooks = &settings->hooks;
    enum ccm_status status;
    struct live_case live;
    void *kept = NULL;

    *targets = settings->targets;
    if (!hooks->find_targets) {
        return CCM_OK;
    }
    ticket_session_login(session);
    cases_describe(session, 1, NULL, evidence, &live);
    live.kept = &kept;
    status = hooks->find_targets(hooks->context, &live, targets, error);
    cases_forget(&live);
    if (hooks->let_go) {
        hooks->let_go(hooks->context, kept);
    }
    return status;
}

static enum ccm_status open_session(const struct live_settings *settings,
                                    const struct stopper *stopper, struct ticket_session *session,
                                    struct ccm_error *error)
{
    const struct kdc_finder finder = {.overrides = settings->kdcs,
                                      .override_count = settings->kdc_count,
                                      .dns = &settings->dns,
                                      .stopper = stopper};
    enum ccm_status status = mp_library_init(error);

    if (status == CCM_OK) {
        status = dns_check_settings(&settings->dns, error);
    }
    return status == CCM_OK ? ticket_session_open(session, &settings->identity, &finder, error)
                            : status;
}

/* What the session holds is pointed to by the evidence. */
static void close_session(struct ticket_session *session, struct evidence_set *evidence)
{
    arena_adopt(&evidence->arena, &session->evidence.arena);
    ticket_session_close(session);
}

enum ccm_status live_check(const struct live_settings *settings, struct evidence_set *evidence,
                           struct ccm_error *error)
{
    const struct stopper stopper = {clock_monotonic_us() + settings->deadline_us,
                                    settings->wake_fd};
    struct evidence_set found = {0};
    struct ticket_session session;
    struct live_targets targets;
    enum ccm_status status = open_session(settings, &stopper, &session, error);

    if (status != CCM_OK) {
        return status;
    }
    status = find_targets(settings, &session, &found, &targets, error);
    if (status == CCM_OK && targets.count == 1) {
        cases_examine_one(settings, &targets.items[0], &session, evidence);
    } else if (status == CCM_OK) {
        status = cases_examine(settings, &targets, &session, evidence, error);
    }
    arena_adopt(&evidence->arena, &found.arena);
    close_session(&session, evidence);
    return status;
}

enum ccm_status live_session(const struct live_settings *settings, struct evidence_set *evidence,
                             struct ccm_error *error)
{
    const struct stopper stopper = {clock_monotonic_us() + settings->deadline_us,
                                    settings->wake_fd};
    struct ticket_session session;
    struct live_case live;
    void *kept = NULL;
    enum ccm_status status = open_session(settings, &stopper, &session, error);

    if (status != CCM_OK) {
        return status;
    }
    ticket_session_login(&session);
    for (size_t i = 0; i < session.evidence.count; i++) {
        evidence_share(evidence, &session.evidence.records[i], 1);
    }
    cases_describe(&session, 1, NULL, evidence, &live);
    live.kept = &kept;
    settings->hooks.after_case(settings->hooks.context, &live);
    cases_forget(&live);
    close_session(&session, evidence);
    return CCM_OK;
}
