/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the MP's ticket: referrals, and what KDCs say to the request for it. */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"
#include "rules/rule.h"

/* A finding about the KDC's last word. */
static struct draft *refusal(const struct case_view *view, struct rule_output *out,
                             enum finding_id id, enum finding_confidence confidence,
                             const struct ladder *ticket)
{
    struct draft *draft = draft_new(out, id, level_of_obstacle(view), confidence);

    draft_evidence(draft, ticket->error);
    if (fact_is_recorded(view) && fact_is_other_name(view, ticket->error->kdc->service)) {
        draft_argument(draft, "spn", ticket->error->kdc->service);
    }
    draft_argument(draft, "realm", ticket->realm);
    draft_argument(draft, "ladder", fact_ladder_text(view, out->arena, STEP_TICKET));
    draft_krb_code(draft, "code", ticket->code);
    if (id == FINDING_SPN_DUPLICATE) {
        draft_argument(draft, "held", fact_spn(view, out->arena));
        draft_argument(draft, "owners", phrase(PHRASE_NOT_LOOKED_UP));
    }
    draft_etypes(draft, ticket->error->kdc);
    return draft;
}

static void no_referral(const struct case_view *view, struct rule_output *out,
                        const struct ladder *ticket)
{
    const struct evidence_record *records;
    const char *domain = fact_other_domain(view, ticket->realm, &records);
    struct draft *draft = refusal(view, out, FINDING_TRUST_NO_REFERRAL, CONFIDENCE_LIKELY, ticket);

    draft_evidence(draft, records);
    draft_argument(draft, "mp_domain", domain);
    draft_argument(draft, "client_realm", fact_client_realm(view));
}

const char *absence_text(const struct case_view *view, struct rule_output *out,
                         const struct spn_absence *absence)
{
    if (absence->not_mapped) {
        return phrase(PHRASE_BASIS_NOT_MAPPED);
    }
    return arena_printf(
        out->arena, "%s %s", phrase(PHRASE_BASIS_DIRECTORY_NONE),
        phrase(fact_mp_computer(view) ? PHRASE_BASIS_COMPUTER_BARE : PHRASE_BASIS_COMPUTER_NONE));
}

/* What the KDC says, proven by what the directory shows if that was searched. */
static void spn_missing(const struct case_view *view, struct rule_output *out,
                        const struct ladder *http, const struct ladder *host)
{
    bool host_unknown = host->code == KRB_CODE_S_PRINCIPAL_UNKNOWN;
    bool inside = name_is_within(fact_target(view), http->realm);
    struct spn_absence absence = fact_spn_absent(view, out->arena);
    /* A directory that shows not even the MP's computer may hide it, or the name is no MP's. */
    bool proven =
        absence.search ? absence.not_mapped || fact_mp_computer(view) : host_unknown && inside;
    const char *basis =
        phrase(host_unknown ? PHRASE_BASIS_HOST_MISSING : PHRASE_BASIS_HOST_UNKNOWN);
    struct draft *draft = refusal(view, out, FINDING_SPN_MISSING,
                                  proven ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY, http);

    draft_evidence(draft, host->error);
    if (absence.search) {
        draft_evidence(draft, absence.search);
        draft_evidence(draft, absence.host_search);
        draft_evidence(draft, fact_mp_computer(view));
        draft_argument(draft, "basis", absence_text(view, out, &absence));
    } else {
        draft_argument(
            draft, "basis",
            inside ? basis
                   : arena_printf(out->arena, "%s %s", basis, phrase(PHRASE_BASIS_OUTSIDE)));
    }
}

/* The KDC of the client's forest gives no referral: the trusts, where they were read, say why. */
static bool trusts_tell(const struct case_view *view, struct rule_output *out)
{
    struct trust_path path = fact_case_path(view, out->arena);

    return fact_way_blocked(view, out->arena, &path) ||
           fact_path_differs(view, out->arena, &path) > 0;
}

static bool is_one_forest(const struct case_view *view, struct rule_output *out, const char *domain,
                          const char *realm)
{
    const char *forest = fact_forest(view, out->arena, realm);

    return forest && same_name(forest, fact_forest(view, out->arena, domain));
}

