/* SPDX-License-Identifier: Apache-2.0 */
/* What Active Directory holds, in words. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "codes/codes.h"
#include "report/layout.h"
#include "report/words.h"

const char *say_account_kind(enum account_kind kind)
{
    switch (kind) {
    case ACCOUNT_COMPUTER:
        return "computer";
    case ACCOUNT_USER:
        return "user";
    case ACCOUNT_GROUP_MANAGED:
        return "gMSA";
    case ACCOUNT_MANAGED:
        return "sMSA";
    case ACCOUNT_OTHER:
        return "other";
    case ACCOUNT_KIND_UNKNOWN:
        break;
    }
    return "-";
}

void say_etype_bits(int64_t bits, struct buffer *out)
{
    /* [MS-KILE] 2.2.7; a mask is matched when all of its bits are set. */
    static const struct {
        int64_t mask;
        int64_t want;
        const char *word;
    } ROWS[] = {
        {0x18, 0x18, "AES"}, {0x18, 0x10, "AES256"}, {0x18, 0x08, "AES128"},
        {0x04, 0x04, "RC4"}, {0x20, 0x20, "AES-SK"},
    };
    const size_t start = out->length;

    if (bits == EVIDENCE_UNKNOWN) {
        buffer_putc(out, '-');
        return;
    }
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if ((bits & ROWS[i].mask) == ROWS[i].want) {
            buffer_printf(out, "%s%s", out->length > start ? ", " : "", ROWS[i].word);
        }
    }
    if ((bits & 0x03) != 0) {
        buffer_printf(out, "%sDES", out->length > start ? ", " : "");
    }
    buffer_puts(out, out->length > start ? "" : "none set");
}

const char *say_protection(enum directory_protection protection)
{
    switch (protection) {
    case PROTECTION_NONE:
        return "not bound";
    case PROTECTION_SEALED:
        return "sealed";
    case PROTECTION_TLS:
        return "TLS";
    case PROTECTION_UNKNOWN:
        break;
    }
    return NULL;
}

/* The sub-code in a diagnostic of Active Directory: "..., data 52e, v4563" has 0x52E. Behind a
   "problem" stands a number of another kind. */
static int64_t subcode_of(const char *diagnostic)
{
    static const char mark[] = ", data ";
    const char *at = diagnostic ? strstr(diagnostic, mark) : NULL;
    char *end = NULL;
    unsigned long value;

    if (!at || strstr(diagnostic, "problem") || !isxdigit((unsigned char)at[sizeof(mark) - 1])) {
        return EVIDENCE_UNKNOWN;
    }
    at += sizeof(mark) - 1;
    value = strtoul(at, &end, 16);
    if (end - at > 8 || value == 0 || (*end != '\0' && *end != ',')) {
        return EVIDENCE_UNKNOWN;
    }
    return (int64_t)value;
}

/* The Win32 or HRESULT code with which Active Directory begins its diagnostics: "0000208D: ...". */
static int64_t leading_code(const char *diagnostic)
{
    char *end = NULL;
    unsigned long value;

    if (!diagnostic || strspn(diagnostic, "0123456789abcdefABCDEF") != 8) {
        return EVIDENCE_UNKNOWN;
    }
    value = strtoul(diagnostic, &end, 16);
    return *end == ':' && value != 0 ? (int64_t)value : EVIDENCE_UNKNOWN;
}

static const struct code *find_status(int64_t status)
{
    return status == EVIDENCE_UNKNOWN ? NULL : code_find(code_space_of_status(status), status);
}

static void put_sentence(const char *meaning, bool whole, struct buffer *out)
{
    const char *end = whole ? NULL : strstr(meaning, ". ");
    size_t length = end ? (size_t)(end - meaning) : strlen(meaning);

    if (!end && length > 0 && meaning[length - 1] == '.') {
        length--;
    }
    buffer_puts(out, ": ");
    buffer_append(out, meaning, length);
}

void say_ldap_result(int64_t result, const char *diagnostic, bool whole, struct buffer *out)
{
    const struct code *code = code_find(CODE_SPACE_LDAP, result);
    const int64_t subcode = subcode_of(diagnostic);
    const struct code *reason = find_status(subcode);

    if (result == EVIDENCE_UNKNOWN) {
        buffer_puts(out, "a result that could not be read");
    } else {
        buffer_printf(out, "%" PRId64, result);
        buffer_printf(out, code ? NBSP "%s" : "%s", code ? code->symbol : "");
    }
    if (subcode != EVIDENCE_UNKNOWN) {
        buffer_printf(out, ", data" NBSP "%" PRIx64, (uint64_t)subcode);
    }
    reason = reason ? reason : find_status(leading_code(diagnostic));
    if (reason && subcode == EVIDENCE_UNKNOWN) {
        buffer_printf(out, ", %s", reason->symbol);
    }
    reason = reason ? reason : code;
    if (reason) {
        put_sentence(reason->meaning, whole, out);
    }
    if (diagnostic && diagnostic[0] != '\0' && (whole || !reason || result < 0)) {
        buffer_printf(out, " (%s: %s)", result < 0 ? "the library says" : "the server says",
                      diagnostic);
    }
}

static bool has_bit(const struct evidence_trust *trust, int64_t bit)
{
    return trust->attributes != EVIDENCE_UNKNOWN && (trust->attributes & bit) != 0;
}

