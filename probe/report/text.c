/* SPDX-License-Identifier: Apache-2.0 */
/* The text report: a header, the steps, the findings and the verdict of every case, a summary. */
#include <string.h>

#include "report/text.h"
#include "report/words.h"
#include "rules/checklist.h"

enum {
    LABEL_COLUMN = 10,
    MOST_DISKS = 16, /* shown one by one without -v; of more, the summary says what matters */
};

static void put_field(struct layout *layout, const char *label, const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    layout_text(layout, 0, label);
    layout_pad(layout, LABEL_COLUMN);
    layout_text(layout, LABEL_COLUMN, text);
    layout_end(layout);
}

const char *text_target(const struct judged_case *judged)
{
    return judged->view.run && judged->view.run->target ? judged->view.run->target
                                                        : "(a case without its first record)";
}

static void put_url(struct layout *layout, const struct evidence_run *run)
{
    const char *scheme = run->scheme ? run->scheme : "http";
    const int64_t usual = strcmp(scheme, "https") == 0 ? 443 : 80;
    struct buffer text = {0};

    buffer_printf(&text, "%s://", scheme);
    say_address(run->target ? run->target : "?", run->port, usual, &text);
    buffer_puts(&text, run->path ? run->path : "");
    put_field(layout, "URL", buffer_text(&text));
    buffer_release(&text);
}

static void put_header(struct layout *layout, const struct judgement *judgement, size_t index)
{
    const struct judged_case *judged = &judgement->cases[index];
    const struct evidence_run *run = judged->view.run;
    char when[WORDS_SIZE] = "";
    struct buffer client = {0};

    if (judged->view.record_count > 0) {
        say_time(judged->view.records[0]->at, when);
    }
    layout_margin(layout, when);
    layout_printf(layout, 0, "Management point %s", text_target(judged));
    if (judgement->case_count > 1) {
        layout_printf(layout, 0, " (%zu of %zu)", index + 1, judgement->case_count);
    }
    layout_end(layout);
    layout_rule(layout, '=');
    if (run) {
        put_url(layout, run);
        buffer_puts(&client, run->client_host ? run->client_host : "");
        put_field(layout, "SPN", run->spn ? run->spn : "");
    }
    if (judged->view.identity && judged->view.identity->principal) {
        buffer_printf(&client, "%sas %s", client.length > 0 ? ", " : "",
                      judged->view.identity->principal);
    }
    put_field(layout, "Client", buffer_text(&client));
    put_field(layout, "Program", run && run->program ? run->program : "");
    buffer_release(&client);
}

static void put_case(struct layout *layout, const struct judgement *judgement, size_t index)
{
    if (checklist_applies(&judgement->cases[index].view)) {
        text_disk(layout, judgement, index);
        return;
    }
    put_header(layout, judgement, index);
    layout_blank(layout);
    text_steps(layout, &judgement->cases[index], judgement->case_count > 1);
    text_findings(layout, &judgement->cases[index]);
    text_verdict(layout, &judgement->cases[index]);
}

void report_text(const struct evidence_set *set, const struct judgement *judgement,
                 const struct report_options *options, struct buffer *out)
{
    struct layout layout = {.out = out, .options = options};

    if (judgement->case_count == 0) {
        layout_printf(&layout, 0, "The evidence holds no case: %zu records.", set->count);
        layout_end(&layout);
    }
    for (size_t i = 0; i < judgement->case_count; i++) {
        if (judgement->case_count > MOST_DISKS && options->verbosity == 0 &&
            checklist_applies(&judgement->cases[i].view)) {
            continue;
        }
        put_case(&layout, judgement, i);
        if (judgement->case_count > 1) {
            layout_blank(&layout);
        }
    }
    if (judgement->case_count > 1) {
        text_summary(&layout, judgement);
    }
}
