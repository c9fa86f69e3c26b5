/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/identity.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "decode/utf16.h"
#include "evidence/evidence.h"

static const char SECTION[] = "Configuration - Client Properties";

/* Longer values are cut: the longest that is used is a serial number in hexadecimal. */
enum { VALUE_LIMIT = 512, THUMBPRINT_LENGTH = 40 };

/* A piece of the file, borrowed. */
struct span {
    const char *at;
    size_t length;
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\0';
}

static struct span trim(const char *at, size_t length)
{
    while (length > 0 && is_blank(*at)) {
        at++;
        length--;
    }
    while (length > 0 && is_blank(at[length - 1])) {
        length--;
    }
    return (struct span){at, length};
}

static bool span_is(struct span span, const char *word)
{
    return span.length == strlen(word) && strncasecmp(span.at, word, span.length) == 0;
}

/* GetPrivateProfileString leaves out one pair of quotation marks of either kind. */
static struct span unquote(struct span value)
{
    if (value.length >= 2 && (value.at[0] == '"' || value.at[0] == '\'') &&
        value.at[value.length - 1] == value.at[0]) {
        return (struct span){value.at + 1, value.length - 2};
    }
    return value;
}

static int hex_digit(char digit)
{
    return digit >= '0' && digit <= '9'   ? digit - '0'
           : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
           : digit >= 'A' && digit <= 'F' ? digit - 'A' + 10
                                          : -1;
}

/* "56004D00..." is "VM...". What is no such text is kept as it is. */
static const char *decode_serial(struct arena *arena, struct span value)
{
    char bytes[VALUE_LIMIT];
    char text[VALUE_LIMIT * 2];
    size_t length = 0;

    if (value.length % 4 != 0 || value.length / 2 > sizeof(bytes)) {
        return evidence_text(arena, value.at, value.length, VALUE_LIMIT);
    }
    for (size_t i = 0; i < value.length; i += 2) {
        const int high = hex_digit(value.at[i]);
        const int low = hex_digit(value.at[i + 1]);

        if (high < 0 || low < 0) {
            return evidence_text(arena, value.at, value.length, VALUE_LIMIT);
        }
        bytes[length++] = (char)(high * 16 + low);
    }
    length = utf16le_to_utf8(bytes, length, text, sizeof(text));
    return evidence_text(arena, text, length, VALUE_LIMIT);
}

/* "SMS;78D612..." is the store SMS and the thumbprint behind it. */
static void read_certificate(struct arena *arena, struct span value, struct identity_file *file)
{
    const char *semicolon = memchr(value.at, ';', value.length);
    char digits[THUMBPRINT_LENGTH];
    struct span thumbprint;

    if (!semicolon) {
        return;
    }
    file->store = evidence_text(arena, value.at, (size_t)(semicolon - value.at), VALUE_LIMIT);
    thumbprint = trim(semicolon + 1, value.length - (size_t)(semicolon - value.at) - 1);
    if (thumbprint.length != THUMBPRINT_LENGTH) {
        return;
    }
    for (size_t i = 0; i < THUMBPRINT_LENGTH; i++) {
        const int digit = hex_digit(thumbprint.at[i]);

        if (digit < 0) {
            return;
        }
        digits[i] = "0123456789ABCDEF"[digit];
    }
    file->thumbprint = arena_strndup(arena, digits, THUMBPRINT_LENGTH);
}

/* The number of `width` digits at `at`, or -1. */
static int number_at(const char *at, int width)
{
    int number = 0;

    for (int i = 0; i < width; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
        number = number * 10 + (at[i] - '0');
    }
    return number;
}

/* "01/14/2023 16:38:06": month, day, year. */
static int64_t parse_date(struct span value)
{
    static const char form[] = "00/00/0000 00:00:00";
    int month, day, year, hour, minute, second;

    if (value.length != sizeof(form) - 1) {
        return EVIDENCE_UNKNOWN;
    }
    for (size_t i = 0; i < value.length; i++) {
        const bool digit = value.at[i] >= '0' && value.at[i] <= '9';

        if (form[i] == '0' ? !digit : value.at[i] != form[i]) {
            return EVIDENCE_UNKNOWN;
        }
    }
    month = number_at(value.at, 2);
    day = number_at(value.at + 3, 2);
    year = number_at(value.at + 6, 4);
    hour = number_at(value.at + 11, 2);
    minute = number_at(value.at + 14, 2);
    second = number_at(value.at + 17, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
        return EVIDENCE_UNKNOWN;
    }
    return clock_from_calendar(year, month, day, hour, minute, second) * CLOCK_US_PER_SECOND;
}

