/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/spn_set.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 1024 };

/* FNV-1a of 64 bits (RFC 9923), over the SPN in lower case; never 0. */
static uint64_t hash_of(const char *spn, size_t length, unsigned scope)
{
    uint64_t hash = 0xcbf29ce484222325 + scope;

    for (size_t i = 0; i < length; i++) {
        const unsigned char given = (unsigned char)spn[i];
        const unsigned char byte =
            given >= 'A' && given <= 'Z' ? (unsigned char)(given + ('a' - 'A')) : given;

        hash = (hash ^ byte) * 0x100000001b3;
    }
    return hash != 0 ? hash : 1;
}

/* The slot that holds the hash, or the free one where it belongs. */
static uint64_t *slot_of(const struct spn_set *set, uint64_t hash)
{
    size_t at = (size_t)(hash ^ hash >> 32) & (set->capacity - 1);

    while (set->slots[at] != 0 && set->slots[at] != hash) {
        at = (at + 1) & (set->capacity - 1);
    }
    return &set->slots[at];
}

/* Makes room for one more: three quarters are filled at most. False when the set is full. */
static bool grow(struct spn_set *set)
{
    const struct spn_set old = *set;

    if (old.count + 1 <= old.capacity / 4 * 3) {
        return true;
    }
    if (old.capacity == SPN_SET_SLOTS_MAX) {
        return false;
    }
    set->capacity = old.capacity > 0 ? old.capacity * 2 : FIRST_CAPACITY;
    set->slots = calloc(set->capacity, sizeof(*set->slots));
    if (!set->slots) {
        abort();
    }
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i] != 0) {
            *slot_of(set, old.slots[i]) = old.slots[i];
        }
    }
    free(old.slots);
    return true;
}

bool spn_set_add(struct spn_set *set, const char *spn, size_t length, unsigned scope)
{
    const uint64_t hash = hash_of(spn, length, scope);
    uint64_t *slot;

    if (!grow(set)) {
        set->full = true;
        return false;
    }
    slot = slot_of(set, hash);
    if (*slot == hash) {
        return true;
    }
    *slot = hash;
    set->count++;
    return false;
}

void spn_set_release(struct spn_set *set)
{
    free(set->slots);
    memset(set, 0, sizeof(*set));
}
