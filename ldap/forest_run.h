/* SPDX-License-Identifier: Apache-2.0 */
/* Forests being read, as the two halves of the work share them; for this folder only. */
#ifndef CCM_LDAP_FOREST_RUN_H
#define CCM_LDAP_FOREST_RUN_H

#include "ldap/forest.h"
#include "ldap/search.h"
#include "ldap/spn_set.h"

struct forest_run {
    const struct forest_source *sources;
    size_t source_count;
    size_t at;                   /* the source that is asked */
    struct directory *directory; /* of it: its catalog, or else its DC */
    unsigned streams;            /* at most so many, of one search */
    struct evidence_set *evidence;
    struct forest_list *list;
    void *holdings; /* struct forest_holding[] */
    struct spn_set seen;
    void *repeated; /* const char *[]: SPNs that may have several holders */
    size_t repeated_count;
    void *hosts; /* struct forest_host *[] */
    size_t host_count;
};

/* What a list needs of an account; a global catalog has all of it. Ends in NULL. */
extern const char *const FOREST_ATTRIBUTES[];

/* Asks from now on what this source offers. */
void forest_turn_to(struct forest_run *run, size_t source);

/* One search in the forest at hand; says in the list when it was not answered to its end. */
bool forest_search(struct forest_run *run, const char *purpose, const char *filter,
                   directory_entry_function *function, void *context);

/* The first thing that the list may lack stays. */
void forest_note_problem(struct forest_list *list, const char *problem);

void forest_add_holding(struct forest_run *run, const struct evidence_account *account,
                        const char *spn);

/* Asks every forest who holds the SPNs that were seen more than once. */
void forest_find_duplicates(struct forest_run *run);

/* Asks every forest for the computers that the listed SPNs name. */
void forest_find_computers(struct forest_run *run);

#endif
