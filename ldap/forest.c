/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/forest.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode/spn.h"
#include "ldap/account.h"
#include "ldap/owners.h"
#include "ldap/private.h"
#include "ldap/spn_set.h"
#include "ldap/trusts.h"

enum { BATCH = 20 }; /* names that one search asks for */

/* What a list needs of an account; a global catalog has all of it. */
static const char *const ATTRIBUTES[] = {"sAMAccountName",       "objectClass",
                                         "servicePrincipalName", "userAccountControl",
                                         "dNSHostName",          NULL};

/* A forest being read. */
struct forest {
    struct directory *directory;
    struct evidence_set *evidence;
    struct forest_list *list;
    void *holdings; /* struct forest_holding[] */
    struct spn_set seen;
    void *repeated; /* const char *[]: SPNs that may have several holders */
    size_t repeated_count;
    void *hosts; /* struct forest_host *[] */
    size_t host_count;
};

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

static void note_problem(struct forest_list *list, const char *problem)
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

static void add_holding(struct forest *forest, const struct evidence_account *account,
                        const char *spn, bool duplicate)
{
    struct forest_list *list = forest->list;
    struct arena *arena = &list->arena;
    const char *netbios = netbios_of(forest->evidence, account->domain);
    struct forest_holding *holding;

    if (list->holding_count == FOREST_HOLDINGS_MAX) {
        note_problem(list, "there are more SPNs to list than fit");
        return;
    }
    holding = arena_push(arena, &forest->holdings, &list->holding_count, sizeof(*holding));
    holding->spn = arena_strdup(arena, spn);
    holding->account = arena_strdup(arena, account->name ? account->name : account->dn);
    holding->label =
        netbios ? arena_printf(arena, "%s\\%s", netbios, holding->account) : holding->account;
    holding->domain = arena_strdup(arena, account->domain);
    holding->dn = arena_strdup(arena, account->dn);
    holding->kind = account->type;
    holding->enabled = account->enabled;
    holding->duplicate = duplicate;
    holding->host = host_of(arena, spn, holding->domain, &holding->with_port);
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

static bool take_account(struct directory_entry *entry, void *context)
{
    struct forest *forest = context;
    struct forest_list *list = forest->list;
    struct arena scratch = {0};
    const struct evidence_account *account = account_read(entry, forest->directory, &scratch);

    list->accounts++;
    for (size_t i = 0; i < account->spn_count; i++) {
        const char *spn = account->spns[i];

        if (!forest_is_http(spn)) {
            continue;
        }
        list->spns++;
        if (spn_set_add(&forest->seen, spn) && forest->repeated_count < FOREST_DUPLICATES_MAX) {
            const char **slot =
                arena_push(&list->arena, &forest->repeated, &forest->repeated_count, sizeof(*slot));

            *slot = arena_strdup(&list->arena, spn);
        }
        if (is_worth_listing(account, spn)) {
            add_holding(forest, account, spn, false);
        }
    }
    arena_release(&scratch);
    return true;
}

static bool search(struct forest *forest, const char *purpose, const char *filter,
                   directory_entry_function *function, void *context)
{
    const struct directory_query query = {.purpose = purpose,
                                          .base = directory_search_base(forest->directory),
                                          .scope = SCOPE_SUBTREE,
                                          .filter = filter,
                                          .attributes = ATTRIBUTES,
                                          .entries_max = SIZE_MAX};
    const bool whole =
        directory_search(forest->directory, &query, function, context, forest->evidence);

    if (!whole) {
        note_problem(forest->list,
                     arena_printf(&forest->list->arena,
                                  "the search for %s was not answered to its end", purpose));
    }
    return whole;
}

/* Some names that one search asks for, and what it finds. */
struct batch {
    struct forest *forest;
    const char **spns;
    struct forest_host **hosts;
    size_t count;
    size_t holders[BATCH]; /* of each SPN */
};

/* Marks the holding of an account that is listed already; false when there is none. */
static bool mark_holding(struct forest_list *list, struct forest_holding *holdings,
                         const struct evidence_account *account, const char *spn)
{
    for (size_t i = 0; i < list->holding_count; i++) {
        if (strcasecmp(holdings[i].spn, spn) == 0 && strcasecmp(holdings[i].dn, account->dn) == 0) {
            holdings[i].duplicate = true;
            return true;
        }
    }
    return false;
}

static bool take_holder(struct directory_entry *entry, void *context)
{
    struct batch *batch = context;
    struct forest *forest = batch->forest;
    struct arena scratch = {0};
    const struct evidence_account *account = account_read(entry, forest->directory, &scratch);

    for (size_t i = 0; i < account->spn_count; i++) {
        for (size_t j = 0; j < batch->count; j++) {
            if (strcasecmp(account->spns[i], batch->spns[j]) != 0) {
                continue;
            }
            batch->holders[j]++;
            if (!mark_holding(forest->list, forest->holdings, account, account->spns[i])) {
                add_holding(forest, account, account->spns[i], true);
            }
        }
    }
    arena_release(&scratch);
    return true;
}

/* One holder only: two SPNs with the same hash. */
static void unmark(struct forest *forest, const char *spn)
{
    struct forest_holding *holdings = forest->holdings;

    for (size_t i = 0; i < forest->list->holding_count; i++) {
        if (strcasecmp(holdings[i].spn, spn) == 0) {
            holdings[i].duplicate = false;
        }
    }
}

static int compare_texts(const void *left, const void *right)
{
    return strcasecmp(*(const char *const *)left, *(const char *const *)right);
}

static void drop_equal(const char **texts, size_t *count)
{
    size_t kept = 0;

    for (size_t i = 0; i < *count; i++) {
        if (kept == 0 || strcasecmp(texts[kept - 1], texts[i]) != 0) {
            texts[kept++] = texts[i];
        }
    }
    *count = kept;
}

static void find_duplicates(struct forest *forest)
{
    const char **spns = forest->repeated;

    if (forest->repeated_count == FOREST_DUPLICATES_MAX) {
        note_problem(forest->list, "there are more duplicates than are looked at");
    }
    if (forest->repeated_count > 0) {
        qsort(spns, forest->repeated_count, sizeof(*spns), compare_texts);
        drop_equal(spns, &forest->repeated_count);
    }
    for (size_t i = 0; i < forest->repeated_count; i += BATCH) {
        const size_t left = forest->repeated_count - i;
        struct batch batch = {
            .forest = forest, .spns = spns + i, .count = left < BATCH ? left : BATCH};
        struct buffer filter = {0};

        buffer_puts(&filter, "(|");
        for (size_t j = 0; j < batch.count; j++) {
            buffer_puts(&filter, "(servicePrincipalName=");
            filter_escape(&filter, batch.spns[j]);
            buffer_puts(&filter, ")");
        }
        buffer_puts(&filter, ")");
        search(forest, "holders of the same HTTP SPN", buffer_text(&filter), take_holder, &batch);
        for (size_t j = 0; j < batch.count; j++) {
            if (batch.holders[j] < 2) {
                unmark(forest, batch.spns[j]);
            }
        }
        buffer_release(&filter);
    }
}

static int compare_hosts(const void *left, const void *right)
{
    const struct forest_host *const one = *(struct forest_host *const *)left;
    const struct forest_host *const other = *(struct forest_host *const *)right;
    const int order = strcasecmp(one->name, other->name);

    return order != 0 ? order : strcasecmp(one->dns_name, other->dns_name);
}

/* One host for all holdings that name it. */
static void share_hosts(struct forest *forest)
{
    struct forest_holding *holdings = forest->holdings;
    struct forest_host **hosts;
    size_t kept = 0;

    for (size_t i = 0; i < forest->list->holding_count; i++) {
        if (holdings[i].host) {
            struct forest_host **slot = arena_push(&forest->list->arena, &forest->hosts,
                                                   &forest->host_count, sizeof(*slot));

            *slot = holdings[i].host;
        }
    }
    hosts = forest->hosts;
    if (forest->host_count == 0) {
        return;
    }
    qsort(hosts, forest->host_count, sizeof(*hosts), compare_hosts);
    for (size_t i = 0; i < forest->host_count; i++) {
        if (kept == 0 || compare_hosts(&hosts[kept - 1], &hosts[i]) != 0) {
            hosts[kept++] = hosts[i];
        }
    }
    forest->host_count = kept;
    for (size_t i = 0; i < forest->list->holding_count; i++) {
        if (holdings[i].host) {
            holdings[i].host = *(struct forest_host **)bsearch(&holdings[i].host, hosts, kept,
                                                               sizeof(*hosts), compare_hosts);
        }
    }
}

static bool take_computer(struct directory_entry *entry, void *context)
{
    struct batch *batch = context;
    struct arena scratch = {0};
    const struct evidence_account *account =
        account_read(entry, batch->forest->directory, &scratch);

    for (size_t i = 0; i < batch->count && account->type == ACCOUNT_COMPUTER; i++) {
        if (forest_is_computer_of(batch->hosts[i]->name, account->dns_host_name, account->name,
                                  account->domain)) {
            batch->hosts[i]->computer = TRI_YES;
        }
    }
    arena_release(&scratch);
    return true;
}

static void add_host_filter(struct buffer *filter, const char *host)
{
    char *label = strndup(host, strcspn(host, "."));

    if (!label) {
        abort();
    }
    if (strchr(host, '.')) {
        buffer_puts(filter, "(dNSHostName=");
        filter_escape(filter, host);
        buffer_puts(filter, ")");
    }
    buffer_puts(filter, "(sAMAccountName=");
    filter_escape(filter, label);
    buffer_puts(filter, "$)");
    free(label);
}

static void find_computers(struct forest *forest)
{
    struct forest_host **hosts;

    share_hosts(forest);
    hosts = forest->hosts;
    for (size_t i = 0; i < forest->host_count; i += BATCH) {
        const size_t left = forest->host_count - i;
        struct batch batch = {
            .forest = forest, .hosts = hosts + i, .count = left < BATCH ? left : BATCH};
        struct buffer filter = {0};
        bool whole;

        buffer_puts(&filter, "(&(objectClass=computer)(|");
        for (size_t j = 0; j < batch.count; j++) {
            add_host_filter(&filter, batch.hosts[j]->name);
        }
        buffer_puts(&filter, "))");
        whole =
            search(forest, "computers of these SPNs", buffer_text(&filter), take_computer, &batch);
        for (size_t j = 0; j < batch.count && whole; j++) {
            if (batch.hosts[j]->computer == TRI_UNKNOWN) {
                batch.hosts[j]->computer = TRI_NO;
            }
        }
        buffer_release(&filter);
    }
}

static int compare_holdings(const void *left, const void *right)
{
    const struct forest_holding *one = left;
    const struct forest_holding *other = right;
    const int order = strcasecmp(one->spn, other->spn);

    return order != 0 ? order : strcasecmp(one->dn, other->dn);
}

/* Drops SPNs of computers that are neither held twice nor of a host without an object. */
static void finish(struct forest *forest)
{
    struct forest_holding *holdings = forest->holdings;
    struct forest_list *list = forest->list;
    size_t kept = 0;

    for (size_t i = 0; i < list->holding_count; i++) {
        if (holdings[i].kind != ACCOUNT_COMPUTER || holdings[i].duplicate ||
            (holdings[i].host && holdings[i].host->computer == TRI_NO)) {
            holdings[kept++] = holdings[i];
        }
    }
    list->holding_count = kept;
    list->holdings = holdings;
    if (kept > 0) {
        qsort(holdings, kept, sizeof(*holdings), compare_holdings);
    }
}

void forest_read(struct directory *gc, struct directory *home, struct evidence_set *evidence,
                 struct forest_list *list)
{
    struct forest forest = {.directory = gc ? gc : home, .evidence = evidence, .list = list};
    const struct evidence_directory *record = directory_record(forest.directory);

    list->server = arena_strdup(&list->arena, record->server);
    list->port = record->port;
    list->forest = domain_of_dn(&list->arena, record->root_context);
    if (!gc) {
        note_problem(list, "no global catalog could be asked: only one domain was searched");
    }
    domains_read(home ? home : gc, evidence);
    search(&forest, "HTTP SPNs of the forest", "(servicePrincipalName=HTTP/*)", take_account,
           &forest);
    spn_set_release(&forest.seen);
    find_duplicates(&forest);
    find_computers(&forest);
    finish(&forest);
}
