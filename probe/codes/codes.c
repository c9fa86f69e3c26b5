/* SPDX-License-Identifier: Apache-2.0 */
#include "codes/codes.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct space {
    const char *name;
    const char *title;
};

static const struct space spaces[CODE_SPACE_COUNT] = {
    [CODE_SPACE_UNKNOWN] = {"unknown", "Unknown code"},
    [CODE_SPACE_KRB5] = {"krb5", "Kerberos error"},
    [CODE_SPACE_HRESULT] = {"hresult", "HRESULT"},
    [CODE_SPACE_NTSTATUS] = {"ntstatus", "NTSTATUS"},
    [CODE_SPACE_WIN32] = {"win32", "Win32 error"},
    [CODE_SPACE_HTTP] = {"http", "HTTP status"},
    [CODE_SPACE_IIS] = {"iis", "IIS status and substatus"},
    [CODE_SPACE_LDAP] = {"ldap", "LDAP result"},
    [CODE_SPACE_HTTPSYS] = {"httpsys", "HTTP.sys reason (HTTPERR log)"},
    [CODE_SPACE_UAC] = {"uac", "userAccountControl bit"},
    [CODE_SPACE_ETYPE] = {"etype", "Kerberos encryption type"},
    [CODE_SPACE_TRUST_ATTRIBUTE] = {"trust-attribute", "trustAttributes bit"},
    [CODE_SPACE_TRUST_DIRECTION] = {"trust-direction", "trustDirection"},
    [CODE_SPACE_TRUST_TYPE] = {"trust-type", "trustType"},
    [CODE_SPACE_REGISTRATION] = {"registration", "Registration status"},
    [CODE_SPACE_APPROVAL] = {"approval", "Approval status"},
};

/* clang-format off */
#define CODE(symbol, value, meaning)        {SPACE, value, #symbol, meaning},
#define NAMED(id, value, symbol, meaning)   {SPACE, value, symbol, meaning},
#define SUBSTATUS(status, substatus, meaning) \
    {SPACE, (status) * 1000 + (substatus), #status "." #substatus, meaning},

/* In the order of enum code_space, each .def by value: code_find() searches it as one table. */
static const struct code codes[] = {
#define SPACE CODE_SPACE_KRB5
#include "codes/krb5.def"
#undef SPACE
#define SPACE CODE_SPACE_HRESULT
#include "codes/hresult.def"
#undef SPACE
#define SPACE CODE_SPACE_NTSTATUS
#include "codes/ntstatus.def"
#undef SPACE
#define SPACE CODE_SPACE_WIN32
#include "codes/win32.def"
#undef SPACE
#define SPACE CODE_SPACE_HTTP
#include "codes/http.def"
#undef SPACE
#define SPACE CODE_SPACE_IIS
#include "codes/iis.def"
#undef SPACE
#define SPACE CODE_SPACE_LDAP
#include "codes/ldap.def"
#undef SPACE
#define SPACE CODE_SPACE_HTTPSYS
#include "codes/httpsys.def"
#undef SPACE
#define SPACE CODE_SPACE_UAC
#include "codes/uac.def"
#undef SPACE
#define SPACE CODE_SPACE_ETYPE
#include "codes/etype.def"
#undef SPACE
#define SPACE CODE_SPACE_TRUST_ATTRIBUTE
#include "codes/trust_attribute.def"
#undef SPACE
#define SPACE CODE_SPACE_TRUST_DIRECTION
#include "codes/trust_direction.def"
#undef SPACE
#define SPACE CODE_SPACE_TRUST_TYPE
#include "codes/trust_type.def"
#undef SPACE
#define SPACE CODE_SPACE_REGISTRATION
#include "codes/registration.def"
#undef SPACE
#define SPACE CODE_SPACE_APPROVAL
#include "codes/approval.def"
#undef SPACE
};
/* clang-format on */

#define CODES_COUNT (sizeof(codes) / sizeof(codes[0]))

const struct code *code_table(size_t *count_out)
{
    *count_out = CODES_COUNT;
    return codes;
}

static int compare_codes(const void *left, const void *right)
{
    const struct code *a = left;
    const struct code *b = right;

    if (a->space != b->space) {
        return a->space < b->space ? -1 : 1;
    }
    if (a->value != b->value) {
        return a->value < b->value ? -1 : 1;
    }
    return 0;
}

const struct code *code_find(enum code_space space, int64_t value)
{
    const struct code key = {.space = space, .value = value};

    return bsearch(&key, codes, CODES_COUNT, sizeof(codes[0]), compare_codes);
}

const struct code *code_find_symbol(enum code_space space, const char *symbol)
{
    for (size_t i = 0; i < CODES_COUNT; i++) {
        if (codes[i].space == space && strcasecmp(codes[i].symbol, symbol) == 0) {
            return &codes[i];
        }
    }
    return NULL;
}

const char *code_symbol(enum code_space space, int64_t value)
{
    const struct code *code = code_find(space, value);

    return code != NULL ? code->symbol : NULL;
}

enum code_space code_space_of_status(int64_t status)
{
    if (status < 0 || status > UINT32_MAX) {
        return CODE_SPACE_UNKNOWN;
    }
    if (status <= UINT16_MAX) {
        return CODE_SPACE_WIN32;
    }
    /* The top two bits of an NTSTATUS error are set ([MS-ERREF] 2.3); of an HRESULT only one is. */
    return (status >> 30) == 3 ? CODE_SPACE_NTSTATUS : CODE_SPACE_HRESULT;
}

static const struct space *space_row(enum code_space space)
{
    if ((unsigned int)space >= CODE_SPACE_COUNT) {
        space = CODE_SPACE_UNKNOWN;
    }
    return &spaces[space];
}

const char *code_space_name(enum code_space space)
{
    return space_row(space)->name;
}

const char *code_space_title(enum code_space space)
{
    return space_row(space)->title;
}

bool code_space_from_name(const char *name, enum code_space *space_out)
{
    *space_out = CODE_SPACE_UNKNOWN;
    for (int space = 0; space < CODE_SPACE_COUNT; space++) {
        if (strcmp(spaces[space].name, name) == 0) {
            *space_out = (enum code_space)space;
            return true;
        }
    }
    return false;
}
