/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/forest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode/spn.h"
#include "ldap/account.h"
#include "ldap/forest_run.h"
#include "ldap/glance.h"
#include "ldap/owners.h"
#include "ldap/partition.h"
#include "ldap/private.h"
#include "ldap/streams.h"
#include "ldap/trusts.h"

#define HTTP_SPNS   "HTTP SPNs of the forest"
#define HTTP_FILTER "(servicePrincipalName=HTTP/*)"

/* objectGUID is what streams tell their parts by. */
const char *const FOREST_ATTRIBUTES[] = {
    "sAMAccountName", "objectClass", "servicePrincipalName", "userAccountControl", "dNSHostName",
    "objectGUID",     NULL};

bool forest_is_http(const char *spn)
{
    return strncasecmp(spn, "HTTP/", 5) == 0;
}

/* Whether `name` is what `text` begins with, up to the sign or the end. */
static bool is_label(const char *name, const char *text, const char *sign)
{
    const size_t length = text ? strcspn(text, sign) : 0;

    return length > 0 && strlen(name) == length && strncasecmp(name, text, length) == 0;
}

bool forest_is_own_name(const char *host, const char *dns_host_name, const char *account)
{
    return (dns_host_name && strcasecmp(host, dns_host_name) == 0) ||
           is_label(host, dns_host_name, ".") || is_label(host, account, "$");
}

bool forest_is_computer_of(const char *host, const char *dns_host_name, const char *account,
                           const char *domain)
{
    const size_t label = strcspn(host, ".");

    if (forest_is_own_name(host, dns_host_name, account)) {
        return true;
    }
    return host[label] == '.' && account && domain && strcspn(account, "$") == label &&
           strncasecmp(account, host, label) == 0 && strcasecmp(host + label + 1, domain) == 0;
}

bool forest_names_full_host(const char *spn)
{
    const char *slash = strchr(spn, '/');

    return slash && memchr(slash, '.', strcspn(slash, ":")) != NULL;
}

void forest_note_problem(struct forest_list *list, const char *problem)
{
    list->problem = list->problem ? list->problem : problem;
}

static const char *netbios_of(const struct evidence_set *evidence, const char *domain)
{
    for (size_t i = 0; domain && i < evidence->count; i++) {
        const struct evidence_record *record = &evidence->records[i];

        if (record->kind == EVIDENCE_DOMAIN && record->domain->name &&
            strcasecmp(record->domain->name, domain) == 0) {
            return record->domain->netbios;
        }
    }
    return NULL;
}

static bool is_numeric(const char *host)
{
    return strchr(host, ':') || strspn(host, "0123456789.") == strlen(host);
}

/* The host of an SPN, a record for each name (and domain, for a short name) once it is shared. */
static struct forest_host *host_of(struct arena *arena, const char *spn, const char *domain,
                                   bool *with_port)
{
    struct forest_host *host;
    struct spn parts;

    *with_port = false;
    if (!spn_parse(arena, spn, &parts)) {
        return NULL;
    }
    *with_port = parts.port != EVIDENCE_UNKNOWN;
    if (is_numeric(parts.host)) {
        return NULL;
    }
    host = arena_alloc(arena, sizeof(*host));
    host->name = parts.host;
    host->dns_name = strchr(parts.host, '.') || !domain
                         ? parts.host
                         : arena_printf(arena, "%s.%s", parts.host, domain);
    return host;
}

void forest_add_holding(struct forest_run *run, const struct evidence_account *account,
                        const char *spn)
{
    struct forest_list *list = run->list;
    struct arena *arena = &list->arena;
    const char *netbios = netbios_of(run->evidence, account->domain);
    struct forest_holding *holding;

    if (list->holding_count == FOREST_HOLDINGS_MAX) {
        forest_note_problem(list, "there are more SPNs to list than fit");
        return;
    }
    holding = arena_push(arena, &run->holdings, &list->holding_count, sizeof(*holding));
    holding->spn = arena_strdup(arena, spn);
    holding->account = arena_strdup(arena, account->name ? account->name : account->dn);
    holding->label =
        netbios ? arena_printf(arena, "%s\\%s", netbios, holding->account) : holding->account;
    holding->domain = arena_strdup(arena, account->domain);
    holding->dn = arena_strdup(arena, account->dn);
    holding->place = run->at;
    holding->kind = account->type;
    holding->enabled = account->enabled;
    holding->host = host_of(arena, spn, holding->domain, &holding->with_port);
    holding->own_host =
        holding->host && forest_is_computer_of(holding->host->name, account->dns_host_name,
                                               account->name, account->domain);
}

/* An SPN on a computer is listed only if it names another host; whether that one exists is asked
   later. */
static bool is_worth_listing(const struct evidence_account *account, const char *spn)
{
    struct arena scratch = {0};
    struct spn parts;
    bool worth = account->type != ACCOUNT_COMPUTER;

    if (!worth && spn_parse(&scratch, spn, &parts)) {
        worth = !forest_is_own_name(parts.host, account->dns_host_name, account->name);
    }
    arena_release(&scratch);
    return worth;
}

/* Short names mean something in their own forest only. */
static void note_spn(const char *spn, size_t length, void *context)
{
    struct forest_run *run = context;
    const bool full = memchr(spn, '.', length) != NULL;

    run->list->places[run->at].spns++;
    if (spn_set_add(&run->seen, spn, length, full ? 0 : (unsigned)run->at + 1) &&
        run->repeated_count < FOREST_DUPLICATES_MAX) {
        const char **slot =
            arena_push(&run->list->arena, &run->repeated, &run->repeated_count, sizeof(*slot));

        *slot = arena_strndup(&run->list->arena, spn, length);
    }
}

