/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who holds the MP's SPN, as the directory shows it. That another account than the MP's computer
 * holds it is how load-balanced MPs are set up, and so no fault in itself: the refused ticket is
 * the proof, an accepted one the contrary, and without either it is a question.
 */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"
#include "rules/rule.h"

/* What the exchange says of the account whose key sealed the ticket. */
struct trial {
    enum phrase basis; /* PHRASE_OWNER_... */
    enum finding_level level;
    enum finding_confidence confidence;
};

static const struct trial UNTESTED = {PHRASE_OWNER_UNTESTED, LEVEL_WARN, CONFIDENCE_LIKELY};
static const struct trial ACCEPTED = {PHRASE_OWNER_ACCEPTED, LEVEL_OK, CONFIDENCE_PROVEN};
static const struct trial INTENDED = {PHRASE_OWNER_INTENDED, LEVEL_OK, CONFIDENCE_LIKELY};

static struct trial refused_at(const struct endpoint *endpoint, bool bare)
{
    enum ticket_answer host = fact_answer(endpoint->host, endpoint->anonymous);

    if (host == ANSWER_KEY || (host == ANSWER_BARE && !bare)) {
        return (struct trial){PHRASE_OWNER_REFUSED_BOTH, LEVEL_FAIL, CONFIDENCE_LIKELY};
    }
    return bare && host != ANSWER_ACCEPTED
               ? (struct trial){PHRASE_OWNER_REFUSED_BARE, LEVEL_FAIL, CONFIDENCE_LIKELY}
               : (struct trial){PHRASE_OWNER_REFUSED, LEVEL_FAIL, CONFIDENCE_PROVEN};
}

/* KDC errors that speak of the account that the ticket is for. */
static bool is_about_service(int64_t code)
{
    return code == KRB_CODE_S_PRINCIPAL_UNKNOWN || code == KRB_CODE_NULL_KEY ||
           code == KRB_CODE_SERVICE_REVOKED || code == KRB_CODE_MUST_USE_USER2USER;
}

static struct trial trial_of(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    if (fact_accepted(view)) {
        return ACCEPTED;
    }
    for (size_t i = 0; i < count; i++) {
        enum ticket_answer answer = fact_answer(endpoints[i].negotiate, endpoints[i].anonymous);

        if (answer == ANSWER_KEY || answer == ANSWER_BARE) {
            return refused_at(&endpoints[i], answer == ANSWER_BARE);
        }
    }
    if (is_about_service(fact_ladder(view, STEP_TICKET).code)) {
        return (struct trial){PHRASE_OWNER_REFUSED_KDC, LEVEL_FAIL, CONFIDENCE_LIKELY};
    }
    return UNTESTED;
}

/* The exchange that a finding about the holder rests on. */
static void note_exchange(const struct case_view *view, struct draft *draft)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);
    struct ladder ticket = fact_ladder(view, STEP_TICKET);

    draft_evidence(draft, ticket.issued);
    draft_evidence(draft, ticket.error);
    for (size_t i = 0; i < count; i++) {
        if (fact_answer(endpoints[i].negotiate, endpoints[i].anonymous) != ANSWER_NONE) {
            draft_evidence(draft, endpoints[i].negotiate);
            draft_evidence(draft, endpoints[i].host);
        }
    }
}

static const struct krb_ticket *issued_ticket(const struct case_view *view)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);

    return ticket.issued ? ticket.issued->kdc->reply->ticket : NULL;
}

/* Whose key sealed the ticket, and the numbers that tell. */
static void describe_key(const struct case_view *view, struct draft *draft,
                         const struct evidence_account *owner)
{
    static const enum phrase texts[] = {
        [KEY_OWNER_UNKNOWN] = PHRASE_KEY_UNKNOWN,
        [KEY_OWNER_HOLDER] = PHRASE_KEY_OWNER,
        [KEY_OWNER_MP] = PHRASE_KEY_MP,
        [KEY_OWNER_OTHER] = PHRASE_KEY_NEITHER,
    };
    const struct evidence_record *computer = fact_mp_computer(view);
    const struct krb_ticket *ticket = issued_ticket(view);

    draft_argument(draft, "key", phrase(texts[fact_key_owner(view, owner)]));
    draft_number(draft, "owner_kvno", owner->kvno);
    if (ticket) {
        draft_number(draft, "ticket_kvno", ticket->kvno);
        draft_argument(draft, "ticket_etype", code_symbol(CODE_SPACE_ETYPE, ticket->etype));
    }
    if (computer) {
        struct evidence_account account = fact_account(view, computer);

        draft_number(draft, "mp_kvno", account.kvno);
        draft_evidence(draft, computer);
    }
}

static const char *name_of(const struct evidence_account *account)
{
    return account->name ? account->name : account->dn;
}

