/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a recorded client went on after the MP's 401: with nothing, with NTLM, without a sign-in; and
 * whether it was approved in the end. The live probe always goes on, and never with NTLM.
 */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/rule.h"

static const int64_t SECOND = 1000000;

/* Is it a recording of the file in which the record stands, and of that time? */
static bool is_recording_of(const struct evidence_record *recording,
                            const struct evidence_record *record)
{
    const char *source = record->place ? record->place->source : NULL;

    return recording->kind == EVIDENCE_RECORDING && source && recording->recording->name &&
           strcmp(source, recording->recording->name) == 0 &&
           recording->recording->last_at != EVIDENCE_UNKNOWN &&
           recording->recording->last_at >= record->at;
}

/* Does the recording end before the client can have been expected to go on? Others of the set do
   not count: they go on elsewhere, or later. */
static bool ends_soon_after(const struct case_view *view, const struct evidence_record *record)
{
    bool goes_on = false;

    for (size_t i = 0; i < view->common_count; i++) {
        const struct evidence_record *recording = view->common[i];

        if (!is_recording_of(recording, record)) {
            continue;
        }
        if (recording->recording->last_at - record->at < FACT_WAIT_S * SECOND) {
            return true;
        }
        goes_on = true;
    }
    return !goes_on;
}

/* May what followed be among the parts that the capture lacks? */
static bool is_incomplete(const struct case_view *view, const struct evidence_record *record)
{
    for (size_t i = 0; i < view->common_count; i++) {
        if (is_recording_of(view->common[i], record) &&
            fact_is_incomplete(view->common[i]->recording)) {
            return true;
        }
    }
    return false;
}

/* Do several machines or programs ask at once from the client's address? Whose a ticket is that
   nobody presents cannot be told then. */
static bool is_at_once(const struct case_view *view)
{
    const int64_t count = view->run ? view->run->overlapping_attempts : EVIDENCE_UNKNOWN;

    return count != EVIDENCE_UNKNOWN && count > 0;
}

/* A client may go on at another address of the MP. */
static bool went_on(const struct endpoint *endpoints, size_t count,
                    const struct evidence_record *first)
{
    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *last = fact_last_leg(&endpoints[i]);

        if (last && (endpoints[i].anonymous == first || last->id > first->id)) {
            return true;
        }
    }
    return false;
}

/* A 401 that asked for Negotiate, and no request with an identity after it, although no ticket was
   refused. */
static void no_second_attempt(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    const size_t count = fact_is_recorded(view) ? fact_endpoints(view, endpoints) : 0;
    const struct ladder ticket = fact_ladder(view, STEP_TICKET);

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *first = endpoints[i].anonymous;
        bool ends, is_lacking, is_unsure;
        struct draft *draft;

        if (fact_status(first) != HTTP_CODE_UNAUTHORIZED || went_on(endpoints, count, first) ||
            ticket.error || (ticket.asked && !ticket.issued)) {
            continue;
        }
        ends = ends_soon_after(view, first);
        is_lacking = is_incomplete(view, first);
        is_unsure = ends || is_lacking || (ticket.issued && is_at_once(view));
        draft =
            draft_new(out, FINDING_HTTP_NO_SECOND_ATTEMPT, is_unsure ? LEVEL_UNKNOWN : LEVEL_NONE,
                      is_unsure ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);
        draft_evidence(draft, first);
        draft_evidence(draft, ticket.issued);
        draft_argument(draft, "basis",
                       phrase(ends            ? PHRASE_STOPPED_AT_END
                              : is_lacking    ? PHRASE_STOPPED_IN_GAP
                              : is_unsure     ? PHRASE_STOPPED_AT_ONCE
                              : ticket.issued ? PHRASE_STOPPED_WITH_TICKET
                                              : PHRASE_STOPPED));
        return;
    }
}

/* --- NTLM --- */

/* The rounds of NTLM belong to one connection. */
static bool on_several_connections(const struct case_view *view)
{
    int64_t port = EVIDENCE_UNKNOWN;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_HTTP || !fact_sent_ntlm(record) ||
            record->http->client_port == EVIDENCE_UNKNOWN) {
            continue;
        }
        if (port != EVIDENCE_UNKNOWN && port != record->http->client_port) {
            return true;
        }
        port = record->http->client_port;
    }
    return false;
}

/* The MP's half of NTLM, to which the client has to answer. */
static bool is_challenge(const struct evidence_record *leg)
{
    return fact_status(leg) == HTTP_CODE_UNAUTHORIZED && leg->http->answer &&
           leg->http->answer->kind == NEGOTIATE_NTLM;
}

/* How it ended: what the finding's {result} says, and how heavy that is. */
struct ntlm_end {
    enum phrase result;
    enum finding_level level;
};

static struct ntlm_end ntlm_end(const struct case_view *view, const struct endpoint *endpoint)
{
    const struct evidence_record *leg = endpoint->ntlm;

    if (fact_endpoint_signed_in(endpoint)) {
        return (struct ntlm_end){PHRASE_NTLM_ACCEPTED, LEVEL_WARN};
    }
    if (is_challenge(leg)) {
        return (struct ntlm_end){
            PHRASE_NTLM_OPEN,
            ends_soon_after(view, leg) || is_incomplete(view, leg) ? LEVEL_UNKNOWN : LEVEL_FAIL};
    }
    if (!fact_status(leg)) {
        return (struct ntlm_end){
            PHRASE_NTLM_LOST, leg->http->outcome == OUTCOME_UNKNOWN ? LEVEL_UNKNOWN : LEVEL_FAIL};
    }
    return (struct ntlm_end){PHRASE_NTLM_REFUSED, LEVEL_FAIL};
}

