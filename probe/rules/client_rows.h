/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of each client, over all its cases: did it sign in, is it registered, is it approved,
 * and what is the cause. Pure, as clients.h.
 *
 * Of several answers to one question the latest counts; one without a time counts only where there
 * is no other. The root cause is the one of the case whose verdict is heaviest; of equals a
 * cause before a symptom, then the earliest in the catalogue. Where some clients fail and others do
 * not, a duplicate GUID comes first among equals: as the procedure has it, duplicates are looked at
 * before anything else then.
 */
#ifndef CCM_RULES_CLIENT_ROWS_H
#define CCM_RULES_CLIENT_ROWS_H

#include "rules/clients.h"
#include "rules/verdict.h"

enum client_answer {
    CLIENT_UNKNOWN = 0,
    CLIENT_NO,
    CLIENT_PENDING, /* it waits for an administrator, or for the site */
    CLIENT_YES,
    CLIENT_NOT_NEEDED, /* approval, of a client with a PKI certificate */
};

/* An answer and where it stands. */
struct client_fact {
    enum client_answer answer;
    const struct evidence_record *record; /* NULL when unknown */
    struct evidence_place place;          /* more exactly than the record's own */
    int64_t at;
};

struct client_row {
    const struct client *client;
    struct client_fact signed_in;
    struct client_fact registered;
    struct client_fact approved;
    const struct client_key *guid;    /* the one it registered with last; NULL */
    enum finding_level level;         /* of its cases and of the GUIDs that it shares */
    const struct judged_case *judged; /* the case of the root cause, NULL without one */
    const struct finding *root;
};

struct client_rows {
    struct client_row *items; /* the heaviest first, then by root cause, then as in the list */
    size_t count;
    size_t levels[LEVEL_COUNT];        /* how many of each */
    size_t duplicates;                 /* how many share their GUID with others */
    bool some_fail;                    /* at least one, and not all of them */
    const struct judged_case **others; /* cases of no one client */
    size_t other_count;
    const struct judged_case **cases; /* all, by number */
    size_t case_count;
};

/* All lives in the arena and borrows from the judgement. */
void client_rows_make(const struct judgement *judgement, struct arena *arena,
                      struct client_rows *rows_out);

/* The judged case of this number; NULL. */
const struct judged_case *client_rows_case(const struct client_rows *rows, uint32_t case_id);

#endif
