/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/duplicates.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "captures/large_memory.h"
#include "captures/machine_rows.h"
#include "evidence/basics.h"

enum {
    FIRST_SLOTS = 1 << 7,
    LARGE_SLOTS = 1 << 20, /* 4 MiB */
    BATCH = 16,            /* look-ups under way at a time */
};

/* A row takes 28 bytes, its name about 11, its slots about 7. */
struct duplicates {
    struct machine_rows rows; /* `next`: another of the GUID, counted from 1; 0: none */
    uint32_t *slots;          /* the last row of a GUID, counted from 1, and a tag; 0: free */
    size_t slot_count;        /* a power of two */
    size_t guid_count;
    size_t dropped; /* sightings, for want of rows */
    uint64_t seed;  /* of the GUIDs' hash */
};

static void *must(void *memory)
{
    if (!memory) {
        abort();
    }
    return memory;
}

static uint32_t *new_slots(size_t count)
{
    return count < LARGE_SLOTS ? must(calloc(count, sizeof(uint32_t)))
                               : large_memory_new(count * sizeof(uint32_t));
}

static void free_slots(uint32_t *slots, size_t count)
{
    if (count < LARGE_SLOTS) {
        free(slots);
    } else {
        large_memory_free(slots, count * sizeof(*slots));
    }
}

struct duplicates *duplicates_new(void)
{
    struct duplicates *duplicates = must(calloc(1, sizeof(*duplicates)));

    /* Without it the hash is known, and no worse for lists that were not made up. */
    if (getrandom(&duplicates->seed, sizeof(duplicates->seed), GRND_NONBLOCK) < 0) {
        duplicates->seed = 0;
    }
    duplicates->slot_count = FIRST_SLOTS;
    duplicates->slots = new_slots(FIRST_SLOTS);
    return duplicates;
}

void duplicates_free(struct duplicates *duplicates)
{
    if (duplicates) {
        machine_rows_release(&duplicates->rows);
        free_slots(duplicates->slots, duplicates->slot_count);
        free(duplicates);
    }
}

/* --- slots --- */

/* GUIDs may be made of a time and an address: all of their bytes count. */
static uint64_t hash_guid(const struct duplicates *duplicates, const uint8_t guid[16])
{
    static const uint64_t factor = 0x9E3779B97F4A7C15ULL;
    uint64_t halves[2];
    uint64_t hash;

    memcpy(halves, guid, sizeof(halves));
    hash = (halves[0] ^ duplicates->seed) * factor;
    hash = (hash ^ hash >> 32 ^ halves[1]) * factor;
    return hash ^ hash >> 32;
}

/* The row with this number, counted from 1. */
static struct machine_row *row_at(const struct duplicates *duplicates, uint32_t number)
{
    return machine_rows_at(&duplicates->rows, number - 1);
}

/* Six bits of the GUID's hash beside the row's number: most slots of other GUIDs are passed over
   without a look at their rows. */
static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ~(uint32_t)MACHINE_ROWS_MOST;
}

static uint32_t row_of(uint32_t slot)
{
    return slot & MACHINE_ROWS_MOST;
}

/* The slot of the GUID's first row, or the free one where it belongs. */
static uint32_t *find_slot(const struct duplicates *duplicates, const uint8_t guid[16],
                           uint64_t hash)
{
    const size_t mask = duplicates->slot_count - 1;
    const uint32_t tag = tag_of(hash);
    size_t place = hash & mask;
    uint32_t slot;

    while ((slot = duplicates->slots[place]) != 0 &&
           ((slot & ~(uint32_t)MACHINE_ROWS_MOST) != tag ||
            memcmp(row_at(duplicates, row_of(slot))->guid, guid, 16) != 0)) {
        place = (place + 1) & mask;
    }
    return &duplicates->slots[place];
}

/* Puts the row into an empty table's slot, or in place of the row that it follows. */
static void place_row(struct duplicates *duplicates, uint32_t number, uint64_t hash)
{
    const size_t mask = duplicates->slot_count - 1;
    const uint32_t next = row_at(duplicates, number)->next;
    size_t place = hash & mask;

    while (duplicates->slots[place] && (next == 0 || row_of(duplicates->slots[place]) != next)) {
        place = (place + 1) & mask;
    }
    duplicates->slots[place] = number | tag_of(hash);
}

