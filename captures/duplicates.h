/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which GUIDs several machines use: a table of (GUID, machine) rows, compact enough for the tens of
 * millions that a large hierarchy exports. A machine is told by its name, certificate and hardware
 * id; of the last two a hash is kept, so that "the same" is right but for one in four thousand
 * million.
 *
 * Measured: 62 bytes a row of 10 million, all included (tests/bench).
 */
#ifndef CCM_CAPTURES_DUPLICATES_H
#define CCM_CAPTURES_DUPLICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "captures/guid.h"

/* A machine seen with a GUID. Texts need no NUL; NULL is unknown. Times are microseconds since
   1970, kept to the second. */
struct sighting {
    uint8_t guid[16];
    const char *name; /* required; compared without regard to case */
    size_t name_length;
    const char *certificate; /* thumbprint */
    size_t certificate_length;
    const char *hardware; /* hardware id */
    size_t hardware_length;
    int64_t at;     /* EVIDENCE_UNKNOWN: not told */
    uint32_t place; /* the caller's number for where it stands */
};

/* What was seen of one machine with one GUID. */
struct seen_machine {
    const char *name;     /* upper case */
    uint32_t certificate; /* hashes; 0: unknown */
    uint32_t hardware;
    int64_t first_at;
    int64_t last_at;
    uint32_t place; /* of the first sighting */
};

struct duplicates;

struct duplicates *duplicates_new(void);
void duplicates_free(struct duplicates *duplicates);

void duplicates_add(struct duplicates *duplicates, const struct sighting *sighting);

/* The same, faster, for many: memory is asked for ahead. */
void duplicates_add_all(struct duplicates *duplicates, const struct sighting *sightings,
                        size_t count);

/* How many different rows there are, the bytes that they take, and how many sightings were left out
   because there are too many (67 million). */
size_t duplicates_rows(const struct duplicates *duplicates, size_t *bytes_out, size_t *dropped_out);

/* Machines kept of one GUID: a clone may have thousands of brothers, and this many prove it. */
enum { MACHINES_MOST = 64 };

/* Called for every GUID that was seen with more than one name, certificate or hardware id. The
   machines are borrowed for the call; `more`: there were others than these. */
typedef void duplicates_fn(void *context, const uint8_t guid[16],
                           const struct seen_machine *machines, size_t count, bool more);

void duplicates_each(const struct duplicates *duplicates, duplicates_fn *each, void *context);

#endif
