/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two clocks, both in microseconds: the wall clock (UTC since 1970, what skew is measured against)
 * and the monotonic clock (for durations and deadlines, which a corrected wall clock must not
 * move). Rules and reports never call these: they get times as data.
 */
#ifndef CCM_BASE_CLOCK_H
#define CCM_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_US_PER_SECOND = 1000000 };

int64_t clock_wall_us(void);
int64_t clock_monotonic_us(void);

/* Seconds since 1970 of a UTC calendar time (proleptic Gregorian, no leap seconds). */
int64_t clock_from_calendar(int year, int month, int day, int hour, int minute, int second);

/* "2026-11-21T00:56:57.123456Z" and NUL. */
enum { CLOCK_TEXT_SIZE = 32 };

/* Writes the time and returns `text`. Years outside 0..9999 are written as their bound. */
const char *clock_format(int64_t wall_us, char text[CLOCK_TEXT_SIZE]);

/* Reads what clock_format writes, with 0 to 6 decimals; false for anything else. */
bool clock_parse(const char *text, int64_t *wall_us_out);

#endif
