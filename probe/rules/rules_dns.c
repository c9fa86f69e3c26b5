/* SPDX-License-Identifier: Apache-2.0 */
/* Other records in DNS: the way back from the MP's address, and those of domain controllers. */
#include <stdio.h>
#include <string.h>

#include "rules/facts.h"
#include "rules/rule.h"

/* The address that a PTR question is about; IPv6 stays as it was asked. */
static const char *reverse_address(struct rule_output *out, const char *name)
{
    unsigned part[4];
    int length = 0;

    if (sscanf(name, "%3u.%3u.%3u.%3u.in-addr.arpa%n", &part[0], &part[1], &part[2], &part[3],
               &length) != 4 ||
        length == 0) {
        return name;
    }
    return arena_printf(out->arena, "%u.%u.%u.%u", part[3], part[2], part[1], part[0]);
}

static bool leads_back(const struct case_view *view, const struct evidence_dns *dns)
{
    const struct evidence_record *record;
    const char *canonical = fact_canonical(view, &record);

    for (size_t i = 0; i < dns->answer_count; i++) {
        const char *name = dns->answers[i].value;

        if (strcmp(dns->answers[i].type, "PTR") == 0 &&
            (fact_names_mp(view, name) || same_name(name, canonical))) {
            return true;
        }
    }
    return false;
}

/* A hint, when the MP refuses the ticket for its key: the address may be another machine's. */
static bool key_refused(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (fact_answer(endpoints[i].negotiate, endpoints[i].anonymous) == ANSWER_KEY) {
            return true;
        }
    }
    return false;
}

static void reverse(const struct case_view *view, struct rule_output *out)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct evidence_dns *dns = record->dns;
        struct draft *draft;
        bool named;

        if (record->kind != EVIDENCE_DNS || strcmp(dns->type, "PTR") != 0 || !fact_target(view) ||
            name_is_address(fact_target(view))) {
            continue;
        }
        named = dns->outcome == DNS_ANSWER;
        if ((!named && dns->outcome != DNS_NXDOMAIN && dns->outcome != DNS_NODATA) ||
            (named && leads_back(view, dns))) {
            continue;
        }
        draft = draft_new(out, FINDING_DNS_REVERSE,
                          named && key_refused(view) ? LEVEL_WARN : LEVEL_INFO, CONFIDENCE_PROVEN);
        draft_evidence(draft, record);
        draft_argument(draft, "address", reverse_address(out, dns->name));
        draft_argument(draft, "names", phrase(PHRASE_NOTHING));
        for (size_t k = 0; named && k < dns->answer_count; k++) {
            draft_argument(draft, "names", dns->answers[k].value);
        }
    }
}

static bool is_absent(enum dns_outcome outcome)
{
    return outcome == DNS_NXDOMAIN || outcome == DNS_NODATA;
}

/* Of all questions for the realm's KDC records: is each outcome one that `fits`? */
static bool all_questions(const struct case_view *view, const char *realm,
                          bool (*fits)(enum dns_outcome))
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DNS && same_name(fact_srv_realm(record->dns), realm) &&
            !fits(record->dns->outcome)) {
            return false;
        }
    }
    return true;
}

/* Is this the first question for the KDC records of its realm? Each realm is judged once. */
static bool is_first_of_realm(const struct case_view *view, size_t index, const char *realm)
{
    for (size_t i = 0; i < index; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DNS && same_name(fact_srv_realm(record->dns), realm)) {
            return false;
        }
    }
    return true;
}

static struct draft *about_realm(const struct case_view *view, struct rule_output *out,
                                 enum finding_id id, enum finding_level level, const char *realm)
{
    struct draft *draft = draft_new(out, id, level, CONFIDENCE_PROVEN);

    draft_argument(draft, "realm", realm);
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DNS && same_name(fact_srv_realm(record->dns), realm)) {
            draft_evidence(draft, record);
            draft_argument(draft, "name", record->dns->name);
            draft_argument(draft, "outcome", phrase_dns(record->dns->outcome));
            draft_item(draft, "names", record->dns->name);
            draft_item(draft, "servers",
                       record->dns->server ? record->dns->server
                                           : phrase(PHRASE_DNS_NO_SERVER_NAMED));
        }
    }
    return draft;
}

static bool is_silent(enum dns_outcome outcome)
{
    return outcome == DNS_TIMEOUT || outcome == DNS_UNREACHABLE;
}

static bool is_no_answer(enum dns_outcome outcome)
{
    return outcome != DNS_ANSWER && !is_absent(outcome) && outcome != DNS_UNKNOWN;
}

/* Realms that the case does not use, such as the MP's DNS domain, need no KDC records. */
static void kdc_records(const struct case_view *view, struct rule_output *out)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const char *realm = record->kind == EVIDENCE_DNS ? fact_srv_realm(record->dns) : NULL;
        bool answered, needed;

        if (!realm || !is_first_of_realm(view, i, realm) || !fact_realm_in_use(view, realm)) {
            continue;
        }
        answered = fact_kdc_answered(view, realm);
        needed = !answered && !fact_had_ticket(view);
        if (all_questions(view, realm, is_absent)) {
            about_realm(view, out, FINDING_DNS_NO_KDC_RECORDS, needed ? LEVEL_FAIL : LEVEL_WARN,
                        realm);
        } else if (!answered && all_questions(view, realm, is_silent)) {
            about_realm(view, out, FINDING_DNS_SERVER_SILENT, needed ? LEVEL_FAIL : LEVEL_WARN,
                        realm);
        } else if (!answered && all_questions(view, realm, is_no_answer)) {
            about_realm(view, out, FINDING_DNS_SERVER_ERROR, needed ? LEVEL_FAIL : LEVEL_WARN,
                        realm);
        }
    }
}

rule_fn *const RULES_DNS[] = {
    reverse,
    kdc_records,
    NULL,
};
