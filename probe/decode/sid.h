/* SPDX-License-Identifier: Apache-2.0 */
/* Security identifiers and GUIDs as Active Directory stores them ([MS-DTYP]). */
#ifndef CCM_DECODE_SID_H
#define CCM_DECODE_SID_H

#include <stddef.h>

#include "base/arena.h"

/* "S-1-5-21-1-2-3-1104" ([MS-DTYP] 2.4.2.1) of a binary SID (2.4.2.2). NULL when the bytes are not
   exactly one SID of revision 1 with at most 15 subauthorities. */
const char *sid_text(struct arena *arena, const void *bytes, size_t length);

/* "6f1cbe4c-1b0c-4d5e-8c1b-0123456789ab" of a binary GUID ([MS-DTYP] 2.3.4.2), whose first three
   fields are little-endian. NULL when there are not exactly 16 bytes. */
const char *guid_text(struct arena *arena, const void *bytes, size_t length);

#endif
