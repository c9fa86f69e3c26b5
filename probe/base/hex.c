/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <stdbool.h>

/* Certificates have some thousand digits. What follows is written so that compilers look at a
   vector of them at once: without tables, branches or early ends. */
enum { TOGETHER = 32 };

static uint8_t is_digit(char c)
{
    const uint8_t number = (uint8_t)((uint8_t)c - '0');
    const uint8_t letter = (uint8_t)(((uint8_t)c | 0x20) - 'a');

    return (uint8_t)((number < 10) | (letter < 6));
}

static bool all_digits(const char *text)
{
    uint8_t all = 1;

    for (size_t i = 0; i < TOGETHER; i++) {
        all &= is_digit(text[i]);
    }
    return all == 1;
}

size_t hex_span(const char *text, size_t length)
{
    size_t i = 0;

    while (length - i >= TOGETHER && all_digits(text + i)) {
        i += TOGETHER;
    }
    while (i < length && is_digit(text[i])) {
        i++;
    }
    return i;
}

/* Of a digit: 0x30 to 0x39, 0x41 to 0x46, 0x61 to 0x66. */
static uint8_t value_of(char digit)
{
    return (uint8_t)(((uint8_t)digit & 0x0F) + 9 * ((uint8_t)digit >> 6));
}

void hex_decode(const char *restrict text, size_t count, uint8_t *restrict bytes_out)
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
