/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_scan.h"

enum { CASE_BIT = 0x20 };

static bool is_folder(const char *at, size_t left)
{
    return left >= 4 && (at[0] | CASE_BIT) == 'c' && (at[1] | CASE_BIT) == 'c' &&
           (at[2] | CASE_BIT) == 'm' && at[3] == '_';
}

/* The beginning of a header's line, or of the folder's name? */
static bool is_hit(const char *text, size_t at, size_t end)
{
    return text[at] == '#' ? at == 0 || text[at - 1] == '\n' : is_folder(text + at, end - at);
}

size_t iis_scan_portable(const char *text, size_t at, size_t end, int64_t *newlines)
{
    for (; at < end && !is_hit(text, at, end); at++) {
        *newlines += text[at] == '\n' ? 1 : 0;
    }
    return at;
}

static bool failure_portable(const char *text, size_t at, size_t end)
{
    for (; at + 1 < end && text[at] != '\n'; at++) {
        if (text[at] == ' ' && text[at + 1] == '5') {
            return true;
        }
    }
    return false;
}

#if defined(__x86_64__)
#include <immintrin.h>

/* What both widths share: `hits` and `ends` are masks of the places in one vector. Of "ccm_" only
   the rarest pair was looked for. */
static bool take(uint32_t hits, uint32_t ends, size_t *at, int64_t *newlines)
{
    if (hits == 0) {
        *newlines += __builtin_popcount(ends);
        return false;
    }
    *newlines += __builtin_popcount(ends & ((hits & -hits) - 1));
    *at += (size_t)__builtin_ctz(hits);
    return true;
}

__attribute__((target("avx2,popcnt"))) static size_t scan_avx2(const char *text, size_t at,
                                                               size_t end, int64_t *newlines)
{
    enum { WIDTH = 32 };
    const __m256i m = _mm256_set1_epi8('m');
    const __m256i bar = _mm256_set1_epi8('_');
    const __m256i newline = _mm256_set1_epi8('\n');
    const __m256i hash = _mm256_set1_epi8('#');
    const __m256i small = _mm256_set1_epi8(CASE_BIT);

    for (; at + WIDTH + 3 < end; at += WIDTH) {
        const __m256i first = _mm256_loadu_si256((const void *)(text + at));
        const __m256i third = _mm256_loadu_si256((const void *)(text + at + 2));
        const __m256i fourth = _mm256_loadu_si256((const void *)(text + at + 3));
        const __m256i folder = _mm256_and_si256(
            _mm256_cmpeq_epi8(fourth, bar), _mm256_cmpeq_epi8(_mm256_or_si256(third, small), m));
        const __m256i header = _mm256_cmpeq_epi8(first, hash);
        const uint32_t hits = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(folder, header));
        const uint32_t ends = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(first, newline));

        if (take(hits, ends, &at, newlines)) {
            if (is_hit(text, at, end)) {
                return at;
            }
            *newlines += text[at] == '\n' ? 1 : 0;
            at -= WIDTH - 1;
        }
    }
    return iis_scan_portable(text, at, end, newlines);
}

size_t iis_scan_sse2(const char *text, size_t at, size_t end, int64_t *newlines)
{
    enum { WIDTH = 16 };
    const __m128i m = _mm_set1_epi8('m');
    const __m128i bar = _mm_set1_epi8('_');
    const __m128i newline = _mm_set1_epi8('\n');
    const __m128i hash = _mm_set1_epi8('#');
    const __m128i small = _mm_set1_epi8(CASE_BIT);

    for (; at + WIDTH + 3 < end; at += WIDTH) {
        const __m128i first = _mm_loadu_si128((const void *)(text + at));
        const __m128i third = _mm_loadu_si128((const void *)(text + at + 2));
        const __m128i fourth = _mm_loadu_si128((const void *)(text + at + 3));
        const __m128i folder = _mm_and_si128(_mm_cmpeq_epi8(fourth, bar),
                                             _mm_cmpeq_epi8(_mm_or_si128(third, small), m));
        const __m128i header = _mm_cmpeq_epi8(first, hash);
        const uint32_t hits = (uint32_t)_mm_movemask_epi8(_mm_or_si128(folder, header));
        const uint32_t ends = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(first, newline));

        if (take(hits, ends, &at, newlines)) {
            if (is_hit(text, at, end)) {
                return at;
            }
            *newlines += text[at] == '\n' ? 1 : 0;
            at -= WIDTH - 1;
        }
    }
    return iis_scan_portable(text, at, end, newlines);
}

size_t iis_scan(const char *text, size_t at, size_t end, int64_t *newlines)
{
    return __builtin_cpu_supports("avx2") ? scan_avx2(text, at, end, newlines)
                                          : iis_scan_sse2(text, at, end, newlines);
}

bool iis_scan_failure(const char *text, size_t at, size_t end)
{
    enum { WIDTH = 16 };

    for (; at + WIDTH < end; at += WIDTH) {
        const __m128i first = _mm_loadu_si128((const void *)(text + at));
        const __m128i second = _mm_loadu_si128((const void *)(text + at + 1));
        const __m128i word = _mm_and_si128(_mm_cmpeq_epi8(first, _mm_set1_epi8(' ')),
                                           _mm_cmpeq_epi8(second, _mm_set1_epi8('5')));
        const unsigned words = (unsigned)_mm_movemask_epi8(word);
        const unsigned ends =
            (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(first, _mm_set1_epi8('\n')));

        if (words | ends) {
            /* The lower bit comes first; no bit is in both. */
            return (words & -words) - 1 < (ends & -ends) - 1;
        }
    }
    return failure_portable(text, at, end);
}
#else
bool iis_scan_failure(const char *text, size_t at, size_t end)
{
    return failure_portable(text, at, end);
}

size_t iis_scan(const char *text, size_t at, size_t end, int64_t *newlines)
{
    return iis_scan_portable(text, at, end, newlines);
}
#endif
