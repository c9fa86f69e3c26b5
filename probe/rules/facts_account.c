/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts that a directory showed: who holds what, and whose key it could be. */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"

enum {
    /* msDS-SupportedEncryptionTypes, [MS-KILE] 2.2.7. */
    ETYPE_BIT_DES_CRC = 0x01,
    ETYPE_BIT_DES_MD5 = 0x02,
    ETYPE_BIT_RC4 = 0x04,
    ETYPE_BIT_AES128 = 0x08,
    ETYPE_BIT_AES256 = 0x10,
    ETYPE_BITS_AES = ETYPE_BIT_AES128 | ETYPE_BIT_AES256,
    ETYPE_BITS = 0x1F,
    /* A read-only DC has its own number in the high half of a key version ([MS-KILE] 3.1.5.8). */
    KVNO_MASK = 0xFFFF,
};

bool fact_same_account(const struct evidence_account *a, const struct evidence_account *b)
{
    if (a->sid && b->sid) {
        return same_name(a->sid, b->sid);
    }
    return same_name(a->dn, b->dn);
}

static bool holds(const struct evidence_account *account, const char *spn)
{
    if (account->role == ACCOUNT_SPN_OWNER && same_name(account->spn, spn)) {
        return true;
    }
    for (size_t i = 0; i < account->spn_count; i++) {
        if (same_name(account->spns[i], spn)) {
            return true;
        }
    }
    return false;
}

static void add_holder(struct holders *holders, const struct evidence_record *record)
{
    for (size_t i = 0; i < holders->count; i++) {
        if (fact_same_account(holders->items[i]->account, record->account)) {
            return;
        }
    }
    if (holders->count < HOLDER_LIMIT) {
        holders->items[holders->count++] = record;
    }
}

struct holders fact_holders(const struct case_view *view, struct arena *arena, const char *spn,
                            const char *forest)
{
    struct holders holders = {.count = 0};

    for (size_t i = 0; spn && i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_ACCOUNT || !holds(record->account, spn)) {
            continue;
        }
        if (!forest || same_name(fact_server_forest(view, arena, record->account->server,
                                                    record->account->port),
                                 forest)) {
            add_holder(&holders, record);
        }
    }
    return holders;
}

struct holders fact_holders_at(const struct case_view *view, const char *spn, const char *server,
                               int64_t port)
{
    struct holders holders = {.count = 0};

    for (size_t i = 0; spn && i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_ACCOUNT && record->account->port == port &&
            same_name(record->account->server, server) && holds(record->account, spn)) {
            add_holder(&holders, record);
        }
    }
    return holders;
}

static void take_integer(int64_t *value, int64_t other)
{
    *value = *value == EVIDENCE_UNKNOWN ? other : *value;
}

static void take_tri(enum evidence_tri *value, enum evidence_tri other)
{
    *value = *value == TRI_UNKNOWN ? other : *value;
}

static void take_text(const char **value, const char *other)
{
    *value = *value ? *value : other;
}

struct evidence_account fact_account(const struct case_view *view,
                                     const struct evidence_record *record)
{
    struct evidence_account account = *record->account;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_account *other = view->records[i]->account;

        if (view->records[i]->kind != EVIDENCE_ACCOUNT || !fact_same_account(&account, other)) {
            continue;
        }
        take_text(&account.domain, other->domain);
        take_text(&account.name, other->name);
        take_text(&account.dns_host_name, other->dns_host_name);
        if (account.other_dns_name_count == 0) {
            account.other_dns_names = other->other_dns_names;
            account.other_dns_name_count = other->other_dns_name_count;
        }
        take_integer(&account.control, other->control);
        take_integer(&account.etypes, other->etypes);
        take_integer(&account.kvno, other->kvno);
        take_tri(&account.enabled, other->enabled);
        take_tri(&account.locked, other->locked);
        take_tri(&account.password_expired, other->password_expired);
        if (account.type == ACCOUNT_KIND_UNKNOWN) {
            account.type = other->type;
        }
        if (account.spn_count == 0) {
            account.spns = other->spns;
            account.spn_count = other->spn_count;
        }
    }
    return account;
}

static const struct evidence_record *find_role(const struct case_view *view, enum account_role role)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_ACCOUNT && view->records[i]->account->role == role) {
            return view->records[i];
        }
    }
    return NULL;
}

