/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a recording can show: what it holds and what it lacks, other tickets to compare with,
 * and what the MP said to the registration itself. None of these fires for the live probe, which
 * registers nothing and sees all that it does.
 */
#include <inttypes.h>
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/rule.h"

enum {
    /* Segments that were sent again: a few are usual. */
    LOSS_LEAST = 3,
};

/* --- what the recording holds --- */

/* Did the MP say why it refused the ticket? Then the cause does not lie in what is missing. */
static bool reason_told(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        enum ticket_answer answer = fact_answer(endpoints[i].negotiate, endpoints[i].anonymous);

        if (answer >= ANSWER_KEY && answer <= ANSWER_ERROR) {
            return true;
        }
    }
    return false;
}

/* The messages of a client that registered at another time. */
static const struct evidence_record *only_messages(const struct case_view *view)
{
    const struct evidence_record *found = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_REGISTRATION ||
            (record->kind == EVIDENCE_HTTP && record->http->leg != LEG_MPLIST &&
             !fact_is_fallback(view, record->http))) {
            return NULL;
        }
        found = record->kind == EVIDENCE_HTTP && record->http->leg != LEG_MPLIST ? record : found;
    }
    return found;
}

static void not_recorded(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *messages = only_messages(view);
    const bool told = fact_signed_in(view) || reason_told(view);
    struct draft *draft = NULL;

    if (messages) {
        draft = draft_new(out, FINDING_CAPTURE_NOT_RECORDED, LEVEL_UNKNOWN, CONFIDENCE_PROVEN);
        draft_evidence(draft, messages);
        draft_argument(draft, "steps", phrase(PHRASE_THE_REGISTRATION));
        return;
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_SKIP || record->skip->reason != SKIP_NOT_RECORDED ||
            (record->skip->step != STEP_TICKET && record->skip->step != STEP_ANONYMOUS)) {
            continue;
        }
        if (!draft) {
            draft = draft_new(out, FINDING_CAPTURE_NOT_RECORDED, told ? LEVEL_INFO : LEVEL_UNKNOWN,
                              CONFIDENCE_PROVEN);
        }
        draft_evidence(draft, record);
        draft_item(draft, "steps", phrase_step(record->skip->step));
    }
}

static void encrypted(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_SKIP && record->skip->reason == SKIP_ENCRYPTED) {
            draft = draft
                        ? draft
                        : draft_new(out, FINDING_CAPTURE_ENCRYPTED, LEVEL_NONE, CONFIDENCE_PROVEN);
            draft_evidence(draft, record);
            draft_item(draft, "steps", phrase_step(record->skip->step));
        }
    }
}

static void add_count(struct rule_output *out, struct draft *draft, int64_t count,
                      enum phrase words)
{
    if (count != EVIDENCE_UNKNOWN && count > 0) {
        draft_item(draft, "parts",
                   arena_printf(out->arena, "%" PRId64 " %s", count, phrase(words)));
    }
}

