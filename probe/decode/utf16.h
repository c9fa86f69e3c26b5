/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16LE, the text of Windows, as UTF-8. */
#ifndef CCM_DECODE_UTF16_H
#define CCM_DECODE_UTF16_H

#include <stddef.h>

/* Writes at most `room` bytes and returns how many. Stops before a character that does not fit;
   half a surrogate pair becomes U+FFFD; an odd last byte is dropped. No NUL is added. */
size_t utf16le_to_utf8(const void *bytes, size_t length, char *text, size_t room);

#endif
