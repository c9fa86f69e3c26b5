/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/ip.h"

#include "captures/bytes.h"

/* https://www.iana.org/assignments/protocol-numbers */
enum {
    PROTOCOL_HOP_BY_HOP = 0,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_ROUTING = 43,
    PROTOCOL_FRAGMENT = 44,
    PROTOCOL_GRE = 47,
    PROTOCOL_ESP = 50,
    PROTOCOL_AH = 51,
    PROTOCOL_DESTINATION = 60,
    PROTOCOL_MOBILITY = 135,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    FRAGMENT_HEADER = 8,
    EXTENSIONS = 16, /* at most so many headers in a row */
};

enum layer_result ip_protocol_kind(uint8_t protocol)
{
    switch (protocol) {
    case IP_TCP:
    case IP_UDP:
        return LAYER_OK;
    case PROTOCOL_IPV4:
    case PROTOCOL_IPV6:
    case PROTOCOL_GRE:
    case PROTOCOL_ESP:
        return LAYER_UNREADABLE;
    default:
        return LAYER_NOTHING;
    }
}

/* Takes `length` bytes off the payload's beginning. */
static enum layer_result advance(struct payload *payload, size_t length)
{
    if (length > payload->length) {
        return LAYER_MALFORMED;
    }
    if (length > payload->captured) {
        return LAYER_CUT;
    }
    payload->bytes += length;
    payload->captured -= length;
    payload->length -= length;
    return LAYER_OK;
}

/* Leaves out what follows the packet. A length of 0 stands where the card cuts what the system
   handed it in one piece (segmentation offload): then the frame's length holds. */
static enum layer_result trim(struct payload *payload, size_t length)
{
    if (length == 0) {
        return LAYER_OK;
    }
    if (length > payload->length) {
        return LAYER_MALFORMED;
    }
    payload->length = length;
    if (payload->captured > length) {
        payload->captured = length;
    }
    return LAYER_OK;
}

static enum layer_result read_ipv4(struct ip_packet *packet)
{
    struct payload *payload = &packet->payload;
    const uint8_t *header = payload->bytes;
    unsigned fragment;
    size_t length;
    enum layer_result result;

    if (payload->captured < IPV4_HEADER) {
        return payload->length < IPV4_HEADER ? LAYER_MALFORMED : LAYER_CUT;
    }
    length = (size_t)(header[0] & 0xf) * 4;
    result = trim(payload, bytes_u16be(header + 2));
    if (result != LAYER_OK || length < IPV4_HEADER) {
        return LAYER_MALFORMED;
    }
    fragment = bytes_u16be(header + 6);
    packet->more_fragments = (fragment & 0x2000) != 0;
    packet->fragment_offset = (fragment & 0x1fff) * 8;
    packet->is_fragment = packet->more_fragments || packet->fragment_offset > 0;
    packet->fragment_id = bytes_u16be(header + 4);
    packet->protocol = header[9];
    packet->from.version = 4;
    packet->to.version = 4;
    memcpy(packet->from.address, header + 12, 4);
    memcpy(packet->to.address, header + 16, 4);
    return advance(payload, length);
}

/* One extension header; `length_out` of it. */
static enum layer_result read_extension(struct ip_packet *packet, size_t *length_out)
{
    const struct payload *payload = &packet->payload;
    const uint8_t *header = payload->bytes;

    if (payload->captured < 8) {
        return payload->length < 8 ? LAYER_MALFORMED : LAYER_CUT;
    }
    *length_out = ((size_t)header[1] + 1) * 8;
    if (packet->protocol == PROTOCOL_FRAGMENT) {
        unsigned fragment = bytes_u16be(header + 2);

        *length_out = FRAGMENT_HEADER;
        packet->more_fragments = (fragment & 1) != 0;
        packet->fragment_offset = fragment & 0xfff8;
        /* Both 0 is an atomic fragment, a packet by itself (RFC 6946). */
        packet->is_fragment = packet->more_fragments || packet->fragment_offset > 0;
        packet->fragment_id = bytes_u32be(header + 4);
    } else if (packet->protocol == PROTOCOL_AH) {
        *length_out = ((size_t)header[1] + 2) * 4; /* RFC 4302 2.2 */
    }
    packet->protocol = header[0];
    return LAYER_OK;
}

static bool is_extension(uint8_t protocol)
{
    switch (protocol) {
    case PROTOCOL_HOP_BY_HOP:
    case PROTOCOL_ROUTING:
    case PROTOCOL_FRAGMENT:
    case PROTOCOL_AH:
    case PROTOCOL_DESTINATION:
    case PROTOCOL_MOBILITY:
        return true;
    default:
        return false;
    }
}

static enum layer_result read_extensions(struct ip_packet *packet)
{
    for (int i = 0; i < EXTENSIONS && is_extension(packet->protocol); i++) {
        size_t length = 0;
        enum layer_result result;

        /* What follows the offset belongs to the first fragment only. */
        if (packet->is_fragment) {
            return LAYER_OK;
        }
        result = read_extension(packet, &length);
        if (result == LAYER_OK) {
            result = advance(&packet->payload, length);
        }
        if (result != LAYER_OK) {
            return result;
        }
    }
    return LAYER_OK;
}

static enum layer_result read_ipv6(struct ip_packet *packet)
{
    struct payload *payload = &packet->payload;
    const uint8_t *header = payload->bytes;
    size_t length;

    if (payload->captured < IPV6_HEADER) {
        return payload->length < IPV6_HEADER ? LAYER_MALFORMED : LAYER_CUT;
    }
    length = bytes_u16be(header + 4);
    if (trim(payload, length > 0 ? IPV6_HEADER + length : 0) != LAYER_OK) {
        return LAYER_MALFORMED;
    }
    packet->protocol = header[6];
    packet->from.version = 6;
    packet->to.version = 6;
    memcpy(packet->from.address, header + 8, 16);
    memcpy(packet->to.address, header + 24, 16);
    (void)advance(payload, IPV6_HEADER);
    return read_extensions(packet);
}

enum layer_result ip_read(const struct payload *bytes, struct ip_packet *packet)
{
    enum layer_result result;

    memset(packet, 0, sizeof(*packet));
    packet->payload = *bytes;
    if (bytes->captured == 0) {
        return bytes->length == 0 ? LAYER_MALFORMED : LAYER_CUT;
    }
    switch (bytes->bytes[0] >> 4) {
    case 4:
        result = read_ipv4(packet);
        /* IPsec without encryption has a header more. */
        return result == LAYER_OK && packet->protocol == PROTOCOL_AH ? read_extensions(packet)
                                                                     : result;
    case 6:
        return read_ipv6(packet);
    default:
        return LAYER_MALFORMED;
    }
}
