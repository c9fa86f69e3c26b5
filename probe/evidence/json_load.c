/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/clock.h"
#include "evidence/json.h"
#include "evidence/json_place.h"
#include "evidence/shape.h"

static bool load_object(struct json_place *place, const json_t *from, const struct shape *shape,
                        struct arena *arena, void *into);

static bool load_integer(struct json_place *place, const json_t *value, int64_t *into)
{
    if (!json_is_integer(value)) {
        return json_place_fail(place, "expected a whole number");
    }
    *into = json_integer_value(value);
    return true;
}

static bool load_time(struct json_place *place, const json_t *value, int64_t *into)
{
    if (!json_is_string(value) || !clock_parse(json_string_value(value), into)) {
        return json_place_fail(place, "expected a time such as \"2026-11-21T00:56:57.123456Z\"");
    }
    return true;
}

/* Text is escaped again, so that a file made by hand cannot drive the reader's terminal. */
static bool load_string(struct json_place *place, const json_t *value, struct arena *arena,
                        const char **into)
{
    if (!json_is_string(value)) {
        return json_place_fail(place, "expected a string");
    }
    *into = evidence_text(arena, json_string_value(value), json_string_length(value), SIZE_MAX / 2);
    return true;
}

static bool load_word(struct json_place *place, const json_t *value, const char *const *words,
                      unsigned *into)
{
    if (!json_is_string(value)) {
        return json_place_fail(place, "expected a string");
    }
    for (unsigned i = 1; words[i]; i++) {
        if (strcmp(words[i], json_string_value(value)) == 0) {
            *into = i;
            return true;
        }
    }
    return json_place_fail(place, "unknown word \"%.60s\"", json_string_value(value));
}

static bool load_element(struct json_place *place, const struct field *field, const json_t *value,
                         struct arena *arena, void *into)
{
    if (field->type == FIELD_OBJECTS) {
        memcpy(into, evidence_new(arena, field->shape), field->shape->size);
        return load_object(place, value, field->shape, arena, into);
    }
    return field->type == FIELD_STRINGS ? load_string(place, value, arena, into)
                                        : load_integer(place, value, into);
}

static bool load_list(struct json_place *place, const struct field *field, const json_t *value,
                      struct arena *arena, char *into)
{
    const size_t size = field->type == FIELD_OBJECTS   ? field->shape->size
                        : field->type == FIELD_STRINGS ? sizeof(const char *)
                                                       : sizeof(int64_t);
    const size_t count = json_array_size(value);
    char *items;

    if (!json_is_array(value)) {
        return json_place_fail(place, "expected a list");
    }
    items = arena_alloc(arena, count * size);
    for (size_t i = 0; i < count; i++) {
        bool ok;

        json_place_enter_index(place, i);
        ok = load_element(place, field, json_array_get(value, i), arena, items + i * size);
        json_place_leave(place);
        if (!ok) {
            return false;
        }
    }
    *(void **)(void *)(into + field->offset) = items;
    *(size_t *)(void *)(into + field->count_offset) = count;
    return true;
}

static bool load_field(struct json_place *place, const struct field *field, const json_t *value,
                       struct arena *arena, char *into)
{
    void *at = into + field->offset;

    switch (field->type) {
    case FIELD_STRING:
        return load_string(place, value, arena, at);
    case FIELD_INTEGER:
        return load_integer(place, value, at);
    case FIELD_TIME:
        return load_time(place, value, at);
    case FIELD_WORD:
        return load_word(place, value, field->words, at);
    case FIELD_OBJECT:
        *(void **)at = evidence_new(arena, field->shape);
        return load_object(place, value, field->shape, arena, *(void **)at);
    case FIELD_OBJECTS:
    case FIELD_STRINGS:
    case FIELD_INTEGERS:
        return load_list(place, field, value, arena, into);
    }
    return false;
}