/* More slots. Goes by the rows, which are read in a row; by the slots each row would be waited
   for. */
static void grow(struct duplicates *duplicates, size_t slot_count)
{
    free_slots(duplicates->slots, duplicates->slot_count);
    duplicates->slot_count = slot_count;
    duplicates->slots = new_slots(slot_count);
    for (size_t i = 0; i < duplicates->rows.count; i += BATCH) {
        const size_t left = duplicates->rows.count - i;
        const size_t count = left < BATCH ? left : BATCH;
        uint64_t hashes[BATCH];

        for (size_t j = 0; j < count; j++) {
            hashes[j] = hash_guid(duplicates, row_at(duplicates, (uint32_t)(i + j + 1))->guid);
            __builtin_prefetch(&duplicates->slots[hashes[j] & (slot_count - 1)], 1);
        }
        for (size_t j = 0; j < count; j++) {
            place_row(duplicates, (uint32_t)(i + j + 1), hashes[j]);
        }
    }
}

/* The slots that so many GUIDs need: three quarters of them are used at most. */
static size_t slots_for(const struct duplicates *duplicates, size_t guids)
{
    size_t count = duplicates->slot_count;

    while (guids * 4 > count * 3) {
        count *= 2;
    }
    return count;
}

void duplicates_expect(struct duplicates *duplicates, uint64_t rows)
{
    const size_t more = rows < MACHINE_ROWS_MOST ? (size_t)rows : MACHINE_ROWS_MOST;
    const size_t slots = slots_for(duplicates, duplicates->guid_count + more);

    if (slots > duplicates->slot_count) {
        grow(duplicates, slots);
    }
}

/* --- sightings --- */

/* The row, counted from 1, of this machine among those of its GUID; 0 when it is new. How many
   there are besides. */
static uint32_t find_row(const struct duplicates *duplicates, uint32_t first,
                         const struct ready_sighting *sighting, size_t *count_out)
{
    *count_out = 0;
    for (uint32_t number = first; number; number = row_at(duplicates, number)->next) {
        const struct machine_row *row = row_at(duplicates, number);
        const struct machine_details details = machine_rows_details(&duplicates->rows, number - 1);

        if (details.certificate == sighting->certificate &&
            details.hardware == sighting->hardware &&
            strcmp(machine_rows_name(&duplicates->rows, row), sighting->name) == 0) {
            return number;
        }
        (*count_out)++;
    }
    return 0;
}

/* A new row at the head of its GUID's. */
static void insert(struct duplicates *duplicates, uint32_t *slot,
                   const struct ready_sighting *sighting, uint64_t hash, uint32_t place)
{
    struct machine_row *row;

    if (!*slot && slots_for(duplicates, ++duplicates->guid_count) > duplicates->slot_count) {
        grow(duplicates, 2 * duplicates->slot_count);
        slot = find_slot(duplicates, sighting->guid, hash);
    }
    row = machine_rows_add(&duplicates->rows, sighting);
    row->place = place;
    row->next = row_of(*slot);
    *slot = (uint32_t)duplicates->rows.count | tag_of(hash);
}

/* Another sighting of a machine, at a time that is known. */
static void extend(struct duplicates *duplicates, uint32_t number, uint32_t at)
{
    struct machine_details details = machine_rows_details(&duplicates->rows, number - 1);

    details.first_at = details.first_at == 0 || at < details.first_at ? at : details.first_at;
    details.last_at = at > details.last_at ? at : details.last_at;
    machine_rows_tell(&duplicates->rows, number - 1, &details);
}

static void add(struct duplicates *duplicates, const struct ready_sighting *sighting, uint64_t hash,
                uint32_t first_place)
{
    uint32_t *slot = find_slot(duplicates, sighting->guid, hash);
    size_t count;
    const uint32_t number = find_row(duplicates, row_of(*slot), sighting, &count);

    if (number == 0 && machine_rows_full(&duplicates->rows)) {
        duplicates->dropped++;
    } else if (number == 0 &&
               count <= MACHINES_MOST) { /* one more than are shown, to tell that there are more */
        insert(duplicates, slot, sighting, hash, first_place + sighting->place);
    } else if (number > 0 && sighting->at > 0) {
        extend(duplicates, number, sighting->at);
    }
}

