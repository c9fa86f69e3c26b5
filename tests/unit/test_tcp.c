/* SPDX-License-Identifier: Apache-2.0 */
/* TCP segments in, and what the sink is told, as packets.h writes it down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "packets.h"

enum { SEGMENTS = 12 };

struct tcp_case {
    const char *name;
    struct segment_made segments[SEGMENTS];
    const char *told;
};

/* Client and server; the handshake of most cases, whose bytes begin at 101 and 501. */
#define C .to_server = true
#define HANDSHAKE                                                                                  \
    {C, .flags = "S", .sequence = 100},                                                            \
    {                                                                                              \
        .flags = "S", .sequence = 500, .acknowledges = 101                                         \
    }
#define OPEN  "open 10.0.0.1:5000>10.0.0.2:80; "
#define LATER .at = 2000000 /* beyond LIMIT_WAIT_ACKNOWLEDGED_US */

/* What was recorded before, in all or in part. */
static const struct tcp_case REPEATS[] = {
    {"sent again, with more behind it, and to keep the connection alive",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "abc"},
      {C, .sequence = 101, .acknowledges = 501, .text = "abc"},
      {C, .sequence = 102, .acknowledges = 501, .text = "bcde"},
      {C, .sequence = 105, .acknowledges = 501, .text = "e"}},
     OPEN "A3 abc; A4 again 101+3; A5 again 102+2; A5 de; A6 again 105+1; close end again 1+0; "},
    {"while it waits",
     {HANDSHAKE,
      {C, .sequence = 103, .acknowledges = 501, .text = "cd"},
      {C, .sequence = 103, .acknowledges = 501, .text = "cd"},
      {C, .sequence = 102, .acknowledges = 501, .text = "bcdef"},
      {C, .sequence = 101, .acknowledges = 501, .text = "ab"}},
     OPEN "A4 again 103+2; A5 again 102+5; A6 again 101+2; A6 a; A5 b; A3 cd; A5 ef; close end "
          "again 1+0; "},
};

