/* SPDX-License-Identifier: Apache-2.0 */
/* Link layers, IP and its fragments, UDP: frames in hexadecimal, and what the sink is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "packets.h"

/* UDP from 10.0.0.1:1 to 10.0.0.2:2 that says "hi", and its pieces. */
#define UDP   "0001 0002 000a 0000 6869"
#define IPV4  "4500 001e 0000 0000 4011 0000 0a000001 0a000002" UDP
#define TOLD  "udp 10.0.0.1:1>10.0.0.2:2 1 hi; "
#define FROM  "fd000000000000000000000000000001"
#define TO    "fd000000000000000000000000000002"
#define IPV6  "60000000 000a 11 40" FROM TO UDP
#define TOLD6 "udp fd00::1:1>fd00::2:2 1 hi; "
#define MACS  "020000000002 020000000001"

enum counter { NONE, CUT, MALFORMED, UNREADABLE };

static const struct {
    const char *name;
    uint32_t link;
    const char *frame;
    const char *told;
    enum counter counter;
    uint32_t longer; /* the frame had so many bytes more */
} FRAMES[] = {
    {"Ethernet", 1, MACS "0800" IPV4, TOLD, NONE, 0},
    {"padding", 1, MACS "0800" IPV4 "000000000000000000000000000000000000", TOLD, NONE, 0},
    {"IPv6", 1, MACS "86dd" IPV6, TOLD6, NONE, 0},
    {"VLAN", 1, MACS "8100 0005 0800" IPV4, TOLD, NONE, 0},
    {"QinQ", 1, MACS "88a8 0005 8100 0006 86dd" IPV6, TOLD6, NONE, 0},
    {"the older QinQ", 1, MACS "9100 0005 8100 0006 0800" IPV4, TOLD, NONE, 0},
    {"SNAP", 1, MACS "0026 aaaa03000000 0800" IPV4, TOLD, NONE, 0},
    {"spanning tree", 1, MACS "0026 424203 0000000000", "", NONE, 0},
    {"ARP", 1, MACS "0806 0001", "", NONE, 0},
    {"MPLS", 1, MACS "8847 00010140" IPV4, "", UNREADABLE, 0},
    {"PPPoE", 1, MACS "8864 11 00 0001 0020 0021" IPV4, TOLD, NONE, 0},
    {"PPPoE that is no session", 1, MACS "8864 11 09 0001 0020 0021" IPV4, "", NONE, 0},
    {"no Ethernet header", 1, MACS, "", MALFORMED, 0},
    {"Linux cooked", 113, "0000 0001 0006 020000000001 0000 0800" IPV4, TOLD, NONE, 0},
    {"Linux cooked with VLAN", 113, "0000 0001 0006 020000000001 0000 8100 0001 86dd" IPV6, TOLD6,
     NONE, 0},
    {"Linux cooked 2", 276, "0800 0000 00000001 0001 00 06 0200000000010000" IPV4, TOLD, NONE, 0},
    {"raw", 101, IPV4, TOLD, NONE, 0},
    {"raw of IPv6", 101, IPV6, TOLD6, NONE, 0},
    {"raw 12", 12, IPV4, TOLD, NONE, 0},
    {"raw 14", 14, IPV4, TOLD, NONE, 0},
    {"raw IPv4", 228, IPV4, TOLD, NONE, 0},
    {"raw IPv6", 229, IPV6, TOLD6, NONE, 0},
    {"null, little-endian", 0, "02000000" IPV4, TOLD, NONE, 0},
    {"null, big-endian", 0, "0000001e" IPV6, TOLD6, NONE, 0},
    {"null of something else", 0, "07000000" IPV4, "", NONE, 0},
    {"loopback", 108, "00000002" IPV4, TOLD, NONE, 0},
    {"PPP", 9, "ff03 0021" IPV4, TOLD, NONE, 0},
    {"PPP without address, with a short protocol", 9, "21" IPV4, TOLD, NONE, 0},
    {"PPP of IPv6", 50, "ff03 0057" IPV6, TOLD6, NONE, 0},
    {"PPP, compressed", 9, "ff03 00fd 0011", "", UNREADABLE, 0},
    {"PPP with a direction", 166, "00 03 0021" IPV4, TOLD, NONE, 0},
    {"PPPoE alone", 51, "11 00 0001 0020 0021" IPV4, TOLD, NONE, 0},
    {"802.11", 105, "0800" IPV4, "", UNREADABLE, 0},
    {"no packet", LINK_NONE, "", "", UNREADABLE, 0},

    {"options", 101, "4600 0022 0000 0000 4011 0000 0a000001 0a000002 01010100" UDP, TOLD, NONE, 0},
    {"a length of 0: segmentation offload", 101,
     "4500 0000 0000 0000 4011 0000 0a000001 0a000002" UDP, TOLD, NONE, 0},
    {"a header that is too short", 101, "4400 001e 0000 0000 4011 0000 0a000001 0a000002" UDP, "",
     MALFORMED, 0},
    {"a packet longer than its frame", 101, "4500 001f 0000 0000 4011 0000 0a000001 0a000002" UDP,
     "", MALFORMED, 0},
    {"IP of no version", 101, "5500", "", MALFORMED, 0},
    {"cut in the UDP data", 101,
     "4500 001f 0000 0000 4011 0000 0a000001 0a000002"
     "0001 0002 000b 0000 6869",
     TOLD, CUT, 1},
    {"cut in the header", 101, "4500 001f 0000", "", CUT, 25},
    {"ICMP", 101, "4500 001c 0000 0000 4001 0000 0a000001 0a000002 0800000000000000", "", NONE, 0},
    {"a port that is closed", 101,
     "4500 0038 0000 0000 4001 0000 0a000002 0a000001 0303 0000 00000000"
     "4500 03e8 0000 0000 4011 0000 0a000001 0a000002 0007 0058 03d4 0000",
     "refused 10.0.0.1:7>10.0.0.2:88 ; ", NONE, 0},
    {"a host that is not there, and much of the packet", 101,
     "4500 003a 0000 0000 4001 0000 0a0000fe 0a000001 0301 0000 00000000"
     "4500 03e8 0000 0000 4011 0000 0a000001 0a000002 0007 0058 03d4 0000 6869",
     "undelivered 10.0.0.1:7>10.0.0.2:88 hi; ", NONE, 0},
    {"a packet that was too large", 101,
     "4500 0038 0000 0000 4001 0000 0a0000fe 0a000001 0304 0000 00000000"
     "4500 03e8 0000 0000 4011 0000 0a000001 0a000002 0007 0058 03d4 0000",
     "", NONE, 0},
    {"told to somebody else", 101,
     "4500 0038 0000 0000 4001 0000 0a000002 0a000003 0303 0000 00000000"
     "4500 03e8 0000 0000 4011 0000 0a000001 0a000002 0007 0058 03d4 0000",
     "", NONE, 0},
    {"without its ports", 101,
     "4500 0032 0000 0000 4001 0000 0a000002 0a000001 0303 0000 00000000"
     "4500 03e8 0000 0000 4011 0000 0a000001 0a000002 0007",
     "", NONE, 0},
    {"a later fragment of a packet", 101,
     "4500 0038 0000 0000 4001 0000 0a000002 0a000001 0303 0000 00000000"
     "4500 03e8 0000 0010 4011 0000 0a000001 0a000002 0007 0058 03d4 0000",
     "", NONE, 0},
    {"a port that is closed, IPv6", 101,
     "60000000 0038 3a 40" TO FROM "0104 0000 00000000"
     "60000000 0100 11 40" FROM TO "0007 0058 0100 0000",
     "refused fd00::1:7>fd00::2:88 ; ", NONE, 0},
    {"ICMPv6 in IPv4", 101,
     "4500 0038 0000 0000 403a 0000 0a000002 0a000001 0104 0000 00000000"
     "4500 03e8 0000 0000 4011 0000 0a000001 0a000002 0007 0058 03d4 0000",
     "", NONE, 0},
    {"ESP", 101, "4500 001c 0000 0000 4032 0000 0a000001 0a000002 0800000000000000", "", UNREADABLE,
     0},
    {"a UDP length beyond the packet", 101,
     "4500 001e 0000 0000 4011 0000 0a000001 0a000002"
     "0001 0002 ffff 0000 6869",
     "", MALFORMED, 0},
    {"extension headers", 101,
     "60000000 0022 00 40" FROM TO "3c 00 0000 00000000"
     "2b 00 0000 00000000 11 00 0000 00000000" UDP,
     TOLD6, NONE, 0},
    {"an atomic fragment", 101, "60000000 0012 2c 40" FROM TO "11 00 0000 00000007" UDP, TOLD6,
     NONE, 0},
    {"authentication header", 101,
     "60000000 0022 33 40" FROM TO "11 04 0000 00000001 00000002 000000000000000000000000" UDP,
     TOLD6, NONE, 0},
    {"an extension header beyond the packet", 101,
     "60000000 0008 00 40" FROM TO "11 07 0000 00000000", "", MALFORMED, 0},
    {"a TCP header beyond the packet", 101,
     "4500 0028 0000 0000 4006 0000 0a000001 0a000002"
     "0001 0002 00000000 00000000 f002 0000 00000000",
     "", MALFORMED, 0},
};

