/* SPDX-License-Identifier: Apache-2.0 */
/* Several MPs at a glance: a row for each, the worst first, and every cause once. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/groups.h"
#include "report/reference.h"
#include "report/steps.h"
#include "report/text.h"
#include "rules/checklist.h"
#include "rules/facts.h"

enum {
    LONGEST_NAME = 36,
    LONGEST_CLIENT = 16,
    LONGEST_ADDRESS = 15, /* of IPv4; a longer one breaks the line */
    FRAME_WIDTH = 8,
    MOST_ROWS = 40, /* of disks, without -v */
};

/* The matrix, from left to right. */
struct column {
    const char *name;
    enum section section;
    int width;
};

static const struct column MP_COLUMNS[] = {
    {"Name", SECTION_NAME, 5},          {"Anon", SECTION_ANONYMOUS, 5},
    {"Ident", SECTION_IDENTITY, 6},     {"Ticket", SECTION_TICKET, 7},
    {"Auth", SECTION_AUTHENTICATED, 6},
};

static const struct column CLIENT_COLUMNS[] = {
    {"Name", SECTION_NAME, 5},
    {"Anon", SECTION_ANONYMOUS, 5},
    {"Ticket", SECTION_TICKET, 7},
    {"Auth", SECTION_AUTHENTICATED, 6},
};

/* How the table is laid out: of MPs, of disks, or of the clients in recordings. */
struct table {
    const struct column *columns;
    size_t column_count;
    int address; /* where the address of a client stands */
    int first;   /* where the steps begin */
    bool clients;
    bool one_mp; /* of clients: all are of one MP */
    bool one_file;
};

/* A row of the matrix to be. */
struct place {
    const struct judged_case *judged;
    size_t index;
    size_t group; /* the first of its groups, which is its worst; SIZE_MAX without one */
};

/* The worst first; of equals those with the same cause together, then as they were given. */
static int compare_places(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;

    if (a->judged->verdict.level != b->judged->verdict.level) {
        return a->judged->verdict.level > b->judged->verdict.level ? -1 : 1;
    }
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static struct place *sort_cases(struct arena *arena, const struct judgement *judgement,
                                const struct groups *groups)
{
    struct place *places = arena_alloc(arena, (judgement->case_count + 1) * sizeof(*places));

    for (size_t i = 0; i < judgement->case_count; i++) {
        places[i].judged = &judgement->cases[i];
        places[i].index = i;
        places[i].group = groups->of_case_count[i] > 0 ? groups->of_case[i][0] : SIZE_MAX;
    }
    qsort(places, judgement->case_count, sizeof(*places), compare_places);
    return places;
}

static const char *address_of(const struct judged_case *judged)
{
    const char *address = judged->view.run->client_address;

    return address && judged->view.run->client_host ? address : "";
}

static const char *source_of(const struct judged_case *judged)
{
    for (size_t i = 0; i < judged->view.record_count; i++) {
        const struct evidence_place *place = judged->view.records[i]->place;

        if (place && place->source) {
            return place->source;
        }
    }
    return "";
}

static int longest(int a, int b, int limit)
{
    const int longer = a > b ? a : b;

    return longer < limit ? longer : limit;
}

static struct table table_of_clients(const struct judgement *judgement)
{
    const struct judged_case *first = &judgement->cases[0];
    struct table table = {.columns = CLIENT_COLUMNS,
                          .column_count = sizeof(CLIENT_COLUMNS) / sizeof(CLIENT_COLUMNS[0]),
                          .clients = true,
                          .one_mp = true,
                          .one_file = true};
    int name = 6;
    int address = 7;

    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct judged_case *judged = &judgement->cases[i];

        name = longest(name, text_client_length(text_client(judged)), LONGEST_CLIENT);
        address = longest(address, (int)strlen(address_of(judged)), LONGEST_ADDRESS);
        table.one_mp = table.one_mp && strcasecmp(text_target(first), text_target(judged)) == 0;
        table.one_file = table.one_file && strcmp(source_of(first), source_of(judged)) == 0;
    }
    table.address = LAYOUT_INDENT + name + 2;
    table.first = table.address + address + 2;
    return table;
}

