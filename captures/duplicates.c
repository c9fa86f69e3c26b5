/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "evidence/basics.h"

enum {
    BLOCK_ROWS = 1 << 16,
    BLOCK_NAMES = 1 << 20, /* bytes */
    FIRST_SLOTS = 1 << 12,
    NAME_MOST = 255,
    BATCH = 16, /* look-ups under way at a time */
    ROW_BITS = 26,
    ROW_MASK = (1 << ROW_BITS) - 1, /* the most rows */
};

/* 44 bytes: with its name, about 11, and its slots, about 7, a row takes 62. */
struct row {
    uint8_t guid[16];
    uint32_t name; /* place in the names */
    uint32_t certificate;
    uint32_t hardware;
    uint32_t first_at; /* seconds since 1970, 0: unknown */
    uint32_t last_at;
    uint32_t place;
    uint32_t next; /* another row of the GUID, counted from 1; 0: none */
};

struct duplicates {
    struct row **blocks;
    char **names;
    size_t row_count;
    size_t name_length; /* used in all blocks of names */
    uint32_t *slots;    /* the first row of a GUID, counted from 1, and a tag; 0: free */
    size_t slot_count;  /* a power of two */
    size_t guid_count;
    size_t dropped; /* for want of row numbers */
};

static void *must(void *memory)
{
    if (!memory) {
        abort();
    }
    return memory;
}

struct duplicates *duplicates_new(void)
{
    struct duplicates *duplicates = must(calloc(1, sizeof(*duplicates)));

    duplicates->slot_count = FIRST_SLOTS;
    duplicates->slots = must(calloc(FIRST_SLOTS, sizeof(*duplicates->slots)));
    return duplicates;
}

static size_t block_count(size_t used, size_t size)
{
    return (used + size - 1) / size;
}

void duplicates_free(struct duplicates *duplicates)
{
    if (!duplicates) {
        return;
    }
    for (size_t i = 0; i < block_count(duplicates->row_count, BLOCK_ROWS); i++) {
        free(duplicates->blocks[i]);
    }
    for (size_t i = 0; i < block_count(duplicates->name_length, BLOCK_NAMES); i++) {
        free(duplicates->names[i]);
    }
    free(duplicates->blocks);
    free(duplicates->names);
    free(duplicates->slots);
    free(duplicates);
}

static struct row *row_at(const struct duplicates *duplicates, uint32_t number)
{
    return &duplicates->blocks[number / BLOCK_ROWS][number % BLOCK_ROWS];
}

static const char *name_at(const struct duplicates *duplicates, uint32_t place)
{
    return &duplicates->names[place / BLOCK_NAMES][place % BLOCK_NAMES];
}

/* GUIDs may be made of a time and an address: all of their bytes count. */
static size_t hash_guid(const uint8_t guid[16])
{
    uint64_t halves[2];

    memcpy(halves, guid, sizeof(halves));
    halves[0] = (halves[0] ^ (halves[1] << 31 | halves[1] >> 33)) * 0x9E3779B97F4A7C15ULL;
    return (size_t)(halves[0] ^ halves[0] >> 29);
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* Never 0, which stands for unknown. */
static uint32_t hash_text(const char *text, size_t length)
{
    uint64_t hash = 14695981039346656037ULL;

    if (!text || length == 0) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (uint8_t)upper(text[i])) * 1099511628211ULL; /* FNV-1a */
    }
    hash ^= hash >> 32;
    return (uint32_t)hash ? (uint32_t)hash : 1;
}

static bool same_name(const char *kept, const struct sighting *sighting)
{
    for (size_t i = 0; i < sighting->name_length && i < NAME_MOST; i++) {
        if (kept[i] != upper(sighting->name[i])) {
            return false;
        }
    }
    return kept[sighting->name_length < NAME_MOST ? sighting->name_length : NAME_MOST] == '\0';
}

