/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One direction of a TCP connection that carries records which tell their length at their
 * beginning: Kerberos (RFC 4120 7.2.2), DNS (RFC 1035 4.2.2), LDAP.
 *
 * A record that stands whole in one piece is handed over where it is; of one in pieces the
 * beginning is kept, up to a limit. A record's end that was not recorded is as good as cut.
 */
#ifndef CCM_CAPTURES_RECORD_STREAM_H
#define CCM_CAPTURES_RECORD_STREAM_H

#include <stdint.h>

#include "captures/budget.h"
#include "captures/transport.h"

/* How long the record is that the bytes begin with, header included: 0 when more of them are needed
   to tell (at most RECORD_HEADER), SIZE_MAX when they begin none. */
typedef size_t record_size_fn(const void *bytes, size_t length);

enum { RECORD_HEADER = 8 };

struct record_stream {
    record_size_fn *size_of;
    size_t keep_limit; /* bytes of a record that are kept */
    struct budget *budget;
    struct buffer held;
    struct mark began; /* of the record */
    size_t size;       /* of the record under way, 0 while it is not known */
    size_t seen;       /* bytes of it that have come, or were lost */
    bool is_cut;       /* nothing more of it is kept */
    bool is_given;     /* it was handed over; what is held of it goes with the next call */
    bool is_lost;      /* waits for a piece that begins a record */
};

struct record {
    const uint8_t *bytes; /* valid until the next call with the stream */
    size_t length;        /* less than `size` when it was cut */
    size_t size;
};

enum record_item {
    RECORD_NONE, /* the piece is used up */
    RECORD_WHOLE,
    RECORD_LOST, /* the bytes begin no record; the rest of the piece was passed over */
};

/* `budget` is borrowed. */
void record_stream_init(struct record_stream *stream, record_size_fn *size_of, size_t keep_limit,
                        struct budget *budget);
void record_stream_release(struct record_stream *stream);

/* Takes the next record off the front of the piece; call until RECORD_NONE. */
enum record_item record_stream_next(struct record_stream *stream, const struct mark *mark,
                                    const uint8_t **bytes, size_t *length, struct record *out);

/* `lost` bytes will not come. True when they lie within a record, so that the place in the stream
   is still known; a record that ends with them is given by the next call (with an empty piece). */
bool record_stream_gap(struct record_stream *stream, uint64_t lost);

#endif
