/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

size_t utf8_read(const uint8_t *at, uint32_t *point_out)
{
    const size_t length = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    uint32_t point = at[0] & (0x7FU >> length);

    *point_out = 0;
    if (at[0] < 0xC2 || at[0] > 0xF4) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
        point = point << 6 | (at[i] & 0x3F);
    }
    if ((length == 3 && point < 0x800) || (length == 4 && point < 0x10000) ||
        (point >= 0xD800 && point <= 0xDFFF) || point > 0x10FFFF) {
        return 0;
    }
    *point_out = point;
    return length;
}
