/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of an article, and what a disk shows of each: what evidence/disk.def asks for, answered
 * by the records of one case. Rules and reports both go by it.
 */
#ifndef CCM_RULES_CHECKLIST_H
#define CCM_RULES_CHECKLIST_H

#include "rules/verdict.h"

enum step_result {
    RESULT_BY_HAND, /* a disk does not show it */
    RESULT_DONE,
    RESULT_LEFT,   /* something found says that it is left to do */
    RESULT_UNTOLD, /* nothing says so, and not everything could be looked at */
};

struct checklist_step {
    const struct disk_step_row *row;
    const char *text; /* the row's, with the site code in it */
    enum step_result result;
    /* Item records: of RESULT_LEFT what is in the way, else what shows it. */
    const struct evidence_record **found;
    size_t found_count;
    size_t looked_for; /* items of the row */
    /* Source records that stood in the way of looking; each once. */
    const struct evidence_record **unseen;
    size_t unseen_count;
};

/* Which client a disk holds. */
enum disk_client {
    CLIENT_UNKNOWN, /* it could not be looked for everywhere */
    CLIENT_NONE,    /* it was seen that there is none */
    CLIENT_SMS20,
    CLIENT_SMS20_OR_LEGACY,
    CLIENT_LEGACY,
    CLIENT_ADVANCED,
    CLIENT_ADVANCED_OR_LATER,
    CLIENT_LATER,
};

struct checklist {
    enum disk_procedure procedure;
    enum disk_client client;
    const char *version;                  /* of the client, NULL when unknown */
    const struct evidence_record *record; /* that shows the client */
    struct checklist_step *steps;
    size_t step_count;
};

/* In words. `phrase_unseen`: why something was not looked at there. */
const char *phrase_client(enum disk_client client);
const char *phrase_procedure(enum disk_procedure procedure);
const char *phrase_source(enum disk_source source);
const char *phrase_unseen(const struct evidence_source *source);

/* Is the case about a disk? */
bool checklist_applies(const struct case_view *view);

/* Texts and lists are in `arena`. */
void checklist_make(const struct case_view *view, struct arena *arena,
                    struct checklist *checklist_out);

/* The steps of DISK_PARENT for the case's site: all of them RESULT_BY_HAND. */
void checklist_parent(const struct case_view *view, struct arena *arena,
                      struct checklist *checklist_out);

/* The record of a source; NULL when the case has none. */
const struct evidence_record *checklist_source(const struct case_view *view,
                                               enum disk_source source);

/* The first record that says the item was found; NULL. */
const struct evidence_record *checklist_item(const struct case_view *view, enum disk_item item);

#endif