static const struct tcp_case CASES[] = {
    {"in order",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"},
      {.sequence = 501, .acknowledges = 104, .text = "answer"}},
     OPEN "A3 ask; B4 answer; close end; "},
    {"out of order",
     {HANDSHAKE,
      {C, .sequence = 104, .acknowledges = 501, .text = "def"},
      {C, .sequence = 107, .acknowledges = 501, .text = "ghi"},
      {C, .sequence = 101, .acknowledges = 501, .text = "abc"}},
     OPEN "A5 abc; A3 def; A4 ghi; close end; "},
    {"retransmitted, and a keep-alive that is none",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "abc"},
      {C, .sequence = 101, .acknowledges = 501, .text = "abc"},
      {C, .sequence = 103, .acknowledges = 501, .text = "?"}},
     OPEN "A3 abc; close end again 1+0; "},
    {"overlapping what was told",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "abc"},
      {C, .sequence = 102, .acknowledges = 501, .text = "BCde"}},
     OPEN "A3 abc; A4 de; close end; "},
    {"overlapping: the first bytes stay",
     {HANDSHAKE,
      {C, .sequence = 103, .acknowledges = 501, .text = "CD"},
      {C, .sequence = 106, .acknowledges = 501, .text = "F"},
      {C, .sequence = 101, .acknowledges = 501, .text = "abcdefgh"}},
     OPEN "A5 ab; A3 CD; A5 e; A4 F; A5 gh; close end; "},
    {"overlapping what waits",
     {HANDSHAKE,
      {C, .sequence = 103, .acknowledges = 501, .text = "CD"},
      {C, .sequence = 102, .acknowledges = 501, .text = "bcdef"},
      {C, .sequence = 101, .acknowledges = 501, .text = "ab"}},
     OPEN "A5 a; A4 b; A3 CD; A4 ef; close end; "},
    {"the reply was recorded before the request",
     {HANDSHAKE,
      {.sequence = 501, .acknowledges = 104, .text = "answer"},
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"}},
     OPEN "A4 ask; B3 answer; close end; "},
    {"lost, acknowledged, and not come after a second",
     {HANDSHAKE,
      {C, .sequence = 104, .acknowledges = 501, .text = "def"},
      {.sequence = 501, .acknowledges = 107, .text = "answer"},
      {.sequence = 507, .acknowledges = 107, LATER}},
     OPEN "A3 gap 3; A3 def; B4 answer; close end; "},
    {"a request that was not recorded at all",
     {HANDSHAKE,
      {.sequence = 501, .acknowledges = 104, .text = "answer"},
      {C, .sequence = 104, .acknowledges = 507, LATER}},
     OPEN "A4 gap 3; B3 answer; close end; "},
    {"the same, and the connection says nothing more",
     {HANDSHAKE,
      {.sequence = 501, .acknowledges = 104, .text = "answer"},
      {C, .port = 5001, .flags = "S", .sequence = 100, LATER}},
     OPEN "A4 gap 3; B3 answer; open 10.0.0.1:5001>10.0.0.2:80; close end; close end; "},
    {"lost, and nobody acknowledged it: told at the end",
     {HANDSHAKE,
      {C, .sequence = 104, .acknowledges = 501, .text = "def"},
      {C, .sequence = 107, .acknowledges = 501, .text = "ghi", LATER}},
     OPEN "A3 gap 3; A3 def; A4 ghi; close end; "},
    {"lost, and waited for over a minute",
     {HANDSHAKE,
      {C, .sequence = 104, .acknowledges = 501, .text = "def"},
      {C, .sequence = 104, .acknowledges = 501, .text = "def", .at = 70000000},
      {C, .sequence = 101, .acknowledges = 501, .text = "abc", .at = 70000001}},
     OPEN "A3 gap 3; A3 def; close end again 2+0; "},
    {"lost, and acknowledged after a while",
     {HANDSHAKE,
      {C, .sequence = 104, .acknowledges = 501, .text = "def"},
      {C, .port = 5001, .flags = "S", .sequence = 100, LATER},
      {.sequence = 501, .acknowledges = 104, .at = 2000001},
      {C, .port = 5001, .flags = "S", .sequence = 100, .at = 4000000}},
     OPEN "open 10.0.0.1:5001>10.0.0.2:80; A3 gap 3; A3 def; close end; close end; "},
    {"no SYN",
     {{.sequence = 501, .acknowledges = 104, .text = "answer"},
      {C, .sequence = 104, .acknowledges = 507, .text = "ask"}},
     "open 10.0.0.1:5000>10.0.0.2:80 no SYN; B1 answer; A2 ask; close end; "},
    {"no SYN, and first a keep-alive",
     {{C, .sequence = 103, .acknowledges = 501, .text = "?"},
      {C, .sequence = 104, .acknowledges = 501, .text = "ask"}},
     "open 10.0.0.1:5000>10.0.0.2:80 no SYN; A2 ask; close end; "},
    {"the SYN was lost, the SYN ACK was not",
     {{.flags = "S", .sequence = 500, .acknowledges = 101},
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"}},
     OPEN "A2 ask; close end; "},
    {"the SYN ACK was lost: its number is known from the ACK",
     {{C, .flags = "S", .sequence = 100},
      {C, .sequence = 101, .acknowledges = 501},
      {.sequence = 504, .acknowledges = 101, .text = "def"},
      {.sequence = 501, .acknowledges = 101, .text = "abc"}},
     OPEN "B4 abc; B3 def; close end; "},
    {"the SYN comes late",
     {{C, .sequence = 101, .acknowledges = 501, .text = "ask"},
      {C, .flags = "S", .sequence = 100},
      {C, .sequence = 104, .acknowledges = 501, .text = "more"}},
     "open 10.0.0.1:5000>10.0.0.2:80 no SYN; A1 ask; A3 more; close end; "},
    {"the snap length",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "abcdef", .captured = 4},
      {C, .sequence = 107, .acknowledges = 501, .text = "ghi"}},
     OPEN "A3 abcd; A3 gap 2; A4 ghi; close end; "},
    {"the snap length of what waits",
     {HANDSHAKE,
      {C, .sequence = 104, .acknowledges = 501, .text = "defg", .captured = 1},
      {C, .sequence = 101, .acknowledges = 501, .text = "abc"}},
     OPEN "A4 abc; A3 d; A3 gap 3; close end; "},
    {"the numbers wrap",
     {{C, .flags = "S", .sequence = 0xfffffffd},
      {.flags = "S", .sequence = 500, .acknowledges = 0xfffffffe},
      {C, .sequence = 1, .acknowledges = 501, .text = "def"},
      {C, .sequence = 0xfffffffe, .acknowledges = 501, .text = "abc"},
      {.sequence = 501, .acknowledges = 4, .text = "answer"}},
     OPEN "A4 abc; A3 def; B5 answer; close end; "},
    {"one side only",
     {{C, .flags = "S", .sequence = 100},
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"},
      {C, .sequence = 104, .acknowledges = 999, .text = "more"}},
     OPEN "A2 ask; A3 more; close end; "},
    {"both sides close",
     {HANDSHAKE,
      {C, .flags = "F", .sequence = 101, .acknowledges = 501, .text = "ask"},
      {.flags = "F", .sequence = 501, .acknowledges = 105, .text = "answer"},
      {C, .sequence = 105, .acknowledges = 508},
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"}},
     OPEN "A3 ask; A3 fin; B4 answer; B4 fin; close fin; "},
    {"the FIN comes before the last bytes",
     {HANDSHAKE,
      {C, .flags = "F", .sequence = 104, .acknowledges = 501},
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"}},
     OPEN "A4 ask; A3 fin; close end; "},
    {"reset",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"},
      {.flags = "R", .sequence = 501, .acknowledges = 104},
      {C, .sequence = 104, .acknowledges = 501, .text = "more"}},
     OPEN "A3 ask; close reset; "},
    {"the reset comes before the last bytes",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501},
      {C, .flags = "R", .sequence = 104, .acknowledges = 501},
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"}},
     OPEN "A5 ask; close reset; "},
    {"refused, and asked again with the same numbers",
     {{C, .flags = "S", .sequence = 100},
      {.flags = "R", .sequence = 0, .acknowledges = 101},
      {C, .flags = "S", .sequence = 100},
      {.flags = "R", .sequence = 0, .acknowledges = 101}},
     OPEN "close reset; " OPEN "close reset; "},
    {"the SYN again",
     {{C, .flags = "S", .sequence = 100}, HANDSHAKE, {C, .sequence = 101, .text = "ask"}},
     OPEN "A4 ask; close end; "},
    {"the ports are used again",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"},
      {C, .flags = "S", .sequence = 900000},
      {C, .sequence = 900001, .acknowledges = 1, .text = "new"}},
     OPEN "A3 ask; close replaced; " OPEN "A5 new; close end; "},
    {"and without a SYN",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "ask"},
      {C, .sequence = 0x40000000, .acknowledges = 501, .text = "new"}},
     OPEN "A3 ask; close replaced; open 10.0.0.1:5000>10.0.0.2:80 no SYN; A4 new; close end; "},
    {"boring",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 501, .text = "ask!"},
      {.sequence = 501, .acknowledges = 105, .text = "answer"},
      {C, .flags = "F", .sequence = 105, .acknowledges = 501},
      {.flags = "F", .sequence = 507, .acknowledges = 106}},
     OPEN "A3 ask!; close fin; "},
    {"boring with its end",
     {HANDSHAKE,
      {.flags = "F", .sequence = 501, .acknowledges = 101, .text = "answer"},
      {C, .flags = "F", .sequence = 101, .acknowledges = 508, .text = "ask!"}},
     OPEN "B3 answer; B3 fin; A4 ask!; close fin; "},
    {"nothing to begin with", {{C, .sequence = 101, .acknowledges = 501}, {C, .flags = "R"}}, ""},
    {"both wait for each other",
     {HANDSHAKE,
      {C, .sequence = 101, .acknowledges = 600, .text = "ask"},
      {.sequence = 501, .acknowledges = 200, .text = "answer"}},
     OPEN "A3 ask; A4 gap 96; B4 answer; close end; "},
};

