/* SPDX-License-Identifier: Apache-2.0 */
/* What the MP says to the ticket, at each of its addresses. */
#include <inttypes.h>
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"
#include "rules/rule.h"

static enum ticket_answer answer_of(const struct endpoint *endpoint)
{
    return fact_answer(endpoint->negotiate, endpoint->anonymous);
}

static enum ticket_answer host_answer_of(const struct endpoint *endpoint)
{
    return fact_answer(endpoint->host, endpoint->anonymous);
}

/* The realm of the ticket: as its KDC, the ticket itself or the MP says. */
static const char *realm_of(const struct ladder *ticket, const struct evidence_http *http)
{
    if (ticket->realm) {
        return ticket->realm;
    }
    if (http->sent && http->sent->ticket && http->sent->ticket->realm) {
        return http->sent->ticket->realm;
    }
    return http->answer && http->answer->error && http->answer->error->realm
               ? http->answer->error->realm
               : phrase(PHRASE_UNKNOWN);
}

/* The finding of this id about the MP's answer, made at the first address that shows it. */
static struct draft *about_answer(const struct case_view *view, struct rule_output *out,
                                  enum finding_id id, enum finding_confidence confidence,
                                  const struct endpoint *endpoint)
{
    struct draft *draft = draft_find(out, id);
    const struct evidence_http *http = endpoint->negotiate->http;
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    const struct krb_error *error = http->answer ? http->answer->error : NULL;

    if (!draft) {
        draft = draft_new(out, id, fact_is_recorded(view) ? level_of_obstacle(view) : LEVEL_NONE,
                          confidence);
        draft_argument(draft, "realm", realm_of(&ticket, http));
        draft_argument(draft, "ladder", fact_ladder_text(view, out->arena, STEP_TICKET));
        if (http->reply) {
            draft_status(draft, http->reply);
        }
        if (error) {
            draft_krb_code(draft, "code", error->code);
        }
        if (ticket.issued) {
            draft_etypes(draft, ticket.issued->kdc);
        } else if (id == FINDING_TICKET_ETYPE) {
            draft_argument(draft, "etypes", phrase(PHRASE_UNKNOWN));
            draft_default(draft, "ladder", phrase(PHRASE_UNKNOWN));
        }
    }
    draft_evidence(draft, endpoint->negotiate);
    draft_item(draft, "address", endpoint->address);
    return draft;
}

/* Why the MP does not have the key, as far as the directory or the HOST ticket tell. */
static enum phrase basis_of(const struct case_view *view, struct rule_output *out,
                            struct draft *draft, bool host_refused)
{
    struct ownership ownership = fact_ownership(view, out->arena);

    if (host_refused) {
        return PHRASE_BASIS_HOST_REJECTED;
    }
    if (ownership.holders.count == 1) {
        struct evidence_account owner = fact_account(view, ownership.holders.items[0]);

        if (fact_is_mp(view, &owner) == TRI_YES) {
            draft_evidence(draft, ownership.holders.items[0]);
            return PHRASE_BASIS_OWNER_IS_MP;
        }
        if (fact_key_owner(view, &owner) == KEY_OWNER_MP) {
            draft_evidence(draft, fact_mp_computer(view));
            return PHRASE_BASIS_KEY_IS_MPS;
        }
    }
    return PHRASE_BASIS_HOST_UNTRIED;
}

/* The account whose key sealed the ticket is not the one that the MP uses. When the MP accepts
   the HOST ticket, which is sealed for its computer account, only the HTTP SPN can be wrong. When
   the directory names the holder, the rules for SPNs tell it. */
static void wrong_key(const struct case_view *view, struct rule_output *out,
                      const struct endpoint *endpoint)
{
    enum ticket_answer host = host_answer_of(endpoint);
    bool host_refused = host == ANSWER_KEY || host == ANSWER_BARE;
    struct draft *draft;

    if (!host_refused && fact_owner_named(view, out->arena)) {
        return;
    }
    if (host == ANSWER_ACCEPTED) {
        draft = about_answer(view, out, FINDING_SPN_ON_OTHER_ACCOUNT, CONFIDENCE_PROVEN, endpoint);
        draft_evidence(draft, endpoint->host);
        return;
    }
    draft = about_answer(view, out, FINDING_TICKET_WRONG_KEY, CONFIDENCE_PROVEN, endpoint);
    draft_evidence(draft, endpoint->host);
    draft_argument(draft, "basis", phrase(basis_of(view, out, draft, host_refused)));
}