/* Returns how many bytes there are. */
static size_t from_hex(const char *hex, uint8_t *bytes)
{
    static const char digits[] = "0123456789abcdef";
    size_t count = 0;

    for (; *hex != '\0'; hex++) {
        const char *digit = strchr(digits, *hex);

        if (digit) {
            bytes[count / 2] = (uint8_t)(bytes[count / 2] << 4 | (digit - digits));
            count++;
        }
    }
    return count / 2;
}

static void test_frames(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(FRAMES) / sizeof(FRAMES[0]); i++) {
        uint8_t bytes[512] = {0};
        struct frame frame = {.bytes = bytes, .link = FRAMES[i].link, .number = 1};
        const struct transport_counts *counts;
        struct transport_state *transport;
        struct told told;

        told_init(&told);
        transport = transport_new(&told.sink, &TRANSPORT_LIMITS);
        frame.captured = (uint32_t)from_hex(FRAMES[i].frame, bytes);
        frame.length = frame.captured + FRAMES[i].longer;
        transport_frame(transport, &frame);
        transport_end(transport);
        counts = transport_counts(transport);
        if (strcmp(buffer_text(&told.text), FRAMES[i].told) != 0 ||
            counts->cut_frames != (FRAMES[i].counter == CUT) ||
            counts->malformed_frames != (FRAMES[i].counter == MALFORMED) ||
            counts->unreadable_frames != (FRAMES[i].counter == UNREADABLE)) {
            print_error("%s: told \"%s\", cut %d, malformed %d, unreadable %d\n", FRAMES[i].name,
                        buffer_text(&told.text), (int)counts->cut_frames,
                        (int)counts->malformed_frames, (int)counts->unreadable_frames);
            failed++;
        }
        transport_free(transport);
        told_release(&told);
    }
    assert_int_equal(failed, 0);
}

