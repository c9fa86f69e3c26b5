/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/transport.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "captures/bytes.h"
#include "captures/fragments.h"
#include "captures/frame.h"
#include "captures/ip.h"
#include "captures/limits.h"
#include "captures/link.h"
#include "captures/tcp.h"
#include "captures/undelivered.h"

enum { UDP_HEADER = 8 };

const struct transport_limits TRANSPORT_LIMITS = {
    .connections = LIMIT_CONNECTIONS,
    .side_bytes = LIMIT_SIDE_BYTES,
    .buffered_bytes = LIMIT_BUFFERED_BYTES,
    .fragmented_datagrams = LIMIT_FRAGMENTED_DATAGRAMS,
};

struct transport_state {
    const struct transport_sink *sink;
    const struct transport_limits *limits;
    struct transport_counts counts;
    struct fragments *fragments; /* NULL until there is one */
    struct tcp *tcp;
    struct mark last;
};

const char *endpoint_text(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_SIZE])
{
    text[0] = '\0';
    inet_ntop(endpoint->version == 6 ? AF_INET6 : AF_INET, endpoint->address, text,
              ENDPOINT_TEXT_SIZE);
    return text;
}

struct transport_state *transport_new(const struct transport_sink *sink,
                                      const struct transport_limits *limits)
{
    struct transport_state *transport = calloc(1, sizeof(*transport));

    if (!transport) {
        abort();
    }
    transport->sink = sink;
    transport->limits = limits;
    transport->tcp = tcp_new(sink, limits, &transport->counts);
    return transport;
}

void transport_free(struct transport_state *transport)
{
    if (!transport) {
        return;
    }
    tcp_free(transport->tcp);
    fragments_free(transport->fragments);
    free(transport);
}

static enum layer_result read_udp(struct transport_state *transport, struct ip_packet *packet,
                                  const struct mark *mark)
{
    const struct payload *payload = &packet->payload;
    const uint8_t *header = payload->bytes;
    size_t length;
    size_t captured;

    if (payload->captured < UDP_HEADER) {
        return payload->length < UDP_HEADER ? LAYER_MALFORMED : LAYER_CUT;
    }
    length = bytes_u16be(header + 4);
    if (length < UDP_HEADER || length > payload->length) {
        return LAYER_MALFORMED;
    }
    captured = length < payload->captured ? length : payload->captured;
    packet->from.port = bytes_u16be(header);
    packet->to.port = bytes_u16be(header + 2);
    transport->sink->datagram(transport->sink->context, &packet->from, &packet->to, mark,
                              header + UDP_HEADER, captured - UDP_HEADER);
    return LAYER_OK;
}

static void read_icmp(struct transport_state *transport, const struct ip_packet *packet,
                      const struct mark *mark)
{
    struct undelivered undelivered;

    if (!undelivered_read(packet, &undelivered)) {
        return;
    }
    if (undelivered.protocol == IP_TCP) {
        tcp_undelivered(transport->tcp, &undelivered, mark);
    } else if (transport->sink->undelivered) {
        transport->sink->undelivered(transport->sink->context, &undelivered, mark);
    }
}

static enum layer_result read_packet(struct transport_state *transport, const struct frame *frame,
                                     const struct mark *mark)
{
    enum layer_result result;
    struct ip_packet packet;
    struct payload bytes;

    result = link_read(frame, &bytes);
    if (result == LAYER_OK) {
        result = ip_read(&bytes, &packet);
    }
    if (result != LAYER_OK) {
        return result;
    }
    if (packet.is_fragment) {
        bool whole;

        if (!transport->fragments) {
            transport->fragments = fragments_new(transport->limits->fragmented_datagrams);
        }
        whole = fragments_add(transport->fragments, &packet, mark->at);
        transport->counts.fragments_dropped = fragments_dropped(transport->fragments);
        if (!whole) {
            return LAYER_OK;
        }
    }
    if (packet.protocol == IP_TCP) {
        return tcp_read(transport->tcp, &packet.payload, &packet.from, &packet.to, mark);
    }
    if (packet.protocol == IP_UDP) {
        return read_udp(transport, &packet, mark);
    }
    if (packet.protocol == IP_ICMP || packet.protocol == IP_ICMP6) {
        read_icmp(transport, &packet, mark);
    }
    return ip_protocol_kind(packet.protocol);
}

void transport_frame(struct transport_state *transport, const struct frame *frame)
{
    const struct mark mark = {frame->number, frame->at};

    transport->last = mark;
    transport->counts.cut_frames += frame->captured < frame->length;
    switch (read_packet(transport, frame, &mark)) {
    case LAYER_OK:
    case LAYER_NOTHING:
    case LAYER_CUT:
        break;
    case LAYER_UNREADABLE:
        transport->counts.unreadable_frames++;
        break;
    case LAYER_MALFORMED:
        transport->counts.malformed_frames++;
        break;
    }
}

void transport_end(struct transport_state *transport)
{
    tcp_end(transport->tcp, &transport->last);
}

const struct transport_counts *transport_counts(const struct transport_state *transport)
{
    return &transport->counts;
}
