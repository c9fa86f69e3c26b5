/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Link layers, from https://www.tcpdump.org/linktypes.html: Ethernet with VLAN tags (802.1Q,
 * 802.1ad, the older 0x9100), SNAP and PPPoE, Linux cooked 1 and 2, raw IP, null and loopback in
 * either byte order, PPP in its kinds.
 */
#ifndef CCM_CAPTURES_LINK_H
#define CCM_CAPTURES_LINK_H

#include "captures/frame.h"
#include "captures/layer.h"

/* The IP packet of a frame, with whatever padding follows it. */
enum layer_result link_read(const struct frame *frame, struct payload *packet);

#endif