static uint32_t add_name(struct duplicates *duplicates, const struct sighting *sighting)
{
    const size_t length = sighting->name_length < NAME_MOST ? sighting->name_length : NAME_MOST;
    size_t place = duplicates->name_length;
    char *to;

    if (place % BLOCK_NAMES + length + 1 > BLOCK_NAMES || place % BLOCK_NAMES == 0) {
        const size_t count = block_count(place, BLOCK_NAMES);

        duplicates->names =
            must(realloc(duplicates->names, (count + 1) * sizeof(*duplicates->names)));
        duplicates->names[count] = must(malloc(BLOCK_NAMES));
        place = count * BLOCK_NAMES;
    }
    to = &duplicates->names[place / BLOCK_NAMES][place % BLOCK_NAMES];
    for (size_t i = 0; i < length; i++) {
        to[i] = upper(sighting->name[i]);
    }
    to[length] = '\0';
    duplicates->name_length = place + length + 1;
    return (uint32_t)place;
}

static struct row *add_row(struct duplicates *duplicates)
{
    const size_t number = duplicates->row_count;

    if (number % BLOCK_ROWS == 0) {
        const size_t count = number / BLOCK_ROWS;

        duplicates->blocks =
            must(realloc(duplicates->blocks, (count + 1) * sizeof(*duplicates->blocks)));
        duplicates->blocks[count] = must(malloc(BLOCK_ROWS * sizeof(struct row)));
    }
    duplicates->row_count++;
    return row_at(duplicates, (uint32_t)number);
}

/* Six bits of the GUID's hash beside the row's number: most slots of other GUIDs are passed over
   without a look at their rows. */
static uint32_t tag_of(size_t hash)
{
    return (uint32_t)(hash >> 32) & ~(uint32_t)ROW_MASK;
}

static uint32_t row_of(uint32_t slot)
{
    return slot & ROW_MASK;
}

/* The slot of the GUID's first row, or the free one where it belongs. */
static uint32_t *find_slot(const struct duplicates *duplicates, const uint8_t guid[16])
{
    const size_t mask = duplicates->slot_count - 1;
    const size_t hash = hash_guid(guid);
    const uint32_t tag = tag_of(hash);
    size_t place = hash & mask;

    while (
        duplicates->slots[place] &&
        ((duplicates->slots[place] & ~(uint32_t)ROW_MASK) != tag ||
         memcmp(row_at(duplicates, row_of(duplicates->slots[place]) - 1)->guid, guid, 16) != 0)) {
        place = (place + 1) & mask;
    }
    return &duplicates->slots[place];
}

/* Puts the row into an empty table's slot, or in place of the row that it follows. */
static void place_row(struct duplicates *duplicates, uint32_t number, size_t hash)
{
    const size_t mask = duplicates->slot_count - 1;
    const uint32_t next = row_at(duplicates, number - 1)->next;
    size_t place = hash & mask;

    while (duplicates->slots[place] && (next == 0 || row_of(duplicates->slots[place]) != next)) {
        place = (place + 1) & mask;
    }
    duplicates->slots[place] = number | tag_of(hash);
}

/* Twice as many slots. Goes by the rows, which are read in a row; by the slots each row would be
   waited for. */
static void grow(struct duplicates *duplicates)
{
    const size_t mask = 2 * duplicates->slot_count - 1;

    free(duplicates->slots);
    duplicates->slot_count *= 2;
    duplicates->slots = must(calloc(duplicates->slot_count, sizeof(*duplicates->slots)));
    for (size_t i = 0; i < duplicates->row_count; i += BATCH) {
        const size_t left = duplicates->row_count - i;
        const size_t count = left < BATCH ? left : BATCH;
        size_t hashes[BATCH];

        for (size_t j = 0; j < count; j++) {
            hashes[j] = hash_guid(row_at(duplicates, (uint32_t)(i + j))->guid);
            __builtin_prefetch(&duplicates->slots[hashes[j] & mask]);
        }
        for (size_t j = 0; j < count; j++) {
            place_row(duplicates, (uint32_t)(i + j + 1), hashes[j]);
        }
    }
}

static uint32_t seconds_of(int64_t at)
{
    return at == EVIDENCE_UNKNOWN || at < CLOCK_US_PER_SECOND
               ? 0
               : (uint32_t)(at / CLOCK_US_PER_SECOND);
}

/* The row of this machine among those of its GUID, NULL when it is new; how many there are. */
static struct row *find_row(const struct duplicates *duplicates, uint32_t first,
                            const struct sighting *sighting, const uint32_t hashes[2],
                            size_t *count_out)
{
    *count_out = 0;
    for (uint32_t number = first; number; number = row_at(duplicates, number - 1)->next) {
        struct row *row = row_at(duplicates, number - 1);

        if (row->certificate == hashes[0] && row->hardware == hashes[1] &&
            same_name(name_at(duplicates, row->name), sighting)) {
            return row;
        }
        (*count_out)++;
    }
    return NULL;
}

