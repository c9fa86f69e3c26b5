/* SPDX-License-Identifier: Apache-2.0 */
#include "report/groups.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Arguments that are of the one MP, and what stands in their place. */
static const char *general_word(const struct evidence_run *run, const char *name, const char *value)
{
    static const char *const NAMES[][2] = {
        {"target", "MP"}, {"spn", "SPN"}, {"host_spn", "HOST/MP"},  {"path", "PATH"},
        {"port", "PORT"}, {"url", "URL"}, {"address", "ADDRESS"},   {"bytes", "N"},
        {"offset", "X"},  {"via", "VIA"}, {"location", "LOCATION"}, {"seconds", "N"},
    };

    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (strcmp(NAMES[i][0], name) == 0) {
            return NAMES[i][1];
        }
    }
    return run && run->target && value && strcasecmp(run->target, value) == 0 ? "MP" : NULL;
}

/* Is this the recorded client itself: "WK01", "WK01.contoso.lab", "WK01$@CONTOSO.LAB"? */
static bool names_client(const struct evidence_run *run, const char *value)
{
    const size_t length = value ? strcspn(value, ".$@") : 0;

    if (!run || run->origin == ORIGIN_LIVE || !value) {
        return false;
    }
    if (run->client_address && strcmp(run->client_address, value) == 0) {
        return true;
    }
    return run->client_host && length > 0 && length == strcspn(run->client_host, ".") &&
           strncasecmp(run->client_host, value, length) == 0;
}

/* The title of a finding without what is of the one MP. */
static const char *general_title(struct arena *arena, const struct judged_case *judged,
                                 const struct finding *finding)
{
    const size_t count = finding->argument_count;
    struct finding_argument *arguments = arena_alloc(arena, (count + 1) * sizeof(*arguments));
    struct finding general = *finding;

    for (size_t i = 0; i < count; i++) {
        const struct finding_argument *argument = &finding->arguments[i];
        const char *word = general_word(judged->view.run, argument->name, argument->value);

        word = names_client(judged->view.run, argument->value) ? "CLIENT" : word;
        arguments[i] = *argument;
        arguments[i].value = word ? word : argument->value;
    }
    general.arguments = arguments;
    return finding_expand(arena, &general, finding_type(finding->id)->title);
}

/* A finding of a case that the summary names. */
struct mention {
    size_t case_index;
    const struct finding *finding;
    const char *title;
    bool root;
};

struct mentions {
    struct mention *items;
    size_t count;
};

static void add_mention(struct arena *arena, struct mentions *mentions,
                        const struct judged_case *judged, struct mention mention)
{
    void *items = mentions->items;
    struct mention *place = arena_push(arena, &items, &mentions->count, sizeof(*place));

    mentions->items = items;
    mention.title = general_title(arena, judged, mention.finding);
    *place = mention;
}

static void gather(struct arena *arena, const struct judgement *judgement,
                   struct mentions *mentions)
{
    for (size_t i = 0; i < judgement->case_count; i++) {
        const struct judged_case *judged = &judgement->cases[i];
        const struct verdict *verdict = &judged->verdict;

        if (verdict->root >= 0) {
            add_mention(arena, mentions, judged,
                        (struct mention){.case_index = i,
                                         .finding = &judged->findings.items[verdict->root],
                                         .root = true});
        }
        for (size_t j = 0; j < verdict->remaining_count; j++) {
            const size_t index = verdict->remaining[j];

            add_mention(
                arena, mentions, judged,
                (struct mention){.case_index = i, .finding = &judged->findings.items[index]});
        }
    }
}

