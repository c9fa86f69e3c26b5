/* SPDX-License-Identifier: Apache-2.0 */
/* Within captures/: a frame with all payload blanked but for patches, and right checksums. */
#ifndef CCM_CAPTURES_REDACT_FRAME_H
#define CCM_CAPTURES_REDACT_FRAME_H

#include "captures/frame.h"
#include "captures/ip.h"

/* Bytes that may stand in a frame. */
struct redact_patch {
    struct redact_patch *next;
    bool is_datagram; /* `where` counts in the IP datagram's payload; else a sequence number */
    uint64_t copy;    /* not 0: no patch, but a frame that gets those of this one, too */
    uint32_t where;
    uint32_t length;
    uint8_t bytes[];
};

/*
 * Writes the frame to `out`, which has room for `frame->captured` bytes. Headers up to TCP's and
 * UDP's stay, with the addresses in them, as do ARP, neighbour discovery and the first 8 bytes of
 * ICMP, with the header of a packet that could not be delivered; all else is zero but for the
 * patches. The checksums of TCP, UDP and ICMP change by what was changed (RFC 1624): those that
 * were right are right, those that were wrong stay wrong.
 */
void redact_frame(const struct frame *frame, const struct redact_patch *patches, uint8_t *out);

/* What is added to a one's complement checksum when bytes become others. */
uint16_t redact_checksum(uint16_t checksum, const uint8_t *before, const uint8_t *after,
                         size_t length);

#endif
