/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Within captures/: DER and BER by schema. A schema is a list of rows: in which kind of element a
 * tag has which meaning. What no row names keeps its tags and lengths, so that it can still be
 * read, and loses its contents.
 */
#ifndef CCM_CAPTURES_REDACT_DER_H
#define CCM_CAPTURES_REDACT_DER_H

#include "captures/redact_parts.h"

/* What becomes of an element. Numbers from NODE_FIRST on are kinds of a schema. */
enum {
    NODE_SHAPE, /* tags and lengths only */
    NODE_COPY,
    NODE_TEXT,   /* names */
    NODE_SECRET, /* random bytes in its place */
    NODE_FIRST,
};

struct der_row {
    uint8_t node;
    uint8_t tag;   /* 0: any other */
    uint8_t child; /* what the element of this tag is */
};

struct der_schema {
    const struct der_row *rows; /* up to one with node 0 */
    /* Told of the content of primitive elements of the kinds that are no NODE_...: false when it
       wants them to stay empty. May be NULL. */
    void (*content)(const struct image *content, uint8_t node, void *context);
};

/* Walks the elements of the image, which are what `node` holds. */
void redact_der(const struct image *image, const struct der_schema *schema, uint8_t node,
                void *context);

/* One element at the front: its tag and where its content lies; a content that is cut ends with the
   bytes. False when there is none. */
struct der_span {
    uint8_t tag;
    size_t head;
    size_t content;
};
bool redact_der_next(const uint8_t *bytes, size_t length, struct der_span *span_out);

#endif
