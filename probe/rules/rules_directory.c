/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directory servers themselves. No client needs LDAP to be approved, so what could not be looked up
 * is said, and is never a fault.
 */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"
#include "rules/rule.h"

static bool is_reached(const struct evidence_directory *directory)
{
    return directory->outcome == OUTCOME_REPLY;
}

static bool is_bound(const struct evidence_directory *directory)
{
    return is_reached(directory) && directory->result == DIRECTORY_CODE_SUCCESS;
}

static bool is_unreachable(const struct evidence_directory *directory)
{
    return directory->outcome != OUTCOME_UNKNOWN && !is_reached(directory);
}

/* Also when the reason is on this side, and the server said nothing: no ticket for it, or no layer
   that both know. */
static bool is_refused(const struct evidence_directory *directory)
{
    return is_reached(directory) && directory->result != DIRECTORY_CODE_SUCCESS &&
           (directory->result != EVIDENCE_UNKNOWN || directory->phase == PHASE_REQUEST ||
            directory->phase == PHASE_REPLY);
}

/* Some server of the domain could be asked, with the same view: its own data, or the forest's. */
static bool other_serves(const struct case_view *view, const struct evidence_directory *directory)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_directory *other = view->records[i]->directory;

        if (view->records[i]->kind == EVIDENCE_DIRECTORY && is_bound(other) &&
            same_name(other->domain, directory->domain) &&
            fact_asked_as_catalog(other) == fact_asked_as_catalog(directory)) {
            return true;
        }
    }
    return false;
}

/* An LDAP result with its number; what the server said in its own words follows. */
static const char *result_text(struct rule_output *out, int64_t result, const char *diagnostic)
{
    const char *symbol = code_symbol(CODE_SPACE_LDAP, result);
    const char *text;

    if (result == EVIDENCE_UNKNOWN) {
        return diagnostic ? diagnostic : phrase(PHRASE_NO_SIGN_IN);
    }
    text = symbol ? arena_printf(out->arena, "%s (%d)", symbol, (int)result)
                  : arena_printf(out->arena, "%lld", (long long)result);
    return diagnostic ? arena_printf(out->arena, "%s, %s", text, diagnostic) : text;
}

static const char *domain_of(const struct evidence_directory *directory)
{
    return directory->domain   ? directory->domain
           : directory->server ? directory->server
                               : phrase(PHRASE_UNKNOWN);
}

/* The finding about the domain of the record: the one that an earlier record of the same domain
   and kind began, which is looked for by its index. */
static void about_servers(const struct case_view *view, struct rule_output *out, enum finding_id id,
                          bool (*fails)(const struct evidence_directory *), size_t first)
{
    const struct evidence_directory *directory = view->records[first]->directory;
    struct draft *draft = draft_new(out, id, LEVEL_INFO, CONFIDENCE_PROVEN);

    draft_argument(draft, "domain", domain_of(directory));
    for (size_t i = first; i < view->record_count; i++) {
        const struct evidence_directory *other = view->records[i]->directory;
        const char *server;

        if (view->records[i]->kind != EVIDENCE_DIRECTORY || !fails(other) ||
            !same_name(domain_of(other), domain_of(directory))) {
            continue;
        }
        server = other->server    ? other->server
                 : other->address ? other->address
                                  : phrase(PHRASE_UNKNOWN);
        draft_evidence(draft, view->records[i]);
        draft_item(draft, "servers",
                   arena_printf(out->arena, "%s: %s", server,
                                is_reached(other)
                                    ? result_text(out, other->result, other->diagnostic)
                                    : phrase_outcome(other->outcome)));
        if (!other_serves(view, other)) {
            draft_level(draft, LEVEL_SKIP);
        }
    }
}

/* One finding for all servers of a domain that fail in the same way. */
static void each_domain(const struct case_view *view, struct rule_output *out, enum finding_id id,
                        bool (*fails)(const struct evidence_directory *))
{
    for (size_t i = 0; i < view->record_count; i++) {
        bool first =
            view->records[i]->kind == EVIDENCE_DIRECTORY && fails(view->records[i]->directory);

        for (size_t k = 0; first && k < i; k++) {
            first = !(view->records[k]->kind == EVIDENCE_DIRECTORY &&
                      fails(view->records[k]->directory) &&
                      same_name(domain_of(view->records[k]->directory),
                                domain_of(view->records[i]->directory)));
        }
        if (first) {
            about_servers(view, out, id, fails, i);
        }
    }
}

static void unreachable(const struct case_view *view, struct rule_output *out)
{
    each_domain(view, out, FINDING_DIRECTORY_UNREACHABLE, is_unreachable);
}

