/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The accounts that a directory showed, each once. Several servers show the same account, a global
 * catalog less of it than a DC of its domain: what they agree on is one row, what they do not
 * agree on stands in rows of its own.
 */
#ifndef CCM_REPORT_ACCOUNTS_H
#define CCM_REPORT_ACCOUNTS_H

#include "rules/verdict.h"

/* An account as all servers together show it. */
struct account_row {
    const struct evidence_record *first; /* of its records */
    struct evidence_account account;     /* what is known of it */
    const char *label;                   /* DOMAIN\name */
    const char *servers;                 /* that showed it, a list; NULL when unknown */
    bool mp;                             /* the MP's own computer object */
    bool client;                         /* the probe's identity */
    bool disputed;                       /* another row shows the same account differently */
};

/* One SPN and the account that holds it. */
struct account_holding {
    const struct evidence_record *record;
    const struct account_row *row;
};

struct account_table {
    struct arena arena; /* of the rest */
    const struct case_view *view;
    const struct evidence_record **records; /* of accounts, sorted by account */
    const struct account_row **row_of;      /* of each of `records` */
    size_t record_count;
    struct account_row **rows; /* in the order in which they were seen first */
    size_t row_count;
    struct account_holding *holdings; /* each SPN with each of its accounts once, in order */
    size_t holding_count;
};

/* The view must outlive the table. */
void account_table_init(struct account_table *table, const struct case_view *view);
void account_table_release(struct account_table *table);

#endif
