/* SPDX-License-Identifier: Apache-2.0 */
#include "live/names.h"

#include <arpa/inet.h>
#include <string.h>

bool names_is_address(const char *text)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static void take_addresses(const struct evidence_dns *reply, struct name_addresses *addresses)
{
    for (size_t i = 0; i < reply->answer_count && addresses->count < ADDRESSES_MAX; i++) {
        const struct dns_answer *answer = &reply->answers[i];

        if (strcmp(answer->type, reply->type) == 0 && answer->value) {
            addresses->items[addresses->count++] = answer->value;
        }
    }
}

void names_find_addresses(const struct dns_settings *dns, const struct stopper *stopper,
                          uint32_t case_id, const char *name, const char *suffix,
                          struct evidence_set *evidence, struct name_addresses *addresses_out)
{
    const bool is_short = !strchr(name, '.') && suffix && suffix[0];
    const char *full = is_short ? arena_printf(&evidence->arena, "%s.%s", name, suffix) : name;
    const struct dns_question questions[] = {{full, "A"}, {full, "AAAA"}};
    const struct evidence_dns *asked[2];

    memset(addresses_out, 0, sizeof(*addresses_out));
    if (names_is_address(name)) {
        addresses_out->items[addresses_out->count++] = arena_strdup(&evidence->arena, name);
        return;
    }
    dns_ask(dns, stopper, case_id, evidence, questions, 2, asked);
    take_addresses(asked[0], addresses_out);
    take_addresses(asked[1], addresses_out);
}

void names_ask_reverse(const struct dns_settings *dns, const struct stopper *stopper,
                       uint32_t case_id, const struct name_addresses *addresses,
                       struct evidence_set *evidence)
{
    struct dns_question questions[ADDRESSES_MAX];
    const struct evidence_dns *asked[ADDRESSES_MAX];

    for (size_t i = 0; i < addresses->count; i++) {
        questions[i].name = dns_reverse_name(&evidence->arena, addresses->items[i]);
        questions[i].type = "PTR";
    }
    dns_ask(dns, stopper, case_id, evidence, questions, addresses->count, asked);
}

void names_ask_services(const struct dns_settings *dns, const struct stopper *stopper,
                        uint32_t case_id, const char *domain, struct evidence_set *evidence)
{
    const struct dns_question questions[] = {
        {arena_printf(&evidence->arena, "_kerberos._udp.%s", domain), "SRV"},
        {arena_printf(&evidence->arena, "_kerberos._tcp.%s", domain), "SRV"},
        {arena_printf(&evidence->arena, "_ldap._tcp.dc._msdcs.%s", domain), "SRV"},
    };
    const struct evidence_dns *asked[3];

    dns_ask(dns, stopper, case_id, evidence, questions, 3, asked);
}
