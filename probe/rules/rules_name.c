/* SPDX-License-Identifier: Apache-2.0 */
/* The MP's name in DNS. */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/rule.h"

/* What was said to the questions for the MP's address, counted over all servers. */
struct lookup {
    size_t answered;
    size_t no_data;
    size_t no_name;
    size_t silent;
    size_t failed;
};

static bool is_silent(enum dns_outcome outcome)
{
    return outcome == DNS_TIMEOUT || outcome == DNS_UNREACHABLE;
}

static bool is_failed(enum dns_outcome outcome)
{
    return outcome == DNS_SERVFAIL || outcome == DNS_REFUSED || outcome == DNS_OTHER_RCODE ||
           outcome == DNS_MALFORMED;
}

static bool is_definite(enum dns_outcome outcome)
{
    return outcome == DNS_ANSWER || outcome == DNS_NODATA || outcome == DNS_NXDOMAIN;
}

static struct lookup look_up(const struct case_view *view)
{
    struct lookup lookup = {0};

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DNS && fact_asks_for_mp(view, record->dns)) {
            lookup.answered += record->dns->outcome == DNS_ANSWER;
            /* Most names have no AAAA: that there is no address only the answer to A tells. */
            lookup.no_data +=
                record->dns->outcome == DNS_NODATA && strcmp(record->dns->type, "AAAA") != 0;
            lookup.no_name += record->dns->outcome == DNS_NXDOMAIN;
            lookup.silent += is_silent(record->dns->outcome);
            lookup.failed += is_failed(record->dns->outcome);
        }
    }
    return lookup;
}

static const char *server_of(const struct evidence_dns *dns)
{
    return dns->server ? dns->server : phrase(PHRASE_DNS_NO_SERVER_NAMED);
}

static void note_question(struct draft *draft, const struct evidence_record *record)
{
    draft_evidence(draft, record);
    draft_argument(draft, "name", record->dns->name);
    draft_argument(draft, "outcome", phrase_dns(record->dns->outcome));
    draft_item(draft, "servers", server_of(record->dns));
}

/* A finding that rests on all questions for the MP's address whose outcome `fits`. */
static struct draft *about_mp(const struct case_view *view, struct rule_output *out,
                              enum finding_id id, enum finding_confidence confidence,
                              bool (*fits)(enum dns_outcome))
{
    /* An HTTP reply proves that the name led somewhere, by a hosts file or otherwise. */
    struct draft *draft =
        draft_new(out, id, fact_reached(view) ? LEVEL_WARN : LEVEL_FAIL, confidence);

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DNS && fact_asks_for_mp(view, record->dns) &&
            fits(record->dns->outcome)) {
            note_question(draft, record);
        }
    }
    return draft;
}

static void mp_name_unresolved(const struct case_view *view, struct rule_output *out)
{
    struct lookup lookup = look_up(view);
    bool others = lookup.silent > 0 || lookup.failed > 0;
    enum finding_confidence confidence = others ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN;

    if (lookup.answered > 0) {
        return;
    }
    if (lookup.no_data > 0) {
        about_mp(view, out, FINDING_DNS_NO_ADDRESS, confidence, is_definite);
    } else if (lookup.no_name > 0) {
        about_mp(view, out, FINDING_DNS_NO_SUCH_NAME, confidence, is_definite);
    } else {
        if (lookup.silent > 0) {
            about_mp(view, out, FINDING_DNS_SERVER_SILENT, CONFIDENCE_PROVEN, is_silent);
        }
        if (lookup.failed > 0) {
            about_mp(view, out, FINDING_DNS_SERVER_ERROR, CONFIDENCE_PROVEN, is_failed);
        }
    }
}

/* Has the server said anything definite about the MP's name? */
static bool server_answered(const struct case_view *view, const char *server)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DNS && fact_asks_for_mp(view, record->dns) &&
            record->dns->server && strcmp(record->dns->server, server) == 0 &&
            is_definite(record->dns->outcome)) {
            return true;
        }
    }
    return false;
}

/* The name was resolved, though not by every server that was asked. */
static void one_server_fails(const struct case_view *view, struct rule_output *out)
{
    struct draft *silent = NULL;
    struct draft *failed = NULL;

    if (look_up(view).answered == 0) {
        return;
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        struct draft **draft = NULL;

        if (record->kind != EVIDENCE_DNS || !fact_asks_for_mp(view, record->dns) ||
            !record->dns->server || server_answered(view, record->dns->server)) {
            continue;
        }
        if (is_silent(record->dns->outcome)) {
            draft = &silent;
        } else if (is_failed(record->dns->outcome)) {
            draft = &failed;
        } else {
            continue;
        }
        if (!*draft) {
            *draft = draft_new(
                out, draft == &silent ? FINDING_DNS_SERVER_SILENT : FINDING_DNS_SERVER_ERROR,
                LEVEL_WARN, CONFIDENCE_PROVEN);
        }
        note_question(*draft, record);
    }
}

static bool has_address(const struct evidence_dns *dns, const struct dns_answer *wanted)
{
    for (size_t i = 0; i < dns->answer_count; i++) {
        if (strcmp(dns->answers[i].type, wanted->type) == 0 && dns->answers[i].value &&
            wanted->value && strcmp(dns->answers[i].value, wanted->value) == 0) {
            return true;
        }
    }
    return false;
}

