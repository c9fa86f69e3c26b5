/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bounded reader of hostile DER (X.690) as Kerberos and SPNEGO use it: definite lengths of at
 * most four octets, tag numbers below 31.
 *
 * Two ways to end badly are kept apart. An element that is longer than its parent says is
 * malformed: the flag that the whole tree shares is set, and every reader of the tree stands at its
 * end. An input that merely stops early (a capture with short frames) is cut: what lies wholly
 * before the cut is read as usual, and what the cut goes through is unknown.
 *
 * A decoder reads straight on and asks the flag once, at the end. Nothing is copied: contents are
 * borrowed from the input.
 */
#ifndef CCM_DECODE_DER_H
#define CCM_DECODE_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/* Identifier octets (X.690 8.1.2). */
enum der_tag {
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0A,
    DER_GENERALIZED_TIME = 0x18,
    DER_GENERAL_STRING = 0x1B,
    DER_SEQUENCE = 0x30,
    DER_APPLICATION = 0x60, /* constructed; plus the number */
    DER_CONTEXT = 0xA0,     /* constructed; plus the number */
};

/* The content of one element that is still unread. */
struct der {
    struct cursor in;
    size_t missing;  /* bytes that belong to it and that the input does not have */
    bool *malformed; /* shared by everything opened from one der_init; borrowed */
};

/* Starts on an input whose last element may be cut. Clears `*malformed_out`. */
void der_init(struct der *der, const void *bytes, size_t length, bool *malformed_out);

/* Marks the whole tree malformed. */
void der_fail(struct der *der);

/* Whether another element begins; false at the end, at a cut and when malformed. */
bool der_more(const struct der *der);

/* The identifier octet of the next element; 0 at the end. */
uint8_t der_peek(const struct der *der);

/* Passes over the next element and gives its identifier and content. False, with an empty content
   (itself cut if this element is), at the end, at a cut inside the header, and when malformed. */
bool der_next(struct der *der, uint8_t *tag_out, struct der *content_out);

/* The same for an element that must be a `tag`; another one is malformed. */
bool der_open(struct der *der, uint8_t tag, struct der *content_out);

/* The bytes of the whole next element, header included, which is passed over. NULL when it is cut
   or malformed. */
const uint8_t *der_element(struct der *der, size_t *length_out);

/* The content of the next element, which must be a `tag`. NULL when it is cut or malformed. */
const uint8_t *der_bytes(struct der *der, uint8_t tag, size_t *length_out);

/* An INTEGER or ENUMERATED (`tag`) that fits 64 bits; a longer one is malformed. False, and
   `*value_out` untouched, when it is cut or malformed. */
bool der_integer(struct der *der, uint8_t tag, int64_t *value_out);

/* GeneralizedTime as RFC 4120 5.2.3 wants it, YYYYMMDDHHMMSSZ, in microseconds since 1970. False,
   and `*wall_us_out` untouched, when it is cut or malformed. */
bool der_time(struct der *der, int64_t *wall_us_out);

/* Whether the input stops before the end of this element. */
bool der_is_cut(const struct der *der);

#endif