/* The steps of MPs stand behind the longest name that leaves room for them; disks have none. */
static struct table table_of_targets(const struct judgement *judgement)
{
    const bool disks = checklist_applies(&judgement->cases[0].view);
    struct table table = {.columns = MP_COLUMNS,
                          .column_count = disks ? 0 : sizeof(MP_COLUMNS) / sizeof(MP_COLUMNS[0])};
    int name = 0;

    for (size_t i = 0; i < judgement->case_count; i++) {
        name = longest(name, (int)strlen(text_target(&judgement->cases[i])), LONGEST_NAME);
    }
    table.first = LAYOUT_INDENT + name + 2;
    return table;
}

static void put_head(struct layout *layout, const struct table *table)
{
    int column = table->first;

    if (table->clients) {
        layout_cell(layout, LAYOUT_INDENT, "Client");
        layout_cell(layout, table->address, "Address");
    }
    for (size_t i = 0; i < table->column_count; i++) {
        layout_cell(layout, column, table->columns[i].name);
        column += table->columns[i].width;
    }
    if (table->clients) {
        layout_cell(layout, column, "Frame");
        column += FRAME_WIDTH;
    }
    layout_cell(layout, column, "See");
    layout_end(layout);
}

/* A frame to look at. */
struct look {
    const char *source;
    int64_t frame;
};

/* Where to look first: the last failure that the root cause rests on, else its last record; of a
   case without one, where it begins. */
static struct look look_at(const struct judged_case *judged)
{
    const struct finding *root =
        judged->verdict.root >= 0 ? &judged->findings.items[judged->verdict.root] : NULL;
    struct look look = {.source = source_of(judged), .frame = EVIDENCE_UNKNOWN};
    bool failure = false;

    if (judged->view.record_count > 0 && judged->view.records[0]->place) {
        look.frame = judged->view.records[0]->place->frame;
    }
    if (root && root->line_count > 0) {
        look.source = root->lines[0].source;
        look.frame = root->lines[0].line;
        return look;
    }
    for (size_t i = 0; root && i < root->evidence_count; i++) {
        const struct evidence_record *record = reference_record(&judged->view, root->evidence[i]);
        const struct evidence_place *place = record ? record->place : NULL;
        const bool fails = record && section_fails(record);

        if (place && place->source && (fails || !failure)) {
            failure = fails;
            look.source = place->source;
            look.frame = place->reply_frame != EVIDENCE_UNKNOWN ? place->reply_frame
                         : place->frame != EVIDENCE_UNKNOWN     ? place->frame
                                                                : place->line;
        }
    }
    return look;
}

static void put_subject(struct layout *layout, const struct table *table,
                        const struct judged_case *judged)
{
    const char *client = table->clients ? text_client(judged) : NULL;

    layout_mark(layout, judged->verdict.level);
    if (client) {
        layout_printf(layout, LAYOUT_INDENT, "%.*s", text_client_length(client), client);
        layout_cell(layout, table->address, address_of(judged));
    } else {
        layout_text(layout, LAYOUT_INDENT, text_target(judged));
    }
}

static void put_frame(struct layout *layout, int64_t frame, int column)
{
    char text[24];

    snprintf(text, sizeof(text), "%" PRId64, frame);
    layout_cell(layout, column, frame != EVIDENCE_UNKNOWN ? text : "-");
}

