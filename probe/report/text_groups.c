/* SPDX-License-Identifier: Apache-2.0 */
/* What several cases have in common, below the table that sums them up. */
#include <stdlib.h>
#include <string.h>

#include "report/groups.h"
#include "report/text.h"
#include "rules/facts.h"

enum {
    LEAST_NAMES = 12, /* of those that share a cause, without -v */
    GROUP_INDENT = LAYOUT_INDENT + 4,
};

int text_client_length(const char *client)
{
    return name_is_address(client) ? (int)strlen(client) : (int)strcspn(client, ".");
}

/* "3 of 5: mp01, mp02, mp03". */
struct members {
    struct layout *layout;
    size_t told;
    size_t count; /* all, told or not */
};

static void put_member(struct members *members, const char *name, int length)
{
    struct layout *layout = members->layout;

    members->count++;
    if (members->told < LEAST_NAMES || layout->options->verbosity > 0) {
        layout_printf(layout, GROUP_INDENT, "%s%.*s", members->told > 0 ? ", " : "", length, name);
        members->told++;
    }
}

static void put_cases(struct members *members, const struct judgement *judgement,
                      const struct group *group, bool clients)
{
    layout_printf(members->layout, GROUP_INDENT, "%zu of %zu: ", group->case_count,
                  judgement->case_count);
    for (size_t i = 0; i < group->case_count; i++) {
        const struct judged_case *judged = &judgement->cases[group->cases[i]];
        const char *name = clients ? text_client(judged) : text_target(judged);

        put_member(members, name, clients ? text_client_length(name) : (int)strlen(name));
    }
}

static int compare_numbers(const void *left, const void *right)
{
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

/* Does the client share a GUID that one of these cases tells of? */
static bool shares(const struct client *client, const uint32_t *cases, size_t count)
{
    for (size_t i = 0; i < client->duplicate_count; i++) {
        if (bsearch(&client->duplicates[i]->case_id, cases, count, sizeof(*cases),
                    compare_numbers)) {
            return true;
        }
    }
    return false;
}

/* Marks the clients of the group; returns how many. */
static size_t mark_clients(const struct judgement *judgement, const struct group *group,
                           bool *marks)
{
    const struct client_list *list = &judgement->clients;
    struct arena arena = {0};
    uint32_t *cases = arena_alloc(&arena, (group->case_count + 1) * sizeof(*cases));
    size_t count = 0;

    memset(marks, 0, list->count);
    for (size_t i = 0; i < group->case_count; i++) {
        const struct client *client;

        cases[i] = judgement->cases[group->cases[i]].view.case_id;
        client = clients_of_case(list, cases[i]);
        if (client) {
            marks[client - list->items] = true;
        }
    }
    qsort(cases, group->case_count, sizeof(*cases), compare_numbers);
    for (size_t i = 0; i < list->count; i++) {
        marks[i] = marks[i] || shares(&list->items[i], cases, group->case_count);
        count += marks[i] ? 1 : 0;
    }
    arena_release(&arena);
    return count;
}

static void put_clients(struct members *members, const struct judgement *judgement,
                        const struct group *group, bool *marks)
{
    const struct client_list *list = &judgement->clients;
    const size_t count = mark_clients(judgement, group, marks);

    if (count == 0) {
        layout_text(members->layout, GROUP_INDENT, "of no one client");
        return;
    }
    layout_printf(members->layout, GROUP_INDENT, "%zu of %zu: ", count, list->count);
    for (size_t i = 0; i < list->count; i++) {
        if (marks[i]) {
            const char *label = client_label(&list->items[i]);

            put_member(members, label, text_client_length(label));
        }
    }
}

static void put_group(struct layout *layout, const struct group *group, size_t index)
{
    layout_mark(layout, group->level);
    layout_printf(layout, GROUP_INDENT, "%zu", index + 1);
    layout_pad(layout, GROUP_INDENT);
    layout_text(layout, GROUP_INDENT, finding_type(group->id)->name);
    if (group->confidence != CONFIDENCE_NONE) {
        layout_printf(layout, GROUP_INDENT, " (%s)", finding_confidence_word(group->confidence));
    }
    layout_printf(layout, GROUP_INDENT, ": %s", group->title);
    layout_end(layout);
}

void text_groups(struct layout *layout, const struct judgement *judgement,
                 const struct groups *groups)
{
    const bool joined = text_wants_clients(judgement);
    const bool clients = text_only_clients(judgement);
    struct arena arena = {0};
    bool *marks = arena_alloc(&arena, judgement->clients.count + 1);

    for (size_t i = 0; i < groups->count; i++) {
        struct members members = {.layout = layout};

        if (i == 0) {
            layout_blank(layout);
        }
        put_group(layout, groups->items[i], i);
        layout_pad(layout, GROUP_INDENT);
        if (joined) {
            put_clients(&members, judgement, groups->items[i], marks);
        } else {
            put_cases(&members, judgement, groups->items[i], clients);
        }
        if (members.count > members.told) {
            layout_printf(layout, GROUP_INDENT, " and %zu more", members.count - members.told);
        }
        layout_end(layout);
    }
    arena_release(&arena);
}
