/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One call of spUpdateClientRegistration as traces write it: `@Name=value`, positional, or with the
 * parameters inlaid as people paste it into articles, `(@Name) value`. What a parameter means is
 * told by sql_call_registration.
 */
#ifndef CCM_CAPTURES_SQL_CALL_H
#define CCM_CAPTURES_SQL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evidence/evidence.h"

extern const char SQL_PROCEDURE[]; /* "spUpdateClientRegistration" */

enum { SQL_ARGUMENT_LIMIT = 48 };

enum sql_type {
    SQL_NULL,
    SQL_INTEGER,
    SQL_STRING, /* doubled delimiters are still doubled */
    SQL_BINARY, /* the hexadecimal digits behind 0x */
    SQL_VARIABLE,
};

/* Spans are borrowed from the statement. */
struct sql_argument {
    const char *name; /* without "@"; of a positional one, the name of its place; NULL: unknown */
    size_t name_length;
    enum sql_type type;
    const char *value;
    size_t value_length;
};

struct sql_call {
    size_t count;
    bool cut;         /* the text ends inside the call */
    bool positional;  /* no argument has a name */
    bool names_known; /* false: positional, and not as many as the known version takes */
    size_t length;    /* bytes read behind the procedure's name */
    struct sql_argument arguments[SQL_ARGUMENT_LIMIT]; /* `count` of them are set */
};

/* Reads the arguments that stand behind the procedure's name. False when there are none: a mention
   of the procedure, its definition. */
bool sql_call_read(const char *text, size_t length, struct sql_call *call_out);

/* NULL when the call has no such argument. Names are compared without regard to case. */
const struct sql_argument *sql_call_find(const struct sql_call *call, const char *name);

/* Fills `into` with what the call says: names, GUID, thumbprints, certificates with what they
   themselves say, approval. With `whole` also every parameter. What cannot be read is unknown and
   named in `problem`. */
void sql_call_registration(struct arena *arena, const struct sql_call *call, bool whole,
                           struct evidence_registration *into);

#endif
