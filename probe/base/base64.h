/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of RFC 4648 section 4, as the Negotiate scheme uses it (RFC 4559). */
#ifndef CCM_BASE_BASE64_H
#define CCM_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Appends the encoding to `out`. */
void base64_encode(const void *bytes, size_t length, struct buffer *out);

/* Appends the decoded bytes; white space is passed over, padding may be missing. False, with
   nothing appended, when a character is none of the alphabet or stands behind padding. */
bool base64_decode(const char *text, size_t length, struct buffer *out);

#endif
