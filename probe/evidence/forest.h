/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP SPNs of forests that somebody should look at, as their global catalogs show them. A list
 * of its own beside the records of cases: it belongs to no MP. Unknown is as in evidence.h.
 */
#ifndef CCM_EVIDENCE_FOREST_H
#define CCM_EVIDENCE_FOREST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "evidence/basics.h"
#include "evidence/directory.h"

/* The host of an SPN: whether there is such a thing. */
struct forest_host {
    const char *name;           /* as in the SPN */
    const char *dns_name;       /* the same, a short name in the domain of the SPN's holder */
    enum evidence_tri computer; /* an object has it for dNSHostName, or is called so */
    enum evidence_tri in_dns;   /* asked for only when there is no computer */
};

/* One SPN on one account. */
struct forest_holding {
    const char *spn;
    struct forest_host *host; /* shared; NULL when the SPN names none that can be looked for */
    bool own_host;            /* the account is a computer of that name */
    bool with_port;
    const char *account; /* sAMAccountName */
    const char *label;   /* DOMAIN\account, as setspn takes it */
    const char *domain;  /* DNS name */
    const char *dn;
    size_t place; /* index of its forest */
    enum account_kind kind;
    enum evidence_tri enabled;
    bool intended;  /* the user said that the account is meant to hold it */
    bool duplicate; /* another account of the forest holds the same SPN */
    bool across;    /* an account of another forest does */
};

enum { FOREST_PLACES_MAX = 8 };

/* A forest, and where it was asked. */
struct forest_place {
    const char *domain; /* that was asked for */
    const char *forest; /* DNS name of its root; NULL: nobody could be asked */
    const char *server;
    int64_t port;
    int64_t accounts; /* that hold HTTP SPNs */
    int64_t spns;     /* HTTP SPNs that were read */
};

/* Strings live in the arena. */
struct forest_list {
    struct arena arena;
    const char *principal; /* who asked; NULL: nobody could */
    struct forest_place places[FOREST_PLACES_MAX];
    size_t place_count;
    int64_t at;          /* when it began */
    const char *problem; /* why the list may lack something; NULL when everything was read */
    struct forest_holding *holdings; /* sorted by SPN, then account */
    size_t holding_count;
};

#endif
