/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MP's web server before any ticket: can it be reached, is it an MP, and does it ask for a
 * sign-in? The first 401 with Negotiate is what a healthy MP says.
 */
#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/rule.h"

static bool is_failure(enum evidence_outcome outcome)
{
    return outcome != OUTCOME_REPLY && outcome != OUTCOME_UNKNOWN && outcome != OUTCOME_TLS_FAILED;
}

/* Was a request sent whose answer the recording may only lack? */
static bool is_any_unheard(const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_HTTP && record->http->method &&
            record->http->outcome == OUTCOME_UNKNOWN) {
            return true;
        }
    }
    return false;
}

/* Only when no address of the MP gave any reply; TLS has findings of its own. */
static void unreachable(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = NULL;

    if (fact_reached(view)) {
        return;
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct evidence_http *http = record->http;

        if (record->kind != EVIDENCE_HTTP || !is_failure(http->outcome)) {
            continue;
        }
        if (!draft) {
            const bool unheard = is_any_unheard(view);

            draft = draft_new(out, FINDING_HTTP_UNREACHABLE, unheard ? LEVEL_WARN : LEVEL_NONE,
                              unheard ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);
            draft_argument(draft, "outcome", phrase_outcome(http->outcome));
            draft_argument(draft, "phase", phrase_phase(http->phase));
            draft_number(draft, "port", http->port);
        }
        draft_evidence(draft, record);
        draft_item(draft, "address", http->address ? http->address : fact_target(view));
    }
}

/* A certificate that was seen and refused, else whatever kept TLS from being set up. */
static void tls(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *refused = NULL;
    const struct evidence_record *failed = NULL;
    struct draft *draft;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_TLS && record->tls->accepted == TRI_NO &&
            (record->tls->subject || record->tls->sha256)) {
            refused = record;
        } else if (record->kind == EVIDENCE_HTTP && record->http->outcome == OUTCOME_TLS_FAILED) {
            failed = record;
        }
    }
    if (refused) {
        draft = draft_new(out, FINDING_TLS_UNTRUSTED, failed ? LEVEL_FAIL : LEVEL_WARN,
                          CONFIDENCE_PROVEN);
        draft_evidence(draft, refused);
        draft_evidence(draft, failed);
        draft_argument(draft, "problem", refused->tls->problem);
        draft_argument(draft, "subject", refused->tls->subject);
        draft_argument(draft, "issuer", refused->tls->issuer);
    } else if (failed) {
        draft = draft_new(out, FINDING_TLS_FAILED, LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_argument(draft, "problem", phrase(PHRASE_UNKNOWN));
        draft_evidence(draft, failed);
        for (size_t i = 0; i < view->record_count; i++) {
            if (view->records[i]->kind == EVIDENCE_TLS) {
                draft_evidence(draft, view->records[i]);
                draft_argument(draft, "problem", view->records[i]->tls->problem);
            }
        }
    }
}

/* The MP's list is the one thing that only an MP has. 401, 403 and 5xx leave the question open. */
static void not_an_mp(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *record = endpoints[i].mplist;
        int64_t status = fact_status(record);
        bool other = status >= 200 && status < 300 && record->http->reply->is_mplist == TRI_NO;
        struct draft *draft;

        if (status != HTTP_CODE_NOT_FOUND && !other) {
            continue;
        }
        draft = draft_new(out, FINDING_HTTP_NOT_AN_MP, LEVEL_NONE,
                          fact_status(endpoints[i].anonymous) == HTTP_CODE_UNAUTHORIZED
                              ? CONFIDENCE_LIKELY
                              : CONFIDENCE_PROVEN);
        draft_evidence(draft, record);
        draft_evidence(draft, endpoints[i].anonymous);
        if (other) {
            draft_argument(draft, "status", phrase(PHRASE_NO_MPLIST));
        } else {
            draft_status(draft, record->http->reply);
        }
        return;
    }
}

/* Does the server show that it is an MP? */
static enum evidence_tri is_mp(const struct endpoint *endpoint)
{
    int64_t status = fact_status(endpoint->mplist);

    if (status >= 200 && status < 300) {
        return endpoint->mplist->http->reply->is_mplist;
    }
    return status == HTTP_CODE_NOT_FOUND ? TRI_NO : TRI_UNKNOWN;
}

static void proxy(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = NULL;
    bool demands = false;

    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_HTTP) {
            demands =
                demands || fact_status(view->records[i]) == HTTP_CODE_PROXY_AUTHENTICATION_REQUIRED;
        }
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct http_reply *reply = record->kind == EVIDENCE_HTTP ? record->http->reply : NULL;

        if (!reply || (!reply->via && reply->status != HTTP_CODE_PROXY_AUTHENTICATION_REQUIRED)) {
            continue;
        }
        if (!draft) {
            draft = draft_new(out, FINDING_HTTP_PROXY, demands ? LEVEL_FAIL : LEVEL_INFO,
                              CONFIDENCE_PROVEN);
        }
        draft_evidence(draft, record);
        draft_item(draft, "via",
                   reply->via      ? reply->via
                   : reply->server ? reply->server
                                   : phrase(PHRASE_UNKNOWN));
    }
}

/* Has the scheme, "Negotiate", "NTLM", ... */
static bool offers(const struct http_reply *reply, const char *scheme)
{
    for (size_t i = 0; i < reply->scheme_count; i++) {
        if (same_name(reply->schemes[i], scheme)) {
            return true;
        }
    }
    return false;
}

/* Windows also knows a bare "Kerberos" scheme. */
static void no_negotiate(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *record = endpoints[i].anonymous;
        const struct http_reply *reply;
        struct draft *draft;

        if (fact_status(record) != HTTP_CODE_UNAUTHORIZED) {
            continue;
        }
        reply = record->http->reply;
        if (offers(reply, "Negotiate") || offers(reply, "Kerberos")) {
            continue;
        }
        draft = draft_new(out, FINDING_HTTP_NO_NEGOTIATE, LEVEL_NONE,
                          offers(reply, "NTLM") ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);
        draft_evidence(draft, record);
        draft_argument(draft, "schemes", phrase(PHRASE_NOTHING));
        for (size_t k = 0; k < reply->scheme_count; k++) {
            if (k == 0) {
                draft_argument(draft, "schemes", reply->schemes[k]);
            }
            draft_item(draft, "schemes", reply->schemes[k]);
        }
        return;
    }
}

/* A server that is no MP may accept what it likes. */
static void anonymous_accepted(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        int64_t status = fact_status(endpoints[i].anonymous);
        enum evidence_tri mp = is_mp(&endpoints[i]);
        struct draft *draft;

        if (status < 200 || status >= 300 || mp == TRI_NO) {
            continue;
        }
        draft = draft_new(out, FINDING_HTTP_ANONYMOUS_ACCEPTED, LEVEL_NONE,
                          mp == TRI_YES ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY);
        draft_evidence(draft, endpoints[i].anonymous);
        draft_evidence(draft, endpoints[i].mplist);
        draft_status(draft, endpoints[i].anonymous->http->reply);
        return;
    }
}

rule_fn *const RULES_HTTP[] = {
    unreachable, tls, not_an_mp, proxy, no_negotiate, anonymous_accepted, NULL,
};
