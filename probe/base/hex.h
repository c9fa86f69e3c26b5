/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as hexadecimal digits, two a byte. */
#ifndef CCM_BASE_HEX_H
#define CCM_BASE_HEX_H

#include <stddef.h>
#include <stdint.h>

/* How many digits the text begins with. */
size_t hex_span(const char *text, size_t length);

/* Reads 2 * `count` characters, which must be digits (hex_span). The two do not overlap. */
void hex_decode(const char *restrict text, size_t count, uint8_t *restrict bytes_out);

/* Writes 2 * `count` upper-case digits and a NUL. */
void hex_encode(const uint8_t *bytes, size_t count, char *text_out);

#endif
