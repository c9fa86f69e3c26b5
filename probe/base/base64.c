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

bool base64_decode(const char *text, size_t length, struct buffer *out)
{
    const size_t start = out->length;
    uint32_t group = 0;
    unsigned bits = 0;
    bool padded = false;

    for (size_t i = 0; i < length; i++) {
        const char *found;

        if (strchr(" \t\r\n", text[i]) && text[i] != '\0') {
            continue;
        }
        if (text[i] == '=') {
            padded = true;
            continue;
        }
        found = text[i] != '\0' ? strchr(alphabet, text[i]) : NULL;
        if (!found || padded) {
            buffer_truncate(out, start);
            return false;
        }
        group = (group << 6 | (uint32_t)(found - alphabet)) & 0xFFFFFF;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            buffer_putc(out, (char)(group >> bits & 0xFF));
        }
    }
    return true;
}