/* A part of the datagram "0001 0002 0020 0000" and 24 letters from a to x. */
struct part {
    uint8_t version;
    unsigned offset; /* bytes */
    unsigned length;
    bool more;
    char id;
    bool other; /* with capital letters */
    int64_t at;
};

static struct frame part_frame(const struct part *part, uint64_t number, uint8_t *bytes)
{
    static const uint8_t udp[8] = {0, 1, 0, 2, 0, 32, 0, 0};
    const size_t head = part->version == 4 ? 20 : 48;
    struct frame frame = {.bytes = bytes, .link = LINK_RAW, .number = number};

    memset(bytes, 0, head);
    if (part->version == 4) {
        bytes[0] = 0x45;
        put_u16(bytes + 2, (unsigned)(head + part->length));
        put_u16(bytes + 4, (unsigned)part->id);
        put_u16(bytes + 6, part->offset / 8 | (part->more ? 0x2000 : 0));
        bytes[9] = 17;
        put_u32(bytes + 12, 0x0a000001);
        put_u32(bytes + 16, 0x0a000002);
    } else {
        bytes[0] = 0x60;
        put_u16(bytes + 4, (unsigned)(8 + part->length));
        bytes[6] = 44;
        (void)from_hex(FROM TO, bytes + 8);
        bytes[40] = 17;
        put_u16(bytes + 42, part->offset | part->more);
        put_u32(bytes + 44, (uint32_t)part->id);
    }
    for (unsigned i = 0; i < part->length; i++) {
        unsigned position = part->offset + i;

        bytes[head + i] =
            position < 8 ? udp[position] : (uint8_t)((part->other ? 'A' : 'a') + position - 8);
    }
    frame.captured = (uint32_t)(head + part->length);
    frame.length = frame.captured;
    frame.at = part->at;
    return frame;
}

