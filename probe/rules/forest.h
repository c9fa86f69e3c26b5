/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be looked at in the HTTP SPNs of forests. */
#ifndef CCM_RULES_FOREST_H
#define CCM_RULES_FOREST_H

#include "evidence/forest.h"
#include "rules/finding.h"

/* Ordered by weight; one holding can have several. */
enum forest_problem {
    FOREST_DUPLICATE = 0,   /* another account holds the SPN too: no KDC issues a ticket */
    FOREST_ACROSS,          /* an account of another forest holds it: which one serves depends on
                               where the client is */
    FOREST_ORPHAN,          /* its host has neither a computer object nor a DNS name */
    FOREST_OTHER_COMPUTER,  /* on a computer, and its host is another one: that cannot use it */
    FOREST_SERVICE_ACCOUNT, /* the account is no computer: meant so, or an MP is without its key */
    FOREST_PROBLEM_COUNT,
};

bool forest_has(const struct forest_holding *holding, enum forest_problem problem);

/* The first that a holding has; FOREST_PROBLEM_COUNT for none. */
enum forest_problem forest_heaviest(const struct forest_holding *holding);

/* How many holdings have it. */
size_t forest_count(const struct forest_list *list, enum forest_problem problem);

/* "duplicate", "duplicate-across-forests", "orphan", "other-computer", "service-account": never
 * changes once released. */
const char *forest_problem_word(enum forest_problem problem);
enum finding_level forest_problem_level(enum forest_problem problem);

/* The row of the catalogue that tells more. */
enum finding_id forest_finding(const struct forest_holding *holding, enum forest_problem problem);

/* LEVEL_FAIL with duplicates, else LEVEL_UNKNOWN when the list may lack something, LEVEL_WARN with
   anything to look at, LEVEL_OK. */
enum finding_level forest_level(const struct forest_list *list);

/* Whether "SPN=ACCOUNT", as the user wrote it, speaks of this SPN and sAMAccountName (NULL: no); a
   domain may stand before the account. Case does not count. */
bool known_good_says(const char *statement, const char *spn, const char *account);

#endif
