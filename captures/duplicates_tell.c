/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/duplicates_tell.h"

#include <string.h>

#include "captures/text_file.h"
#include "evidence/registration.h"
#include "evidence/shape.h"

struct telling {
    const struct sighting_source *sources;
    size_t source_count;
    struct evidence_set *evidence;
    uint32_t next_case;
    size_t told;
    size_t left_out;
};

static bool has_several_names(const struct seen_machine *machines, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < i; k++) { /* WK01.A and WK01.B are two, though both may be WK01 */
            if (!registration_same_machine(machines[i].name, machines[k].name)) {
                return true;
            }
        }
    }
    return false;
}

static const struct sighting_source *source_of(const struct telling *telling, uint32_t place)
{
    const struct sighting_source *found = NULL;

    for (size_t i = 0; i < telling->source_count && telling->sources[i].first_place <= place; i++) {
        found = &telling->sources[i];
    }
    return found;
}

/* Hashes become small numbers: 1 for the first, 2 for the next that differs. */
static int64_t number_of(const struct seen_machine *machines, size_t index, bool of_hardware)
{
    int64_t number = 1;
    const uint32_t wanted = of_hardware ? machines[index].hardware : machines[index].certificate;

    if (wanted == 0) {
        return EVIDENCE_UNKNOWN;
    }
    for (size_t i = 0; i < index; i++) {
        const uint32_t hash = of_hardware ? machines[i].hardware : machines[i].certificate;
        bool seen = hash == 0;

        if (hash == wanted) {
            return number_of(machines, i, of_hardware);
        }
        for (size_t k = 0; k < i && !seen; k++) {
            seen = (of_hardware ? machines[k].hardware : machines[k].certificate) == hash;
        }
        number += seen ? 0 : 1;
    }
    return number;
}

static void describe(const struct telling *telling, const struct seen_machine *machines,
                     size_t index, struct duplicate_machine *made)
{
    struct arena *arena = &telling->evidence->arena;
    const struct seen_machine *machine = &machines[index];
    const struct sighting_source *source = source_of(telling, machine->place);

    made->name = evidence_text(arena, machine->name, strlen(machine->name), 256);
    made->certificate = number_of(machines, index, false);
    made->hardware = number_of(machines, index, true);
    made->first_at = machine->first_at;
    made->last_at = machine->last_at;
    made->line = EVIDENCE_UNKNOWN;
    if (source) {
        made->source = evidence_text(arena, source->path, strlen(source->path), 1024);
        made->line = machine->place - source->first_place;
    }
}

static void tell(void *context, const uint8_t guid[16], const struct seen_machine *machines,
                 size_t count, bool more)
{
    struct telling *telling = context;
    struct arena *arena = &telling->evidence->arena;
    const struct sighting_source *source = source_of(telling, machines[0].place);
    struct evidence_duplicate *made;

    if (!has_several_names(machines, count)) {
        return;
    }
    if (telling->told == DUPLICATES_TOLD) {
        telling->left_out++;
        return;
    }
    telling->told++;
    text_file_case(telling->evidence, telling->next_case, EVIDENCE_UNKNOWN, machines[0].name);
    text_file_place(telling->evidence, source ? source->path : "",
                    source ? machines[0].place - source->first_place : EVIDENCE_UNKNOWN);
    made =
        evidence_add(telling->evidence, EVIDENCE_DUPLICATE, telling->next_case++, EVIDENCE_UNKNOWN);
    made->smsid = arena_printf(
        arena, "GUID:%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X", guid[0],
        guid[1], guid[2], guid[3], guid[4], guid[5], guid[6], guid[7], guid[8], guid[9], guid[10],
        guid[11], guid[12], guid[13], guid[14], guid[15]);
    made->machines = arena_alloc(arena, count * sizeof(*made->machines));
    made->machine_count = count;
    made->more = more ? TRI_YES : TRI_NO;
    for (size_t i = 0; i < count; i++) {
        describe(telling, machines, i, &made->machines[i]);
    }
    text_file_place(telling->evidence, made->machines[0].source ? made->machines[0].source : "",
                    made->machines[0].line);
}

size_t duplicates_tell(const struct duplicates *duplicates, const struct sighting_source *sources,
                       size_t source_count, struct evidence_set *evidence)
{
    struct telling telling = {
        .sources = sources,
        .source_count = source_count,
        .evidence = evidence,
        .next_case = evidence_next_case(evidence),
    };

    duplicates_each(duplicates, tell, &telling);
    return telling.left_out;
}
