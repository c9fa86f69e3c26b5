/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that holds the transport to its contract and aborts when it is broken: no call without an
 * open connection, each closed once, no byte or gap of a boring one or behind an end, gaps that are
 * not empty, frames that exist.
 *
 * With `known` bytes the sides' content is checked as well: the byte at position p of a stream is
 * check_byte(p), so that one told twice, left out or out of order shows.
 */
#ifndef CCM_TESTS_CHECK_SINK_H
#define CCM_TESTS_CHECK_SINK_H

#include "captures/transport.h"

struct check_sink {
    struct transport_sink sink;
    bool known;
    uint64_t opened;
    uint64_t closed;
    uint64_t datagrams;
    uint64_t bytes;
    uint64_t lost;
};

/* `known`: the content of streams is check_byte. Every eighth connection becomes boring. */
void check_sink_init(struct check_sink *check, bool known);

/* All that were opened must be closed. */
void check_sink_end(const struct check_sink *check);

uint8_t check_byte(uint64_t position);

#endif
