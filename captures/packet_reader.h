/* SPDX-License-Identifier: Apache-2.0 */
/* Within captures/: what the readers of the formats share. A reader is started when the first bytes
   are its own, and asked for frame after frame. */
#ifndef CCM_CAPTURES_PACKET_READER_H
#define CCM_CAPTURES_PACKET_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "captures/frame.h"
#include "captures/input.h"

/* An interface of a pcapng section. */
struct packet_interface {
    uint32_t link;
    uint32_t snap_length; /* 0: no limit */
    uint8_t resolution;   /* if_tsresol */
    int64_t offset;       /* if_tsoffset, seconds */
};

struct packet_file {
    struct input *input;
    const struct packet_reader *reader;
    char format[40];
    char problem[240];
    uint64_t frames; /* given so far */
    bool big_endian; /* of the file, or of the current section */
    bool ended;
    union {
        struct {
            uint32_t link;
            uint32_t snap_length;
            uint32_t per_second; /* units of the frames' fractions */
        } pcap;
        struct {
            struct packet_interface *interfaces;
            size_t count;
            uint32_t passed; /* bytes of the block of the last frame, still to be passed over */
            uint64_t passed_at;
        } pcapng;
        struct {
            int64_t start; /* microseconds */
            uint32_t link; /* of frames that do not say it */
            uint32_t table;
            uint32_t table_entries;
            uint32_t entry;       /* the next */
            uint32_t *entries;    /* a part of the table */
            uint32_t entry_first; /* the number of entries[0] */
            uint32_t entry_count;
            uint8_t minor;
            bool follow_table; /* else the frames are read as they stand */
            bool is_frame;     /* the last record was one */
        } netmon;
    };
};

struct packet_reader {
    /* Reads the file's header; false with a problem when it is none. */
    bool (*start)(struct packet_file *file);
    bool (*next)(struct packet_file *file, struct frame *frame);
    void (*stop)(struct packet_file *file); /* may be NULL */
};

extern const struct packet_reader PACKET_READER_PCAP;
extern const struct packet_reader PACKET_READER_PCAPNG;
extern const struct packet_reader PACKET_READER_NETMON;

/* Ends reading: what is wrong, and where. Always false. */
bool packet_reader_fail(struct packet_file *file, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The input has fewer bytes than are wanted at `offset`: a clean end when there is none, else a
   record that is cut short. Always false. */
bool packet_reader_end(struct packet_file *file, uint64_t offset);

#endif
