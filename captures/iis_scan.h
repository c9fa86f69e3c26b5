/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search that a log of many gigabytes is read with: most of its lines are of no interest, and
 * are passed over without being divided.
 */
#ifndef CCM_CAPTURES_IIS_SCAN_H
#define CCM_CAPTURES_IIS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first place at or behind `at` of "ccm_" in either case (as in CCM_POST and in the MP's
   folders), or of a '#' that begins a line, as text[0] does; `end` when there is none. The newlines
   before that place are added to `newlines`. */
size_t iis_scan(const char *text, size_t at, size_t end, int64_t *newlines);

/* Is there a word that begins with '5', as the status of a failure does, before the next newline?
 */
bool iis_scan_failure(const char *text, size_t at, size_t end);

/* iis_scan without vector instructions. */
size_t iis_scan_portable(const char *text, size_t at, size_t end, int64_t *newlines);

#if defined(__x86_64__)
/* The same as on a processor without AVX2. */
size_t iis_scan_sse2(const char *text, size_t at, size_t end, int64_t *newlines);
#endif

#endif
