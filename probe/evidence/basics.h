/* SPDX-License-Identifier: Apache-2.0 */
/* What all evidence has in common: how unknown is written, what can come of a request. */
#ifndef CCM_EVIDENCE_BASICS_H
#define CCM_EVIDENCE_BASICS_H

#include <stdint.h>

/* An integer or time that was not observed. */
#define EVIDENCE_UNKNOWN INT64_MIN

/* The format's version; a file of a later one is refused, of an earlier one read. */
enum { EVIDENCE_VERSION = 1 };

/* A yes or no that may also be unknown. */
enum evidence_tri {
    TRI_UNKNOWN = 0,
    TRI_NO,
    TRI_YES,
};

/* What came of one request to a server over the network. */
enum evidence_outcome {
    OUTCOME_UNKNOWN = 0,
    OUTCOME_REPLY,       /* a reply arrived and could be read */
    OUTCOME_TIMEOUT,     /* silence until the time-out */
    OUTCOME_REFUSED,     /* TCP reset or ICMP port unreachable in answer to the first packet */
    OUTCOME_UNREACHABLE, /* no route, host or network unreachable, no such address family */
    OUTCOME_CLOSED,      /* connection closed or reset before a whole reply */
    OUTCOME_MALFORMED,   /* bytes arrived that are not the protocol */
    OUTCOME_TLS_FAILED,  /* TLS could not be set up, or the certificate was not accepted */
};

/* How far a request got when it failed. */
enum evidence_phase {
    PHASE_UNKNOWN = 0,
    PHASE_CONNECT,
    PHASE_TLS,
    PHASE_REQUEST,
    PHASE_REPLY,
    PHASE_DONE,
};

/* Who is asked for: one of the steps of the exchange, in protocol order. */
enum evidence_step {
    STEP_UNKNOWN = 0,
    STEP_NAME,               /* the MP's name in DNS */
    STEP_ANONYMOUS,          /* the anonymous CCM_POST */
    STEP_IDENTITY,           /* a ticket-granting ticket (AS exchange) */
    STEP_TICKET,             /* the service ticket (TGS exchange) */
    STEP_AUTHENTICATED,      /* the CCM_POST with Negotiate */
    STEP_HOST_TICKET,        /* the counter-test: a HOST/ ticket ... */
    STEP_HOST_AUTHENTICATED, /* ... presented to the MP */
    STEP_DIRECTORY,          /* what Active Directory says over LDAP */
};

#endif
