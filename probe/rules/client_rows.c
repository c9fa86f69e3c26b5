/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/client_rows.h"

#include <stdlib.h>
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"

/* As for rules_logs.c: a sign-in takes a second, and a refusal so long after is a later state. */
static const int64_t LATER_US = 60 * (int64_t)1000000;

/* --- answers --- */

/* The latest counts; of equals, the one that was read last. */
static void answer(struct client_fact *fact, enum client_answer value,
                   const struct evidence_record *record, struct evidence_place place, int64_t at)
{
    if (value != CLIENT_UNKNOWN && (!fact->record || at >= fact->at)) {
        *fact = (struct client_fact){value, record, place, at};
    }
}

static struct evidence_place place_of(const struct evidence_record *record)
{
    static const struct evidence_place nowhere = {.frame = EVIDENCE_UNKNOWN,
                                                  .reply_frame = EVIDENCE_UNKNOWN,
                                                  .reply_at = EVIDENCE_UNKNOWN,
                                                  .line = EVIDENCE_UNKNOWN};

    return record->place ? *record->place : nowhere;
}

/* What an exchange in a capture came to. */
static void add_exchange(struct client_row *row, const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    const size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        const struct evidence_record *leg = fact_last_leg(&endpoints[i]);
        const bool passed = fact_endpoint_signed_in(&endpoints[i]);
        const bool answered = fact_status(leg ? leg : endpoints[i].anonymous) != 0;

        leg = leg ? leg : endpoints[i].anonymous;
        if (leg && (passed || answered)) {
            answer(&row->signed_in, passed ? CLIENT_YES : CLIENT_NO, leg, place_of(leg), leg->at);
        }
    }
}

/* One line of a log has many alike: the last of them. */
static void add_web_request(struct client_row *row, const struct evidence_record *record,
                            const struct web_request *request)
{
    const bool passed = web_is_accepted(request) && web_is_computer(request->user);
    const struct evidence_place place = {.source = request->last_source,
                                         .frame = EVIDENCE_UNKNOWN,
                                         .reply_frame = EVIDENCE_UNKNOWN,
                                         .reply_at = EVIDENCE_UNKNOWN,
                                         .line = request->last_line};
    const bool later =
        row->signed_in.answer != CLIENT_YES || row->signed_in.record->kind != EVIDENCE_WEB_CLIENT ||
        request->last_at == EVIDENCE_UNKNOWN || request->last_at - row->signed_in.at > LATER_US;

    if (web_is_sign_in(request) && (passed || later)) {
        answer(&row->signed_in, passed ? CLIENT_YES : CLIENT_NO, record, place, request->last_at);
    }
}

/* First those that passed: every one of them has a 401 before it. */
static void add_web_client(struct client_row *row, const struct evidence_record *record)
{
    const struct evidence_web_client *client = record->web_client;

    for (int passed = 1; passed >= 0; passed--) {
        for (size_t i = 0; i < client->request_count; i++) {
            const struct web_request *request = &client->requests[i];

            if ((web_is_accepted(request) && web_is_computer(request->user)) == (passed == 1)) {
                add_web_request(row, record, request);
            }
        }
    }
}

static enum client_answer registered_answer(const struct evidence_registration *registration)
{
    switch (registration->status) {
    case REGISTRATION_REGISTERED:
        return CLIENT_YES;
    case REGISTRATION_PENDING:
        return CLIENT_PENDING;
    case EVIDENCE_UNKNOWN:
        break;
    default:
        return CLIENT_NO;
    }
    /* The MP passes on what it accepted, and the site's database has what it was told. */
    return registration->source == REGISTRATION_SQL || registration->source == REGISTRATION_MP_LOG
               ? CLIENT_YES
               : CLIENT_UNKNOWN;
}

static enum client_answer approved_answer(const struct evidence_registration *registration)
{
    switch (registration->approval) {
    case APPROVAL_PENDING:
        return CLIENT_NO;
    case APPROVAL_APPROVED:
    case APPROVAL_ENTRA:
        return CLIENT_YES;
    case APPROVAL_NOT_APPLICABLE:
        return CLIENT_NOT_NEEDED;
    default:
        break;
    }
    /* Both are 1 of a client that was approved because it signed in, and 0 of others. */
    return registration->approval_method == EVIDENCE_UNKNOWN ||
                   registration->integrated == EVIDENCE_UNKNOWN
               ? CLIENT_UNKNOWN
           : registration->approval_method == 1 && registration->integrated == 1 ? CLIENT_YES
                                                                                 : CLIENT_NO;
}

