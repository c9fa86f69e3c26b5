/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A machine seen with a GUID: as a log or a list tells it, and made ready for the table of
 * duplicates.h. Making ready is most of the work, and any thread can do it.
 */
#ifndef CCM_CAPTURES_SIGHTING_H
#define CCM_CAPTURES_SIGHTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts need no NUL; NULL is unknown. Times are microseconds since 1970, kept to the second. */
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

/* Bytes of a name that are kept, with a NUL behind them. */
enum { SIGHTING_NAME_SIZE = 256 };

struct ready_sighting {
    uint8_t guid[16];
    const char *name; /* upper case, ends in a NUL; borrowed */
    uint32_t name_length;
    uint32_t certificate; /* hashes, without regard to case; 0: unknown */
    uint32_t hardware;
    uint32_t at; /* seconds since 1970; 0: unknown */
    uint32_t place;
};

/* Makes a sighting ready. Its name goes to `name`, which has room for SIGHTING_NAME_SIZE bytes and
   has to last as long as `ready_out`. */
void sighting_prepare(const struct sighting *sighting, char *name,
                      struct ready_sighting *ready_out);

#endif
