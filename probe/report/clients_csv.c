/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of recordings for a spreadsheet. */
#include <stdio.h>
#include <string.h>

#include "report/forest.h"
#include "report/report.h"
#include "report/words.h"
#include "report/words_clients.h"

static const char HEADER[] =
    "level,client,address,fqdn,guid,guid_shared,signed_in,signed_in_at,signed_in_seen,registered,"
    "registered_at,registered_seen,approved,approved_at,approved_seen,root_cause,confidence,"
    "root_cause_seen,cases\r\n";

struct line {
    struct buffer *out;
    bool begun;
};

static void put(struct line *line, const char *text)
{
    buffer_puts(line->out, line->begun ? "," : "");
    csv_field(text ? text : "", line->out);
    line->begun = true;
}

static void put_key(struct line *line, const struct client *client, enum client_key_kind kind)
{
    const struct client_key *key = client_key(client, kind);

    put(line, key ? key->shown : NULL);
}

static void put_fact(struct line *line, const struct client_fact *fact)
{
    struct buffer place = {0};
    char when[WORDS_SIZE];

    put(line, say_answer(fact->answer));
    put(line, fact->record && fact->at != EVIDENCE_UNKNOWN ? say_time(fact->at, when) : NULL);
    if (fact->record) {
        say_place(&fact->place, &place);
    }
    put(line, buffer_text(&place));
    buffer_release(&place);
}

/* "1 4 7": the numbers of the cases in the other formats. */
static void put_cases(struct line *line, const struct client *client)
{
    struct buffer text = {0};

    for (size_t i = 0; i < client->case_count; i++) {
        buffer_printf(&text, "%s%u", i > 0 ? " " : "", (unsigned)client->cases[i]);
    }
    put(line, buffer_text(&text));
    buffer_release(&text);
}

static void put_row(const struct client_row *row, struct buffer *out)
{
    struct line line = {.out = out};
    struct buffer place = {0};

    say_cause_place(row, &place);
    put(&line, finding_level_word(row->level));
    put(&line, client_label(row->client));
    put_key(&line, row->client, CLIENT_ADDRESS);
    put_key(&line, row->client, CLIENT_FQDN);
    put(&line, row->guid ? row->guid->text : NULL);
    put(&line, !row->guid ? NULL : row->guid->shared ? "yes" : "no");
    put_fact(&line, &row->signed_in);
    put_fact(&line, &row->registered);
    put_fact(&line, &row->approved);
    put(&line, row->root ? finding_type(row->root->id)->name : NULL);
    put(&line, row->root ? finding_confidence_word(row->root->confidence) : NULL);
    put(&line, buffer_text(&place));
    put_cases(&line, row->client);
    buffer_puts(out, "\r\n");
    buffer_release(&place);
}

void report_csv(const struct judgement *judgement, struct buffer *out)
{
    struct arena arena = {0};
    struct client_rows rows;

    client_rows_make(judgement, &arena, &rows);
    buffer_puts(out, HEADER);
    for (size_t i = 0; i < rows.count; i++) {
        put_row(&rows.items[i], out);
    }
    arena_release(&arena);
}