static void bind_failed(const struct case_view *view, struct rule_output *out)
{
    each_domain(view, out, FINDING_DIRECTORY_BIND_FAILED, is_refused);
}

static bool is_failed(const struct evidence_search *search)
{
    return !fact_search_done(search) &&
           (search->outcome != OUTCOME_UNKNOWN || search->result != EVIDENCE_UNKNOWN);
}

static const char *purpose_of(const struct evidence_search *search)
{
    return search->purpose  ? search->purpose
           : search->filter ? search->filter
                            : phrase(PHRASE_UNKNOWN);
}

/* A search for the same was answered, by another server or later. */
static bool answered_elsewhere(const struct case_view *view, const struct evidence_search *search)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_search *other = view->records[i]->search;

        if (view->records[i]->kind == EVIDENCE_SEARCH && fact_search_done(other) &&
            strcmp(purpose_of(other), purpose_of(search)) == 0 &&
            same_name(other->base, search->base)) {
            return true;
        }
    }
    return false;
}

static bool is_first_failure(const struct case_view *view, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (view->records[i]->kind == EVIDENCE_SEARCH && is_failed(view->records[i]->search) &&
            strcmp(purpose_of(view->records[i]->search),
                   purpose_of(view->records[index]->search)) == 0) {
            return false;
        }
    }
    return true;
}

static void search_failed(const struct case_view *view, struct rule_output *out)
{
    for (size_t i = 0; i < view->record_count; i++) {
        struct draft *draft;

        if (view->records[i]->kind != EVIDENCE_SEARCH || !is_failed(view->records[i]->search) ||
            !is_first_failure(view, i)) {
            continue;
        }
        draft = draft_new(out, FINDING_DIRECTORY_SEARCH_FAILED, LEVEL_INFO, CONFIDENCE_PROVEN);
        draft_argument(draft, "purpose", purpose_of(view->records[i]->search));
        for (size_t k = i; k < view->record_count; k++) {
            const struct evidence_search *search = view->records[k]->search;

            if (view->records[k]->kind != EVIDENCE_SEARCH || !is_failed(search) ||
                strcmp(purpose_of(search), purpose_of(view->records[i]->search)) != 0) {
                continue;
            }
            draft_evidence(draft, view->records[k]);
            draft_item(draft, "servers",
                       arena_printf(out->arena, "%s: %s",
                                    search->server ? search->server : phrase(PHRASE_UNKNOWN),
                                    search->outcome == OUTCOME_REPLY
                                        ? result_text(out, search->result, search->diagnostic)
                                        : phrase_outcome(search->outcome)));
            if (!answered_elsewhere(view, search)) {
                draft_level(draft, LEVEL_SKIP);
            }
        }
    }
}

static void note_side(const struct case_view *view, struct draft *draft, const char *spn,
                      const struct evidence_record *record, bool first)
{
    const struct evidence_search *search = record->search;
    struct holders holders = fact_holders_at(view, spn, search->server, search->port);
    const char *list = first ? "first_owners" : "second_owners";

    draft_evidence(draft, record);
    draft_argument(draft, first ? "first" : "second", search->server);
    for (size_t i = 0; i < holders.count; i++) {
        const struct evidence_account *account = holders.items[i]->account;

        draft_evidence(draft, holders.items[i]);
        draft_item(draft, list, account->name ? account->name : account->dn);
    }
    draft_default(draft, list, phrase(PHRASE_NOTHING));
}

/* A refused ticket may come from it: the KDC that issued it may be the one that is behind. */
static bool ticket_failed(const struct case_view *view)
{
    return !fact_accepted(view) && (fact_presented(view) || fact_ladder(view, STEP_TICKET).code ==
                                                                KRB_CODE_S_PRINCIPAL_UNKNOWN);
}

static void replication(const struct case_view *view, struct rule_output *out)
{
    const char *spns[] = {fact_spn(view, out->arena), fact_host_spn(view, out->arena)};
    const struct evidence_record *searches[2];

    for (size_t i = 0; i < 2; i++) {
        struct draft *draft;

        if (!fact_replicas_differ(view, out->arena, spns[i], searches)) {
            continue;
        }
        draft =
            draft_new(out, FINDING_LDAP_REPLICATION, ticket_failed(view) ? LEVEL_FAIL : LEVEL_NONE,
                      ticket_failed(view) ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);
        draft_argument(draft, "held", spns[i]);
        note_side(view, draft, spns[i], searches[0], true);
        note_side(view, draft, spns[i], searches[1], false);
        return;
    }
}

rule_fn *const RULES_DIRECTORY[] = {unreachable, bind_failed, search_failed, replication, NULL};
