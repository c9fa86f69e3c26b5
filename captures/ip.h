/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200). Checksums are not looked at: cards
   fill them in after the capture (offload). */
#ifndef CCM_CAPTURES_IP_H
#define CCM_CAPTURES_IP_H

#include <stdbool.h>

#include "captures/layer.h"
#include "captures/transport.h"

enum ip_protocol {
    IP_ICMP = 1,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_ICMP6 = 58,
};

struct ip_packet {
    struct endpoint from; /* the ports are 0 */
    struct endpoint to;
    uint8_t protocol;
    struct payload payload;
    bool is_fragment;
    bool more_fragments;
    uint32_t fragment_id;
    uint32_t fragment_offset; /* bytes */
};

enum layer_result ip_read(const struct payload *bytes, struct ip_packet *packet);

/* LAYER_OK for TCP and UDP; what else the protocol's number means for reading. */
enum layer_result ip_protocol_kind(uint8_t protocol);

#endif
