/* SPDX-License-Identifier: Apache-2.0 */
/* What DNS says of an MP: its addresses, what they are called, where its domain's KDCs are. */
#ifndef CCM_LIVE_NAMES_H
#define CCM_LIVE_NAMES_H

#include "live/dns.h"

enum { ADDRESSES_MAX = 8 };

struct name_addresses {
    const char *items[ADDRESSES_MAX]; /* numeric; in the arena of the evidence */
    size_t count;
};

/* The addresses of a name in DNS' order, IPv4 before IPv6; a numeric address is its own, without a
   question. A name without a dot is asked for in the domain `suffix` (may be NULL). */
void names_find_addresses(const struct dns_settings *dns, const struct stopper *stopper,
                          uint32_t case_id, const char *name, const char *suffix,
                          struct evidence_set *evidence, struct name_addresses *addresses_out);

/* Asks for the PTR record of each address. */
void names_ask_reverse(const struct dns_settings *dns, const struct stopper *stopper,
                       uint32_t case_id, const struct name_addresses *addresses,
                       struct evidence_set *evidence);

/* Asks for the SRV records of a domain's KDCs and domain controllers. */
void names_ask_services(const struct dns_settings *dns, const struct stopper *stopper,
                        uint32_t case_id, const char *domain, struct evidence_set *evidence);

/* Whether the text is a numeric address. */
bool names_is_address(const char *text);

#endif
