/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which GUIDs several machines use: a table of (GUID, machine) rows, compact enough for the tens of
 * millions that a large hierarchy exports. A machine is told by its name, certificate and hardware
 * id; of the last two a hash is kept, so that "the same" is right but for one in four thousand
 * million.
 *
 * Measured: 48 bytes a row of 10 million with names of ten letters, all that the program takes
 * included (tests/bench), and 64 where certificate, hardware id or time are told.
 */
#ifndef CCM_CAPTURES_DUPLICATES_H
#define CCM_CAPTURES_DUPLICATES_H

#include "captures/guid.h"
#include "captures/sighting.h"

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

/* The same of many that were made ready. `first_place` is added to the place of each. */
void duplicates_add_all(struct duplicates *duplicates, const struct ready_sighting *sightings,
                        size_t count, uint32_t first_place);

/* About so many rows will be added: the table, of which each takes five to eleven bytes, need not
   grow over and over. */
void duplicates_expect(struct duplicates *duplicates, uint64_t rows);

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
