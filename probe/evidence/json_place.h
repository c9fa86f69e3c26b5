/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a file of JSON values the reader is, so that an error can say so: the line on which the
 * value begins, and the way into it (a JSON Pointer, RFC 6901).
 */
#ifndef CCM_EVIDENCE_JSON_PLACE_H
#define CCM_EVIDENCE_JSON_PLACE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "base/status.h"

enum { JSON_PLACE_DEPTH = 16 };

struct json_place {
    const char *name; /* of the file */
    const char *text; /* what is still unread, borrowed */
    size_t left;
    size_t line;      /* on which the value read last begins; 1 is the first */
    size_t next_line; /* of `text` */
    char pointer[256];
    size_t marks[JSON_PLACE_DEPTH]; /* lengths of `pointer` to go back to */
    size_t depth;
    bool failed;
    struct ccm_error *error;
};

void json_place_init(struct json_place *place, const char *name, const struct buffer *text,
                     struct ccm_error *error);

/* The next value of the file, owned by the caller; NULL at its end and after a syntax error. */
json_t *json_place_next(struct json_place *place);

/* One step into the value, and back. */
void json_place_enter(struct json_place *place, const char *name);
void json_place_enter_index(struct json_place *place, size_t index);
void json_place_leave(struct json_place *place);

/* Writes "NAME:LINE: POINTER: sentence" to the error and returns false. The first failure stays. */
bool json_place_fail(struct json_place *place, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool json_place_failed(const struct json_place *place);

#endif
