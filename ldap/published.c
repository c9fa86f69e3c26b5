/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/published.h"

#include "decode/capabilities.h"
#include "ldap/owners.h"
#include "ldap/private.h"
#include "ldap/search.h"

enum { MPS_MAX = 5000 };

struct context {
    struct directory *directory;
    struct evidence_set *evidence;
    const char *forest;
};

static bool take_mp(struct directory_entry *entry, void *argument)
{
    struct context *context = argument;
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
    mp->site_code = entry_string(entry, "mSSMSSiteCode", arena);
    mp->name = entry_string(entry, "mSSMSMPName", arena);
    mp->dns_name = entry_string(entry, "dNSHostName", arena);
    mp->is_default = entry_boolean(entry, "mSSMSDefaultMP");
    if (!mp->version) {
        mp->version = entry_string(entry, "mSSMSVersion", arena);
    }
    return true;
}

void published_read(struct directory *directory, struct evidence_set *evidence)
{
    static const char *const attributes[] = {
        "mSSMSSiteCode", "mSSMSMPName",       "dNSHostName", "mSSMSDefaultMP",
        "mSSMSVersion",  "mSSMSCapabilities", NULL};
    const struct evidence_directory *record = directory_record(directory);
    struct context context = {directory, evidence,
                              domain_of_dn(&evidence->arena, record->root_context)};
    struct directory_query query = {.purpose = "management points",
                                    .scope = SCOPE_SUBTREE,
                                    .filter = "(objectClass=mSSMSManagementPoint)",
                                    .attributes = attributes,
                                    .entries_max = MPS_MAX};

    query.base = directory->global_catalog || !record->default_context
                     ? ""
                     : arena_printf(&evidence->arena, "CN=System Management,CN=System,%s",
                                    record->default_context);
    directory_search(directory, &query, take_mp, &context, evidence);
}
