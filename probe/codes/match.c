/* SPDX-License-Identifier: Apache-2.0 */
#include "codes/codes.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct matches {
    const struct code **items;
    size_t count;
    size_t capacity;
};

static void add(struct matches *matches, const struct code *code)
{
    if (code == NULL || matches->count == matches->capacity) {
        return;
    }
    for (size_t i = 0; i < matches->count; i++) {
        if (matches->items[i] == code) {
            return;
        }
    }
    matches->items[matches->count++] = code;
}

/* Reads a whole text as a number in base 10 or 16; a sign is allowed in base 10 only. */
static bool read_number(const char *text, int base, int64_t *value_out)
{
    const char *digits = base == 10 && *text == '-' ? text + 1 : text;
    char *end = NULL;

    if (base == 10 ? !isdigit((unsigned char)*digits) : !isxdigit((unsigned char)*digits)) {
        return false;
    }
    errno = 0;
    *value_out = strtoll(text, &end, base);
    return errno == 0 && *end == '\0';
}

static bool read_prefixed_hex(const char *text, int64_t *value_out)
{
    return strncasecmp(text, "0x", 2) == 0 && isxdigit((unsigned char)text[2]) &&
           read_number(text + 2, 16, value_out);
}

/* HRESULT_FROM_WIN32() puts a Win32 error into the low half of 0x8007xxxx. */
static void add_wrapped_win32(struct matches *matches, int64_t value)
{
    if (value >> 16 == 0x8007) {
        add(matches, code_find(CODE_SPACE_WIN32, value & 0xFFFF));
    }
}

/* MIT's libraries number KRB-ERROR codes from ERROR_TABLE_BASE_krb5, -1765328384. */
static void add_mit_number(struct matches *matches, int64_t value)
{
    int64_t offset = value - (UINT32_MAX - INT64_C(1765328384) + 1);

    if (offset >= 0 && offset < 128) {
        add(matches, code_find(CODE_SPACE_KRB5, offset));
    }
}

static void match_number(int64_t value, struct matches *matches)
{
    int64_t wide = value < 0 && value >= INT32_MIN ? value + UINT32_MAX + 1 : value;

    add_mit_number(matches, wide);
    for (int space = CODE_SPACE_UNKNOWN + 1; space < CODE_SPACE_COUNT; space++) {
        if (space != CODE_SPACE_HTTPSYS) {
            add(matches, code_find((enum code_space)space, value));
            add(matches, code_find((enum code_space)space, wide));
        }
    }
    add_wrapped_win32(matches, wide);
}

/* Takes up to three digits and what separates them from the next number. */
static bool take_status(const char **cursor, int64_t *value_out)
{
    size_t length = strspn(*cursor, "0123456789");

    if (length == 0 || length > 3) {
        return false;
    }
    *value_out = strtoll(*cursor, NULL, 10);
    *cursor += length;
    if (**cursor != '\0' && strchr(". ", **cursor) == NULL) {
        return false;
    }
    *cursor += strspn(*cursor, ". ");
    return true;
}

/* "401.2", "401 2" and "401 2 2148074254", as on IIS error pages and in its logs. */
static bool match_iis(const char *text, struct matches *matches)
{
    const struct code *substatus_code = NULL;
    const char *cursor = text;
    int64_t status = 0;
    int64_t substatus = 0;
    int64_t win32 = 0;
    bool has_win32 = false;

    if (!take_status(&cursor, &status) || status < 100 || *cursor == '\0' ||
        !take_status(&cursor, &substatus)) {
        return false;
    }
    has_win32 = *cursor != '\0';
    if (has_win32 && !read_number(cursor, 10, &win32) && !read_prefixed_hex(cursor, &win32)) {
        return false;
    }
    substatus_code = code_find(CODE_SPACE_IIS, status * 1000 + substatus);
    add(matches, substatus_code != NULL ? substatus_code : code_find(CODE_SPACE_HTTP, status));
    if (has_win32) {
        add(matches, code_find(code_space_of_status(win32), win32));
        add_wrapped_win32(matches, win32);
    }
    return true;
}

/*
 * Active Directory tells why it refused a bind by a Win32 error in hexadecimal without a prefix:
 * "AcceptSecurityContext error, data 52e, v4563". True if the text is such a message or its "data
 * 52e" alone.
 */
static bool match_subcode(const char *text, struct matches *matches)
{
    static const char word[] = "data ";
    const char *at = strcasestr(text, word);
    char digits[8];
    size_t length;
    int64_t value = 0;

    /* "problem 2001 (NO_OBJECT), data 0": a number of the directory's own. */
    if (at == NULL || (at != text && isalnum((unsigned char)at[-1])) || strstr(text, "problem ")) {
        return false;
    }
    at += sizeof(word) - 1;
    length = strcspn(at, ", \t");
    if (length == 0 || length >= sizeof(digits)) {
        return false;
    }
    memcpy(digits, at, length);
    digits[length] = '\0';
    if (!read_number(digits, 16, &value) || value == 0) {
        return false;
    }
    add(matches, code_find(CODE_SPACE_WIN32, value));
    return true;
}

