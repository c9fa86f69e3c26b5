/* SPDX-License-Identifier: Apache-2.0 */
#include "live/live.h"

#include "base/clock.h"
#include "live/exchange.h"

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

/* Lets the next collector go on with the session of a case. */
static void go_on(const struct live_settings *settings, struct ticket_session *session,
                  uint32_t case_id, const char *target, struct evidence_set *evidence)
{
    const struct identity *identity = &session->identity;
    struct live_case live = {
        .case_id = case_id,
        .target = target,
        .principal = identity->principal,
        .stopper = session->finder.stopper,
        .evidence = evidence,
        .session = session,
    };
    char *cache = NULL;

    if (identity->client) {
        live.realm = arena_strndup(&evidence->arena, identity->client->realm.data,
                                   identity->client->realm.length);
    }
    if (identity->has_tgt &&
        krb5_cc_get_full_name(session->context.krb, identity->cache, &cache) == 0) {
        live.cache = cache;
    }
    settings->after_case(settings->after_context, &live);
    krb5_free_string(session->context.krb, cache);
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
    struct ticket_session session;
    enum ccm_status status = open_session(settings, &stopper, &session, error);

    if (status != CCM_OK) {
        return status;
    }
    for (size_t i = 0; i < settings->target_count; i++) {
        const uint32_t case_id = (uint32_t)i + 1;

        exchange_run(settings, settings->targets[i], &stopper, &session, case_id, evidence);
        if (settings->after_case) {
            go_on(settings, &session, case_id, settings->targets[i], evidence);
        }
    }
    close_session(&session, evidence);
    return CCM_OK;
}

enum ccm_status live_session(const struct live_settings *settings, struct evidence_set *evidence,
                             struct ccm_error *error)
{
    const struct stopper stopper = {clock_monotonic_us() + settings->deadline_us,
                                    settings->wake_fd};
    struct ticket_session session;
    enum ccm_status status = open_session(settings, &stopper, &session, error);

    if (status != CCM_OK) {
        return status;
    }
    ticket_session_login(&session);
    for (size_t i = 0; i < session.evidence.count; i++) {
        evidence_share(evidence, &session.evidence.records[i], 1);
    }
    go_on(settings, &session, 1, NULL, evidence);
    close_session(&session, evidence);
    return CCM_OK;
}
