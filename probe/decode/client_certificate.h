/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates that clients register with (RFC 5280; self-signed: CN=<host>, CN=SMS): what a
 * site compares. A bounded walk over the DER, as a site has one for each of its clients; nothing is
 * verified.
 */
#ifndef CCM_DECODE_CLIENT_CERTIFICATE_H
#define CCM_DECODE_CLIENT_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 40 upper-case hex digits and NUL: SHA-1 of the DER, as Windows shows it. */
enum { CLIENT_CERTIFICATE_THUMBPRINT = 41 };

/* Pointers are borrowed from the DER. */
struct client_certificate {
    char thumbprint[CLIENT_CERTIFICATE_THUMBPRINT];
    int64_t not_before; /* microseconds since 1970 */
    int64_t not_after;
    const uint8_t *common_name; /* of the subject's first CN; NULL when it has none */
    size_t common_name_length;
    const uint8_t *modulus; /* of an RSA key, big-endian without leading zeros; else NULL */
    size_t modulus_length;
    int64_t exponent;     /* of an RSA key */
    bool negative_serial; /* old clients write such; strict parsers refuse them */
};

/* False when the bytes are no certificate or are cut; bytes behind it are an error, too. */
bool client_certificate_read(const void *der, size_t length, struct client_certificate *out);

#endif
