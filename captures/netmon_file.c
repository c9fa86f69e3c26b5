/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network Monitor 2.x ("GMBU", written by Network Monitor 2 and 3): a header of 128 bytes, frames,
 * and a table of the frames' offsets, which is usually the last. All numbers are little-endian.
 *
 * Sources: CAPTUREFILE_HEADER_VALUES of Microsoft's NetMon2 reference; "Network Monitor Capture
 * File Format" of Network Monitor 3.1; what Wireshark's developers found of the later versions
 * (https://bugs.wireshark.org/, bug 10190):
 *
 *   header   0 "GMBU", 4 minor, 5 major version, 6 media type (u16), 8 SYSTEMTIME of the start in
 *            the local time of the capturing machine, 24 offset and 28 size of the frame table
 *   frame    0 microseconds since the start (u64), 8 original length, 12 captured length (u32), the
 *            bytes, and a trailer: from 2.1 the media type (u16), from 2.2 an index of the process
 *            (u32), from 2.3 a FILETIME in UTC and an index of the time zone (u8)
 *
 * Before 2.3 no file says in which time zone it was recorded: its times are given as if they were
 * UTC, which the format's name says.
 *
 * The frames are read in the order of the table. Where the table cannot be reached (the input is a
 * stream, or the file is cut short) they are read as they stand one after the other.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "captures/bytes.h"
#include "captures/limits.h"
#include "captures/packet_reader.h"

enum {
    FILE_HEADER = 128,
    RECORD_HEADER = 16,
    TRAILER_MEDIA = 2,   /* 2.1 */
    TRAILER_PROCESS = 6, /* 2.2 */
    TRAILER_UTC = 15,    /* 2.3 */
    TABLE_PART = 4096,   /* entries of the table that are read at a time */
    MEDIA_PCAP = 0xe000, /* and a number of linktypes.html in the lower 12 bits */
    MEDIA_PAYLOAD_HEADER = 0xfffc,
    MEDIA_DNS_CACHE = 0xfffe,
};

/* NDIS media types as Network Monitor uses them, by their number. 0 stands in VPN captures, whose
   frames are Ethernet nevertheless. Token ring, FDDI, WAN and 802.11 are not read. */
static const uint16_t MEDIA[] = {LINK_ETHERNET, LINK_ETHERNET, LINK_NONE, LINK_NONE, LINK_NONE,
                                 LINK_NONE,     LINK_NONE,     LINK_RAW,  LINK_RAW,  LINK_RAW};

static uint32_t media_link(uint32_t media)
{
    if ((media & 0xf000) == MEDIA_PCAP) {
        return media & 0x0fff;
    }
    return media < sizeof(MEDIA) / sizeof(MEDIA[0]) ? MEDIA[media] : LINK_NONE;
}

/* Days from 1970-01-01 to a day of the Gregorian calendar: years begin in March, so that the leap
   day is the last of its year. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t from_march = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return 365 * y + y / 4 - y / 100 + y / 400 + from_march - 719468;
}

/* A SYSTEMTIME: year, month, day of the week, day, hour, minute, second, millisecond. */
static int64_t system_time(const uint8_t *bytes)
{
    int64_t days =
        days_since_1970(bytes_u16le(bytes), bytes_u16le(bytes + 2), bytes_u16le(bytes + 6));
    int64_t seconds = days * 86400 + bytes_u16le(bytes + 8) * 3600 + bytes_u16le(bytes + 10) * 60 +
                      bytes_u16le(bytes + 12);

    return seconds * 1000000 + bytes_u16le(bytes + 14) * 1000;
}

static size_t trailer_size(const struct packet_file *file)
{
    static const size_t sizes[] = {0, TRAILER_MEDIA, TRAILER_PROCESS, TRAILER_UTC};

    return sizes[file->netmon.minor < 3 ? file->netmon.minor : 3];
}

static bool start(struct packet_file *file)
{
    const uint8_t *header = input_peek(file->input, FILE_HEADER);
    uint64_t table_end;

    if (!header) {
        return packet_reader_fail(file, 0, "the header of the Network Monitor file is cut short");
    }
    file->netmon.minor = header[4];
    snprintf(file->format, sizeof(file->format), "Network Monitor 2.%u%s", header[4],
             header[4] < 3 ? " (local time)" : "");
    file->netmon.link = media_link(bytes_u16le(header + 6));
    file->netmon.start = system_time(header + 8);
    file->netmon.table = bytes_u32le(header + 24);
    file->netmon.table_entries = bytes_u32le(header + 28) / 4;
    table_end = (uint64_t)file->netmon.table + 4 * (uint64_t)file->netmon.table_entries;
    file->netmon.follow_table = input_can_seek(file->input) && table_end <= input_size(file->input);
    input_advance(file->input, FILE_HEADER);
    return true;
}

/* The offset of the next frame by the table, a part of which is kept. False at its end. */
static bool look_up(struct packet_file *file, uint64_t *offset)
{
    const uint32_t entry = file->netmon.entry;
    uint32_t count = file->netmon.table_entries - entry;
    const uint8_t *bytes;

    if (entry == file->netmon.table_entries) {
        return false;
    }
    if (entry - file->netmon.entry_first >= file->netmon.entry_count) {
        count = count < TABLE_PART ? count : TABLE_PART;
        if (!file->netmon.entries) {
            file->netmon.entries = malloc(TABLE_PART * sizeof(*file->netmon.entries));
            if (!file->netmon.entries) {
                abort();
            }
        }
        bytes = input_seek(file->input, file->netmon.table + 4 * (uint64_t)entry)
                    ? input_peek(file->input, 4 * (size_t)count)
                    : NULL;
        if (!bytes) {
            return packet_reader_fail(file, file->netmon.table, "the frame table is cut short");
        }
        for (uint32_t i = 0; i < count; i++) {
            file->netmon.entries[i] = bytes_u32le(bytes + 4 * (size_t)i);
        }
        file->netmon.entry_first = entry;
        file->netmon.entry_count = count;
    }
    *offset = file->netmon.entries[entry - file->netmon.entry_first];
    file->netmon.entry++;
    return true;
}

/* Goes to the next frame; false at the end. */
static bool find_record(struct packet_file *file, uint64_t *offset)
{
    *offset = input_offset(file->input);
    if (file->netmon.follow_table) {
        if (!look_up(file, offset)) {
            return false;
        }
        if (*offset < FILE_HEADER || !input_seek(file->input, *offset)) {
            return packet_reader_fail(file, *offset, "the frame table points out of the file");
        }
        return true;
    }
    if (*offset >= file->netmon.table && file->netmon.table >= FILE_HEADER) {
        if (*offset > file->netmon.table || file->netmon.entry != file->netmon.table_entries) {
            return packet_reader_fail(file, *offset,
                                      "the frame table is of %u frames, so they do not stand in "
                                      "a row: try again with the unpacked file",
                                      file->netmon.table_entries);
        }
        return false;
    }
    file->netmon.entry++;
    return true;
}

/* Records about the capture: Wireshark leaves these out of its count, others (events, filters) it
   shows as frames. */
static bool is_no_frame(uint32_t media)
{
    return media >= MEDIA_PAYLOAD_HEADER && media <= MEDIA_DNS_CACHE;
}

/* A time that only damage gives is that of the start, which a SYSTEMTIME cannot put that far. */
static int64_t record_time(const struct packet_file *file, uint64_t since)
{
    const int64_t began = file->netmon.start;

    return since < (uint64_t)(FRAME_TIME_LAST - began) ? began + (int64_t)since : began;
}

/* The same time in ticks; one before 1970, which only damage gives, counts from long before. */
static void set_ticks(struct frame *frame)
{
    const int64_t long_before = -(INT64_C(1) << 37);

    frame->resolution = 6;
    frame->epoch = frame->at < 0 ? long_before : 0;
    frame->ticks = (uint64_t)(frame->at - frame->epoch * 1000000);
}

/* What the trailer says of the frame. */
static void read_trailer(struct packet_file *file, const uint8_t *trailer, struct frame *frame)
{
    /* FILETIME counts 100 ns since 1601, 11644473600 seconds before 1970. */
    const int64_t epoch_us = INT64_C(11644473600) * 1000000;

    frame->link = media_link(bytes_u16le(trailer));
    file->netmon.is_frame = !is_no_frame(bytes_u16le(trailer));
    if (file->netmon.minor >= 3) {
        int64_t utc = (int64_t)(bytes_u64le(trailer + TRAILER_PROCESS) / 10);

        frame->at = utc > epoch_us ? utc - epoch_us : frame->at;
        set_ticks(frame);
    }
}

static bool read_record(struct packet_file *file, struct frame *frame)
{
    const size_t trailer = trailer_size(file);
    const uint8_t *record;
    uint64_t offset;
    size_t size;

    if (!find_record(file, &offset)) {
        return false;
    }
    record = input_peek(file->input, RECORD_HEADER);
    if (!record) {
        if (input_rest(file->input) == 0 && !input_problem(file->input)) {
            return packet_reader_fail(file, offset, "the file is cut short before its frame table");
        }
        return packet_reader_end(file, offset);
    }
    frame->at = record_time(file, bytes_u64le(record));
    set_ticks(frame);
    frame->length = bytes_u32le(record + 8);
    frame->captured = bytes_u32le(record + 12);
    frame->link = file->netmon.link;
    frame->offset = offset;
    if (frame->captured > LIMIT_FRAME_BYTES) {
        return packet_reader_fail(file, offset, "a frame of %u bytes is damage", frame->captured);
    }
    size = RECORD_HEADER + (size_t)frame->captured + trailer;
    record = input_peek(file->input, size);
    if (!record) {
        return packet_reader_end(file, offset);
    }
    frame->bytes = record + RECORD_HEADER;
    file->netmon.is_frame = true;
    if (trailer > 0) {
        read_trailer(file, record + size - trailer, frame);
    }
    input_advance(file->input, size);
    return true;
}

static bool next(struct packet_file *file, struct frame *frame)
{
    do {
        if (!read_record(file, frame)) {
            return false;
        }
    } while (!file->netmon.is_frame);
    return true;
}

static void stop(struct packet_file *file)
{
    free(file->netmon.entries);
}

const struct packet_reader PACKET_READER_NETMON = {start, next, stop};
