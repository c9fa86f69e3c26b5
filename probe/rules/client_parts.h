/* SPDX-License-Identifier: Apache-2.0 */
/* How clients.h joins cases: for the files that implement it. */
#ifndef CCM_RULES_CLIENT_PARTS_H
#define CCM_RULES_CLIENT_PARTS_H

#include "rules/clients.h"

/* One sighting of a key. */
struct client_claim {
    struct client_key key;
    uint32_t node; /* what shows it */
};

struct client_claims {
    struct arena *arena;   /* of the keys' texts */
    struct arena *scratch; /* of the list */
    struct client_claim *items;
    size_t count;
};

/* A recorded case, or an identity file. */
struct client_node {
    uint32_t case_id;                       /* 0: an identity file */
    const struct evidence_record *sighting; /* then its record */
    bool several;                           /* two names of one kind: machines in one case */
    bool only_duplicates;                   /* it tells of a GUID's machines, and is none of them */

    uint32_t parent;   /* union-find: what is joined */
    uint32_t trial;    /* what the keys of one kind would join */
    unsigned kinds;    /* of a root: of the keys of all that are joined */
    unsigned together; /* of a root of a trial: the same */
    bool conflict;     /* of a root of a trial: it would be two machines */
    size_t stamp;      /* when it was looked at last */
    uint32_t client;   /* in the list; CLIENT_NO_NODE: of none */
};

enum { CLIENT_NO_NODE = UINT32_MAX };

/* All recorded cases with what shows who they are. */
struct client_nodes {
    struct arena scratch;      /* of everything here but the keys */
    struct client_node *items; /* the cases in ascending order, then the identity files */
    size_t count;
    size_t case_count;
    struct client_claims claims; /* by key, then node: each key of a node once */
};

/* client_nodes.c. The keys' texts live in `arena`; the rest is freed by client_nodes_release. */
void client_nodes_find(const struct evidence_set *set, struct arena *arena,
                       struct client_nodes *nodes_out);
void client_nodes_release(struct client_nodes *nodes);

/* client_keys.c. Adds the keys that a record shows. `own_log`: its file is a log that a client
   keeps of itself. */
void client_claims_add(struct client_claims *claims, const struct evidence_record *record,
                       uint32_t node, bool own_log);

/* As it is compared: upper case, without "GUID:" or $; NULL when it is no key. */
const char *client_key_text(struct arena *arena, enum client_key_kind kind, const char *text);

/* client_claims.c. Sorts, and leaves each key of a node once. */
void client_claims_sort(struct client_claims *claims);

/* The end of the claims of one key that begin at `first`. */
size_t client_claims_end(const struct client_claims *claims, size_t first);

/* The claims of a key, from the first to the end; two equal numbers when there is none. */
struct client_span {
    size_t first;
    size_t end;
};

struct client_span client_claims_find(const struct client_claims *claims, enum client_key_kind kind,
                                      const char *text);

#endif
