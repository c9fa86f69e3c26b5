/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A search that may be read in several streams, each on a connection of its own to the same server,
 * when the way to it is long. It begins as one; after the first page the time tells (partition.h)
 * whether the rest is split. Entries come from one thread, each once, in no order.
 */
#ifndef CCM_LDAP_STREAMS_H
#define CCM_LDAP_STREAMS_H

#include "ldap/search.h"

enum streams_end {
    STREAMS_WHOLE = 0, /* everything was read */
    STREAMS_CUT,       /* the server, a limit, the deadline or the callback ended it */
    STREAMS_MISLED,    /* the server does not answer by parts as it should: what was handed over is
                          of no use, and directory_search is the way */
};

typedef struct directory *directory_open_function(const struct directory *first,
                                                  struct evidence_set *evidence);

struct streams_options {
    unsigned most;                 /* streams; at most PARTITION_STREAMS_MAX */
    bool at_once;                  /* as many from the start, whatever the time tells */
    directory_open_function *open; /* directory_open_another, but for tests */
};

/* As directory_search, with `options`; the query's attributes must have objectGUID among them. The
   limit on entries counts for each stream. Each part adds a record of its own. */
enum streams_end directory_search_streams(struct directory *directory,
                                          const struct directory_query *query,
                                          const struct streams_options *options,
                                          directory_entry_function *function, void *context,
                                          struct evidence_set *evidence);

#endif
