/* SPDX-License-Identifier: Apache-2.0 */
/* The times of log entries, in each of their forms. */
#include <string.h>

#include "base/clock.h"
#include "captures/ccm_log.h"
#include "evidence/basics.h"

struct reader {
    const char *at;
    const char *end;
    bool failed;
};

static int number(struct reader *in, int digits_most)
{
    int value = 0;
    int digits = 0;

    while (in->at < in->end && *in->at >= '0' && *in->at <= '9' && digits < digits_most) {
        value = value * 10 + (*in->at++ - '0');
        digits++;
    }
    in->failed = in->failed || digits == 0;
    return value;
}

static void expect(struct reader *in, char c)
{
    if (in->at < in->end && *in->at == c) {
        in->at++;
    } else {
        in->failed = true;
    }
}

static struct reader reader_of(const char *text, size_t length)
{
    return (struct reader){.at = text, .end = text ? text + length : NULL, .failed = text == NULL};
}

/* HH:mm:ss.fff with or without a bias, in microseconds of the day; the bias is taken off. Digits
   glued behind the milliseconds are a bias without sign. */
static int64_t clock_time(struct reader *in, bool *has_zone_out)
{
    int64_t seconds = number(in, 2) * 3600;
    int milliseconds = 0;
    int bias = 0;

    expect(in, ':');
    seconds += number(in, 2) * 60;
    expect(in, ':');
    seconds += number(in, 2);
    *has_zone_out = false;
    if (!in->failed && in->at < in->end && *in->at == '.') {
        in->at++;
        milliseconds = number(in, 3);
    }
    if (!in->failed && in->at < in->end && strchr("+-0123456789", *in->at)) {
        const bool west = *in->at != '-';

        in->at += *in->at == '+' || *in->at == '-' ? 1 : 0;
        bias = west ? number(in, 4) : -number(in, 4);
        *has_zone_out = !in->failed;
    }
    return (seconds + (int64_t)bias * 60) * CLOCK_US_PER_SECOND + (int64_t)milliseconds * 1000;
}

/* The day's beginning, in microseconds. */
static int64_t calendar_day(struct reader *in, int year, int month, int day)
{
    in->failed = in->failed || month < 1 || month > 12 || day < 1 || day > 31;
    return in->failed ? 0 : clock_from_calendar(year, month, day, 0, 0, 0) * CLOCK_US_PER_SECOND;
}

/* MM-dd-yyyy, as both forms of the product write it, in microseconds. */
static int64_t american_date(struct reader *in)
{
    const int month = number(in, 2);
    int day;
    int year;

    expect(in, '-');
    day = number(in, 2);
    expect(in, '-');
    year = number(in, 4);
    return calendar_day(in, year, month, day);
}

static int64_t tagged_time(const struct ccm_log_entry *entry, bool *has_zone_out)
{
    size_t time_length = 0;
    size_t date_length = 0;
    const char *time_text = ccm_log_attribute(entry, "time", &time_length);
    const char *date_text = ccm_log_attribute(entry, "date", &date_length);
    struct reader time = reader_of(time_text, time_length);
    struct reader date = reader_of(date_text, date_length);
    const int64_t day = american_date(&date);
    const int64_t of_day = clock_time(&time, has_zone_out);

    return time.failed || date.failed ? EVIDENCE_UNKNOWN : day + of_day;
}

static int64_t dollars_time(const struct ccm_log_entry *entry, bool *has_zone_out)
{
    struct reader in = reader_of(entry->attributes, entry->attributes_length);
    int64_t at;

    expect(&in, '<');
    at = american_date(&in);
    expect(&in, ' ');
    at += clock_time(&in, has_zone_out);
    return in.failed ? EVIDENCE_UNKNOWN : at;
}

/* As the reader's Windows writes it: 03.07.2019 14:17:54, 7/3/2019 2:17:54 PM, 2019-07-03 14:17:54.
   Dots mean day first; of slashes only a number above 12 tells. */
static int64_t copied_time(const struct ccm_log_entry *entry)
{
    struct reader in = reader_of(entry->attributes, entry->attributes_length);
    int first = number(&in, 4);
    const char separator = in.at < in.end ? *in.at : '\0';
    bool has_zone;
    int64_t of_day;
    int second;
    int third;

    expect(&in, separator);
    second = number(&in, 2);
    expect(&in, separator);
    third = number(&in, 4);
    expect(&in, ' ');
    of_day = clock_time(&in, &has_zone);
    if (in.failed || (separator == '/' && first <= 12 && second <= 12 && first != second)) {
        return EVIDENCE_UNKNOWN;
    }
    if (in.end - in.at >= 3 && (in.at[1] == 'P' || in.at[1] == 'A') && in.at[2] == 'M') {
        const int64_t half = (int64_t)12 * 3600 * CLOCK_US_PER_SECOND;

        of_day = of_day % half + (in.at[1] == 'P' ? half : 0);
    }
    if (first > 31) { /* the year stands first */
        of_day += calendar_day(&in, first, second, third);
    } else if (separator == '.' || first > 12) {
        of_day += calendar_day(&in, third, second, first);
    } else {
        of_day += calendar_day(&in, third, first, second);
    }
    return in.failed ? EVIDENCE_UNKNOWN : of_day;
}

int64_t ccm_log_time(const struct ccm_log_entry *entry, bool *has_zone_out)
{
    *has_zone_out = false;
    switch (entry->form) {
    case CCM_LOG_TAGGED:
        return tagged_time(entry, has_zone_out);
    case CCM_LOG_DOLLARS:
        return dollars_time(entry, has_zone_out);
    case CCM_LOG_COPIED:
        return copied_time(entry);
    case CCM_LOG_BARE:
        break;
    }
    return EVIDENCE_UNKNOWN;
}
