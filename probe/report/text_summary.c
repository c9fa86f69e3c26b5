/* SPDX-License-Identifier: Apache-2.0 */
/* Several MPs at a glance: a row for each, the worst first, and every cause once. */
#include <stdlib.h>
#include <string.h>

#include "report/groups.h"
#include "report/steps.h"
#include "report/text.h"
#include "rules/checklist.h"

enum {
    LONGEST_NAME = 36,
    MOST_ROWS = 40,   /* of disks, without -v */
    LEAST_NAMES = 12, /* of the MPs that share a cause, without -v */
    GROUP_INDENT = LAYOUT_INDENT + 4,
};

/* The matrix, from left to right. */
static const struct column {
    const char *name;
    enum section section;
    int width;
} COLUMNS[] = {
    {"Name", SECTION_NAME, 5},          {"Anon", SECTION_ANONYMOUS, 5},
    {"Ident", SECTION_IDENTITY, 6},     {"Ticket", SECTION_TICKET, 7},
    {"Auth", SECTION_AUTHENTICATED, 6},
};

enum { COLUMN_COUNT = sizeof(COLUMNS) / sizeof(COLUMNS[0]) };

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

/* Where the steps stand: behind the longest name that leaves room for them. */
static int first_column(const struct judgement *judgement)
{
    size_t longest = 0;

    for (size_t i = 0; i < judgement->case_count; i++) {
        const size_t length = strlen(text_target(&judgement->cases[i]));

        longest = length > longest ? length : longest;
    }
    return LAYOUT_INDENT + (int)(longest < LONGEST_NAME ? longest : LONGEST_NAME) + 2;
}

static void put_head(struct layout *layout, int column)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        layout_cell(layout, column, COLUMNS[i].name);
        column += COLUMNS[i].width;
    }
    layout_cell(layout, column, "See");
    layout_end(layout);
}

static void put_row(struct layout *layout, const struct place *place, const struct groups *groups,
                    int column)
{
    const struct judged_case *judged = place->judged;

    layout_mark(layout, judged->verdict.level);
    layout_text(layout, LAYOUT_INDENT, text_target(judged));
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        layout_cell(layout, column, "");
        layout_word(layout, section_level(judged, COLUMNS[i].section));
        column += COLUMNS[i].width;
    }
    for (size_t i = 0; i < groups->of_case_count[place->index]; i++) {
        layout_pad(layout, column);
        layout_printf(layout, column, i > 0 ? " %zu" : "%zu", groups->of_case[place->index][i] + 1);
    }
    layout_end(layout);
}

/* "3 of 5 MPs: mp01, mp02, mp03". */
static void put_members(struct layout *layout, const struct judgement *judgement,
                        const struct group *group)
{
    const bool whole = layout->options->verbosity > 0;

    layout_pad(layout, GROUP_INDENT);
    layout_printf(layout, GROUP_INDENT, "%zu of %zu: ", group->case_count, judgement->case_count);
    for (size_t i = 0; i < group->case_count; i++) {
        if (i >= LEAST_NAMES && !whole) {
            layout_printf(layout, GROUP_INDENT, " and %zu more", group->case_count - i);
            break;
        }
        layout_printf(layout, GROUP_INDENT, "%s%s", i > 0 ? ", " : "",
                      text_target(&judgement->cases[group->cases[i]]));
    }
    layout_end(layout);
}

static void put_group(struct layout *layout, const struct judgement *judgement,
                      const struct groups *groups, size_t index)
{
    const struct group *group = groups->items[index];

    layout_mark(layout, group->level);
    layout_printf(layout, GROUP_INDENT, "%zu", index + 1);
    layout_pad(layout, GROUP_INDENT);
    layout_text(layout, GROUP_INDENT, finding_type(group->id)->name);
    if (group->confidence != CONFIDENCE_NONE) {
        layout_printf(layout, GROUP_INDENT, " (%s)", finding_confidence_word(group->confidence));
    }
    layout_printf(layout, GROUP_INDENT, ": %s", group->title);
    layout_end(layout);
    put_members(layout, judgement, group);
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

/* Of disks there may be thousands: the worst are named. */
static void put_disk_rows(struct layout *layout, const struct judgement *judgement,
                          const struct place *places, const struct groups *groups, int column)
{
    const size_t most = layout->options->verbosity > 0 ? SIZE_MAX : MOST_ROWS;

    layout_cell(layout, column, "See");
    layout_end(layout);
    for (size_t i = 0; i < judgement->case_count && i < most; i++) {
        layout_mark(layout, places[i].judged->verdict.level);
        layout_text(layout, LAYOUT_INDENT, text_target(places[i].judged));
        for (size_t j = 0; j < groups->of_case_count[places[i].index]; j++) {
            layout_pad(layout, column);
            layout_printf(layout, column, j > 0 ? " %zu" : "%zu",
                          groups->of_case[places[i].index][j] + 1);
        }
        layout_end(layout);
    }
    if (judgement->case_count > most) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_printf(layout, LAYOUT_INDENT, "and %zu more", judgement->case_count - most);
        layout_end(layout);
    }
}

void text_summary(struct layout *layout, const struct judgement *judgement)
{
    const bool disks = checklist_applies(&judgement->cases[0].view);
    struct groups groups;
    const struct place *places;
    const int column = first_column(judgement);

    groups_init(&groups, judgement);
    places = sort_cases(&groups.arena, judgement, &groups);
    layout_printf(layout, 0, "Summary: %zu %s", judgement->case_count,
                  disks ? "disks" : "management points");
    put_counts(layout, judgement);
    layout_end(layout);
    layout_rule(layout, '=');
    if (disks) {
        put_disk_rows(layout, judgement, places, &groups, column);
    } else {
        put_head(layout, column);
    }
    for (size_t i = 0; i < judgement->case_count && !disks; i++) {
        put_row(layout, &places[i], &groups, column);
    }
    for (size_t i = 0; i < groups.count; i++) {
        if (i == 0) {
            layout_blank(layout);
        }
        put_group(layout, judgement, &groups, i);
    }
    put_published(layout, judgement);
    groups_release(&groups);
}