static void test_fragments(void **state)
{
    static const struct {
        const char *name;
        struct part parts[5];
        const char *told;
    } cases[] = {
        {"in order",
         {{4, 0, 16, true, 1, false, 0}, {4, 16, 16, false, 1, false, 0}},
         "udp 10.0.0.1:1>10.0.0.2:2 2 abcdefghijklmnopqrstuvwx; "},
        {"out of order",
         {{4, 24, 8, false, 1, false, 0},
          {4, 8, 16, true, 1, false, 0},
          {4, 0, 8, true, 1, false, 0}},
         "udp 10.0.0.1:1>10.0.0.2:2 3 abcdefghijklmnopqrstuvwx; "},
        {"IPv6",
         {{6, 16, 16, false, 1, false, 0}, {6, 0, 16, true, 1, false, 0}},
         "udp fd00::1:1>fd00::2:2 2 abcdefghijklmnopqrstuvwx; "},
        {"overlapping: the first bytes stay",
         {{4, 8, 8, true, 1, false, 0},
          {4, 0, 24, true, 1, true, 0},
          {4, 16, 16, false, 1, false, 0}},
         "udp 10.0.0.1:1>10.0.0.2:2 3 abcdefghIJKLMNOPqrstuvwx; "},
        {"of two datagrams",
         {{4, 0, 16, true, 1, false, 0},
          {4, 16, 16, false, 2, true, 0},
          {4, 16, 16, false, 1, false, 0}},
         "udp 10.0.0.1:1>10.0.0.2:2 3 abcdefghijklmnopqrstuvwx; "},
        {"one is missing", {{4, 0, 8, true, 1, false, 0}, {4, 16, 16, false, 1, false, 0}}, ""},
        {"too late", {{4, 0, 16, true, 1, false, 0}, {4, 16, 16, false, 1, false, 70000000}}, ""},
        {"a part whose time is not known",
         {{4, 0, 16, true, 1, false, INT64_MIN}, {4, 16, 16, false, 1, false, 5}},
         "udp 10.0.0.1:1>10.0.0.2:2 2 abcdefghijklmnopqrstuvwx; "},
        {"a part of no whole blocks",
         {{4, 0, 12, true, 1, false, 0}, {4, 8, 24, false, 1, false, 0}},
         ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct transport_state *transport;
        uint8_t bytes[256];
        struct told told;

        told_init(&told);
        transport = transport_new(&told.sink, &TRANSPORT_LIMITS);
        for (uint64_t n = 0; cases[i].parts[n].version != 0; n++) {
            struct frame frame = part_frame(&cases[i].parts[n], n + 1, bytes);

            transport_frame(transport, &frame);
        }
        if (strcmp(buffer_text(&told.text), cases[i].told) != 0) {
            fail_msg("%s: told \"%s\"", cases[i].name, buffer_text(&told.text));
        }
        transport_free(transport);
        told_release(&told);
    }
}

/* First fragments of more datagrams than are kept: the oldest are given up, and counted. */
static void test_fragment_limit(void **state)
{
    struct transport_state *transport;
    uint8_t bytes[256];
    struct told told;

    (void)state;
    told_init(&told);
    transport = transport_new(&told.sink, &TRANSPORT_LIMITS);
    for (char id = 1; id <= 40; id++) {
        const struct part part = {4, 0, 16, true, id, false, 0};
        struct frame frame = part_frame(&part, 1, bytes);

        transport_frame(transport, &frame);
    }
    assert_int_equal(transport_counts(transport)->fragments_dropped, 8);
    for (char id = 1; id <= 40; id += 39) {
        const struct part part = {4, 16, 16, false, id, false, 0};
        struct frame frame = part_frame(&part, 2, bytes);

        transport_frame(transport, &frame);
    }
    assert_string_equal(buffer_text(&told.text),
                        "udp 10.0.0.1:1>10.0.0.2:2 2 abcdefghijklmnopqrstuvwx; ");
    transport_free(transport);
    told_release(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_fragment_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