const char *say_trust_kind(const struct evidence_trust *trust)
{
    if (trust->type == TRUST_TYPE_DOWNLEVEL) {
        return "with a domain of Windows NT 4.0";
    }
    if (trust->type == TRUST_TYPE_MIT) {
        return "with a Kerberos realm that is not Windows";
    }
    if (trust->type == TRUST_TYPE_AAD) {
        return "with Microsoft Entra ID";
    }
    if (has_bit(trust, TRUST_ATTRIBUTE_WITHIN_FOREST)) {
        return "in the forest";
    }
    if (has_bit(trust, TRUST_ATTRIBUTE_FOREST_TRANSITIVE)) {
        return "forest";
    }
    return trust->type == TRUST_TYPE_UPLEVEL && trust->attributes != EVIDENCE_UNKNOWN
               ? "external"
               : "of unknown kind";
}

void say_trust_direction(const struct evidence_trust *trust, struct buffer *out)
{
    if (trust->direction == TRUST_DIRECTION_BIDIRECTIONAL) {
        buffer_puts(out, "both directions");
    } else if (trust->direction == TRUST_DIRECTION_INBOUND) {
        buffer_printf(out, "one way: %s trusts %s", trust->partner, trust->domain);
    } else if (trust->direction == TRUST_DIRECTION_OUTBOUND) {
        buffer_printf(out, "one way: %s trusts %s", trust->domain, trust->partner);
    } else if (trust->direction == TRUST_DIRECTION_DISABLED) {
        buffer_puts(out, "disabled");
    } else {
        buffer_puts(out, "direction unknown");
    }
}

void say_trust_attributes(const struct evidence_trust *trust, bool whole, struct buffer *out)
{
    /* What a reader should notice, and what every other trust has. */
    static const struct {
        int64_t bit;
        bool usual;
        const char *words;
    } ROWS[] = {
        {TRUST_ATTRIBUTE_CROSS_ORGANIZATION, false, "selective authentication"},
        {TRUST_ATTRIBUTE_NON_TRANSITIVE, false, "not transitive"},
        {TRUST_ATTRIBUTE_TREAT_AS_EXTERNAL, false, "filtered like an external trust"},
        {TRUST_ATTRIBUTE_PIM_TRUST, false, "for privileged identities"},
        {TRUST_ATTRIBUTE_USES_RC4_ENCRYPTION, false, "RC4 keys"},
        {TRUST_ATTRIBUTE_QUARANTINED_DOMAIN, true, "SIDs are filtered"},
        {TRUST_ATTRIBUTE_UPLEVEL_ONLY, true, "Windows 2000 and later only"},
        {TRUST_ATTRIBUTE_CROSS_ORGANIZATION_NO_TGT_DELEGATION, true, "no TGT delegation"},
        {TRUST_ATTRIBUTE_CROSS_ORGANIZATION_ENABLE_TGT_DELEGATION, true, "TGT delegation"},
        {TRUST_ATTRIBUTE_DISABLE_AUTH_TARGET_VALIDATION, true, "no validation of targets"},
    };

    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if (has_bit(trust, ROWS[i].bit) && (whole || !ROWS[i].usual)) {
            buffer_printf(out, ", %s", ROWS[i].words);
        }
    }
    if (trust->etypes != EVIDENCE_UNKNOWN) {
        buffer_puts(out, ", ");
        say_etype_bits(trust->etypes, out);
        buffer_puts(out, trust->etypes == 0 ? " of the etypes" : "");
    } else if (whole || !has_bit(trust, TRUST_ATTRIBUTE_WITHIN_FOREST)) {
        buffer_puts(out, ", no etypes set");
    }
    if (whole && trust->attributes != EVIDENCE_UNKNOWN) {
        buffer_printf(out, ", attributes 0x%" PRIx64, (uint64_t)trust->attributes);
    }
}

void say_trust_name_state(const struct trust_name *name, struct buffer *out)
{
    /* [MS-ADTS] 6.1.6.9.3: the flags of a top level name, and those of a domain. */
    static const struct {
        int64_t bit;
        const char *suffix;
        const char *domain;
    } ROWS[] = {
        {1, "new and not enabled", "SIDs disabled by an administrator"},
        {2, "disabled by an administrator", "SIDs disabled by a conflict"},
        {4, "disabled by a conflict", "NetBIOS name disabled by an administrator"},
        {8, NULL, "NetBIOS name disabled by a conflict"},
    };
    const char *lead = " (";

    if (name->flags == EVIDENCE_UNKNOWN) {
        return;
    }
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const char *words = name->kind == TRUST_NAME_DOMAIN ? ROWS[i].domain : ROWS[i].suffix;

        if (words && (name->flags & ROWS[i].bit) != 0) {
            buffer_printf(out, "%s%s", lead, words);
            lead = ", ";
        }
    }
    buffer_puts(out, strcmp(lead, ", ") == 0 ? ")" : "");
}

const char *say_functional_level(int64_t level)
{
    static const char *const WORDS[] = {
        [0] = "Windows 2000",           [1] = "Windows Server 2003 interim",
        [2] = "Windows Server 2003",    [3] = "Windows Server 2008",
        [4] = "Windows Server 2008 R2", [5] = "Windows Server 2012",
        [6] = "Windows Server 2012 R2", [7] = "Windows Server 2016",
        [10] = "Windows Server 2025",
    };

    return level >= 0 && level < (int64_t)(sizeof(WORDS) / sizeof(WORDS[0])) ? WORDS[level] : NULL;
}
