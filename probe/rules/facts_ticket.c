/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"

/* Part of every exchange: preauthentication is asked for, or a reply does not fit into UDP. */
static bool is_normal(int64_t code)
{
    return code == KRB_CODE_PREAUTH_REQUIRED || code == KRB_CODE_MORE_PREAUTH_DATA_REQUIRED ||
           code == KRB_CODE_RESPONSE_TOO_BIG;
}

static bool is_krbtgt(const char *service)
{
    return service && strncmp(service, "krbtgt/", 7) == 0;
}

/* A reply that gives what the step wants; a referral is only on the way to it. */
static bool is_wanted(const struct evidence_kdc *kdc)
{
    const struct kdc_reply *reply = kdc->reply;

    if (kdc->problem) {
        return false;
    }
    if (kdc->step == STEP_IDENTITY) {
        return reply->kind == KDC_REPLY_AS;
    }
    return reply->kind == KDC_REPLY_TGS && !reply->referral && !is_krbtgt(kdc->service) &&
           !(reply->ticket && is_krbtgt(reply->ticket->service));
}

/*
 * Of several errors the last counts. Only when there is no other does one count that answers a
 * request for a krbtgt: libraries ask for those of their own accord after the KDC has refused the
 * service itself.
 */
static void take_error(struct ladder *ladder, const struct evidence_record *record)
{
    const struct krb_error *error = record->kdc->reply->error;

    if (!error || is_normal(error->code)) {
        return;
    }
    if (ladder->error && is_krbtgt(record->kdc->service) &&
        !is_krbtgt(ladder->error->kdc->service)) {
        return;
    }
    ladder->error = record;
    ladder->code = error->code;
    ladder->ntstatus = error->ntstatus;
    ladder->realm = record->kdc->realm;
}

struct ladder fact_ladder(const struct case_view *view, enum evidence_step step)
{
    struct ladder ladder = {.code = EVIDENCE_UNKNOWN, .ntstatus = EVIDENCE_UNKNOWN};

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_KDC || record->kdc->step != step) {
            continue;
        }
        ladder.asked = true;
        if (record->kdc->outcome != OUTCOME_REPLY || !record->kdc->reply) {
            continue;
        }
        if (record->kdc->problem) {
            ladder.stuck = record;
        }
        if (is_wanted(record->kdc)) {
            ladder.issued = record;
            ladder.realm = record->kdc->realm;
        } else if (!ladder.issued) {
            take_error(&ladder, record);
        }
    }
    if (ladder.issued) {
        ladder.error = ladder.stuck = NULL;
        ladder.code = ladder.ntstatus = EVIDENCE_UNKNOWN;
    }
    return ladder;
}

bool fact_kdc_answered(const struct case_view *view, const char *realm)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct evidence_kdc *kdc = record->kdc;

        if (record->kind == EVIDENCE_KDC && same_name(kdc->realm, realm) &&
            kdc->outcome == OUTCOME_REPLY && kdc->reply &&
            !(kdc->reply->error && kdc->reply->error->code == KRB_CODE_RESPONSE_TOO_BIG)) {
            return true;
        }
    }
    return false;
}

bool fact_realm_in_use(const struct case_view *view, const char *realm)
{
    if (same_name(realm, fact_client_realm(view))) {
        return true;
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_KDC &&
            (same_name(record->kdc->realm, realm) ||
             (record->kdc->reply && same_name(record->kdc->reply->referral, realm)))) {
            return true;
        }
    }
    return false;
}

const char *fact_first_realm(const struct case_view *view, enum evidence_step step)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_KDC && view->records[i]->kdc->step == step) {
            return view->records[i]->kdc->realm;
        }
    }
    return NULL;
}

/* A realm more, when it is another than the last. What is longer than this ends in "...". */
enum { LADDER_TEXT_LIMIT = 200 };

static const char *add_realm(struct arena *arena, const char *text, const char **last,
                             const char *realm)
{
    if (!realm || same_name(*last, realm)) {
        return text;
    }
    if (text && strlen(text) > LADDER_TEXT_LIMIT) {
        *last = NULL;
        return strstr(text, "...") ? text : arena_printf(arena, "%s -> ...", text);
    }
    *last = realm;
    return text ? arena_printf(arena, "%s -> %s", text, realm) : realm;
}

const char *fact_ladder_text(const struct case_view *view, struct arena *arena,
                             enum evidence_step step)
{
    const char *text = NULL;
    const char *last = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_KDC || record->kdc->step != step) {
            continue;
        }
        text = add_realm(arena, text, &last, record->kdc->realm);
        if (record->kdc->reply) {
            text = add_realm(arena, text, &last, record->kdc->reply->referral);
        }
    }
    return text;
}

bool fact_step_taken(const struct case_view *view, enum evidence_step step)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if ((record->kind == EVIDENCE_DIRECTORY && step == STEP_DIRECTORY) ||
            (record->kind == EVIDENCE_KDC && record->kdc->step == step) ||
            (record->kind == EVIDENCE_HTTP && record->http->step == step)) {
            return true;
        }
    }
    return false;
}

int64_t krb_code_of_problem(int64_t problem_code)
{
    /* ERROR_TABLE_BASE_krb5 of MIT krb5; the first 128 numbers are those of RFC 4120. */
    const int64_t base = -1765328384;

    return problem_code >= base && problem_code < base + 128 ? problem_code - base
                                                             : EVIDENCE_UNKNOWN;
}
