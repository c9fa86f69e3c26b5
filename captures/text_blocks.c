/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/text_blocks.h"

#include <string.h>

#include "decode/utf16.h"

void text_blocks_release(struct text_blocks *blocks)
{
    buffer_release(&blocks->text);
    memset(blocks, 0, sizeof(*blocks));
}

/* A byte order mark, or a NUL beside an ASCII character, tells UTF-16. */
static enum text_form form_of(const char *pair)
{
    if ((pair[0] == '\xFF' && pair[1] == '\xFE') || (pair[0] != '\0' && pair[1] == '\0')) {
        return TEXT_UTF16LE;
    }
    if ((pair[0] == '\xFE' && pair[1] == '\xFF') || (pair[0] == '\0' && pair[1] != '\0')) {
        return TEXT_UTF16BE;
    }
    return TEXT_BYTES;
}

/* An even number of bytes. */
static void add_utf16(struct text_blocks *blocks, const char *bytes, size_t length)
{
    enum { STEP = 2048 };
    char swapped[STEP];
    char room[STEP / 2 * 3];

    while (length > 0) {
        const size_t take = length > STEP ? STEP : length;
        const char *from = bytes;

        if (blocks->form == TEXT_UTF16BE) {
            for (size_t i = 0; i < take; i++) {
                swapped[i] = bytes[i ^ 1];
            }
            from = swapped;
        }
        buffer_append(&blocks->text, room, utf16le_to_utf8(from, take, room, sizeof(room)));
        bytes += take;
        length -= take;
    }
}

static void strip_mark(struct text_blocks *blocks)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const size_t length = strlen(mark);

    if (blocks->begun || blocks->text.length < length) {
        return;
    }
    blocks->begun = true;
    if (memcmp(blocks->text.data, mark, length) == 0) {
        text_blocks_drop(blocks, length);
    }
}

void text_blocks_add(struct text_blocks *blocks, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0 && blocks->form != TEXT_BYTES &&
           (blocks->form == TEXT_UNKNOWN || blocks->held_length > 0)) {
        blocks->held[blocks->held_length++] = *at++;
        length--;
        if (blocks->held_length < 2) {
            continue;
        }
        if (blocks->form == TEXT_UNKNOWN) {
            blocks->form = form_of(blocks->held);
        }
        if (blocks->form == TEXT_BYTES) {
            buffer_append(&blocks->text, blocks->held, 2);
        } else {
            add_utf16(blocks, blocks->held, 2);
        }
        blocks->held_length = 0;
    }
    if (blocks->form == TEXT_BYTES) {
        buffer_append(&blocks->text, at, length);
    } else if (blocks->form != TEXT_UNKNOWN) {
        add_utf16(blocks, at, length & ~(size_t)1);
        if (length % 2 == 1) {
            blocks->held[0] = at[length - 1];
            blocks->held_length = 1;
        }
    }
    strip_mark(blocks);
}

void text_blocks_end(struct text_blocks *blocks)
{
    buffer_append(&blocks->text, blocks->held, blocks->held_length);
    blocks->held_length = 0;
}

int64_t text_line_ends(const char *text, size_t length)
{
    enum { PORTION = 128 }; /* compared together; their ends a byte can count */
    int64_t ends = 0;
    size_t i = 0;

    for (; length - i >= PORTION; i += PORTION) {
        uint8_t portion = 0;

        for (size_t j = 0; j < PORTION; j++) {
            portion = (uint8_t)(portion + (text[i + j] == '\n'));
        }
        ends += portion;
    }
    for (; i < length; i++) {
        ends += text[i] == '\n' ? 1 : 0;
    }
    return ends;
}

void text_blocks_drop(struct text_blocks *blocks, size_t length)
{
    if (length > 0) {
        memmove(blocks->text.data, blocks->text.data + length, blocks->text.length - length);
        buffer_truncate(&blocks->text, blocks->text.length - length);
    }
}
