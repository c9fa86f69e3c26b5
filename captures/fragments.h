/* SPDX-License-Identifier: Apache-2.0 */
/* IP datagrams from their fragments, in any order. Of bytes that come twice the first stay, as
   Windows has it (RFC 5722 would drop the datagram). */
#ifndef CCM_CAPTURES_FRAGMENTS_H
#define CCM_CAPTURES_FRAGMENTS_H

#include "captures/ip.h"

struct fragments;

struct fragments *fragments_new(uint32_t count);
void fragments_free(struct fragments *fragments);

/* Takes in a fragment. True when its datagram is whole: `packet` is that then, its payload valid
   until the next call. */
bool fragments_add(struct fragments *fragments, struct ip_packet *packet, int64_t at);

/* Datagrams that were given up for their number. */
uint64_t fragments_dropped(const struct fragments *fragments);

#endif
