/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of every word a group of four bytes is looked for, in two steps. The first compares 32 places at
 * a time: the groups are shared out among eight sets; for each of a group's four bytes two tables
 * say, by the low and by the high half of a byte, in which sets it occurs there. Where one set is
 * left after all four, the second step looks the group up by its hash.
 */
#include "captures/ccm_scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "captures/ccm_log.h"

enum {
    GROUP = CCM_SCAN_WORD,
    SETS = 8, /* a bit each in a byte */
    HALVES = 16,
    CASE_BIT = 0x20,
    SAMPLE = 32 * 1024, /* bytes that are counted: four counts are multiplied in 64 bits */
    FIRST_HASH_BITS = 10,
    ROOM_A_GROUP = 16, /* that few other groups have its hash */
    FIRST_HITS = 64,
};

/* What a group of some hash may begin. */
enum kind { KIND_WORD = 1, KIND_MARK = 2 };

struct word {
    const char *text;
    size_t length;
};

struct ccm_scan {
    struct arena arena;
    struct word *words;
    size_t word_count;
    uint32_t *groups; /* with the case bit in every byte */
    size_t group_count;
    uint8_t low[GROUP][HALVES]; /* in which sets the low half of a byte occurs at each place */
    uint8_t high[GROUP][HALVES];
    uint8_t *kinds; /* by hash */
    unsigned hash_shift;
    bool is_wide; /* some group has other characters than ASCII's */
};

struct ccm_scan *ccm_scan_new(void)
{
    struct ccm_scan *scan = calloc(1, sizeof(*scan));

    if (!scan) {
        abort();
    }
    return scan;
}

void ccm_scan_free(struct ccm_scan *scan)
{
    if (scan) {
        arena_release(&scan->arena);
        free(scan);
    }
}

void ccm_scan_add(struct ccm_scan *scan, const char *word, size_t length)
{
    void *words = scan->words;
    struct word *added = arena_push(&scan->arena, &words, &scan->word_count, sizeof(*added));

    scan->words = words;
    *added = (struct word){word, length};
}

/* --- what is looked for --- */

/* Letters of both cases give the same; so do a few other bytes, which does no harm. */
static uint32_t group_at(const char *text)
{
    uint32_t group;

    memcpy(&group, text, sizeof(group));
    return group | 0x01010101U * CASE_BIT;
}

static uint32_t hash_of(const struct ccm_scan *scan, uint32_t group)
{
    return group * 2654435761U >> scan->hash_shift; /* Knuth's multiplier */
}

static uint8_t byte_of(uint32_t group, size_t place)
{
    uint8_t bytes[GROUP];

    memcpy(bytes, &group, sizeof(group));
    return bytes[place];
}

static bool is_ascii(uint32_t group)
{
    return (group & 0x80808080U) == 0;
}

/* Of ASCII characters, where the word has as many in a row. */
static uint32_t rarest_group(const struct word *word, const uint16_t *counts)
{
    uint32_t rarest = 0;
    uint64_t least = 0;

    for (size_t i = 0; i + GROUP <= word->length; i++) {
        const uint32_t group = group_at(word->text + i);
        uint64_t product = 1;

        for (size_t k = 0; k < GROUP; k++) {
            product *= counts[byte_of(group, k)] + 1U;
        }
        if (i == 0 || is_ascii(group) > is_ascii(rarest) ||
            (is_ascii(group) == is_ascii(rarest) && product < least)) {
            least = product;
            rarest = group;
        }
    }
    return rarest;
}

/* The halves of bytes that occur in a set, a bit each, at every place of its groups. */
struct set {
    uint16_t low[GROUP];
    uint16_t high[GROUP];
};

static struct set with_group(struct set set, uint32_t group)
{
    for (size_t i = 0; i < GROUP; i++) {
        const uint8_t byte = byte_of(group, i);

        set.low[i] |= (uint16_t)(1U << (byte % HALVES));
        set.high[i] |= (uint16_t)(1U << (byte / HALVES) | 1U << ((byte & ~CASE_BIT) / HALVES));
    }
    return set;
}

/* How many groups of bytes the set lets pass. */
static uint64_t width_of(const struct set *set)
{
    uint64_t width = 1;

    for (size_t i = 0; i < GROUP; i++) {
        width *= (uint64_t)(__builtin_popcount(set->low[i]) * __builtin_popcount(set->high[i]));
    }
    return width;
}

