/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a search is split into parts that several streams can read at the same time, and how many
 * streams are worth it: decisions without any I/O.
 *
 * The parts are told by the first four bits of objectGUID. Every object has one, exactly one and
 * always the same; it is indexed and in the global catalog ([MS-ADA3] objectGUID: fATTINDEX,
 * partial attribute set); it is made of chance, so that the parts are equal; and it is bytes, so
 * that no rule of case or language is in the way. Active Directory takes substrings of byte strings
 * in a filter (Windows SDK, "How to Specify Comparison Values": wildcards are accepted). What a
 * server really answers is checked all the same: see partition_is_honoured.
 */
#ifndef CCM_LDAP_PARTITION_H
#define CCM_LDAP_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum {
    PARTITION_PARTS = 16,
    PARTITION_STREAMS_MAX = 8, /* to one server */
    PARTITION_GUID_BYTES = 16,
    PARTITION_RTT_LEAST_US = 2000, /* a nearer server is not kept busier by more streams */
};

/* What was seen since the number of streams changed; microseconds. */
struct partition_timing {
    int64_t rtt;     /* round trip to the server */
    int64_t elapsed; /* all of the time */
    int64_t waited;  /* of it, while nothing came from any stream: see partition_is_wait */
};

/* Appends the filter of one part (0 to 15) of what `filter` finds. */
void partition_filter(struct buffer *out, const char *filter, unsigned part);

/* The part that an object belongs to; -1 when the bytes are no GUID. */
int partition_of(const uint8_t *guid, size_t length);

/* Whether a server gives by parts what it gives without them: of `count` entries that it gave
   without, `missing` did not come again. A few may have been deleted meanwhile; a part left out
   would be a sixteenth. */
bool partition_is_honoured(size_t missing, size_t count);

/* Whether silence of this length is a wait for the line, and not for the next entry. */
bool partition_is_wait(int64_t rtt, int64_t silence);

/* How many streams there should be: twice as many while a quarter of the time is waiting for the
   line, up to `most`. Never fewer than now. */
unsigned partition_streams(unsigned now, unsigned most, const struct partition_timing *timing);

#endif
