/* SPDX-License-Identifier: Apache-2.0 */
/* The run itself: what it was given and what it left out. */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"
#include "rules/rule.h"

/* One finding for all steps that were left out for `reason`; NULL when there are none. */
static struct draft *left_out(const struct case_view *view, struct rule_output *out,
                              enum finding_id id, enum skip_reason reason)
{
    struct draft *draft = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_SKIP || record->skip->reason != reason) {
            continue;
        }
        if (!draft) {
            draft = draft_new(out, id, fact_signed_in(view) ? LEVEL_INFO : LEVEL_NONE,
                              CONFIDENCE_PROVEN);
        }
        draft_evidence(draft, record);
        draft_item(draft, "steps", phrase_step(record->skip->step));
    }
    return draft;
}

static void run_interrupted(const struct case_view *view, struct rule_output *out)
{
    left_out(view, out, FINDING_RUN_INTERRUPTED, SKIP_INTERRUPTED);
}

static void run_deadline(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = left_out(view, out, FINDING_RUN_DEADLINE, SKIP_DEADLINE);

    if (draft && view->run && view->run->deadline_us != EVIDENCE_UNKNOWN) {
        draft_number(draft, "seconds", view->run->deadline_us / 1000000);
    }
}

static const struct evidence_record *identity_record(const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_IDENTITY &&
            view->records[i]->identity == view->identity) {
            return view->records[i];
        }
    }
    return NULL;
}

static void identity_none(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = NULL;

    if (view->identity && view->identity->source == IDENTITY_NONE) {
        draft = draft_new(out, FINDING_IDENTITY_NONE, LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_evidence(draft, identity_record(view));
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_SKIP || record->skip->reason != SKIP_NO_IDENTITY) {
            continue;
        }
        if (!draft) {
            draft = draft_new(out, FINDING_IDENTITY_NONE, LEVEL_NONE, CONFIDENCE_PROVEN);
        }
        draft_evidence(draft, record);
        draft_item(draft, "steps", phrase_step(record->skip->step));
    }
    if (draft) {
        draft_item(draft, "steps", phrase_step(STEP_AUTHENTICATED));
    }
}

/* What a KDC said of the account is told by account.*, and its silence by kdc.*. */
static void identity_unusable(const struct case_view *view, struct rule_output *out)
{
    struct ladder first = fact_ladder(view, STEP_IDENTITY);
    const char *problem = first.stuck      ? first.stuck->kdc->problem
                          : view->identity ? view->identity->problem
                                           : NULL;
    struct draft *draft;

    if (!problem || first.issued || first.error || (first.asked && !first.stuck) ||
        (first.stuck &&
         krb_code_of_problem(first.stuck->kdc->problem_code) == KRB_CODE_BAD_INTEGRITY)) {
        return;
    }
    draft = draft_new(out, FINDING_IDENTITY_UNUSABLE, LEVEL_NONE, CONFIDENCE_PROVEN);
    draft_evidence(draft, identity_record(view));
    draft_evidence(draft, first.stuck);
    draft_argument(draft, "problem", problem);
}

/* The directory knows better than the name does. */
static void approval_as_user(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *account = fact_client_account(view);
    const char *principal = fact_principal(view);
    struct draft *draft;

    if (!principal || (account && account->account->type != ACCOUNT_KIND_UNKNOWN
                           ? account->account->type == ACCOUNT_COMPUTER
                           : fact_names_computer(principal))) {
        return;
    }
    draft = draft_new(out, FINDING_APPROVAL_AS_USER, LEVEL_NONE, CONFIDENCE_PROVEN);
    draft_evidence(draft, identity_record(view));
    draft_evidence(draft, account);
}

/* A step that failed at one address may have been taken at another: then it was tested. */
static bool is_untested(const struct case_view *view, const struct evidence_skip *skip)
{
    switch (skip->reason) {
    case SKIP_DEADLINE:
    case SKIP_INTERRUPTED:
        return true;
    case SKIP_STEP_FAILED:
        return !fact_step_taken(view, skip->step);
    case SKIP_UNKNOWN:
    case SKIP_NO_IDENTITY: /* identity.none tells it */
    case SKIP_NOT_NEEDED:
    case SKIP_NOT_RECORDED:
    case SKIP_ENCRYPTED:
        break;
    }
    return false;
}

static const char *skip_text(struct rule_output *out, const struct evidence_skip *skip)
{
    if (skip->reason == SKIP_DEADLINE) {
        return phrase(PHRASE_SKIP_DEADLINE);
    }
    if (skip->reason == SKIP_INTERRUPTED) {
        return phrase(PHRASE_SKIP_INTERRUPTED);
    }
    return skip->after == STEP_UNKNOWN
               ? phrase(PHRASE_SKIP_STEP_FAILED)
               : arena_printf(out->arena, "%s %s", phrase(PHRASE_SKIP_NEEDS),
                              phrase_step(skip->after));
}

enum { STEP_COUNT = STEP_DIRECTORY + 1 };

/* Each step once, with the first reason; steps are left out at every address anew. */
static void check_skipped(const struct case_view *view, struct rule_output *out)
{
    struct draft *drafts[STEP_COUNT] = {NULL};

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        struct draft **draft;

        if (record->kind != EVIDENCE_SKIP || !is_untested(view, record->skip)) {
            continue;
        }
        draft = &drafts[record->skip->step];
        if (!*draft) {
            *draft = draft_new(out, FINDING_CHECK_SKIPPED, LEVEL_NONE, CONFIDENCE_PROVEN);
            draft_argument(*draft, "step", phrase_step(record->skip->step));
            draft_argument(*draft, "reason", skip_text(out, record->skip));
        }
        draft_evidence(*draft, record);
    }
}

rule_fn *const RULES_RUN[] = {
    run_interrupted,  run_deadline,  identity_none, identity_unusable,
    approval_as_user, check_skipped, NULL,
};
