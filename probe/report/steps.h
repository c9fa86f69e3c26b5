/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchange as a report divides it: which records belong to which section, and what came of
 * each. Text and JSON both go by it.
 */
#ifndef CCM_REPORT_STEPS_H
#define CCM_REPORT_STEPS_H

#include "rules/verdict.h"

/* What the report shows as a step, in this order. */
enum section {
    SECTION_NAME,
    SECTION_CERTIFICATE,
    SECTION_ANONYMOUS,
    SECTION_IDENTITY,
    SECTION_TICKET,
    SECTION_AUTHENTICATED,
    SECTION_HOST_TICKET,
    SECTION_HOST_AUTHENTICATED,
    SECTION_DIRECTORY,
    SECTION_CLOCKS,
    SECTION_COUNT,
    SECTION_NONE,
};

struct section_row {
    const char *name;
    const char *headline;    /* goes before the name or service, if that is known */
    enum evidence_step step; /* whose skip records speak of it */
    bool always;             /* shown even when nothing of it was observed */
};

/* NULL for SECTION_NONE. */
const struct section_row *section_row(enum section section);

/* Where a record is shown; SECTION_NONE for those that are no observation. */
enum section section_of(const struct evidence_record *record);

/* The section of a step; `otherwise` for STEP_UNKNOWN. */
enum section section_of_step(enum evidence_step step, enum section otherwise);

/* The record that says why the section's step was not taken, or NULL. */
const struct evidence_record *section_skip(const struct case_view *view, enum section section);

/* Was it left out for want of something, and not because nothing needed it? */
bool section_is_skipped(const struct evidence_record *skip);

size_t section_count(const struct case_view *view, enum section section);

/* Did the record, alone, not give what it was for? */
bool section_fails(const struct evidence_record *record);

/* What came of a section: by its records, and by the findings that rest on them. LEVEL_NONE: not
   observed, or only on the way; LEVEL_SKIP: not tested. */
enum finding_level section_level(const struct judged_case *judged, enum section section);

#endif