/* Fills the fields that the object has; `known` names are passed over (the record's own head). */
static bool load_fields(struct json_place *place, const json_t *from, const struct shape *shape,
                        struct arena *arena, void *into)
{
    for (const struct field *field = shape->fields; field->name; field++) {
        const json_t *value = json_object_get(from, field->name);
        bool ok;

        if (!value && !field->required) {
            continue;
        }
        json_place_enter(place, field->name);
        ok = value ? load_field(place, field, value, arena, into)
                   : json_place_fail(place, "is missing");
        json_place_leave(place);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool is_field(const struct shape *shape, const char *name)
{
    for (const struct field *field = shape->fields; field->name; field++) {
        if (strcmp(field->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool check_names(struct json_place *place, const json_t *from, const struct shape *shape,
                        const char *const *also)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)from, name, value)
    {
        bool known = is_field(shape, name);

        for (size_t i = 0; also[i] && !known; i++) {
            known = strcmp(also[i], name) == 0;
        }
        if (!known) {
            return json_place_fail(place, "unknown field \"%.60s\" in a %s", name, shape->name);
        }
    }
    return true;
}

static bool load_object(struct json_place *place, const json_t *from, const struct shape *shape,
                        struct arena *arena, void *into)
{
    static const char *const nothing[] = {NULL};

    if (!json_is_object(from)) {
        return json_place_fail(place, "expected an object");
    }
    return check_names(place, from, shape, nothing) && load_fields(place, from, shape, arena, into);
}

/* The two numbers that lead a record. */
static bool load_counter(struct json_place *place, const json_t *from, const char *name,
                         uint32_t least, uint32_t *into)
{
    int64_t value = json_integer_value(json_object_get(from, name));
    bool ok = json_is_integer(json_object_get(from, name)) && value >= least && value <= UINT32_MAX;

    if (!ok) {
        json_place_enter(place, name);
        json_place_fail(place, "expected a number from %u on", (unsigned)least);
        json_place_leave(place);
        return false;
    }
    *into = (uint32_t)value;
    return true;
}

/* Where the last record was read, if it was read from a recording. */
static bool load_where(struct json_place *place, const json_t *from, struct evidence_set *set)
{
    struct evidence_place *where;
    bool ok;

    if (!from) {
        return true;
    }
    where = evidence_new(&set->arena, &SHAPE_PLACE);
    set->records[set->count - 1].place = where;
    json_place_enter(place, "place");
    ok = load_object(place, from, &SHAPE_PLACE, &set->arena, where);
    json_place_leave(place);
    return ok;
}

/* What was read, and identity files, of which nobody knows yet whose case they are a part of. */
static bool may_be_common(enum evidence_kind kind)
{
    return kind == EVIDENCE_RECORDING || kind == EVIDENCE_REGISTRATION;
}

static bool load_record(struct json_place *place, const json_t *from, struct evidence_set *set)
{
    static const char *const head[] = {"id", "case", "kind", "at", "place", NULL};
    const char *word = json_string_value(json_object_get(from, "kind"));
    const json_t *at = json_object_get(from, "at");
    const json_t *where = json_object_get(from, "place");
    enum evidence_kind kind = evidence_kind_from_word(word ? word : "");
    uint32_t id, case_id;
    int64_t began = EVIDENCE_UNKNOWN;
    void *payload;
    bool ok;

    if (kind == EVIDENCE_NONE) {
        json_place_enter(place, "kind");
        json_place_fail(place, "unknown kind \"%.60s\"", word ? word : "");
        json_place_leave(place);
        return false;
    }
    json_place_enter(place, "at");
    /* A line of a log may have no time. */
    ok = at ? load_time(place, at, &began)
            : where || kind == EVIDENCE_RECORDING || json_place_fail(place, "is missing");
    json_place_leave(place);
    if (!ok || !load_counter(place, from, "id", 1, &id) ||
        !load_counter(place, from, "case", may_be_common(kind) ? 0 : 1, &case_id)) {
        return false;
    }
    if (id != set->count + 1) {
        return json_place_fail(place, "expected record %zu here, found %u", set->count + 1, id);
    }
    payload = evidence_add(set, kind, case_id, began);
    return load_where(place, where, set) && check_names(place, from, shape_of(kind), head) &&
           load_fields(place, from, shape_of(kind), &set->arena, payload);
}

static bool check_header(struct json_place *place, const json_t *header)
{
    const char *format = json_string_value(json_object_get(header, "format"));
    const json_t *version = json_object_get(header, "version");

    if (!format || strcmp(format, "ccmprobe-evidence") != 0 || !json_is_integer(version)) {
        return json_place_fail(
            place, "is no ccmprobe evidence: expected "
                   "{\"format\":\"ccmprobe-evidence\",\"version\":1} as the first line");
    }
    if (json_integer_value(version) < 1 || json_integer_value(version) > EVIDENCE_VERSION) {
        return json_place_fail(place,
                               "is evidence of version %lld; this ccmprobe reads versions up to %d",
                               (long long)json_integer_value(version), EVIDENCE_VERSION);
    }
    return true;
}

static bool check_end(struct json_place *place, const json_t *value, size_t count)
{
    const json_t *end = json_object_get(value, "end");

    if (!json_is_integer(end) || json_integer_value(end) != (json_int_t)count) {
        return json_place_fail(place, "the file has %zu records, its end does not say so", count);
    }
    return true;
}

static bool load_values(struct json_place *place, struct evidence_set *set)
{
    bool first = true;
    bool ended = false;
    bool ok = true;
    json_t *value;

    while (ok && (value = json_place_next(place)) != NULL) {
        if (first) {
            ok = check_header(place, value);
        } else if (ended) {
            ok = json_place_fail(place, "something stands behind the end");
        } else if (json_object_get(value, "end")) {
            ok = ended = check_end(place, value, set->count);
        } else {
            ok = load_record(place, value, set);
        }
        first = false;
        json_decref(value);
    }
    if (!ok || json_place_failed(place)) {
        return false;
    }
    if (first) {
        return json_place_fail(place, "is empty");
    }
    return ended || json_place_fail(place, "is cut short: the last line, {\"end\":%zu}, is missing",
                                    set->count);
}

static uint32_t last_case(const struct evidence_set *set)
{
    uint32_t last = 0;

    for (size_t i = 0; i < set->count; i++) {
        last = set->records[i].case_id > last ? set->records[i].case_id : last;
    }
    return last;
}

enum ccm_status evidence_load(const char *name, const struct buffer *text, struct evidence_set *set,
                              struct ccm_error *error)
{
    struct evidence_set loaded = {0};
    struct json_place place;

    json_place_init(&place, name, text, error);
    if (!load_values(&place, &loaded)) {
        evidence_release(&loaded);
        return CCM_ERROR_INPUT;
    }
    evidence_append(set, &loaded, last_case(set));
    evidence_release(&loaded);
    return CCM_OK;
}