static void put_row(struct layout *layout, const struct place *place, const struct groups *groups,
                    const struct table *table)
{
    const struct judged_case *judged = place->judged;
    const struct look look = look_at(judged);
    int column = table->first;

    put_subject(layout, table, judged);
    for (size_t i = 0; i < table->column_count; i++) {
        layout_cell(layout, column, "");
        layout_word(layout, section_level(judged, table->columns[i].section));
        column += table->columns[i].width;
    }
    if (table->clients) {
        put_frame(layout, look.frame, column);
        column += FRAME_WIDTH;
    }
    for (size_t i = 0; i < groups->of_case_count[place->index]; i++) {
        layout_pad(layout, column);
        layout_printf(layout, column, i > 0 ? " %zu" : "%zu", groups->of_case[place->index][i] + 1);
    }
    layout_end(layout);
    if (table->clients && (!table->one_mp || !table->one_file)) {
        layout_pad(layout, LAYOUT_INDENT + 2);
        layout_printf(layout, LAYOUT_INDENT + 2, "at %s%s%s", text_target(judged),
                      table->one_file ? "" : ", ", table->one_file ? "" : look.source);
        layout_end(layout);
    }
}

/* ", 2 FAIL, 1 warn, 197 ok", the heaviest first. */
static void put_counts(struct layout *layout, const struct judgement *judgement)
{
    for (int level = LEVEL_COUNT - 1; level >= LEVEL_NONE; level--) {
        size_t count = 0;

        for (size_t i = 0; i < judgement->case_count; i++) {
            count += judgement->cases[i].verdict.level == (enum finding_level)level ? 1 : 0;
        }
        if (count > 0) {
            layout_printf(layout, 0, ", %zu %s", count,
                          layout_mark_word((enum finding_level)level));
        }
    }
}

/* What the forest publishes is the same for every case. */
static void put_published(struct layout *layout, const struct judgement *judgement)
{
    struct arena arena = {0};
    const struct evidence_record **records;
    void *items = NULL;
    size_t count = 0;

    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct case_view *view = &judgement->cases[i].view;

        for (size_t j = 0; j < view->record_count; j++) {
            if (view->records[j]->kind == EVIDENCE_PUBLISHED) {
                const struct evidence_record **place =
                    arena_push(&arena, &items, &count, sizeof(*place));

                *place = view->records[j];
            }
        }
    }
    records = items;
    if (count > 0) {
        layout_blank(layout);
        text_published(layout, records, count, NULL, false);
    }
    arena_release(&arena);
}

static void put_title(struct layout *layout, const struct judgement *judgement,
                      const struct table *table)
{
    if (table->clients) {
        layout_printf(layout, 0, "Summary: %zu clients", judgement->case_count);
        if (table->one_mp) {
            layout_printf(layout, 0, " of %s", text_target(&judgement->cases[0]));
        }
    } else {
        layout_printf(layout, 0, "Summary: %zu %s", judgement->case_count,
                      table->column_count > 0 ? "management points" : "disks");
    }
    put_counts(layout, judgement);
    layout_end(layout);
    layout_rule(layout, '=');
}

bool text_only_clients(const struct judgement *judgement)
{
    for (size_t i = 0; i < judgement->case_count; i++) {
        if (!text_is_recorded(&judgement->cases[i])) {
            return false;
        }
    }
    return judgement->case_count > 0;
}

void text_summary(struct layout *layout, const struct judgement *judgement)
{
    const struct table table =
        text_only_clients(judgement) ? table_of_clients(judgement) : table_of_targets(judgement);
    /* Of disks there may be thousands: the worst are named. */
    const size_t most =
        table.column_count > 0 || layout->options->verbosity > 0 ? SIZE_MAX : MOST_ROWS;
    struct groups groups;
    const struct place *places;

    groups_init(&groups, judgement);
    places = sort_cases(&groups.arena, judgement, &groups);
    put_title(layout, judgement, &table);
    put_head(layout, &table);
    for (size_t i = 0; i < judgement->case_count && i < most; i++) {
        put_row(layout, &places[i], &groups, &table);
    }
    if (judgement->case_count > most) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_printf(layout, LAYOUT_INDENT, "and %zu more", judgement->case_count - most);
        layout_end(layout);
    }
    text_groups(layout, judgement, &groups);
    put_published(layout, judgement);
    groups_release(&groups);
}
