/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/redact_der.h"

#include <string.h>

enum {
    DEPTH_LIMIT = 24, /* SPNEGO around Kerberos around pre-authentication has less */
    TAG_CONSTRUCTED = 0x20,
    TAG_SEQUENCE = 0x30,
    LENGTH_OCTETS = 4,
};

bool redact_der_next(const uint8_t *bytes, size_t length, struct der_span *span_out)
{
    size_t octets, size = 0;

    if (length < 2 || (bytes[0] & 0x1f) == 0x1f) {
        return false;
    }
    *span_out = (struct der_span){.tag = bytes[0], .head = 2};
    size = bytes[1];
    if (size >= 0x80) {
        octets = size & 0x7f;
        if (octets == 0 || octets > LENGTH_OCTETS || length < 2 + octets) {
            return false;
        }
        size = 0;
        for (size_t i = 0; i < octets; i++) {
            size = size << 8 | bytes[2 + i];
        }
        span_out->head += octets;
    }
    span_out->content = size < length - span_out->head ? size : length - span_out->head;
    return true;
}

static uint8_t child_of(const struct der_schema *schema, uint8_t node, uint8_t tag)
{
    if (node < NODE_FIRST) {
        return node;
    }
    for (const struct der_row *row = schema->rows; row->node; row++) {
        if (row->node == node && (row->tag == tag || row->tag == 0)) {
            return row->child;
        }
    }
    return tag == TAG_SEQUENCE ? node : NODE_SHAPE;
}

/* Names are printable: anything else is none, and nothing of it stays. */
static bool is_text(const struct image *content)
{
    for (size_t i = 0; i < content->length; i++) {
        if (content->in[i] < 0x20 || content->in[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static void put_primitive(const struct image *content, const struct der_schema *schema,
                          uint8_t node, void *context)
{
    if (content->length == 0) {
        return;
    }
    if (node == NODE_COPY) {
        memcpy(content->out, content->in, content->length);
    } else if (node == NODE_TEXT && is_text(content)) {
        disguise_text(content->disguise, content->in, content->length, content->out);
    } else if (node == NODE_SECRET) {
        disguise_bytes(content->disguise, content->in, content->length, content->out);
    } else if (node >= NODE_FIRST && schema->content) {
        schema->content(content, node, context);
    }
}

static void walk(const struct image *image, const struct der_schema *schema, uint8_t node,
                 void *context, unsigned depth)
{
    struct der_span span;

    for (size_t at = 0;
         depth < DEPTH_LIMIT && redact_der_next(image->in + at, image->length - at, &span);
         at += span.head + span.content) {
        const struct image content = image_part(image, at + span.head, span.content);
        const uint8_t child = child_of(schema, node, span.tag);

        memcpy(image->out + at, image->in + at, span.head);
        if (span.tag & TAG_CONSTRUCTED) {
            walk(&content, schema, child, context, depth + 1);
        } else {
            put_primitive(&content, schema, child, context);
        }
    }
}

void redact_der(const struct image *image, const struct der_schema *schema, uint8_t node,
                void *context)
{
    walk(image, schema, node, context, 0);
}