void duplicates_add(struct duplicates *duplicates, const struct sighting *sighting)
{
    char name[SIGHTING_NAME_SIZE];
    struct ready_sighting ready;

    sighting_prepare(sighting, name, &ready);
    add(duplicates, &ready, hash_guid(duplicates, ready.guid), 0);
}

/* Asks for the slots of the next sightings. Returns how many those are. */
static size_t look_ahead(const struct duplicates *duplicates,
                         const struct ready_sighting *sightings, size_t count,
                         uint64_t hashes[BATCH])
{
    const size_t batch = count < BATCH ? count : BATCH;

    for (size_t i = 0; i < batch; i++) {
        hashes[i] = hash_guid(duplicates, sightings[i].guid);
        __builtin_prefetch(&duplicates->slots[hashes[i] & (duplicates->slot_count - 1)], 1);
    }
    return batch;
}

void duplicates_add_all(struct duplicates *duplicates, const struct ready_sighting *sightings,
                        size_t count, uint32_t first_place)
{
    uint64_t hashes[2][BATCH];
    size_t batch = look_ahead(duplicates, sightings, count, hashes[0]);

    for (size_t turn = 0; batch > 0; turn++) {
        const struct ready_sighting *next = sightings + batch;
        const size_t next_batch =
            look_ahead(duplicates, next, count - batch, hashes[(turn + 1) % 2]);

        for (size_t i = 0; i < batch; i++) {
            add(duplicates, &sightings[i], hashes[turn % 2][i], first_place);
        }
        sightings = next;
        count -= batch;
        batch = next_batch;
    }
}

size_t duplicates_rows(const struct duplicates *duplicates, size_t *bytes_out, size_t *dropped_out)
{
    *dropped_out = duplicates->dropped;
    *bytes_out =
        machine_rows_bytes(&duplicates->rows) + duplicates->slot_count * sizeof(*duplicates->slots);
    return duplicates->rows.count;
}

/* --- results --- */

static int64_t wall_of(uint32_t seconds)
{
    return seconds ? (int64_t)seconds * CLOCK_US_PER_SECOND : EVIDENCE_UNKNOWN;
}

/* The machines of a GUID, the first seen first. Returns how many, at most one more than are kept.
 */
static size_t list_machines(const struct duplicates *duplicates, uint32_t first,
                            struct seen_machine machines[MACHINES_MOST + 1])
{
    size_t count = 0;

    for (uint32_t number = first; number; number = row_at(duplicates, number)->next) {
        count++;
    }
    for (size_t i = count; i > 0; i--) {
        const struct machine_row *row = row_at(duplicates, first);
        const struct machine_details details = machine_rows_details(&duplicates->rows, first - 1);

        machines[i - 1] = (struct seen_machine){
            .name = machine_rows_name(&duplicates->rows, row),
            .certificate = details.certificate,
            .hardware = details.hardware,
            .first_at = wall_of(details.first_at),
            .last_at = wall_of(details.last_at),
            .place = row->place,
        };
        first = row->next;
    }
    return count;
}

static bool is_first(const struct duplicates *duplicates, const struct machine_row *row,
                     uint32_t number)
{
    return row_of(*find_slot(duplicates, row->guid, hash_guid(duplicates, row->guid))) == number;
}

void duplicates_each(const struct duplicates *duplicates, duplicates_fn *each, void *context)
{
    struct seen_machine machines[MACHINES_MOST + 1];

    for (uint32_t number = 1; number <= duplicates->rows.count; number++) {
        const struct machine_row *row = row_at(duplicates, number);

        /* The first of its GUID's rows tells of all. */
        if (row->next && is_first(duplicates, row, number)) {
            const size_t count = list_machines(duplicates, number, machines);

            each(context, row->guid, machines, count > MACHINES_MOST ? MACHINES_MOST : count,
                 count > MACHINES_MOST);
        }
    }
}
