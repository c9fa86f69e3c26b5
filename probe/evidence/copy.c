/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/copy.h"

#include <string.h>

/* Room is taken from the front; without memory it is only counted. */
struct room {
    char *memory;
    size_t used;
};

/* Integers and pointers are all that a payload is made of. */
static void *take(struct room *room, size_t size)
{
    const size_t align =
        _Alignof(int64_t) > _Alignof(void *) ? _Alignof(int64_t) : _Alignof(void *);
    void *at = room->memory ? room->memory + room->used : NULL;

    room->used += (size + align - 1) / align * align;
    return at;
}

static void *take_bytes(struct room *room, const void *bytes, size_t size)
{
    void *at = bytes ? take(room, size) : NULL;

    if (at) {
        memcpy(at, bytes, size);
    }
    return at;
}

static const char *take_string(struct room *room, const char *text)
{
    return text ? take_bytes(room, text, strlen(text) + 1) : NULL;
}

static const char **take_strings(struct room *room, const char *const *texts, size_t count)
{
    const char **copy = count > 0 ? take(room, count * sizeof(*copy)) : NULL;

    for (size_t i = 0; i < count; i++) {
        const char *text = take_string(room, texts[i]);

        if (copy) {
            copy[i] = text;
        }
    }
    return copy;
}

static void take_fields(struct room *room, const struct shape *shape, const char *from, char *into);

static void *take_objects(struct room *room, const struct shape *shape, const char *from,
                          size_t count)
{
    char *copy = from && count > 0 ? take_bytes(room, from, count * shape->size) : NULL;

    for (size_t i = 0; from && i < count; i++) {
        take_fields(room, shape, from + i * shape->size, copy ? copy + i * shape->size : NULL);
    }
    return copy;
}

static const void *pointer_at(const char *payload, const struct field *field)
{
    return *(const void *const *)(const void *)(payload + field->offset);
}

static size_t count_at(const char *payload, const struct field *field)
{
    return *(const size_t *)(const void *)(payload + field->count_offset);
}

/* What one field points to. */
static const void *take_field(struct room *room, const struct field *field, const char *from)
{
    const void *pointer = pointer_at(from, field);

    switch (field->type) {
    case FIELD_STRING:
        return take_string(room, pointer);
    case FIELD_OBJECT:
        return take_objects(room, field->shape, pointer, 1);
    case FIELD_OBJECTS:
        return take_objects(room, field->shape, pointer, count_at(from, field));
    case FIELD_STRINGS:
        return take_strings(room, pointer, pointer ? count_at(from, field) : 0);
    case FIELD_INTEGERS:
        return take_bytes(room, pointer, pointer ? count_at(from, field) * sizeof(int64_t) : 0);
    case FIELD_INTEGER:
    case FIELD_TIME:
    case FIELD_WORD:
        break;
    }
    return NULL;
}

/* What the fields point to; `into` is NULL when it is only counted. */
static void take_fields(struct room *room, const struct shape *shape, const char *from, char *into)
{
    for (const struct field *field = shape->fields; field->name; field++) {
        if (field->type != FIELD_INTEGER && field->type != FIELD_TIME &&
            field->type != FIELD_WORD) {
            const void *copy = take_field(room, field, from);

            if (into) {
                *(const void **)(void *)(into + field->offset) = copy;
            }
        }
    }
}

size_t evidence_size(const struct shape *shape, const void *payload)
{
    struct room room = {0};

    take_objects(&room, shape, payload, 1);
    return room.used;
}

void *evidence_copy(const struct shape *shape, const void *payload, void *memory)
{
    struct room room = {.memory = memory};

    return take_objects(&room, shape, payload, 1);
}

void *evidence_add_copy(struct evidence_set *set, enum evidence_kind kind, uint32_t case_id,
                        int64_t at, const void *payload)
{
    const struct shape *shape = shape_of(kind);
    const struct evidence_record record = {
        .kind = kind,
        .at = at,
        .payload =
            evidence_copy(shape, payload, arena_alloc(&set->arena, evidence_size(shape, payload))),
    };

    evidence_share(set, &record, case_id);
    return record.payload;
}
