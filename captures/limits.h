/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much the reading of captures may keep, whatever the file is. Together these stay below
 * 40 MiB, which leaves messages and cases their part of the 64 MiB that a run may take.
 */
#ifndef CCM_CAPTURES_LIMITS_H
#define CCM_CAPTURES_LIMITS_H

enum {
    /* Bytes of a frame; what Wireshark takes, too (and libpcap, MAXIMUM_SNAPLEN). A record that
       claims more is damage. */
    LIMIT_FRAME_BYTES = 256 * 1024,
    /* Bytes of a pcapng block. Wireshark takes 16 MiB as well. Blocks are passed over in pieces. */
    LIMIT_BLOCK_BYTES = 16 * 1024 * 1024,
    /* Interfaces of one pcapng section, 24 bytes each. */
    LIMIT_INTERFACES = 8192,
    /* A reader's window on the file: holds the largest frame twice. */
    LIMIT_WINDOW_BYTES = 2 * LIMIT_FRAME_BYTES,
    /* zstd keeps as much as the compressor looked back; "zstd -19" looks back 8 MiB. */
    LIMIT_ZSTD_WINDOW_LOG = 23,
    /* Deflate makes at most 1,032 times its size of a byte, and zstd far more; captures become 3 to
       50 times as large. What becomes this many times as large is no capture, but may cost as much
       time as one; small files may do as they like. */
    LIMIT_UNPACK_RATIO = 250,
    LIMIT_UNPACK_FREE_BYTES = 128 * 1024 * 1024,
    /* TCP connections that are looked after at a time, about 320 bytes each. */
    LIMIT_CONNECTIONS = 32 * 1024,
    /* Bytes of segments that wait for earlier ones, with what it takes to keep them: of one side
       of a connection, and in all. */
    LIMIT_SIDE_BYTES = 6 * 1024 * 1024,
    LIMIT_BUFFERED_BYTES = 12 * 1024 * 1024,
    /* A segment that was acknowledged and is missing comes within so many segments of its
       connection, or so much time, or it was not recorded. Captures of several queues or
       processors mix up neighbours, not more. */
    LIMIT_WAIT_SEGMENTS = 32,
    LIMIT_WAIT_ACKNOWLEDGED_US = 1000 * 1000,
    /* What nobody acknowledged is waited for by the clock of the capture; Windows gives up a
       connection after 5 retransmissions, about 10 to 20 seconds. */
    LIMIT_WAIT_US = 60 * 1000 * 1000,
    /* Beyond the largest window (RFC 7323: 1 GiB) nothing is in flight; in practice far less. Such
       a jump is another connection whose beginning was not recorded. */
    LIMIT_JUMP_BYTES = 64 * 1024 * 1024,
    /* IP datagrams in reassembly, 64 KiB each at most, and how long (RFC 8200 4.5: 60 seconds;
       Windows and Linux: 30 to 60). */
    LIMIT_FRAGMENTED_DATAGRAMS = 32,
    LIMIT_FRAGMENT_WAIT_US = 60 * 1000 * 1000,
};

#endif
