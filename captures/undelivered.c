/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/undelivered.h"

#include <string.h>

#include "captures/bytes.h"

/* https://www.iana.org/assignments/icmp-parameters and icmpv6-parameters */
enum {
    ICMP_UNREACHABLE = 3,
    ICMP_PORT_UNREACHABLE = 3,
    ICMP_FRAGMENTATION_NEEDED = 4, /* smaller packets do arrive */
    ICMP6_UNREACHABLE = 1,
    ICMP6_PORT_UNREACHABLE = 4,
    PORTS = 4,
    UDP_HEADER = 8,
};

static bool is_unreachable(const struct ip_packet *packet, bool *is_port_out)
{
    const uint8_t *header = packet->payload.bytes;

    if (packet->payload.captured < ICMP_HEADER) {
        return false;
    }
    *is_port_out =
        header[1] == (packet->protocol == IP_ICMP ? ICMP_PORT_UNREACHABLE : ICMP6_PORT_UNREACHABLE);
    if (packet->protocol == IP_ICMP && packet->from.version == 4) {
        return header[0] == ICMP_UNREACHABLE && header[1] != ICMP_FRAGMENTATION_NEEDED;
    }
    return packet->protocol == IP_ICMP6 && packet->from.version == 6 &&
           header[0] == ICMP6_UNREACHABLE;
}

bool undelivered_quoted(const struct ip_packet *packet, struct ip_packet *quoted)
{
    const struct payload *payload = &packet->payload;
    struct payload bytes;
    bool is_port;

    if (!is_unreachable(packet, &is_port)) {
        return false;
    }
    /* The lengths in the quoted headers are those of the whole packet. */
    bytes = (struct payload){payload->bytes + ICMP_HEADER, payload->captured - ICMP_HEADER,
                             UINT16_MAX + (size_t)UINT16_MAX};
    return ip_read(&bytes, quoted) == LAYER_OK && quoted->fragment_offset == 0 &&
           quoted->payload.captured >= PORTS &&
           (quoted->protocol == IP_UDP || quoted->protocol == IP_TCP);
}

bool undelivered_read(const struct ip_packet *packet, struct undelivered *out)
{
    struct ip_packet quoted;
    const struct payload *payload = &quoted.payload;

    memset(out, 0, sizeof(*out));
    if (!is_unreachable(packet, &out->is_refused) || !undelivered_quoted(packet, &quoted) ||
        !endpoint_equal(&quoted.from, &packet->to)) { /* it goes to whoever sent the packet */
        return false;
    }
    out->from = quoted.from;
    out->to = quoted.to;
    out->from.port = bytes_u16be(payload->bytes);
    out->to.port = bytes_u16be(payload->bytes + 2);
    out->protocol = quoted.protocol;
    if (quoted.protocol == IP_UDP && payload->captured > UDP_HEADER) {
        out->bytes = payload->bytes + UDP_HEADER;
        out->length = payload->captured - UDP_HEADER;
    }
    return true;
}
