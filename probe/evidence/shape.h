/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of every evidence struct as tables: one place from which records are made unknown,
 * saved, loaded, validated and compared. A struct without its row here cannot be saved.
 */
#ifndef CCM_EVIDENCE_SHAPE_H
#define CCM_EVIDENCE_SHAPE_H

#include "evidence/evidence.h"

enum field_type {
    FIELD_STRING,   /* const char * */
    FIELD_INTEGER,  /* int64_t */
    FIELD_TIME,     /* int64_t, written as "2026-11-21T00:56:57.123456Z" */
    FIELD_WORD,     /* an enum, written as its word; 0 is unknown and left out */
    FIELD_OBJECT,   /* pointer to a struct of `shape` */
    FIELD_OBJECTS,  /* pointer to the first struct, and a size_t at `count_offset` */
    FIELD_STRINGS,  /* const char **, and a size_t at `count_offset` */
    FIELD_INTEGERS, /* int64_t *, and a size_t at `count_offset` */
};

struct field {
    const char *name;
    enum field_type type;
    bool required; /* a loaded record without it is refused */
    size_t offset;
    size_t count_offset;
    const struct shape *shape;
    const char *const *words; /* ends in NULL; words[0] is never written */
};

struct shape {
    const char *name;
    size_t size;
    const struct field *fields; /* ends with a field without a name */
};

/* The shape of a kind's payload; NULL for EVIDENCE_NONE. */
const struct shape *shape_of(enum evidence_kind kind);

/* "run", "dns", "kdc", ...; and back: EVIDENCE_NONE for an unknown word. */
const char *evidence_kind_word(enum evidence_kind kind);
enum evidence_kind evidence_kind_from_word(const char *word);

extern const struct shape SHAPE_KRB_ERROR;
extern const struct shape SHAPE_KRB_TICKET;
extern const struct shape SHAPE_KDC_REPLY;
extern const struct shape SHAPE_HTTP_REPLY;
extern const struct shape SHAPE_NEGOTIATE_TOKEN;
extern const struct shape SHAPE_DNS_ANSWER;
extern const struct shape SHAPE_TRUST_NAME;
extern const struct shape SHAPE_PLACE;
extern const struct shape SHAPE_RECORDING_LIMIT;
extern const struct shape SHAPE_DUPLICATE_MACHINE;
extern const struct shape SHAPE_REGISTRATION_CERTIFICATE;
extern const struct shape SHAPE_REGISTRATION_PARAMETER;
extern const struct shape SHAPE_WEB_REQUEST;

/* The words of the enums, as JSON and reports write them. Each ends in NULL. */
extern const char *const WORDS_TRI[];
extern const char *const WORDS_OUTCOME[];
extern const char *const WORDS_PHASE[];
extern const char *const WORDS_STEP[];
extern const char *const WORDS_IDENTITY_SOURCE[];
extern const char *const WORDS_SKIP_REASON[];
extern const char *const WORDS_DNS_OUTCOME[];
extern const char *const WORDS_KDC_PURPOSE[];
extern const char *const WORDS_KDC_REPLY[];
extern const char *const WORDS_TRANSPORT[];
extern const char *const WORDS_HTTP_LEG[];
extern const char *const WORDS_NEGOTIATE_KIND[];
extern const char *const WORDS_SPNEGO_STATE[];
extern const char *const WORDS_MUTUAL[];
extern const char *const WORDS_CLOCK_SOURCE[];
extern const char *const WORDS_CLOCK_METHOD[];
extern const char *const WORDS_PROTECTION[];
extern const char *const WORDS_ACCOUNT_ROLE[];
extern const char *const WORDS_ACCOUNT_KIND[];
extern const char *const WORDS_TRUST_NAME[];
extern const char *const WORDS_ORIGIN[];
extern const char *const WORDS_DISK_SOURCE[];
extern const char *const WORDS_SOURCE_STATE[];
extern const char *const WORDS_DISK_LAYOUT[];
extern const char *const WORDS_DISK_ITEM[];
extern const char *const WORDS_REGISTRATION_SOURCE[];
extern const char *const WORDS_LOG_EVENT[];

#endif
