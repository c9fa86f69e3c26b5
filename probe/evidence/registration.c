/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/registration.h"

#include <stdbool.h>
#include <string.h>

#include "evidence/basics.h"

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* Without regard to the case of ASCII letters, whatever the locale. */
static bool text_differs(const char *a, const char *b)
{
    if (!a || !b || strcmp(a, b) == 0) { /* the same to the letter, nearly always */
        return false;
    }
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a != *b;
}

static bool time_differs(int64_t a, int64_t b)
{
    return a != EVIDENCE_UNKNOWN && b != EVIDENCE_UNKNOWN && a != b;
}

unsigned registration_differences(const struct evidence_registration *stated)
{
    const struct registration_certificate *signing = stated->signing;
    const struct registration_certificate *encryption = stated->encryption;
    unsigned parts = 0;

    if (signing && text_differs(stated->signing_thumbprint, signing->thumbprint)) {
        parts |= REGISTRATION_THUMBPRINT;
    }
    if (encryption && text_differs(stated->encryption_thumbprint, encryption->thumbprint)) {
        parts |= REGISTRATION_ENCRYPTION;
    }
    if (signing && signing->key_matches == TRI_NO) {
        parts |= REGISTRATION_KEY;
    }
    if (signing && text_differs(stated->name, signing->subject)) {
        parts |= REGISTRATION_SUBJECT;
    }
    if (signing && (time_differs(stated->certificate_not_before, signing->not_before) ||
                    time_differs(stated->certificate_not_after, signing->not_after))) {
        parts |= REGISTRATION_VALIDITY;
    }
    return parts;
}
