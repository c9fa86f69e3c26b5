/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rule.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"

struct draft {
    struct arena *arena;
    enum finding_id id;
    enum finding_level level;
    enum finding_confidence confidence;
    struct finding_argument *arguments;
    size_t argument_count;
    uint32_t *evidence;
    size_t evidence_count;
    struct evidence_place *lines;
    size_t line_count;
};

static const char *const PHRASES[] = {
#define PHRASE(symbol, text) [PHRASE_##symbol] = (text),
#include "rules/phrases.def"
#undef PHRASE
};

const char *phrase(enum phrase phrase)
{
    return PHRASES[phrase];
}

const char *phrase_step(enum evidence_step step)
{
    return phrase(PHRASE_STEP_UNKNOWN + (enum phrase)step);
}

const char *phrase_outcome(enum evidence_outcome outcome)
{
    return phrase(PHRASE_OUTCOME_UNKNOWN + (enum phrase)outcome);
}

const char *phrase_phase(enum evidence_phase phase)
{
    return phrase(PHRASE_PHASE_UNKNOWN + (enum phrase)phase);
}

const char *phrase_dns(enum dns_outcome outcome)
{
    return phrase(PHRASE_DNS_UNKNOWN + (enum phrase)outcome);
}

const char *phrase_account(enum account_kind kind)
{
    return phrase(PHRASE_ACCOUNT_KIND_UNKNOWN + (enum phrase)kind);
}

/* The phrases above are looked up by position. */
_Static_assert((int)PHRASE_STEP_DIRECTORY - (int)PHRASE_STEP_UNKNOWN == (int)STEP_DIRECTORY,
               "phrases of steps are not in the order of enum evidence_step");
_Static_assert((int)PHRASE_OUTCOME_TLS_FAILED - (int)PHRASE_OUTCOME_UNKNOWN ==
                   (int)OUTCOME_TLS_FAILED,
               "phrases of outcomes are not in the order of enum evidence_outcome");
_Static_assert((int)PHRASE_PHASE_DONE - (int)PHRASE_PHASE_UNKNOWN == (int)PHASE_DONE,
               "phrases of phases are not in the order of enum evidence_phase");
_Static_assert((int)PHRASE_ACCOUNT_OTHER - (int)PHRASE_ACCOUNT_KIND_UNKNOWN == (int)ACCOUNT_OTHER,
               "phrases of accounts are not in the order of enum account_kind");
_Static_assert((int)PHRASE_DNS_MALFORMED - (int)PHRASE_DNS_UNKNOWN == (int)DNS_MALFORMED,
               "phrases of DNS outcomes are not in the order of enum dns_outcome");

struct draft *draft_new(struct rule_output *out, enum finding_id id, enum finding_level level,
                        enum finding_confidence confidence)
{
    struct draft *draft = arena_alloc(out->arena, sizeof(*draft));
    void *items = out->drafts;
    struct draft **place = arena_push(out->arena, &items, &out->count, sizeof(struct draft *));

    *draft = (struct draft){
        .arena = out->arena,
        .id = id,
        .level = level == LEVEL_NONE ? finding_type(id)->level : level,
        .confidence = confidence,
    };
    *place = draft;
    out->drafts = items;
    return draft;
}

enum finding_level level_of_obstacle(const struct case_view *view)
{
    const struct evidence_record *record = fact_registration(view);
    const bool unapproved = record && record->registration->approval == APPROVAL_PENDING;

    return fact_signed_in(view) && !unapproved ? LEVEL_WARN : LEVEL_NONE;
}

struct draft *draft_find(const struct rule_output *out, enum finding_id id)
{
    for (size_t i = 0; i < out->count; i++) {
        if (out->drafts[i]->id == id) {
            return out->drafts[i];
        }
    }
    return NULL;
}

void draft_level(struct draft *draft, enum finding_level level)
{
    draft->level = level;
}

void draft_confidence(struct draft *draft, enum finding_confidence confidence)
{
    draft->confidence = confidence;
}

