/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings: what the rules conclude from evidence. An id, a level, the records it rests on and
 * typed arguments; the words stand in the catalogue (findings.def), once.
 */
#ifndef CCM_RULES_FINDING_H
#define CCM_RULES_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "evidence/evidence.h"

/* Ordered by weight: the larger decides the exit status. */
enum finding_level {
    LEVEL_NONE = 0,
    LEVEL_OK,
    LEVEL_INFO,
    LEVEL_SKIP,    /* not tested, as the run was asked or as an earlier step failed */
    LEVEL_WARN,    /* works today, or matters in part */
    LEVEL_UNKNOWN, /* could not tell */
    LEVEL_FAIL,    /* clients are not approved because of this */
    LEVEL_COUNT,
};

enum finding_role {
    ROLE_NOTE = 0,
    ROLE_CAUSE,   /* can be the root cause */
    ROLE_SYMPTOM, /* follows from a cause; stands as root cause only when no cause was found */
};

/* How sure a conclusion is. */
enum finding_confidence {
    CONFIDENCE_NONE = 0,
    CONFIDENCE_LIKELY, /* the best explanation of what was seen; another is possible and named */
    CONFIDENCE_PROVEN, /* what was seen has no other explanation */
};

enum finding_id {
    FINDING_NONE = 0,
#define FINDING(symbol, id, role, level, title, why, remedy) FINDING_##symbol,
#include "rules/findings.def"
#undef FINDING
    FINDING_COUNT,
};

/* One row of the catalogue. Texts may hold {argument} places, which the report fills in. The order
   of the rows is the order of causation: of two causes, the earlier row is the root. */
struct finding_type {
    enum finding_id id;
    const char *name; /* "spn.missing": never changes once released */
    enum finding_role role;
    enum finding_level level; /* the usual one; a rule may give another */
    const char *title;        /* one line, at most 72 bytes with usual arguments */
    const char *why;          /* why it matters for approval: one to three sentences */
    const char *remedy;       /* what to do; lines end in \n; commands are indented by 4 spaces */
};

struct finding_argument {
    const char *name;
    const char *value;
};

struct finding {
    enum finding_id id;
    enum finding_level level;
    enum finding_confidence confidence;
    const struct finding_argument *arguments;
    size_t argument_count;
    const uint32_t *evidence; /* ids of the records that it rests on, ascending */
    size_t evidence_count;
    /* Of records that tell of many lines of a log, those that show it; none: their own places do.
     */
    const struct evidence_place *lines;
    size_t line_count;
};

struct finding_list {
    struct finding *items;
    size_t count;
};

/* NULL for an id outside the catalogue. */
const struct finding_type *finding_type(enum finding_id id);
const struct finding_type *finding_type_by_name(const char *name);

/* "ok", "info", "skip", "warn", "unknown", "fail"; "likely", "proven"; "note", "cause", ... */
const char *finding_level_word(enum finding_level level);
enum finding_level finding_level_from_word(const char *word); /* LEVEL_NONE when it is no level */
const char *finding_confidence_word(enum finding_confidence confidence);

/* The value of an argument, or NULL. */
const char *finding_argument(const struct finding *finding, const char *name);

/* `text` (a title, why or remedy of the catalogue) with its {argument} places filled in; a place
   without argument is written "?". The result lives in the arena. */
const char *finding_expand(struct arena *arena, const struct finding *finding, const char *text);

#endif
