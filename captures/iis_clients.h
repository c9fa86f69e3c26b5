/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each client did at each MP according to web servers' logs. Requests that are alike are
 * counted, with the first and the last of them, so that memory depends on how many clients there
 * are and not on how long they were logged.
 */
#ifndef CCM_CAPTURES_IIS_CLIENTS_H
#define CCM_CAPTURES_IIS_CLIENTS_H

#include "base/arena.h"
#include "captures/iis_line.h"
#include "evidence/evidence.h"

enum {
    IIS_CLIENTS_LIMIT = 500000,
    IIS_REQUESTS_LIMIT = 64,     /* kinds of one client; behind a proxy there may be more */
    IIS_REQUESTS_MOST = 1500000, /* of all of them */
    IIS_WORDS_LIMIT = 255,       /* different paths, methods, agents, servers */
};

/* Where a line stands. */
struct iis_mark {
    int64_t line; /* from 1 */
    int64_t at;   /* seconds; INT64_MIN: the line has no time */
    uint16_t file;
};

struct iis_clients;

struct iis_clients *iis_clients_new(void);
void iis_clients_free(struct iis_clients *clients);

/* Counts one request. `line` is borrowed, its text until the requests are settled; its place is
   `mark`. */
void iis_clients_add(struct iis_clients *clients, const struct iis_line *line,
                     const struct iis_mark *mark);

/* Requests are counted some at a time: this counts those that wait. */
void iis_clients_settle(struct iis_clients *clients);

/* How many requests were not counted for a limit. */
struct iis_dropped {
    int64_t of_clients; /* there were IIS_CLIENTS_LIMIT others */
    int64_t of_kinds; /* there were IIS_REQUESTS_LIMIT others of the client, or IIS_REQUESTS_MOST */
};

struct iis_dropped iis_clients_dropped(const struct iis_clients *clients);

/* Appends a case for each client at each MP, from `first_case` on: a run record and what it did.
   `only`, an address or the name of a machine or user, or NULL: of this client alone. `files` are
   the names of the marks' files. Returns how many cases there are. */
uint32_t iis_clients_tell(const struct iis_clients *clients, const char *only,
                          const char *const *files, uint32_t first_case,
                          struct evidence_set *evidence);

#endif
