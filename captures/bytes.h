/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of frames and blocks whose length has been checked already: base/cursor.h asks at every
   number, which is felt at millions of frames. */
#ifndef CCM_CAPTURES_BYTES_H
#define CCM_CAPTURES_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t bytes_u16be(const uint8_t *bytes)
{
    uint16_t value;

    memcpy(&value, bytes, sizeof(value));
    return be16toh(value);
}

static inline uint32_t bytes_u32be(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof(value));
    return be32toh(value);
}

static inline uint16_t bytes_u16le(const uint8_t *bytes)
{
    uint16_t value;

    memcpy(&value, bytes, sizeof(value));
    return le16toh(value);
}

static inline uint32_t bytes_u32le(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof(value));
    return le32toh(value);
}

static inline uint64_t bytes_u64le(const uint8_t *bytes)
{
    return (uint64_t)bytes_u32le(bytes + 4) << 32 | bytes_u32le(bytes);
}

/* In the byte order of a file. */
static inline uint16_t bytes_u16(const uint8_t *bytes, int big_endian)
{
    return big_endian ? bytes_u16be(bytes) : bytes_u16le(bytes);
}

static inline uint32_t bytes_u32(const uint8_t *bytes, int big_endian)
{
    return big_endian ? bytes_u32be(bytes) : bytes_u32le(bytes);
}

/* The first place of a short word in a text, or NULL. Faster than memmem where the word's first
   character is rare, or the text is no more than a line. */
static inline const char *bytes_find(const char *text, size_t length, const char *word)
{
    const size_t size = strlen(word);
    const char *const end = text + length;

    while ((size_t)(end - text) >= size) {
        text = (const char *)memchr(text, word[0], (size_t)(end - text) - size + 1);
        if (!text || memcmp(text, word, size) == 0) {
            return text;
        }
        text++;
    }
    return NULL;
}

#endif
