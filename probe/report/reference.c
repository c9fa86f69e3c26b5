/* SPDX-License-Identifier: Apache-2.0 */
#include "report/reference.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int compare_record(const void *key, const void *item)
{
    const uint32_t id = *(const uint32_t *)key;
    const struct evidence_record *const *record = item;

    return id < (*record)->id ? -1 : id > (*record)->id;
}

/* A set numbers its records in ascending order, and a view keeps that order. */
static const struct evidence_record *find(const struct evidence_record *const *records,
                                          size_t count, uint32_t id)
{
    const struct evidence_record *const *found =
        count > 0
            ? bsearch(&id, records, count, sizeof(const struct evidence_record *), compare_record)
            : NULL;

    return found ? *found : NULL;
}

const struct evidence_record *reference_record(const struct case_view *view, uint32_t id)
{
    const struct evidence_record *record = find(view->records, view->record_count, id);

    record = record ? record : find(view->common, view->common_count, id);
    if (!record && view->set && id > 0 && id <= view->set->count) {
        record = &view->set->records[id - 1]; /* of another case of the same client */
    }
    return record;
}

static int compare_texts(const char *a, const char *b)
{
    return a == b ? 0 : !a ? -1 : !b ? 1 : strcmp(a, b);
}

bool reference_needs_source(const struct case_view *view)
{
    const char *first = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_place *place = view->records[i]->place;

        if (place && place->source && first && strcmp(first, place->source) != 0) {
            return true;
        }
        first = place && place->source ? place->source : first;
    }
    return false;
}

/* Was more than one file read? Then a finding that is quoted elsewhere must name its own. */
static bool several_were_read(const struct case_view *view)
{
    size_t count = 0;

    for (size_t i = 0; i < view->common_count && count < 2; i++) {
        count += view->common[i]->kind == EVIDENCE_RECORDING ? 1 : 0;
    }
    return count > 1;
}

/* --- the list --- */

struct list {
    struct arena *arena;
    struct reference *items;
    size_t count;
};

static void add(struct list *list, struct reference reference)
{
    void *items = list->items;
    struct reference *place = arena_push(list->arena, &items, &list->count, sizeof(*place));

    *place = reference;
    list->items = items;
}

static void add_record(struct list *list, const struct evidence_record *record)
{
    const struct evidence_place *place = record->place;
    struct reference reference = {
        .frame = EVIDENCE_UNKNOWN, .line = EVIDENCE_UNKNOWN, .id = record->id};

    reference.source = place ? place->source : NULL;
    if (place && (place->frame != EVIDENCE_UNKNOWN || place->reply_frame != EVIDENCE_UNKNOWN)) {
        reference.frame = place->frame;
        if (reference.frame != EVIDENCE_UNKNOWN) {
            add(list, reference);
        }
        reference.frame = place->reply_frame;
        if (reference.frame != EVIDENCE_UNKNOWN && reference.frame != place->frame) {
            add(list, reference);
        }
        return;
    }
    reference.line = place ? place->line : EVIDENCE_UNKNOWN;
    if (record->kind == EVIDENCE_RECORDING) {
        reference.source = record->recording->name;
    } else if (reference.line == EVIDENCE_UNKNOWN) {
        reference.source = NULL; /* nothing in the file shows it */
    }
    add(list, reference);
}

/* Frames, then lines, then files, then records. */
static int rank(const struct reference *reference)
{
    return reference->frame != EVIDENCE_UNKNOWN  ? 0
           : reference->line != EVIDENCE_UNKNOWN ? 1
           : reference->source                   ? 2
                                                 : 3;
}

static int compare_numbers(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* Equal: the same place. */
static int compare_references(const void *left, const void *right)
{
    const struct reference *a = left;
    const struct reference *b = right;

    if (rank(a) != rank(b)) {
        return rank(a) - rank(b);
    }
    if (compare_texts(a->source, b->source) != 0) {
        return compare_texts(a->source, b->source);
    }
    if (a->frame != b->frame || a->line != b->line) {
        return a->frame != b->frame ? compare_numbers(a->frame, b->frame)
                                    : compare_numbers(a->line, b->line);
    }
    return rank(a) == 3 ? compare_numbers(a->id, b->id) : 0;
}

size_t references_of(struct arena *arena, const struct case_view *view,
                     const struct finding *finding, struct reference **references_out)
{
    struct list list = {.arena = arena};
    size_t kept = 0;

    *references_out = NULL;
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const uint32_t id = finding->evidence[i];
        const struct evidence_record *record = reference_record(view, id);

        if (!record) {
            add(&list,
                (struct reference){.frame = EVIDENCE_UNKNOWN, .line = EVIDENCE_UNKNOWN, .id = id});
        } else if (record->kind != EVIDENCE_WEB_CLIENT || finding->line_count == 0) {
            add_record(&list, record);
        }
    }
    for (size_t i = 0; i < finding->line_count; i++) {
        add(&list, (struct reference){.source = finding->lines[i].source,
                                      .frame = EVIDENCE_UNKNOWN,
                                      .line = finding->lines[i].line});
    }
    if (list.count > 0) {
        qsort(list.items, list.count, sizeof(*list.items), compare_references);
    }
    for (size_t i = 0; i < list.count; i++) {
        if (kept == 0 || compare_references(&list.items[kept - 1], &list.items[i]) != 0) {
            list.items[kept++] = list.items[i];
        }
    }
    *references_out = list.items;
    return kept;
}

/* --- its words --- */

/* How many of the references, from the first on, are frames of one source. */
static size_t frames_together(const struct reference *references, size_t count)
{
    size_t together = 0;

    while (together < count && references[together].frame != EVIDENCE_UNKNOWN &&
           compare_texts(references[together].source, references[0].source) == 0) {
        together++;
    }
    return together;
}

static void say_frames(const struct reference *references, size_t count, bool named,
                       struct buffer *out)
{
    if (named && references[0].source) {
        buffer_printf(out, "%s ", references[0].source);
    }
    buffer_puts(out, count > 1 ? "frames" : "frame");
    for (size_t i = 0; i < count; i++) {
        buffer_printf(out, "%s%" PRId64,
                      i == 0           ? " "
                      : i + 1 == count ? " and "
                                       : ", ",
                      references[i].frame);
    }
}

void say_references(const struct case_view *view, const struct finding *finding, struct buffer *out)
{
    struct arena arena = {0};
    struct reference *references;
    const size_t total = references_of(&arena, view, finding, &references);
    const bool named = several_were_read(view) || reference_needs_source(view);
    size_t i = 0;

    while (i < total) {
        const struct reference *reference = &references[i];
        const size_t together = frames_together(reference, total - i);
        const bool bare = rank(reference) == 3;

        buffer_puts(out, i == 0 ? "" : bare ? " " : ", ");
        if (together > 0) {
            say_frames(reference, together, named, out);
        } else if (reference->line != EVIDENCE_UNKNOWN) {
            buffer_printf(out, "%s:%" PRId64, reference->source ? reference->source : "line",
                          reference->line);
        } else if (bare) {
            buffer_printf(out, "[%u]", (unsigned)reference->id);
        } else {
            buffer_puts(out, reference->source);
        }
        i += together > 0 ? together : 1;
    }
    arena_release(&arena);
}

void say_frame(const struct evidence_place *place, int64_t frame, bool named, struct buffer *out)
{
    const struct reference reference = {.source = place ? place->source : NULL, .frame = frame};

    if (frame != EVIDENCE_UNKNOWN) {
        say_frames(&reference, 1, named, out);
    }
}