/* Servers may give parts of a longer list in turn: answers with an address in common agree. */
static bool answers_differ(const struct evidence_dns *a, const struct evidence_dns *b)
{
    if (!is_definite(a->outcome) || !is_definite(b->outcome)) {
        return false;
    }
    if (a->outcome != DNS_ANSWER || b->outcome != DNS_ANSWER) {
        return a->outcome == DNS_ANSWER || b->outcome == DNS_ANSWER;
    }
    for (size_t i = 0; i < a->answer_count; i++) {
        if (strcmp(a->answers[i].type, a->type) == 0 && has_address(b, &a->answers[i])) {
            return false;
        }
    }
    return a->answer_count > 0 && b->answer_count > 0;
}

/* "10.0.0.53: 10.0.0.5" or "10.0.1.53: no such name". */
static void note_answer(struct draft *draft, struct rule_output *out,
                        const struct evidence_record *record)
{
    const struct evidence_dns *dns = record->dns;
    const char *said = phrase_dns(dns->outcome);

    for (size_t i = 0; dns->outcome == DNS_ANSWER && i < dns->answer_count; i++) {
        if (strcmp(dns->answers[i].type, dns->type) == 0 && dns->answers[i].value) {
            said = dns->answers[i].value;
            break;
        }
    }
    draft_evidence(draft, record);
    draft_argument(draft, "name", dns->name);
    draft_item(draft, "answers", arena_printf(out->arena, "%s: %s", server_of(dns), said));
}

static void servers_differ(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *first = NULL;
    struct draft *draft = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_DNS || !record->dns->server ||
            !fact_asks_for_mp(view, record->dns) || strcmp(record->dns->type, "A") != 0) {
            continue;
        }
        if (!first) {
            first = record;
        }
        if (!same_name(first->dns->name, record->dns->name) ||
            strcmp(first->dns->server, record->dns->server) == 0 ||
            !answers_differ(first->dns, record->dns)) {
            continue;
        }
        if (!draft) {
            draft = draft_new(out, FINDING_DNS_SERVERS_DIFFER, LEVEL_NONE, CONFIDENCE_PROVEN);
            note_answer(draft, out, first);
        }
        note_answer(draft, out, record);
    }
}

static void short_name(const struct case_view *view, struct rule_output *out)
{
    const char *target = fact_target(view);

    if (target && !strchr(target, '.') && !name_is_address(target)) {
        draft_new(out, FINDING_DNS_SHORT_NAME, LEVEL_NONE, CONFIDENCE_PROVEN);
    }
}

/* A log names the MP by its address, whatever the client called it. So does a capture that shows no
   name for it, which says nothing of what the client was given: the Host field of its request does,
   or the ticket that it asked for. */
static bool is_addressed(const struct case_view *view)
{
    const struct evidence_record *error = fact_ladder(view, STEP_TICKET).error;

    if (view->run && view->run->origin == ORIGIN_LOGS) {
        return false;
    }
    if (!name_is_address(fact_target(view)) || !fact_is_recorded(view)) {
        return name_is_address(fact_target(view));
    }
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_HTTP && view->records[i]->http->host) {
            return true;
        }
    }
    return error && error->kdc->service && name_starts(error->kdc->service, "HTTP/");
}

/* An account can hold an SPN for an address; then a ticket was issued and this is a note. */
static void address_literal(const struct case_view *view, struct rule_output *out)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    bool refused =
        ticket.code == KRB_CODE_S_PRINCIPAL_UNKNOWN && !fact_ladder(view, STEP_HOST_TICKET).issued;
    struct draft *draft;

    if (!is_addressed(view)) {
        return;
    }
    draft = draft_new(out, FINDING_DNS_ADDRESS,
                      refused                                 ? LEVEL_FAIL
                      : ticket.issued || fact_signed_in(view) ? LEVEL_INFO
                                                              : LEVEL_WARN,
                      refused ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY);
    draft_evidence(draft, ticket.error);
}

/* An alias without an SPN gets no ticket. When the KDC issues one for HOST of the alias, or the
   name lies in a domain that it does not refer to, the alias is not the reason. */
static void alias(const struct case_view *view, struct rule_output *out)
{
    struct ladder http = fact_ladder(view, STEP_TICKET);
    struct ladder host = fact_ladder(view, STEP_HOST_TICKET);
    const struct evidence_record *answer, *records_of_other;
    const char *canonical = fact_canonical(view, &answer);
    struct draft *draft;
    bool guilty;

    if (!canonical) {
        return;
    }
    guilty = http.code == KRB_CODE_S_PRINCIPAL_UNKNOWN && !host.issued &&
             !fact_other_domain(view, http.realm, &records_of_other);
    draft = draft_new(out, FINDING_DNS_ALIAS, guilty ? LEVEL_FAIL : LEVEL_INFO,
                      guilty ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);
    draft_argument(draft, "canonical", canonical);
    draft_evidence(draft, answer);
    if (guilty) {
        draft_evidence(draft, http.error);
        draft_evidence(draft, host.error);
    }
}

rule_fn *const RULES_NAME[] = {
    mp_name_unresolved, one_server_fails, servers_differ, short_name, address_literal, alias, NULL,
};