/* Why there was no Kerberos, or why NTLM could not work either. */
static enum phrase ntlm_basis(const struct case_view *view, const struct endpoint *endpoint)
{
    const struct ladder ticket = fact_ladder(view, STEP_TICKET);

    if (!fact_endpoint_signed_in(endpoint) && on_several_connections(view)) {
        return PHRASE_NTLM_CONNECTIONS;
    }
    if (endpoint->negotiate) {
        return PHRASE_NTLM_AFTER_TICKET;
    }
    return ticket.issued  ? PHRASE_NTLM_HAD_TICKET
           : ticket.error ? PHRASE_NTLM_NO_TICKET
                          : PHRASE_NTLM_UNSEEN;
}

static void ntlm_used(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    const size_t count = fact_endpoints(view, endpoints);
    const struct ladder ticket = fact_ladder(view, STEP_TICKET);

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *leg = endpoints[i].ntlm;
        struct ntlm_end end;
        struct draft *draft;

        if (!leg) {
            continue;
        }
        end = ntlm_end(view, &endpoints[i]);
        draft = draft_new(out, FINDING_HTTP_NTLM_USED, end.level, CONFIDENCE_PROVEN);
        draft_evidence(draft, leg);
        draft_evidence(draft, endpoints[i].negotiate);
        draft_evidence(draft, ticket.issued ? ticket.issued : ticket.error);
        draft_argument(draft, "result", phrase(end.result));
        draft_argument(draft, "basis", phrase(ntlm_basis(view, &endpoints[i])));
        return;
    }
}

/* --- approval --- */

static bool is_taken(const struct evidence_record *record)
{
    const int64_t status = fact_status(record);

    return status >= 200 && status < 300 && !record->http->sent;
}

/* The request to the folder for anonymous messages, at this frame or (0) any, that the MP took. */
static const struct evidence_record *taken_anonymously(const struct case_view *view, int64_t frame)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_HTTP && fact_is_fallback(view, record->http) &&
            is_taken(record) && (frame == 0 || (record->place && record->place->frame == frame))) {
            return record;
        }
    }
    return NULL;
}

/* Did the client try to sign in? */
static bool tried(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    const size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (endpoints[i].anonymous || fact_last_leg(&endpoints[i])) {
            return true;
        }
    }
    return false;
}

/* The message itself where it was read, else what went to that folder after a sign-in that failed:
   a registered client sends its other messages there, too. */
static void registered_anonymously(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *message = NULL;
    const struct evidence_record *request = NULL;
    struct draft *draft;

    for (size_t i = 0; i < view->record_count && !request; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_REGISTRATION && record->place && record->place->frame > 0 &&
            record->registration->source == REGISTRATION_CAPTURE) {
            message = record;
            request = taken_anonymously(view, record->place->frame);
        }
    }
    if (!request) {
        message = NULL;
        request = tried(view) ? taken_anonymously(view, 0) : NULL;
    }
    if (!request || fact_signed_in(view)) {
        return;
    }
    draft = draft_new(out, FINDING_APPROVAL_ANONYMOUS, LEVEL_NONE,
                      message ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY);
    draft_evidence(draft, request);
    draft_evidence(draft, message);
    draft_argument(draft, "used", request->http->path);
}

/* The request that was accepted; NULL when none was. */
static const struct evidence_record *accepted_leg(const struct endpoint *endpoint)
{
    const struct evidence_record *last = fact_last_leg(endpoint);

    return !fact_endpoint_signed_in(endpoint)                          ? NULL
           : fact_answer(last, endpoint->anonymous) == ANSWER_ACCEPTED ? last
                                                                       : endpoint->negotiate;
}

static void note_approval(const struct case_view *view, struct draft *draft,
                          const struct evidence_record *leg)
{
    draft_argument(draft, "extent", phrase(PHRASE_APPROVAL_SAID));
    if (fact_sent_ntlm(leg)) {
        draft_argument(draft, "credential", phrase(PHRASE_CREDENTIAL_NTLM));
        draft_argument(draft, "shown", phrase(PHRASE_CREDENTIAL_NTLM));
    } else {
        draft_ticket_shown(draft, leg->http->spn ? leg->http->spn : view->run->spn);
    }
}

/* The sign-in, seen in a recording, is one thing; the approval stands in the answer's body. */
static void approval(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    const size_t count = fact_is_recorded(view) ? fact_endpoints(view, endpoints) : 0;
    const struct evidence_record *record = fact_registration(view);
    const int64_t said = record ? record->registration->approval : EVIDENCE_UNKNOWN;

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *leg = accepted_leg(&endpoints[i]);
        const bool approved = said == APPROVAL_APPROVED || said == APPROVAL_ENTRA;
        struct draft *draft;

        if (!leg || (said != EVIDENCE_UNKNOWN && !approved && said != APPROVAL_UNKNOWN)) {
            continue;
        }
        draft = draft_new(out, approved ? FINDING_APPROVAL_OK : FINDING_APPROVAL_NOT_RECORDED,
                          LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_evidence(draft, leg);
        draft_evidence(draft, record);
        draft_status(draft, leg->http->reply);
        if (approved) {
            note_approval(view, draft, leg);
        } else {
            draft_argument(
                draft, "shown",
                phrase(fact_sent_ntlm(leg) ? PHRASE_SIGN_IN_NTLM : PHRASE_SIGN_IN_TICKET));
        }
        draft_evidence(draft, fact_ladder(view, STEP_TICKET).issued);
        return;
    }
}

rule_fn *const RULES_SIGN_IN[] = {
    no_second_attempt, ntlm_used, registered_anonymously, approval, NULL,
};