/* Does the directory show who holds the SPN? Then that is told by the rules for SPNs, or, if there
   is nothing wrong with it, the KDC's word stands alone. */
static bool holder_tells(const struct case_view *view, struct rule_output *out,
                         const struct ladder *http)
{
    struct ownership ownership = fact_ownership(view, out->arena);
    struct evidence_account owner;

    if (ownership.holders.count == 0) {
        return false;
    }
    owner = fact_account(view, ownership.holders.items[0]);
    if (!(ownership.holders.count == 1 && owner.enabled == TRI_NO) &&
        !fact_owner_named(view, out->arena)) {
        refusal(view, out, FINDING_TICKET_REFUSED, CONFIDENCE_PROVEN, http);
    }
    return true;
}

/*
 * The KDC knows no account for HTTP/<target>. Active Directory says the same of an SPN that is
 * held twice; the HOST ticket tells the two apart, as HOST serves for HTTP (sPNMappings). Reasons
 * in the name itself (an address, an alias, a name that is not there) are told by the rules for
 * names, and what a directory shows by those for trusts and SPNs.
 */
static void unknown_service(const struct case_view *view, struct rule_output *out,
                            const struct ladder *http)
{
    struct ladder host = fact_ladder(view, STEP_HOST_TICKET);
    const struct evidence_record *record;
    const char *domain;
    struct draft *draft;

    if (host.issued) {
        if (!holder_tells(view, out, http)) {
            draft = refusal(view, out, FINDING_SPN_DUPLICATE, CONFIDENCE_LIKELY, http);
            draft_evidence(draft, host.issued);
            draft_argument(draft, "basis", phrase(PHRASE_BASIS_HOST_ISSUED));
        }
        return;
    }
    if (name_is_address(fact_target(view)) || fact_name_unknown(view) || trusts_tell(view, out)) {
        return;
    }
    domain = fact_other_domain(view, http->realm, &record);
    if (domain && !is_one_forest(view, out, domain, http->realm)) {
        no_referral(view, out, http);
        return;
    }
    if (fact_canonical(view, &record) || holder_tells(view, out, http)) {
        return;
    }
    spn_missing(view, out, http, &host);
}

static void policy(const struct case_view *view, struct rule_output *out,
                   const struct ladder *ticket)
{
    const char *status = code_symbol(CODE_SPACE_NTSTATUS, ticket->ntstatus);
    const struct evidence_record *selective = fact_selective_trust(view, out->arena);
    struct draft *draft;

    if (ticket->ntstatus == (int64_t)NTSTATUS_CODE_STATUS_AUTHENTICATION_FIREWALL_FAILED) {
        draft = refusal(view, out, FINDING_TRUST_SELECTIVE, CONFIDENCE_PROVEN, ticket);
        draft_evidence(draft, selective);
        draft_argument(draft, "basis", phrase(PHRASE_SELECTIVE_STATUS));
        return;
    }
    if (selective && !status) {
        draft = refusal(view, out, FINDING_TRUST_SELECTIVE, CONFIDENCE_LIKELY, ticket);
        draft_evidence(draft, selective);
        draft_argument(draft, "basis", phrase(PHRASE_SELECTIVE_POLICY));
        return;
    }
    draft = refusal(view, out, FINDING_TICKET_POLICY, CONFIDENCE_PROVEN, ticket);
    draft_argument(draft, "detail", status ? arena_printf(out->arena, ", %s", status) : "");
}

/* Across a trust, a key that does not fit is that of the trust. */
static void other_code(const struct case_view *view, struct rule_output *out,
                       const struct ladder *ticket)
{
    bool across = fact_client_realm(view) && !same_name(ticket->realm, fact_client_realm(view));

    if (across && krb_code_is_key(ticket->code)) {
        refusal(view, out, FINDING_TRUST_WRONG_KEY, CONFIDENCE_LIKELY, ticket);
    } else {
        refusal(view, out, FINDING_TICKET_REFUSED, CONFIDENCE_PROVEN, ticket);
    }
}