static int compare_sizes(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_mentions(const void *left, const void *right)
{
    const struct mention *const *a = left;
    const struct mention *const *b = right;

    if ((*a)->finding->id != (*b)->finding->id) {
        return (*a)->finding->id < (*b)->finding->id ? -1 : 1;
    }
    if (strcasecmp((*a)->title, (*b)->title) != 0) {
        return strcasecmp((*a)->title, (*b)->title);
    }
    return compare_sizes((*a)->case_index, (*b)->case_index);
}

/* The heavier, then what comes first, then the more frequent, then the earlier. */
static int compare_groups(const void *left, const void *right)
{
    const struct group *const *a = left;
    const struct group *const *b = right;

    if ((*a)->level != (*b)->level) {
        return (*a)->level > (*b)->level ? -1 : 1;
    }
    if ((*a)->comes_first != (*b)->comes_first) {
        return (*a)->comes_first ? -1 : 1;
    }
    if ((*a)->case_count != (*b)->case_count) {
        return compare_sizes((*b)->case_count, (*a)->case_count);
    }
    if ((*a)->cases[0] != (*b)->cases[0]) {
        return compare_sizes((*a)->cases[0], (*b)->cases[0]);
    }
    return (*a)->id != (*b)->id ? ((*a)->id < (*b)->id ? -1 : 1)
                                : strcasecmp((*a)->title, (*b)->title);
}

static struct group *add_group(struct groups *groups, const struct mention *mention)
{
    void *items = groups->items;
    struct group **place = arena_push(&groups->arena, &items, &groups->count, sizeof(*place));
    struct group *group = arena_alloc(&groups->arena, sizeof(*group));

    groups->items = items;
    *place = group;
    group->id = mention->finding->id;
    group->confidence = mention->finding->confidence;
    group->title = mention->title;
    return group;
}

static void add_case(struct arena *arena, struct group *group, const struct mention *mention)
{
    const struct finding *finding = mention->finding;
    void *items = group->cases;

    group->level = finding->level > group->level ? finding->level : group->level;
    group->confidence =
        finding->confidence < group->confidence ? finding->confidence : group->confidence;
    group->root_count += mention->root ? 1 : 0;
    if (group->case_count == 0 || group->cases[group->case_count - 1] != mention->case_index) {
        size_t *place = arena_push(arena, &items, &group->case_count, sizeof(*place));

        *place = mention->case_index;
        group->cases = items;
    }
}

static bool only_some_fail(const struct judgement *judgement)
{
    size_t failed = 0;

    for (size_t i = 0; i < judgement->case_count; i++) {
        failed += judgement->cases[i].verdict.level == LEVEL_FAIL ? 1 : 0;
    }
    return failed > 0 && failed < judgement->case_count;
}

/* Equal mentions stand together once they are sorted. */
static void form_groups(struct groups *groups, const struct mentions *mentions, bool only_some)
{
    const struct mention **sorted =
        arena_alloc(&groups->arena, (mentions->count + 1) * sizeof(*sorted));
    struct group *group = NULL;

    for (size_t i = 0; i < mentions->count; i++) {
        sorted[i] = &mentions->items[i];
    }
    qsort(sorted, mentions->count, sizeof(*sorted), compare_mentions);
    for (size_t i = 0; i < mentions->count; i++) {
        if (!group || group->id != sorted[i]->finding->id ||
            strcasecmp(group->title, sorted[i]->title) != 0) {
            group = add_group(groups, sorted[i]);
            group->comes_first = only_some && group->id == FINDING_GUID_DUPLICATE;
        }
        add_case(&groups->arena, group, sorted[i]);
    }
    if (groups->count > 0) {
        qsort(groups->items, groups->count, sizeof(struct group *), compare_groups);
    }
}

/* The other way round: which groups a case is in. */
static void index_cases(struct groups *groups, size_t case_count)
{
    struct arena *arena = &groups->arena;
    size_t **lists = arena_alloc(arena, (case_count + 1) * sizeof(*lists));

    groups->of_case_count = arena_alloc(arena, (case_count + 1) * sizeof(size_t));
    for (size_t i = 0; i < groups->count; i++) {
        for (size_t j = 0; j < groups->items[i]->case_count; j++) {
            const size_t index = groups->items[i]->cases[j];
            void *items = lists[index];
            size_t *place =
                arena_push(arena, &items, &groups->of_case_count[index], sizeof(*place));

            *place = i;
            lists[index] = items;
        }
    }
    groups->of_case = (const size_t **)lists;
}

void groups_init(struct groups *groups, const struct judgement *judgement)
{
    struct mentions mentions = {.count = 0};

    memset(groups, 0, sizeof(*groups));
    gather(&groups->arena, judgement, &mentions);
    form_groups(groups, &mentions, only_some_fail(judgement));
    index_cases(groups, judgement->case_count);
}

void groups_release(struct groups *groups)
{
    arena_release(&groups->arena);
    memset(groups, 0, sizeof(*groups));
}
