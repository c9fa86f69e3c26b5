/* SPDX-License-Identifier: Apache-2.0 */
/*
 * msDS-TrustForestTrustInfo ([MS-ADTS] 6.1.6.9.3): which names and domains a forest trust covers,
 * and which of them are switched off.
 */
#ifndef CCM_DECODE_FOREST_TRUST_H
#define CCM_DECODE_FOREST_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "evidence/evidence.h"

/*
 * Fills names, name_count and names_malformed of `trust`, whose other members stay.
 *
 * A record of a type other than top level name, exclusion and domain is a TRUST_NAME_OTHER without
 * names. set_at is unknown when the time stamp is empty, or reads as a date from 1980 to 2200 in
 * both of the byte orders in use: Windows puts the high half first (measured; [MS-ADTS] only says 8
 * bytes), Samba the low half.
 *
 * False, with names_malformed, when the value cannot be read whole; the records that can be read
 * are kept: "not among the names" then means unknown.
 */
bool forest_trust_decode(struct arena *arena, const void *bytes, size_t length,
                         struct evidence_trust *trust);

#endif
