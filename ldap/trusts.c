/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/trusts.h"

#include <strings.h>

#include "decode/forest_trust.h"
#include "decode/sid.h"
#include "ldap/owners.h"
#include "ldap/private.h"
#include "ldap/search.h"

enum { OBJECTS_MAX = 2000 }; /* trusts of a domain, domains of a forest */

struct context {
    struct directory *directory;
    struct evidence_set *evidence;
    const char *served; /* the domain of the DC, or the forest's root */
    void *parents;      /* struct pending_parent[] */
    size_t parent_count;
};

static bool take_trust(struct directory_entry *entry, void *argument)
{
    struct context *context = argument;
    struct arena *arena = &context->evidence->arena;
    struct evidence_trust *trust = evidence_add(
        context->evidence, EVIDENCE_TRUST, context->directory->settings.case_id, clock_wall_us());
    const void *bytes;
    size_t length;

    trust->domain = context->served;
    trust->server = arena_strdup(arena, directory_record(context->directory)->server);
    trust->partner = entry_string(entry, "trustPartner", arena);
    trust->flat_name = entry_string(entry, "flatName", arena);
    bytes = entry_bytes(entry, "securityIdentifier", arena, &length);
    trust->sid = bytes ? sid_text(arena, bytes, length) : NULL;
    trust->direction = entry_integer(entry, "trustDirection");
    trust->type = entry_integer(entry, "trustType");
    trust->attributes = entry_integer(entry, "trustAttributes");
    trust->etypes = entry_integer(entry, "msDS-SupportedEncryptionTypes");
    bytes = entry_bytes(entry, "msDS-TrustForestTrustInfo", arena, &length);
    if (bytes && !forest_trust_decode(arena, bytes, length, trust)) {
        trust->names_malformed = TRI_YES;
    }
    return true;
}

void trusts_read(struct directory *directory, struct evidence_set *evidence)
{
    static const char *const attributes[] = {"trustPartner",
                                             "flatName",
                                             "securityIdentifier",
                                             "trustDirection",
                                             "trustType",
                                             "trustAttributes",
                                             "msDS-SupportedEncryptionTypes",
                                             "msDS-TrustForestTrustInfo",
                                             NULL};
    const char *base = directory_record(directory)->default_context;
    struct context context = {directory, evidence, domain_of_dn(&evidence->arena, base), NULL, 0};
    struct directory_query query = {.scope = SCOPE_ONE,
                                    .filter = "(objectClass=trustedDomain)",
                                    .attributes = attributes,
                                    .entries_max = OBJECTS_MAX};

    if (!base) {
        return;
    }
    query.purpose = arena_printf(&evidence->arena, "trusts of %s", context.served);
    query.base = arena_printf(&evidence->arena, "CN=System,%s", base);
    directory_search(directory, &query, take_trust, &context, evidence);
}

/* A domain whose trustParent, the DN of another crossRef, is yet to become that one's name. */
struct pending_parent {
    struct evidence_domain *domain;
    const char *own_dn;
    const char *parent_dn;
};

static bool take_domain(struct directory_entry *entry, void *argument)
{
    struct context *context = argument;
    struct arena *arena = &context->evidence->arena;
    struct evidence_domain *domain = evidence_add(
        context->evidence, EVIDENCE_DOMAIN, context->directory->settings.case_id, clock_wall_us());
    struct pending_parent *pending =
        arena_push(arena, &context->parents, &context->parent_count, sizeof(*pending));

    domain->forest = context->served;
    domain->name = entry_string(entry, "dnsRoot", arena);
    domain->netbios = entry_string(entry, "nETBIOSName", arena);
    domain->dn = entry_string(entry, "nCName", arena);
    domain->level = entry_integer(entry, "msDS-Behavior-Version");
    *pending = (struct pending_parent){domain, entry_dn(entry, arena),
                                       entry_string(entry, "trustParent", arena)};
    return true;
}

static void name_parents(const struct context *context)
{
    const struct pending_parent *all = context->parents;

    for (size_t i = 0; i < context->parent_count; i++) {
        for (size_t j = 0; all[i].parent_dn && j < context->parent_count; j++) {
            if (strcasecmp(all[i].parent_dn, all[j].own_dn) == 0) {
                all[i].domain->parent = all[j].domain->name;
                break;
            }
        }
    }
}

void domains_read(struct directory *directory, struct evidence_set *evidence)
{
    static const char *const attributes[] = {"dnsRoot",     "nETBIOSName",           "nCName",
                                             "trustParent", "msDS-Behavior-Version", NULL};
    const struct evidence_directory *record = directory_record(directory);
    struct context context = {directory, evidence,
                              domain_of_dn(&evidence->arena, record->root_context), NULL, 0};
    /* FLAG_CR_NTDS_DOMAIN ([MS-ADTS] 6.1.1.2.1.1): domains, not other naming contexts. */
    struct directory_query query = {
        .scope = SCOPE_ONE,
        .filter = "(&(objectClass=crossRef)(systemFlags:1.2.840.113556.1.4.803:=2))",
        .attributes = attributes,
        .entries_max = OBJECTS_MAX};

    if (!record->configuration_context || !context.served) {
        return;
    }
    query.purpose = arena_printf(&evidence->arena, "domains of forest %s", context.served);
    query.base = arena_printf(&evidence->arena, "CN=Partitions,%s", record->configuration_context);
    directory_search(directory, &query, take_domain, &context, evidence);
    name_parents(&context);
}
