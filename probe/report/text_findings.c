/* SPDX-License-Identifier: Apache-2.0 */
/* What was concluded: the findings, heaviest first, and the verdict. */
#include <stdlib.h>
#include <string.h>

#include "report/reference.h"
#include "report/remedy.h"
#include "report/text.h"
#include "rules/checklist.h"

enum {
    BODY_INDENT = LAYOUT_INDENT,
    REMEDY_INDENT = BODY_INDENT + 2,
    VERDICT_COLUMN = 12,
};

static bool listed(size_t index, const size_t *indexes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (indexes[i] == index) {
            return true;
        }
    }
    return false;
}

/* The words of a finding; freed by the caller's arena. */
static const char *title_of(struct arena *arena, const struct finding *finding)
{
    return finding_expand(arena, finding, finding_type(finding->id)->title);
}

static void put_origin(struct layout *layout, const struct judged_case *judged, size_t index)
{
    const struct finding *finding = &judged->findings.items[index];
    const struct verdict *verdict = &judged->verdict;
    struct buffer text = {0};

    if (verdict->root == (int)index) {
        buffer_puts(&text, ", root cause");
    } else if (listed(index, verdict->symptoms, verdict->symptom_count)) {
        buffer_puts(&text, ", follows from the root cause");
    }
    if (finding->confidence != CONFIDENCE_NONE && finding->level >= LEVEL_WARN) {
        buffer_printf(&text, ", %s", finding_confidence_word(finding->confidence));
    }
    if (finding->evidence_count > 0) {
        buffer_puts(&text, ", seen in ");
        say_references(&judged->view, finding, &text);
    }
    if (text.length > 0) {
        layout_pad(layout, BODY_INDENT);
        layout_text(layout, BODY_INDENT, buffer_text(&text) + 2);
        layout_end(layout);
    }
    buffer_release(&text);
}

static bool put_paragraph(struct layout *layout, const struct finding *finding, size_t indent,
                          const char *paragraph)
{
    struct arena arena = {0};
    const char *text = finding_expand(&arena, remedy_finding(&arena, finding), paragraph);
    bool broken = false;

    if (indent >= REMEDY_COMMAND) {
        broken = layout_command(layout, REMEDY_INDENT + REMEDY_COMMAND, text);
    } else {
        layout_pad(layout, REMEDY_INDENT);
        layout_text(layout, REMEDY_INDENT, text);
        layout_end(layout);
    }
    arena_release(&arena);
    return broken;
}

static void put_remedy(struct layout *layout, const struct finding *finding, const char *remedy)
{
    bool broken = false;

    layout_pad(layout, BODY_INDENT);
    layout_text(layout, BODY_INDENT, "What to do:");
    layout_end(layout);
    while (*remedy != '\0') {
        struct buffer paragraph = {0};
        const size_t indent = remedy_paragraph(&remedy, &paragraph);

        broken = put_paragraph(layout, finding, indent, buffer_text(&paragraph)) || broken;
        buffer_release(&paragraph);
    }
    if (broken) {
        layout_pad(layout, REMEDY_INDENT);
        layout_text(layout, REMEDY_INDENT,
                    "(^ or \\ at the end of a line: the command goes on in the next.)");
        layout_end(layout);
    }
}

static void put_finding(struct layout *layout, const struct judged_case *judged, size_t index)
{
    const struct finding *finding = &judged->findings.items[index];
    const struct finding_type *type = finding_type(finding->id);
    const struct verdict *verdict = &judged->verdict;
    const bool explained = listed(index, verdict->symptoms, verdict->symptom_count);
    const bool asks = finding->level >= LEVEL_WARN || finding->level == LEVEL_SKIP;
    const bool whole = layout->options->verbosity > 0 || (asks && !explained);
    struct arena arena = {0};

    layout_mark(layout, finding->level);
    layout_printf(layout, BODY_INDENT, "%s: %s", type->name, title_of(&arena, finding));
    layout_end(layout);
    if (whole || asks) {
        put_origin(layout, judged, index);
    }
    if (whole && type->why[0] != '\0') {
        layout_pad(layout, BODY_INDENT);
        layout_text(layout, BODY_INDENT, finding_expand(&arena, finding, type->why));
        layout_end(layout);
    }
    if (whole && asks && type->remedy[0] != '\0') {
        put_remedy(layout, finding, type->remedy);
    }
    arena_release(&arena);
}

/* The root cause stands first, then the heavier before the lighter; else the catalogue's order. */
static size_t *order_findings(struct arena *arena, const struct judged_case *judged)
{
    const size_t count = judged->findings.count;
    size_t *order = arena_alloc(arena, (count + 1) * sizeof(*order));
    size_t filled = 0;

    if (judged->verdict.root >= 0) {
        order[filled++] = (size_t)judged->verdict.root;
    }
    for (int level = LEVEL_COUNT - 1; level >= LEVEL_NONE; level--) {
        for (size_t i = 0; i < count; i++) {
            if (judged->findings.items[i].level == (enum finding_level)level &&
                judged->verdict.root != (int)i) {
                order[filled++] = i;
            }
        }
    }
    return order;
}

