/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "rules/client_parts.h"

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Those of one key together; in them, by record. */
static int compare_claims(const void *left, const void *right)
{
    const struct client_claim *a = left;
    const struct client_claim *b = right;
    const int texts = a->key.kind == b->key.kind ? strcmp(a->key.text, b->key.text)
                                                 : compare_numbers(a->key.kind, b->key.kind);

    return texts != 0           ? texts
           : a->node != b->node ? compare_numbers(a->node, b->node)
                                : compare_numbers(a->key.record->id, b->key.record->id);
}

static bool same_key(const struct client_claim *a, const struct client_claim *b)
{
    return a->key.kind == b->key.kind && strcmp(a->key.text, b->key.text) == 0;
}

void client_claims_sort(struct client_claims *claims)
{
    size_t kept = 0;

    if (claims->count > 0) {
        qsort(claims->items, claims->count, sizeof(*claims->items), compare_claims);
    }
    for (size_t i = 0; i < claims->count; i++) {
        if (kept == 0 || claims->items[kept - 1].node != claims->items[i].node ||
            !same_key(&claims->items[kept - 1], &claims->items[i])) {
            claims->items[kept++] = claims->items[i];
        }
    }
    claims->count = kept;
}

size_t client_claims_end(const struct client_claims *claims, size_t first)
{
    size_t end = first + 1;

    while (end < claims->count && same_key(&claims->items[first], &claims->items[end])) {
        end++;
    }
    return end;
}

/* The first claim that is not below the key. */
static size_t find_key(const struct client_claims *claims, enum client_key_kind kind,
                       const char *text)
{
    const struct client_claim wanted = {.key = {.kind = kind, .text = text}};
    size_t low = 0;
    size_t high = claims->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct client_claim *claim = &claims->items[middle];
        const int order = claim->key.kind != kind ? compare_numbers(claim->key.kind, kind)
                                                  : strcmp(claim->key.text, wanted.key.text);

        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct client_span client_claims_find(const struct client_claims *claims, enum client_key_kind kind,
                                      const char *text)
{
    const size_t first = find_key(claims, kind, text);
    const bool found = first < claims->count && claims->items[first].key.kind == kind &&
                       strcmp(claims->items[first].key.text, text) == 0;

    return (struct client_span){first, found ? client_claims_end(claims, first) : first};
}
