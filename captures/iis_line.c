/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_line.h"

#include <ctype.h>
#include <string.h>

#include "base/clock.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

enum {
    WORDS = 64, /* of one line; IIS has 22 standard fields, custom ones are added behind */
    STATUS_DIGITS = 3,
    NUMBER_DIGITS = 10,
};

/* W3C names, and those of HTTPERR that differ. */
static const struct {
    const char *name;
    enum iis_field field;
} NAMES[] = {
    {"date", IIS_DATE},
    {"time", IIS_TIME},
    {"s-sitename", IIS_SITE},
    {"s-siteid", IIS_SITE},
    {"s-ip", IIS_SERVER},
    {"s-port", IIS_PORT},
    {"cs-method", IIS_METHOD},
    {"cs-uri-stem", IIS_PATH},
    {"cs-uri", IIS_PATH},
    {"cs-username", IIS_USER},
    {"c-ip", IIS_CLIENT},
    {"cs(User-Agent)", IIS_AGENT},
    {"sc-status", IIS_STATUS},
    {"sc-substatus", IIS_SUBSTATUS},
    {"sc-win32-status", IIS_WIN32},
    {"s-reason", IIS_REASON},
    {"s-computername", IIS_COMPUTER},
    {"cs-host", IIS_HOST},
};

const char *iis_field_name(enum iis_field field)
{
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (NAMES[i].field == field) {
            return NAMES[i].name;
        }
    }
    return "";
}

static bool is(struct iis_span word, const char *text)
{
    return word.length == strlen(text) && strncasecmp(word.text, text, word.length) == 0;
}

enum { STRIDE = 64 }; /* bytes that are looked at together */

/* A bit for each blank of STRIDE bytes. */
static uint64_t blanks_of(const char *text)
{
    uint64_t blanks = 0;

#if defined(__SSE2__)
    for (size_t i = 0; i < STRIDE; i += sizeof(__m128i)) {
        const __m128i bytes = _mm_loadu_si128((const void *)(text + i));
        const __m128i found = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(' '));

        blanks |= (uint64_t)(unsigned)_mm_movemask_epi8(found) << i;
    }
#else
    for (size_t i = 0; i < STRIDE; i++) {
        blanks |= (uint64_t)(text[i] == ' ') << i;
    }
#endif
    return blanks;
}

/* The words between blanks; more than there is room for are counted, not kept. */
static size_t divide(const char *text, size_t length, struct iis_span words[WORDS])
{
    size_t begin = 0;
    size_t count = 0;
    char last[STRIDE];

    for (size_t at = 0; at <= length; at += STRIDE) {
        const char *bytes = text + at;
        uint64_t blanks;

        if (length - at < STRIDE) { /* the line's end is one, too */
            memset(last, ' ', STRIDE);
            memcpy(last, bytes, length - at);
            bytes = last;
        }
        for (blanks = blanks_of(bytes); blanks && begin <= length; blanks &= blanks - 1) {
            const size_t stop = at + (size_t)__builtin_ctzll(blanks);

            if (stop > begin && count < WORDS) {
                words[count] = (struct iis_span){text + begin, stop - begin};
            }
            count += stop > begin ? 1 : 0;
            begin = stop + 1;
        }
    }
    return count;
}

static size_t without_return(const char *text, size_t length)
{
    while (length > 0 && (text[length - 1] == '\r' || text[length - 1] == '\0')) {
        length--;
    }
    return length;
}

/* --- the columns --- */

/* Of a W3C log, and of HTTPERR, which has no users. */
static uint16_t missing_of(const struct iis_columns *columns)
{
    static const enum iis_field w3c[] = {IIS_DATE,   IIS_TIME,   IIS_METHOD,    IIS_PATH, IIS_USER,
                                         IIS_CLIENT, IIS_STATUS, IIS_SUBSTATUS, IIS_WIN32};
    static const enum iis_field httperr[] = {IIS_DATE, IIS_TIME, IIS_PATH, IIS_CLIENT};
    const bool refused = columns->column_of[IIS_REASON] > 0;
    const enum iis_field *wanted = refused ? httperr : w3c;
    const size_t count =
        refused ? sizeof(httperr) / sizeof(httperr[0]) : sizeof(w3c) / sizeof(w3c[0]);
    uint16_t missing = 0;

    for (size_t i = 0; i < count; i++) {
        missing |= columns->column_of[wanted[i]] ? 0 : (uint16_t)(1U << wanted[i]);
    }
    return missing;
}