static void incomplete(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = NULL;

    for (size_t i = 0; fact_is_recorded(view) && i < view->common_count; i++) {
        const struct evidence_record *record = view->common[i];
        const struct evidence_recording *recording = record->recording;

        /* A file of which nothing was read is named by the report; it need not be a capture. */
        if (record->kind != EVIDENCE_RECORDING || !recording->format ||
            !fact_is_incomplete(recording)) {
            continue;
        }
        draft = draft ? draft
                      : draft_new(out, FINDING_CAPTURE_INCOMPLETE, LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_evidence(draft, record);
        draft_item(draft, "names", recording->name);
        draft_item(draft, "parts", recording->problem);
        add_count(out, draft, recording->cut_frames, PHRASE_RECORDING_CUT);
        add_count(out, draft, recording->lost_segments, PHRASE_RECORDING_LOST);
        add_count(out, draft, recording->one_sided_connections, PHRASE_RECORDING_ONE_SIDED);
        for (size_t k = 0; k < recording->limit_count; k++) {
            draft_item(draft, "parts",
                       arena_printf(out->arena, "%s: %s", phrase(PHRASE_RECORDING_LIMIT),
                                    recording->limits[k].name));
        }
    }
}

/* --- the network --- */

static bool is_silence(enum evidence_outcome outcome)
{
    return outcome == OUTCOME_TIMEOUT || outcome == OUTCOME_CLOSED;
}

/* Losses matter where something went unanswered; else they are told when there are many. */
static void loss(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = NULL;
    int64_t again = 0;
    bool unanswered = false;

    for (size_t i = 0; fact_is_recorded(view) && i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        int64_t count = 0;

        if (record->kind == EVIDENCE_HTTP && record->http->retransmissions > 0) {
            count = record->http->retransmissions;
            unanswered = unanswered || is_silence(record->http->outcome);
        } else if (record->kind == EVIDENCE_KDC && record->kdc->attempts > 1) {
            count = record->kdc->attempts - 1;
            unanswered = unanswered || is_silence(record->kdc->outcome);
        }
        if (count > 0) {
            draft =
                draft ? draft : draft_new(out, FINDING_NETWORK_LOSS, LEVEL_NONE, CONFIDENCE_PROVEN);
            draft_evidence(draft, record);
            again += count;
        }
    }
    if (draft) {
        draft_number(draft, "count", again);
        draft_level(draft, unanswered ? LEVEL_WARN : again >= LOSS_LEAST ? LEVEL_INFO : LEVEL_OK);
    }
}

/* --- the ticket --- */

/* A finding about a ticket of another name than the MP's. Refused, the name is the likely reason.
 */
static void about_name(const struct case_view *view, struct rule_output *out,
                       enum finding_level level, const char *asked,
                       const struct evidence_record *record)
{
    struct draft *draft =
        draft_new(out, FINDING_SPN_OTHER_NAME,
                  level == LEVEL_FAIL && level_of_obstacle(view) == LEVEL_WARN ? LEVEL_WARN : level,
                  level == LEVEL_FAIL ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);

    draft_evidence(draft, record);
    draft_argument(draft, "asked", asked);
}

/* The ticket that was shown to the MP, else the one that no KDC would issue. */
static void other_name(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    const size_t count = fact_is_recorded(view) ? fact_endpoints(view, endpoints) : 0;
    const struct ladder ladder = fact_ladder(view, STEP_TICKET);

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *leg = endpoints[i].negotiate;
        const struct krb_ticket *ticket = leg && leg->http->sent ? leg->http->sent->ticket : NULL;
        const enum ticket_answer answer = fact_answer(leg, endpoints[i].anonymous);

        if (ticket && leg->http->host && fact_is_other_name(view, ticket->service)) {
            about_name(view, out,
                       answer == ANSWER_KEY || answer == ANSWER_BARE ? LEVEL_FAIL
                       : answer == ANSWER_ACCEPTED                   ? LEVEL_INFO
                                                                     : LEVEL_WARN,
                       ticket->service, leg);
            return;
        }
    }
    if (count > 0 && ladder.error && fact_is_other_name(view, ladder.error->kdc->service)) {
        about_name(view, out, LEVEL_FAIL, ladder.error->kdc->service, ladder.error);
    }
}

static bool differs(int64_t a, int64_t b)
{
    return a != EVIDENCE_UNKNOWN && b != EVIDENCE_UNKNOWN && a != b;
}

static const char *key_text(struct arena *arena, const struct krb_ticket *ticket)
{
    const char *etype = code_symbol(CODE_SPACE_ETYPE, ticket->etype);

    etype = etype                               ? etype
            : ticket->etype == EVIDENCE_UNKNOWN ? phrase(PHRASE_UNKNOWN)
                                                : arena_printf(arena, "%" PRId64, ticket->etype);
    return ticket->kvno == EVIDENCE_UNKNOWN
               ? etype
               : arena_printf(arena, "%s, kvno %" PRId64, etype, ticket->kvno);
}

