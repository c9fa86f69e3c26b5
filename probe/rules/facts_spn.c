/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds the SPN that clients of the MP ask for, and whether directory servers agree. */
#include <string.h>

#include "rules/facts.h"
#include "rules/facts_directory.h"
#include "rules/forest.h"

const char *fact_spn(const struct case_view *view, struct arena *arena)
{
    const char *target = fact_target(view);

    if (view->run && view->run->spn) {
        return view->run->spn;
    }
    return target ? arena_printf(arena, "HTTP/%s", target) : NULL;
}

const char *fact_host_spn(const struct case_view *view, struct arena *arena)
{
    const char *spn = fact_spn(view, arena);
    const char *slash = spn ? strchr(spn, '/') : NULL;

    return slash ? arena_printf(arena, "HOST%s", slash) : NULL;
}

/* "host=alerter,appmgmt,...,http,...": is http among what host stands in for? */
static bool maps_http(const char *mapping)
{
    const char *at = name_starts(mapping, "host=") ? mapping + 5 : "";

    while (*at != '\0') {
        size_t length = strcspn(at, ",");

        if (length == 4 && name_starts(at, "http")) {
            return true;
        }
        at += length + (at[length] == ',');
    }
    return false;
}

enum evidence_tri fact_host_serves(const struct case_view *view)
{
    enum evidence_tri serves = TRI_UNKNOWN;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_directory *directory = view->records[i]->directory;

        if (view->records[i]->kind != EVIDENCE_DIRECTORY) {
            continue;
        }
        for (size_t k = 0; k < directory->spn_mapping_count; k++) {
            if (maps_http(directory->spn_mappings[k])) {
                return TRI_YES;
            }
            serves = TRI_NO;
        }
    }
    return serves;
}

static bool one_server_shows(const struct case_view *view, const char *spn,
                             const struct holders *holders)
{
    for (size_t i = 0; i < holders->count; i++) {
        const struct evidence_account *account = holders->items[i]->account;

        if (fact_holders_at(view, spn, account->server, account->port).count >= holders->count) {
            return true;
        }
    }
    return false;
}

/* Was HTTP asked for, and never answered in full? Then somebody may hold it. */
static bool search_failed(const struct case_view *view, const char *spn)
{
    bool failed = false;

    for (size_t i = 0; spn && i < view->record_count; i++) {
        const struct evidence_search *search = view->records[i]->search;

        if (view->records[i]->kind != EVIDENCE_SEARCH || !fact_search_asks(search, spn)) {
            continue;
        }
        if (fact_search_complete(search)) {
            return false;
        }
        failed = true;
    }
    return failed;
}

/* Who decides among the servers of one forest; nobody when neither SPN is held there. */
static struct ownership ownership_in(const struct case_view *view, struct arena *arena,
                                     const char *forest)
{
    const char *spn = fact_spn(view, arena);
    const char *host_spn = fact_host_spn(view, arena);
    struct holders hosts = fact_holders(view, arena, host_spn, forest);
    struct ownership ownership = {.holders = fact_holders(view, arena, spn, forest)};

    if (ownership.holders.count > 0) {
        ownership.held = spn;
        ownership.host = hosts.count > 0 ? hosts.items[0] : NULL;
    } else if (hosts.count > 0 && fact_host_serves(view) != TRI_NO && !search_failed(view, spn)) {
        ownership.held = host_spn;
        ownership.holders = hosts;
    }
    ownership.one_server = one_server_shows(view, ownership.held, &ownership.holders);
    return ownership;
}

struct ownership fact_ownership(const struct case_view *view, struct arena *arena)
{
    const char *forests[] = {
        fact_forest(view, arena, fact_client_domain(view, arena)),
        fact_forest(view, arena, fact_mp_domain(view, arena)),
    };

    for (size_t i = 0; i < sizeof(forests) / sizeof(forests[0]); i++) {
        struct ownership ownership = {.held = NULL};

        if (forests[i]) {
            ownership = ownership_in(view, arena, forests[i]);
        }
        if (ownership.held) {
            return ownership;
        }
    }
    return ownership_in(view, arena, NULL);
}

bool known_good_says(const char *statement, const char *spn, const char *account)
{
    const size_t length = strlen(spn);
    const char *backslash = strrchr(statement, '\\');

    return account && name_starts(statement, spn) && statement[length] == '=' &&
           same_name(backslash ? backslash + 1 : statement + length + 1, account);
}

bool fact_known_good(const struct case_view *view, const char *spn,
                     const struct evidence_account *account)
{
    const struct evidence_run *run = view->run;

    for (size_t i = 0; run && i < run->known_good_count; i++) {
        if (known_good_says(run->known_good[i], spn, account->name)) {
            return true;
        }
    }
    return false;
}

/* The MP accepts a ticket that is sealed for its computer, and not this one. */
static bool host_alone_accepted(const struct case_view *view)
{
    struct endpoint endpoints[ENDPOINT_LIMIT];
    size_t count = fact_endpoints(view, endpoints);

    for (size_t i = 0; i < count; i++) {
        if (fact_answer(endpoints[i].host, endpoints[i].anonymous) == ANSWER_ACCEPTED &&
            fact_answer(endpoints[i].negotiate, endpoints[i].anonymous) != ANSWER_ACCEPTED) {
            return true;
        }
    }
    return false;
}

