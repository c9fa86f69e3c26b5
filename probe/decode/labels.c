/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/labels.h"

#include "evidence/evidence.h"

/* A name is at most 255 bytes on the wire (RFC 1035 3.1): 127 labels, each byte escaped at worst. A
   name without loops follows fewer pointers than it has labels. */
enum { NAME_LIMIT = 255, NAME_TEXT_SIZE = 2 * NAME_LIMIT, POINTER_LIMIT = 127 };

/* A name as text in the making. */
struct name {
    char text[NAME_TEXT_SIZE];
    size_t length;
    size_t wire; /* bytes that it would take without compression */
};

/* "contoso", with a backslash before what would be read as a dot between labels. */
static void add_label(struct name *name, struct cursor label)
{
    name->wire += label.left + 1;
    if (name->wire >= NAME_LIMIT) {
        return;
    }
    if (name->length > 0) {
        name->text[name->length++] = '.';
    }
    while (label.left > 0) {
        char byte = (char)cursor_u8(&label);

        if (byte == '.' || byte == '\\') {
            name->text[name->length++] = '\\';
        }
        name->text[name->length++] = byte;
    }
}

const char *labels_read(struct arena *arena, const struct labels_message *message,
                        struct cursor *in)
{
    struct name name = {.length = 0};
    struct cursor elsewhere;
    struct cursor *at = in;
    unsigned pointers = 0;

    for (;;) {
        uint8_t length = cursor_u8(at);

        if (at->failed || name.wire >= NAME_LIMIT || (length >= 0x40 && length < 0xC0)) {
            break;
        }
        if (length == 0) {
            return name.length > 0
                       ? evidence_text(arena, name.text, name.length, 4 * NAME_TEXT_SIZE)
                       : ".";
        }
        if (length < 0x40) {
            add_label(&name, cursor_sub(at, length));
            continue;
        }
        size_t target = (size_t)(length & 0x3F) << 8 | cursor_u8(at);

        if (at->failed || target >= message->length || ++pointers > POINTER_LIMIT) {
            break;
        }
        cursor_init(&elsewhere, message->bytes + target, message->length - target);
        at = &elsewhere;
    }
    cursor_fail(in);
    return NULL;
}
