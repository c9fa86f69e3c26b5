/* SPDX-License-Identifier: Apache-2.0 */
/* Domain controllers, and the account that asks for its first ticket. */
#include <inttypes.h>
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/rule.h"

/* Without a reply: what the observer saw of it is the outcome. */
static bool is_failure(const struct evidence_kdc *kdc)
{
    return kdc->outcome != OUTCOME_REPLY && kdc->outcome != OUTCOME_UNKNOWN;
}

/* A KDC is known by its name, which may have several addresses, else by its address. */
static bool same_kdc(const struct evidence_kdc *a, const struct evidence_kdc *b)
{
    if (!same_name(a->realm, b->realm)) {
        return false;
    }
    if (a->kdc && b->kdc) {
        return same_name(a->kdc, b->kdc);
    }
    return a->address && b->address && strcmp(a->address, b->address) == 0;
}

static bool is_too_big(const struct evidence_kdc *kdc)
{
    return kdc->reply && kdc->reply->error && kdc->reply->error->code == KRB_CODE_RESPONSE_TOO_BIG;
}

/* Over any address and transport; "answer too big for UDP" alone is none. */
static bool has_answered(const struct case_view *view, const struct evidence_kdc *kdc)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_KDC && same_kdc(record->kdc, kdc) &&
            record->kdc->outcome == OUTCOME_REPLY && record->kdc->reply &&
            !(record->kdc->reply->error &&
              record->kdc->reply->error->code == KRB_CODE_RESPONSE_TOO_BIG)) {
            return true;
        }
    }
    return false;
}

/* A try that the end of the run cut short: the KDC might have answered. */
static bool was_cut(const struct case_view *view, const struct evidence_kdc *kdc)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_KDC && same_kdc(record->kdc, kdc) &&
            record->kdc->outcome == OUTCOME_UNKNOWN) {
            return true;
        }
    }
    return false;
}

static const char *kdc_text(struct rule_output *out, const struct evidence_kdc *kdc)
{
    const char *name = kdc->kdc ? kdc->kdc : kdc->address;

    if (!name) {
        return phrase(PHRASE_KDC_NONE_KNOWN);
    }
    return arena_printf(out->arena, "%s (%s)", name, phrase_outcome(kdc->outcome));
}

/* With a ticket from before a client needs no KDC, today. */
static enum finding_level level_of_silence(const struct case_view *view)
{
    return fact_had_ticket(view) ? LEVEL_WARN : LEVEL_NONE;
}

/* One finding for all silent KDCs of the realm. */
static void silent_realm(const struct case_view *view, struct rule_output *out, const char *realm)
{
    bool some = fact_kdc_answered(view, realm);
    struct draft *draft = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_KDC || !same_name(record->kdc->realm, realm) ||
            !is_failure(record->kdc) || has_answered(view, record->kdc) ||
            was_cut(view, record->kdc)) {
            continue;
        }
        if (!draft) {
            draft = draft_new(out, some ? FINDING_KDC_PARTLY_UNREACHABLE : FINDING_KDC_UNREACHABLE,
                              level_of_silence(view), CONFIDENCE_PROVEN);
            draft_argument(draft, "realm", realm);
            draft_argument(draft, "ladder", fact_ladder_text(view, out->arena, record->kdc->step));
        }
        draft_evidence(draft, record);
        draft_item(draft, "kdcs", kdc_text(out, record->kdc));
    }
}

static bool is_first_of_realm(const struct case_view *view, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (view->records[i]->kind == EVIDENCE_KDC &&
            same_name(view->records[i]->kdc->realm, view->records[index]->kdc->realm)) {
            return false;
        }
    }
    return true;
}

static void unreachable(const struct case_view *view, struct rule_output *out)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_KDC && is_first_of_realm(view, i)) {
            silent_realm(view, out, view->records[i]->kdc->realm);
        }
    }
}

/* The step's last request when nothing that helps came of it, else NULL: of the ways that were
   tried the last that failed. */
static const struct evidence_kdc *lost_request(const struct case_view *view,
                                               enum evidence_step step)
{
    const struct ladder ladder = fact_ladder(view, step);
    const struct evidence_kdc *last = NULL;
    const struct evidence_kdc *failed = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_KDC && record->kdc->step == step) {
            last = record->kdc;
            failed = is_failure(last) ? last : is_too_big(last) ? failed : NULL;
        }
    }
    return ladder.issued || ladder.error || ladder.stuck ||
                   (last && last->outcome == OUTCOME_UNKNOWN)
               ? NULL
               : failed;
}

