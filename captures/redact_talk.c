/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/redact_talk.h"

#include <stdlib.h>
#include <string.h>

#include "decode/http_request.h"
#include "decode/ldap_message.h"
#include "evidence/evidence.h"

enum { KERBEROS_PREFIX = 4, DNS_PREFIX = 2 };

static void redact_record(const struct image *image, enum protocol protocol)
{
    const size_t prefix = protocol == PROTOCOL_KERBEROS ? KERBEROS_PREFIX
                          : protocol == PROTOCOL_DNS    ? DNS_PREFIX
                                                        : 0;
    if (image->length < prefix) {
        return;
    }
    const struct image message = image_part(image, prefix, image->length - prefix);

    memcpy(image->out, image->in, prefix);
    switch ((int)protocol) {
    case PROTOCOL_KERBEROS:
        redact_kerberos(&message);
        break;
    case PROTOCOL_DNS:
        redact_dns(&message);
        break;
    case PROTOCOL_LDAP:
        redact_ldap(&message);
        break;
    default:
        break;
    }
}

/* A chunk's size, or what ends one: nothing but digits. */
static void redact_frame_line(const struct image *image)
{
    bool digits = true;

    for (size_t i = 0; i < image->length; i++) {
        const uint8_t byte = image->in[i];
        const bool is_digit = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
                              (byte >= 'A' && byte <= 'F');

        digits = digits && (is_digit || byte == ' ');
        image->out[i] = byte == '\r' || byte == '\n' || (digits && is_digit) ? byte
                        : byte == ';'                                        ? ';'
                                                                             : ' ';
    }
}

void talk_put(struct redact_streams *streams, const struct gather *gather, size_t length,
              enum unit unit, enum protocol protocol)
{
    uint8_t *out = calloc(1, length + 1);
    const struct image image = {streams->disguise, gather_bytes(gather), out, length};

    if (!out) {
        abort();
    }
    switch (unit) {
    case UNIT_RECORD:
        redact_record(&image, protocol);
        break;
    case UNIT_HEAD:
        redact_http_head(&image);
        break;
    case UNIT_LINE:
        redact_frame_line(&image);
        break;
    case UNIT_TRAILER:
        for (size_t i = 0; i < length; i++) {
            out[i] = strchr("\r\n:", image.in[i]) ? image.in[i] : 'x';
        }
        break;
    case UNIT_BODY:
        redact_http_body(&image);
        break;
    }
    gather_emit(gather, &streams->sink, 0, out, length);
    free(out);
}

void talk_end_body(struct redact_streams *streams, struct direction *direction)
{
    if (gather_length(&direction->body) > 0) {
        talk_put(streams, &direction->body, gather_length(&direction->body), UNIT_BODY,
                 PROTOCOL_HTTP);
    }
    gather_release(&direction->body, &streams->sink);
    direction->body_is_full = false;
}

void talk_lose(struct redact_streams *streams, struct direction *direction)
{
    talk_end_body(streams, direction);
    gather_release(&direction->gather, &streams->sink);
    direction->searched = 0;
    direction->left = 0;
    direction->part = PART_LOST;
}

/* --- records --- */

size_t talk_record_size(enum protocol protocol, const uint8_t *bytes, size_t length)
{
    if (protocol == PROTOCOL_KERBEROS) {
        return kerberos_record_size(bytes, length);
    }
    if (protocol == PROTOCOL_LDAP) {
        return ldap_message_size(bytes, length);
    }
    return length < DNS_PREFIX ? 0 : DNS_PREFIX + ((size_t)bytes[0] << 8 | bytes[1]);
}

/* How many bytes at the front are done with; 0: more are needed. */
static size_t take_record(struct redact_streams *streams, struct talk_state *talk,
                          struct direction *direction)
{
    const uint8_t *bytes = gather_bytes(&direction->gather);
    const size_t length = gather_length(&direction->gather);
    const size_t size = talk_record_size(talk->protocol, bytes, length);

    if (size == SIZE_MAX) {
        talk_lose(streams, direction);
        return 0;
    }
    if (size == 0 || (size > length && size <= LIMIT_MESSAGE_BYTES)) {
        return 0;
    }
    if (size > LIMIT_MESSAGE_BYTES) {
        talk_put(streams, &direction->gather, length, UNIT_RECORD, talk->protocol);
        direction->left = size;
        direction->part = PART_BODY;
        return 0;
    }
    talk_put(streams, &direction->gather, size, UNIT_RECORD, talk->protocol);
    return size;
}

/* --- HTTP --- */

static bool is_final(int64_t status)
{
    return status == EVIDENCE_UNKNOWN || status >= 200 || status == 101;
}

/* Which part comes behind a head (RFC 9112 6.3). */
static void frame_body(struct talk_state *talk, struct direction *direction,
                       const struct http_framing *framing, bool asks)
{
    bool is_head = false;

    if (asks) {
        talk->heads |= talk->asked < 64 && framing->is_head ? UINT64_C(1) << talk->asked : 0;
        talk->asked++;
    } else if (is_final(framing->status) && talk->asked > 0) {
        is_head = talk->heads & 1;
        talk->heads >>= 1;
        talk->asked--;
    }
    direction->part = PART_MESSAGE;
    direction->left = 0;
    direction->may_skip = asks && framing->has_expect;
    if (!asks &&
        (is_head || framing->status < 200 || framing->status == 204 || framing->status == 304)) {
        return;
    }
    if (framing->chunked) {
        direction->part = PART_CHUNK_SIZE;
    } else if (framing->length > 0) {
        direction->left = (uint64_t)framing->length;
        direction->part = PART_BODY;
    } else if (framing->length == EVIDENCE_UNKNOWN && !asks) {
        direction->part = PART_TO_CLOSE;
    }
}

