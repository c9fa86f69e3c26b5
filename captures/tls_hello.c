/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/tls_hello.h"

#include "base/cursor.h"
#include "evidence/evidence.h"

/* RFC 8446 4, 4.1.2, 5.1; RFC 6066 3. */
enum {
    RECORD_HANDSHAKE = 22,
    CLIENT_HELLO = 1,
    VERSION_AND_RANDOM = 2 + 32,
    EXTENSION_SERVER_NAME = 0,
    NAME_HOST = 0,
    NAME_LIMIT = 255, /* RFC 1035 2.3.4 */
};

static const char *read_names(struct arena *arena, struct cursor *list)
{
    const uint8_t *name;
    size_t length;

    cursor_u16be(list);
    if (cursor_u8(list) != NAME_HOST) {
        return NULL;
    }
    length = cursor_u16be(list);
    name = cursor_bytes(list, length);
    return name && length > 0 ? evidence_text(arena, name, length, NAME_LIMIT) : NULL;
}

/* The extensions follow session, ciphers and compressions. A hello may go on in a later segment, so
   that lengths around the name may say more than there is. */
static const char *read_extensions(struct arena *arena, struct cursor *hello)
{
    cursor_bytes(hello, VERSION_AND_RANDOM);
    cursor_bytes(hello, cursor_u8(hello));
    cursor_bytes(hello, cursor_u16be(hello));
    cursor_bytes(hello, cursor_u8(hello));
    cursor_u16be(hello);
    while (!hello->failed && hello->left > 0) {
        const uint16_t type = cursor_u16be(hello);
        struct cursor extension = cursor_sub(hello, cursor_u16be(hello));

        if (type == EXTENSION_SERVER_NAME && !hello->failed) {
            return read_names(arena, &extension);
        }
    }
    return NULL;
}

const char *tls_hello_server(struct arena *arena, const uint8_t *bytes, size_t length)
{
    struct cursor hello;

    cursor_init(&hello, bytes, length);
    if (cursor_u8(&hello) != RECORD_HANDSHAKE) {
        return NULL;
    }
    cursor_u16be(&hello); /* version */
    cursor_u16be(&hello); /* length of the record */
    if (cursor_u8(&hello) != CLIENT_HELLO) {
        return NULL;
    }
    cursor_bytes(&hello, 3); /* length of the message */
    return read_extensions(arena, &hello);
}
