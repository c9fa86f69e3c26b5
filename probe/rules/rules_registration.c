/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What logs, traces and lists tell of a client's registration: whether the site took it for
 * authenticated, whether what it registered agrees with itself, what went wrong on the way.
 */
#include <inttypes.h>
#include <string.h>

#include "codes/codes.h"
#include "evidence/registration.h"
#include "rules/facts.h"
#include "rules/rule.h"

static bool is_logs(const struct case_view *view)
{
    return view->run && view->run->origin == ORIGIN_LOGS;
}

static const char *name_of(const struct case_view *view,
                           const struct evidence_registration *registration)
{
    return registration && registration->name && *registration->name ? registration->name
           : view->run->client_host                                  ? view->run->client_host
                                                                     : phrase(PHRASE_THE_CLIENT);
}

/* --- the site's database --- */

/* The last call counts: a client that failed once and signs in now is well. */
static void integrated(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *last = NULL;
    struct draft *draft;

    for (size_t i = 0; is_logs(view) && i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_REGISTRATION &&
            record->registration->integrated != EVIDENCE_UNKNOWN) {
            last = record;
        }
    }
    if (!last) {
        return;
    }
    draft = draft_new(out,
                      last->registration->integrated == 1 ? FINDING_REGISTRATION_AUTHENTICATED
                                                          : FINDING_REGISTRATION_UNAUTHENTICATED,
                      LEVEL_NONE, CONFIDENCE_PROVEN);
    draft_evidence(draft, last);
    draft_argument(draft, "name", name_of(view, last->registration));
    draft_argument(draft, "method",
                   last->registration->approval_method == EVIDENCE_UNKNOWN
                       ? phrase(PHRASE_UNKNOWN)
                       : arena_printf(out->arena, "%" PRId64, last->registration->approval_method));
}

/* What is stated beside a certificate is what the certificate says. */
static void inconsistent(const struct case_view *view, struct rule_output *out)
{
    static const struct {
        enum registration_part part;
        enum phrase what;
    } parts[] = {
        {REGISTRATION_THUMBPRINT, PHRASE_WRONG_THUMBPRINT},
        {REGISTRATION_ENCRYPTION, PHRASE_WRONG_ENCRYPTION},
        {REGISTRATION_KEY, PHRASE_WRONG_KEY},
        {REGISTRATION_SUBJECT, PHRASE_WRONG_SUBJECT},
        {REGISTRATION_VALIDITY, PHRASE_WRONG_VALIDITY},
    };

    for (size_t i = 0; is_logs(view) && i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const unsigned differing = record->kind == EVIDENCE_REGISTRATION
                                       ? registration_differences(record->registration)
                                       : 0;

        for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++) {
            if (differing & parts[k].part) {
                struct draft *draft = draft_find(out, FINDING_REGISTRATION_INCONSISTENT);

                draft = draft ? draft
                              : draft_new(out, FINDING_REGISTRATION_INCONSISTENT, LEVEL_NONE,
                                          CONFIDENCE_PROVEN);
                draft_evidence(draft, record);
                draft_argument(draft, "name", name_of(view, record->registration));
                draft_item(draft, "parts", phrase(parts[k].what));
            }
        }
    }
}

/* --- logs --- */

/* "0x87d00231 (CCM_E_...)", as far as the code is known. */
static const char *code_words(struct rule_output *out, int64_t code)
{
    const char *symbol = code_symbol(CODE_SPACE_HRESULT, code);

    return symbol ? arena_printf(out->arena, "0x%08" PRIx64 ", %s", (uint64_t)code, symbol)
                  : arena_printf(out->arena, "0x%08" PRIx64, (uint64_t)code);
}

/* One finding of the id for the case, with the first entry's words. */
static struct draft *about_event(const struct case_view *view, struct rule_output *out,
                                 enum finding_id id, const struct evidence_record *record)
{
    const struct evidence_log_event *told = record->log_event;
    struct draft *draft = draft_find(out, id);

    if (!draft) {
        draft = draft_new(out, id, LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_argument(draft, "name", told->client ? told->client : name_of(view, NULL));
        draft_argument(draft, "text", told->text);
        draft_argument(draft, "url", told->url ? told->url : phrase(PHRASE_UNKNOWN));
        draft_argument(draft, "component",
                       told->component ? told->component : phrase(PHRASE_UNKNOWN));
        draft_argument(draft, "code",
                       told->code != EVIDENCE_UNKNOWN && told->code != 0
                           ? code_words(out, told->code)
                       : told->http_status != EVIDENCE_UNKNOWN
                           ? arena_printf(out->arena, "HTTP %" PRId64, told->http_status)
                           : phrase(PHRASE_UNKNOWN));
    }
    draft_evidence(draft, record);
    return draft;
}

/* Did the log tell of this event later? */
static bool followed_by(const struct case_view *view, const struct evidence_record *record,
                        enum log_event_kind event)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *other = view->records[i];