/* Is it one of the computer's names? */
static bool has_name(const struct evidence_account *account, const char *name)
{
    for (size_t i = 0; i < account->other_dns_name_count; i++) {
        if (same_name(account->other_dns_names[i], name)) {
            return true;
        }
    }
    return same_name(account->dns_host_name, name);
}

/* Of several the one with the MP's own name: others may have its first label in their domain. */
const struct evidence_record *fact_mp_computer(const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_account *account = view->records[i]->account;

        if (view->records[i]->kind == EVIDENCE_ACCOUNT && account->role == ACCOUNT_MP_COMPUTER &&
            has_name(account, fact_target(view))) {
            return view->records[i];
        }
    }
    return find_role(view, ACCOUNT_MP_COMPUTER);
}

const struct evidence_record *fact_client_account(const struct case_view *view)
{
    return find_role(view, ACCOUNT_CLIENT);
}

/* DNS leads from the MP's name to this computer's. */
static bool is_alias_target(const struct case_view *view, const struct evidence_account *account)
{
    const struct evidence_record *answer;

    return account->type == ACCOUNT_COMPUTER && has_name(account, fact_canonical(view, &answer));
}

/* A computer whose object was not looked for: by its host name, which tells nothing of an address.
 */
static enum evidence_tri named_like_mp(const struct case_view *view,
                                       const struct evidence_account *account)
{
    if (!account->dns_host_name || name_is_address(fact_target(view))) {
        return TRI_UNKNOWN;
    }
    for (size_t i = 0; i < account->other_dns_name_count; i++) {
        if (fact_names_mp(view, account->other_dns_names[i])) {
            return TRI_YES;
        }
    }
    return fact_names_mp(view, account->dns_host_name) ? TRI_YES : TRI_NO;
}

enum evidence_tri fact_is_mp(const struct case_view *view, const struct evidence_account *account)
{
    bool known = false;

    if (is_alias_target(view, account)) {
        return TRI_YES; /* whoever else is called like the alias */
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_account *computer = view->records[i]->account;

        if (view->records[i]->kind == EVIDENCE_ACCOUNT && computer->role == ACCOUNT_MP_COMPUTER) {
            known = true;
            if (fact_same_account(account, computer)) {
                return TRI_YES;
            }
        }
    }
    if (known || (account->type != ACCOUNT_COMPUTER && account->type != ACCOUNT_KIND_UNKNOWN)) {
        return TRI_NO;
    }
    return named_like_mp(view, account);
}

bool etypes_named(int64_t etypes)
{
    return etypes != EVIDENCE_UNKNOWN && (etypes & ETYPE_BITS) != 0;
}

bool etypes_lack_aes(int64_t etypes)
{
    return etypes_named(etypes) && (etypes & ETYPE_BITS_AES) == 0;
}

/* The account's own bit for a type of Kerberos; 0 for types that have none. */
static int64_t etype_bit(int64_t etype)
{
    switch (etype) {
    case ETYPE_CODE_DES_CBC_CRC:
        return ETYPE_BIT_DES_CRC;
    case ETYPE_CODE_DES_CBC_MD5:
        return ETYPE_BIT_DES_MD5;
    case ETYPE_CODE_RC4_HMAC:
        return ETYPE_BIT_RC4;
    case ETYPE_CODE_AES128_CTS_HMAC_SHA1_96:
        return ETYPE_BIT_AES128;
    case ETYPE_CODE_AES256_CTS_HMAC_SHA1_96:
        return ETYPE_BIT_AES256;
    default:
        return 0;
    }
}

enum evidence_tri fact_key_fits(const struct evidence_account *account,
                                const struct krb_ticket *ticket)
{
    int64_t bit = etype_bit(ticket->etype);

    if (account->etypes != EVIDENCE_UNKNOWN && (account->etypes & ETYPE_BITS) != 0 && bit != 0 &&
        (account->etypes & bit) == 0) {
        return TRI_NO;
    }
    if (account->kvno == EVIDENCE_UNKNOWN || ticket->kvno == EVIDENCE_UNKNOWN) {
        return TRI_UNKNOWN;
    }
    return (account->kvno & KVNO_MASK) == (ticket->kvno & KVNO_MASK) ? TRI_YES : TRI_NO;
}
