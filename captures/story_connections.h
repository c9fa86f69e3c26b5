/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that say nothing of what was asked: those that never stood, and those that are
 * encrypted. Whose they are is concluded from names and tickets; what cannot be concluded is not
 * told.
 */
#ifndef CCM_CAPTURES_STORY_CONNECTIONS_H
#define CCM_CAPTURES_STORY_CONNECTIONS_H

#include "captures/story_select.h"

/* Of events: did the connection never stand, or is it encrypted? */
bool is_bare_http(const struct evidence_http *http);
bool is_encrypted(const struct evidence_http *http);
bool is_bare_kdc(const struct evidence_kdc *kdc);

/* The name that the client's DNS gave for the address of a server; NULL for none. */
const char *connection_name_of_address(const struct story_client *client, const char *address);

/* The server as the client calls it: by the name in its hello, else by DNS, else by its address. */
const char *connection_host(const struct story_client *client, const struct kept *kept,
                            struct host_text *host);

/* Is it the server that is meant by this name or address? */
bool connection_is_to(const struct story_client *client, const struct kept *kept,
                      const char *target);

/* Does the client think of this host as one that takes Kerberos tickets, or as an MP? It asked for
   the ticket HTTP/<host>, or was pointed to it by the service records that MPs are published with
   in DNS. */
bool connection_host_is_wanted(const struct story_client *client, const char *host);

/* To the target of a case; when it has requests, those that failed at other addresses. */
void select_connections(struct telling *telling);

/* To KDCs, between the requests to KDCs that were selected already: each belongs to the one that it
   follows, or, when that was answered with a referral, to the way on. */
void select_kdc_connections(struct telling *telling);

#endif
