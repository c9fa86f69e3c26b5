/* SPDX-License-Identifier: Apache-2.0 */
/* How the tables of shape_*.c are written: rows of `struct field`, see evidence/shape.h. */
#ifndef CCM_EVIDENCE_SHAPE_ROWS_H
#define CCM_EVIDENCE_SHAPE_ROWS_H

#include "evidence/shape.h"

/* Rows of the tables below; `type` is the struct, `name` its member and the name in JSON. */
#define STRING(type, name)                                                                         \
    {                                                                                              \
#name, FIELD_STRING, false, offsetof(struct type, name), 0, NULL, NULL                     \
    }
#define INTEGER(type, name)                                                                        \
    {                                                                                              \
#name, FIELD_INTEGER, false, offsetof(struct type, name), 0, NULL, NULL                    \
    }
#define TIME(type, name)                                                                           \
    {                                                                                              \
#name, FIELD_TIME, false, offsetof(struct type, name), 0, NULL, NULL                       \
    }
#define WORD(type, name, words)                                                                    \
    {                                                                                              \
#name, FIELD_WORD, false, offsetof(struct type, name), 0, NULL, words                      \
    }
#define OBJECT(type, name, of)                                                                     \
    {                                                                                              \
#name, FIELD_OBJECT, false, offsetof(struct type, name), 0, of, NULL                       \
    }
#define OBJECTS(type, name, count, of)                                                             \
    {                                                                                              \
#name, FIELD_OBJECTS, false, offsetof(struct type, name), offsetof(struct type, count),    \
            of, NULL                                                                               \
    }
#define STRINGS(type, name, count)                                                                 \
    {                                                                                              \
#name, FIELD_STRINGS, false, offsetof(struct type, name), offsetof(struct type, count),    \
            NULL, NULL                                                                             \
    }
#define INTEGERS(type, name, count)                                                                \
    {                                                                                              \
#name, FIELD_INTEGERS, false, offsetof(struct type, name), offsetof(struct type, count),   \
            NULL, NULL                                                                             \
    }
#define REQUIRED_STRING(type, name)                                                                \
    {                                                                                              \
#name, FIELD_STRING, true, offsetof(struct type, name), 0, NULL, NULL                      \
    }
#define REQUIRED_TIME(type, name)                                                                  \
    {                                                                                              \
#name, FIELD_TIME, true, offsetof(struct type, name), 0, NULL, NULL                        \
    }
#define REQUIRED_WORD(type, name, words)                                                           \
    {                                                                                              \
#name, FIELD_WORD, true, offsetof(struct type, name), 0, NULL, words                       \
    }
#define REQUIRED_INTEGER(type, name)                                                               \
    {                                                                                              \
#name, FIELD_INTEGER, true, offsetof(struct type, name), 0, NULL, NULL                     \
    }
#define END                                                                                        \
    {                                                                                              \
        NULL, FIELD_STRING, false, 0, 0, NULL, NULL                                                \
    }

/* The shapes of the kinds, for the table in shape.c. */
extern const struct shape SHAPE_RUN;
extern const struct shape SHAPE_IDENTITY;
extern const struct shape SHAPE_SKIP;
extern const struct shape SHAPE_DNS;
extern const struct shape SHAPE_KDC;
extern const struct shape SHAPE_HTTP;
extern const struct shape SHAPE_TLS;
extern const struct shape SHAPE_CLOCK;
extern const struct shape SHAPE_DIRECTORY;
extern const struct shape SHAPE_SEARCH;
extern const struct shape SHAPE_ACCOUNT;
extern const struct shape SHAPE_TRUST;
extern const struct shape SHAPE_DOMAIN;
extern const struct shape SHAPE_PUBLISHED;
extern const struct shape SHAPE_REGISTRATION;
extern const struct shape SHAPE_PRECEDENT;
extern const struct shape SHAPE_RECORDING;
extern const struct shape SHAPE_LOG_EVENT;
extern const struct shape SHAPE_KNOWN_PROBLEM;
extern const struct shape SHAPE_SOURCE;
extern const struct shape SHAPE_ITEM;
extern const struct shape SHAPE_DUPLICATE;
extern const struct shape SHAPE_WEB_CLIENT;

#endif