/* Every record about the account. */
static void note_account(const struct case_view *view, struct draft *draft,
                         const struct evidence_account *account)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_ACCOUNT &&
            fact_same_account(view->records[i]->account, account)) {
            draft_evidence(draft, view->records[i]);
        }
    }
}

static void describe(const struct case_view *view, struct draft *draft,
                     const struct evidence_account *owner, const char *held)
{
    note_account(view, draft, owner);
    draft_argument(draft, "held", held);
    draft_argument(draft, "owner", name_of(owner));
    draft_argument(draft, "owner_dn", owner->dn);
    draft_argument(draft, "owner_domain", owner->domain);
    draft_argument(draft, "kind", phrase_account(owner->type));
    for (size_t i = 0; i < owner->spn_count; i++) {
        if (!same_name(owner->spns[i], held)) {
            draft_item(draft, "others", owner->spns[i]);
        }
    }
    draft_default(draft, "others", phrase(PHRASE_NOTHING));
}

/* By its kind; when that was not seen, by its name: those of computers end in $. */
static enum finding_id finding_of(const struct evidence_account *owner)
{
    size_t length = owner->name ? strlen(owner->name) : 0;

    switch (owner->type) {
    case ACCOUNT_COMPUTER:
        return FINDING_SPN_ON_OTHER_COMPUTER;
    case ACCOUNT_GROUP_MANAGED:
    case ACCOUNT_MANAGED:
        return FINDING_SPN_ON_MANAGED_ACCOUNT;
    case ACCOUNT_KIND_UNKNOWN:
        if (length > 0 && owner->name[length - 1] == '$') {
            return FINDING_SPN_ON_OTHER_COMPUTER;
        }
        break;
    case ACCOUNT_USER:
    case ACCOUNT_OTHER:
        break;
    }
    return FINDING_SPN_ON_USER;
}

/* What is meant so is right until the exchange says otherwise. */
static struct trial trial_for(const struct case_view *view, const struct ownership *ownership,
                              const struct evidence_account *owner)
{
    const struct trial trial = trial_of(view);

    return trial.level == LEVEL_WARN && fact_known_good(view, ownership->held, owner) ? INTENDED
                                                                                      : trial;
}

/* A ticket that is sealed with the key of the MP's computer is not refused for this account. */
static void on_other(const struct case_view *view, struct rule_output *out,
                     const struct ownership *ownership, const struct evidence_account *owner)
{
    struct trial trial = trial_for(view, ownership, owner);
    struct draft *draft = draft_new(out, finding_of(owner), trial.level, trial.confidence);
    const struct evidence_record *host = ownership->host ? ownership->host
                                         : same_name(ownership->held, fact_spn(view, out->arena))
                                             ? NULL
                                             : ownership->holders.items[0];

    if (trial.level == LEVEL_FAIL && fact_key_owner(view, owner) == KEY_OWNER_MP) {
        draft_level(draft, LEVEL_WARN);
        trial.basis = PHRASE_OWNER_NOT_TRIED;
    }
    describe_key(view, draft, owner);
    describe(view, draft, owner, ownership->held);
    draft_argument(draft, "basis", phrase(trial.basis));
    draft_argument(draft, "host_owner", host ? name_of(host->account) : phrase(PHRASE_NOBODY_SEEN));
    draft_evidence(draft, ownership->host);
    note_exchange(view, draft);
}

/* An account that is disabled, or whose key is not that of the ticket that was issued for it. */
static bool stale(const struct case_view *view, struct rule_output *out,
                  const struct ownership *ownership, const struct evidence_account *owner)
{
    bool disabled = owner->enabled == TRI_NO;
    struct trial trial = trial_of(view);
    const struct krb_ticket *ticket = issued_ticket(view);
    struct draft *draft;

    if (!disabled && (trial.level == LEVEL_OK || fact_is_mp(view, owner) != TRI_YES || !ticket ||
                      fact_key_fits(owner, ticket) != TRI_NO)) {
        return false;
    }
    if (trial.level == LEVEL_OK) {
        trial.level = LEVEL_INFO;
    } else if (disabled && trial.basis == PHRASE_OWNER_REFUSED_KDC) {
        trial.confidence = CONFIDENCE_PROVEN;
    } else {
        trial.confidence = CONFIDENCE_LIKELY;
    }
    draft = draft_new(out, FINDING_SPN_STALE, trial.level, trial.confidence);
    describe(view, draft, owner, ownership->held);
    describe_key(view, draft, owner);
    draft_argument(draft, "reason", phrase(disabled ? PHRASE_STALE_DISABLED : PHRASE_STALE_KEY));
    note_exchange(view, draft);
    return true;
}

