/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/fragments.h"

#include <stdlib.h>
#include <string.h>

#include "captures/frame.h"
#include "captures/limits.h"

enum {
    DATAGRAM_BYTES = 65536, /* RFC 791 and 8200 */
    BLOCK = 8,              /* the unit of offsets */
    BLOCKS = DATAGRAM_BYTES / BLOCK,
};

struct datagram {
    bool used;
    bool has_end;
    uint8_t protocol; /* of the first fragment, for IPv6 */
    bool has_protocol;
    uint32_t id;
    struct endpoint from;
    struct endpoint to;
    int64_t at;
    uint64_t order; /* the smallest is the oldest */
    size_t length;  /* when has_end */
    size_t filled;  /* blocks that are there */
    uint8_t *bytes;
    uint64_t blocks[BLOCKS / 64]; /* bit i: block i is there */
};

struct fragments {
    uint64_t dropped;
    uint64_t order;
    uint8_t *result; /* of the last datagram that was whole */
    uint32_t count;
    struct datagram datagrams[];
};

struct fragments *fragments_new(uint32_t count)
{
    struct fragments *fragments =
        calloc(1, sizeof(*fragments) + count * sizeof(fragments->datagrams[0]));

    if (!fragments) {
        abort();
    }
    fragments->count = count;
    return fragments;
}

void fragments_free(struct fragments *fragments)
{
    if (!fragments) {
        return;
    }
    for (size_t i = 0; i < fragments->count; i++) {
        free(fragments->datagrams[i].bytes);
    }
    free(fragments->result);
    free(fragments);
}

uint64_t fragments_dropped(const struct fragments *fragments)
{
    return fragments->dropped;
}

static bool is_part_of(const struct datagram *datagram, const struct ip_packet *packet)
{
    /* The protocol is part of an IPv4 datagram's name; of IPv6 only the first fragment has it. */
    return datagram->used && datagram->id == packet->fragment_id &&
           (packet->from.version == 6 || datagram->protocol == packet->protocol) &&
           endpoint_equal(&datagram->from, &packet->from) &&
           endpoint_equal(&datagram->to, &packet->to);
}

/* The place of the packet's datagram: known, free, or the oldest, which is given up. */
static struct datagram *find(struct fragments *fragments, const struct ip_packet *packet,
                             int64_t at)
{
    struct datagram *best = NULL;

    for (size_t i = 0; i < fragments->count; i++) {
        struct datagram *datagram = &fragments->datagrams[i];

        if (datagram->used && frame_time_passed(datagram->at, at) > LIMIT_FRAGMENT_WAIT_US) {
            datagram->used = false;
        }
        if (is_part_of(datagram, packet)) {
            return datagram;
        }
        if (!best || (best->used && (!datagram->used || datagram->order < best->order))) {
            best = datagram;
        }
    }
    fragments->dropped += best->used;
    if (!best->bytes) {
        best->bytes = malloc(DATAGRAM_BYTES);
        if (!best->bytes) {
            abort();
        }
    }
    *best = (struct datagram){.used = true,
                              .id = packet->fragment_id,
                              .from = packet->from,
                              .to = packet->to,
                              .protocol = packet->protocol,
                              .at = at,
                              .order = ++fragments->order,
                              .bytes = best->bytes};
    return best;
}

/* Copies what is not there yet. */
static void fill(struct datagram *datagram, const struct ip_packet *packet)
{
    const struct payload *payload = &packet->payload;

    for (size_t done = 0; done < payload->length; done += BLOCK) {
        const size_t block = (packet->fragment_offset + done) / BLOCK;
        const size_t left = payload->length - done;
        const uint64_t bit = UINT64_C(1) << block % 64;

        if ((datagram->blocks[block / 64] & bit) == 0) {
            datagram->blocks[block / 64] |= bit;
            datagram->filled++;
            memcpy(datagram->bytes + block * BLOCK, payload->bytes + done,
                   left < BLOCK ? left : BLOCK);
        }
    }
}

bool fragments_add(struct fragments *fragments, struct ip_packet *packet, int64_t at)
{
    const struct payload *payload = &packet->payload;
    const size_t end = packet->fragment_offset + payload->length;
    struct datagram *datagram;
    uint8_t *bytes;

    /* All but the last are a number of whole blocks; cut ones would leave holes. */
    if (payload->captured < payload->length || end > DATAGRAM_BYTES || payload->length == 0 ||
        (packet->more_fragments && payload->length % BLOCK != 0)) {
        return false;
    }
    datagram = find(fragments, packet, at);
    if (packet->fragment_offset == 0) {
        datagram->protocol = packet->protocol;
        datagram->has_protocol = true;
    }
    if (!packet->more_fragments && !datagram->has_end) {
        datagram->has_end = true;
        datagram->length = end;
    }
    fill(datagram, packet);
    if (!datagram->has_end || !datagram->has_protocol ||
        datagram->filled != (datagram->length + BLOCK - 1) / BLOCK) {
        return false;
    }
    datagram->used = false;
    bytes = datagram->bytes;
    datagram->bytes = fragments->result;
    fragments->result = bytes;
    packet->protocol = datagram->protocol;
    packet->is_fragment = false;
    packet->payload = (struct payload){bytes, datagram->length, datagram->length};
    return true;
}
