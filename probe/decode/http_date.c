/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/http.h"

#include <string.h>

#include "base/clock.h"

/*
 * The three forms as patterns. Letters stand for a digit of a number (YYYY or YY year, D day, h, m,
 * s), '_' for a space or a digit of the day, "MON" for a month's name; the rest is itself. What
 * stands before the pattern, the day of the week, says nothing new.
 */
static const struct date_form {
    const char *after; /* the day of the week ends here */
    const char *pattern;
} forms[] = {
    {", ", "DD MON YYYY hh:mm:ss GMT"},
    {", ", "DD-MON-yy hh:mm:ss GMT"},
    {" ", "MON _D hh:mm:ss YYYY"},
};

struct calendar {
    int year;
    int month;
    int day;
    int hour;
    int minute;
    int second;
};

/* 1 to 12; 0 for anything else. */
static int month_number(const char *text)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (int i = 0; i < 12; i++) {
        if (memcmp(text, names + 3 * i, 3) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* The number that a letter of the pattern belongs to; NULL for other characters. */
static int *number_of(struct calendar *calendar, char letter)
{
    switch (letter) {
    case 'Y':
    case 'y':
        return &calendar->year;
    case 'D':
    case '_':
        return &calendar->day;
    case 'h':
        return &calendar->hour;
    case 'm':
        return &calendar->minute;
    case 's':
        return &calendar->second;
    default:
        return NULL;
    }
}

static bool match(const char *pattern, const char *text, size_t length, struct calendar *calendar)
{
    if (strlen(pattern) != length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        int *number = number_of(calendar, pattern[i]);

        if (strncmp(pattern + i, "MON", 3) == 0) {
            calendar->month = month_number(text + i);
            i += 2;
        } else if (!number) {
            if (text[i] != pattern[i]) {
                return false;
            }
        } else if (text[i] >= '0' && text[i] <= '9') {
            *number = *number * 10 + (text[i] - '0');
        } else if (pattern[i] != '_' || text[i] != ' ') {
            return false;
        }
    }
    if (strchr(pattern, 'y')) {
        calendar->year += calendar->year < 70 ? 2000 : 1900;
    }
    return true;
}

static bool is_valid(const struct calendar *calendar)
{
    return calendar->month >= 1 && calendar->day >= 1 && calendar->day <= 31 &&
           calendar->hour <= 23 && calendar->minute <= 59 && calendar->second <= 60;
}

bool http_parse_date(const char *text, size_t length, int64_t *wall_us_out)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        const char *after = memmem(text, length, forms[i].after, strlen(forms[i].after));
        struct calendar calendar = {0};
        const char *date;

        if (!after) {
            continue;
        }
        date = after + strlen(forms[i].after);
        if (match(forms[i].pattern, date, length - (size_t)(date - text), &calendar) &&
            is_valid(&calendar)) {
            *wall_us_out = clock_from_calendar(calendar.year, calendar.month, calendar.day,
                                               calendar.hour, calendar.minute, calendar.second) *
                           CLOCK_US_PER_SECOND;
            return true;
        }
    }
    return false;
}