static bool run_case(const struct tcp_case *test, bool repeats)
{
    struct transport_state *transport;
    uint8_t bytes[SEGMENT_ROOM];
    struct told told;
    bool ok = true;

    told_init(&told);
    told.repeats = repeats;
    transport = transport_new(&told.sink, &TRANSPORT_LIMITS);
    for (int i = 0; i < SEGMENTS && (test->segments[i].sequence || test->segments[i].flags); i++) {
        struct frame frame = segment_frame(&test->segments[i], (uint64_t)i + 1, bytes);

        transport_frame(transport, &frame);
    }
    transport_end(transport);
    if (strcmp(buffer_text(&told.text), test->told) != 0) {
        print_error("%s:\n  told     %s\n  expected %s\n", test->name, buffer_text(&told.text),
                    test->told);
        ok = false;
    }
    transport_free(transport);
    told_release(&told);
    return ok;
}

static void test_cases(void **state)
{
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        failed += !run_case(&CASES[i], false);
    }
    for (size_t i = 0; i < sizeof(REPEATS) / sizeof(REPEATS[0]); i++) {
        failed += !run_case(&REPEATS[i], true);
    }
    assert_int_equal(failed, 0);
}

static void test_counts(void **state)
{
    static const struct segment_made segments[] = {
        {C, .flags = "S", .sequence = 100},
        {C, .sequence = 104, .acknowledges = 501, .text = "def", .captured = 1},
    };
    struct transport_state *transport;
    uint8_t bytes[SEGMENT_ROOM];
    struct told told;

    (void)state;
    told_init(&told);
    transport = transport_new(&told.sink, &TRANSPORT_LIMITS);
    for (size_t i = 0; i < 2; i++) {
        struct frame frame = segment_frame(&segments[i], i + 1, bytes);

        transport_frame(transport, &frame);
    }
    transport_end(transport);
    assert_int_equal(transport_counts(transport)->cut_frames, 1);
    assert_int_equal(transport_counts(transport)->lost_segments, 1);
    assert_int_equal(transport_counts(transport)->one_sided_connections, 1);
    transport_free(transport);
    told_release(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
