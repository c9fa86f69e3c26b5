/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP (RFC 9293): the bytes of each side in order, each once.
 *
 * Bytes wait for those before them, and for those that their segment acknowledges: so a reply never
 * comes before its request, however the frames were mixed up when they were recorded. Who waits in
 * vain is served when the missing bytes were acknowledged and still do not come (LIMIT_WAIT_...):
 * then they were not recorded, and are a gap.
 */
#ifndef CCM_CAPTURES_TCP_H
#define CCM_CAPTURES_TCP_H

#include "captures/layer.h"
#include "captures/transport.h"

struct tcp;

/* All are borrowed. */
struct tcp *tcp_new(const struct transport_sink *sink, const struct transport_limits *limits,
                    struct transport_counts *counts);
void tcp_free(struct tcp *tcp);

/* A TCP segment with its header. `from` and `to` get their ports. */
enum layer_result tcp_read(struct tcp *tcp, const struct payload *payload, struct endpoint *from,
                           struct endpoint *to, const struct mark *mark);

/* ICMP says that a packet was not delivered: the end of a connection of which only the SYN was
   seen. */
void tcp_undelivered(struct tcp *tcp, const struct undelivered *undelivered,
                     const struct mark *mark);

void tcp_end(struct tcp *tcp, const struct mark *last);

#endif
