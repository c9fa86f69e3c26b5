/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of recordings: a row for each over all sources, the worst first. */
#include <string.h>

#include "report/groups.h"
#include "report/text.h"
#include "report/words_clients.h"
#include "rules/facts.h"

enum {
    SHORTEST_NAME = 8,
    LONGEST_NAME = 22,
    SIGNED_IN_WIDTH = 11,
    REGISTERED_WIDTH = 12,
    APPROVED_WIDTH = 10,
    DETAIL_INDENT = LAYOUT_INDENT + 2,
    MOST_ROWS = 40, /* without -v */
};

/* How the rows are laid out. */
struct table {
    const struct client_rows *rows;
    int width; /* of the names */
    bool several_mps;
};

bool text_has_logs(const struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct evidence_run *run = judgement->cases[i].view.run;

        if (run && run->origin == ORIGIN_LOGS) {
            return true;
        }
    }
    return false;
}

/* Captures alone have a table of their own, of steps. */
bool text_wants_clients(const struct judgement *judgement)
{
    return judgement->clients.count > 0 && text_only_clients(judgement) &&
           judgement->case_count > 1 && text_has_logs(judgement);
}

/* Of two machines with one short name, the whole name. */
static int label_length(const struct client *client)
{
    const struct client_key *name = client_key(client, CLIENT_NAME);

    return name && name->shared ? (int)strlen(client_label(client))
                                : text_client_length(client_label(client));
}

static int name_width(const struct client_rows *rows)
{
    int width = SHORTEST_NAME;

    for (size_t i = 0; i < rows->count; i++) {
        const int length = label_length(rows->items[i].client);

        width = length > width ? length : width;
    }
    return width < LONGEST_NAME ? width : LONGEST_NAME;
}

/* --- title and totals --- */

static size_t count_answers(const struct client_rows *rows, size_t offset)
{
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++) {
        const struct client_fact *fact =
            (const struct client_fact *)((const char *)&rows->items[i] + offset);

        count += fact->answer == CLIENT_YES ? 1 : 0;
    }
    return count;
}

static void put_title(struct layout *layout, const struct client_rows *rows)
{
    layout_printf(layout, 0, "Clients: %zu", rows->count);
    for (int level = LEVEL_COUNT - 1; level >= LEVEL_NONE; level--) {
        if (rows->levels[level] > 0) {
            layout_printf(layout, 0, ", %zu %s", rows->levels[level],
                          layout_mark_word((enum finding_level)level));
        }
    }
    layout_printf(layout, 0, "; %zu signed in, %zu registered, %zu approved",
                  count_answers(rows, offsetof(struct client_row, signed_in)),
                  count_answers(rows, offsetof(struct client_row, registered)),
                  count_answers(rows, offsetof(struct client_row, approved)));
    layout_end(layout);
    layout_rule(layout, '=');
}

/* --- rows --- */

static void put_head(struct layout *layout, int width)
{
    int column = LAYOUT_INDENT + width + 2;

    layout_cell(layout, LAYOUT_INDENT, "Client");
    layout_cell(layout, column, "Signed in");
    layout_cell(layout, column += SIGNED_IN_WIDTH, "Registered");
    layout_cell(layout, column += REGISTERED_WIDTH, "Approved");
    layout_cell(layout, column + APPROVED_WIDTH, "Root cause");
    layout_end(layout);
}

static const char *cell_of(const struct client_fact *fact)
{
    return fact->answer == CLIENT_UNKNOWN      ? "-"
           : fact->answer == CLIENT_NOT_NEEDED ? "not needed"
                                               : say_answer(fact->answer);
}

static void put_answers(struct layout *layout, const struct client_row *row, int width)
{
    const char *label = client_label(row->client);
    int column = LAYOUT_INDENT + width + 2;

    layout_mark(layout, row->level);
    layout_printf(layout, LAYOUT_INDENT, "%.*s", label_length(row->client), label);
    layout_cell(layout, column, cell_of(&row->signed_in));
    layout_cell(layout, column += SIGNED_IN_WIDTH, cell_of(&row->registered));
    layout_cell(layout, column += REGISTERED_WIDTH, cell_of(&row->approved));
    layout_cell(layout, column + APPROVED_WIDTH,
                row->root ? finding_type(row->root->id)->name : "-");
    layout_end(layout);
}

static void say_part(const char *word, const char *text, struct buffer *out)
{
    if (text[0] != '\0') {
        buffer_printf(out, "%s%s %s", out->length > 0 ? "; " : "", word, text);
    }
}

/* `words`: of yes and of no. */
static void say_fact(const char *const words[2], const struct client_fact *fact, struct buffer *out)
{
    struct buffer place = {0};

    if (fact->record) {
        say_place(&fact->place, &place);
        say_part(words[fact->answer == CLIENT_NO], buffer_text(&place), out);
    }
    buffer_release(&place);
}

static void put_detail(struct layout *layout, struct buffer *text)
{
    if (text->length > 0) {
        layout_pad(layout, DETAIL_INDENT);
        layout_text(layout, DETAIL_INDENT, buffer_text(text));
        layout_end(layout);
    }
    buffer_release(text);
}

/* Are the clients of several MPs, as far as the sources say? */
static bool has_several_mps(const struct judgement *judgement)
{
    const char *first = NULL;

    for (size_t i = 0; i < judgement->case_count && judgement->clients.count > 1; i++) {
        const char *target = fact_target(&judgement->cases[i].view);

        if (first && target && !same_name(first, target)) {
            return true;
        }
        first = first ? first : target;
    }
    return false;
}