/* A step that ends in silence, although the realm's KDCs do answer something: over UDP, mostly. */
static void request_lost(const struct case_view *view, struct rule_output *out)
{
    static const enum evidence_step steps[] = {STEP_IDENTITY, STEP_TICKET};

    for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
        const struct evidence_kdc *lost = lost_request(view, steps[k]);
        struct draft *draft;

        if (!lost || !has_answered(view, lost)) {
            continue; /* one that answers nothing is told by kdc.unreachable */
        }
        draft = draft_new(out, FINDING_KDC_REQUEST_LOST, level_of_silence(view), CONFIDENCE_PROVEN);
        draft_argument(draft, "realm", lost->realm);
        draft_argument(draft, "service", lost->service ? lost->service : phrase(PHRASE_UNKNOWN));
        draft_argument(draft, "kdc", kdc_text(out, lost));
        draft_argument(draft, "transport",
                       phrase(lost->transport == TRANSPORT_UDP   ? PHRASE_OVER_UDP
                              : lost->transport == TRANSPORT_TCP ? PHRASE_OVER_TCP
                                                                 : PHRASE_UNKNOWN));
        for (size_t i = 0; i < view->record_count; i++) {
            if (view->records[i]->kind == EVIDENCE_KDC && view->records[i]->kdc->step == steps[k] &&
                same_kdc(view->records[i]->kdc, lost)) {
                draft_evidence(draft, view->records[i]);
            }
        }
    }
}

/* What a KDC's refusal of the first ticket means; FINDING_NONE when other rules tell it. */
static enum finding_id account_finding(const struct case_view *view, int64_t code)
{
    switch (code) {
    case EVIDENCE_UNKNOWN:
        return FINDING_NONE;
    case KRB_CODE_C_PRINCIPAL_UNKNOWN:
        return FINDING_ACCOUNT_UNKNOWN;
    case KRB_CODE_CLIENT_REVOKED:
        return FINDING_ACCOUNT_DISABLED;
    case KRB_CODE_KEY_EXPIRED:
        return FINDING_ACCOUNT_PASSWORD_EXPIRED;
    case KRB_CODE_PREAUTH_FAILED:
    case KRB_CODE_BAD_INTEGRITY:
        return FINDING_ACCOUNT_WRONG_PASSWORD;
    case KRB_CODE_ETYPE_NOSUPP:
        return FINDING_ACCOUNT_ETYPE;
    case KRB_CODE_SKEW:
        return fact_clock_differs(view) ? FINDING_NONE : FINDING_ACCOUNT_REFUSED;
    default:
        return FINDING_ACCOUNT_REFUSED;
    }
}

/* Who had a ticket for the MP had its first one, too. A person who signs in on a recorded client is
   not what the client shows to the MP. */
static enum finding_level level_of_refusal(const struct case_view *view,
                                           const struct evidence_kdc *kdc)
{
    const bool person = fact_is_recorded(view) && kdc->client && !fact_names_computer(kdc->client);

    return fact_had_ticket(view) || person ? LEVEL_INFO : LEVEL_NONE;
}

static void account(const struct case_view *view, struct rule_output *out)
{
    struct ladder first = fact_ladder(view, STEP_IDENTITY);
    const char *status = code_symbol(CODE_SPACE_NTSTATUS, first.ntstatus);
    enum finding_id id;
    struct draft *draft;

    /* Without preauthentication a wrong key shows when the library opens the reply. */
    if (!first.error && first.stuck &&
        krb_code_of_problem(first.stuck->kdc->problem_code) == KRB_CODE_BAD_INTEGRITY) {
        first.error = first.stuck;
        first.code = KRB_CODE_BAD_INTEGRITY;
        first.realm = first.stuck->kdc->realm;
    }
    id = account_finding(view, first.code);

    if (id == FINDING_NONE) {
        return;
    }
    draft = draft_new(out, id, level_of_refusal(view, first.error->kdc), CONFIDENCE_PROVEN);
    draft_evidence(draft, first.error);
    draft_argument(draft, "realm", first.realm);
    draft_argument(draft, "principal", first.error->kdc->client);
    if (status) {
        draft_argument(draft, "code", status);
    } else {
        draft_krb_code(draft, "code", first.code);
    }
    draft_etypes(draft, first.error->kdc);
}

rule_fn *const RULES_KDC[] = {unreachable, request_lost, account, NULL};
