/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the numbers of the field mean: Kerberos errors, SSPI, NTSTATUS and Win32 codes, HTTP and IIS
 * statuses, LDAP results, HTTPERR reasons, bits and values of Active Directory, and registration.
 *
 * A code is a space and a value. Evidence keeps both raw; this is the one place that turns them
 * into a symbol and a meaning. Every space is a .def table in this folder, which names its source.
 * All strings are static and in English. Nothing here allocates or fails.
 */
#ifndef CODES_CODES_H
#define CODES_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order of relevance for approval, which is the order of code_match()'s answers. */
enum code_space {
    CODE_SPACE_UNKNOWN,
    CODE_SPACE_KRB5,     /* error-code of a KRB-ERROR, 0 to 127 */
    CODE_SPACE_HRESULT,  /* unsigned 32 bits, 0x80090322 as 2148074274 */
    CODE_SPACE_NTSTATUS, /* unsigned 32 bits */
    CODE_SPACE_WIN32,
    CODE_SPACE_HTTP,
    CODE_SPACE_IIS, /* status * 1000 + substatus, 401.2 as 401002 */
    CODE_SPACE_LDAP,
    CODE_SPACE_HTTPSYS, /* reason of the HTTPERR log; values are ours, the symbol counts */
    CODE_SPACE_UAC,     /* one bit of userAccountControl */
    CODE_SPACE_ETYPE,
    CODE_SPACE_TRUST_ATTRIBUTE, /* one bit of trustAttributes */
    CODE_SPACE_TRUST_DIRECTION,
    CODE_SPACE_TRUST_TYPE,
    CODE_SPACE_REGISTRATION, /* Status of a registration response */
    CODE_SPACE_APPROVAL,     /* ApprovalStatus of a registration response */
    CODE_SPACE_COUNT
};

struct code {
    enum code_space space;
    int64_t value;
    const char *symbol;  /* the field's own name, or the spelling of the logs: "401.2" */
    const char *meaning; /* one or two sentences: what it means for a client and its MP */
};

/* Enough room for every answer of code_match(). */
#define CODE_MATCH_MAX 32

/* The row of a code, NULL if the table has none. Bits are found one at a time. */
const struct code *code_find(enum code_space space, int64_t value);

/* The row with a symbol in a space, without regard to case; NULL if there is none. */
const struct code *code_find_symbol(enum code_space space, const char *symbol);

/* Symbol of a code, NULL if it is unknown. */
const char *code_symbol(enum code_space space, int64_t value);

/*
 * The space that a value of sc-win32-status is in. IIS writes Win32 errors, HRESULT and NTSTATUS
 * values there alike: 5, 2148074254 and 3221225581.
 */
enum code_space code_space_of_status(int64_t status);

/* "krb5", "hresult" ...: the name in evidence files, "unknown" for CODE_SPACE_UNKNOWN. */
const char *code_space_name(enum code_space space);

/* The other way round. False, and CODE_SPACE_UNKNOWN, if there is no such space. */
bool code_space_from_name(const char *name, enum code_space *space_out);

/* "Kerberos error", "HRESULT" ...: for people. */
const char *code_space_title(enum code_space space);

/*
 * Every code that a spelling may mean, the most relevant first; returns how many were written to
 * matches, 0 if the spelling means nothing here. docs/codes.md lists the spellings: decimal, signed
 * decimal, hexadecimal, symbols, MIT names and numbers, IIS "401.2" and "401 2 2148074254", Active
 * Directory's "data 52e".
 */
size_t code_match(const char *spelling, const struct code *matches[], size_t capacity);

/* The whole table, sorted by space and value; sets its length. */
const struct code *code_table(size_t *count_out);

/*
 * The values, for rules. Enumerators of HRESULT and NTSTATUS are beyond int, which C allows only
 * from C23 on, but gcc and clang in every mode.
 */
/* clang-format off */
#define CODE(symbol, value, meaning)        HRESULT_CODE_##symbol = (value),
#define NAMED(id, value, symbol, meaning)   HRESULT_CODE_##id = (value),
enum hresult_code {
#include "codes/hresult.def"
};
#undef CODE
#undef NAMED

#define CODE(symbol, value, meaning)        NTSTATUS_CODE_##symbol = (value),
enum ntstatus_code {
#include "codes/ntstatus.def"
};
#undef CODE

#define CODE(symbol, value, meaning)        WIN32_CODE_##symbol = (value),
enum win32_code {
#include "codes/win32.def"
};
#undef CODE

#define NAMED(id, value, symbol, meaning)   KRB_CODE_##id = (value),
enum krb_code {
#include "codes/krb5.def"
};
#undef NAMED

#define NAMED(id, value, symbol, meaning)   HTTP_CODE_##id = (value),
enum http_code {
#include "codes/http.def"
};
#undef NAMED

/* IIS_CODE_401_2 is 401002. */
#define SUBSTATUS(status, substatus, meaning) \
    IIS_CODE_##status##_##substatus = (status) * 1000 + (substatus),
enum iis_code {
#include "codes/iis.def"
};
#undef SUBSTATUS

/* Not LDAP_, which is the prefix of ldap.h. */
#define NAMED(id, value, symbol, meaning)   DIRECTORY_CODE_##id = (value),
enum directory_code {
#include "codes/ldap.def"
};
#undef NAMED

#define NAMED(id, value, symbol, meaning)   HTTPSYS_CODE_##id = (value),
enum httpsys_code {
#include "codes/httpsys.def"
};
#undef NAMED

#define CODE(symbol, value, meaning)        UAC_BIT_##symbol = (value),
enum uac_bit {
#include "codes/uac.def"
};
#undef CODE

#define NAMED(id, value, symbol, meaning)   ETYPE_CODE_##id = (value),
enum etype_code {
#include "codes/etype.def"
};
#undef NAMED

/* TRUST_ATTRIBUTE_FOREST_TRANSITIVE, TRUST_DIRECTION_INBOUND, TRUST_TYPE_UPLEVEL ... */
#define CODE(symbol, value, meaning)        symbol = (value),
enum trust_attribute {
#include "codes/trust_attribute.def"
};
enum trust_direction {
#include "codes/trust_direction.def"
};
enum trust_type {
#include "codes/trust_type.def"
};
#undef CODE

#define NAMED(id, value, symbol, meaning)   REGISTRATION_##id = (value),
enum registration_status {
#include "codes/registration.def"
};
#undef NAMED

#define NAMED(id, value, symbol, meaning)   APPROVAL_##id = (value),
enum approval_status {
#include "codes/approval.def"
};
#undef NAMED
/* clang-format on */

#endif
