/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which SPNs have been seen: 8 bytes for each, whatever its length, so that a forest's fit into
 * memory. Hashes can collide: that an SPN was seen before is a hint, to be confirmed by a search.
 */
#ifndef CCM_LDAP_SPN_SET_H
#define CCM_LDAP_SPN_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 32 MiB, for three million SPNs; 48 MiB while it grows to that. */
enum { SPN_SET_SLOTS_MAX = 1 << 22 };

/* Zeros are an empty set. */
struct spn_set {
    uint64_t *slots; /* 0: free */
    size_t capacity; /* a power of 2 */
    size_t count;
    bool full; /* something was not added, for want of room */
};

/* Adds an SPN, without regard to the case of ASCII letters. True when it may have been there.
   `scope` tells equal SPNs apart that are not the same: those of another scope are not found. */
bool spn_set_add(struct spn_set *set, const char *spn, size_t length, unsigned scope);

void spn_set_release(struct spn_set *set);

#endif