/* Each group joins the set that grows least by it. */
static void share_out(struct ccm_scan *scan)
{
    struct set sets[SETS] = {0};

    for (size_t i = 0; i < scan->group_count; i++) {
        size_t best = 0;
        uint64_t least = UINT64_MAX;

        for (size_t k = 0; k < SETS; k++) {
            const struct set grown = with_group(sets[k], scan->groups[i]);
            const uint64_t growth = width_of(&grown) - width_of(&sets[k]);

            if (growth < least) {
                least = growth;
                best = k;
            }
        }
        sets[best] = with_group(sets[best], scan->groups[i]);
    }
    for (size_t k = 0; k < SETS; k++) {
        for (size_t i = 0; i < GROUP; i++) {
            for (size_t half = 0; half < HALVES; half++) {
                scan->low[i][half] |= (uint8_t)((sets[k].low[i] >> half & 1U) << k);
                scan->high[i][half] |= (uint8_t)((sets[k].high[i] >> half & 1U) << k);
            }
        }
    }
}

static void add_group(struct ccm_scan *scan, uint32_t group, enum kind kind)
{
    scan->is_wide = scan->is_wide || !is_ascii(group);
    scan->groups[scan->group_count++] = group;
    scan->kinds[hash_of(scan, group)] |= (uint8_t)kind;
}

void ccm_scan_ready(struct ccm_scan *scan, const char *log, size_t length)
{
    const size_t most = scan->word_count + 2;
    unsigned hash_bits = FIRST_HASH_BITS;
    uint16_t counts[UINT8_MAX + 1] = {0};

    while ((size_t)1 << hash_bits < most * ROOM_A_GROUP) {
        hash_bits++;
    }
    scan->hash_shift = 32 - hash_bits;
    scan->kinds = arena_alloc(&scan->arena, (size_t)1 << hash_bits);
    scan->groups = arena_alloc(&scan->arena, most * sizeof(*scan->groups));
    for (size_t i = 0; i < length && i < SAMPLE; i++) {
        counts[(uint8_t)log[i] | CASE_BIT]++;
    }
    add_group(scan, group_at(CCM_LOG_OPENING), KIND_MARK);
    add_group(scan, group_at(CCM_LOG_CLOSING), KIND_MARK);
    for (size_t i = 0; i < scan->word_count; i++) {
        add_group(scan, rarest_group(&scan->words[i], counts), KIND_WORD);
    }
    share_out(scan);
}

/* --- the second step --- */

struct search {
    const struct ccm_scan *scan;
    const char *text;
    size_t length;
    size_t there;
    struct ccm_hits *hits;
    uint32_t newlines; /* before the block that is looked at */
    size_t opening;    /* the last one, behind which no end came: its place plus one; else 0 */
};

static void add_hit(struct ccm_hits *hits, size_t place, uint32_t newlines)
{
    if (hits->count == hits->room) {
        hits->room = hits->room ? hits->room * 2 : FIRST_HITS;
        hits->list = realloc(hits->list, hits->room * sizeof(*hits->list));
        if (!hits->list) {
            abort();
        }
    }
    hits->list[hits->count++] = (struct ccm_hit){(uint32_t)place, newlines};
}

static inline bool stands(const struct search *search, size_t place, const char *mark,
                          size_t length)
{
    return search->there - place >= length && memcmp(search->text + place, mark, length) == 0;
}

/* The beginnings and ends of entries. One that another follows without an end, or that is longer
   than a message may be, is found by a place in it. `before` has a bit for each newline of the
   block before the place. */
static inline void take_mark(struct search *search, size_t place, uint64_t before)
{
    if (stands(search, place, CCM_LOG_OPENING, strlen(CCM_LOG_OPENING))) {
        if (search->opening > 0) {
            add_hit(search->hits, place - 1,
                    search->newlines + (uint32_t)__builtin_popcountll(before) -
                        (search->text[place - 1] == '\n'));
        }
        search->opening = place + 1;
    } else if (stands(search, place, CCM_LOG_CLOSING, strlen(CCM_LOG_CLOSING))) {
        if (search->opening > 0 && place - search->opening >= CCM_LOG_MESSAGE_LIMIT) {
            add_hit(search->hits, place, search->newlines + (uint32_t)__builtin_popcountll(before));
        }
        search->opening = 0;
    }
}

/* There are four bytes at the place. */
static inline void take_place(struct search *search, size_t place, uint64_t before)
{
    const struct ccm_scan *scan = search->scan;
    const uint8_t kind = scan->kinds[hash_of(scan, group_at(search->text + place))];

    if (kind & KIND_MARK) {
        take_mark(search, place, before);
    }
    if (kind & KIND_WORD) {
        add_hit(search->hits, place, search->newlines + (uint32_t)__builtin_popcountll(before));
    }
}

/* --- the first step --- */

static void search_portable(struct search *search, size_t from)
{
    const char *text = search->text;

    for (size_t i = from; i < search->length; i++) {
        if (i + GROUP <= search->there) {
            take_place(search, i, 0);
        }
        search->newlines += text[i] == '\n';
    }
    search->hits->newlines = search->newlines;
}

