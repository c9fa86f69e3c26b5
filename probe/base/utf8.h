/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629), character by character. */
#ifndef CCM_BASE_UTF8_H
#define CCM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length and code point of the character of several bytes at `at`, in a text that ends in a NUL; 0
   when it is none: not the shortest form, a surrogate, beyond U+10FFFF, or an ASCII byte. */
size_t utf8_read(const uint8_t *at, uint32_t *point_out);

#endif
