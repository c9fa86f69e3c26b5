/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a case about a disk: what was looked at, the article's steps, what is to be done. */
#include <inttypes.h>
#include <string.h>

#include "report/disk_commands.h"
#include "report/text.h"
#include "report/words.h"
#include "rules/identities.h"

enum {
    LABEL_COLUMN = 10,
    STEP_COLUMN = LAYOUT_INDENT + 6,
    FOUND_INDENT = STEP_COLUMN,
    MOST_FOUND = 40, /* places of a step, without -v */
};

static void put_label(struct layout *layout, const char *label)
{
    layout_text(layout, 0, label);
    layout_pad(layout, LABEL_COLUMN);
}

static void put_field(struct layout *layout, const char *label, const char *text)
{
    layout_field(layout, LABEL_COLUMN, label, text);
}

/* --- the head --- */

static const char *layout_text_of(enum disk_layout layout)
{
    switch (layout) {
    case LAYOUT_DISK:
        return "a whole disk, Windows in ";
    case LAYOUT_WINDOWS:
        return "a Windows folder";
    case LAYOUT_BAG:
        return "single files, without the folders of a disk";
    case LAYOUT_UNKNOWN:
        break;
    }
    return "";
}

static void put_disk(struct layout *layout, const struct case_view *view)
{
    const struct evidence_record *record = checklist_source(view, DISK_FILES);
    const struct evidence_source *source;

    if (!record) {
        return;
    }
    source = record->source;
    put_label(layout, "Disk");
    layout_printf(layout, LABEL_COLUMN, "%s%s", layout_text_of(source->layout),
                  source->layout == LAYOUT_DISK && source->windows ? source->windows : "");
    if (source->entries != EVIDENCE_UNKNOWN) {
        layout_printf(layout, LABEL_COLUMN, "; %" PRId64 " files and folders", source->entries);
    }
    if (source->problem) {
        layout_printf(layout, LABEL_COLUMN, "; not all of it was seen: %s%s%s",
                      source->path ? source->path : "", source->path ? ": " : "", source->problem);
    }
    layout_end(layout);
}

/* The identity that the disk has, one line each. */
static void put_identity(struct layout *layout, const struct case_view *view)
{
    static const struct {
        const char *label;
        enum disk_item item;
    } rows[] = {{"GUID", DISK_ITEM_UNIQUE_ID}, {"GUID", DISK_ITEM_SMSCFG_GUID}};
    const struct evidence_record *record;
    const char *sid = identity_sid(view, &record);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct evidence_record *found = checklist_item(view, rows[i].item);

        if (found) {
            put_label(layout, rows[i].label);
            layout_printf(layout, LABEL_COLUMN, "%s, in %s",
                          found->item->value ? found->item->value : "?",
                          rows[i].item == DISK_ITEM_UNIQUE_ID ? "the registry" : "Smscfg.ini");
            layout_end(layout);
        }
    }
    put_label(layout, "SID");
    if (sid) {
        layout_printf(layout, LABEL_COLUMN, "%s, of the machine, by %s", sid,
                      record->item->item == DISK_ITEM_FILE_SID      ? "Smscfg.ini"
                      : record->item->item == DISK_ITEM_MACHINE_SID ? "the hive SAM"
                                                                    : "the hive SECURITY");
    } else {
        const struct evidence_record *sam = checklist_source(view, DISK_SAM);

        layout_printf(layout, LABEL_COLUMN, "of the machine: could not tell%s%s",
                      sam ? "; the hive SAM: " : "",
                      !sam                                ? ""
                      : sam->source->state == SOURCE_READ ? "it holds none"
                                                          : phrase_unseen(sam->source));
    }
    layout_end(layout);
}

/* When Windows wrote the hives last, by their own headers. */
static void put_written(struct layout *layout, const struct case_view *view)
{
    bool first = true;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        char when[WORDS_SIZE];

        if (record->kind != EVIDENCE_SOURCE || record->source->written_at == EVIDENCE_UNKNOWN) {
            continue;
        }
        if (first) {
            put_label(layout, "Written");
        }
        layout_printf(layout, LABEL_COLUMN, "%s%s %s", first ? "" : ", ",
                      phrase_source(record->source->source),
                      say_date(record->source->written_at, when));
        first = false;
    }
    if (!first) {
        layout_end(layout);
    }
}

static void put_header(struct layout *layout, const struct judgement *judgement, size_t index,
                       const struct checklist *checklist)
{
    const struct case_view *view = &judgement->cases[index].view;
    const bool image = view->run->origin == ORIGIN_IMAGE;
    char when[WORDS_SIZE] = "";

    layout_margin(layout, say_time(view->records[0]->at, when));
    layout_printf(layout, 0, "%s %s", image ? "Master image" : "Former secondary site",
                  text_target(&judgement->cases[index]));
    if (judgement->case_count > 1) {
        layout_printf(layout, 0, " (%zu of %zu)", index + 1, judgement->case_count);
    }
    layout_end(layout);
    layout_rule(layout, '=');
    if (image) {
        put_label(layout, "Holds");
        layout_printf(layout, LABEL_COLUMN, "%s%s%s", phrase_client(checklist->client),
                      checklist->version ? ", version " : "",
                      checklist->version ? checklist->version : "");
        layout_end(layout);
    } else {
        put_field(layout, "Site", view->run->site ? view->run->site : "?");
    }
    put_field(layout, "Steps", phrase_procedure(checklist->procedure));
    put_disk(layout, view);
    put_written(layout, view);
    if (image) {
        put_identity(layout, view);
    }
    put_field(layout, "Program", view->run->program ? view->run->program : "");
}

/* --- the steps --- */