static struct search begin(const struct ccm_scan *scan, const char *text, size_t length,
                           size_t there, struct ccm_hits *hits)
{
    hits->count = 0;
    return (struct search){scan, text, length, there, hits, 0, 0};
}

void ccm_scan_find_portable(const struct ccm_scan *scan, const char *text, size_t length,
                            size_t there, struct ccm_hits *hits_out)
{
    struct search search = begin(scan, text, length, there, hits_out);

    search_portable(&search, 0);
}

#if defined(__x86_64__)
#include <immintrin.h>

#define VECTORS __attribute__((target("avx2,bmi,popcnt")))

/* A table for both halves of a vector. */
VECTORS static inline __m256i table_of(const uint8_t *halves)
{
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)halves));
}

/* In which sets each of 32 bytes occurs at one place of a group. Bytes that are not ASCII's are in
   no set: that is what the instruction makes of them, and saves another one. */
VECTORS static inline __m256i sets_of(const char *text, __m256i low, __m256i high)
{
    const __m256i half = _mm256_set1_epi8(HALVES - 1);
    const __m256i bytes = _mm256_loadu_si256((const void *)text);
    const __m256i above = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half);

    return _mm256_and_si256(_mm256_shuffle_epi8(low, bytes), _mm256_shuffle_epi8(high, above));
}

enum { WIDTH = 32, BLOCK = 64, PORTION_BLOCKS = 64 };

/* Of 64 bytes, a bit each. */
struct masks {
    uint64_t places[PORTION_BLOCKS];   /* where a group may stand */
    uint64_t newlines[PORTION_BLOCKS]; /* where a newline stands */
};

/* Nothing is called within, so that all tables stay in registers. */
VECTORS static void first_step(const struct ccm_scan *scan, const char *text, size_t blocks,
                               struct masks *masks_out)
{
    const __m256i newline = _mm256_set1_epi8('\n');
    const __m256i low[GROUP] = {table_of(scan->low[0]), table_of(scan->low[1]),
                                table_of(scan->low[2]), table_of(scan->low[3])};
    const __m256i high[GROUP] = {table_of(scan->high[0]), table_of(scan->high[1]),
                                 table_of(scan->high[2]), table_of(scan->high[3])};

    for (size_t i = 0; i < blocks; i++) {
        uint64_t places = 0;
        uint64_t newlines = 0;

        for (size_t k = 0; k < BLOCK; k += WIDTH, text += WIDTH) {
            const __m256i first = _mm256_and_si256(sets_of(text, low[0], high[0]),
                                                   sets_of(text + 1, low[1], high[1]));
            const __m256i second = _mm256_and_si256(sets_of(text + 2, low[2], high[2]),
                                                    sets_of(text + 3, low[3], high[3]));
            const __m256i none =
                _mm256_cmpeq_epi8(_mm256_and_si256(first, second), _mm256_setzero_si256());
            const __m256i bytes = _mm256_loadu_si256((const void *)text);
            const __m256i ends = _mm256_cmpeq_epi8(bytes, newline);

            places |= (uint64_t) ~(uint32_t)_mm256_movemask_epi8(none) << k;
            newlines |= (uint64_t)(uint32_t)_mm256_movemask_epi8(ends) << k;
        }
        masks_out->places[i] = places;
        masks_out->newlines[i] = newlines;
    }
}

VECTORS static void search_avx2(struct search *search)
{
    const size_t readable = search->there < GROUP ? 0 : search->there - GROUP;
    const size_t end = search->length < readable ? search->length : readable;
    struct masks masks;
    size_t at = 0;

    while (end - at >= BLOCK) {
        const size_t left = (end - at) / BLOCK;
        const size_t blocks = left < PORTION_BLOCKS ? left : PORTION_BLOCKS;

        first_step(search->scan, search->text + at, blocks, &masks);
        for (size_t i = 0; i < blocks; i++, at += BLOCK) {
            for (uint64_t places = masks.places[i]; places; places &= places - 1) {
                const uint64_t before = masks.newlines[i] & (places - 1) & ~places;

                take_place(search, at + (size_t)__builtin_ctzll(places), before);
            }
            search->newlines += (uint32_t)__builtin_popcountll(masks.newlines[i]);
        }
    }
    search_portable(search, at);
}

void ccm_scan_find(const struct ccm_scan *scan, const char *text, size_t length, size_t there,
                   struct ccm_hits *hits_out)
{
    struct search search = begin(scan, text, length, there, hits_out);

    if (!scan->is_wide && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt") &&
        __builtin_cpu_supports("bmi")) {
        search_avx2(&search);
    } else {
        search_portable(&search, 0);
    }
}
#else
void ccm_scan_find(const struct ccm_scan *scan, const char *text, size_t length, size_t there,
                   struct ccm_hits *hits_out)
{
    ccm_scan_find_portable(scan, text, length, there, hits_out);
}
#endif
