/* SPDX-License-Identifier: Apache-2.0 */
/* Directory servers, their forests, and what was searched for. */
#include <string.h>

#include "codes/codes.h"
#include "rules/facts.h"
#include "rules/facts_directory.h"

enum {
    PORT_GLOBAL_CATALOG = 3268,
    PORT_GLOBAL_CATALOG_TLS = 3269,
};

/* The length of the first component of a DN; a comma that is escaped does not end it. */
static size_t component_length(const char *dn)
{
    size_t length = 0;

    while (dn[length] != '\0' && dn[length] != ',') {
        length += dn[length] == '\\' && dn[length + 1] != '\0' ? 2 : 1;
    }
    return length;
}

const char *fact_dn_domain(struct arena *arena, const char *dn)
{
    const char *domain = NULL;

    while (dn && *dn != '\0') {
        size_t length = component_length(dn);

        if (length > 3 && (dn[0] == 'D' || dn[0] == 'd') && (dn[1] == 'C' || dn[1] == 'c') &&
            dn[2] == '=') {
            domain = domain ? arena_printf(arena, "%s.%.*s", domain, (int)(length - 3), dn + 3)
                            : arena_strndup(arena, dn + 3, length - 3);
        }
        dn += length;
        dn += *dn == ',';
    }
    return domain;
}

static const struct evidence_directory *find_server(const struct case_view *view,
                                                    const char *server, int64_t port)
{
    const struct evidence_directory *found = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_directory *directory = view->records[i]->directory;

        if (view->records[i]->kind == EVIDENCE_DIRECTORY && same_name(directory->server, server) &&
            (!found || directory->port == port)) {
            found = directory;
        }
    }
    return found;
}

const char *fact_server_forest(const struct case_view *view, struct arena *arena,
                               const char *server, int64_t port)
{
    const struct evidence_directory *directory = find_server(view, server, port);
    const char *root = directory ? fact_dn_domain(arena, directory->root_context) : NULL;

    return root || !directory ? root : fact_forest(view, arena, directory->domain);
}

const char *fact_forest(const struct case_view *view, struct arena *arena, const char *domain)
{
    const char *root = NULL;

    for (size_t i = 0; domain && i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DOMAIN && same_name(record->domain->name, domain) &&
            record->domain->forest) {
            return record->domain->forest;
        }
        if (record->kind == EVIDENCE_DIRECTORY && !root && record->directory->root_context &&
            (same_name(record->directory->domain, domain) ||
             same_name(fact_dn_domain(arena, record->directory->default_context), domain))) {
            root = fact_dn_domain(arena, record->directory->root_context);
        }
    }
    return root;
}

const char *fact_client_domain(const struct case_view *view, struct arena *arena)
{
    const struct evidence_record *account = fact_client_account(view);
    const char *realm = fact_client_realm(view);

    if (realm || !account) {
        return realm;
    }
    return account->account->domain ? account->account->domain
                                    : fact_dn_domain(arena, account->account->dn);
}

/* The longer of two domains that the MP's name lies in. */
static const char *nearer(const char *target, const char *found, const char *domain)
{
    if (!domain || !name_is_within(target, domain) || same_name(target, domain)) {
        return found;
    }
    return !found || strlen(domain) > strlen(found) ? domain : found;
}

/* The forest that owns a DNS suffix without a domain of its own, as a trust's names tell; whether
   the suffix is routed is another question. */
static const char *suffix_owner(const struct case_view *view, const char *target)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_trust *trust = view->records[i]->trust;

        for (size_t k = 0; view->records[i]->kind == EVIDENCE_TRUST && k < trust->name_count; k++) {
            if (trust->names[k].kind == TRUST_NAME_TOP_LEVEL && trust->names[k].name &&
                name_is_within(target, trust->names[k].name)) {
                return trust->partner;
            }
        }
    }
    return NULL;
}

const char *fact_mp_domain(const struct case_view *view, struct arena *arena)
{
    const struct evidence_record *computer = fact_mp_computer(view);
    const char *target = fact_target(view);
    const char *found = NULL;

    if (computer) {
        return computer->account->domain ? computer->account->domain
                                         : fact_dn_domain(arena, computer->account->dn);
    }
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DOMAIN) {
            found = nearer(target, found, record->domain->name);
        } else if (record->kind == EVIDENCE_DIRECTORY) {
            found = nearer(target, found, record->directory->domain);
        } else if (record->kind == EVIDENCE_TRUST) {
            found = nearer(target, found, record->trust->partner);
        } else if (record->kind == EVIDENCE_DNS && record->dns->outcome == DNS_ANSWER) {
            found = nearer(target, found, fact_srv_realm(record->dns));
        }
    }
    return found ? found : suffix_owner(view, target);
}

bool fact_search_done(const struct evidence_search *search)
{
    return search->outcome == OUTCOME_REPLY && (search->result == DIRECTORY_CODE_SUCCESS ||
                                                search->result == DIRECTORY_CODE_NO_SUCH_OBJECT);
}

bool fact_search_complete(const struct evidence_search *search)
{
    return search->outcome == OUTCOME_REPLY && search->result == DIRECTORY_CODE_SUCCESS;
}

/* The place behind "servicePrincipalName=" in a filter, from `at` on; NULL when there is none. */
static const char *next_clause(const char *at)
{
    static const char attribute[] = "serviceprincipalname=";
    const size_t length = sizeof(attribute) - 1;

    for (; *at != '\0'; at++) {
        if (name_starts(at, attribute)) {
            return at + length;
        }
    }
    return NULL;
}

bool fact_search_asks(const struct evidence_search *search, const char *spn)
{
    const char *at = search->filter;
    const size_t length = strlen(spn);

    while (at && (at = next_clause(at)) != NULL) {
        if (name_starts(at, spn) && (at[length] == ')' || at[length] == '*')) {
            return true;
        }
    }
    return false;
}

static bool is_catalog_port(int64_t port)
{
    return port == PORT_GLOBAL_CATALOG || port == PORT_GLOBAL_CATALOG_TLS;
}

bool fact_asked_as_catalog(const struct evidence_directory *directory)
{
    return is_catalog_port(directory->port);
}

const struct evidence_record *fact_spn_search(const struct case_view *view, struct arena *arena,
                                              const char *spn, const char *forest)
{
    for (size_t i = 0; spn && i < view->record_count; i++) {
        const struct evidence_search *search = view->records[i]->search;
        const struct evidence_directory *server;

        if (view->records[i]->kind != EVIDENCE_SEARCH || !fact_search_complete(search) ||
            !fact_search_asks(search, spn)) {
            continue;
        }
        server = find_server(view, search->server, search->port);
        if ((search->base && search->base[0] != '\0') ||
            (!is_catalog_port(search->port) &&
             !(server && server->port == search->port && server->global_catalog == TRI_YES))) {
            continue;
        }
        if (!forest ||
            same_name(fact_server_forest(view, arena, search->server, search->port), forest)) {
            return view->records[i];
        }
    }
    return NULL;
}
