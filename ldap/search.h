/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searches: paged (RFC 2696), with values that the server hands out in ranges fetched to their end
 * ([MS-ADTS] 3.1.1.3.1.3.3), bounded in entries, values and bytes. Referrals are recorded, never
 * followed. Each search is one record that says what was asked.
 */
#ifndef CCM_LDAP_SEARCH_H
#define CCM_LDAP_SEARCH_H

#include <stddef.h>

#include "base/buffer.h"
#include "ldap/connection.h"

enum {
    SEARCH_PAGE = 1000,                 /* entries of a page; AD gives no more (MaxPageSize) */
    SEARCH_ENTRIES_MAX = 100000,        /* unless the query says otherwise */
    SEARCH_VALUES_MAX = 20000,          /* of one attribute, over all its ranges */
    SEARCH_BYTES_MAX = 4 * 1024 * 1024, /* of one attribute, likewise */
    SEARCH_VALUE_BYTES_MAX = 65536 /* a longer value is passed over, unless it is read as bytes */
};

enum directory_scope {
    SCOPE_BASE = 0,
    SCOPE_ONE,
    SCOPE_SUBTREE,
};

/* Borrowed strings. */
struct directory_query {
    const char *purpose; /* for the record: "owners of HTTP/mp.contoso.lab" */
    const char *base;    /* "" on a global catalog: the whole forest */
    enum directory_scope scope;
    const char *filter;
    const char *const *attributes; /* ends in NULL */
    size_t entries_max;            /* 0: SEARCH_ENTRIES_MAX; what is beyond is not asked for */
};

/* One entry, valid while the callback runs. */
struct directory_entry;

/* Called for each entry; false ends the search. It may search the same directory. */
typedef bool directory_entry_function(struct directory_entry *entry, void *context);

/*
 * Searches and adds the record. True when the result was success and everything was read: an
 * empty answer is an observation only then. A limit that was reached shows as result 4
 * (sizeLimitExceeded), which is also what a server's own limit gives.
 */
bool directory_search(struct directory *directory, const struct directory_query *query,
                      directory_entry_function *function, void *context,
                      struct evidence_set *evidence);

/* The entry's DN as text in the arena; never NULL. */
const char *entry_dn(struct directory_entry *entry, struct arena *arena);

/* The first value, made printable by evidence_text; NULL when the attribute is absent. */
const char *entry_string(struct directory_entry *entry, const char *attribute, struct arena *arena);

/* All values, all ranges; sets their number. NULL when there is none. */
const char **entry_strings(struct directory_entry *entry, const char *attribute,
                           struct arena *arena, size_t *count_out);

/* Whether one of the values, or of objectClass as `entry_has(entry, "objectClass", "computer")`,
   is `value` without regard to case. */
bool entry_has(struct directory_entry *entry, const char *attribute, const char *value);

/* EVIDENCE_UNKNOWN, or TRI_UNKNOWN, when the attribute is absent or is no such value. */
int64_t entry_integer(struct directory_entry *entry, const char *attribute);
enum evidence_tri entry_boolean(struct directory_entry *entry, const char *attribute);

/* A GeneralizedTime, and a FILETIME (100 ns since 1601; 0 and "never" are unknown), in microseconds
   since 1970. */
int64_t entry_time(struct directory_entry *entry, const char *attribute);
int64_t entry_filetime(struct directory_entry *entry, const char *attribute);

/* The first value's bytes in the arena; NULL when absent. At most 1 MiB. */
const void *entry_bytes(struct directory_entry *entry, const char *attribute, struct arena *arena,
                        size_t *length_out);

/* Appends an assertion value to a filter, its metacharacters escaped (RFC 4515 section 3). */
void filter_escape(struct buffer *filter, const char *value);

/* Reads an attribute description that may have a range option: "member;range=0-1499" gives the
   length of "member" and 1500 as `*next_out`, "member;range=1500-*" and one without a range 0.
   False for a range that is none. */
bool range_parse(const char *description, size_t *name_length_out, size_t *next_out);

/* A GeneralizedTime as AD writes it, "20261121005657.0Z"; EVIDENCE_UNKNOWN for anything else. */
int64_t generalized_time_parse(const char *text);

#endif
