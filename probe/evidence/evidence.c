/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/evidence.h"

#include <string.h>

#include "base/buffer.h"
#include "evidence/shape.h"

void evidence_init(struct evidence_set *set)
{
    memset(set, 0, sizeof(*set));
}

void evidence_release(struct evidence_set *set)
{
    arena_release(&set->arena);
    evidence_init(set);
}

void *evidence_new(struct arena *arena, const struct shape *shape)
{
    char *made = arena_alloc(arena, shape->size);

    for (const struct field *field = shape->fields; field->name; field++) {
        if (field->type == FIELD_INTEGER || field->type == FIELD_TIME) {
            const int64_t unknown = EVIDENCE_UNKNOWN;

            memcpy(made + field->offset, &unknown, sizeof(unknown));
        }
    }
    return made;
}

static struct evidence_record *push_record(struct evidence_set *set)
{
    void *items = set->records;
    struct evidence_record *record =
        arena_push(&set->arena, &items, &set->count, sizeof(struct evidence_record));

    set->records = items;
    return record;
}

uint32_t evidence_next_case(const struct evidence_set *set)
{
    uint32_t last = 0;

    for (size_t i = 0; i < set->count; i++) {
        last = set->records[i].case_id > last ? set->records[i].case_id : last;
    }
    return last + 1;
}

void *evidence_add(struct evidence_set *set, enum evidence_kind kind, uint32_t case_id, int64_t at)
{
    void *payload = evidence_new(&set->arena, shape_of(kind));
    struct evidence_record *record = push_record(set);

    *record = (struct evidence_record){
        .id = (uint32_t)set->count,
        .case_id = case_id,
        .kind = kind,
        .at = at,
        .payload = payload,
    };
    return payload;
}

void evidence_share(struct evidence_set *set, const struct evidence_record *record,
                    uint32_t case_id)
{
    struct evidence_record *copy = push_record(set);

    *copy = *record;
    copy->id = (uint32_t)set->count;
    copy->case_id = case_id;
}

void evidence_append(struct evidence_set *set, struct evidence_set *from, uint32_t case_shift)
{
    for (size_t i = 0; i < from->count; i++) {
        struct evidence_record *record = push_record(set);

        *record = from->records[i];
        record->id = (uint32_t)set->count;
        record->case_id += record->case_id > 0 ? case_shift : 0;
    }
    arena_adopt(&set->arena, &from->arena);
    from->records = NULL;
    from->count = 0;
}

/* The number of a case that is kept; those that are kept are few. */
static uint32_t number_of(struct arena *arena, uint32_t **cases, size_t *count, uint32_t case_id)
{
    void *items = *cases;

    for (size_t i = *count; i > 0; i--) {
        if ((*cases)[i - 1] == case_id) {
            return (uint32_t)i;
        }
    }
    *(uint32_t *)arena_push(arena, &items, count, sizeof(uint32_t)) = case_id;
    *cases = items;
    return (uint32_t)*count;
}

void evidence_keep(struct evidence_set *set, const bool *wanted)
{
    struct arena arena = {0};
    uint32_t *cases = NULL;
    size_t case_count = 0;
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++) {
        struct evidence_record record = set->records[i];

        if (wanted[i]) {
            record.id = (uint32_t)kept + 1;
            record.case_id =
                record.case_id > 0 ? number_of(&arena, &cases, &case_count, record.case_id) : 0;
            set->records[kept++] = record;
        }
    }
    set->count = kept;
    arena_release(&arena);
}

/* Length of the UTF-8 character at `at` (RFC 3629: shortest form, no surrogates), 0 if it is none
   or a control character (C0, DEL, C1). */
static size_t printable_length(const uint8_t *at, size_t left)
{
    uint32_t point;
    size_t length;

    if (at[0] < 0x80) {
        return at[0] >= 0x20 && at[0] != 0x7F ? 1 : 0;
    }
    length = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    if (at[0] < 0xC2 || at[0] > 0xF4 || length > left) {
        return 0;
    }
    point = at[0] & (0x7FU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
        point = point << 6 | (at[i] & 0x3F);
    }
    if (point < 0xA0 || (length == 3 && point < 0x800) || (length == 4 && point < 0x10000) ||
        (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) {
        return 0;
    }
    return length;
}

const char *evidence_text(struct arena *arena, const void *bytes, size_t length, size_t limit)
{
    const uint8_t *in = bytes;
    struct buffer out = {0};
    const char *text;
    size_t i = 0;

    while (i < length && in[i] >= 0x20 && in[i] < 0x7F) {
        i++;
    }
    if (i == length && length + 3 <= limit) { /* nearly all texts */
        return arena_strndup(arena, bytes, length);
    }
    i = 0;
    while (i < length) {
        size_t step = printable_length(in + i, length - i);

        if (out.length + 4 > limit) {
            buffer_puts(&out, "...");
            break;
        }
        if (step > 0) {
            buffer_append(&out, in + i, step);
        } else {
            buffer_printf(&out, "\\x%02X", in[i]);
            step = 1;
        }
        i += step;
    }
    text = arena_strndup(arena, buffer_text(&out), out.length);
    buffer_release(&out);
    return text;
}
