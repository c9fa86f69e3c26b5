/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a story remembers while the recording is read: clients, MPs, the cases between them, and
 * copies of the messages that may belong to one. Everything has a limit, so that memory depends on
 * these and not on the recording; what is dropped for one is counted.
 *
 * Of a client, names and tickets are remembered before it is known which MP they are for, the
 * oldest give way to newer ones. When all clients together remember too much, the one that was
 * quiet for longest forgets.
 */
#ifndef CCM_CAPTURES_STORY_MEMORY_H
#define CCM_CAPTURES_STORY_MEMORY_H

#include "captures/messages.h"
#include "captures/story_table.h"

/* Together, with the lists and tables, under 40 MiB. */
enum {
    STORY_CLIENTS_MAX = 16384,
    STORY_CASES_MAX = 4096,
    STORY_NAMES_MAX = 256,      /* answers of DNS that a client remembers */
    STORY_TICKETS_MAX = 256,    /* requests to KDCs, with the clocks that they showed */
    STORY_CONNECTIONS_MAX = 16, /* that say nothing of what was asked */
    STORY_REGISTRATIONS_MAX = 4,
    STORY_LEFT_MAX = 8,
    STORY_ADDRESSES_MAX = 8,              /* of one MP, besides those of the last two attempts */
    STORY_MESSAGE_BYTES = 8 * 1024,       /* one copy; larger ones are dropped */
    STORY_CLIENT_BYTES = 8 * 1024 * 1024, /* what clients remember */
    STORY_CASE_BYTES = 18 * 1024 * 1024,  /* what belongs to cases */
    STORY_SHARED_BYTES = 6 * 1024 * 1024, /* names and tickets, told once for each case */
    STORY_ATTEMPT_REQUESTS = 64,          /* with their clocks and registrations */
};

/* The same as numbers of one story: whoever tries what happens at a limit has smaller ones. */
struct story_limits {
    size_t clients;
    size_t cases; /* and MPs */
    size_t names; /* of one client, as the next two */
    size_t tickets;
    size_t connections;
    size_t registrations; /* of one case */
    size_t requests;      /* of one attempt */
    size_t message_bytes;
    size_t client_bytes;
    size_t case_bytes;
    size_t shared_bytes;
};

/* A copy of an event, in a block of its own with its payload. */
struct kept {
    struct arena arena; /* itself lives there */
    enum evidence_kind kind;
    uint32_t size;
    uint32_t hash; /* of names and connections: of what was asked and what came of it */
    struct mark asked;
    struct mark answered;
    uint64_t connection;
    struct endpoint server;
    union {
        void *payload;
        struct evidence_dns *dns;
        struct evidence_kdc *kdc;
        struct evidence_http *http;
        struct evidence_registration *registration;
        struct evidence_clock *clock;
        struct evidence_precedent *precedent;
    };
};

struct kept_list {
    struct kept **items;
    size_t count;
    size_t capacity;
};

/* What a part of the memory may take, and does. */
struct allowance {
    const char *name; /* as reports call it */
    size_t limit;
    size_t used;
    uint64_t dropped;
};

/* One try of a client: an anonymous request and what followed it (captures/story_attempt.h). */
struct attempt;

/* An attempt that was forgotten while the client was to go on with it. */
struct story_left {
    uint64_t connection;
    bool went_on;
};

/* A client and an MP: a name and a port as the client has them, at any address. */
struct story_case {
    struct story_row row;
    struct story_case *next_of_client;
    struct story_client *client;
    uint16_t port;
    struct attempt *current; /* the last that began; NULL before the first */
    struct attempt *shown;   /* the last before it that came to an end; NULL for none */
    struct attempt *others[STORY_ADDRESSES_MAX]; /* the last before these, of other addresses */
    int64_t attempts;
    int64_t failed;                         /* of those that are forgotten */
    int64_t overlapping;                    /* went on after another had begun */
    struct story_left left[STORY_LEFT_MAX]; /* a ring */
    size_t left_next;
    bool windows; /* its requests are for the path that asks who the client is */
    struct kept *mplist;
    struct kept *mplist_clock;
    struct kept *precedent;         /* the last request with a ticket that was accepted */
    struct kept_list registrations; /* on the other paths */
    char host[];                    /* of requests that say it, without the port; else "" */
};

