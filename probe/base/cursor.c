/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cursor.h"

void cursor_init(struct cursor *cursor, const void *bytes, size_t length)
{
    cursor->at = bytes;
    cursor->left = length;
    cursor->failed = false;
}

/* Up to 8 bytes as a number, the most significant first. */
static uint64_t read_be(struct cursor *cursor, size_t length)
{
    const uint8_t *bytes = cursor_bytes(cursor, length);
    uint64_t value = 0;

    for (size_t i = 0; bytes && i < length; i++) {
        value = value << 8 | bytes[i];
    }
    return value;
}

static uint64_t read_le(struct cursor *cursor, size_t length)
{
    const uint8_t *bytes = cursor_bytes(cursor, length);
    uint64_t value = 0;

    for (size_t i = length; bytes && i > 0; i--) {
        value = value << 8 | bytes[i - 1];
    }
    return value;
}

uint16_t cursor_u16be(struct cursor *cursor)
{
    return (uint16_t)read_be(cursor, 2);
}

uint32_t cursor_u32be(struct cursor *cursor)
{
    return (uint32_t)read_be(cursor, 4);
}

uint16_t cursor_u16le(struct cursor *cursor)
{
    return (uint16_t)read_le(cursor, 2);
}

uint32_t cursor_u32le(struct cursor *cursor)
{
    return (uint32_t)read_le(cursor, 4);
}

uint64_t cursor_u64le(struct cursor *cursor)
{
    return read_le(cursor, 8);
}
