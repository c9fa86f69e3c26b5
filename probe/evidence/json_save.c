/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "evidence/json.h"
#include "evidence/shape.h"

static json_t *object_to_json(const struct shape *shape, const void *from);

static json_t *time_to_json(int64_t wall_us)
{
    char text[CLOCK_TEXT_SIZE];

    return json_string(clock_format(wall_us, text));
}

/* The elements of a list field. NULL, so that the field is left out, when there are none. */
static json_t *list_to_json(const struct field *field, const char *from)
{
    void *const items = *(void *const *)(const void *)(from + field->offset);
    const size_t count = *(const size_t *)(const void *)(from + field->count_offset);
    json_t *array = count > 0 ? json_array() : NULL;

    for (size_t i = 0; i < count; i++) {
        if (field->type == FIELD_OBJECTS) {
            const char *element = (const char *)items + i * field->shape->size;

            json_array_append_new(array, object_to_json(field->shape, element));
        } else if (field->type == FIELD_STRINGS) {
            json_array_append_new(array, json_string(((const char *const *)items)[i]));
        } else {
            json_array_append_new(array, json_integer(((const int64_t *)items)[i]));
        }
    }
    return array;
}

/* The value of a field, or NULL when it is unknown. */
static json_t *field_to_json(const struct field *field, const char *from)
{
    const void *at = from + field->offset;

    switch (field->type) {
    case FIELD_STRING: {
        const char *text = *(const char *const *)at;

        return text ? json_string(text) : NULL;
    }
    case FIELD_INTEGER:
    case FIELD_TIME: {
        const int64_t value = *(const int64_t *)at;

        if (value == EVIDENCE_UNKNOWN) {
            return NULL;
        }
        return field->type == FIELD_TIME ? time_to_json(value) : json_integer(value);
    }
    case FIELD_WORD: {
        const unsigned value = *(const unsigned *)at;

        return value > 0 ? json_string(field->words[value]) : NULL;
    }
    case FIELD_OBJECT: {
        const void *part = *(void *const *)at;

        return part ? object_to_json(field->shape, part) : NULL;
    }
    case FIELD_OBJECTS:
    case FIELD_STRINGS:
    case FIELD_INTEGERS:
        return list_to_json(field, from);
    }
    return NULL;
}

static void fields_to_json(json_t *object, const struct shape *shape, const void *from)
{
    for (const struct field *field = shape->fields; field->name; field++) {
        json_t *value = field_to_json(field, from);

        if (value) {
            json_object_set_new(object, field->name, value);
        }
    }
}

static json_t *object_to_json(const struct shape *shape, const void *from)
{
    json_t *object = json_object();

    fields_to_json(object, shape, from);
    return object;
}

json_t *evidence_record_to_json(const struct evidence_record *record)
{
    json_t *object = json_object();

    json_object_set_new(object, "id", json_integer(record->id));
    json_object_set_new(object, "case", json_integer(record->case_id));
    json_object_set_new(object, "kind", json_string(evidence_kind_word(record->kind)));
    if (record->at != EVIDENCE_UNKNOWN) {
        json_object_set_new(object, "at", time_to_json(record->at));
    }
    if (record->place) {
        json_object_set_new(object, "place", object_to_json(&SHAPE_PLACE, record->place));
    }
    fields_to_json(object, shape_of(record->kind), record->payload);
    return object;
}

/* Writes the value on a line of its own and drops the reference. */
static void save_line(json_t *value, struct buffer *out)
{
    char *line = json_dumps(value, JSON_COMPACT | JSON_ENSURE_ASCII);

    if (line) {
        buffer_puts(out, line);
        buffer_putc(out, '\n');
    }
    free(line);
    json_decref(value);
}

void evidence_save(const struct evidence_set *set, struct buffer *out)
{
    save_line(json_pack("{s:s, s:i}", "format", "ccmprobe-evidence", "version", EVIDENCE_VERSION),
              out);
    for (size_t i = 0; i < set->count; i++) {
        save_line(evidence_record_to_json(&set->records[i]), out);
    }
    save_line(json_pack("{s:I}", "end", (json_int_t)set->count), out);
}
