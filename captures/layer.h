/* SPDX-License-Identifier: Apache-2.0 */
/* What became of one layer of a frame. */
#ifndef CCM_CAPTURES_LAYER_H
#define CCM_CAPTURES_LAYER_H

#include <stddef.h>
#include <stdint.h>

enum layer_result {
    LAYER_OK,
    LAYER_NOTHING,    /* nothing to read in it: ARP, spanning tree, ICMP */
    LAYER_UNREADABLE, /* something may be in it that cannot be read: 802.11, MPLS, ESP */
    LAYER_MALFORMED,  /* its header contradicts itself */
    LAYER_CUT,        /* its header is beyond what was captured */
};

/* What a layer carries: `captured` bytes of `length` are there. */
struct payload {
    const uint8_t *bytes;
    size_t captured;
    size_t length;
};

#endif
