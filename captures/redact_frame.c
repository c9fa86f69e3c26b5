/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/redact_frame.h"

#include <string.h>

#include "captures/bytes.h"
#include "captures/link.h"
#include "captures/undelivered.h"

enum {
    ETHERNET_HEADER = 14,
    ETHERTYPE_ARP = 0x0806,
    ARP_SIZE = 28, /* of Ethernet and IPv4 */
    TCP_HEADER = 20,
    TCP_CHECKSUM = 16,
    UDP_HEADER = 8,
    UDP_CHECKSUM = 6,
    ICMP_CHECKSUM = 2,
    IP_HEADER = 20,
    IP6_HEADER = 40,
};

static uint32_t fold(uint64_t sum)
{
    while (sum >> 16) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint32_t)sum;
}

uint16_t redact_checksum(uint16_t checksum, const uint8_t *before, const uint8_t *after,
                         size_t length)
{
    uint64_t sum = (uint16_t)~checksum;

    for (size_t i = 0; i < length; i++) { /* RFC 1624 3: ~(~HC + ~m + m') */
        const unsigned shift = i % 2 ? 0 : 8;

        sum += (uint16_t) ~((unsigned)before[i] << shift);
        sum += (unsigned)after[i] << shift;
    }
    return (uint16_t)~fold(sum);
}

/* The transport's header and payload within a frame. */
struct place {
    const uint8_t *in;
    uint8_t *out;
    size_t captured;
    size_t kept; /* of the header */
};

static void keep(struct place *place, size_t length)
{
    place->kept = length < place->captured ? length : place->captured;
    memcpy(place->out, place->in, place->kept);
}

/* Puts a patch that begins `at` bytes behind the place's beginning (which may be negative). */
static void put_patch(const struct place *place, const struct redact_patch *patch, int64_t at,
                      size_t least)
{
    int64_t from = at > (int64_t)least ? at : (int64_t)least;
    int64_t to = at + patch->length;

    to = to < (int64_t)place->captured ? to : (int64_t)place->captured;
    if (from < to) {
        memcpy(place->out + from, patch->bytes + (from - at), (size_t)(to - from));
    }
}

static void mend_checksum(const struct place *place, size_t at, bool zero_is_none)
{
    uint16_t checksum;

    if (at + 2 > place->kept) {
        return;
    }
    checksum = bytes_u16be(place->in + at);
    if (zero_is_none && checksum == 0) {
        return;
    }
    checksum = redact_checksum(checksum, place->in, place->out, place->captured);
    if (zero_is_none && checksum == 0) {
        checksum = 0xffff;
    }
    place->out[at] = (uint8_t)(checksum >> 8);
    place->out[at + 1] = (uint8_t)checksum;
}

static void put_tcp(struct place *place, const struct redact_patch *patches)
{
    size_t header;
    uint32_t first;

    if (place->captured < TCP_HEADER) {
        keep(place, TCP_HEADER);
        return;
    }
    header = (size_t)(place->in[12] >> 4) * 4;
    keep(place, header > TCP_HEADER ? header : TCP_HEADER);
    first = bytes_u32be(place->in + 4) + ((place->in[13] & 2) ? 1 : 0); /* a SYN counts */
    for (const struct redact_patch *patch = patches; patch; patch = patch->next) {
        if (!patch->is_datagram && patch->copy == 0) {
            put_patch(place, patch, (int64_t)header + (int32_t)(patch->where - first), place->kept);
        }
    }
    mend_checksum(place, TCP_CHECKSUM, false);
}

/* Neighbour discovery (RFC 4861 4.1 to 4.4): the options with link-layer addresses stay, others
   keep their type and length. */
