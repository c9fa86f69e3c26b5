/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of the protocol: filters, range options, times. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "ldap/search.h"

void filter_escape(struct buffer *filter, const char *value)
{
    for (const char *at = value; *at; at++) {
        /* What is not printable ASCII is valid as it is, but hard to read in a report. */
        if (strchr("*()\\", *at) || (unsigned char)*at < 0x20 || (unsigned char)*at > 0x7E) {
            buffer_printf(filter, "\\%02x", (unsigned)(unsigned char)*at);
        } else {
            buffer_putc(filter, *at);
        }
    }
}

/* Digits, at most nine of them; false when there is none. */
static bool read_number(const char **at, size_t *number_out)
{
    const char *start = *at;

    *number_out = 0;
    while (isdigit((unsigned char)**at) && *at - start < 9) {
        *number_out = *number_out * 10 + (size_t)(**at - '0');
        (*at)++;
    }
    return *at > start;
}

bool range_parse(const char *description, size_t *name_length_out, size_t *next_out)
{
    static const char option[] = ";range=";
    const char *at = strchr(description, ';');
    size_t first;
    size_t last;

    *name_length_out = at ? (size_t)(at - description) : strlen(description);
    *next_out = 0;
    while (at && strncasecmp(at, option, strlen(option)) != 0) {
        at = strchr(at + 1, ';');
    }
    if (!at) {
        return true;
    }
    at += strlen(option);
    if (!read_number(&at, &first) || *at++ != '-') {
        return false;
    }
    if (strcmp(at, "*") == 0) {
        return true;
    }
    if (!read_number(&at, &last) || *at != '\0' || last < first) {
        return false;
    }
    *next_out = last + 1;
    return true;
}

/* Two digits of the calendar; -1 for anything else. */
static int two_digits(const char *text)
{
    if (!isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1])) {
        return -1;
    }
    return (text[0] - '0') * 10 + (text[1] - '0');
}

int64_t generalized_time_parse(const char *text)
{
    static const int maxima[] = {99, 99, 12, 31, 23, 59, 60};
    int parts[7]; /* century, year, month, day, hour, minute, second */

    for (int i = 0; i < 7; i++) {
        parts[i] = two_digits(text);
        if (parts[i] < 0 || parts[i] > maxima[i]) {
            return EVIDENCE_UNKNOWN;
        }
        text += 2;
    }
    if (*text == '.' || *text == ',') {
        text++;
        text += strspn(text, "0123456789"); /* AD writes ".0" */
    }
    if (strcmp(text, "Z") != 0 || parts[2] == 0 || parts[3] == 0) {
        return EVIDENCE_UNKNOWN;
    }
    return clock_from_calendar(parts[0] * 100 + parts[1], parts[2], parts[3], parts[4], parts[5],
                               parts[6]) *
           CLOCK_US_PER_SECOND;
}