/* Kept in ascending order. */
void draft_evidence(struct draft *draft, const struct evidence_record *record)
{
    void *items = draft->evidence;
    size_t at = draft->evidence_count;

    if (!record) {
        return;
    }
    while (at > 0 && draft->evidence[at - 1] > record->id) {
        at--;
    }
    if (at > 0 && draft->evidence[at - 1] == record->id) {
        return;
    }
    arena_push(draft->arena, &items, &draft->evidence_count, sizeof(uint32_t));
    draft->evidence = items;
    memmove(&draft->evidence[at + 1], &draft->evidence[at],
            (draft->evidence_count - at - 1) * sizeof(uint32_t));
    draft->evidence[at] = record->id;
}

void draft_request(struct draft *draft, const struct evidence_record *record,
                   const struct web_request *request)
{
    enum { LINES_MOST = 4 };
    void *items = draft->lines;
    struct evidence_place *line;

    draft_evidence(draft, record);
    if (draft->line_count < LINES_MOST && request->line != EVIDENCE_UNKNOWN) {
        line = arena_push(draft->arena, &items, &draft->line_count, sizeof(*line));
        draft->lines = items;
        *line = (struct evidence_place){.source = request->source,
                                        .frame = EVIDENCE_UNKNOWN,
                                        .reply_frame = EVIDENCE_UNKNOWN,
                                        .reply_at = EVIDENCE_UNKNOWN,
                                        .line = request->line};
    }
}

static struct finding_argument *find_argument(const struct draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->argument_count; i++) {
        if (strcmp(draft->arguments[i].name, name) == 0) {
            return &draft->arguments[i];
        }
    }
    return NULL;
}

void draft_argument(struct draft *draft, const char *name, const char *value)
{
    struct finding_argument *argument = find_argument(draft, name);
    void *items = draft->arguments;

    if (!value) {
        return;
    }
    if (!argument) {
        argument = arena_push(draft->arena, &items, &draft->argument_count,
                              sizeof(struct finding_argument));
        draft->arguments = items;
        argument->name = name;
    }
    argument->value = arena_strdup(draft->arena, value);
}

void draft_default(struct draft *draft, const char *name, const char *value)
{
    if (!find_argument(draft, name)) {
        draft_argument(draft, name, value);
    }
}

void draft_number(struct draft *draft, const char *name, int64_t value)
{
    char text[24];

    if (value != EVIDENCE_UNKNOWN) {
        snprintf(text, sizeof(text), "%" PRId64, value);
        draft_argument(draft, name, text);
    }
}

/* A list longer than this many bytes ends in "..."; the evidence names all. */
enum { LIST_LIMIT = 240 };

static bool list_has(const char *list, const char *value)
{
    size_t length = strlen(value);

    while (list) {
        const char *end = strstr(list, ", ");
        size_t item = end ? (size_t)(end - list) : strlen(list);

        if (item == length && memcmp(list, value, length) == 0) {
            return true;
        }
        list = end ? end + 2 : NULL;
    }
    return false;
}

void draft_item(struct draft *draft, const char *name, const char *value)
{
    const struct finding_argument *argument = find_argument(draft, name);

    if (!value || (argument && list_has(argument->value, value))) {
        return;
    }
    if (argument && strlen(argument->value) > LIST_LIMIT) {
        value = "...";
        if (list_has(argument->value, value)) {
            return;
        }
    }
    draft_argument(draft, name,
                   argument ? arena_printf(draft->arena, "%s, %s", argument->value, value) : value);
}

void draft_krb_code(struct draft *draft, const char *name, int64_t code)
{
    const char *symbol = code_symbol(CODE_SPACE_KRB5, code);

    if (symbol) {
        draft_argument(draft, "symbol", symbol);
        draft_argument(draft, name, arena_printf(draft->arena, "%s (%" PRId64 ")", symbol, code));
    } else {
        draft_number(draft, name, code);
        draft_number(draft, "symbol", code);
    }
}

