/* SPDX-License-Identifier: Apache-2.0 */
/* The second half of reading forests: what the first half could only suspect is asked for. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode/spn.h"
#include "ldap/account.h"
#include "ldap/forest_run.h"

enum { BATCH = 50 }; /* names that one search asks for */

/* Some names that one search asks for, and what it finds. */
struct batch {
    struct forest_run *run;
    const char **spns;
    struct forest_host **hosts;
    size_t count;
    size_t holders[FOREST_PLACES_MAX][BATCH]; /* of each SPN */
};

static bool is_listed(const struct forest_run *run, const struct evidence_account *account,
                      const char *spn)
{
    const struct forest_holding *holdings = run->holdings;

    for (size_t i = 0; i < run->list->holding_count; i++) {
        if (strcasecmp(holdings[i].spn, spn) == 0 && strcasecmp(holdings[i].dn, account->dn) == 0) {
            return true;
        }
    }
    return false;
}

static bool take_holder(struct directory_entry *entry, void *context)
{
    struct batch *batch = context;
    struct forest_run *run = batch->run;
    struct arena scratch = {0};
    const struct evidence_account *account = account_read(entry, run->directory, &scratch);

    for (size_t i = 0; i < account->spn_count; i++) {
        for (size_t j = 0; j < batch->count; j++) {
            if (strcasecmp(account->spns[i], batch->spns[j]) != 0) {
                continue;
            }
            batch->holders[run->at][j]++;
            if (!is_listed(run, account, account->spns[i])) {
                forest_add_holding(run, account, account->spns[i]);
            }
        }
    }
    arena_release(&scratch);
    return true;
}

/* Marks the holdings of an SPN by how many hold it in which forest. Only one does when two SPNs
   have the same hash. */
static void mark(const struct batch *batch, size_t spn)
{
    const struct forest_run *run = batch->run;
    struct forest_holding *holdings = run->holdings;
    size_t forests = 0;

    for (size_t i = 0; i < run->source_count; i++) {
        forests += batch->holders[i][spn] > 0;
    }
    for (size_t i = 0; i < run->list->holding_count; i++) {
        if (strcasecmp(holdings[i].spn, batch->spns[spn]) == 0) {
            holdings[i].duplicate = batch->holders[holdings[i].place][spn] > 1;
            holdings[i].across = forests > 1 && forest_names_full_host(holdings[i].spn);
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

static void add_spn_filter(struct buffer *filter, const char *spn)
{
    buffer_puts(filter, "(servicePrincipalName=");
    filter_escape(filter, spn);
    buffer_puts(filter, ")");
}

void forest_find_duplicates(struct forest_run *run)
{
    const char **spns = run->repeated;

    if (run->repeated_count == FOREST_DUPLICATES_MAX) {
        forest_note_problem(run->list, "there are more duplicates than are looked at");
    }
    if (run->repeated_count > 0) {
        qsort(spns, run->repeated_count, sizeof(*spns), compare_texts);
        drop_equal(spns, &run->repeated_count);
    }
    for (size_t i = 0; i < run->repeated_count; i += BATCH) {
        const size_t left = run->repeated_count - i;
        struct batch batch = {.run = run, .spns = spns + i, .count = left < BATCH ? left : BATCH};
        struct buffer filter = {0};

        buffer_puts(&filter, "(|");
        for (size_t j = 0; j < batch.count; j++) {
            add_spn_filter(&filter, batch.spns[j]);
        }
        buffer_puts(&filter, ")");
        for (size_t j = 0; j < run->source_count; j++) {
            forest_turn_to(run, j);
            forest_search(run, "holders of the same HTTP SPN", buffer_text(&filter), take_holder,
                          &batch);
        }
        for (size_t j = 0; j < batch.count; j++) {
            mark(&batch, j);
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
static void share_hosts(struct forest_run *run)
{
    struct forest_holding *holdings = run->holdings;
    struct forest_host **hosts;
    size_t kept = 0;

    for (size_t i = 0; i < run->list->holding_count; i++) {
        if (holdings[i].host) {
            struct forest_host **slot =
                arena_push(&run->list->arena, &run->hosts, &run->host_count, sizeof(*slot));

            *slot = holdings[i].host;
        }
    }
    hosts = run->hosts;
    if (run->host_count == 0) {
        return;
    }
    qsort(hosts, run->host_count, sizeof(*hosts), compare_hosts);
    for (size_t i = 0; i < run->host_count; i++) {
        if (kept == 0 || compare_hosts(&hosts[kept - 1], &hosts[i]) != 0) {
            hosts[kept++] = hosts[i];
        }
    }
    run->host_count = kept;
    for (size_t i = 0; i < run->list->holding_count; i++) {
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
    const struct evidence_account *account = account_read(entry, batch->run->directory, &scratch);

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

void forest_find_computers(struct forest_run *run)
{
    struct forest_host **hosts;

    share_hosts(run);
    hosts = run->hosts;
    for (size_t i = 0; i < run->host_count; i += BATCH) {
        const size_t left = run->host_count - i;
        struct batch batch = {.run = run, .hosts = hosts + i, .count = left < BATCH ? left : BATCH};
        struct buffer filter = {0};
        bool whole = true;

        buffer_puts(&filter, "(&(objectClass=computer)(|");
        for (size_t j = 0; j < batch.count; j++) {
            add_host_filter(&filter, batch.hosts[j]->name);
        }
        buffer_puts(&filter, "))");
        for (size_t j = 0; j < run->source_count; j++) {
            forest_turn_to(run, j);
            whole = forest_search(run, "computers of these SPNs", buffer_text(&filter),
                                  take_computer, &batch) &&
                    whole;
        }
        for (size_t j = 0; j < batch.count && whole; j++) {
            if (batch.hosts[j]->computer == TRI_UNKNOWN) {
                batch.hosts[j]->computer = TRI_NO;
            }
        }
        buffer_release(&filter);
    }
}