/* A new row at the head of its GUID's. */
static void insert(struct duplicates *duplicates, uint32_t *slot, const struct sighting *sighting,
                   const uint32_t hashes[2])
{
    struct row *row;

    if (!*slot && ++duplicates->guid_count * 4 > duplicates->slot_count * 3) {
        grow(duplicates);
        slot = find_slot(duplicates, sighting->guid);
    }
    row = add_row(duplicates);
    memcpy(row->guid, sighting->guid, sizeof(row->guid));
    row->name = add_name(duplicates, sighting);
    row->certificate = hashes[0];
    row->hardware = hashes[1];
    row->first_at = seconds_of(sighting->at);
    row->last_at = row->first_at;
    row->place = sighting->place;
    row->next = row_of(*slot);
    *slot = (uint32_t)duplicates->row_count | tag_of(hash_guid(sighting->guid));
}

void duplicates_add(struct duplicates *duplicates, const struct sighting *sighting)
{
    const uint32_t hashes[2] = {hash_text(sighting->certificate, sighting->certificate_length),
                                hash_text(sighting->hardware, sighting->hardware_length)};
    const uint32_t at = seconds_of(sighting->at);
    uint32_t *slot = find_slot(duplicates, sighting->guid);
    size_t count;
    struct row *row = find_row(duplicates, row_of(*slot), sighting, hashes, &count);

    if (!row && duplicates->row_count == ROW_MASK) {
        duplicates->dropped++;
    } else if (!row &&
               count <= MACHINES_MOST) { /* one more than are shown, to tell that there are more */
        insert(duplicates, slot, sighting, hashes);
    } else if (row && at > 0) {
        row->first_at = row->first_at == 0 || at < row->first_at ? at : row->first_at;
        row->last_at = at > row->last_at ? at : row->last_at;
    }
}

void duplicates_add_all(struct duplicates *duplicates, const struct sighting *sightings,
                        size_t count)
{
    for (size_t i = 0; i < count; i += BATCH) {
        const size_t end = i + BATCH < count ? i + BATCH : count;

        for (size_t j = i; j < end; j++) {
            __builtin_prefetch(
                &duplicates->slots[hash_guid(sightings[j].guid) & (duplicates->slot_count - 1)]);
        }
        for (size_t j = i; j < end; j++) {
            duplicates_add(duplicates, &sightings[j]);
        }
    }
}

size_t duplicates_rows(const struct duplicates *duplicates, size_t *bytes_out, size_t *dropped_out)
{
    *dropped_out = duplicates->dropped;
    *bytes_out = block_count(duplicates->row_count, BLOCK_ROWS) * BLOCK_ROWS * sizeof(struct row) +
                 block_count(duplicates->name_length, BLOCK_NAMES) * BLOCK_NAMES +
                 duplicates->slot_count * sizeof(*duplicates->slots);
    return duplicates->row_count;
}

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

    for (uint32_t number = first; number; number = row_at(duplicates, number - 1)->next) {
        count++;
    }
    for (size_t i = count; i > 0; i--) {
        const struct row *row = row_at(duplicates, first - 1);

        machines[i - 1] = (struct seen_machine){
            .name = name_at(duplicates, row->name),
            .certificate = row->certificate,
            .hardware = row->hardware,
            .first_at = wall_of(row->first_at),
            .last_at = wall_of(row->last_at),
            .place = row->place,
        };
        first = row->next;
    }
    return count;
}

void duplicates_each(const struct duplicates *duplicates, duplicates_fn *each, void *context)
{
    struct seen_machine machines[MACHINES_MOST + 1];

    for (uint32_t number = 1; number <= duplicates->row_count; number++) {
        const struct row *row = row_at(duplicates, number - 1);

        /* The first of its GUID's rows tells of all. */
        if (row->next && row_of(*find_slot(duplicates, row->guid)) == number) {
            const size_t count = list_machines(duplicates, number, machines);

            each(context, row->guid, machines, count > MACHINES_MOST ? MACHINES_MOST : count,
                 count > MACHINES_MOST);
        }
    }
}
