/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/link.h"

#include "captures/bytes.h"

enum ethertype {
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_VLAN = 0x8100,
    ETHERTYPE_QINQ = 0x88a8,
    ETHERTYPE_QINQ_OLD = 0x9100,
    ETHERTYPE_IPV6 = 0x86dd,
    ETHERTYPE_MPLS = 0x8847,
    ETHERTYPE_MPLS_MULTICAST = 0x8848,
    ETHERTYPE_PPPOE = 0x8864,
    ETHERTYPE_MACSEC = 0x88e5,
    ETHERTYPE_FIRST = 0x0600, /* smaller ones are lengths: 802.3 */
};

enum ppp_protocol {
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_COMPRESSED = 0x00fd,
    PPP_ENCRYPTED = 0x0053,
};

enum { VLAN_TAGS = 8 }; /* more than two in a row are a mistake or an attack */

static enum layer_result skip(struct payload *rest, size_t length)
{
    if (rest->captured < length) {
        return rest->length < length ? LAYER_MALFORMED : LAYER_CUT;
    }
    rest->bytes += length;
    rest->captured -= length;
    rest->length -= length;
    return LAYER_OK;
}

/* The protocol of PPP and what follows; it takes one byte when that is odd (RFC 1661 2). */
static enum layer_result read_ppp(struct payload *rest)
{
    enum layer_result result = skip(rest, 1);
    unsigned protocol;

    if (result != LAYER_OK) {
        return result;
    }
    protocol = rest->bytes[-1];
    if ((protocol & 1) == 0) {
        result = skip(rest, 1);
        if (result != LAYER_OK) {
            return result;
        }
        protocol = protocol << 8 | rest->bytes[-1];
    }
    switch (protocol) {
    case PPP_IPV4:
    case PPP_IPV6:
        return LAYER_OK;
    case PPP_COMPRESSED:
    case PPP_ENCRYPTED:
        return LAYER_UNREADABLE;
    default:
        return LAYER_NOTHING;
    }
}

/* PPP of a serial line: address 0xff and control 0x03 may be left out (RFC 1662 3.1). */
static enum layer_result read_ppp_framed(struct payload *rest)
{
    if (rest->captured >= 2 && rest->bytes[0] == 0xff && rest->bytes[1] == 0x03) {
        (void)skip(rest, 2);
    }
    return read_ppp(rest);
}

/* RFC 2516 4: version and type, code (0: a session), session, length. */
static enum layer_result read_pppoe(struct payload *rest)
{
    enum layer_result result = skip(rest, 6);

    if (result != LAYER_OK) {
        return result;
    }
    return rest->bytes[-5] == 0 ? read_ppp(rest) : LAYER_NOTHING;
}

/* 802.2: only SNAP with an ethertype (RFC 1042) carries IP. */
static enum layer_result read_llc(struct payload *rest, unsigned *ethertype)
{
    enum { SNAP = 8 };

    if (rest->captured < SNAP || bytes_u32be(rest->bytes) != 0xaaaa0300) {
        return LAYER_NOTHING;
    }
    *ethertype = bytes_u16be(rest->bytes + 6);
    return skip(rest, SNAP);
}

static enum layer_result read_ethertype(struct payload *rest, unsigned ethertype)
{
    enum layer_result result = LAYER_OK;

    for (int tags = 0;
         tags < VLAN_TAGS && (ethertype == ETHERTYPE_VLAN || ethertype == ETHERTYPE_QINQ ||
                              ethertype == ETHERTYPE_QINQ_OLD);
         tags++) {
        result = skip(rest, 4);
        if (result != LAYER_OK) {
            return result;
        }
        ethertype = bytes_u16be(rest->bytes - 2);
    }
    if (ethertype < ETHERTYPE_FIRST) {
        result = read_llc(rest, &ethertype);
        if (result != LAYER_OK) {
            return result;
        }
    }
    switch (ethertype) {
    case ETHERTYPE_IPV4:
    case ETHERTYPE_IPV6:
        return LAYER_OK;
    case ETHERTYPE_PPPOE:
        return read_pppoe(rest);
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_MULTICAST:
    case ETHERTYPE_MACSEC:
        return LAYER_UNREADABLE;
    default:
        return LAYER_NOTHING;
    }
}

/* The family of null and loopback: of the byte order of the machine that captured, or the
   network's. 2 is IPv4 everywhere; IPv6 is 10, 23, 24, 28 or 30, as the system has it. */
static enum layer_result read_family(struct payload *rest)
{
    enum layer_result result = skip(rest, 4);
    uint32_t family;

    if (result != LAYER_OK) {
        return result;
    }
    family = bytes_u32le(rest->bytes - 4);
    if (family > 0xffff) {
        family = bytes_u32be(rest->bytes - 4);
    }
    switch (family) {
    case 2:
    case 10:
    case 23:
    case 24:
    case 28:
    case 30:
        return LAYER_OK;
    default:
        return LAYER_NOTHING;
    }
}

/* A header of `size` bytes with the ethertype at `at`. */
static enum layer_result read_header(struct payload *rest, size_t size, size_t at)
{
    const uint8_t *header = rest->bytes;
    enum layer_result result = skip(rest, size);

    return result == LAYER_OK ? read_ethertype(rest, bytes_u16be(header + at)) : result;
}

enum layer_result link_read(const struct frame *frame, struct payload *packet)
{
    *packet = (struct payload){frame->bytes, frame->captured, frame->length};
    if (packet->length < packet->captured) {
        packet->length = packet->captured;
    }
    switch (frame->link) {
    case LINK_ETHERNET:
        return read_header(packet, 14, 12);
    case LINK_LINUX_SLL:
        return read_header(packet, 16, 14);
    case LINK_LINUX_SLL2:
        return read_header(packet, 20, 0);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6:
        return LAYER_OK;
    case LINK_NULL:
    case LINK_LOOP:
        return read_family(packet);
    case LINK_PPP:
    case LINK_PPP_HDLC:
        return read_ppp_framed(packet);
    case LINK_PPP_PPPD: { /* a byte for the direction in place of the address */
        enum layer_result result = skip(packet, 2);

        return result == LAYER_OK ? read_ppp(packet) : result;
    }
    case LINK_PPP_ETHER:
        return read_pppoe(packet);
    default:
        return LAYER_UNREADABLE;
    }
}
