/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * CLOCK_US_PER_SECOND + now.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

/* --- the calendar ---

   Computed rather than asked of timegm and gmtime_r: those take a lock and look for the rules of a
   time zone, which a trace of many calls and a report full of times would spend their time on. */

enum {
    DAYS_OF_YEAR = 365,
    DAYS_OF_4_YEARS = 4 * DAYS_OF_YEAR + 1,
    DAYS_OF_CENTURY = 25 * DAYS_OF_4_YEARS - 1,
    DAYS_OF_ERA = 4 * DAYS_OF_CENTURY + 1, /* 400 years, after which the calendar repeats */
    DAYS_BEFORE_1970 = 719468,             /* since 0000-03-01 */
    SECONDS_OF_DAY = 24 * 60 * 60,
};

/* Rounded down, unlike C's division. */
static int64_t divide(int64_t value, int64_t by)
{
    return value / by - (value % by < 0 ? 1 : 0);
}

/* Days before a month, counted from March, so that the leap day is the last of a year: months of 31
   and 30 days take turns but for two neighbours, which a slope of 153 days in 5 months gives. */
static int64_t days_before_month(int64_t month)
{
    return (153 * month + 2) / 5;
}

int64_t clock_from_calendar(int year, int month, int day, int hour, int minute, int second)
{
    const int64_t months = (int64_t)year * 12 + month - 3; /* since March of the year 0 */
    const int64_t of_march = divide(months, 12);
    const int64_t era = divide(of_march, 400);
    const int64_t in_era = of_march - era * 400;
    const int64_t days = era * DAYS_OF_ERA + in_era * DAYS_OF_YEAR + in_era / 4 - in_era / 100 +
                         days_before_month(months - of_march * 12) + day - 1 - DAYS_BEFORE_1970;

    return days * SECONDS_OF_DAY + (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
}

struct calendar {
    int64_t year;
    int64_t month;  /* from 1 */
    int64_t day;    /* from 1 */
    int64_t second; /* of the day */
};

static struct calendar calendar_of(int64_t seconds)
{
    const int64_t since = divide(seconds, SECONDS_OF_DAY);
    const int64_t days = since + DAYS_BEFORE_1970;
    const int64_t era = divide(days, DAYS_OF_ERA);
    const int64_t in_era = days - era * DAYS_OF_ERA;
    const int64_t year = (in_era - in_era / (DAYS_OF_4_YEARS - 1) + in_era / DAYS_OF_CENTURY -
                          in_era / (DAYS_OF_ERA - 1)) /
                         DAYS_OF_YEAR;
    const int64_t in_year = in_era - (year * DAYS_OF_YEAR + year / 4 - year / 100);
    const int64_t month = (5 * in_year + 2) / 153;

    return (struct calendar){
        .year = era * 400 + year + (month >= 10 ? 1 : 0),
        .month = month < 10 ? month + 3 : month - 9,
        .day = in_year - days_before_month(month) + 1,
        .second = seconds - since * SECONDS_OF_DAY,
    };
}

/* Reports and evidence are full of times: these two are for all of their digits. */
static void write_digits(char *text, size_t count, int64_t value)
{
    while (count > 0) {
        text[--count] = (char)('0' + value % 10);
        value /= 10;
    }
}

static int read_digits(const char *text, size_t count)
{
    int value = 0;

    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

const char *clock_format(int64_t wall_us, char text[CLOCK_TEXT_SIZE])
{
    static const char shape[] = "0000-00-00T00:00:00.000000Z";
    const int64_t first = -62167219200LL; /* 0000-01-01T00:00:00Z */
    const int64_t last = 253402300799LL;  /* 9999-12-31T23:59:59Z */
    int64_t micros = wall_us % CLOCK_US_PER_SECOND;
    int64_t seconds = wall_us / CLOCK_US_PER_SECOND;
    struct calendar calendar;

    if (micros < 0) {
        micros += CLOCK_US_PER_SECOND;
        seconds--;
    }
    calendar = calendar_of(seconds < first ? first : seconds > last ? last : seconds);
    memcpy(text, shape, sizeof(shape));
    write_digits(text, 4, calendar.year);
    write_digits(text + 5, 2, calendar.month);
    write_digits(text + 8, 2, calendar.day);
    write_digits(text + 11, 2, calendar.second / 3600);
    write_digits(text + 14, 2, calendar.second / 60 % 60);
    write_digits(text + 17, 2, calendar.second % 60);
    write_digits(text + 20, 6, micros);
    return text;
}

bool clock_parse(const char *text, int64_t *wall_us_out)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    int year, month, day, hour, minute, second;
    int64_t micros = 0;
    const char *rest;

    *wall_us_out = 0;
    for (size_t i = 0; shape[i]; i++) {
        if (shape[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != shape[i]) {
            return false;
        }
    }
    year = read_digits(text, 4);
    month = read_digits(text + 5, 2);
    day = read_digits(text + 8, 2);
    hour = read_digits(text + 11, 2);
    minute = read_digits(text + 14, 2);
    second = read_digits(text + 17, 2);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    rest = text + strlen(shape);
    if (*rest == '.') {
        int64_t unit = CLOCK_US_PER_SECOND / 10;

        for (rest++; isdigit((unsigned char)*rest) && unit > 0; rest++, unit /= 10) {
            micros += unit * (*rest - '0');
        }
    }
    if (strcmp(rest, "Z") != 0) {
        return false;
    }
    *wall_us_out =
        clock_from_calendar(year, month, day, hour, minute, second) * CLOCK_US_PER_SECOND + micros;
    return true;
}
