/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/guid.h"

#include <endian.h>
#include <string.h>

/* A word of eight bytes, all of them this one. */
#define EVERY(byte) (0x0101010101010101ULL * (byte))

/* The 36 characters without what may stand around them, or NULL. */
static const char *find_text(const char *text, size_t length)
{
    if (length >= 5 && text[4] == ':') {
        if ((text[0] | 0x20) != 'g' || (text[1] | 0x20) != 'u' || (text[2] | 0x20) != 'i' ||
            (text[3] | 0x20) != 'd') {
            return NULL;
        }
        text += 5;
        length -= 5;
    }
    if (length == 38 && text[0] == '{' && text[37] == '}') {
        text++;
        length -= 2;
    }
    return length == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-'
               ? text
               : NULL;
}

static uint64_t eight_at(const char *text)
{
    uint64_t word;

    memcpy(&word, text, sizeof(word));
    return le64toh(word);
}

static uint64_t four_and_four_at(const char *first, const char *second)
{
    uint32_t halves[2];

    memcpy(&halves[0], first, sizeof(halves[0]));
    memcpy(&halves[1], second, sizeof(halves[1]));
    return le32toh(halves[0]) | (uint64_t)le32toh(halves[1]) << 32;
}

/* In a word without bytes over 127: the highest bit of each that is at least `least`. */
static uint64_t at_least(uint64_t word, uint8_t least)
{
    return word + EVERY(0x80U - least);
}

/* Eight hexadecimal digits, the first in the lowest byte, to four bytes, the first in the lowest. A
   bit of `bad` is set when one is no digit. */
static uint32_t read_digits(uint64_t digits, uint64_t *bad)
{
    const uint64_t low = digits & EVERY(0x7F);
    const uint64_t small = low | EVERY(0x20);
    const uint64_t number = at_least(low, '0') & ~at_least(low, '9' + 1);
    const uint64_t letter = at_least(small, 'a') & ~at_least(small, 'f' + 1);
    uint64_t values = (digits & EVERY(0x0F)) + 9 * (digits >> 6 & EVERY(1));

    *bad |= (digits | ~(number | letter)) & EVERY(0x80);
    values = (values << 4 | values >> 8) & 0x00FF00FF00FF00FFULL;
    values = (values | values >> 8) & 0x0000FFFF0000FFFFULL;
    return (uint32_t)(values | values >> 16);
}

bool guid_read_portable(const char *text, size_t length, uint8_t guid_out[16])
{
    uint64_t bad = 0;
    uint32_t words[4];

    text = find_text(text, length);
    if (!text) {
        return false;
    }
    words[0] = htole32(read_digits(eight_at(text), &bad));
    words[1] = htole32(read_digits(four_and_four_at(text + 9, text + 14), &bad));
    words[2] = htole32(read_digits(four_and_four_at(text + 19, text + 24), &bad));
    words[3] = htole32(read_digits(eight_at(text + 28), &bad));
    memcpy(guid_out, words, sizeof(words));
    return !bad && (words[0] | words[1] | words[2] | words[3]) != 0;
}

#if defined(__x86_64__)
#include <emmintrin.h> /* SSE2, which all of them have */

/* Sixteen digits to eight bytes, each in the lower half of a 16-bit lane. */
static __m128i read_sixteen(__m128i digits, __m128i *good)
{
    const __m128i number = _mm_sub_epi8(digits, _mm_set1_epi8('0'));
    const __m128i letter =
        _mm_sub_epi8(_mm_or_si128(digits, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i is_number = _mm_cmpeq_epi8(_mm_min_epu8(number, _mm_set1_epi8(9)), number);
    const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
    const __m128i values =
        _mm_or_si128(_mm_and_si128(is_number, number),
                     _mm_and_si128(is_letter, _mm_add_epi8(letter, _mm_set1_epi8(10))));

    *good = _mm_and_si128(*good, _mm_or_si128(is_number, is_letter));
    return _mm_and_si128(_mm_or_si128(_mm_slli_epi16(values, 4), _mm_srli_epi16(values, 8)),
                         _mm_set1_epi16(0xFF));
}

bool guid_read(const char *text, size_t length, uint8_t guid_out[16])
{
    __m128i good = _mm_set1_epi8(-1);
    __m128i first;
    __m128i second;
    __m128i guid;

    text = find_text(text, length);
    if (!text) {
        return false;
    }
    first =
        _mm_set_epi64x((long long)four_and_four_at(text + 9, text + 14), (long long)eight_at(text));
    second = _mm_set_epi64x((long long)eight_at(text + 28),
                            (long long)four_and_four_at(text + 19, text + 24));
    guid = _mm_packus_epi16(read_sixteen(first, &good), read_sixteen(second, &good));
    _mm_storeu_si128((void *)guid_out, guid);
    return _mm_movemask_epi8(good) == 0xFFFF &&
           _mm_movemask_epi8(_mm_cmpeq_epi8(guid, _mm_setzero_si128())) != 0xFFFF;
}
#else
bool guid_read(const char *text, size_t length, uint8_t guid_out[16])
{
    return guid_read_portable(text, length, guid_out);
}
#endif
