/* SPDX-License-Identifier: Apache-2.0 */
/* The accounts of the exchange as their directory shows them: the client's, and who holds the
   SPN. */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"
#include "rules/rule.h"

/* Bits of msDS-SupportedEncryptionTypes and their types, [MS-KILE] 2.2.7. */
static const struct {
    int64_t bit;
    int64_t etype;
} ETYPES[] = {
    {0x1, ETYPE_CODE_DES_CBC_CRC},
    {0x2, ETYPE_CODE_DES_CBC_MD5},
    {0x4, ETYPE_CODE_RC4_HMAC},
};

/* A finding about the client's account; the KDC's word on the same, if there was one, has made it
   already. Without it the account may have got its ticket before. */
static void about_client(const struct case_view *view, struct rule_output *out, enum finding_id id,
                         enum phrase code)
{
    const struct evidence_record *record = fact_client_account(view);
    struct draft *draft = draft_find(out, id);

    if (!draft) {
        draft =
            draft_new(out, id, fact_signed_in(view) ? LEVEL_WARN : LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_argument(draft, "realm", fact_client_domain(view, out->arena));
        draft_argument(draft, "principal", fact_principal(view));
        draft_default(draft, "principal", record->account->name);
        draft_argument(draft, "code", phrase(code));
    }
    draft_evidence(draft, record);
}

static void client_account(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *record = fact_client_account(view);
    struct evidence_account account;

    if (!record) {
        return;
    }
    account = fact_account(view, record);
    if (account.enabled == TRI_NO) {
        about_client(view, out, FINDING_ACCOUNT_DISABLED, PHRASE_ACCOUNT_IS_DISABLED);
    } else if (account.locked == TRI_YES) {
        about_client(view, out, FINDING_ACCOUNT_DISABLED, PHRASE_ACCOUNT_IS_LOCKED);
    }
    if (account.password_expired == TRI_YES) {
        about_client(view, out, FINDING_ACCOUNT_PASSWORD_EXPIRED, PHRASE_UNKNOWN);
    }
}

/* Old keytabs hold key versions of 8 bits; read-only DCs number in the upper half. */
static bool is_older(int64_t keytab, int64_t account)
{
    return keytab < (account & 0xFFFF) && keytab != (account & 0xFF);
}

static void keytab_old(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *record = fact_client_account(view);
    struct ladder first = fact_ladder(view, STEP_IDENTITY);
    struct evidence_account account;
    struct draft *draft;
    bool refused;

    if (!record || !view->identity || view->identity->source != IDENTITY_KEYTAB ||
        view->identity->keytab_kvno == EVIDENCE_UNKNOWN) {
        return;
    }
    account = fact_account(view, record);
    if (account.kvno == EVIDENCE_UNKNOWN || !is_older(view->identity->keytab_kvno, account.kvno)) {
        return;
    }
    refused = first.code == KRB_CODE_PREAUTH_FAILED || first.code == KRB_CODE_BAD_INTEGRITY ||
              (first.stuck &&
               krb_code_of_problem(first.stuck->kdc->problem_code) == KRB_CODE_BAD_INTEGRITY);
    draft = draft_new(out, FINDING_ACCOUNT_KEYTAB_OLD,
                      refused        ? LEVEL_FAIL
                      : first.issued ? LEVEL_INFO
                                     : LEVEL_NONE,
                      CONFIDENCE_PROVEN);
    draft_evidence(draft, record);
    draft_evidence(draft, first.error);
    draft_evidence(draft, first.stuck);
    draft_number(draft, "keytab_kvno", view->identity->keytab_kvno);
    draft_number(draft, "kvno", account.kvno & 0xFFFF);
    draft_default(draft, "principal", fact_principal(view));
    draft_default(draft, "principal", account.name);
}

/* `refused`: a KDC refused a ticket of the account, or for it, for its type. */
static void rc4_only(const struct case_view *view, struct rule_output *out,
                     const struct evidence_record *record, const struct evidence_record *refused)
{
    struct evidence_account account = fact_account(view, record);
    struct draft *draft;

    if (!etypes_lack_aes(account.etypes)) {
        return;
    }
    draft = draft_new(out, FINDING_ACCOUNT_RC4_ONLY, refused ? LEVEL_FAIL : LEVEL_NONE,
                      refused ? CONFIDENCE_LIKELY : CONFIDENCE_PROVEN);
    draft_evidence(draft, record);
    draft_evidence(draft, refused);
    draft_argument(draft, "account", account.name ? account.name : account.dn);
    draft_argument(draft, "account_dn", account.dn);
    draft_number(draft, "value", account.etypes);
    for (size_t i = 0; i < sizeof(ETYPES) / sizeof(ETYPES[0]); i++) {
        if (account.etypes & ETYPES[i].bit) {
            draft_item(draft, "etypes", code_symbol(CODE_SPACE_ETYPE, ETYPES[i].etype));
        }
    }
}

/* A user account that holds the SPN, whose own DC (it alone has key versions) shows no types: then
   the ticket tells, and where none was issued, nothing does. */
static void unset_types(const struct case_view *view, struct rule_output *out,
                        const struct evidence_record *record)
{
    struct evidence_account account = fact_account(view, record);
    struct ladder ladder = fact_ladder(view, STEP_TICKET);
    const struct krb_ticket *ticket = ladder.issued ? ladder.issued->kdc->reply->ticket : NULL;
    struct draft *draft;

    if ((account.type != ACCOUNT_USER && account.type != ACCOUNT_OTHER) ||
        account.kvno == EVIDENCE_UNKNOWN || etypes_named(account.etypes) ||
        (ticket && ticket->etype != ETYPE_CODE_RC4_HMAC)) {
        return;
    }
    draft = draft_new(out, FINDING_ACCOUNT_ETYPE_UNSET, LEVEL_NONE, CONFIDENCE_PROVEN);
    draft_evidence(draft, record);
    draft_evidence(draft, ladder.issued);
    draft_argument(draft, "account", account.name ? account.name : account.dn);
    draft_argument(draft, "account_dn", account.dn);
    draft_argument(draft, "basis", phrase(ticket ? PHRASE_TYPE_RC4_SEEN : PHRASE_TYPE_NOT_SEEN));
}

static const struct evidence_record *refused_for_etype(const struct case_view *view,
                                                       enum evidence_step step)
{
    struct ladder ladder = fact_ladder(view, step);

    return ladder.code == KRB_CODE_ETYPE_NOSUPP ? ladder.error : NULL;
}

/* Whose keys the exchange needs: the client's, and those of who holds the SPN; while nobody is seen
   to hold it, those of the MP's computer. */
static void rc4(const struct case_view *view, struct rule_output *out)
{
    const struct evidence_record *client = fact_client_account(view);
    const struct evidence_record *computer = fact_mp_computer(view);
    const struct evidence_record *refused = refused_for_etype(view, STEP_TICKET);
    struct ownership ownership = fact_ownership(view, out->arena);

    if (client) {
        rc4_only(view, out, client, refused_for_etype(view, STEP_IDENTITY));
    }
    for (size_t i = 0; i < ownership.holders.count; i++) {
        unset_types(view, out, ownership.holders.items[i]);
        if (!client || !fact_same_account(client->account, ownership.holders.items[i]->account)) {
            rc4_only(view, out, ownership.holders.items[i], refused);
        }
    }
    if (computer && ownership.holders.count == 0) {
        rc4_only(view, out, computer, refused);
    }
}

rule_fn *const RULES_ACCOUNT[] = {client_account, keytab_old, rc4, NULL};
