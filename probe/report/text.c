/* SPDX-License-Identifier: Apache-2.0 */
/* The text report: a header, the steps, the findings and the verdict of every case, a summary. */
#include "report/text.h"
#include "report/reference.h"
#include "rules/checklist.h"

enum {
    /* Shown one by one without -v; of more, the summary says what matters. */
    MOST_DISKS = 16,
    MOST_CLIENTS = 20,
};

static void put_case(struct layout *layout, const struct judgement *judgement, size_t index)
{
    const struct judged_case *judged = &judgement->cases[index];
    const bool recorded = text_is_recorded(judged);
    const bool logs = recorded && judged->view.run->origin == ORIGIN_LOGS;

    layout->name_sources = reference_needs_source(&judged->view);
    if (checklist_applies(&judged->view)) {
        text_disk(layout, judgement, index);
        return;
    }
    text_head(layout, judgement, index);
    layout_blank(layout);
    if (logs) {
        text_log_events(layout, &judged->view);
    } else if (recorded) {
        text_recorded_ladder(layout, &judged->view);
        layout_blank(layout);
        text_story(layout, &judged->view);
    }
    if (recorded) {
        text_registrations(layout, &judged->view);
    }
    if (recorded && layout->options->verbosity > 0) {
        layout_blank(layout);
    }
    if (!recorded || (layout->options->verbosity > 0 && !logs)) {
        text_steps(layout, judged, judgement->case_count > 1);
    }
    text_findings(layout, judged);
    text_verdict(layout, judged);
}

/* Of many clients the table tells where to look; a page for each would bury it. */
static bool only_a_table(const struct judgement *judgement, const struct report_options *options)
{
    return options->verbosity == 0 && judgement->case_count > MOST_CLIENTS &&
           text_only_clients(judgement);
}

void report_text(const struct evidence_set *set, const struct judgement *judgement,
                 const struct report_options *options, struct buffer *out)
{
    struct layout layout = {.out = out, .options = options};
    const bool recordings = text_recordings(&layout, &judgement->common);
    const bool story = text_is_one_story(judgement);
    const bool table = only_a_table(judgement, options) || (story && options->verbosity == 0);

    if (judgement->case_count == 0 && recordings) {
        text_nothing_recorded(&layout, &judgement->common);
    } else if (judgement->case_count == 0) {
        layout_printf(&layout, 0, "The evidence holds no case: %zu records.", set->count);
        layout_end(&layout);
    }
    for (size_t i = 0; i < judgement->case_count && !table; i++) {
        if (judgement->case_count > MOST_DISKS && options->verbosity == 0 &&
            checklist_applies(&judgement->cases[i].view)) {
            continue;
        }
        put_case(&layout, judgement, i);
        if (judgement->case_count > 1) {
            layout_blank(&layout);
        }
    }
    if (story) {
        text_one_story(&layout, judgement);
    } else if (text_wants_clients(judgement)) {
        text_clients(&layout, judgement);
    } else if (judgement->case_count > 1) {
        text_summary(&layout, judgement);
    }
    if (table && !story) {
        layout_blank(&layout);
        layout_text(&layout, 0,
                    "What each client did: -v, or of one alone with --client. "
                    "What to do about a cause:");
        layout_end(&layout);
        layout_command(&layout, LAYOUT_INDENT, "ccmprobe explain ID");
    }
}
