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

/* 0 to 63; -1 for everything else. */
static int value_of(char digit)
{
    if (digit >= 'A' && digit <= 'Z') {
        return digit - 'A';
    }
    if (digit >= 'a' && digit <= 'z') {
        return digit - 'a' + 26;
    }
    if (digit >= '0' && digit <= '9') {
        return digit - '0' + 52;
    }
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

/* Tokens of every request of a capture come along here: three bytes at a time. */
bool base64_decode(const char *text, size_t length, struct buffer *out)
{
    const size_t start = out->length;
    uint32_t group = 0;
    unsigned count = 0;
    bool padded = false;

    for (size_t i = 0; i < length; i++) {
        const int value = value_of(text[i]);

        if (value < 0) {
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
        group = group << 6 | (uint32_t)value;
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
