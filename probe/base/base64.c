/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t length, struct buffer *out)
{
    const uint8_t *in = bytes;

    for (size_t i = 0; i < length; i += 3) {
        size_t have = length - i < 3 ? length - i : 3;
        uint32_t group = (uint32_t)in[i] << 16;
        char quad[4];

        group |= have > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        group |= have > 2 ? in[i + 2] : 0;
        for (size_t k = 0; k < 4; k++) {
            quad[k] = k <= have ? alphabet[group >> (18 - 6 * k) & 63] : '=';
        }
        buffer_append(out, quad, sizeof(quad));
    }
}

/* A digit's place in the alphabet, counted from 1; 0 for everything else. A table, as tokens are
   random and branches would be guessed wrong. */
static const uint8_t places[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

static uint32_t place_of(char digit)
{
    return places[(uint8_t)digit];
}

/* Whole groups of four digits, without blanks or padding: nearly all of a token. Returns how many
   characters were taken. */
static size_t decode_groups(const char *text, size_t length, struct buffer *out)
{
    uint8_t bytes[192];
    size_t filled = 0;
    size_t i;

    for (i = 0; i + 4 <= length; i += 4) {
        const uint32_t a = place_of(text[i]);
        const uint32_t b = place_of(text[i + 1]);
        const uint32_t c = place_of(text[i + 2]);
        const uint32_t d = place_of(text[i + 3]);
        const uint32_t group = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);

        if (a == 0 || b == 0 || c == 0 || d == 0) {
            break;
        }
        bytes[filled++] = (uint8_t)(group >> 16);
        bytes[filled++] = (uint8_t)(group >> 8);
        bytes[filled++] = (uint8_t)group;
        if (filled == sizeof(bytes)) {
            buffer_append(out, bytes, filled);
            filled = 0;
        }
    }
    buffer_append(out, bytes, filled);
    explicit_bzero(bytes, sizeof(bytes));
    return i;
}

/* Tokens of every request of a capture come along here. */
bool base64_decode(const char *text, size_t length, struct buffer *out)
{
    const size_t start = out->length;
    uint32_t group = 0;
    unsigned count = 0;
    bool padded = false;

    for (size_t i = decode_groups(text, length, out); i < length; i++) {
        const uint32_t place = place_of(text[i]);

        if (place == 0) {
            if (text[i] == '=') {
                padded = true;
            } else if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n') {
                buffer_truncate(out, start);
                return false;
            }
            continue;
        }
        if (padded) {
            buffer_truncate(out, start);
            return false;
        }
        group = group << 6 | (place - 1);
        if (++count % 4 == 0) {
            const uint8_t bytes[] = {(uint8_t)(group >> 16), (uint8_t)(group >> 8), (uint8_t)group};

            buffer_append(out, bytes, sizeof(bytes));
        }
    }
    /* Of the last group 2 digits make one byte, 3 make two. */
    if (count % 4 >= 2) {
        buffer_putc(out, (char)(group >> (count % 4 == 2 ? 4 : 10)));
    }
    if (count % 4 == 3) {
        buffer_putc(out, (char)(group >> 2));
    }
    return true;
}