static void refused(const struct case_view *view, struct rule_output *out)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    struct ownership ownership;
    struct draft *draft;

    switch (ticket.code) {
    case EVIDENCE_UNKNOWN:
        return;
    case KRB_CODE_S_PRINCIPAL_UNKNOWN:
        unknown_service(view, out, &ticket);
        return;
    case KRB_CODE_PRINCIPAL_NOT_UNIQUE:
        ownership = fact_ownership(view, out->arena);
        if (fact_spn_duplicate(view, out->arena, &ownership)) {
            return; /* told by the rules for SPNs, with the holders */
        }
        draft = refusal(view, out, FINDING_SPN_DUPLICATE, CONFIDENCE_PROVEN, &ticket);
        draft_argument(draft, "basis", phrase(PHRASE_BASIS_NOT_UNIQUE));
        return;
    case KRB_CODE_POLICY:
        policy(view, out, &ticket);
        return;
    case KRB_CODE_ETYPE_NOSUPP:
        refusal(view, out, FINDING_TICKET_ETYPE, CONFIDENCE_PROVEN, &ticket);
        return;
    case KRB_CODE_SKEW:
        if (!fact_clock_differs(view)) {
            other_code(view, out, &ticket);
        }
        return;
    default:
        other_code(view, out, &ticket);
        return;
    }
}

/* The realm that the last referral from `realm` points to, NULL when there is none. */
static const struct evidence_record *referral_from(const struct case_view *view, const char *realm)
{
    for (size_t i = view->record_count; i > 0; i--) {
        const struct evidence_record *record = view->records[i - 1];

        if (record->kind == EVIDENCE_KDC && record->kdc->step == STEP_TICKET &&
            same_name(record->kdc->realm, realm) && record->kdc->reply &&
            record->kdc->reply->referral) {
            return record;
        }
    }
    return NULL;
}

/* More realms than these on one way are no way: Windows gives up after 10 referrals. */
enum { REFERRAL_LIMIT = 16 };

/* Follows referrals from the first realm that was asked; a realm that comes again is a circle. */
static void referral_loop(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *hops[REFERRAL_LIMIT];
    const char *realm = fact_first_realm(view, STEP_TICKET);
    struct draft *draft;
    size_t count = 0;
    bool circle = false;

    if (!realm || fact_ladder(view, STEP_TICKET).issued) {
        return;
    }
    while (!circle && count < REFERRAL_LIMIT &&
           (hops[count] = referral_from(view, realm)) != NULL) {
        realm = hops[count++]->kdc->reply->referral;
        for (size_t i = 0; i < count; i++) {
            circle = circle || same_name(hops[i]->kdc->realm, realm);
        }
    }
    if (!circle && count < REFERRAL_LIMIT) {
        return;
    }
    draft =
        draft_new(out, FINDING_TICKET_REFERRAL_LOOP, level_of_obstacle(view), CONFIDENCE_PROVEN);
    draft_argument(draft, "ladder", fact_ladder_text(view, out->arena, STEP_TICKET));
    for (size_t i = 0; i < count; i++) {
        draft_evidence(draft, hops[i]);
    }
}

static void weak_etype(const struct case_view *view, struct rule_output *out)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    const struct krb_ticket *issued = ticket.issued ? ticket.issued->kdc->reply->ticket : NULL;
    struct draft *draft;

    if (!issued ||
        (issued->etype != ETYPE_CODE_RC4_HMAC && issued->etype != ETYPE_CODE_DES_CBC_MD5 &&
         issued->etype != ETYPE_CODE_DES_CBC_CRC)) {
        return;
    }
    draft = draft_new(out, FINDING_TICKET_RC4, LEVEL_NONE, CONFIDENCE_PROVEN);
    draft_evidence(draft, ticket.issued);
    draft_argument(draft, "etype", code_symbol(CODE_SPACE_ETYPE, issued->etype));
}

rule_fn *const RULES_TICKET[] = {refused, referral_loop, weak_etype, NULL};
