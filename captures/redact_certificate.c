/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates (RFC 5280 4.1): algorithms and dates stay, names get stand-ins, and numbers,
   keys, signatures and what extensions hold become random bytes. */
#include <string.h>

#include "captures/redact_der.h"

enum {
    NODE_CERTIFICATE = NODE_FIRST,
    NODE_INTEGER,
    NODE_BITS,
    NODE_KEY, /* within bits; these are not looked into any further */
};

static const struct der_row ROWS[] = {
    {NODE_CERTIFICATE, 0x01, NODE_COPY}, /* BOOLEAN */
    {NODE_CERTIFICATE, 0x02, NODE_INTEGER},
    {NODE_CERTIFICATE, 0x03, NODE_BITS},
    {NODE_CERTIFICATE, 0x04, NODE_SECRET}, /* of extensions */
    {NODE_CERTIFICATE, 0x05, NODE_COPY},   /* NULL */
    {NODE_CERTIFICATE, 0x06, NODE_COPY},   /* OBJECT IDENTIFIER */
    {NODE_CERTIFICATE, 0x0C, NODE_TEXT},   /* UTF8String */
    {NODE_CERTIFICATE, 0x13, NODE_TEXT},   /* PrintableString */
    {NODE_CERTIFICATE, 0x14, NODE_TEXT},   /* TeletexString */
    {NODE_CERTIFICATE, 0x16, NODE_TEXT},   /* IA5String */
    {NODE_CERTIFICATE, 0x17, NODE_COPY},   /* UTCTime */
    {NODE_CERTIFICATE, 0x18, NODE_COPY},   /* GeneralizedTime */
    {NODE_CERTIFICATE, 0x31, NODE_CERTIFICATE},
    {NODE_CERTIFICATE, 0xA0, NODE_CERTIFICATE}, /* version */
    {NODE_CERTIFICATE, 0xA3, NODE_CERTIFICATE}, /* extensions */
    {NODE_KEY, 0x02, NODE_INTEGER},
    {0, 0, 0},
};

static void put_content(const struct image *content, uint8_t node, void *context);

static const struct der_schema SCHEMA = {ROWS, put_content};

/* All but the first byte: the sign of a number and that it is written in as few bytes as it can be,
   or how many bits do not count, stand there. */
static void put_tail(const struct image *content)
{
    content->out[0] = content->in[0];
    disguise_bytes(content->disguise, content->in + 1, content->length - 1, content->out + 1);
}

static void put_content(const struct image *content, uint8_t node, void *context)
{
    if (node == NODE_INTEGER && content->length <= 3) { /* a version, an exponent */
        memcpy(content->out, content->in, content->length);
    } else if (node == NODE_INTEGER && content->in[0] == 0) {
        put_tail(content);
        content->out[1] |= 0x80; /* why there is a zero before it */
    } else if (node == NODE_INTEGER || content->length < 2 || content->in[1] != 0x30) {
        put_tail(content);
    } else {
        const struct image key = image_part(content, 1, content->length - 1);

        content->out[0] = content->in[0];
        redact_der(&key, &SCHEMA, NODE_KEY, context);
    }
}

void redact_certificate(const struct image *image)
{
    redact_der(image, &SCHEMA, NODE_CERTIFICATE, NULL);
}
