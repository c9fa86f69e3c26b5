/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the logs of an MP's web server show of one client. They name who signed in, not how
 * (Kerberos or NTLM), and they never show a ticket: causes that lie before the request reached the
 * MP have to be looked for with the live check or in a capture.
 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/rule.h"

/* A sign-in takes a second; a refusal so long after the last good one is a later state. */
static const int64_t LATER_US = 60 * (int64_t)1000000;

/* Every request of the case's web_client records, the records in turn. */
struct walk {
    const struct case_view *view;
    size_t record;
    size_t request;
    const struct evidence_record *at; /* the record of the request that was given last */
};

static const struct web_request *next_request(struct walk *walk)
{
    for (; walk->record < walk->view->record_count; walk->record++, walk->request = 0) {
        const struct evidence_record *record = walk->view->records[walk->record];

        if (record->kind == EVIDENCE_WEB_CLIENT &&
            walk->request < record->web_client->request_count) {
            walk->at = record;
            return &record->web_client->requests[walk->request++];
        }
    }
    return NULL;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* When a computer signed in last; EVIDENCE_UNKNOWN, the least of all times, when none did or the
   log has no times. */
static bool signed_in(const struct case_view *view, int64_t *last_at_out)
{
    struct walk walk = {.view = view};
    const struct web_request *request;
    bool found = false;

    *last_at_out = EVIDENCE_UNKNOWN;
    while ((request = next_request(&walk)) != NULL) {
        if (web_is_accepted(request) && web_is_computer(request->user)) {
            found = true;
            *last_at_out = later(*last_at_out, request->last_at);
        }
    }
    return found;
}

static const char *client_text(const struct case_view *view, const struct evidence_record *record)
{
    return view->run && view->run->client_host ? view->run->client_host
           : record->web_client->address       ? record->web_client->address
                                               : phrase(PHRASE_THE_CLIENT);
}

/* "401.1 2148074252"; the second part only when the log has it and it says something. */
static void add_status(struct rule_output *out, struct draft *draft,
                       const struct web_request *request)
{
    const char *text =
        request->substatus == EVIDENCE_UNKNOWN
            ? arena_printf(out->arena, "%" PRId64, request->status)
            : arena_printf(out->arena, "%" PRId64 ".%" PRId64, request->status, request->substatus);

    draft_item(draft, "status", text);
}

/* --- who signed in --- */

static void accepted(const struct case_view *view, struct rule_output *out)
{
    struct walk walk = {.view = view};
    const struct web_request *request;
    struct draft *draft = NULL;
    int64_t count = 0;

    while ((request = next_request(&walk)) != NULL) {
        if (!web_is_accepted(request) || !web_is_computer(request->user)) {
            continue;
        }
        draft =
            draft ? draft : draft_new(out, FINDING_WEB_SIGNED_IN, LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_request(draft, walk.at, request);
        draft_item(draft, "user", request->user);
        count += request->count;
    }
    if (draft) {
        draft_number(draft, "count", count);
    }
}

static void user_account(const struct case_view *view, struct rule_output *out)
{
    struct walk walk = {.view = view};
    const struct web_request *request;
    struct draft *draft = NULL;
    int64_t last;
    const bool computer = signed_in(view, &last);

    while ((request = next_request(&walk)) != NULL) {
        if (!web_is_accepted(request) || web_is_computer(request->user)) {
            continue;
        }
        draft = draft ? draft
                      : draft_new(out, FINDING_WEB_USER_ACCOUNT, computer ? LEVEL_INFO : LEVEL_NONE,
                                  CONFIDENCE_PROVEN);
        draft_request(draft, walk.at, request);
        draft_item(draft, "user", request->user);
        draft_default(draft, "agent",
                      request->user_agent ? request->user_agent : phrase(PHRASE_UNKNOWN));
    }
}

static void several_machines(const struct case_view *view, struct rule_output *out)
{
    struct walk walk = {.view = view};
    const struct web_request *request;
    const char *first = NULL;
    struct draft *draft = NULL;

    while ((request = next_request(&walk)) != NULL) {
        if (!web_is_accepted(request) || !web_is_computer(request->user)) {
            continue;
        }
        if (first && strcasecmp(first, request->user) != 0) {
            draft =
                draft ? draft
                      : draft_new(out, FINDING_WEB_SEVERAL_MACHINES, LEVEL_NONE, CONFIDENCE_PROVEN);
            draft_request(draft, walk.at, request);
            draft_argument(draft, "address",
                           walk.at->web_client->address ? walk.at->web_client->address
                                                        : phrase(PHRASE_UNKNOWN));
            draft_item(draft, "users", first);
            draft_item(draft, "users", request->user);
        }
        first = first ? first : request->user;
    }
}

/* --- refusals --- */

/* "SEC_E_LOGON_DENIED (2148074252)", or the number alone; and what it means. */
static void add_code(struct rule_output *out, struct draft *draft, int64_t win32)
{
    const struct code *code = win32 > 0 ? code_find(code_space_of_status(win32), win32) : NULL;

    if (win32 <= 0) {
        draft_item(draft, "code", phrase(PHRASE_UNKNOWN));
        draft_default(draft, "meaning", phrase(PHRASE_WEB_NO_CODE));
        return;
    }
    draft_item(draft, "code",
               code ? arena_printf(out->arena, "%s (%" PRId64 ")", code->symbol, win32)
                    : arena_printf(out->arena, "%" PRId64, win32));
    draft_default(draft, "meaning", code ? code->meaning : phrase(PHRASE_WEB_NO_CODE));
}

/* 401.2 is the answer to a request without a sign-in; everything else refused one. */
static bool is_refused(const struct web_request *request)
{
    return web_is_sign_in(request) && request->status == HTTP_CODE_UNAUTHORIZED &&
           request->substatus != EVIDENCE_UNKNOWN && request->substatus != 2;
}

/* 401s that no sign-in followed. Where sign-ins went well before, a later state is told. */
static void refused(const struct case_view *view, struct rule_output *out)
{
    struct walk walk = {.view = view};
    const struct web_request *request;
    struct draft *draft = NULL;
    int64_t last;
    int64_t count = 0;
    const bool before = signed_in(view, &last);

    while ((request = next_request(&walk)) != NULL) {
        const bool after = before && last != EVIDENCE_UNKNOWN &&
                           request->last_at != EVIDENCE_UNKNOWN &&
                           request->last_at - last > LATER_US;

        if (!is_refused(request) || (before && !after) ||
            (!draft && fact_log_ends(view, walk.at->web_client))) {
            continue;
        }
        draft = draft ? draft
                      : draft_new(out, FINDING_WEB_REFUSED, before ? LEVEL_WARN : LEVEL_NONE,
                                  before ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);
        draft_request(draft, walk.at, request);
        draft_default(draft, "client", client_text(view, walk.at));
        add_status(out, draft, request);
        add_code(out, draft, request->win32);
        count += request->count;
    }
    if (draft) {
        draft_number(draft, "count", count);
    }
}

/* Only the first 401, again and again: the client brings no ticket. */
static void no_sign_in(const struct case_view *view, struct rule_output *out)
{
    struct walk walk = {.view = view};
    const struct web_request *request;
    const struct web_request *first = NULL;
    const struct evidence_record *record = NULL;
    struct draft *draft;
    int64_t count = 0;

    while ((request = next_request(&walk)) != NULL) {
        if (!web_is_sign_in(request)) {
            continue;
        }
        if (request->status != HTTP_CODE_UNAUTHORIZED || is_refused(request) ||
            (!first && fact_log_ends(view, walk.at->web_client))) {
            return;
        }
        first = first ? first : request;
        record = record ? record : walk.at;
        count += request->count;
    }
    if (record) {
        /* What follows may be what an excerpt leaves out. */
        draft = draft_new(out, FINDING_WEB_NO_SIGN_IN, LEVEL_NONE,
                          record->web_client->guessed == TRI_YES ? CONFIDENCE_LIKELY
                                                                 : CONFIDENCE_PROVEN);
        draft_request(draft, record, first);
        draft_argument(draft, "client", client_text(view, record));
        draft_number(draft, "count", count);
    }
}

/* The registration without a sign-in that follows refused ones. */
static void registered_anonymously(const struct case_view *view, struct rule_output *out)
{
    struct walk walk = {.view = view};
    const struct web_request *request;
    const struct web_request *taken = NULL;
    const struct evidence_record *record = NULL;
    int64_t first = INT64_MAX;
    int64_t first_line = INT64_MAX;
    struct draft *draft;

    while ((request = next_request(&walk)) != NULL) {
        if (web_is_accepted(request)) {
            return;
        }
        if (web_is_sign_in(request) && request->status == HTTP_CODE_UNAUTHORIZED) {
            first = request->at < first ? request->at : first;
            first_line = request->line < first_line ? request->line : first_line;
        } else if (request->path && name_starts(request->path, "/ccm_system/") && !request->user &&
                   request->status >= 200 && request->status < 300) {
            taken = request;
            record = walk.at;
        }
    }
    if (!taken || first_line == INT64_MAX || taken->last_at < first ||
        (taken->last_at == first && taken->last_line < first_line)) {
        return;
    }
    draft = draft_new(out, FINDING_APPROVAL_ANONYMOUS, LEVEL_NONE, CONFIDENCE_LIKELY);
    draft_request(draft, record, taken);
    draft_argument(draft, "used", taken->path);
}

/* --- other answers --- */

static enum finding_id status_finding(const struct web_request *request)
{
    static const struct {
        int64_t code; /* as in CODE_SPACE_IIS */
        enum finding_id id;
    } substatuses[] = {
        {IIS_CODE_403_4, FINDING_HTTP_SSL_REQUIRED},
        {IIS_CODE_403_7, FINDING_HTTP_CLIENT_CERTIFICATE},
        {IIS_CODE_403_12, FINDING_HTTP_CLIENT_CERTIFICATE},
        {IIS_CODE_403_13, FINDING_HTTP_CLIENT_CERTIFICATE},
        {IIS_CODE_403_16, FINDING_HTTP_CLIENT_CERTIFICATE},
        {IIS_CODE_403_17, FINDING_HTTP_CLIENT_CERTIFICATE},
        {IIS_CODE_404_6, FINDING_HTTP_VERB},
        {IIS_CODE_500_19, FINDING_HTTP_CONFIG_ERROR},
    };
    const int64_t code =
        request->substatus == EVIDENCE_UNKNOWN ? 0 : request->status * 1000 + request->substatus;

    for (size_t i = 0; i < sizeof(substatuses) / sizeof(substatuses[0]); i++) {
        if (code == substatuses[i].code) {
            return substatuses[i].id;
        }
    }
    if (request->reason && (strcmp(request->reason, "FieldLength") == 0 ||
                            strcmp(request->reason, "RequestLength") == 0)) {
        return FINDING_TICKET_TOO_LARGE;
    }
    if (request->reason && strcmp(request->reason, "Verb") == 0) {
        return FINDING_HTTP_VERB;
    }
    return !web_is_sign_in(request) || request->user         ? FINDING_NONE
           : request->status == HTTP_CODE_FORBIDDEN          ? FINDING_HTTP_FORBIDDEN
           : request->status == HTTP_CODE_METHOD_NOT_ALLOWED ? FINDING_HTTP_VERB
           : request->status == HTTP_CODE_NOT_FOUND          ? FINDING_HTTP_NOT_FOUND
           : request->status >= 500                          ? FINDING_HTTP_UNAVAILABLE
                                                             : FINDING_NONE;
}

/* What keeps the sign-in from being looked at. A computer that signed in later got past it. */
static void statuses(const struct case_view *view, struct rule_output *out)
{
    struct walk walk = {.view = view};
    const struct web_request *request;
    int64_t last;
    const bool computer = signed_in(view, &last);

    while ((request = next_request(&walk)) != NULL) {
        const enum finding_id id = status_finding(request);
        const bool past = computer && last >= request->last_at;
        struct draft *draft = id == FINDING_NONE ? NULL : draft_find(out, id);

        if (id == FINDING_NONE) {
            continue;
        }
        draft = draft ? draft
                      : draft_new(out, id, past ? LEVEL_INFO : LEVEL_NONE,
                                  id == FINDING_TICKET_TOO_LARGE ? CONFIDENCE_LIKELY
                                                                 : CONFIDENCE_PROVEN);
        draft_request(draft, walk.at, request);
        add_status(out, draft, request);
        draft_default(draft, "bytes", phrase(PHRASE_WEB_TOO_MANY));
        draft_default(draft, "path", request->path ? request->path : phrase(PHRASE_UNKNOWN));
        draft_default(draft, "failed_path", request->path ? request->path : phrase(PHRASE_UNKNOWN));
    }
}

/* --- what the log lacks --- */

static void columns(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct evidence_web_client *client = record->web_client;

        if (record->kind != EVIDENCE_WEB_CLIENT ||
            (client->missing_count == 0 && client->guessed != TRI_YES)) {
            continue;
        }
        draft = draft ? draft
                      : draft_new(out, FINDING_WEB_COLUMNS,
                                  client->missing_count > 0 ? LEVEL_UNKNOWN : LEVEL_INFO,
                                  CONFIDENCE_PROVEN);
        draft_evidence(draft, record);
        for (size_t k = 0; k < client->missing_count; k++) {
            draft_item(draft, "columns", arena_printf(out->arena, "no %s", client->missing[k]));
        }
        draft_default(draft, "columns", phrase(PHRASE_WEB_GUESSED));
    }
}

rule_fn *const RULES_LOGS[] = {
    accepted, user_account,           several_machines, refused, no_sign_in,
    statuses, registered_anonymously, columns,          NULL,
};