static size_t take_head(struct redact_streams *streams, struct talk_state *talk,
                        struct direction *direction, bool asks)
{
    const char *bytes = (const char *)gather_bytes(&direction->gather);
    const size_t length = gather_length(&direction->gather);
    const size_t from = direction->searched > 3 ? direction->searched - 3 : 0;
    const char *end = memmem(bytes + from, length - from, "\r\n\r\n", 4);
    struct http_framing framing;
    size_t size;

    /* Empty lines may stand before a message. */
    if (length > 0 && (bytes[0] == '\r' || bytes[0] == '\n')) {
        talk_put(streams, &direction->gather, 1, UNIT_LINE, PROTOCOL_HTTP);
        return 1;
    }
    if (!(asks ? http_may_be_request(bytes, length) : http_may_be_reply(bytes, length))) {
        talk_lose(streams, direction);
        return 0;
    }
    direction->searched = length;
    if (!end) {
        return 0;
    }
    size = (size_t)(end + 4 - bytes);
    framing = http_decode_framing(bytes, size);
    talk_put(streams, &direction->gather, size, UNIT_HEAD, PROTOCOL_HTTP);
    frame_body(talk, direction, &framing, asks);
    direction->searched = 0;
    return size;
}

static size_t take_body(struct redact_streams *streams, struct talk_state *talk,
                        struct direction *direction)
{
    size_t length = gather_length(&direction->gather);

    if (direction->part != PART_TO_CLOSE && length > direction->left) {
        length = (size_t)direction->left;
    }
    if (talk->protocol == PROTOCOL_HTTP && !direction->body_is_full) {
        direction->body_is_full = !gather_move(&direction->body, &streams->sink, &direction->gather,
                                               0, length, LIMIT_REDACTED_BODY);
    }
    direction->left -= direction->part != PART_TO_CLOSE ? length : 0;
    if (direction->left == 0 && direction->part == PART_CHUNK_DATA) {
        direction->part = PART_CHUNK_END;
    } else if (direction->left == 0 && direction->part == PART_BODY) {
        talk_end_body(streams, direction);
        direction->part = PART_MESSAGE;
    }
    return length;
}

/* A line of the framing of chunks. */
static size_t take_line(struct redact_streams *streams, struct direction *direction)
{
    const char *bytes = (const char *)gather_bytes(&direction->gather);
    const size_t length = gather_length(&direction->gather);
    const char *end = memchr(bytes + direction->searched, '\n', length - direction->searched);
    const size_t size = end ? (size_t)(end + 1 - bytes) : 0;

    direction->searched = end ? 0 : length;
    if (!end) {
        return 0;
    }
    talk_put(streams, &direction->gather, size,
             direction->part == PART_TRAILER ? UNIT_TRAILER : UNIT_LINE, PROTOCOL_HTTP);
    if (direction->part == PART_CHUNK_END) {
        direction->part = PART_CHUNK_SIZE;
    } else if (direction->part == PART_CHUNK_SIZE) {
        direction->left = strtoull(bytes, NULL, 16);
        direction->part = direction->left > 0 ? PART_CHUNK_DATA : PART_TRAILER;
        if (direction->left == 0) {
            talk_end_body(streams, direction);
        }
    } else if (size <= 2) {
        direction->part = PART_MESSAGE;
    }
    return size;
}

/* A client that was refused before it sent the body goes on with the next request. */
static bool is_next_request(struct direction *direction)
{
    const bool skips = direction->may_skip && http_is_request(gather_bytes(&direction->gather),
                                                              gather_length(&direction->gather));

    direction->may_skip = false;
    return skips;
}

static size_t take_unit(struct redact_streams *streams, struct talk_state *talk,
                        struct direction *direction, bool asks)
{
    switch (direction->part) {
    case PART_MESSAGE:
        return talk->protocol == PROTOCOL_HTTP ? take_head(streams, talk, direction, asks)
                                               : take_record(streams, talk, direction);
    case PART_BODY:
    case PART_CHUNK_DATA:
    case PART_TO_CLOSE:
        return take_body(streams, talk, direction);
    case PART_CHUNK_SIZE:
    case PART_CHUNK_END:
    case PART_TRAILER:
        return take_line(streams, direction);
    case PART_LOST:
    default:
        return 0;
    }
}

void talk_take(struct redact_streams *streams, struct talk_state *talk, enum side side)
{
    struct direction *direction = &talk->sides[side];
    enum part before;
    size_t done;

    do {
        if (gather_length(&direction->gather) == 0) {
            return;
        }
        if (direction->part != PART_MESSAGE && is_next_request(direction)) {
            direction->part = PART_MESSAGE;
        }
        before = direction->part;
        done = take_unit(streams, talk, direction, side == talk->client);
        if (done > 0) {
            gather_drop(&direction->gather, &streams->sink, done);
        }
    } while (done > 0 || before != direction->part);
}

bool talk_begins(const struct talk_state *talk, enum side side, const uint8_t *bytes, size_t length)
{
    if (talk->protocol == PROTOCOL_HTTP) {
        return side == talk->client ? http_is_request(bytes, length) : http_is_reply(bytes, length);
    }
    return talk_record_size(talk->protocol, bytes, length) != SIZE_MAX;
}