static bool take_account(struct directory_entry *entry, void *context)
{
    struct forest_run *run = context;
    struct arena scratch = {0};
    const struct evidence_account *account;

    run->list->places[run->at].accounts++;
    if (glance_own_spns(entry, note_spn, run) >= 0) {
        return true;
    }
    account = account_read(entry, run->directory, &scratch);
    for (size_t i = 0; i < account->spn_count; i++) {
        const char *spn = account->spns[i];

        if (!forest_is_http(spn)) {
            continue;
        }
        note_spn(spn, strlen(spn), run);
        if (is_worth_listing(account, spn)) {
            forest_add_holding(run, account, spn);
        }
    }
    arena_release(&scratch);
    return true;
}

void forest_turn_to(struct forest_run *run, size_t source)
{
    const struct forest_source *from = &run->sources[source];

    run->at = source;
    run->directory = from->gc ? from->gc : from->home;
}

static struct directory_query query_of(const struct forest_run *run, const char *purpose,
                                       const char *filter)
{
    return (struct directory_query){.purpose = purpose,
                                    .base = directory_search_base(run->directory),
                                    .scope = SCOPE_SUBTREE,
                                    .filter = filter,
                                    .attributes = FOREST_ATTRIBUTES,
                                    .entries_max = FOREST_ACCOUNTS_MAX};
}

static void note_broken(struct forest_run *run, const char *purpose)
{
    forest_note_problem(
        run->list,
        arena_printf(&run->list->arena, "the search for %s was not answered to its end", purpose));
}

bool forest_search(struct forest_run *run, const char *purpose, const char *filter,
                   directory_entry_function *function, void *context)
{
    const struct directory_query query = query_of(run, purpose, filter);
    const bool whole = directory_search(run->directory, &query, function, context, run->evidence);

    if (!whole) {
        note_broken(run, purpose);
    }
    return whole;
}

/* Everything that holds an HTTP SPN. False when the server is no good for streams. */
static bool read_accounts(struct forest_run *run)
{
    const struct directory_query query = query_of(run, HTTP_SPNS, HTTP_FILTER);
    const struct streams_options options = {.most = run->streams, .open = directory_open_another};
    const enum streams_end end = directory_search_streams(run->directory, &query, &options,
                                                          take_account, run, run->evidence);

    if (end == STREAMS_CUT) {
        note_broken(run, HTTP_SPNS);
    }
    return end != STREAMS_MISLED;
}

static int compare_holdings(const void *left, const void *right)
{
    const struct forest_holding *one = left;
    const struct forest_holding *other = right;
    const int order = strcasecmp(one->spn, other->spn);

    return order != 0 ? order : strcasecmp(one->dn, other->dn);
}

/* Drops SPNs of computers about which there is nothing to say. */
static void finish(struct forest_run *run)
{
    struct forest_holding *holdings = run->holdings;
    struct forest_list *list = run->list;
    size_t kept = 0;

    for (size_t i = 0; i < list->holding_count; i++) {
        const struct forest_holding *one = &holdings[i];

        if (one->kind != ACCOUNT_COMPUTER || one->duplicate || one->across ||
            (one->host && !one->own_host && one->host->computer != TRI_UNKNOWN)) {
            holdings[kept++] = *one;
        }
    }
    list->holding_count = kept;
    list->holdings = holdings;
    if (kept > 0) {
        qsort(holdings, kept, sizeof(*holdings), compare_holdings);
    }
}

/* False when it has to be read again, in one stream. */
static bool read_forest(struct forest_run *run, size_t source)
{
    const struct forest_source *from = &run->sources[source];
    struct forest_place *place = &run->list->places[source];
    const struct evidence_directory *record;

    forest_turn_to(run, source);
    record = directory_record(run->directory);
    place->server = arena_strdup(&run->list->arena, record->server);
    place->port = record->port;
    place->forest = domain_of_dn(&run->list->arena, record->root_context);
    if (!from->gc) {
        forest_note_problem(run->list,
                            "no global catalog could be asked: only one domain was searched");
    }
    domains_read(from->home ? from->home : from->gc, run->evidence);
    return read_accounts(run);
}

/* Forgets what was read of any forest; what it took of the arena stays there. */
static void forget(struct forest_run *run)
{
    spn_set_release(&run->seen);
    run->repeated = NULL;
    run->repeated_count = 0;
    run->holdings = NULL;
    run->list->holding_count = 0;
    for (size_t i = 0; i < run->source_count; i++) {
        run->list->places[i].accounts = 0;
        run->list->places[i].spns = 0;
    }
}

static bool read_forests(struct forest_run *run)
{
    for (size_t i = 0; i < run->source_count; i++) {
        if (!read_forest(run, i)) {
            return false;
        }
    }
    return true;
}

void forest_read(const struct forest_source *sources, size_t count, struct evidence_set *evidence,
                 struct forest_list *list)
{
    struct forest_run run = {.sources = sources,
                             .source_count = count,
                             .streams = PARTITION_STREAMS_MAX,
                             .evidence = evidence,
                             .list = list};

    if (!read_forests(&run)) {
        forget(&run);
        run.streams = 1;
        read_forests(&run);
    }
    if (run.seen.full) {
        forest_note_problem(list, "there are more SPNs than are compared for duplicates");
    }
    spn_set_release(&run.seen);
    forest_find_duplicates(&run);
    forest_find_computers(&run);
    finish(&run);
}
