/* SPDX-License-Identifier: Apache-2.0 */
/* Domain names on the wire (RFC 1035 3.1), with compression (4.1.4). */
#ifndef CCM_DECODE_LABELS_H
#define CCM_DECODE_LABELS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cursor.h"

/* What pointers are relative to. */
struct labels_message {
    const uint8_t *bytes;
    size_t length;
};

/*
 * The name at the cursor, which moves behind it: "dc1.contoso.lab", with a backslash before a dot
 * or backslash inside a label, "." for the root. A pointer may lead anywhere in the message. NULL,
 * and the cursor failed, when it is unreadable, endless or longer than 255 bytes.
 */
const char *labels_read(struct arena *arena, const struct labels_message *message,
                        struct cursor *in);

#endif