/* What the 401 brought along, as far as it says anything. */
static void note_reason(struct draft *draft, const struct evidence_http *http)
{
    const struct negotiate_token *answer = http->answer;

    draft_argument(draft, "answer", phrase(PHRASE_ANSWER_NOTHING));
    if (!answer) {
        return;
    }
    if (answer->error) {
        draft_krb_code(draft, "answer", answer->error->code);
    } else if (answer->kind == NEGOTIATE_NTLM ||
               (answer->mech && strcmp(answer->mech, "ntlm") == 0)) {
        draft_argument(draft, "answer", phrase(PHRASE_ANSWER_NTLM));
    } else if (answer->state == SPNEGO_REJECT) {
        draft_argument(draft, "answer", phrase(PHRASE_ANSWER_REJECT));
    } else if (answer->state == SPNEGO_ACCEPT_INCOMPLETE || answer->state == SPNEGO_REQUEST_MIC) {
        draft_argument(draft, "answer", phrase(PHRASE_ANSWER_MORE));
    }
}

static void rejected(const struct case_view *view, struct rule_output *out,
                     const struct endpoint *endpoint)
{
    struct draft *draft =
        about_answer(view, out, FINDING_TICKET_REJECTED, CONFIDENCE_PROVEN, endpoint);

    note_reason(draft, endpoint->negotiate->http);
    draft_evidence(draft, endpoint->host);
}

/* The MP answered the first request, so the one with the ticket was lost on its way. */
static void lost(const struct case_view *view, struct rule_output *out,
                 const struct endpoint *endpoint)
{
    const struct evidence_http *http = endpoint->negotiate->http;
    struct draft *draft;

    if (!fact_status(endpoint->anonymous) || http->outcome == OUTCOME_TLS_FAILED) {
        return;
    }
    draft = about_answer(view, out, FINDING_HTTP_CONNECTION_LOST, CONFIDENCE_PROVEN, endpoint);
    draft_evidence(draft, endpoint->anonymous);
    draft_argument(draft, "outcome", phrase_outcome(http->outcome));
    draft_argument(draft, "phase", phrase_phase(http->phase));
}

static void too_large(const struct case_view *view, struct rule_output *out,
                      const struct endpoint *endpoint)
{
    const struct evidence_http *http = endpoint->negotiate->http;
    bool said = http->reply->status == HTTP_CODE_REQUEST_HEADER_FIELDS_TOO_LARGE ||
                (http->reply->page && strstr(http->reply->page, "oo "));
    struct draft *draft = about_answer(view, out, FINDING_TICKET_TOO_LARGE,
                                       said ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY, endpoint);

    draft_number(draft, "bytes", http->token_bytes);
}

static void accepted(const struct case_view *view, struct rule_output *out,
                     const struct endpoint *endpoint)
{
    const struct evidence_http *http = endpoint->negotiate->http;
    int64_t list = fact_status(endpoint->mplist);
    struct draft *draft;

    if (fact_is_recorded(view)) {
        return; /* the MP's answer to the registration tells it: rules_recorded.c */
    }
    if (http->mutual == MUTUAL_MISSING && http->reply->status < 300) {
        draft = about_answer(view, out, FINDING_HTTP_MUTUAL_AUTH, CONFIDENCE_PROVEN, endpoint);
        draft_argument(draft, "proof", phrase(PHRASE_PROOF_MISSING));
    }
    if (list == HTTP_CODE_NOT_FOUND ||
        (list >= 200 && list < 300 && endpoint->mplist->http->reply->is_mplist == TRI_NO)) {
        return; /* whoever accepted it is no MP */
    }
    /* An error without the proof may come from something that never looked at the ticket. */
    draft =
        about_answer(view, out, FINDING_APPROVAL_OK,
                     http->mutual == MUTUAL_PROVEN || http->reply->status < 300 ? CONFIDENCE_PROVEN
                                                                                : CONFIDENCE_LIKELY,
                     endpoint);
    draft_evidence(draft, fact_ladder(view, STEP_TICKET).issued);
    draft_argument(draft, "extent", phrase(PHRASE_APPROVAL_UNTRIED));
    draft_ticket_shown(draft, fact_spn(view, out->arena));
}

/* An AP-REP that the session key does not open comes from somebody who could not read the
   ticket. */
static void false_proof(const struct case_view *view, struct rule_output *out,
                        const struct endpoint *endpoint)
{
    struct draft *draft;

    if (!endpoint->negotiate || endpoint->negotiate->http->mutual != MUTUAL_FAILED ||
        !fact_status(endpoint->negotiate)) {
        return;
    }
    draft = about_answer(view, out, FINDING_HTTP_MUTUAL_AUTH, CONFIDENCE_PROVEN, endpoint);
    draft_level(draft, LEVEL_FAIL);
    draft_argument(draft, "proof", phrase(PHRASE_PROOF_FAILED));
}