bool iis_columns_read(struct iis_columns *columns, const char *text, size_t length)
{
    struct iis_columns found;
    struct iis_span words[WORDS];
    const size_t count = divide(text, without_return(text, length), words);

    memset(&found, 0, sizeof(found)); /* columns are compared as bytes */
    if (count < 2 || count > WORDS || !is(words[0], "#Fields:")) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        for (size_t k = 0; k < sizeof(NAMES) / sizeof(NAMES[0]); k++) {
            if (is(words[i], NAMES[k].name) && !found.column_of[NAMES[k].field]) {
                found.column_of[NAMES[k].field] = (uint8_t)i;
            }
        }
    }
    found.count = (uint8_t)(count - 1);
    found.missing = missing_of(&found);
    found.mixed = found.column_of[IIS_METHOD] > found.column_of[IIS_PATH] ||
                  (found.column_of[IIS_STATUS] > 0 &&
                   found.column_of[IIS_PATH] > found.column_of[IIS_STATUS]);
    *columns = found;
    return true;
}

/* --- by shape --- */

static const struct iis_span NOTHING = {NULL, 0};

static void set(struct iis_line *line, enum iis_field field, struct iis_span word)
{
    line->fields[field] = word.length == 1 && word.text[0] == '-' ? NOTHING : word;
}

static bool is_number(struct iis_span word, size_t digits)
{
    for (size_t i = 0; i < word.length; i++) {
        if (!isdigit((unsigned char)word.text[i])) {
            return false;
        }
    }
    return word.length > 0 && (digits == 0 || word.length == digits);
}

static bool is_address(struct iis_span word)
{
    return word.length > 2 && (memchr(word.text, '.', word.length) != NULL ||
                               memchr(word.text, ':', word.length) != NULL);
}

static bool is_date(struct iis_span word)
{
    return word.length == strlen("2009-05-20") && word.text[4] == '-' && word.text[7] == '-';
}

static bool is_clock(struct iis_span word)
{
    return word.length >= strlen("19:35:11") && word.text[2] == ':' && word.text[5] == ':';
}

/* The method stands before the path; methods are in capitals. */
static size_t find_method(const struct iis_span *words, size_t count)
{
    for (size_t i = 0; i + 1 < count; i++) {
        if (words[i + 1].text[0] == '/' && isupper((unsigned char)words[i].text[0]) &&
            !memchr(words[i].text, '/', words[i].length)) {
            return i;
        }
    }
    return count;
}

/* HTTP/1.1 METHOD /path [streamid] status siteid reason, after c-ip c-port s-ip s-port. */
static bool guess_httperr(const struct iis_span *words, size_t count, size_t method,
                          struct iis_line *line)
{
    size_t status = method + 2;

    if (status + 1 < count && !is_number(words[status], STATUS_DIGITS)) {
        status++;
    }
    if (method < 5 || status + 2 >= count) {
        return false;
    }
    set(line, IIS_CLIENT, words[method - 5]);
    set(line, IIS_SERVER, words[method - 3]);
    set(line, IIS_PORT, words[method - 2]);
    set(line, IIS_STATUS, words[status]);
    set(line, IIS_SITE, words[status + 1]);
    set(line, IIS_REASON, words[status + 2]);
    return true;
}

/* METHOD /path query port user c-ip agent [referer] status substatus win32: the default order of
   all versions. */
static bool guess_w3c(const struct iis_span *words, size_t count, size_t method,
                      struct iis_line *line)
{
    const size_t agent = method + 6;
    size_t status = agent + 1;

