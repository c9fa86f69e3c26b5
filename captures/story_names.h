/* SPDX-License-Identifier: Apache-2.0 */
/* Names of machines as requests, tickets and DNS write them. Without regard to ASCII case and to a
   dot at the end; NULL equals nothing. */
#ifndef CCM_CAPTURES_STORY_NAMES_H
#define CCM_CAPTURES_STORY_NAMES_H

#include <stdbool.h>
#include <stddef.h>

bool story_starts(const char *text, const char *prefix);
bool story_same_name(const char *a, const char *b);

/* True for the name itself and for every name below it. */
bool story_is_within(const char *name, const char *domain);

/* An IPv4 or IPv6 address by its form. */
bool story_is_address(const char *text);

/* The same machine: equal, or one is the other's first label. No two addresses are that. */
bool story_same_host(const char *a, const char *b);

/* The name alone: longer ones are cut, as no name is (RFC 1035 2.3.4). */
struct host_text {
    char text[256];
};

/* Of a Host field, "mp.contoso.lab:8530" or "[fd00::1]"; "" when there is none. */
const char *story_field_host(const char *field, struct host_text *host);

/* Of a service, "HTTP/mp.contoso.lab:80"; "" when it is not of this class. */
const char *story_service_host(const char *service, const char *class, struct host_text *host);

/* Of an account, "WK01$@CONTOSO.LAB" or "host/wk01.contoso.lab@CONTOSO.LAB": the computer, ""
   when it is none. */
const char *story_account_host(const char *principal, struct host_text *host);

/* The domain that a question for service records is about: behind the last label with an
   underscore. NULL when it is not for KDCs or domain controllers. */
const char *story_service_domain(const char *question);

#endif
