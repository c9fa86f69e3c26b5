/* SPDX-License-Identifier: Apache-2.0 */
/* What a TLS ClientHello says in clear: the server's name (RFC 6066 3). */
#ifndef CCM_CAPTURES_TLS_HELLO_H
#define CCM_CAPTURES_TLS_HELLO_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The name that is asked for, in `arena`; NULL when the bytes begin with no ClientHello, or hold
   none as far as they go. */
const char *tls_hello_server(struct arena *arena, const uint8_t *bytes, size_t length);

#endif
