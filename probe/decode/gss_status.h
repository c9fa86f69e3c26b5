/* SPDX-License-Identifier: Apache-2.0 */
/* A status of the GSSAPI library (RFC 2743 1.2.1) in its own words. */
#ifndef CCM_DECODE_GSS_STATUS_H
#define CCM_DECODE_GSS_STATUS_H

#include <stdint.h>

#include "base/arena.h"

/* Both halves: what the GSSAPI says, and what Kerberos says behind it. Lives in `arena`, shortened
   to what a record keeps. */
const char *gss_status_words(struct arena *arena, uint32_t major, uint32_t minor);

#endif
