/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/known_problems.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/shape.h"

enum { TEXT_LIMIT = 300, NAME_LIMIT = 256 };

struct known_problems {
    const struct signatures *signatures;
    struct arena arena;
    struct known_problem *list; /* one for each signature */
    bool *of_file;              /* the file's name is one that the signature looks at */
    struct signature_scan scan;
    const struct ccm_log_entry *entry; /* the one that is looked at */
    bool found;
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

struct known_problems *known_problems_new(const struct signatures *signatures, const char *path)
{
    struct known_problems *problems = calloc(1, sizeof(*problems));
    const char *name = base_name(path);

    if (!problems) {
        abort();
    }
    problems->signatures = signatures;
    problems->list =
        arena_alloc(&problems->arena, (signatures->count + 1) * sizeof(*problems->list));
    problems->of_file =
        arena_alloc(&problems->arena, (signatures->count + 1) * sizeof(*problems->of_file));
    problems->scan.tried = arena_alloc(&problems->arena, signatures->pattern_count + 1);
    problems->scan.list =
        arena_alloc(&problems->arena, (signatures->pattern_count + 1) * sizeof(size_t));
    for (size_t i = 0; i < signatures->count; i++) {
        problems->of_file[i] = signature_is_of_log(&signatures->items[i], name, strlen(name));
    }
    return problems;
}

void known_problems_free(struct known_problems *problems)
{
    if (problems) {
        arena_release(&problems->arena);
        free(problems);
    }
}

void known_problems_words(const struct known_problems *problems, struct ccm_scan *scan)
{
    for (size_t i = 0; i < problems->signatures->pattern_count; i++) {
        const struct signature_pattern *pattern = &problems->signatures->patterns[i];
        const struct signature_piece *piece = &pattern->pieces[pattern->longest];

        ccm_scan_add(scan, piece->text, piece->length);
    }
}

static void begin(struct known_problems *problems, struct known_problem *problem,
                  const struct signature *signature)
{
    const struct ccm_log_entry *entry = problems->entry;
    struct evidence_known_problem *told =
        evidence_new(&problems->arena, shape_of(EVIDENCE_KNOWN_PROBLEM));
    bool has_zone;

    told->name = signature->name;
    told->means = signature->means;
    told->remedy = signature->remedy;
    told->source = signature->source;
    told->component = entry->component ? evidence_text(&problems->arena, entry->component,
                                                       entry->component_length, NAME_LIMIT)
                                       : NULL;
    told->text = evidence_text(&problems->arena, entry->message, entry->message_length, TEXT_LIMIT);
    told->count = 0;
    *problem = (struct known_problem){told, ccm_log_time(entry, &has_zone), entry->line};
}

static void take(void *context, const struct signature_pattern *pattern)
{
    struct known_problems *problems = context;
    const struct signature *signature = &problems->signatures->items[pattern->signature];
    struct known_problem *problem = &problems->list[pattern->signature];
    const struct ccm_log_entry *entry = problems->entry;
    bool has_zone;

    if (!problems->of_file[pattern->signature] &&
        !(entry->component &&
          signature_is_of_log(signature, entry->component, entry->component_length))) {
        return;
    }
    problems->found = true;
    if (!problem->told) {
        begin(problems, problem, signature);
    }
    /* Two of its patterns in one entry are one entry. */
    if (problem->told->last_line != entry->line) {
        problem->told->count++;
        problem->told->last_at = ccm_log_time(entry, &has_zone);
        problem->told->last_line = entry->line;
    }
}

bool known_problems_entry(struct known_problems *problems, const struct ccm_log_entry *entry)
{
    problems->entry = entry;
    problems->found = false;
    signatures_search(problems->signatures, &problems->scan, entry->message, entry->message_length,
                      take, problems);
    return problems->found;
}

const struct known_problem *known_problems_list(const struct known_problems *problems,
                                                size_t *count_out)
{
    *count_out = problems->signatures->count;
    return problems->list;
}
