/* SPDX-License-Identifier: Apache-2.0 */
/* What ICMP (RFC 792) and ICMPv6 (RFC 4443 3.1) say of a packet that could not be delivered: they
   quote its beginning, its ports at least. */
#ifndef CCM_CAPTURES_UNDELIVERED_H
#define CCM_CAPTURES_UNDELIVERED_H

#include "captures/ip.h"

struct undelivered {
    struct endpoint from; /* of the packet: who sent it and is told so now */
    struct endpoint to;
    uint8_t protocol;     /* IP_TCP or IP_UDP */
    bool is_refused;      /* it arrived, and nothing listens at the port; else it did not arrive */
    const uint8_t *bytes; /* what is quoted behind the header of UDP */
    size_t length;        /* often 0 */
};

/* False when the packet says nothing of the kind. */
bool undelivered_read(const struct ip_packet *packet, struct undelivered *out);

/* Where in an ICMP message the quoted packet begins; how much of its payload stays as it is when it
   is redacted: the header, and the number of a DNS message. */
enum { ICMP_HEADER = 8, UNDELIVERED_KEPT = 10 };

/* The quoted packet alone. False when the message has none, or not its ports. */
bool undelivered_quoted(const struct ip_packet *packet, struct ip_packet *quoted);

#endif
