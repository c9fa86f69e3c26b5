/* SPDX-License-Identifier: Apache-2.0 */
/* GUIDs as text, of which a list of clients has millions. */
#ifndef CCM_CAPTURES_GUID_H
#define CCM_CAPTURES_GUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "GUID:8-4-4-4-12" or bare, in any case, braces allowed. False for anything else, and for the GUID
   of zeros, which says that there is none. The bytes are in the order of the text. */
bool guid_read(const char *text, size_t length, uint8_t guid_out[16]);

/* guid_read without vector instructions. */
bool guid_read_portable(const char *text, size_t length, uint8_t guid_out[16]);

#endif
