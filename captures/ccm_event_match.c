/* SPDX-License-Identifier: Apache-2.0 */
/* What a message alone tells. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "captures/bytes.h"
#include "captures/ccm_events.h"

enum { NAME_LIMIT = 256 };

struct pattern {
    enum log_event_kind event;
    const char *text;
};

static const struct pattern PATTERNS[] = {
#define EVENT(event, text) {event, text},
#include "captures/ccm_events.def"
#undef EVENT
};

/* --- patterns --- */

static char fold(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool same_letter(char a, char b)
{
    return fold(a) == fold(b);
}

static int64_t number_of(const char *text)
{
    char *end;
    const bool hexadecimal = text[0] == '0' && same_letter(text[1], 'x');
    const long long value = strtoll(text, &end, hexadecimal ? 16 : 10);

    if (end == text) {
        return EVIDENCE_UNKNOWN;
    }
    /* HRESULTs are also written as negative numbers: the same 32 bits. */
    return value < 0 && value >= INT32_MIN ? (int64_t)(uint32_t)value : (int64_t)value;
}

/* "DOMAIN\name" and GUIDs stand where a name is expected, too. */
static void set_client(const char *text, struct evidence_log_event *event)
{
    if (strncasecmp(text, "GUID:", 5) == 0) {
        event->smsid = text;
    } else {
        event->client = text;
    }
}

static void set_place(char place, const char *text, struct evidence_log_event *event)
{
    switch (place) {
    case 'g':
        event->smsid = text;
        break;
    case 't':
        event->thumbprint = text;
        break;
    case 'n':
        set_client(text, event);
        break;
    case 'u':
        event->url = text;
        break;
    case 'f':
        event->file = text;
        break;
    case 'c':
        event->code = number_of(text);
        break;
    case 'a':
        event->approval = number_of(text);
        break;
    case 's':
        event->http_status = number_of(text);
        break;
    default: /* %d matters not */
        break;
    }
}

/* What stands in a message at a place of its pattern. */
struct place {
    char kind;
    const char *text;
    size_t length;
};

/* Where the place ends: where the text behind it begins, or at white space when none does. */
static size_t place_length(const char *pattern, const char *message, size_t length)
{
    const size_t literal = strcspn(pattern, "%");

    for (size_t i = 0; i < length; i++) {
        if (literal == 0 ? isspace((unsigned char)message[i])
                         : same_letter(message[i], *pattern) && length - i >= literal &&
                               strncasecmp(message + i, pattern, literal) == 0) {
            return i;
        }
    }
    return literal == 0 ? length : (size_t)-1;
}

/* Fills the pattern's places, and one without text behind them. */
static bool matches(const char *pattern, const char *message, size_t length, struct place *places)
{
    while (*pattern) {
        if (*pattern == '%') {
            const size_t size = place_length(pattern + 2, message, length);

            if (size == (size_t)-1 || size == 0) {
                return false;
            }
            *places++ = (struct place){pattern[1], message, size};
            pattern += 2;
            message += size;
            length -= size;
            continue;
        }
        if (length == 0 || !same_letter(*pattern, *message)) {
            return false;
        }
        pattern++;
        message++;
        length--;
    }
    places->text = NULL;
    return true;
}

/* The first letters without regard to case; a few other characters are alike, too. */
static uint64_t first_letters(const char *text)
{
    uint64_t letters;

    memcpy(&letters, text, sizeof(letters));
    return letters | 0x2020202020202020ULL;
}

/* No pattern is shorter than its first letters, nor has a place in them. */
static const struct pattern *find_pattern(const char *message, size_t length, struct place *places)
{
    const uint64_t letters = length >= sizeof(letters) ? first_letters(message) : 0;

    for (size_t i = 0; i < sizeof(PATTERNS) / sizeof(PATTERNS[0]); i++) {
        if (first_letters(PATTERNS[i].text) == letters &&
            matches(PATTERNS[i].text, message, length, places)) {
            return &PATTERNS[i];
        }
    }
    return NULL;
}

/* Passes over white space at the beginning. */
static void trim(const char **message, size_t *length)
{
    while (*length > 0 && isspace((unsigned char)**message)) {
        (*message)++;
        (*length)--;
    }
}

bool ccm_event_match(struct arena *arena, const char *message, size_t length,
                     struct evidence_log_event *event_out)
{
    struct place places[CCM_EVENT_PLACES + 1];
    const struct pattern *pattern;

    trim(&message, &length);
    pattern = find_pattern(message, length, places);
    if (!pattern) {
        return false;
    }
    for (const struct place *place = places; place->text; place++) {
        set_place(place->kind, evidence_text(arena, place->text, place->length, NAME_LIMIT),
                  event_out);
    }
    event_out->event = pattern->event;
    return true;
}

/* --- other errors --- */

static bool contains(const char *text, size_t length, const char *word)
{
    const size_t size = strlen(word);

    for (size_t i = 0; i + size <= length; i++) {
        if (same_letter(text[i], *word) && strncasecmp(text + i, word, size) == 0) {
            return true;
        }
    }
    return false;
}

/* The first 0x8....... in the message, 0 when there is none: a failure's HRESULT. */
static int64_t error_code(const char *message, size_t length)
{
    enum { DIGITS = 8 };
    const char *end = message + length;
    const char *at = message;

    while ((at = bytes_find(at, (size_t)(end - at), "0x8")) != NULL) {
        char digits[DIGITS + 1] = {0};
        size_t count = 0;

        at += 2;
        while (at + count < end && count <= DIGITS && isxdigit((unsigned char)at[count])) {
            count++;
        }
        if (count == DIGITS) {
            memcpy(digits, at, DIGITS);
            return (int64_t)strtoul(digits, NULL, 16);
        }
    }
    return 0;
}

bool ccm_event_error(const struct ccm_log_entry *entry, struct evidence_log_event *event_out)
{
    const int64_t code = error_code(entry->message, entry->message_length);
    const int severity = code != 0 ? ccm_log_severity(entry) : 0;

    if (code == 0 ||
        !(severity == 3 ||
          (severity == 0 && (contains(entry->message, entry->message_length, "fail") ||
                             contains(entry->message, entry->message_length, "error"))))) {
        return false;
    }
    event_out->event = LOG_ERROR;
    event_out->code = code;
    return true;
}

void ccm_events_words(struct ccm_scan *scan)
{
    /* How the code of an error begins. */
    static const char *const codes[] = {"0x80", "0x81", "0x82", "0x83", "0x84", "0x85",
                                        "0x86", "0x87", "0x88", "0x89", "0x8a", "0x8b",
                                        "0x8c", "0x8d", "0x8e", "0x8f"};

    for (size_t i = 0; i < sizeof(PATTERNS) / sizeof(PATTERNS[0]); i++) {
        ccm_scan_add(scan, PATTERNS[i].text, strcspn(PATTERNS[i].text, "%"));
    }
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        ccm_scan_add(scan, codes[i], strlen(codes[i]));
    }
}
