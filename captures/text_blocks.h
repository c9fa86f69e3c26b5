/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a file that comes in blocks: as UTF-8, whatever it was, with the part kept that a
 * reader is not yet done with.
 */
#ifndef CCM_CAPTURES_TEXT_BLOCKS_H
#define CCM_CAPTURES_TEXT_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum text_form {
    TEXT_UNKNOWN = 0, /* fewer than two bytes came so far */
    TEXT_BYTES,       /* UTF-8 or an 8-bit set: passed on as it is */
    TEXT_UTF16LE,
    TEXT_UTF16BE,
};

/* Zero-initialise; release with text_blocks_release. */
struct text_blocks {
    enum text_form form;
    struct buffer text; /* what is kept; a byte order mark is left out */
    bool begun;         /* a byte order mark of UTF-8 was looked for */
    char held[2];       /* bytes that wait for their other half */
    size_t held_length;
};

void text_blocks_release(struct text_blocks *blocks);

void text_blocks_add(struct text_blocks *blocks, const void *bytes, size_t length);

/* No more will come: a byte that waited for its other half is added as it is. */
void text_blocks_end(struct text_blocks *blocks);

/* Drops the first `length` bytes of the text. */
void text_blocks_drop(struct text_blocks *blocks, size_t length);

/* How many line ends there are in a text. */
int64_t text_line_ends(const char *text, size_t length);

#endif
