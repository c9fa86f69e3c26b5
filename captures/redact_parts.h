/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Within captures/: the redaction of each protocol. Each function takes a message and fills an
 * image of the same length, which comes zeroed: what is not understood, or not needed, stays so.
 */
#ifndef CCM_CAPTURES_REDACT_PARTS_H
#define CCM_CAPTURES_REDACT_PARTS_H

#include "captures/transport.h"
#include "decode/disguise.h"

struct image {
    struct disguise *disguise;
    const uint8_t *in;
    uint8_t *out;
    size_t length;
};

/* A part of an image, within its bounds. */
static inline struct image image_part(const struct image *image, size_t at, size_t length)
{
    return (struct image){image->disguise, image->in + at, image->out + at, length};
}

/* Kerberos messages, without the length that goes before over TCP. */
void redact_kerberos(const struct image *image);

/* The token of Negotiate, Kerberos or NTLM, without base64. */
void redact_negotiate(const struct image *image);

void redact_ldap(const struct image *image);
void redact_dns(const struct image *image);

/* A head with its empty line, or its beginning. */
void redact_http_head(const struct image *image);

/* A body, or its beginning. */
void redact_http_body(const struct image *image);

/* A certificate in DER: equal ones stay equal. */
void redact_certificate(const struct image *image);

/* Message bodies of Configuration Manager: false, with the image untouched, when it is none. */
bool redact_ccm_message(const struct image *image);

#endif