static void add_registration(struct client_row *row, const struct evidence_record *record)
{
    const struct evidence_registration *registration = record->registration;
    const enum client_answer integrated = registration->integrated == EVIDENCE_UNKNOWN
                                              ? CLIENT_UNKNOWN
                                          : registration->integrated == 1 ? CLIENT_YES
                                                                          : CLIENT_NO;

    answer(&row->signed_in, integrated, record, place_of(record), record->at);
    answer(&row->registered, registered_answer(registration), record, place_of(record), record->at);
    answer(&row->approved, approved_answer(registration), record, place_of(record), record->at);
}

static void add_event(struct client_row *row, const struct evidence_record *record)
{
    const enum log_event_kind event = record->log_event->event;

    if (event == LOG_REGISTRATION_FAILED || event == LOG_BODY_INVALID || event == LOG_REJECTED) {
        answer(&row->registered, CLIENT_NO, record, place_of(record), record->log_event->last_at);
    }
}

static void add_case(struct client_row *row, const struct case_view *view)
{
    if (fact_is_recorded(view)) {
        add_exchange(row, view);
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_WEB_CLIENT) {
            if (!fact_log_ends(view, record->web_client)) {
                add_web_client(row, record);
            }
        } else if (record->kind == EVIDENCE_REGISTRATION) {
            add_registration(row, record);
        } else if (record->kind == EVIDENCE_LOG_EVENT) {
            add_event(row, record);
        }
    }
}

/* --- the cause --- */

/* Is the verdict of the case a better word on the client than what the row has? */
static bool is_worse(const struct client_row *row, const struct judged_case *judged,
                     const struct finding *root, bool duplicates_first)
{
    const bool duplicate = root && root->id == FINDING_GUID_DUPLICATE;
    const bool had = row->root && row->root->id == FINDING_GUID_DUPLICATE;

    bool cause;
    bool had_cause;

    if (!root || !row->root) {
        return root && !row->root;
    }
    cause = finding_type(root->id)->role == ROLE_CAUSE;
    had_cause = finding_type(row->root->id)->role == ROLE_CAUSE;
    if (judged->verdict.level != row->judged->verdict.level) {
        return judged->verdict.level > row->judged->verdict.level;
    }
    if (duplicates_first && duplicate != had) {
        return duplicate;
    }
    if (cause != had_cause) {
        return cause;
    }
    return root->id < row->root->id;
}

/* What one source cannot tell does not count where others tell that all is well. */
static bool is_silent(const struct client_row *row, const struct judged_case *judged)
{
    return judged->verdict.level == LEVEL_UNKNOWN && row->signed_in.answer == CLIENT_YES &&
           row->approved.answer == CLIENT_YES;
}

static void add_verdict(struct client_row *row, const struct judged_case *judged,
                        bool duplicates_first)
{
    const struct finding *root =
        judged->verdict.root >= 0 ? &judged->findings.items[judged->verdict.root] : NULL;

    if (!is_silent(row, judged)) {
        row->level = judged->verdict.level > row->level ? judged->verdict.level : row->level;
    }
    if (is_worse(row, judged, root, duplicates_first)) {
        row->judged = judged;
        row->root = root;
    }
}

static void find_cause(const struct client_rows *rows, struct client_row *row,
                       bool duplicates_first)
{
    const struct client *client = row->client;

    row->level = LEVEL_NONE;
    row->root = NULL;
    row->judged = NULL;
    for (size_t i = 0; i < client->case_count; i++) {
        add_verdict(row, client_rows_case(rows, client->cases[i]), duplicates_first);
    }
    for (size_t i = 0; i < client->duplicate_count; i++) {
        const struct judged_case *judged = client_rows_case(rows, client->duplicates[i]->case_id);

        if (judged) {
            add_verdict(row, judged, duplicates_first);
        }
    }
    row->level = row->level == LEVEL_NONE ? LEVEL_OK : row->level;
}

