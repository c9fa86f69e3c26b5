/* SPDX-License-Identifier: Apache-2.0 */
/* mSSMSCapabilities: what a site publishes in Active Directory about a management point, as XML. */
#ifndef CCM_DECODE_CAPABILITIES_H
#define CCM_DECODE_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "evidence/evidence.h"

/*
 * Reads <ClientOperationalSettings>: version, ssl_state (SecurityModeMask), http_port and
 * https_port, as far as they are there and have a sensible value; other members stay. Site servers
 * are known to write "&" where XML wants "&amp;": it is read as one.
 *
 * False when it is not such a document, or not well-formed. Of a damaged one the values in closed
 * elements are kept. A document type declaration or more than 64 KiB is refused unread.
 */
bool capabilities_decode(struct arena *arena, const void *bytes, size_t length,
                         struct evidence_published *out);

#endif