/* The first ticket that the MP accepted and that is sealed with another key; NULL when there is
   none, or one with the same key. */
static const struct evidence_record *other_key(const struct case_view *view,
                                               const struct krb_ticket *sent)
{
    const struct evidence_record *found = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct krb_ticket *good =
            record->kind == EVIDENCE_PRECEDENT ? record->precedent->ticket : NULL;

        if (!good) {
            continue;
        }
        if (!differs(sent->kvno, good->kvno) && !differs(sent->etype, good->etype)) {
            return NULL;
        }
        found = found ? found : record;
    }
    return found;
}

/* The MP refuses this ticket, and accepted one for the same SPN that was sealed with another key:
   the SPN has moved to another account, or one of the two does not know the account's new key. An
   account has a key of each type, so a type alone proves less. */
static void key_changed(const struct case_view *view, struct rule_output *out)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    const size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *leg = endpoints[i].negotiate;
        const enum ticket_answer answer = fact_answer(leg, endpoints[i].anonymous);
        const struct krb_ticket *sent = leg && leg->http->sent ? leg->http->sent->ticket : NULL;
        const struct evidence_record *good = NULL;
        struct draft *draft;

        if (sent && (answer == ANSWER_KEY || answer == ANSWER_BARE)) {
            good = other_key(view, sent);
        }
        if (!good) {
            continue;
        }
        draft = draft_new(out, FINDING_TICKET_KEY_CHANGED, level_of_obstacle(view),
                          answer == ANSWER_KEY && differs(sent->kvno, good->precedent->ticket->kvno)
                              ? CONFIDENCE_PROVEN
                              : CONFIDENCE_LIKELY);
        draft_evidence(draft, leg);
        draft_evidence(draft, good);
        draft_argument(draft, "sent_key", key_text(out->arena, sent));
        draft_argument(draft, "good_key", key_text(out->arena, good->precedent->ticket));
        return;
    }
}

/* --- what the MP said to the registration --- */

static void about_registration(struct rule_output *out, enum finding_id id,
                               const struct evidence_record *record)
{
    struct draft *draft = draft_new(out, id, LEVEL_NONE, CONFIDENCE_PROVEN);
    const struct evidence_registration *registration = record->registration;

    draft_evidence(draft, record);
    draft_argument(draft, "name",
                   registration->name && *registration->name ? registration->name
                                                             : phrase(PHRASE_THE_CLIENT));
    draft_argument(draft, "smsid",
                   registration->smsid && *registration->smsid ? registration->smsid
                                                               : phrase(PHRASE_UNKNOWN));
}

static void registration(const struct case_view *view, struct rule_output *out)
{
    static const struct {
        int64_t status;
        enum finding_id id;
    } statuses[] = {
        {REGISTRATION_PENDING, FINDING_REGISTRATION_PENDING},
        {REGISTRATION_RESET, FINDING_REGISTRATION_RESET},
        {REGISTRATION_ERROR, FINDING_REGISTRATION_REJECTED},
        {REGISTRATION_CERTIFICATE_RESET, FINDING_REGISTRATION_CERTIFICATE},
    };
    const struct evidence_record *record = fact_registration(view);

    for (size_t i = 0; record && i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (record->registration->status == statuses[i].status) {
            about_registration(out, statuses[i].id, record);
        }
    }
    if (record && record->registration->approval == APPROVAL_PENDING) {
        about_registration(out, FINDING_APPROVAL_PENDING, record);
    } else if (record && record->registration->approval == APPROVAL_NOT_APPLICABLE) {
        about_registration(out, FINDING_APPROVAL_NOT_NEEDED, record);
    }
}

rule_fn *const RULES_RECORDED[] = {
    not_recorded, encrypted, incomplete, loss, other_name, key_changed, registration, NULL,
};