static void judge_answer(const struct case_view *view, struct rule_output *out,
                         const struct endpoint *endpoint)
{
    switch (answer_of(endpoint)) {
    case ANSWER_NONE:
        return;
    case ANSWER_LOST:
        lost(view, out, endpoint);
        return;
    case ANSWER_ACCEPTED:
        accepted(view, out, endpoint);
        return;
    case ANSWER_KEY:
        wrong_key(view, out, endpoint);
        return;
    case ANSWER_BARE:
        if (host_answer_of(endpoint) == ANSWER_ACCEPTED) {
            wrong_key(view, out, endpoint);
        } else {
            rejected(view, out, endpoint);
        }
        return;
    case ANSWER_SKEW:
    case ANSWER_ERROR:
        rejected(view, out, endpoint);
        return;
    case ANSWER_ETYPE:
        about_answer(view, out, FINDING_TICKET_ETYPE, CONFIDENCE_PROVEN, endpoint);
        return;
    case ANSWER_SELECTIVE:
        draft_argument(
            about_answer(view, out, FINDING_TRUST_SELECTIVE, CONFIDENCE_PROVEN, endpoint), "basis",
            phrase(PHRASE_SELECTIVE_STATUS));
        return;
    case ANSWER_TOO_LARGE:
        too_large(view, out, endpoint);
        return;
    case ANSWER_OTHER:
        false_proof(view, out, endpoint);
        return;
    }
}

static void answers(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        judge_answer(view, out, &endpoints[i]);
    }
}

/* What kept the Kerberos library from going on; the MP or the KDC had no part in it. */
static void unusable(const struct case_view *view, struct rule_output *out)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    const struct evidence_record *record = ticket.error ? NULL : ticket.stuck;
    const char *problem = record ? record->kdc->problem : NULL;
    struct draft *draft;

    for (size_t i = 0; !problem && i < view->record_count; i++) {
        const struct evidence_http *http = view->records[i]->http;

        if (view->records[i]->kind == EVIDENCE_HTTP && http->leg == LEG_NEGOTIATE &&
            http->outcome == OUTCOME_UNKNOWN && !http->reply && http->gss_text) {
            record = view->records[i];
            problem = http->gss_text;
        }
    }
    if (problem) {
        draft = draft_new(out, FINDING_TICKET_UNUSABLE, LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_evidence(draft, record);
        draft_argument(draft, "problem", problem);
    }
}

/* Does this address do what a client needs of it? Unknown where it was not asked as far as the
   others were. */
static enum evidence_tri works(const struct endpoint *endpoint, bool presented)
{
    const struct evidence_record *first = endpoint->anonymous;

    if (!endpoint->address || !first || first->http->outcome == OUTCOME_UNKNOWN) {
        return TRI_UNKNOWN;
    }
    if (fact_status(first) != HTTP_CODE_UNAUTHORIZED) {
        return TRI_NO;
    }
    if (!presented) {
        return TRI_YES;
    }
    if (answer_of(endpoint) == ANSWER_NONE && !endpoint->ntlm) {
        return TRI_UNKNOWN;
    }
    return fact_endpoint_signed_in(endpoint) ? TRI_YES : TRI_NO;
}

/* "10.0.0.6: connection refused", "10.0.0.7: 503". */
static const char *behaviour(struct rule_output *out, const struct endpoint *endpoint)
{
    const struct evidence_record *last = fact_last_leg(endpoint);
    const struct evidence_record *record = last ? last : endpoint->anonymous;
    int64_t status = fact_status(record);

    if (status) {
        return arena_printf(out->arena, "%s: %" PRId64, endpoint->address, status);
    }
    return arena_printf(out->arena, "%s: %s", endpoint->address,
                        phrase_outcome(record->http->outcome));
}

/* Clients try the next address when one cannot be reached; any other difference stays with the
   client that got it. */
static void addresses_differ(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);
    bool presented = fact_presented(view);
    enum finding_level level = LEVEL_WARN;
    size_t good = 0;
    size_t bad = 0;
    struct draft *draft;

    for (size_t i = 0; i < count; i++) {
        enum evidence_tri working = works(&endpoints[i], presented);

        good += working == TRI_YES;
        bad += working == TRI_NO;
        if (working == TRI_NO && fact_status(endpoints[i].anonymous)) {
            level = LEVEL_FAIL;
        }
    }
    if (good == 0 || bad == 0) {
        return;
    }
    draft = draft_new(out, FINDING_HTTP_ADDRESS_DIFFERS, level, CONFIDENCE_PROVEN);
    for (size_t i = 0; i < count; i++) {
        enum evidence_tri working = works(&endpoints[i], presented);

        if (working != TRI_UNKNOWN) {
            draft_item(draft, working == TRI_YES ? "good" : "bad", behaviour(out, &endpoints[i]));
            draft_evidence(draft, endpoints[i].anonymous);
            draft_evidence(draft, fact_last_leg(&endpoints[i]));
        }
    }
}

rule_fn *const RULES_ANSWER[] = {answers, unusable, addresses_differ, NULL};
