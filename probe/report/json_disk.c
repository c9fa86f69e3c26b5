/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_disk.h"

#include "report/disk_commands.h"
#include "report/json_parts.h"

static const char *result_word(enum step_result result)
{
    switch (result) {
    case RESULT_DONE:
        return "done";
    case RESULT_LEFT:
        return "left";
    case RESULT_UNTOLD:
        return "unknown";
    case RESULT_BY_HAND:
        break;
    }
    return "by-hand";
}

static void write_steps(struct json_writer *writer, const char *key,
                        const struct checklist *checklist)
{
    writer_array(writer, key);
    for (size_t i = 0; i < checklist->step_count; i++) {
        const struct checklist_step *step = &checklist->steps[i];

        writer_object(writer, NULL);
        writer_text(writer, "number", step->row->number);
        writer_text(writer, "text", step->text);
        writer_text(writer, "result", result_word(step->result));
        write_records(writer, "found", step->found, step->found_count);
        write_records(writer, "unseen", step->unseen, step->unseen_count);
        writer_object_end(writer);
    }
    writer_array_end(writer);
}

static void write_commands(struct json_writer *writer, const struct disk_commands *commands)
{
    writer_array(writer, "commands");
    for (size_t i = 0; i < commands->count; i++) {
        const struct disk_command *command = &commands->items[i];

        writer_object(writer, NULL);
        writer_text(writer, "step", command->step);
        writer_text(writer, command->by_hand ? "by_hand" : "command", command->text);
        writer_object_end(writer);
    }
    writer_array_end(writer);
}

void checklist_write(const struct case_view *view, struct json_writer *writer)
{
    struct arena arena = {0};
    struct checklist checklist;
    struct disk_commands commands;

    checklist_make(view, &arena, &checklist);
    disk_commands_make(&checklist, &arena, &commands);
    writer_object(writer, "checklist");
    writer_text(writer, "procedure", phrase_procedure(checklist.procedure));
    if (view->run->origin == ORIGIN_IMAGE) {
        writer_text(writer, "client", phrase_client(checklist.client));
        writer_text(writer, "version", checklist.version);
    }
    write_steps(writer, "steps", &checklist);
    write_commands(writer, &commands);
    if (view->run->origin == ORIGIN_RESIDUE) {
        checklist_parent(view, &arena, &checklist);
        write_steps(writer, "parent_steps", &checklist);
    }
    writer_object_end(writer);
    arena_release(&arena);
}
