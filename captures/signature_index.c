/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds patterns in messages. Most messages hold none, so that looking must be cheap: of every
 * pattern the longest piece is indexed by groups of 4 bytes, and only every STEPth group of a
 * message is looked up. STEP groups of a piece are indexed, one of which a looked up one meets
 * wherever the piece stands; the piece has at least STEP + 3 bytes for that. A log's reader asks
 * only of entries in which a group of four such bytes was found before, see ccm_scan.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "captures/signatures.h"

enum {
    GROUP = SIGNATURE_LITERAL,
    REACH = 16, /* bytes of a piece that are indexed at most */
    FIRST_HASH_BITS = 6,
    ROOM_A_GROUP = 8, /* hashes: most groups of a message have one that is not used */
};

/* A group of a pattern's longest piece. */
struct group {
    uint32_t pattern;
    uint32_t offset;
};

struct signature_index {
    size_t step;
    unsigned hash_bits;
    uint32_t *first; /* of the groups of each hash, and behind the last */
    uint8_t *used;   /* one bit a hash: small enough for the nearest cache */
    struct group *groups;
};

static char fold(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool same(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (fold(a[i]) != fold(b[i])) {
            return false;
        }
    }
    return true;
}

/* --- patterns --- */

bool signature_pattern_read(struct arena *arena, const char *text,
                            struct signature_pattern *pattern_out)
{
    void *pieces = NULL;

    memset(pattern_out, 0, sizeof(*pattern_out));
    pattern_out->open_start = *text == '*';
    while (*text) {
        const size_t length = strcspn(text, "*");
        struct signature_piece *piece;

        pattern_out->open_end = text[length] == '*';
        if (length > 0) {
            piece = arena_push(arena, &pieces, &pattern_out->piece_count, sizeof(*piece));
            pattern_out->pieces = pieces;
            *piece = (struct signature_piece){text, length};
            if (length > pattern_out->pieces[pattern_out->longest].length) {
                pattern_out->longest = pattern_out->piece_count - 1;
            }
        }
        text += length + (text[length] == '*' ? 1 : 0);
    }
    return pattern_out->piece_count > 0 && pattern_out->piece_count <= SIGNATURE_PIECES &&
           pattern_out->pieces[pattern_out->longest].length >= SIGNATURE_LITERAL;
}

static bool is_word(char byte)
{
    return (byte >= '0' && byte <= '9') || (fold(byte) >= 'a' && fold(byte) <= 'z');
}

/* Does a word go on across this place of the message? */
static bool divides_word(const char *message, size_t length, size_t place)
{
    return place > 0 && place < length && is_word(message[place - 1]) && is_word(message[place]);
}

bool signature_pattern_matches(const struct signature_pattern *pattern, const char *message,
                               size_t length)
{
    size_t at = 0;

    for (size_t i = 0; i < pattern->piece_count; i++) {
        const struct signature_piece *piece = &pattern->pieces[i];
        const bool starts_word = i == 0 && !pattern->open_start;
        const bool ends_word = i + 1 == pattern->piece_count && !pattern->open_end;
        bool found = false;

        while (!found && at + piece->length <= length) {
            found = same(piece->text, message + at, piece->length) &&
                    !(starts_word && divides_word(message, length, at)) &&
                    !(ends_word && divides_word(message, length, at + piece->length));
            at += found ? piece->length : 1;
        }
        if (!found) {
            return false;
        }
    }
    return true;
}

/* --- logs --- */

