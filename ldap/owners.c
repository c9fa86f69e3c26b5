/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/owners.h"

#include <ldap.h>
#include <string.h>
#include <strings.h>

#include "decode/spn.h"
#include "ldap/account.h"
#include "ldap/private.h"

enum {
    NAMES_MAX = 2,
    MATCHES_MAX = 64, /* SPNs of one account that become records */
};

/* The host of "host", "host:8530", "[fd00::1]:8530" or "fd00::1", without the trailing dot. */
static char *host_of(struct arena *arena, const char *target)
{
    const char *colon = strchr(target, ':');
    size_t length = strlen(target);
    char *host;

    if (target[0] == '[') {
        target++;
        length = strcspn(target, "]");
    } else if (colon && !strchr(colon + 1, ':')) {
        length = (size_t)(colon - target);
    }
    host = arena_strndup(arena, target, length);
    if (length > 0 && host[length - 1] == '.') {
        host[length - 1] = '\0';
    }
    return host;
}

static bool is_address(const char *host)
{
    return strchr(host, ':') || strspn(host, "0123456789.") == strlen(host);
}

size_t target_names(struct arena *arena, const char *target, const char *names_out[2])
{
    char *host = host_of(arena, target);
    const size_t label = strcspn(host, ".");

    names_out[0] = host;
    names_out[1] = NULL;
    if (host[0] == '\0') {
        return 0;
    }
    if (is_address(host) || label == 0 || host[label] == '\0') {
        return 1;
    }
    names_out[1] = arena_strndup(arena, host, label);
    return 2;
}

const char *owners_filter(struct arena *arena, const char *target)
{
    static const char *const services[] = {"HTTP", "HOST"};
    const char *names[NAMES_MAX];
    const size_t count = target_names(arena, target, names);
    struct buffer filter = {0};
    const char *text;

    if (count == 0) {
        return NULL;
    }
    buffer_puts(&filter, "(|");
    for (size_t i = 0; i < count * 2; i++) {
        const char *name = names[i % count];
        struct buffer spn = {0};

        buffer_printf(&spn, strchr(name, ':') ? "%s/[%s]" : "%s/%s", services[i / count], name);
        for (int with_port = 0; with_port < 2; with_port++) {
            buffer_puts(&filter, "(servicePrincipalName=");
            filter_escape(&filter, buffer_text(&spn));
            buffer_puts(&filter, with_port ? ":*)" : ")");
        }
        buffer_release(&spn);
    }
    buffer_puts(&filter, ")");
    text = arena_strdup(arena, buffer_text(&filter));
    buffer_release(&filter);
    return text;
}

bool spn_matches(const char *spn, const char *const *names, size_t name_count)
{
    struct arena arena = {0};
    struct spn parts;
    bool matches = false;

    if (spn_parse(&arena, spn, &parts) && !parts.name && !parts.instance &&
        (strcasecmp(parts.service, "HTTP") == 0 || strcasecmp(parts.service, "HOST") == 0)) {
        for (size_t i = 0; i < name_count; i++) {
            matches = matches || strcasecmp(parts.host, names[i]) == 0;
        }
    }
    arena_release(&arena);
    return matches;
}

const char *domain_of_dn(struct arena *arena, const char *dn)
{
    struct buffer domain = {0};
    const char *text = NULL;
    LDAPDN parts = NULL;

    if (!dn || ldap_str2dn(dn, &parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) {
        return NULL;
    }
    for (size_t i = 0; parts && parts[i]; i++) {
        const LDAPAVA *part = parts[i][0];

        if (part && part->la_attr.bv_len == 2 && strncasecmp(part->la_attr.bv_val, "DC", 2) == 0) {
            if (domain.length > 0) {
                buffer_putc(&domain, '.');
            }
            buffer_append(&domain, part->la_value.bv_val, part->la_value.bv_len);
        }
    }
    ldap_dnfree(parts);
    if (domain.length > 0) {
        text = evidence_text(arena, domain.data, domain.length, LDAP_NAME_LIMIT);
    }
    buffer_release(&domain);
    return text;
}

/* Accounts that one search found. */
struct found {
    struct directory *directory;
    struct arena *arena;
    void *items; /* struct evidence_account *[] */
    size_t count;
};

static struct evidence_account *found_at(const struct found *found, size_t i)
{
    return ((struct evidence_account **)found->items)[i];
}

static bool take_account(struct directory_entry *entry, void *context)
{
    struct found *found = context;
    struct evidence_account **slot =
        arena_push(found->arena, &found->items, &found->count, sizeof(*slot));

    *slot = account_read(entry, found->directory, found->arena);
    return true;
}

const char *directory_search_base(struct directory *directory)
{
    const struct evidence_directory *record = directory_record(directory);

    return directory->global_catalog || !record->default_context ? "" : record->default_context;
}

/* Finds accounts and what their home DC knows of them. */
static struct found find_accounts(struct directory *directory, struct directory *home,
                                  const char *purpose, const char *filter,
                                  struct evidence_set *evidence)
{
    struct found found = {.directory = directory, .arena = &evidence->arena};
    const struct directory_query query = {
        purpose,   directory_search_base(directory), SCOPE_SUBTREE, filter, ACCOUNT_ATTRIBUTES,
        OWNERS_MAX};

    directory_search(directory, &query, take_account, &found, evidence);
    for (size_t i = 0; home && home != directory && i < found.count; i++) {
        account_complete(found_at(&found, i), home, evidence);
    }
    return found;
}

static void add_owner(const struct evidence_account *account, const char *const *names,
                      size_t name_count, uint32_t case_id, struct evidence_set *evidence)
{
    size_t matches = 0;

    for (size_t i = 0; i < account->spn_count && matches < MATCHES_MAX; i++) {
        if (spn_matches(account->spns[i], names, name_count)) {
            account_add(account, ACCOUNT_SPN_OWNER, account->spns[i], case_id, evidence);
            matches++;
        }
    }
}

/* "(attribute=value<suffix>)" */
static void add_equality(struct buffer *filter, const char *attribute, const char *value,
                         const char *suffix)
{
    buffer_printf(filter, "(%s=", attribute);
    filter_escape(filter, value);
    buffer_printf(filter, "%s)", suffix);
}

bool computer_matches(const struct evidence_account *computer, const char *name)
{
    for (size_t i = 0; i < computer->other_dns_name_count; i++) {
        if (strcasecmp(computer->other_dns_names[i], name) == 0) {
            return true;
        }
    }
    return !strchr(name, '.') || !computer->dns_host_name ||
           strcasecmp(computer->dns_host_name, name) == 0;
}

/* Adds the computers among the accounts that may be the MP's. */
static void add_computers(const struct found *found, const char *name, uint32_t case_id,
                          struct evidence_set *evidence)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct evidence_account *account = found_at(found, i);

        if (account->type == ACCOUNT_COMPUTER && computer_matches(account, name)) {
            account_add(account, ACCOUNT_MP_COMPUTER, NULL, case_id, evidence);
        }
    }
}