/* An address and port that a client sent requests to, and the case of the last. */
struct story_door {
    struct story_row row;
    struct story_door *next_of_client;
    const struct story_client *client;
    struct endpoint server;
    struct story_case *of;
};

struct story_client {
    struct story_row row;
    struct story_client *quieter; /* towards the one that was quiet for longest */
    struct story_client *busier;
    bool queued;             /* among these: it has something to forget, or is nothing without it */
    struct endpoint address; /* port 0 */
    struct kept_list names;
    struct kept_list tickets;
    struct kept_list connections; /* to web servers (captures/story_connections.h) */
    size_t bytes;                 /* of these three */
    struct story_case *cases;
    struct story_door *doors;
    uint64_t last_connection; /* of its last request to an MP */
};

struct story_mp {
    struct story_row row;
    struct endpoint server;
    struct kept *precedents[2]; /* the last accepted tickets, of two clients */
};

struct story_memory {
    struct story_limits limits;
    struct story_table clients;
    struct story_table cases;
    struct story_table doors;
    struct story_table mps;
    struct story_client *quietest;
    struct story_client *busiest;
    struct allowance client_count;
    struct allowance case_count;
    struct allowance door_count;
    struct allowance mp_count;
    struct allowance client_bytes;
    struct allowance case_bytes;
    struct allowance requests; /* of one attempt */
    struct allowance message;  /* the size of one */
    struct allowance shared_bytes;
};

/* `limits` may be NULL: those above. */
void story_memory_init(struct story_memory *memory, const struct story_limits *limits);
void story_memory_release(struct story_memory *memory);

/* NULL when there is none; with `make`, also when there is no room for one more. */
struct story_client *story_memory_client(struct story_memory *memory,
                                         const struct endpoint *address, bool make);
struct story_mp *story_memory_mp(struct story_memory *memory, const struct endpoint *server,
                                 bool make);

/* The case of a request to `server`, which it calls `host`; without a name ("") that of the
   client's last request there. NULL when there is no room for one more. */
struct story_case *story_memory_make_case(struct story_memory *memory, struct story_client *client,
                                          const struct endpoint *server, const char *host);
/* That of the client's last request to this server; NULL for none. */
struct story_case *story_memory_last_case(struct story_memory *memory,
                                          const struct story_client *client,
                                          const struct endpoint *server);

/* Copies an event for a case; NULL when there is no room. */
struct kept *story_memory_keep(struct story_memory *memory, const struct capture_event *event);
/* Frees it and gives its room back; accepts NULL. */
void story_memory_drop(struct story_memory *memory, struct kept *kept);

/* Gives what was kept for a case to another arena, which holds it from then on. It must stand in no
   list any more. */
void story_memory_hand_over(struct story_memory *memory, struct kept *kept, struct arena *to);

/* Copies an event to the end of one of the client's three lists, where it ousts older ones. A name
   that was asked before with the same outcome takes the place of the earlier, and a connection that
   of one to the same server. */
void story_memory_remember(struct story_memory *memory, struct story_client *client,
                           const struct capture_event *event);

/* For the files of the memory itself: memory of zeros, whose lack ends the program, as base/arena.h
   says; and whether there is room, which counts as dropped when there is not. */
void *story_allocate(size_t size);
bool story_admit(struct allowance *allowance, size_t amount);
/* What hashes of its tables begin with. It differs from run to run, so that nobody can choose
   addresses that all fall into one slot. */
uint32_t story_hash_start(const struct story_memory *memory);
/* Frees the cases of a client, with their doors. */
void story_release_cases(struct story_memory *memory, struct story_client *client);

/* Appends to a list of a case. */
void kept_list_add(struct kept_list *list, struct kept *kept);
void kept_list_drop(struct story_memory *memory, struct kept_list *list);

#endif
