/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/utf16.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { REPLACEMENT = 0xFFFD };

static bool is_high(uint32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* The character that `bytes` begin with, and of how many of them it is made; there are two at
   least. */
static uint32_t first_character(const uint8_t *bytes, size_t length, size_t *size)
{
    const uint32_t unit = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
    uint32_t low;

    *size = 2;
    if (!is_high(unit) && !is_low(unit)) {
        return unit;
    }
    if (is_low(unit) || length < 4) {
        return REPLACEMENT;
    }
    low = (uint32_t)bytes[2] | (uint32_t)bytes[3] << 8;
    if (!is_low(low)) {
        return REPLACEMENT;
    }
    *size = 4;
    return 0x10000 + ((unit - 0xD800) << 10 | (low - 0xDC00));
}

static size_t encode(uint32_t character, char out[4])
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        out[0] = (char)(0xC0 | character >> 6);
        out[1] = (char)(0x80 | (character & 0x3F));
        return 2;
    }
    if (character < 0x10000) {
        out[0] = (char)(0xE0 | character >> 12);
        out[1] = (char)(0x80 | (character >> 6 & 0x3F));
        out[2] = (char)(0x80 | (character & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | character >> 18);
    out[1] = (char)(0x80 | (character >> 12 & 0x3F));
    out[2] = (char)(0x80 | (character >> 6 & 0x3F));
    out[3] = (char)(0x80 | (character & 0x3F));
    return 4;
}

size_t utf16le_to_utf8(const void *bytes, size_t length, char *text, size_t room)
{
    const uint8_t *in = bytes;
    size_t written = 0;

    while (length >= 2) {
        size_t taken;
        size_t size;
        char out[4];

        if (in[1] == 0 && in[0] < 0x80 && written < room) {
            text[written++] = (char)in[0];
            in += 2;
            length -= 2;
            continue;
        }
        size = encode(first_character(in, length, &taken), out);
        if (size > room - written) {
            break;
        }
        memcpy(text + written, out, size);
        written += size;
        in += taken;
        length -= taken;
    }
    return written;
}