/* A star stands for any text. The last star takes what is needed: no recursion. */
static bool name_matches(const char *pattern, const char *name, size_t length)
{
    const char *star = NULL;
    size_t resume = 0;
    size_t at = 0;

    while (at < length) {
        if (*pattern == '*') {
            star = ++pattern;
            resume = at;
        } else if (*pattern && fold(*pattern) == fold(name[at])) {
            pattern++;
            at++;
        } else if (star) {
            pattern = star;
            at = ++resume;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

bool signature_is_of_log(const struct signature *signature, const char *name, size_t length)
{
    for (size_t i = 0; i < signature->log_count; i++) {
        if (name_matches(signature->logs[i], name, length)) {
            return true;
        }
    }
    return false;
}

/* --- the index --- */

static const struct signature_piece *longest_of(const struct signature_pattern *pattern)
{
    return &pattern->pieces[pattern->longest];
}

static void read_patterns(struct signatures *signatures)
{
    void *items = NULL;

    signatures->pattern_count = 0;
    for (size_t i = 0; i < signatures->count; i++) {
        for (size_t k = 0; k < signatures->items[i].pattern_count; k++) {
            struct signature_pattern *pattern = arena_push(
                &signatures->arena, &items, &signatures->pattern_count, sizeof(*pattern));

            /* It was read before, and is right. */
            signature_pattern_read(&signatures->arena, signatures->items[i].patterns[k], pattern);
            pattern->signature = i;
        }
    }
    signatures->patterns = items;
}

static size_t step_of(const struct signatures *signatures)
{
    size_t reach = REACH;

    for (size_t i = 0; i < signatures->pattern_count; i++) {
        const size_t length = longest_of(&signatures->patterns[i])->length;

        reach = length < reach ? length : reach;
    }
    return reach - GROUP + 1;
}

/* Letters of both cases give the same; so do a few other bytes, which does no harm. */
static uint32_t hash_group(const struct signature_index *index, const char *text)
{
    uint32_t word;

    memcpy(&word, text, sizeof(word));
    return ((word | 0x20202020U) * 2654435761U) >> (32 - index->hash_bits); /* Knuth's multiplier */
}

/* The groups in the order of their hashes: counted, then put in place. */
static void fill_index(struct signature_index *index, const struct signatures *signatures)
{
    const size_t hashes = (size_t)1 << index->hash_bits;
    uint32_t *next = calloc(hashes, sizeof(*next));

    if (!next) {
        abort();
    }
    for (size_t i = 0; i < signatures->pattern_count; i++) {
        for (size_t k = 0; k < index->step; k++) {
            const uint32_t hash = hash_group(index, longest_of(&signatures->patterns[i])->text + k);

            next[hash]++;
            index->used[hash / 8] |= (uint8_t)(1U << (hash % 8));
        }
    }
    for (size_t i = 0; i < hashes; i++) {
        index->first[i + 1] = index->first[i] + next[i];
        next[i] = index->first[i];
    }
    for (size_t i = 0; i < signatures->pattern_count; i++) {
        for (size_t k = 0; k < index->step; k++) {
            const uint32_t hash = hash_group(index, longest_of(&signatures->patterns[i])->text + k);

            index->groups[next[hash]++] = (struct group){(uint32_t)i, (uint32_t)k};
        }
    }
    free(next);
}

void signatures_ready(struct signatures *signatures)
{
    struct arena *arena = &signatures->arena;
    struct signature_index *index = arena_alloc(arena, sizeof(*index));
    size_t groups;

    read_patterns(signatures);
    index->step = step_of(signatures);
    groups = signatures->pattern_count * index->step;
    index->hash_bits = FIRST_HASH_BITS;
    while ((size_t)1 << index->hash_bits < groups * ROOM_A_GROUP) {
        index->hash_bits++;
    }
    index->first =
        arena_alloc(arena, (((size_t)1 << index->hash_bits) + 1) * sizeof(*index->first));
    index->used = arena_alloc(arena, ((size_t)1 << index->hash_bits) / 8);
    index->groups = arena_alloc(arena, (groups + 1) * sizeof(*index->groups));
    fill_index(index, signatures);
    signatures->index = index;
}

void signatures_release(struct signatures *signatures)
{
    arena_release(&signatures->arena);
    memset(signatures, 0, sizeof(*signatures));
}

/* The pieces of which a group stands at `at`: each pattern is tried once a message. */
static void try_groups(const struct signatures *signatures, struct signature_scan *scan,
                       const struct signature_piece *message, size_t at, uint32_t hash)
{
    const struct signature_index *index = signatures->index;

    for (uint32_t i = index->first[hash]; i < index->first[hash + 1]; i++) {
        const struct group *group = &index->groups[i];
        const struct signature_piece *piece = longest_of(&signatures->patterns[group->pattern]);

        if (!scan->tried[group->pattern] && group->offset <= at &&
            at - group->offset + piece->length <= message->length &&
            same(piece->text, message->text + at - group->offset, piece->length)) {
            scan->tried[group->pattern] = 1;
            scan->list[scan->count++] = group->pattern;
        }
    }
}

void signatures_search(const struct signatures *signatures, struct signature_scan *scan,
                       const char *message, size_t length, signature_fn *found, void *context)
{
    const struct signature_index *index = signatures->index;
    const struct signature_piece whole = {message, length};

    for (size_t at = 0; at + GROUP <= length; at += index->step) {
        const uint32_t hash = hash_group(index, message + at);

        if (index->used[hash / 8] >> (hash % 8) & 1) {
            try_groups(signatures, scan, &whole, at, hash);
        }
    }
    while (scan->count > 0) {
        const size_t pattern = scan->list[--scan->count];

        scan->tried[pattern] = 0;
        if (signature_pattern_matches(&signatures->patterns[pattern], message, length)) {
            found(context, &signatures->patterns[pattern]);
        }
    }
}
