/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/sid.h"

#include <inttypes.h>

#include "base/buffer.h"
#include "base/cursor.h"

/* [MS-DTYP] 2.4.2.2. */
enum { SID_REVISION = 1, SUBAUTHORITY_LIMIT = 15 };

enum { GUID_LENGTH = 16 };

const char *sid_text(struct arena *arena, const void *bytes, size_t length)
{
    struct buffer text = {0};
    const char *copy = NULL;
    struct cursor in;
    uint64_t authority;
    unsigned revision, count;

    cursor_init(&in, bytes, length);
    revision = cursor_u8(&in);
    count = cursor_u8(&in);
    authority = (uint64_t)cursor_u16be(&in) << 32;
    authority |= cursor_u32be(&in);
    if (in.failed || revision != SID_REVISION || count > SUBAUTHORITY_LIMIT ||
        in.left != 4 * (size_t)count) {
        return NULL;
    }
    /* From 2^32 on the authority is written in hexadecimal (2.4.2.1). */
    buffer_printf(&text, authority >> 32 ? "S-1-0x%012" PRIX64 : "S-1-%" PRIu64, authority);
    for (unsigned i = 0; i < count; i++) {
        buffer_printf(&text, "-%" PRIu32, cursor_u32le(&in));
    }
    copy = arena_strdup(arena, text.data);
    buffer_release(&text);
    return copy;
}

const char *guid_text(struct arena *arena, const void *bytes, size_t length)
{
    struct cursor in;
    uint32_t first;
    unsigned second, third, fourth;
    uint64_t node;

    if (length != GUID_LENGTH) {
        return NULL;
    }
    cursor_init(&in, bytes, length);
    first = cursor_u32le(&in);
    second = cursor_u16le(&in);
    third = cursor_u16le(&in);
    fourth = cursor_u16be(&in);
    node = (uint64_t)cursor_u16be(&in) << 32;
    node |= cursor_u32be(&in);
    return arena_printf(arena, "%08" PRIx32 "-%04x-%04x-%04x-%012" PRIx64, first, second, third,
                        fourth, node);
}
