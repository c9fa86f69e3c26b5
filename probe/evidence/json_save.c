/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/json_writer.h"
#include "evidence/json.h"
#include "evidence/shape.h"

static void write_members(struct json_writer *writer, const struct shape *shape, const void *from);

static void write_time(struct json_writer *writer, const char *key, int64_t wall_us)
{
    char text[CLOCK_TEXT_SIZE];

    writer_text(writer, key, clock_format(wall_us, text));
}

static void write_object(struct json_writer *writer, const char *key, const struct shape *shape,
                         const void *from)
{
    writer_object(writer, key);
    write_members(writer, shape, from);
    writer_object_end(writer);
}

/* The elements of a list field, which is left out when there are none. */
static void write_list(struct json_writer *writer, const struct field *field, const char *from)
{
    void *const items = *(void *const *)(const void *)(from + field->offset);
    const size_t count = *(const size_t *)(const void *)(from + field->count_offset);

    if (count == 0) {
        return;
    }
    writer_array(writer, field->name);
    for (size_t i = 0; i < count; i++) {
        if (field->type == FIELD_OBJECTS) {
            const char *element = (const char *)items + i * field->shape->size;

            write_object(writer, NULL, field->shape, element);
        } else if (field->type == FIELD_STRINGS) {
            writer_text(writer, NULL, ((const char *const *)items)[i]);
        } else {
            writer_integer(writer, NULL, ((const int64_t *)items)[i]);
        }
    }
    writer_array_end(writer);
}

/* A field, which is left out when it is unknown. */
static void write_field(struct json_writer *writer, const struct field *field, const char *from)
{
    const void *at = from + field->offset;

    switch (field->type) {
    case FIELD_STRING: {
        const char *text = *(const char *const *)at;

        if (text) {
            writer_text(writer, field->name, text);
        }
        break;
    }
    case FIELD_INTEGER:
    case FIELD_TIME: {
        const int64_t value = *(const int64_t *)at;

        if (value != EVIDENCE_UNKNOWN && field->type == FIELD_TIME) {
            write_time(writer, field->name, value);
        } else if (value != EVIDENCE_UNKNOWN) {
            writer_integer(writer, field->name, value);
        }
        break;
    }
    case FIELD_WORD: {
        const unsigned value = *(const unsigned *)at;

        if (value > 0) {
            writer_text(writer, field->name, field->words[value]);
        }
        break;
    }
    case FIELD_OBJECT: {
        const void *part = *(void *const *)at;

        if (part) {
            write_object(writer, field->name, field->shape, part);
        }
        break;
    }
    case FIELD_OBJECTS:
    case FIELD_STRINGS:
    case FIELD_INTEGERS:
        write_list(writer, field, from);
        break;
    }
}

static void write_members(struct json_writer *writer, const struct shape *shape, const void *from)
{
    for (const struct field *field = shape->fields; field->name; field++) {
        write_field(writer, field, from);
    }
}

void evidence_record_write(const struct evidence_record *record, struct json_writer *writer)
{
    writer_object(writer, NULL);
    writer_integer(writer, "id", record->id);
    writer_integer(writer, "case", record->case_id);
    writer_text(writer, "kind", evidence_kind_word(record->kind));
    if (record->at != EVIDENCE_UNKNOWN) {
        write_time(writer, "at", record->at);
    }
    if (record->place) {
        write_object(writer, "place", &SHAPE_PLACE, record->place);
    }
    write_members(writer, shape_of(record->kind), record->payload);
    writer_object_end(writer);
}

void evidence_save(const struct evidence_set *set, struct buffer *out, struct file_sink *sink)
{
    struct json_writer writer = {.out = out, .sink = sink, .style = JSON_STYLE_LINE};

    writer_object(&writer, NULL);
    writer_text(&writer, "format", "ccmprobe-evidence");
    writer_integer(&writer, "version", EVIDENCE_VERSION);
    writer_object_end(&writer);
    for (size_t i = 0; i < set->count; i++) {
        writer_line(&writer);
        evidence_record_write(&set->records[i], &writer);
    }
    writer_line(&writer);
    writer_object(&writer, NULL);
    writer_integer(&writer, "end", (int64_t)set->count);
    writer_object_end(&writer);
    writer_finish(&writer);
}