static enum finding_level level_of(const struct checklist_step *step)
{
    switch (step->result) {
    case RESULT_DONE:
        return LEVEL_OK;
    case RESULT_LEFT:
        return step->row->nature == DISK_NATURE_START || step->row->first == DISK_ITEM_ASSIGNED_SITE
                   ? LEVEL_WARN
                   : LEVEL_FAIL;
    case RESULT_UNTOLD:
        return LEVEL_UNKNOWN;
    case RESULT_BY_HAND:
        break;
    }
    return LEVEL_NONE;
}

static const char *result_text(enum step_result result)
{
    switch (result) {
    case RESULT_DONE:
        return "done";
    case RESULT_LEFT:
        return "left to do";
    case RESULT_UNTOLD:
        return "could not tell";
    case RESULT_BY_HAND:
        break;
    }
    return "by hand, a disk does not show it";
}

static const char *start_text(int64_t start)
{
    static const char *const words[] = {"Boot", "System", "Automatic", "Manual", "Disabled"};

    return start >= 0 && start < (int64_t)(sizeof(words) / sizeof(words[0]))
               ? words[start]
               : "with an unknown startup type";
}

static void put_found(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_item *item = record->item;

    layout_pad(layout, LAYOUT_INDENT);
    layout_printf(layout, LAYOUT_INDENT, "[%u]", (unsigned)record->id);
    layout_pad(layout, FOUND_INDENT);
    layout_text(layout, FOUND_INDENT, item->where ? item->where : "?");
    if (disk_item_row(item->item)->kind == DISK_KIND_START) {
        layout_printf(layout, FOUND_INDENT, ": %s", start_text(item->number));
    } else if (item->value && item->value[0]) {
        layout_printf(layout, FOUND_INDENT, ": %s", item->value);
    }
    layout_end(layout);
}

static void put_step(struct layout *layout, const struct checklist_step *step)
{
    const bool whole = layout->options->verbosity > 0;
    const bool wanted = step->result == RESULT_LEFT || step->row->nature == DISK_NATURE_HAND;

    layout_mark(layout, level_of(step));
    layout_text(layout, LAYOUT_INDENT, step->row->number);
    layout_pad(layout, STEP_COLUMN);
    layout_printf(layout, STEP_COLUMN, "%s: %s", step->text, result_text(step->result));
    layout_end(layout);
    for (size_t i = 0; i < step->found_count && (whole || wanted); i++) {
        if (i >= MOST_FOUND && !whole && step->found_count > MOST_FOUND + 1) {
            layout_pad(layout, FOUND_INDENT);
            layout_printf(layout, FOUND_INDENT, "and %zu more: see -v", step->found_count - i);
            layout_end(layout);
            break;
        }
        put_found(layout, step->found[i]);
    }
    for (size_t i = 0; i < step->unseen_count && step->result != RESULT_BY_HAND; i++) {
        layout_pad(layout, STEP_COLUMN);
        layout_printf(layout, FOUND_INDENT, "%s: %s",
                      phrase_source(step->unseen[i]->source->source),
                      phrase_unseen(step->unseen[i]->source));
        layout_end(layout);
    }
}

static void put_steps(struct layout *layout, const struct checklist *checklist)
{
    layout_blank(layout);
    for (size_t i = 0; i < checklist->step_count; i++) {
        put_step(layout, &checklist->steps[i]);
    }
}

/* --- what is to be done --- */

static void put_commands(struct layout *layout, const struct disk_commands *commands)
{
    if (commands->count == 0) {
        return;
    }
    layout_blank(layout);
    layout_text(layout, 0,
                "To do, at a command prompt of an administrator on the computer itself. ccmprobe "
                "changes nothing.");
    layout_end(layout);
    if (commands->registry) {
        layout_text(layout, 0,
                    "Warning: serious problems might occur if the registry is modified "
                    "incorrectly; they might require that the operating system is installed anew. "
                    "Back the registry up first (KB 256986). Modify it at your own risk.");
        layout_end(layout);
    }
    for (size_t i = 0; i < commands->count; i++) {
        const struct disk_command *command = &commands->items[i];

        layout_pad(layout, LAYOUT_INDENT);
        layout_text(layout, LAYOUT_INDENT, command->step);
        layout_pad(layout, STEP_COLUMN);
        layout_printf(layout, command->by_hand ? STEP_COLUMN : 0, "%s%s",
                      command->by_hand ? "by hand: " : "", command->text);
        layout_end(layout);
    }
}

static void put_parent(struct layout *layout, const struct case_view *view)
{
    struct arena arena = {0};
    struct checklist parent;

    checklist_parent(view, &arena, &parent);
    layout_blank(layout);
    layout_printf(layout, 0, "At the parent site, and elsewhere (%s)",
                  phrase_procedure(parent.procedure));
    layout_end(layout);
    for (size_t i = 0; i < parent.step_count; i++) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_text(layout, LAYOUT_INDENT, parent.steps[i].row->number);
        layout_pad(layout, STEP_COLUMN);
        layout_text(layout, STEP_COLUMN, parent.steps[i].text);
        layout_end(layout);
    }
    arena_release(&arena);
}

void text_disk(struct layout *layout, const struct judgement *judgement, size_t index)
{
    const struct judged_case *judged = &judgement->cases[index];
    struct arena arena = {0};
    struct checklist checklist;
    struct disk_commands commands;

    checklist_make(&judged->view, &arena, &checklist);
    disk_commands_make(&checklist, &arena, &commands);
    put_header(layout, judgement, index, &checklist);
    put_steps(layout, &checklist);
    put_commands(layout, &commands);
    if (layout->options->checklist && judged->view.run->origin == ORIGIN_RESIDUE) {
        put_parent(layout, &judged->view);
    }
    text_findings(layout, judged);
    text_verdict(layout, judged);
    arena_release(&arena);
}
