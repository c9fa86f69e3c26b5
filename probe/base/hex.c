/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

const uint8_t HEX_VALUES[256] = {
#define NONE_16                                                                                    \
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF
#define LETTERS_16                                                                                 \
    0xFF, 10, 11, 12, 13, 14, 15, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF
    NONE_16, NONE_16, NONE_16, 0,          1,       2,          3,       4,
    5,       6,       7,       8,          9,       0xFF,       0xFF,    0xFF,
    0xFF,    0xFF,    0xFF,    LETTERS_16, NONE_16, LETTERS_16, NONE_16, NONE_16,
    NONE_16, NONE_16, NONE_16, NONE_16,    NONE_16, NONE_16,    NONE_16,
#undef NONE_16
#undef LETTERS_16
};

static uint8_t value_of(char digit)
{
    return HEX_VALUES[(uint8_t)digit];
}

size_t hex_span(const char *text, size_t length)
{
    size_t i = 0;

    /* Certificates have some thousand digits: four are looked at together. */
    while (i + 4 <= length && (value_of(text[i]) | value_of(text[i + 1]) | value_of(text[i + 2]) |
                               value_of(text[i + 3])) < 16) {
        i += 4;
    }
    while (i < length && value_of(text[i]) < 16) {
        i++;
    }
    return i;
}

void hex_decode(const char *text, size_t count, uint8_t *bytes_out)
{
    for (size_t i = 0; i < count; i++) {
        bytes_out[i] = (uint8_t)(value_of(text[2 * i]) << 4 | value_of(text[2 * i + 1]));
    }
}

void hex_encode(const uint8_t *bytes, size_t count, char *text_out)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < count; i++) {
        text_out[2 * i] = digits[bytes[i] >> 4];
        text_out[2 * i + 1] = digits[bytes[i] & 15];
    }
    text_out[2 * count] = '\0';
}