    while (status + 2 < count &&
           !(is_number(words[status], STATUS_DIGITS) && is_number(words[status + 1], 0) &&
             is_number(words[status + 2], 0))) {
        status++;
    }
    if (status + 2 >= count) {
        return false;
    }
    if (method > 0 && is_address(words[method - 1])) {
        set(line, IIS_SERVER, words[method - 1]);
    }
    set(line, IIS_PORT, words[method + 3]);
    set(line, IIS_USER, words[method + 4]);
    set(line, IIS_CLIENT, words[method + 5]);
    set(line, IIS_AGENT, words[agent]);
    set(line, IIS_STATUS, words[status]);
    set(line, IIS_SUBSTATUS, words[status + 1]);
    set(line, IIS_WIN32, words[status + 2]);
    return true;
}

static bool guess(const struct iis_span *words, size_t count, struct iis_line *line)
{
    const size_t method = find_method(words, count);

    if (method == count) {
        return false;
    }
    line->guessed = true;
    for (size_t i = 0; i + 1 < method; i++) {
        if (is_date(words[i]) && is_clock(words[i + 1])) {
            set(line, IIS_DATE, words[i]);
            set(line, IIS_TIME, words[i + 1]);
        } else if (words[i].length > 5 && memcmp(words[i].text, "W3SVC", 5) == 0) {
            set(line, IIS_SITE, words[i]);
            if (!is_address(words[i + 1])) {
                set(line, IIS_COMPUTER, words[i + 1]);
            }
        }
    }
    set(line, IIS_METHOD, words[method]);
    set(line, IIS_PATH, words[method + 1]);
    if (method > 0 && words[method - 1].length > 5 &&
        memcmp(words[method - 1].text, "HTTP/", 5) == 0) {
        return guess_httperr(words, count, method, line);
    }
    return guess_w3c(words, count, method, line);
}

/* --- lines --- */

bool iis_line_read(const struct iis_columns *columns, const char *text, size_t length,
                   struct iis_line *line_out)
{
    struct iis_span words[WORDS];
    const size_t count = divide(text, without_return(text, length), words);

    line_out->guessed = false;
    line_out->missing = columns->missing;
    if (count > WORDS) {
        return false;
    }
    if (columns->count == 0) {
        memset(line_out->fields, 0, sizeof(line_out->fields));
        return guess(words, count, line_out);
    }
    if (count != columns->count) {
        return false;
    }
    for (int field = 0; field < IIS_FIELD_COUNT; field++) {
        const uint8_t column = columns->column_of[field];

        set(line_out, (enum iis_field)field, column > 0 ? words[column - 1] : NOTHING);
    }
    return true;
}

int64_t iis_number(struct iis_span span)
{
    int64_t value = 0;

    if (span.length == 0 || span.length > NUMBER_DIGITS) {
        return -1;
    }
    for (size_t i = 0; i < span.length; i++) {
        const unsigned digit = (unsigned)(span.text[i] - '0');

        if (digit > 9) {
            return -1;
        }
        value = value * 10 + digit;
    }
    return value;
}

static int part(struct iis_span span, size_t at, size_t digits)
{
    return (int)iis_number((struct iis_span){span.text + at, digits});
}

/* Midnight of "2009-05-20"; INT64_MIN when it is no date. */
static int64_t midnight(struct iis_span date)
{
    const int year = part(date, 0, 4);
    const int month = part(date, 5, 2);
    const int day = part(date, 8, 2);

    return year < 0 || month < 1 || month > 12 || day < 1 || day > 31
               ? INT64_MIN
               : clock_from_calendar(year, month, day, 0, 0, 0);
}

int64_t iis_time(const struct iis_line *line, struct iis_day *day)
{
    const struct iis_span date = line->fields[IIS_DATE];
    const struct iis_span time = line->fields[IIS_TIME];
    int hour;
    int minute;
    int second;

    if (!date.text || !time.text || !is_date(date) || !is_clock(time)) {
        return INT64_MIN;
    }
    if (memcmp(day->text, date.text, sizeof(day->text)) != 0) {
        memcpy(day->text, date.text, sizeof(day->text));
        day->begins = midnight(date);
    }
    hour = part(time, 0, 2);
    minute = part(time, 3, 2);
    second = part(time, 6, 2);
    return day->begins == INT64_MIN || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
                   second < 0 || second > 60
               ? INT64_MIN
               : day->begins + (hour * 60 + minute) * 60 + second;
}
