/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded reader of hostile bytes with a sticky error.
 *
 * A decoder reads straight on and asks once at the end: after the first read past the end (or a
 * cursor_fail) every further read gives zero, NULL or an empty cursor, and cursor->failed stays
 * set. What was cut short is unknown, never zero: test `failed` before you believe a value.
 */
#ifndef CCM_BASE_CURSOR_H
#define CCM_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
    const uint8_t *at;
    size_t left;
    bool failed;
};

void cursor_init(struct cursor *cursor, const void *bytes, size_t length);

static inline void cursor_fail(struct cursor *cursor)
{
    cursor->failed = true;
    cursor->left = 0;
}

/* The next `length` bytes, borrowed from the input, or NULL. Here, as are those below that decoders
   call for every byte. */
static inline const uint8_t *cursor_bytes(struct cursor *cursor, size_t length)
{
    const uint8_t *bytes = cursor->at;

    if (cursor->failed || length > cursor->left) {
        cursor_fail(cursor);
        return NULL;
    }
    cursor->at += length;
    cursor->left -= length;
    return bytes;
}

/* A cursor over the next `length` bytes, which are passed over; failed when there are fewer. */
static inline struct cursor cursor_sub(struct cursor *cursor, size_t length)
{
    struct cursor sub = {.at = cursor_bytes(cursor, length), .left = length};

    if (cursor->failed) {
        cursor_fail(&sub);
    }
    return sub;
}

/* The next byte without passing over it; 0 at the end, which is no failure. */
static inline uint8_t cursor_peek(const struct cursor *cursor)
{
    return cursor->left > 0 ? cursor->at[0] : 0;
}

static inline uint8_t cursor_u8(struct cursor *cursor)
{
    const uint8_t *byte = cursor_bytes(cursor, 1);

    return byte ? *byte : 0;
}

uint16_t cursor_u16be(struct cursor *cursor);
uint32_t cursor_u32be(struct cursor *cursor);
uint16_t cursor_u16le(struct cursor *cursor);
uint32_t cursor_u32le(struct cursor *cursor);
uint64_t cursor_u64le(struct cursor *cursor);

#endif
