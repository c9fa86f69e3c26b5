/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/utf16.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cursor.h"

enum { REPLACEMENT = 0xFFFD };

static bool is_high(uint32_t unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* The next character; at least two bytes are left. */
static uint32_t next_character(struct cursor *in)
{
    uint32_t unit = cursor_u16le(in);
    uint32_t low;

    if (is_low(unit) || (is_high(unit) && in->left < 2)) {
        return REPLACEMENT;
    }
    if (!is_high(unit)) {
        return unit;
    }
    low = (uint32_t)in->at[0] | (uint32_t)in->at[1] << 8;
    if (!is_low(low)) {
        return REPLACEMENT;
    }
    cursor_u16le(in);
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
    struct cursor in;
    size_t written = 0;

    cursor_init(&in, bytes, length);
    while (in.left >= 2) {
        char out[4];
        size_t size = encode(next_character(&in), out);

        if (size > room - written) {
            break;
        }
        memcpy(text + written, out, size);
        written += size;
    }
    return written;
}