/* "52e" alone is such a number only if it is one of those that a bind is refused with. */
static void add_bare_subcode(struct matches *matches, const char *text)
{
    static const enum win32_code subcodes[] = {
        WIN32_CODE_ERROR_NO_SUCH_USER,        WIN32_CODE_ERROR_LOGON_FAILURE,
        WIN32_CODE_ERROR_ACCOUNT_RESTRICTION, WIN32_CODE_ERROR_INVALID_LOGON_HOURS,
        WIN32_CODE_ERROR_INVALID_WORKSTATION, WIN32_CODE_ERROR_PASSWORD_EXPIRED,
        WIN32_CODE_ERROR_ACCOUNT_DISABLED,    WIN32_CODE_ERROR_TOO_MANY_CONTEXT_IDS,
        WIN32_CODE_ERROR_ACCOUNT_EXPIRED,     WIN32_CODE_ERROR_PASSWORD_MUST_CHANGE,
        WIN32_CODE_ERROR_ACCOUNT_LOCKED_OUT,
    };
    int64_t value = 0;

    if (strlen(text) != 3 || !read_number(text, 16, &value)) {
        return;
    }
    for (size_t i = 0; i < sizeof(subcodes) / sizeof(subcodes[0]); i++) {
        if ((int64_t)subcodes[i] == value) {
            add(matches, code_find(CODE_SPACE_WIN32, value));
        }
    }
}

/* Compares without regard to case and to what separates words. */
static bool same_words(const char *left, const char *right)
{
    for (;;) {
        left += strspn(left, "_- ");
        right += strspn(right, "_- ");
        if (tolower((unsigned char)*left) != tolower((unsigned char)*right)) {
            return false;
        }
        if (*left == '\0') {
            return true;
        }
        left++;
        right++;
    }
}

/* True if the text is the symbol, or what is left of it without the prefix of its family. */
static bool means_symbol(const char *text, const char *symbol, bool without_prefix)
{
    static const char *const prefixes[] = {
        "KDC_ERR_", "KRB_AP_ERR_", "KRB_ERR_",         "KRB_AP_",          "KRB_",
        "SEC_E_",   "SEC_I_",      "STATUS_",          "ERROR_WINHTTP_",   "ERROR_",
        "CCM_E_",   "CCM ",        "TRUST_ATTRIBUTE_", "TRUST_DIRECTION_", "TRUST_TYPE_",
    };

    if (!without_prefix) {
        return same_words(text, symbol);
    }
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t length = strlen(prefixes[i]);

        if (strncmp(symbol, prefixes[i], length) == 0 && same_words(text, symbol + length)) {
            return true;
        }
    }
    return false;
}

/* The symbol that other headers spell in their own way: krb5.h, ldap.h, lmaccess.h, iads.h. */
static const char *plain_symbol(const char *text)
{
    static const char *const prefixes[] = {"KRB5", "LDAP_", "ADS_UF_", "UF_"};
    /* Where krb5.h does not only put KRB5 before the name of the RFC. */
    static const char *const mit_names[][2] = {
        {"KDC_ERR_KEY_EXP", "KDC_ERR_KEY_EXPIRED"},
        {"KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTION", "KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTIONS"},
    };

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t length = strlen(prefixes[i]);

        if (strncasecmp(text, prefixes[i], length) == 0) {
            text += length;
            break;
        }
    }
    for (size_t i = 0; i < sizeof(mit_names) / sizeof(mit_names[0]); i++) {
        if (strcasecmp(text, mit_names[i][0]) == 0) {
            return mit_names[i][1];
        }
    }
    return text;
}

static void match_symbol(const char *text, bool without_prefix, struct matches *matches)
{
    size_t count = 0;
    const struct code *codes = code_table(&count);

    for (size_t i = 0; i < count; i++) {
        if (means_symbol(text, codes[i].symbol, without_prefix)) {
            add(matches, &codes[i]);
        }
    }
}

/* Without the white space around it; false if nothing or too much is left. */
static bool trim(const char *spelling, char *text, size_t size)
{
    static const char space[] = " \t\r\n";
    size_t length;

    spelling += strspn(spelling, space);
    length = strlen(spelling);
    while (length > 0 && strchr(space, spelling[length - 1]) != NULL) {
        length--;
    }
    if (length == 0 || length >= size) {
        return false;
    }
    memcpy(text, spelling, length);
    text[length] = '\0';
    return true;
}

size_t code_match(const char *spelling, const struct code *matches[], size_t capacity)
{
    struct matches found = {.items = matches, .capacity = capacity};
    char text[128];
    int64_t value = 0;

    if (!trim(spelling, text, sizeof(text)) || match_iis(text, &found) ||
        match_subcode(text, &found)) {
        return found.count;
    }
    if (read_number(text, 10, &value) || read_prefixed_hex(text, &value)) {
        match_number(value, &found);
    }
    /* Bare hexadecimal, as logs print 8009030E, is told from a name by its eight digits. */
    if (strlen(text) == 8 && read_number(text, 16, &value)) {
        match_number(value, &found);
    }
    add_bare_subcode(&found, text);
    if (found.count == 0) {
        match_symbol(plain_symbol(text), false, &found);
    }
    if (found.count == 0) {
        match_symbol(plain_symbol(text), true, &found);
    }
    return found.count;
}
