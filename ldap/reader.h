/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A paged search as a machine that never waits: started, stepped whenever something may have come,
 * and ended. One alone is directory_search; several at once, on connections of their own, are a
 * search in streams. For this folder only.
 */
#ifndef CCM_LDAP_READER_H
#define CCM_LDAP_READER_H

#include "ldap/private.h"
#include "ldap/search.h"

enum reader_state {
    READER_WAITS = 0, /* for something to arrive */
    READER_ENDED,
};

struct reader {
    struct directory *directory;
    const struct directory_query *query;
    directory_entry_function *function;
    void *context;
    struct evidence_set *evidence;
    struct evidence_search *record;
    void *referrals;
    struct berval cookie; /* where the next page begins; without a value there is none */
    char *first_dn;       /* of the page under way; of the one before while it has no entry */
    size_t page_entries;
    size_t others;      /* messages of this page that are no entries */
    size_t empty_pages; /* since the last entry */
    size_t whole_pages; /* that have ended */
    size_t pages_max;   /* after so many it pauses; 0: never */
    bool paused;        /* there is more, and it was not asked for yet */
    int64_t started;    /* monotonic, as is: */
    int64_t heard;      /* when something arrived last, or was asked for */
    int id;             /* of the request under way, -1 for none */
    bool stopped;       /* by the caller */
    bool cut;           /* there is more than was read */
};

/* Adds the record of the search and sends the first request. What is borrowed must outlive the
   reader. */
void reader_start(struct reader *reader, struct directory *directory,
                  const struct directory_query *query, struct evidence_set *evidence);

/* Hands over what has arrived and asks for what comes next, without waiting, until nothing is left
   or a page has ended. */
enum reader_state reader_step(struct reader *reader);

/* Asks for the next page after a pause, and never pauses again. */
void reader_resume(struct reader *reader);

/* Ends a search, wherever it stands. True when all of it was read. */
bool reader_end(struct reader *reader);

/* The socket to wait for, -1 when the connection is lost. */
int reader_socket(const struct reader *reader);

#endif