enum key_owner fact_key_owner(const struct case_view *view, const struct evidence_account *holder)
{
    const struct evidence_record *computer = fact_mp_computer(view);
    struct ladder ladder = fact_ladder(view, STEP_TICKET);
    const struct krb_ticket *ticket = ladder.issued ? ladder.issued->kdc->reply->ticket : NULL;
    enum evidence_tri fits = ticket ? fact_key_fits(holder, ticket) : TRI_UNKNOWN;
    enum evidence_tri mp = TRI_UNKNOWN;

    if (ticket && computer && !fact_same_account(computer->account, holder)) {
        struct evidence_account account = fact_account(view, computer);

        mp = fact_key_fits(&account, ticket);
    }
    if (fits == TRI_YES) {
        return mp == TRI_YES ? KEY_OWNER_UNKNOWN : KEY_OWNER_HOLDER;
    }
    if (fits == TRI_NO && mp == TRI_YES) {
        return host_alone_accepted(view) ? KEY_OWNER_UNKNOWN : KEY_OWNER_MP;
    }
    return fits == TRI_NO ? KEY_OWNER_OTHER : KEY_OWNER_UNKNOWN;
}

bool fact_owner_named(const struct case_view *view, struct arena *arena)
{
    struct ownership ownership = fact_ownership(view, arena);
    struct evidence_account owner;

    if (ownership.holders.count != 1) {
        return fact_spn_duplicate(view, arena, &ownership);
    }
    owner = fact_account(view, ownership.holders.items[0]);
    return fact_is_mp(view, &owner) == TRI_NO && fact_key_owner(view, &owner) != KEY_OWNER_MP;
}

struct spn_absence fact_spn_absent(const struct case_view *view, struct arena *arena)
{
    const char *forest = fact_forest(view, arena, fact_mp_domain(view, arena));
    const char *host_spn = fact_host_spn(view, arena);
    struct spn_absence absence = {.forest = forest};

    if (!forest || fact_ownership(view, arena).held) {
        return absence;
    }
    absence.not_mapped = fact_holders(view, arena, host_spn, NULL).count > 0;
    absence.host_search = fact_spn_search(view, arena, host_spn, forest);
    if (absence.host_search || absence.not_mapped) {
        absence.search = fact_spn_search(view, arena, fact_spn(view, arena), forest);
    }
    return absence;
}

/* The domain that both searches cover: of one forest, a catalog's covers them all. False when
   there is none; NULL is the whole forest. */
static bool common_domain(const struct case_view *view, struct arena *arena,
                          const struct evidence_search *a, const struct evidence_search *b,
                          const char **domain_out)
{
    const char *forest = fact_server_forest(view, arena, a->server, a->port);
    const char *domain_of_a = fact_dn_domain(arena, a->base);
    const char *domain_of_b = fact_dn_domain(arena, b->base);

    *domain_out = domain_of_a ? domain_of_a : domain_of_b;
    return forest && same_name(forest, fact_server_forest(view, arena, b->server, b->port)) &&
           (!domain_of_a || !domain_of_b || same_name(domain_of_a, domain_of_b));
}

/* Leaves those of the domain; all when it is NULL. */
static void keep_domain(struct arena *arena, struct holders *holders, const char *domain)
{
    size_t kept = 0;

    for (size_t i = 0; domain && i < holders->count; i++) {
        if (same_name(fact_dn_domain(arena, holders->items[i]->account->dn), domain)) {
            holders->items[kept++] = holders->items[i];
        }
    }
    holders->count = domain ? kept : holders->count;
}

static bool same_holders(const struct holders *a, const struct holders *b)
{
    size_t common = 0;

    for (size_t i = 0; i < a->count; i++) {
        for (size_t k = 0; k < b->count; k++) {
            common += fact_same_account(a->items[i]->account, b->items[k]->account);
        }
    }
    return common == a->count && common == b->count;
}

/* The next answered search for the SPN, from index `at` on; the number of records when none is. */
static size_t next_search(const struct case_view *view, const char *spn, size_t at)
{
    while (at < view->record_count && !(view->records[at]->kind == EVIDENCE_SEARCH &&
                                        fact_search_complete(view->records[at]->search) &&
                                        fact_search_asks(view->records[at]->search, spn))) {
        at++;
    }
    return at;
}

static bool searches_differ(const struct case_view *view, struct arena *arena, const char *spn,
                            const struct evidence_search *a, const struct evidence_search *b)
{
    struct holders of_a = fact_holders_at(view, spn, a->server, a->port);
    struct holders of_b = fact_holders_at(view, spn, b->server, b->port);
    const char *domain;

    if (!common_domain(view, arena, a, b, &domain)) {
        return false;
    }
    keep_domain(arena, &of_a, domain);
    keep_domain(arena, &of_b, domain);
    return !same_holders(&of_a, &of_b);
}

bool fact_replicas_differ(const struct case_view *view, struct arena *arena, const char *spn,
                          const struct evidence_record *searches_out[2])
{
    for (size_t i = next_search(view, spn, 0); i < view->record_count;
         i = next_search(view, spn, i + 1)) {
        for (size_t k = next_search(view, spn, i + 1); k < view->record_count;
             k = next_search(view, spn, k + 1)) {
            if (searches_differ(view, arena, spn, view->records[i]->search,
                                view->records[k]->search)) {
                searches_out[0] = view->records[i];
                searches_out[1] = view->records[k];
                return true;
            }
        }
    }
    return false;
}

bool fact_spn_duplicate(const struct case_view *view, struct arena *arena,
                        const struct ownership *ownership)
{
    const struct evidence_record *searches[2];

    return ownership->holders.count > 1 &&
           (ownership->one_server || !fact_replicas_differ(view, arena, ownership->held, searches));
}
