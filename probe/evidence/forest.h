/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP SPNs of a forest that somebody should look at, as its global catalog shows them. A list
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
    bool with_port;
    const char *account; /* sAMAccountName */
    const char *label;   /* DOMAIN\account, as setspn takes it */
    const char *domain;  /* DNS name */
    const char *dn;
    enum account_kind kind;
    enum evidence_tri enabled;
    bool intended;  /* the user said that the account is meant to hold it */
    bool duplicate; /* another account of the forest holds the same SPN */
};

/* Strings live in the arena. */
struct forest_list {
    struct arena arena;
    const char *principal; /* who asked; NULL: nobody could */
    const char *domain;    /* that was asked for */
    const char *forest;
    const char *server;
    int64_t port;
    int64_t at;          /* when it began */
    int64_t accounts;    /* that hold HTTP SPNs */
    int64_t spns;        /* HTTP SPNs that were read */
    const char *problem; /* why the list may lack something; NULL when everything was read */
    struct forest_holding *holdings; /* sorted by SPN, then account */
    size_t holding_count;
};

#endif