static void keep_neighbours(struct place *place)
{
    static const uint8_t fixed[] = {8, 16, 24, 24}; /* solicitations and advertisements */
    enum { FIRST = 133, LINK_ADDRESSES = 2 };
    const unsigned type = place->in[0];
    size_t at;

    if (type < FIRST || type - FIRST >= sizeof(fixed)) {
        return;
    }
    keep(place, fixed[type - FIRST]);
    for (at = place->kept; at + 2 <= place->captured && place->in[at + 1] > 0;
         at += (size_t)place->in[at + 1] * 8) {
        const size_t size = place->in[at] <= LINK_ADDRESSES ? 8 : 2;

        memcpy(place->out + at, place->in + at,
               size < place->captured - at ? size : place->captured - at);
    }
}

/* Of a packet that could not be delivered: what tells which it was. */
static void keep_quoted(struct place *place, const struct ip_packet *packet)
{
    struct ip_packet quoted;

    if (undelivered_quoted(packet, &quoted)) {
        const size_t start = (size_t)(quoted.payload.bytes - place->in);
        const struct place inner = {place->in + start, place->out + start, place->captured - start,
                                    quoted.payload.captured};

        keep(place, start + UNDELIVERED_KEPT);
        if (quoted.protocol == IP_UDP) {
            mend_checksum(&inner, UDP_CHECKSUM, true);
        }
    }
}

/* `offset` is of a fragment in its datagram. */
static void put_datagram(struct place *place, const struct redact_patch *patches, size_t offset)
{
    for (const struct redact_patch *patch = patches; patch; patch = patch->next) {
        if (patch->is_datagram) {
            put_patch(place, patch, (int64_t)patch->where - (int64_t)offset, 0);
        }
    }
}

static void put_transport(struct place *place, const struct ip_packet *packet,
                          const struct redact_patch *patches)
{
    if (packet->fragment_offset > 0) {
        put_datagram(place, packet->protocol == IP_UDP ? patches : NULL, packet->fragment_offset);
    } else if (packet->protocol == IP_UDP) {
        keep(place, UDP_HEADER);
        put_datagram(place, patches, 0);
        if (!packet->is_fragment) {
            mend_checksum(place, UDP_CHECKSUM, true);
        }
    } else if (packet->protocol == IP_TCP) {
        put_tcp(place, packet->is_fragment ? NULL : patches);
    } else if (packet->protocol == IP_ICMP || packet->protocol == IP_ICMP6) {
        keep(place, ICMP_HEADER);
        keep_quoted(place, packet);
        if (packet->protocol == IP_ICMP6 && place->captured > 0) {
            keep_neighbours(place);
        }
        mend_checksum(place, ICMP_CHECKSUM, false);
    }
}

/* Of a header that is cut or contradicts itself its first bytes tell so again. */
static void put_bad_header(const struct payload *bytes, uint8_t *out)
{
    const size_t size = bytes->captured > 0 && bytes->bytes[0] >> 4 == 6 ? IP6_HEADER : IP_HEADER;

    memcpy(out, bytes->bytes, bytes->captured < size ? bytes->captured : size);
}

void redact_frame(const struct frame *frame, const struct redact_patch *patches, uint8_t *out)
{
    enum layer_result result;
    struct ip_packet packet;
    struct payload bytes;
    struct place place;
    size_t headers;

    memset(out, 0, frame->captured);
    if (frame->captured == 0) {
        return;
    }
    result = link_read(frame, &bytes);
    headers = (size_t)(bytes.bytes - frame->bytes);
    memcpy(out, frame->bytes, headers);
    if (result != LAYER_OK) {
        if (frame->link == LINK_ETHERNET && headers == ETHERNET_HEADER &&
            bytes_u16be(frame->bytes + 12) == ETHERTYPE_ARP) {
            memcpy(out + headers, bytes.bytes,
                   bytes.captured < ARP_SIZE ? bytes.captured : ARP_SIZE);
        }
        return;
    }
    result = ip_read(&bytes, &packet);
    if (result == LAYER_MALFORMED || result == LAYER_CUT) {
        put_bad_header(&bytes, out + headers);
        return;
    }
    headers = (size_t)(packet.payload.bytes - frame->bytes);
    memcpy(out, frame->bytes, headers);
    place = (struct place){packet.payload.bytes, out + headers, packet.payload.captured, 0};
    put_transport(&place, &packet, patches);
}
