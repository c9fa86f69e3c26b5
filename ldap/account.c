/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/account.h"

#include <strings.h>

#include "decode/sid.h"
#include "evidence/shape.h"
#include "ldap/owners.h"
#include "ldap/private.h"

/* userAccountControl and msDS-User-Account-Control-Computed ([MS-ADTS] 2.2.16, 3.1.1.4.5.17) */
enum {
    CONTROL_DISABLED = 0x2,
    CONTROL_LOCKED = 0x10,
    CONTROL_PASSWORD_EXPIRED = 0x800000,
};

const char *const ACCOUNT_ATTRIBUTES[] = {"sAMAccountName",
                                          "objectSid",
                                          "objectClass",
                                          "servicePrincipalName",
                                          "userAccountControl",
                                          "msDS-User-Account-Control-Computed",
                                          "msDS-SupportedEncryptionTypes",
                                          "msDS-KeyVersionNumber",
                                          "pwdLastSet",
                                          "whenChanged",
                                          "dNSHostName",
                                          "msDS-AdditionalDnsHostName",
                                          NULL};

/* The most specific class: managed service accounts are computers too, and computers users. */
static enum account_kind kind_of(struct directory_entry *entry)
{
    static const struct {
        const char *name;
        enum account_kind kind;
    } classes[] = {
        {"msDS-GroupManagedServiceAccount", ACCOUNT_GROUP_MANAGED},
        {"msDS-ManagedServiceAccount", ACCOUNT_MANAGED},
        {"computer", ACCOUNT_COMPUTER},
        {"user", ACCOUNT_USER},
        {"top", ACCOUNT_OTHER},
    };

    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        if (entry_has(entry, "objectClass", classes[i].name)) {
            return classes[i].kind;
        }
    }
    return ACCOUNT_KIND_UNKNOWN;
}

static enum evidence_tri bit(int64_t flags, int64_t mask, enum evidence_tri when_set)
{
    if (flags == EVIDENCE_UNKNOWN) {
        return TRI_UNKNOWN;
    }
    return (flags & mask) != 0 ? when_set : when_set == TRI_YES ? TRI_NO : TRI_YES;
}

static const char *sid_of(struct directory_entry *entry, struct arena *arena)
{
    size_t length;
    const void *bytes = entry_bytes(entry, "objectSid", arena, &length);

    return bytes ? sid_text(arena, bytes, length) : NULL;
}

struct evidence_account *account_read(struct directory_entry *entry, struct directory *directory,
                                      struct arena *arena)
{
    struct evidence_account *account = evidence_new(arena, shape_of(EVIDENCE_ACCOUNT));
    const struct evidence_directory *record = directory_record(directory);
    int64_t computed = entry_integer(entry, "msDS-User-Account-Control-Computed");

    account->server = arena_strdup(arena, record->server);
    account->port = record->port;
    account->dn = entry_dn(entry, arena);
    account->domain = domain_of_dn(arena, account->dn);
    account->sid = sid_of(entry, arena);
    account->name = entry_string(entry, "sAMAccountName", arena);
    account->type = kind_of(entry);
    account->control = entry_integer(entry, "userAccountControl");
    account->enabled = bit(account->control, CONTROL_DISABLED, TRI_NO);
    account->locked = bit(computed, CONTROL_LOCKED, TRI_YES);
    account->password_expired = bit(computed, CONTROL_PASSWORD_EXPIRED, TRI_YES);
    account->spns = entry_strings(entry, "servicePrincipalName", arena, &account->spn_count);
    account->etypes = entry_integer(entry, "msDS-SupportedEncryptionTypes");
    /* A catalog makes it up for accounts of other domains, whose keys it does not hold. */
    account->kvno = directory->global_catalog ? EVIDENCE_UNKNOWN
                                              : entry_integer(entry, "msDS-KeyVersionNumber");
    account->password_set_at = entry_filetime(entry, "pwdLastSet");
    account->changed_at = entry_time(entry, "whenChanged");
    account->dns_host_name = entry_string(entry, "dNSHostName", arena);
    account->other_dns_names =
        entry_strings(entry, "msDS-AdditionalDnsHostName", arena, &account->other_dns_name_count);
    return account;
}

/* What the home DC showed of one account. */
struct detail {
    struct directory *home;
    struct arena *arena;
    struct evidence_account *account;
};

static void replace_number(int64_t *old, int64_t new)
{
    *old = new != EVIDENCE_UNKNOWN ? new : *old;
}

static void replace_tri(enum evidence_tri *old, enum evidence_tri new)
{
    *old = new != TRI_UNKNOWN ? new : *old;
}

static bool take_detail(struct directory_entry *entry, void *context)
{
    struct detail *detail = context;
    struct evidence_account *account = detail->account;
    const struct evidence_account *seen = account_read(entry, detail->home, detail->arena);

    replace_number(&account->control, seen->control);
    replace_tri(&account->enabled, seen->enabled);
    replace_tri(&account->locked, seen->locked);
    replace_tri(&account->password_expired, seen->password_expired);
    replace_number(&account->etypes, seen->etypes);
    replace_number(&account->kvno, seen->kvno);
    replace_number(&account->password_set_at, seen->password_set_at);
    return true; /* the result comes next, and says that the search was answered */
}

void account_complete(struct evidence_account *account, struct directory *home,
                      struct evidence_set *evidence)
{
    /* Without the SPNs, which are many and known. */
    static const char *const attributes[] = {"objectClass",
                                             "userAccountControl",
                                             "msDS-User-Account-Control-Computed",
                                             "msDS-SupportedEncryptionTypes",
                                             "msDS-KeyVersionNumber",
                                             "pwdLastSet",
                                             NULL};
    struct arena *arena = &evidence->arena;
    struct detail detail = {home, arena, account};
    struct directory_query query = {.scope = SCOPE_BASE,
                                    .filter = "(objectClass=*)",
                                    .attributes = attributes,
                                    .entries_max = 1};
    const char *served;

    if (!home || !account->domain || !directory_record(home)->default_context) {
        return;
    }
    served = domain_of_dn(arena, directory_record(home)->default_context);
    if (!served || strcasecmp(served, account->domain) != 0) {
        return;
    }
    query.purpose = arena_printf(arena, "details of %s", account->name ? account->name : "account");
    query.base = account->dn;
    directory_search(home, &query, take_detail, &detail, evidence);
}

void account_add(const struct evidence_account *account, enum account_role role, const char *spn,
                 uint32_t case_id, struct evidence_set *evidence)
{
    struct evidence_account *record =
        evidence_add(evidence, EVIDENCE_ACCOUNT, case_id, clock_wall_us());

    *record = *account;
    record->role = role;
    record->spn = spn;
}
