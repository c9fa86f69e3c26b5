/* SPDX-License-Identifier: Apache-2.0 */
/* What a report shows of a server's certificate, and the channel binding made from it. */
#ifndef CCM_DECODE_CERTIFICATE_H
#define CCM_DECODE_CERTIFICATE_H

#include "base/buffer.h"
#include "evidence/evidence.h"

/* Fills subject, issuer, names, validity and fingerprint from a PEM certificate. False when it
   cannot be read. */
bool certificate_describe(struct arena *arena, const char *pem, struct evidence_tls *record);

/* Appends "tls-server-end-point:" and the certificate's hash (RFC 5929 4.1: the signature's own
   hash, SHA-256 in place of MD5 and SHA-1). False when the signature names no hash. */
bool certificate_bindings(const char *pem, struct buffer *out);
bool certificate_bindings_of_der(const void *der, size_t length, struct buffer *out);

#endif