/* ", at mp1.contoso.lab": each of the client's MPs once, where that tells clients apart. */
static void say_mps(const struct client_rows *rows, const struct client *client, struct buffer *out)
{
    const char *last = NULL;

    for (size_t i = 0; i < client->case_count; i++) {
        const char *target = fact_target(&client_rows_case(rows, client->cases[i])->view);

        if (target && !(last && same_name(last, target))) {
            buffer_printf(out, "%s%s", last ? ", " : out->length > 0 ? ", at " : "at ", target);
            last = target;
        }
    }
}

/* Address, GUID, and where several MPs are, which of them. */
static void put_identity(struct layout *layout, const struct table *table,
                         const struct client_row *row)
{
    const struct client_key *address = client_key(row->client, CLIENT_ADDRESS);
    struct buffer text = {0};

    if (address && strcmp(client_label(row->client), address->shown) != 0) {
        buffer_puts(&text, address->shown);
    }
    if (row->guid) {
        buffer_printf(&text, "%sGUID:%s", text.length > 0 ? ", " : "", row->guid->text);
    }
    if (table->several_mps) {
        say_mps(table->rows, row->client, &text);
    }
    put_detail(layout, &text);
}

/* "others have this, too, so it joins nothing: the GUID; address 10.0.0.5". */
static void put_shared(struct layout *layout, const struct client_row *row)
{
    struct buffer text = {0};
    struct buffer line = {0};

    for (size_t i = 0; i < row->client->key_count; i++) {
        const struct client_key *key = &row->client->keys[i];

        if (key->shared && row->guid && strcmp(key->text, row->guid->text) == 0) {
            say_part("the", "GUID", &text);
        } else if (key->shared && key->kind != CLIENT_LOG) {
            say_part(say_key_kind(key->kind), key->kind == CLIENT_GUID ? key->text : key->shown,
                     &text);
        }
    }
    if (text.length > 0) {
        buffer_printf(&line, "others have this, too, so it joins nothing: %s", buffer_text(&text));
    }
    put_detail(layout, &line);
    buffer_release(&text);
}

static void put_places(struct layout *layout, const struct client_row *row)
{
    static const char *const signed_in[] = {"signed in:", "no sign-in:"};
    static const char *const registered[] = {"registered:", "not registered:"};
    static const char *const approved[] = {"approved:", "not approved:"};
    struct buffer text = {0};
    struct buffer cause = {0};

    say_fact(signed_in, &row->signed_in, &text);
    say_fact(registered, &row->registered, &text);
    say_fact(approved, &row->approved, &text);
    say_cause_place(row, &cause);
    say_part("cause:", buffer_text(&cause), &text);
    put_detail(layout, &text);
    buffer_release(&cause);
}

static void put_row(struct layout *layout, const struct table *table, const struct client_row *row)
{
    put_answers(layout, row, table->width);
    put_identity(layout, table, row);
    put_shared(layout, row);
    put_places(layout, row);
}

/* Logs that tell of a machine without a name: mostly the MP itself. */
static void put_other(struct layout *layout, const struct judged_case *judged)
{
    const struct evidence_record *first =
        judged->view.record_count > 0 ? judged->view.records[0] : NULL;
    struct buffer place = {0};

    if (first && first->place) {
        say_place(first->place, &place);
    }
    layout_mark(layout, judged->verdict.level);
    layout_printf(layout, LAYOUT_INDENT, "of no one client: %s",
                  judged->verdict.root >= 0
                      ? finding_type(judged->findings.items[judged->verdict.root].id)->name
                      : "nothing that matters");
    if (place.length > 0) {
        layout_printf(layout, LAYOUT_INDENT, ", %s", buffer_text(&place));
    }
    layout_end(layout);
    buffer_release(&place);
}

/* --- duplicates first --- */

static void put_duplicates_hint(struct layout *layout, const struct client_rows *rows)
{
    size_t known = 0;

    for (size_t i = 0; i < rows->count; i++) {
        known += rows->items[i].guid ? 1 : 0;
    }
    if (!rows->some_fail) {
        return;
    }
    layout_blank(layout);
    layout_text(layout, 0, "Only some of the clients fail: duplicate GUIDs come first then. ");
    if (rows->duplicates > 0) {
        layout_printf(layout, 0, "%zu of these clients %s a GUID with another machine.",
                      rows->duplicates, rows->duplicates == 1 ? "shares" : "share");
    } else {
        layout_printf(layout, 0,
                      "No GUID is seen with two names; the GUIDs of %zu of %zu are known.", known,
                      rows->count);
    }
    layout_end(layout);
}

void text_clients(struct layout *layout, const struct judgement *judgement)
{
    struct arena arena = {0};
    struct client_rows rows;
    struct groups groups;
    struct table table = {.rows = &rows};
    size_t most;

    client_rows_make(judgement, &arena, &rows);
    groups_init(&groups, judgement);
    table.width = name_width(&rows);
    table.several_mps = has_several_mps(judgement);
    most = layout->options->verbosity > 0 || rows.count < MOST_ROWS ? rows.count : MOST_ROWS;
    put_title(layout, &rows);
    put_head(layout, table.width);
    for (size_t i = 0; i < most; i++) {
        put_row(layout, &table, &rows.items[i]);
    }
    if (rows.count > most) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_printf(layout, LAYOUT_INDENT, "and %zu more", rows.count - most);
        layout_end(layout);
    }
    for (size_t i = 0; i < rows.other_count; i++) {
        put_other(layout, rows.others[i]);
    }
    put_duplicates_hint(layout, &rows);
    text_clocks(layout, judgement, layout->options->verbosity > 0 || text_is_one_story(judgement));
    if (!text_is_one_story(judgement)) {
        text_groups(layout, judgement, &groups);
    }
    groups_release(&groups);
    arena_release(&arena);
}