/* Do the texts of the finding have a place for the argument? */
static bool is_named(const struct finding_type *type, const char *name)
{
    const char *const texts[] = {type->title, type->why, type->remedy};
    const size_t length = strlen(name);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (const char *at = strchr(texts[i], '{'); at; at = strchr(at + 1, '{')) {
            if (strncmp(at + 1, name, length) == 0 && at[1 + length] == '}') {
                return true;
            }
        }
    }
    return false;
}

void draft_etypes(struct draft *draft, const struct evidence_kdc *kdc)
{
    if (kdc->etype_count == 0 && is_named(finding_type(draft->id), "etypes")) {
        draft_argument(draft, "etypes", phrase(PHRASE_UNKNOWN));
    }
    for (size_t i = 0; i < kdc->etype_count; i++) {
        const char *symbol = code_symbol(CODE_SPACE_ETYPE, kdc->etypes[i]);

        draft_item(draft, "etypes",
                   symbol ? symbol : arena_printf(draft->arena, "%" PRId64, kdc->etypes[i]));
    }
}

void draft_ticket_shown(struct draft *draft, const char *spn)
{
    draft_argument(draft, "credential", phrase(PHRASE_CREDENTIAL_TICKET));
    draft_argument(draft, "spn", spn);
    draft_argument(draft, "shown",
                   spn ? arena_printf(draft->arena, "%s %s", phrase(PHRASE_TICKET_FOR), spn)
                       : phrase(PHRASE_CREDENTIAL_TICKET));
}

void draft_status(struct draft *draft, const struct http_reply *reply)
{
    if (reply->substatus != EVIDENCE_UNKNOWN) {
        draft_argument(draft, "status",
                       arena_printf(draft->arena, "%" PRId64 ".%" PRId64, reply->substatus / 1000,
                                    reply->substatus % 1000));
    } else {
        draft_number(draft, "status", reply->status);
    }
}

static void add_default(struct draft *draft, const char *name, const char *value)
{
    if (value && !find_argument(draft, name) && is_named(finding_type(draft->id), name)) {
        draft_argument(draft, name, value);
    }
}

/* What the run knows and every finding may name. */
static void add_defaults(struct draft *draft, const struct case_view *view)
{
    const struct evidence_run *run = view->run;
    const char *target = run ? run->target : NULL;
    char port[24];

    if (target && strcmp(target, "unknown") == 0) { /* as most logs have it */
        target = phrase(PHRASE_TARGET_UNKNOWN);
    }

    if (run && run->port != EVIDENCE_UNKNOWN) {
        snprintf(port, sizeof(port), "%" PRId64, run->port);
        add_default(draft, "port", port);
    }
    if (target) {
        add_default(draft, "target", target);
        add_default(draft, "spn",
                    run->spn ? run->spn : arena_printf(draft->arena, "HTTP/%s", target));
        add_default(draft, "host_spn", arena_printf(draft->arena, "HOST/%s", target));
        add_default(draft, "scheme", run->scheme);
        add_default(draft, "path", run->path);
    }
    add_default(draft, "machine",
                run && run->client_host ? run->client_host : phrase(PHRASE_CLOCK_THIS_MACHINE));
    add_default(draft, "principal", fact_principal(view));
    if (fact_is_recorded(view)) {
        add_default(draft, "principal",
                    run->client_host ? run->client_host : phrase(PHRASE_THE_CLIENT));
    }
    add_default(draft, "client_realm", fact_client_realm(view));
}

struct finding_list drafts_finish(struct rule_output *out)
{
    struct finding_list list = {arena_alloc(out->arena, out->count * sizeof(struct finding)), 0};

    for (int id = FINDING_NONE + 1; id < FINDING_COUNT; id++) {
        for (size_t i = 0; i < out->count; i++) {
            struct draft *draft = out->drafts[i];

            if ((int)draft->id != id) {
                continue;
            }
            add_defaults(draft, out->view);
            list.items[list.count++] = (struct finding){
                .id = draft->id,
                .level = draft->level,
                .confidence = draft->confidence,
                .arguments = draft->arguments,
                .argument_count = draft->argument_count,
                .evidence = draft->evidence,
                .evidence_count = draft->evidence_count,
                .lines = draft->lines,
                .line_count = draft->line_count,
            };
        }
    }
    return list;
}
