/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/der.h"

#include "base/clock.h"

/* More than any length of four octets, so that the outermost element may be cut anywhere. */
static const size_t UNBOUNDED = SIZE_MAX / 2;

void der_init(struct der *der, const void *bytes, size_t length, bool *malformed_out)
{
    *malformed_out = false;
    cursor_init(&der->in, bytes, length);
    der->missing = UNBOUNDED;
    der->malformed = malformed_out;
}

void der_fail(struct der *der)
{
    *der->malformed = true;
    der->in.left = 0;
}

bool der_is_cut(const struct der *der)
{
    return der->missing > 0;
}

bool der_more(const struct der *der)
{
    return !*der->malformed && der->in.left > 0;
}

uint8_t der_peek(const struct der *der)
{
    return der_more(der) ? cursor_peek(&der->in) : 0;
}

/* Passes over identifier and length. False when they are cut, malformed or not there. */
static bool read_header(struct der *der, uint8_t *tag_out, size_t *length_out)
{
    struct cursor in = der->in;
    size_t octets = 0;
    size_t length;
    uint8_t tag;

    if (*der->malformed || in.left == 0) {
        return false;
    }
    tag = cursor_u8(&in);
    length = cursor_u8(&in);
    if (length >= 0x80) {
        octets = length & 0x7F;
        length = 0;
        if (octets == 0 || octets > 4) {
            der_fail(der);
            return false;
        }
    }
    for (size_t i = 0; i < octets; i++) {
        length = length << 8 | cursor_u8(&in);
    }
    if (in.failed && der_is_cut(der)) {
        der->in.left = 0;
        return false;
    }
    if (in.failed || (tag & 0x1F) == 0x1F ||
        (length > in.left && length - in.left > der->missing)) {
        der_fail(der);
        return false;
    }
    der->in = in;
    *tag_out = tag;
    *length_out = length;
    return true;
}

bool der_next(struct der *der, uint8_t *tag_out, struct der *content_out)
{
    size_t length = 0;
    size_t here;

    *tag_out = 0;
    *content_out = (struct der){.malformed = der->malformed, .missing = der->missing > 0};
    if (!read_header(der, tag_out, &length)) {
        return false;
    }
    here = length < der->in.left ? length : der->in.left;
    content_out->in = cursor_sub(&der->in, here);
    content_out->missing = length - here;
    return true;
}

bool der_open(struct der *der, uint8_t tag, struct der *content_out)
{
    uint8_t found;

    if (!der_next(der, &found, content_out)) {
        return false;
    }
    if (found != tag) {
        der_fail(der);
        *content_out = (struct der){.malformed = der->malformed};
        return false;
    }
    return true;
}

/* The content's bytes when the input has them all. */
static const uint8_t *whole(const struct der *content, size_t *length_out)
{
    *length_out = 0;
    if (der_is_cut(content)) {
        return NULL;
    }
    *length_out = content->in.left;
    return content->in.at;
}

const uint8_t *der_element(struct der *der, size_t *length_out)
{
    const uint8_t *start = der->in.at;
    struct der content;
    uint8_t tag;

    *length_out = 0;
    if (!der_next(der, &tag, &content) || !whole(&content, length_out)) {
        return NULL;
    }
    *length_out = (size_t)(der->in.at - start);
    return start;
}

const uint8_t *der_bytes(struct der *der, uint8_t tag, size_t *length_out)
{
    struct der content;

    *length_out = 0;
    return der_open(der, tag, &content) ? whole(&content, length_out) : NULL;
}

bool der_integer(struct der *der, uint8_t tag, int64_t *value_out)
{
    size_t length;
    const uint8_t *bytes = der_bytes(der, tag, &length);
    uint64_t value;

    if (!bytes) {
        return false;
    }
    if (length == 0 || length > sizeof(value)) {
        der_fail(der);
        return false;
    }
    value = bytes[0] & 0x80 ? UINT64_MAX : 0; /* two's complement (X.690 8.3) */
    for (size_t i = 0; i < length; i++) {
        value = value << 8 | bytes[i];
    }
    *value_out = (int64_t)value;
    return true;
}

static bool is_time(const uint8_t *text, size_t length)
{
    for (size_t i = 0; i < 14 && i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return length == 15 && text[14] == 'Z';
}

static int two_digits(const uint8_t *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

bool der_time(struct der *der, int64_t *wall_us_out)
{
    size_t length;
    const uint8_t *text = der_bytes(der, DER_GENERALIZED_TIME, &length);
    int month, day, hour, minute, second;

    if (!text) {
        return false;
    }
    if (!is_time(text, length)) {
        der_fail(der);
        return false;
    }
    month = two_digits(text + 4);
    day = two_digits(text + 6);
    hour = two_digits(text + 8);
    minute = two_digits(text + 10);
    second = two_digits(text + 12);
    if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) {
        der_fail(der);
        return false;
    }
    *wall_us_out = clock_from_calendar(two_digits(text) * 100 + two_digits(text + 2), month, day,
                                       hour, minute, second) *
                   CLOCK_US_PER_SECOND;
    return true;
}
