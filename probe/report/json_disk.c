/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_disk.h"

#include "report/disk_commands.h"

static json_t *records_to_json(const struct evidence_record *const *records, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        json_array_append_new(array, json_integer(records[i]->id));
    }
    return array;
}

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

static json_t *steps_to_json(const struct checklist *checklist)
{
    json_t *array = json_array();

    for (size_t i = 0; i < checklist->step_count; i++) {
        const struct checklist_step *step = &checklist->steps[i];
        json_t *object = json_object();

        json_object_set_new(object, "number", json_string(step->row->number));
        json_object_set_new(object, "text", json_string(step->text));
        json_object_set_new(object, "result", json_string(result_word(step->result)));
        json_object_set_new(object, "found", records_to_json(step->found, step->found_count));
        json_object_set_new(object, "unseen", records_to_json(step->unseen, step->unseen_count));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *commands_to_json(const struct disk_commands *commands)
{
    json_t *array = json_array();

    for (size_t i = 0; i < commands->count; i++) {
        const struct disk_command *command = &commands->items[i];
        json_t *object = json_object();

        json_object_set_new(object, "step", json_string(command->step));
        json_object_set_new(object, command->by_hand ? "by_hand" : "command",
                            json_string(command->text));
        json_array_append_new(array, object);
    }
    return array;
}

json_t *checklist_to_json(const struct case_view *view)
{
    json_t *object = json_object();
    struct arena arena = {0};
    struct checklist checklist;
    struct disk_commands commands;

    checklist_make(view, &arena, &checklist);
    disk_commands_make(&checklist, &arena, &commands);
    json_object_set_new(object, "procedure", json_string(phrase_procedure(checklist.procedure)));
    if (view->run->origin == ORIGIN_IMAGE) {
        json_object_set_new(object, "client", json_string(phrase_client(checklist.client)));
        json_object_set_new(object, "version",
                            checklist.version ? json_string(checklist.version) : json_null());
    }
    json_object_set_new(object, "steps", steps_to_json(&checklist));
    json_object_set_new(object, "commands", commands_to_json(&commands));
    if (view->run->origin == ORIGIN_RESIDUE) {
        checklist_parent(view, &arena, &checklist);
        json_object_set_new(object, "parent_steps", steps_to_json(&checklist));
    }
    arena_release(&arena);
    return object;
}
