/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/subcode.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "evidence/evidence.h"

/* Win32 errors have 16 bits ([MS-ERREF] 2.2); leading zeros may fill them up to 32. */
enum { DIGIT_LIMIT = 8, WIN32_LIMIT = 0xFFFF };

static int digit_value(char digit)
{
    if (isdigit((unsigned char)digit)) {
        return digit - '0';
    }
    return tolower((unsigned char)digit) - 'a' + 10;
}

/* The Win32 error that the hexadecimal word at `text` is; 0 when it is none. */
static int64_t read_word(const char *text)
{
    int64_t value = 0;
    size_t length = 0;

    while (isxdigit((unsigned char)text[length]) && length < DIGIT_LIMIT) {
        value = value << 4 | digit_value(text[length++]);
    }
    return isalnum((unsigned char)text[length]) || value > WIN32_LIMIT ? 0 : value;
}

bool directory_subcode(const char *diagnostic, int64_t *win32_out)
{
    static const char word[] = "data ";

    *win32_out = EVIDENCE_UNKNOWN;
    /* "problem 2001 (NO_OBJECT), data 0, best match of": a number of the directory's own. */
    if (!diagnostic || strstr(diagnostic, "problem ")) {
        return false;
    }
    for (const char *at = diagnostic; (at = strstr(at, word)); at += sizeof(word) - 1) {
        int64_t value = read_word(at + sizeof(word) - 1);

        if ((at == diagnostic || !isalnum((unsigned char)at[-1])) && value > 0) {
            *win32_out = value;
            return true;
        }
    }
    return false;
}
