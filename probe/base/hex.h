/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as hexadecimal digits, two a byte. */
#ifndef CCM_BASE_HEX_H
#define CCM_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

/* A digit's value, in either case; HEX_NONE for what is none. */
enum { HEX_NONE = 0xFF };
extern const uint8_t HEX_VALUES[256];

/* How many digits the text begins with. */
size_t hex_span(const char *text, size_t length);

/* Reads 2 * `count` characters, which must be digits (hex_span). */
void hex_decode(const char *text, size_t count, uint8_t *bytes_out);

/* Writes 2 * `count` upper-case digits and a NUL. */
void hex_encode(const uint8_t *bytes, size_t count, char *text_out);

#endif