/* That a step was skipped stands in its own line and in the verdict. */
static bool is_shown(const struct layout *layout, const struct finding *finding)
{
    return finding->level >= layout->options->least &&
           (finding->id != FINDING_CHECK_SKIPPED || layout->options->verbosity > 0);
}

void text_findings(struct layout *layout, const struct judged_case *judged)
{
    bool first_shown = false;
    struct arena arena = {0};
    const size_t *order = order_findings(&arena, judged);

    for (size_t i = 0; i < judged->findings.count; i++) {
        const struct finding *finding = &judged->findings.items[order[i]];

        if (!is_shown(layout, finding)) {
            continue;
        }
        if (finding->level >= LEVEL_SKIP || !first_shown) {
            layout_blank(layout);
        }
        first_shown = true;
        put_finding(layout, judged, order[i]);
    }
    arena_release(&arena);
}

static void put_label(struct layout *layout, const char *label)
{
    layout_text(layout, 0, label);
    layout_pad(layout, VERDICT_COLUMN);
}

static void put_list(struct layout *layout, const struct judged_case *judged, const char *label,
                     const size_t *indexes, size_t count)
{
    struct arena arena = {0};

    put_label(layout, label);
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &judged->findings.items[indexes[i]];

        layout_printf(layout, VERDICT_COLUMN, "%s%s: %s", i > 0 ? "; " : "",
                      finding_type(finding->id)->name, title_of(&arena, finding));
    }
    layout_end(layout);
    arena_release(&arena);
}

/* "Not tested: " and what was not, without saying so again. */
static void put_untested(struct layout *layout, const struct judged_case *judged)
{
    static const char prefix[] = "Not tested: ";
    const struct verdict *verdict = &judged->verdict;
    struct arena arena = {0};

    if (verdict->untested_count == 0 && text_is_recorded(judged)) {
        return; /* what a recording lacks is told where it begins */
    }
    put_label(layout, "Not tested:");
    if (verdict->untested_count == 0) {
        layout_text(layout, VERDICT_COLUMN, "everything was tested");
    }
    for (size_t i = 0; i < verdict->untested_count; i++) {
        const char *title = title_of(&arena, &judged->findings.items[verdict->untested[i]]);
        const bool again = strncmp(title, prefix, strlen(prefix)) == 0;

        layout_printf(layout, VERDICT_COLUMN, "%s%s", i > 0 ? "; " : "",
                      title + (again ? strlen(prefix) : 0));
    }
    layout_end(layout);
    arena_release(&arena);
}

static const char *disk_verdict(const struct verdict *verdict)
{
    return verdict->level == LEVEL_UNKNOWN ? "could not tell; see what could not be looked at"
           : verdict->level == LEVEL_WARN  ? "nothing stands in the way; mind the warnings"
           : verdict->level == LEVEL_FAIL  ? "something is left to do; see above"
                                           : "nothing is left to do that a disk shows";
}

static const char *verdict_without_root(const struct verdict *verdict)
{
    switch (verdict->level) {
    case LEVEL_FAIL:
        return "something failed, and no single cause explains it; see below";
    case LEVEL_UNKNOWN:
        return verdict->remaining_count > 0
                   ? "could not tell; see below"
                   : "no fault was seen, but too little was tested to tell";
    case LEVEL_WARN:
        return "nothing that was seen stands in the way of automatic approval; mind the warnings";
    case LEVEL_NONE:
    case LEVEL_SKIP:
        return "no fault was seen, but too little was tested to tell";
    case LEVEL_OK:
    case LEVEL_INFO:
    case LEVEL_COUNT:
        break;
    }
    return "nothing in the exchange stands in the way of automatic approval";
}

void text_verdict(struct layout *layout, const struct judged_case *judged)
{
    const struct verdict *verdict = &judged->verdict;
    struct arena arena = {0};

    layout_blank(layout);
    layout_color(layout, verdict->level);
    put_label(layout, "Verdict:");
    if (verdict->root >= 0) {
        const struct finding *root = &judged->findings.items[verdict->root];

        layout_printf(layout, VERDICT_COLUMN, "%s (%s): %s", finding_type(root->id)->name,
                      finding_confidence_word(root->confidence), title_of(&arena, root));
    } else {
        layout_text(layout, VERDICT_COLUMN,
                    checklist_applies(&judged->view) ? disk_verdict(verdict)
                                                     : verdict_without_root(verdict));
    }
    layout_plain(layout);
    layout_end(layout);
    if (verdict->symptom_count > 0) {
        put_list(layout, judged, "Explains:", verdict->symptoms, verdict->symptom_count);
    }
    if (verdict->remaining_count > 0) {
        put_list(layout, judged, "Also:", verdict->remaining, verdict->remaining_count);
    }
    if (!checklist_applies(&judged->view)) {
        put_untested(layout, judged);
    }
    arena_release(&arena);
}
