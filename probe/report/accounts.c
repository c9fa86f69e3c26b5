/* SPDX-License-Identifier: Apache-2.0 */
#include "report/accounts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/words.h"

enum { LDAP_PORT = 389, LONGEST_LIST = 400 };

/* What identifies an account: its SID, which outlives renaming, or its DN. */
static const char *key_of(const struct evidence_account *account)
{
    return account->sid ? account->sid : account->dn;
}

static int compare_accounts(const void *left, const void *right)
{
    const struct evidence_record *const *a = left;
    const struct evidence_record *const *b = right;
    const int order = strcasecmp(key_of((*a)->account), key_of((*b)->account));

    return order != 0 ? order : (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

static int compare_rows(const void *left, const void *right)
{
    const struct account_row *const *a = left;
    const struct account_row *const *b = right;

    return (*a)->first->id < (*b)->first->id ? -1 : (*a)->first->id > (*b)->first->id;
}

/* Takes over what `from` knows; false when it knows better. */
static bool take_number(int64_t *to, int64_t from)
{
    const bool agrees = *to == EVIDENCE_UNKNOWN || from == EVIDENCE_UNKNOWN || *to == from;

    *to = *to == EVIDENCE_UNKNOWN ? from : *to;
    return agrees;
}

static bool take_tri(enum evidence_tri *to, enum evidence_tri from)
{
    const bool agrees = *to == TRI_UNKNOWN || from == TRI_UNKNOWN || *to == from;

    *to = *to == TRI_UNKNOWN ? from : *to;
    return agrees;
}

/* Adds what another server shows of the account; false, and no change, when they disagree. */
static bool merge(struct evidence_account *account, const struct evidence_account *other)
{
    struct evidence_account merged = *account;
    bool agree = take_number(&merged.control, other->control);

    agree = take_number(&merged.etypes, other->etypes) && agree;
    agree = take_number(&merged.kvno, other->kvno) && agree;
    agree = take_number(&merged.password_set_at, other->password_set_at) && agree;
    agree = take_tri(&merged.enabled, other->enabled) && agree;
    agree = take_tri(&merged.locked, other->locked) && agree;
    agree = take_tri(&merged.password_expired, other->password_expired) && agree;
    if (!agree) {
        return false;
    }
    /* whenChanged is each server's own. */
    merged.changed_at =
        other->changed_at > merged.changed_at ? other->changed_at : merged.changed_at;
    merged.type = merged.type == ACCOUNT_KIND_UNKNOWN ? other->type : merged.type;
    merged.name = merged.name ? merged.name : other->name;
    merged.domain = merged.domain ? merged.domain : other->domain;
    merged.dns_host_name = merged.dns_host_name ? merged.dns_host_name : other->dns_host_name;
    if (merged.other_dns_name_count == 0) {
        merged.other_dns_names = other->other_dns_names;
        merged.other_dns_name_count = other->other_dns_name_count;
    }
    if (other->spn_count > merged.spn_count) {
        merged.spns = other->spns;
        merged.spn_count = other->spn_count;
    }
    *account = merged;
    return true;
}

/* The records that tell a domain's NetBIOS name: crossRefs and trusts. */
struct names {
    const struct evidence_record *records[256];
    size_t count;
};

static void gather_names(struct names *names, const struct case_view *view)
{
    const size_t room = sizeof(names->records) / sizeof(names->records[0]);

    names->count = 0;
    for (size_t i = 0; i < view->record_count && names->count < room; i++) {
        const struct evidence_record *record = view->records[i];

        if ((record->kind == EVIDENCE_DOMAIN && record->domain->netbios) ||
            (record->kind == EVIDENCE_TRUST && record->trust->flat_name)) {
            names->records[names->count++] = record;
        }
    }
}

static const char *netbios_of(const struct names *names, const char *domain)
{
    for (size_t i = 0; domain && i < names->count; i++) {
        const struct evidence_record *record = names->records[i];
        const bool own = record->kind == EVIDENCE_DOMAIN;

        if (strcasecmp(own ? record->domain->name : record->trust->partner, domain) == 0) {
            return own ? record->domain->netbios : record->trust->flat_name;
        }
    }
    return NULL;
}

static bool has_item(const char *list, const char *item)
{
    const size_t length = strlen(item);

    for (const char *at = list; (at = strstr(at, item)) != NULL; at += length) {
        if ((at == list || at[-1] == ' ') && (at[length] == '\0' || at[length] == ',')) {
            return true;
        }
    }
    return false;
}

static void add_server(struct account_table *table, struct account_row *row,
                       const struct evidence_account *account)
{
    const char *list = row->servers ? row->servers : "";
    struct buffer text = {0};

    if (account->server && account->server[0] != '\0' && strlen(list) < LONGEST_LIST) {
        say_address(account->server, account->port, LDAP_PORT, &text);
        if (!has_item(list, buffer_text(&text))) {
            row->servers = arena_printf(&table->arena, "%s%s%s", list, list[0] ? ", " : "",
                                        buffer_text(&text));
        }
    }
    buffer_release(&text);
}

static struct account_row *add_row(struct account_table *table,
                                   const struct evidence_record *record)
{
    struct account_row *row = arena_alloc(&table->arena, sizeof(*row));
    void *items = table->rows;
    struct account_row **place =
        arena_push(&table->arena, &items, &table->row_count, sizeof(*place));

    *place = row;
    table->rows = items;
    row->first = record;
    row->account = *record->account;
    return row;
}

/* Finds the rows: records of one account stand together. */
static void merge_records(struct account_table *table)
{
    struct account_row *row = NULL;

    for (size_t i = 0; i < table->record_count; i++) {
        const struct evidence_record *record = table->records[i];
        const bool same = row && strcasecmp(key_of(&row->account), key_of(record->account)) == 0;

        if (!same || !merge(&row->account, record->account)) {
            struct account_row *next = add_row(table, record);

            next->disputed = same;
            if (same) {
                row->disputed = true;
                next->mp = row->mp;
                next->client = row->client;
            }
            row = next;
        }
        row->mp = row->mp || record->account->role == ACCOUNT_MP_COMPUTER;
        row->client = row->client || record->account->role == ACCOUNT_CLIENT;
        add_server(table, row, record->account);
        table->row_of[i] = row;
    }
    qsort(table->rows, table->row_count, sizeof(struct account_row *), compare_rows);
}

static void label_rows(struct account_table *table)
{
    struct names names;

    gather_names(&names, table->view);
    for (size_t i = 0; i < table->row_count; i++) {
        struct account_row *row = table->rows[i];
        const char *netbios = netbios_of(&names, row->account.domain);
        const char *name = row->account.name ? row->account.name : "?";

        row->label = netbios ? arena_printf(&table->arena, "%s\\%s", netbios, name) : name;
    }
}

static void gather_records(struct account_table *table)
{
    void *items = NULL;

    for (size_t i = 0; i < table->view->record_count; i++) {
        if (table->view->records[i]->kind == EVIDENCE_ACCOUNT) {
            const struct evidence_record **place =
                arena_push(&table->arena, &items, &table->record_count,
                           sizeof(const struct evidence_record *));

            *place = table->view->records[i];
        }
    }
    if (table->record_count == 0) {
        return;
    }
    table->records = items;
    table->row_of = arena_alloc(&table->arena, table->record_count * sizeof(struct account_row *));
    qsort(table->records, table->record_count, sizeof(const struct evidence_record *),
          compare_accounts);
}

static int compare_holdings(const void *left, const void *right)
{
    const struct account_holding *a = left;
    const struct account_holding *b = right;
    const int order = strcasecmp(a->record->account->spn, b->record->account->spn);

    if (order != 0 || a->row == b->row) {
        return order != 0                      ? order
               : a->record->id < b->record->id ? -1
                                               : a->record->id > b->record->id;
    }
    return a->row->first->id < b->row->first->id ? -1 : 1;
}

static int compare_places(const void *left, const void *right)
{
    const struct account_holding *a = left;
    const struct account_holding *b = right;

    return a->record->id < b->record->id ? -1 : a->record->id > b->record->id;
}

static void find_holdings(struct account_table *table)
{
    struct account_holding *holdings =
        arena_alloc(&table->arena, (table->record_count + 1) * sizeof(*holdings));
    size_t count = 0;
    size_t kept = 0;

    for (size_t i = 0; i < table->record_count; i++) {
        const struct evidence_account *account = table->records[i]->account;

        if (account->role == ACCOUNT_SPN_OWNER && account->spn) {
            holdings[count++] =
                (struct account_holding){.record = table->records[i], .row = table->row_of[i]};
        }
    }
    qsort(holdings, count, sizeof(*holdings), compare_holdings);
    for (size_t i = 0; i < count; i++) {
        const struct account_holding *last = kept > 0 ? &holdings[kept - 1] : NULL;

        if (!last || last->row != holdings[i].row ||
            strcasecmp(last->record->account->spn, holdings[i].record->account->spn) != 0) {
            holdings[kept++] = holdings[i];
        }
    }
    qsort(holdings, kept, sizeof(*holdings), compare_places);
    table->holdings = holdings;
    table->holding_count = kept;
}

void account_table_init(struct account_table *table, const struct case_view *view)
{
    memset(table, 0, sizeof(*table));
    table->view = view;
    gather_records(table);
    if (table->record_count > 0) {
        merge_records(table);
        label_rows(table);
        find_holdings(table);
    }
}

void account_table_release(struct account_table *table)
{
    arena_release(&table->arena);
    memset(table, 0, sizeof(*table));
}
