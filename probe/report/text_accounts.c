/* SPDX-License-Identifier: Apache-2.0 */
/* Two tables: which account holds which SPN, and the accounts. */
#include <inttypes.h>
#include <string.h>

#include "report/accounts.h"
#include "report/text.h"
#include "report/words.h"

enum {
    DETAIL_INDENT = LAYOUT_INDENT + 4,
    LONGEST_SPN = 36,  /* the widest column; behind a longer one the row goes on in the next line */
    LONGEST_NAME = 22, /* of an account */
    LEAST_ROWS = 40,   /* shown without -v */
    LEAST_SPNS = 40,   /* of one account, with -v */
};

static int column_behind(int column, size_t longest, size_t limit)
{
    return column + (int)(longest < limit ? longest : limit) + 2;
}

static void put_more(struct layout *layout, size_t left)
{
    if (left > 0) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_printf(layout, DETAIL_INDENT, "and %zu more, which -v shows", left);
        layout_end(layout);
    }
}

static size_t rows_shown(const struct layout *layout, size_t count)
{
    return layout->options->verbosity > 0 || count <= LEAST_ROWS ? count : LEAST_ROWS;
}

static void put_holdings(struct layout *layout, const struct account_table *table)
{
    const struct account_holding *holdings = table->holdings;
    const size_t shown = rows_shown(layout, table->holding_count);
    size_t longest = 0;
    int column;

    for (size_t i = 0; i < shown; i++) {
        const size_t length = strlen(holdings[i].record->account->spn);

        longest = length > longest ? length : longest;
    }
    column = column_behind(LAYOUT_INDENT, longest, LONGEST_SPN);
    for (size_t i = 0; i < shown; i++) {
        const struct account_row *row = holdings[i].row;

        if (i == 0) {
            layout_cell(layout, LAYOUT_INDENT, "SPN");
            layout_cell(layout, column, "held by");
            layout_end(layout);
        }
        layout_record(layout, holdings[i].record);
        layout_text(layout, DETAIL_INDENT, holdings[i].record->account->spn);
        layout_cell(layout, column, row->label);
        layout_printf(layout, column, ", %s",
                      row->mp ? "the MP's own computer" : say_account_kind(row->account.type));
        layout_end(layout);
    }
    put_more(layout, table->holding_count - shown);
}

/* Where the cells of an account's row begin. */
struct columns {
    int kind, state, kvno, set, etypes;
};

static struct columns lay_out(const struct account_table *table, size_t shown)
{
    struct columns columns;
    size_t longest = strlen("Account");

    for (size_t i = 0; i < shown; i++) {
        const size_t length = strlen(table->rows[i]->label);

        longest = length > longest ? length : longest;
    }
    columns.kind = column_behind(LAYOUT_INDENT, longest, LONGEST_NAME);
    columns.state = columns.kind + 10;
    columns.kvno = columns.state + 10;
    columns.set = columns.kvno + 6;
    columns.etypes = columns.set + 14;
    return columns;
}

static void put_account_head(struct layout *layout, const struct columns *columns)
{
    layout_cell(layout, LAYOUT_INDENT, "Account");
    layout_cell(layout, columns->kind, "Kind");
    layout_cell(layout, columns->state, "State");
    layout_cell(layout, columns->kvno, "kvno");
    layout_cell(layout, columns->set, "Password set");
    layout_cell(layout, columns->etypes, "Etypes");
    layout_end(layout);
}

/* What the row has no room for, which needs to be seen. */
static void say_notes(const struct account_row *row, struct buffer *text)
{
    const struct evidence_account *account = &row->account;

    buffer_puts(text, row->mp ? "the MP's own computer: " : "");
    buffer_puts(text, row->client ? "the client: " : "");
    buffer_puts(text, account->dn);
    if (account->locked == TRI_YES) {
        buffer_puts(text, "; locked out");
    }
    if (account->password_expired == TRI_YES) {
        buffer_puts(text, "; its password has expired");
    }
    if (row->disputed && row->servers) {
        buffer_printf(text, "; as %s shows it, others show it differently", row->servers);
    }
}

/* With -v: every attribute that was read. */
static void say_details(const struct account_row *row, struct buffer *text)
{
    const struct evidence_account *account = &row->account;
    char word[WORDS_SIZE];

    if (account->sid) {
        buffer_printf(text, "; %s", account->sid);
    }
    if (account->control != EVIDENCE_UNKNOWN) {
        buffer_printf(text, "; userAccountControl 0x%" PRIx64, (uint64_t)account->control);
    }
    if (account->password_set_at != EVIDENCE_UNKNOWN) {
        buffer_printf(text, "; password set %s", say_time(account->password_set_at, word));
    }
    if (account->changed_at != EVIDENCE_UNKNOWN) {
        buffer_printf(text, "; changed %s", say_time(account->changed_at, word));
    }
    if (account->dns_host_name) {
        buffer_printf(text, "; dNSHostName %s", account->dns_host_name);
    }
    for (size_t i = 0; i < account->other_dns_name_count; i++) {
        buffer_printf(text, "%s%s", i == 0 ? "; also " : ", ", account->other_dns_names[i]);
    }
    if (row->servers && !row->disputed) {
        buffer_printf(text, "; shown by %s", row->servers);
    }
    for (size_t i = 0; i < account->spn_count && i < LEAST_SPNS; i++) {
        buffer_printf(text, "%s%s", i == 0 ? "; SPNs " : ", ", account->spns[i]);
    }
    if (account->spn_count > LEAST_SPNS) {
        buffer_printf(text, " and %zu more", account->spn_count - LEAST_SPNS);
    }
}

static void put_row(struct layout *layout, const struct account_row *row,
                    const struct columns *columns)
{
    const struct evidence_account *account = &row->account;
    const char *state = account->enabled == TRI_YES  ? "enabled"
                        : account->enabled == TRI_NO ? "disabled"
                                                     : "-";
    char word[WORDS_SIZE] = "-";
    struct buffer text = {0};

    layout_record(layout, row->first);
    layout_text(layout, DETAIL_INDENT, row->label);
    layout_cell(layout, columns->kind, say_account_kind(account->type));
    layout_cell(layout, columns->state, state);
    if (account->kvno != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "%" PRId64, account->kvno);
    }
    layout_cell(layout, columns->kvno, text.length > 0 ? buffer_text(&text) : "-");
    layout_cell(layout, columns->set, say_date(account->password_set_at, word));
    buffer_truncate(&text, 0);
    say_etype_bits(account->etypes, &text);
    layout_cell(layout, columns->etypes, buffer_text(&text));
    layout_end(layout);

    buffer_truncate(&text, 0);
    say_notes(row, &text);
    if (layout->options->verbosity > 0) {
        say_details(row, &text);
    }
    layout_cell(layout, DETAIL_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

void text_accounts(struct layout *layout, const struct case_view *view)
{
    struct account_table table;
    struct columns columns;
    size_t shown;

    account_table_init(&table, view);
    shown = rows_shown(layout, table.row_count);
    if (shown > 0) {
        put_holdings(layout, &table);
        columns = lay_out(&table, shown);
        put_account_head(layout, &columns);
        for (size_t i = 0; i < shown; i++) {
            put_row(layout, table.rows[i], &columns);
        }
        put_more(layout, table.row_count - shown);
    }
    account_table_release(&table);
}
