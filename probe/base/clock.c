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

int64_t clock_from_calendar(int year, int month, int day, int hour, int minute, int second)
{
    struct tm calendar = {
        .tm_year = year - 1900,
        .tm_mon = month - 1,
        .tm_mday = day,
        .tm_hour = hour,
        .tm_min = minute,
        .tm_sec = second,
    };

    return timegm(&calendar);
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
    struct tm calendar;
    time_t time;

    if (micros < 0) {
        micros += CLOCK_US_PER_SECOND;
        seconds--;
    }
    time = (time_t)(seconds < first ? first : seconds > last ? last : seconds);
    gmtime_r(&time, &calendar);
    memcpy(text, shape, sizeof(shape));
    write_digits(text, 4, calendar.tm_year + 1900);
    write_digits(text + 5, 2, calendar.tm_mon + 1);
    write_digits(text + 8, 2, calendar.tm_mday);
    write_digits(text + 11, 2, calendar.tm_hour);
    write_digits(text + 14, 2, calendar.tm_min);
    write_digits(text + 17, 2, calendar.tm_sec);
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
