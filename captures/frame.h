/* SPDX-License-Identifier: Apache-2.0 */
/* A frame as a reader gives it, whatever the file's format. */
#ifndef CCM_CAPTURES_FRAME_H
#define CCM_CAPTURES_FRAME_H

#include <stdint.h>

/* The numbers of https://www.tcpdump.org/linktypes.html, which are those of pcap files. */
enum link_type {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_BSD = 12,     /* DLT_RAW of most systems, as some programs write it */
    LINK_RAW_OPENBSD = 14, /* and that of OpenBSD */
    LINK_PPP_HDLC = 50,
    LINK_PPP_ETHER = 51, /* PPPoE without Ethernet */
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_LINUX_SLL = 113,
    LINK_PPP_PPPD = 166,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276,
    LINK_NONE = 0xffff, /* no packet: an event, or a layer that has no number */
};

#define FRAME_NO_TIME   INT64_MIN       /* EVIDENCE_UNKNOWN */
#define FRAME_TIME_LAST (INT64_MAX / 4) /* only damage lies beyond, and sums must not overflow */

struct frame {
    const uint8_t *bytes;
    uint32_t captured; /* how many of them are there */
    uint32_t length;   /* how many there were */
    uint32_t link;     /* enum link_type, or another of these numbers */
    uint64_t number;   /* counted as Wireshark does, from 1 */
    int64_t at;        /* microseconds since 1970; FRAME_NO_TIME */
    uint64_t offset;   /* of its record or block in the (decompressed) file */
    /* The time as the file has it, for writing it again: `ticks` of `resolution` (if_tsresol of
       pcapng) since `epoch`, seconds since 1970. Of no meaning when `at` is not known. */
    uint64_t ticks;
    int64_t epoch;
    uint8_t resolution;
    uint32_t snap_length; /* of its interface; 0: no limit */
};

/* Microseconds from `since` to `at`; 0 when either is not known, or the clock went back. */
static inline uint64_t frame_time_passed(int64_t since, int64_t at)
{
    return since != FRAME_NO_TIME && at > since ? (uint64_t)at - (uint64_t)since : 0;
}

#endif