static void read_line(struct arena *arena, struct span name, struct span value,
                      struct identity_file *file)
{
    const struct {
        const char *name;
        const char **into;
    } texts[] = {
        {"SMS Unique Identifier", &file->guid},
        {"Previous SMSUID", &file->previous_guid},
        {"Last SMSUID Change Date", &file->changed},
        {"SMS Hardware Identifier", &file->hardware_id},
        {"SMS Hardware Identifier 2", &file->hardware_id2},
        {"SID", &file->machine_sid},
        {"Last Version", &file->version},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (span_is(name, texts[i].name) && !*texts[i].into) {
            *texts[i].into = evidence_text(arena, value.at, value.length, VALUE_LIMIT);
            if (texts[i].into == &file->changed) {
                file->changed_at = parse_date(value);
            }
            return;
        }
    }
    if (span_is(name, "SMS SMBIOS Serial Number Identifier") && !file->smbios_serial) {
        file->smbios_serial = decode_serial(arena, value);
    } else if (span_is(name, "SMS Certificate Identifier") && !file->store) {
        read_certificate(arena, value, file);
    }
}

static bool read_lines(struct arena *arena, const char *text, size_t length,
                       struct identity_file *file)
{
    const char *const end = text + length;
    bool seen = false;
    bool inside = false;

    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const struct span line = trim(text, (size_t)((stop ? stop : end) - text));
        const char *equals = memchr(line.at, '=', line.length);

        if (line.length > 0 && line.at[0] == '[') {
            const char *close = memchr(line.at, ']', line.length);
            const size_t name = (size_t)((close ? close : line.at + line.length) - line.at) - 1;

            /* Only the first section of a name counts. */
            inside = !seen && span_is(trim(line.at + 1, name), SECTION);
            seen = seen || inside;
        } else if (inside && equals && line.at[0] != ';') {
            const size_t name = (size_t)(equals - line.at);

            read_line(arena, trim(line.at, name), unquote(trim(equals + 1, line.length - name - 1)),
                      file);
        }
        text = stop ? stop + 1 : end;
    }
    return seen;
}

bool identity_read(struct arena *arena, const void *bytes, size_t length,
                   struct identity_file *file_out)
{
    static const char utf8_mark[] = "\xEF\xBB\xBF";
    const char *text = bytes;

    memset(file_out, 0, sizeof(*file_out));
    file_out->changed_at = EVIDENCE_UNKNOWN;
    if (length >= 2 && memcmp(text, "\xFF\xFE", 2) == 0) {
        const size_t room = length / 2 * 3; /* a unit of UTF-16 is at most three bytes */
        char *converted = arena_alloc(arena, room + 1);

        length = utf16le_to_utf8(text + 2, length - 2, converted, room);
        text = converted;
    } else if (length >= 3 && memcmp(text, utf8_mark, 3) == 0) {
        text += 3;
        length -= 3;
    }
    return read_lines(arena, text, length, file_out);
}

bool identity_guid(const char *text, char guid[IDENTITY_GUID_SIZE])
{
    static const char form[] = "00000000-0000-0000-0000-000000000000";

    if (!text) {
        return false;
    }
    text += strncasecmp(text, "GUID:", 5) == 0 ? 5 : 0;
    text += *text == '{' ? 1 : 0;
    for (size_t i = 0; i < sizeof(form) - 1; i++) {
        const int digit = hex_digit(text[i]);

        if (form[i] == '-' ? text[i] != '-' : digit < 0) {
            return false;
        }
        guid[i] = form[i] == '-' ? '-' : "0123456789ABCDEF"[digit];
    }
    guid[sizeof(form) - 1] = '\0';
    return text[sizeof(form) - 1] == '\0' || text[sizeof(form) - 1] == '}';
}