        if (other->kind == EVIDENCE_LOG_EVENT && other->log_event->event == event &&
            other->log_event->last_line != EVIDENCE_UNKNOWN && other->place && record->place &&
            other->log_event->last_line > record->log_event->last_line) {
            return true;
        }
    }
    return false;
}

/* Messages that arrive later do not tell that a sign-in works: a client that cannot sign in sends
   them without. */
static void post_failed(const struct case_view *view, struct rule_output *out,
                        const struct evidence_record *record)
{
    const char *url = record->log_event->url;
    const bool delivered = followed_by(view, record, LOG_DELIVERED);
    const bool signs_in = !url || strcasestr(url, "/ccm_system_windowsauth/");
    const bool first = !draft_find(out, FINDING_REGISTRATION_POST_FAILED);
    struct draft *draft;

    if (followed_by(view, record, LOG_REGISTERED) || (delivered && !signs_in)) {
        return;
    }
    draft = about_event(view, out, FINDING_REGISTRATION_POST_FAILED, record);
    if (!delivered) {
        draft_level(draft, LEVEL_FAIL);
        draft_confidence(draft, CONFIDENCE_PROVEN);
        draft_argument(draft, "later", "");
    } else if (first) {
        draft_level(draft, LEVEL_WARN);
        draft_confidence(draft, CONFIDENCE_LIKELY);
        draft_argument(draft, "later", phrase(PHRASE_POST_DELIVERED));
    }
}

static void events(const struct case_view *view, struct rule_output *out)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        enum finding_id id = FINDING_NONE;

        if (record->kind != EVIDENCE_LOG_EVENT) {
            continue;
        }
        switch (record->log_event->event) {
        case LOG_REGISTRATION_FAILED:
        case LOG_BODY_INVALID:
        case LOG_CERTIFICATE_EXPIRED:
        case LOG_CERTIFICATE_UNTRUSTED:
        case LOG_CERTIFICATE_MISSING:
            id = FINDING_REGISTRATION_FAILED;
            break;
        case LOG_STATE_FAILED:
            id = FINDING_REGISTRATION_STATE;
            break;
        case LOG_POST_FAILED:
        case LOG_HTTP_STATUS:
            post_failed(view, out, record);
            break;
        case LOG_ERROR:
            id = FINDING_LOG_ERROR;
            break;
        case LOG_EVENT_UNKNOWN:
        case LOG_REGISTRATION_STARTED:
        case LOG_REGISTRATION_REQUEST:
        case LOG_REGISTERED:
        case LOG_PENDING:
        case LOG_REJECTED:
        case LOG_RDR_WRITTEN:
        case LOG_DELIVERED:
        case LOG_ENTRA:
            break;
        }
        if (id != FINDING_NONE) {
            about_event(view, out, id, record);
        }
    }
}

/* What a signature says is shown as its words; no command is made of it. */
static void known_problems(const struct case_view *view, struct rule_output *out)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct evidence_known_problem *told = record->known_problem;
        struct draft *draft;

        if (record->kind != EVIDENCE_KNOWN_PROBLEM) {
            continue;
        }
        draft = draft_new(out, FINDING_LOG_KNOWN_PROBLEM, LEVEL_NONE, CONFIDENCE_LIKELY);
        draft_evidence(draft, record);
        draft_argument(draft, "problem", told->name);
        draft_argument(draft, "means", told->means);
        draft_argument(draft, "advice", told->remedy);
        draft_argument(draft, "described", told->source);
        draft_argument(draft, "component",
                       told->component ? told->component : phrase(PHRASE_UNKNOWN));
        draft_argument(draft, "text", told->text ? told->text : phrase(PHRASE_UNKNOWN));
        draft_number(draft, "count", told->count);
    }
}

/* The client's own log has the approval status of the MP's answer. */
static void approved(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *record = is_logs(view) ? fact_registration(view) : NULL;
    const int64_t approval = record ? record->registration->approval : EVIDENCE_UNKNOWN;

    if (approval == APPROVAL_APPROVED || approval == APPROVAL_ENTRA) {
        struct draft *draft =
            draft_new(out, FINDING_APPROVAL_RECORDED, LEVEL_NONE, CONFIDENCE_PROVEN);

        draft_evidence(draft, record);
        draft_argument(draft, "name", name_of(view, record->registration));
        draft_number(draft, "approval", approval);
    }
}

rule_fn *const RULES_REGISTRATION[] = {integrated,     inconsistent, events,
                                       known_problems, approved,     NULL};
