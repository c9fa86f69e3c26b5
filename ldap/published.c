/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/published.h"

#include <string.h>
#include <strings.h>

#include "decode/capabilities.h"
#include "ldap/owners.h"
#include "ldap/private.h"
#include "ldap/search.h"

enum {
    OBJECTS_MAX = 5000,
    CODE_LENGTH = 3,
};

struct context {
    struct directory *directory;
    struct evidence_set *evidence;
    const char *forest;
    struct site_codes *sites;
};

bool site_code_is_valid(const char *code)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    return strlen(code) == CODE_LENGTH && strspn(code, allowed) == CODE_LENGTH;
}

void site_codes_add(struct site_codes *sites, const char *code)
{
    if (!code || !site_code_is_valid(code) || sites->count == SITES_MAX) {
        return;
    }
    for (size_t i = 0; i < sites->count; i++) {
        if (strcasecmp(sites->items[i], code) == 0) {
            return;
        }
    }
    sites->items[sites->count++] = code;
}

static void take_mp(struct directory_entry *entry, const struct context *context,
                    const char *site_code)
{
    struct arena *arena = &context->evidence->arena;
    struct evidence_published *mp =
        evidence_add(context->evidence, EVIDENCE_PUBLISHED, context->directory->settings.case_id,
                     clock_wall_us());
    const void *bytes;
    size_t length;

    bytes = entry_bytes(entry, "mSSMSCapabilities", arena, &length);
    if (bytes) {
        (void)capabilities_decode(arena, bytes, length, mp);
    }
    mp->forest = context->forest;
    mp->server = arena_strdup(arena, directory_record(context->directory)->server);
    mp->dn = entry_dn(entry, arena);
    mp->site_code = site_code;
    mp->name = entry_string(entry, "mSSMSMPName", arena);
    mp->dns_name = entry_string(entry, "dNSHostName", arena);
    mp->is_default = entry_boolean(entry, "mSSMSDefaultMP");
    if (!mp->version) {
        mp->version = entry_string(entry, "mSSMSVersion", arena);
    }
}

static bool take_object(struct directory_entry *entry, void *argument)
{
    struct context *context = argument;
    const char *code = entry_string(entry, "mSSMSSiteCode", &context->evidence->arena);

    site_codes_add(context->sites, code);
    if (entry_has(entry, "objectClass", "mSSMSManagementPoint")) {
        take_mp(entry, context, code);
    }
    return true;
}

void published_read(struct directory *directory, struct evidence_set *evidence,
                    struct site_codes *sites)
{
    static const char *const attributes[] = {
        "objectClass",    "mSSMSSiteCode", "mSSMSMPName",       "dNSHostName",
        "mSSMSDefaultMP", "mSSMSVersion",  "mSSMSCapabilities", NULL};
    const struct evidence_directory *record = directory_record(directory);
    struct context context = {directory, evidence,
                              domain_of_dn(&evidence->arena, record->root_context), sites};
    struct directory_query query = {
        .purpose = "sites and management points",
        .scope = SCOPE_SUBTREE,
        .filter = "(|(objectClass=mSSMSManagementPoint)(objectClass=mSSMSSite))",
        .attributes = attributes,
        .entries_max = OBJECTS_MAX};

    query.base = directory->global_catalog || !record->default_context
                     ? ""
                     : arena_printf(&evidence->arena, "CN=System Management,CN=System,%s",
                                    record->default_context);
    directory_search(directory, &query, take_object, &context, evidence);
}
