/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS (RFC 1035): a label where it stands gets its stand-in, so that compression stays right.
 * Addresses, numbers and times stay; records of types that are not read become ones of a private
 * type without content.
 */
#include <string.h>

#include "captures/bytes.h"
#include "captures/redact_parts.h"

enum {
    HEADER = 12,
    TYPE_A = 1,
    TYPE_NS = 2,
    TYPE_CNAME = 5,
    TYPE_SOA = 6,
    TYPE_PTR = 12,
    TYPE_MX = 15,
    TYPE_AAAA = 28,
    TYPE_SRV = 33,
    TYPE_OPT = 41,
    TYPE_PRIVATE = 0xff00, /* RFC 6895 3.1 */
    LABELS_LIMIT = 128,
};

/* A place in the message, and whether what follows can still be read. */
struct walk {
    const struct image *image;
    size_t at;
    bool ended;
};

static void copy(struct walk *walk, size_t length)
{
    if (walk->ended || length > walk->image->length - walk->at) {
        walk->ended = true;
        return;
    }
    memcpy(walk->image->out + walk->at, walk->image->in + walk->at, length);
    walk->at += length;
}

static void put_name(struct walk *walk)
{
    const struct image *image = walk->image;

    for (int i = 0; i < LABELS_LIMIT && !walk->ended && walk->at < image->length; i++) {
        const uint8_t size = image->in[walk->at];

        if (size >= 0xC0) {
            copy(walk, 2);
            return;
        }
        if (size >= 0x40) {
            break;
        }
        copy(walk, 1);
        if (size == 0) {
            return;
        }
        if (size > image->length - walk->at) {
            break;
        }
        disguise_text(image->disguise, image->in + walk->at, size, image->out + walk->at);
        walk->at += size;
    }
    walk->ended = true;
}

static void put_data(struct walk *walk, unsigned type)
{
    switch (type) {
    case TYPE_A:
        copy(walk, 4);
        break;
    case TYPE_AAAA:
        copy(walk, 16);
        break;
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
        put_name(walk);
        break;
    case TYPE_MX:
        copy(walk, 2);
        put_name(walk);
        break;
    case TYPE_SRV:
        copy(walk, 6);
        put_name(walk);
        break;
    case TYPE_SOA:
        put_name(walk);
        put_name(walk);
        copy(walk, 20);
        break;
    default:
        break;
    }
}

static bool is_read(unsigned type)
{
    return type == TYPE_A || type == TYPE_AAAA || type == TYPE_NS || type == TYPE_CNAME ||
           type == TYPE_PTR || type == TYPE_MX || type == TYPE_SRV || type == TYPE_SOA ||
           type == TYPE_OPT;
}

static void put_record(struct walk *walk)
{
    const struct image *image = walk->image;
    size_t type_at;
    unsigned type, length;

    put_name(walk);
    type_at = walk->at;
    copy(walk, 10);
    if (walk->ended) {
        return;
    }
    type = bytes_u16be(image->in + type_at);
    length = bytes_u16be(image->in + type_at + 8);
    if (length > image->length - walk->at) {
        walk->ended = true;
        return;
    }
    if (!is_read(type)) {
        image->out[type_at] = TYPE_PRIVATE >> 8;
        image->out[type_at + 1] = TYPE_PRIVATE & 0xff;
    }
    const struct image data = {image->disguise, image->in, image->out, walk->at + length};
    struct walk inner = {&data, walk->at, false};

    put_data(&inner, type);
    walk->at += length;
}

void redact_dns(const struct image *image)
{
    struct walk walk = {image, 0, false};
    unsigned questions, records;

    copy(&walk, HEADER);
    if (walk.ended) {
        return;
    }
    questions = bytes_u16be(image->in + 4);
    records = (unsigned)bytes_u16be(image->in + 6) + bytes_u16be(image->in + 8) +
              bytes_u16be(image->in + 10);
    for (; questions > 0 && !walk.ended; questions--) {
        put_name(&walk);
        copy(&walk, 4);
    }
    for (; records > 0 && !walk.ended; records--) {
        put_record(&walk);
    }
}