static void duplicate(const struct case_view *view, struct rule_output *out,
                      const struct ownership *ownership)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    bool harmless = ticket.issued && trial_of(view).level != LEVEL_FAIL;
    struct draft *draft;

    if (!fact_spn_duplicate(view, out->arena, ownership)) {
        return;
    }
    /* A KDC that has one of them in its own domain issues a ticket all the same, for that one. */
    draft = draft_new(out, FINDING_SPN_DUPLICATE, harmless ? LEVEL_WARN : LEVEL_FAIL,
                      ownership->one_server && (harmless || !ticket.issued) ? CONFIDENCE_PROVEN
                                                                            : CONFIDENCE_LIKELY);
    for (size_t i = 0; i < ownership->holders.count; i++) {
        const struct evidence_account *holder = ownership->holders.items[i]->account;

        note_account(view, draft, holder);
        draft_item(draft, "owners", name_of(holder));
        draft_item(draft, "owner_dns", holder->dn);
    }
    note_exchange(view, draft);
    draft_argument(draft, "held", ownership->held);
    draft_argument(draft, "realm",
                   ticket.realm ? ticket.realm : fact_client_domain(view, out->arena));
    draft_default(draft, "realm", fact_mp_domain(view, out->arena));
    draft_argument(draft, "code",
                   phrase(ticket.issued ? PHRASE_SAID_TICKET : PHRASE_SAID_NOT_ASKED));
    if (ticket.error) {
        draft_krb_code(draft, "code", ticket.code);
    }
    draft_argument(
        draft, "basis",
        phrase(ownership->one_server ? PHRASE_BASIS_SEVERAL_SHOWN : PHRASE_BASIS_SEVERAL_DOMAINS));
}

/* Nobody holds the SPN, and no KDC was asked; what one says is told by the rules for tickets. */
static void missing(const struct case_view *view, struct rule_output *out)
{
    struct ladder ticket = fact_ladder(view, STEP_TICKET);
    const struct evidence_record *record;
    const struct evidence_record *computer = fact_mp_computer(view);
    struct spn_absence absence = fact_spn_absent(view, out->arena);
    struct draft *draft;

    if (!absence.search || ticket.issued || ticket.error || fact_accepted(view) ||
        name_is_address(fact_target(view)) || fact_name_unknown(view) ||
        fact_canonical(view, &record)) {
        return;
    }
    /* That the computer's SPNs can be read shows that this account may see them; an account of
       which nothing can be read holds what it holds. */
    draft = draft_new(out, FINDING_SPN_MISSING, LEVEL_NONE,
                      absence.not_mapped || (computer && computer->account->spn_count > 0)
                          ? CONFIDENCE_PROVEN
                          : CONFIDENCE_LIKELY);
    draft_evidence(draft, absence.search);
    draft_evidence(draft, absence.host_search);
    draft_evidence(draft, fact_mp_computer(view));
    draft_argument(draft, "realm", absence.forest);
    draft_argument(draft, "basis", absence_text(view, out, &absence));
}

static void owners(const struct case_view *view, struct rule_output *out)
{
    struct ownership ownership = fact_ownership(view, out->arena);
    struct evidence_account owner;

    if (ownership.holders.count == 0) {
        missing(view, out);
        return;
    }
    if (ownership.holders.count > 1) {
        duplicate(view, out, &ownership);
        return;
    }
    owner = fact_account(view, ownership.holders.items[0]);
    if (!stale(view, out, &ownership, &owner) && fact_is_mp(view, &owner) == TRI_NO) {
        on_other(view, out, &ownership, &owner);
    }
}

/* Is it HTTP/<the MP's name>:<port>? */
static bool has_port_form(const char *spn, const char *plain)
{
    size_t length = strlen(plain);

    return name_starts(spn, plain) && spn[length] == ':' && spn[length + 1] != '\0';
}

/* One finding an account: that each SPN was searched for gives it several records. */
static bool is_first_record(const struct case_view *view, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (view->records[i]->kind == EVIDENCE_ACCOUNT &&
            fact_same_account(view->records[i]->account, view->records[index]->account)) {
            return false;
        }
    }
    return true;
}

static void port_form(const struct case_view *view, struct rule_output *out)
{
    const char *plain = fact_spn(view, out->arena);

    for (size_t i = 0; plain && i < view->record_count; i++) {
        struct evidence_account account;

        if (view->records[i]->kind != EVIDENCE_ACCOUNT || !is_first_record(view, i)) {
            continue;
        }
        account = fact_account(view, view->records[i]);
        for (size_t k = 0; k < account.spn_count; k++) {
            if (has_port_form(account.spns[k], plain) && fact_is_mp(view, &account) == TRI_NO) {
                describe(view, draft_new(out, FINDING_SPN_PORT_FORM, LEVEL_NONE, CONFIDENCE_PROVEN),
                         &account, account.spns[k]);
                break;
            }
        }
    }
}

rule_fn *const RULES_SPN[] = {owners, port_form, NULL};
