/* SPDX-License-Identifier: Apache-2.0 */
/* Duplicate GUIDs as evidence: each that machines of several names use is a case. */
#ifndef CCM_CAPTURES_DUPLICATES_TELL_H
#define CCM_CAPTURES_DUPLICATES_TELL_H

#include "captures/duplicates.h"
#include "evidence/evidence.h"

/* GUIDs that are told; of others only the number. */
enum { DUPLICATES_TOLD = 16384 };

/* Where the sightings of one file begin, in ascending order. */
struct sighting_source {
    const char *path;
    uint32_t first_place;
};

/* Appends a run and a duplicate record for each. Returns how many GUIDs were left out. */
size_t duplicates_tell(const struct duplicates *duplicates, const struct sighting_source *sources,
                       size_t source_count, struct evidence_set *evidence);

#endif
