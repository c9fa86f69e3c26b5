/* SPDX-License-Identifier: Apache-2.0 */
/* What readers and writers of pcapng have in common (draft-ietf-opsawg-pcapng). A block is a type,
   a length, a body, and the length again, 4 bytes each. */
#ifndef CCM_CAPTURES_PCAPNG_H
#define CCM_CAPTURES_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>

enum pcapng_block {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete, of the first drafts */
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_SYSTEMD_JOURNAL = 9,
    BLOCK_CUSTOM = 0x00000bad,
    BLOCK_CUSTOM_NOT_COPIED = 0x40000bad,
    BLOCK_SECTION = 0x0a0d0d0a, /* the same in both byte orders */
};

enum {
    BLOCK_OVERHEAD = 12, /* type, length, length */
    SECTION_MINIMUM = 28,
    ENHANCED_HEADER = 28, /* up to the frame's bytes; of the obsolete block too */
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_TSRESOL = 9,
    OPTION_TSOFFSET = 14,
};

/* In the byte order of its section. */
static const uint32_t BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/* Does it hold a frame? */
static inline bool block_is_packet(uint32_t type)
{
    return type == BLOCK_ENHANCED_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_PACKET;
}

/* Not a frame, but something that Wireshark counts as one? */
static inline bool block_is_counted(uint32_t type)
{
    return type == BLOCK_SYSTEMD_JOURNAL || type == BLOCK_CUSTOM || type == BLOCK_CUSTOM_NOT_COPIED;
}

#endif
