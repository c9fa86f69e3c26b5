/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/registration.h"

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

/* --- names of machines --- */

enum { NETBIOS_LENGTH = 15 };

struct piece {
    const char *text;
    size_t length;
};

struct machine_name {
    struct piece domain; /* before the backslash */
    struct piece host;   /* up to the first dot */
    struct piece suffix; /* behind it */
};

static struct machine_name name_parts(const char *name)
{
    const char *slash = strchr(name, '\\');
    const char *host = slash ? slash + 1 : name;
    size_t length = strlen(host);
    const size_t label = strcspn(host, ".");
    struct machine_name parts = {.domain = {name, slash ? (size_t)(slash - name) : 0}};

    length -= length > 0 && (host[length - 1] == '$' || host[length - 1] == '.') ? 1 : 0;
    parts.host = (struct piece){host, label < length ? label : length};
    if (label < length) {
        parts.suffix = (struct piece){host + label + 1, length - label - 1};
    }
    return parts;
}

static bool same_piece(struct piece a, struct piece b)
{
    size_t same = 0;

    while (same < a.length && same < b.length && lower(a.text[same]) == lower(b.text[same])) {
        same++;
    }
    return same == a.length && same == b.length;
}

/* What is not told differs from nothing. */
static bool may_be_same(struct piece a, struct piece b)
{
    return a.length == 0 || b.length == 0 || same_piece(a, b);
}

bool registration_same_machine(const char *a, const char *b)
{
    struct machine_name first = name_parts(a);
    struct machine_name second = name_parts(b);

    if (first.host.length == NETBIOS_LENGTH && second.host.length > NETBIOS_LENGTH) {
        second.host.length = NETBIOS_LENGTH;
    } else if (second.host.length == NETBIOS_LENGTH && first.host.length > NETBIOS_LENGTH) {
        first.host.length = NETBIOS_LENGTH;
    }
    return same_piece(first.host, second.host) && may_be_same(first.suffix, second.suffix) &&
           may_be_same(first.domain, second.domain);
}