static void find_computer(struct directory *gc, struct directory *home, const char *const *names,
                          size_t name_count, struct evidence_set *evidence)
{
    const uint32_t case_id = gc->settings.case_id;
    const char *purpose = arena_printf(&evidence->arena, "computer of %s", names[0]);
    struct buffer filter = {0};
    struct found found;

    buffer_puts(&filter, "(&(objectClass=computer)(|");
    add_equality(&filter, "dNSHostName", names[0], "");
    add_equality(&filter, "msDS-AdditionalDnsHostName", names[0], "");
    if (!is_address(names[0])) {
        add_equality(&filter, "sAMAccountName", names[name_count - 1], "$");
    }
    buffer_puts(&filter, "))");
    found = find_accounts(gc, home, purpose, arena_strdup(&evidence->arena, buffer_text(&filter)),
                          evidence);
    buffer_release(&filter);
    add_computers(&found, names[0], case_id, evidence);
}

void owners_find(struct directory *gc, struct directory *home, const char *target,
                 struct evidence_set *evidence)
{
    struct arena *arena = &evidence->arena;
    const char *filter = owners_filter(arena, target);
    const char *names[NAMES_MAX];
    const size_t count = target_names(arena, target, names);
    struct directory *asked = gc ? gc : home;
    struct found found;

    if (!asked || !filter) {
        return;
    }
    spn_mappings_read(home ? home : gc, evidence);
    found = find_accounts(asked, home, arena_printf(arena, "owners of HTTP/%s", names[0]), filter,
                          evidence);
    for (size_t i = 0; i < found.count; i++) {
        add_owner(found_at(&found, i), names, count, asked->settings.case_id, evidence);
    }
    find_computer(asked, home, names, count, evidence);
}

void computer_find(struct directory *gc, struct directory *home, const char *name,
                   struct evidence_set *evidence)
{
    const char *names[NAMES_MAX];
    const size_t count = target_names(&evidence->arena, name, names);

    if (count > 0) {
        find_computer(gc ? gc : home, home, names, count, evidence);
    }
}

const char *client_filter(struct arena *arena, const char *principal)
{
    const char *at = strrchr(principal, '@');
    const size_t length = at ? (size_t)(at - principal) : strlen(principal);
    const char *name = arena_strndup(arena, principal, length);
    struct buffer filter = {0};
    const char *text;

    if (strchr(name, '/')) {
        buffer_puts(&filter, "(|");
        add_equality(&filter, "servicePrincipalName", name, "");
        add_equality(&filter, "userPrincipalName", principal, "");
        buffer_puts(&filter, ")");
    } else {
        add_equality(&filter, "sAMAccountName", name, "");
    }
    text = arena_strdup(arena, buffer_text(&filter));
    buffer_release(&filter);
    return text;
}

void client_find(struct directory *home, const char *principal, struct evidence_set *evidence)
{
    struct arena *arena = &evidence->arena;
    const size_t length = strcspn(principal, "@");
    const struct found found =
        find_accounts(home, NULL, arena_printf(arena, "account %.*s", (int)length, principal),
                      client_filter(arena, principal), evidence);

    for (size_t i = 0; i < found.count; i++) {
        account_add(found_at(&found, i), ACCOUNT_CLIENT, NULL, home->settings.case_id, evidence);
    }
}

struct mappings {
    struct evidence_directory *record;
    struct arena *arena;
};

static bool take_mappings(struct directory_entry *entry, void *context)
{
    struct mappings *mappings = context;

    mappings->record->spn_mappings =
        entry_strings(entry, "sPNMappings", mappings->arena, &mappings->record->spn_mapping_count);
    return true;
}

void spn_mappings_read(struct directory *directory, struct evidence_set *evidence)
{
    static const char *const attributes[] = {"sPNMappings", NULL};
    struct evidence_directory *record = directory_record(directory);
    struct mappings mappings = {record, &evidence->arena};
    struct directory_query query = {.purpose = "sPNMappings",
                                    .scope = SCOPE_BASE,
                                    .filter = "(objectClass=*)",
                                    .attributes = attributes,
                                    .entries_max = 1};

    if (record->spn_mapping_count > 0 || !record->configuration_context) {
        return;
    }
    query.base = arena_printf(&evidence->arena, "CN=Directory Service,CN=Windows NT,CN=Services,%s",
                              record->configuration_context);
    directory_search(directory, &query, take_mappings, &mappings, evidence);
}