/* --- the GUID --- */

/* The key of the registration that was told of last; else the first that is its own. */
static const struct client_key *guid_of(const struct client_row *row)
{
    const struct client_key *found = client_key(row->client, CLIENT_GUID);
    int64_t latest = EVIDENCE_UNKNOWN;

    for (size_t i = 0; i < row->client->key_count; i++) {
        const struct client_key *key = &row->client->keys[i];

        if (key->kind == CLIENT_GUID && key->record->kind == EVIDENCE_REGISTRATION &&
            key->record->at > latest) {
            found = key;
            latest = key->record->at;
        }
    }
    return found;
}

/* --- rows --- */

static int compare_cases(const void *left, const void *right)
{
    const struct judged_case *const *a = left;
    const struct judged_case *const *b = right;

    return (*a)->view.case_id < (*b)->view.case_id ? -1 : (*a)->view.case_id > (*b)->view.case_id;
}

const struct judged_case *client_rows_case(const struct client_rows *rows, uint32_t case_id)
{
    size_t low = 0;
    size_t high = rows->case_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (rows->cases[middle]->view.case_id < case_id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < rows->case_count && rows->cases[low]->view.case_id == case_id ? rows->cases[low]
                                                                               : NULL;
}

static void sort_cases(const struct judgement *judgement, struct arena *arena,
                       struct client_rows *rows)
{
    rows->case_count = judgement->case_count;
    rows->cases = arena_alloc(arena, (judgement->case_count + 1) * sizeof(*rows->cases));
    for (size_t i = 0; i < judgement->case_count; i++) {
        rows->cases[i] = &judgement->cases[i];
    }
    qsort((void *)rows->cases, rows->case_count, sizeof(*rows->cases), compare_cases);
}

static int compare_rows(const void *left, const void *right)
{
    const struct client_row *a = left;
    const struct client_row *b = right;
    const int cause_a = a->root ? (int)a->root->id : FINDING_COUNT;
    const int cause_b = b->root ? (int)b->root->id : FINDING_COUNT;

    if (a->level != b->level) {
        return a->level > b->level ? -1 : 1;
    }
    return cause_a != cause_b      ? (cause_a < cause_b ? -1 : 1)
           : a->client < b->client ? -1
                                   : a->client > b->client; /* of one list */
}

static void find_causes(struct client_rows *rows)
{
    size_t failed = 0;

    for (size_t i = 0; i < rows->count; i++) {
        find_cause(rows, &rows->items[i], false);
        failed += rows->items[i].level == LEVEL_FAIL ? 1 : 0;
        rows->levels[rows->items[i].level]++;
        rows->duplicates += rows->items[i].client->duplicate_count > 0 ? 1 : 0;
    }
    rows->some_fail = failed > 0 && failed < rows->count;
    for (size_t i = 0; rows->some_fail && i < rows->count; i++) {
        find_cause(rows, &rows->items[i], true);
    }
}

void client_rows_make(const struct judgement *judgement, struct arena *arena,
                      struct client_rows *rows_out)
{
    const struct client_list *list = &judgement->clients;

    *rows_out = (struct client_rows){.count = list->count};
    sort_cases(judgement, arena, rows_out);
    rows_out->items = arena_alloc(arena, (list->count + 1) * sizeof(*rows_out->items));
    for (size_t i = 0; i < list->count; i++) {
        struct client_row *row = &rows_out->items[i];

        row->client = &list->items[i];
        for (size_t k = 0; k < row->client->case_count; k++) {
            add_case(row, &client_rows_case(rows_out, row->client->cases[k])->view);
        }
        row->guid = guid_of(row);
    }
    find_causes(rows_out);
    qsort(rows_out->items, rows_out->count, sizeof(*rows_out->items), compare_rows);
    rows_out->others = arena_alloc(arena, (list->case_count + 1) * sizeof(*rows_out->others));
    for (size_t i = 0; i < list->case_count; i++) {
        rows_out->others[rows_out->other_count++] = client_rows_case(rows_out, list->cases[i]);
    }
}
