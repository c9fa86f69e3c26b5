/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Captures that are made to hurt. What they cost is asserted in calls and counts, never in time; a
 * ctest that takes a minute has failed, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "captures/limits.h"
#include "packets.h"

struct made {
    struct transport_state *transport;
    struct told told;
    uint64_t frames;
    uint8_t bytes[SEGMENT_ROOM];
};

static void begin(struct made *made)
{
    memset(made, 0, sizeof(*made));
    told_init(&made->told);
    made->told.quiet = true;
    made->transport = transport_new(&made->told.sink, &TRANSPORT_LIMITS);
}

static void end(struct made *made)
{
    transport_free(made->transport);
    told_release(&made->told);
}

static void send(struct made *made, const struct segment_made *segment)
{
    struct frame frame = segment_frame(segment, ++made->frames, made->bytes);

    transport_frame(made->transport, &frame);
}

static void handshake(struct made *made)
{
    send(made, &(struct segment_made){.to_server = true, .flags = "S", .sequence = 999});
    send(made, &(struct segment_made){.flags = "S", .sequence = 499, .acknowledges = 1000});
}

/* The byte at a position of the stream 1, 2, ... 255, 1, ... */
static void send_byte(struct made *made, uint32_t position)
{
    const char text[2] = {(char)(1 + position % 255), '\0'};

    send(made,
         &(struct segment_made){.to_server = true, .sequence = 1000 + position, .text = text});
}

enum { REVERSED = 40000 };

static void test_reversed(void **state)
{
    struct made made;

    (void)state;
    begin(&made);
    handshake(&made);
    for (uint32_t i = REVERSED; i > 0; i--) {
        send_byte(&made, i - 1);
    }
    assert_int_equal(made.told.bytes, REVERSED);
    assert_int_equal(made.told.out_of_order, 0);
    assert_int_equal(made.told.calls, 1 + REVERSED); /* the opening, and no gap */
    transport_end(made.transport);
    assert_int_equal(transport_counts(made.transport)->lost_segments, 0);
    end(&made);
}

/* The first byte never comes: what waits is bounded, and said to be. */
static void test_never_filled(void **state)
{
    const struct transport_counts *counts;
    struct made made;

    (void)state;
    begin(&made);
    handshake(&made);
    for (uint32_t i = 0; i < 200000; i++) {
        send_byte(&made, 1 + 2 * i);
    }
    counts = transport_counts(made.transport);
    assert_true(counts->side_gaps_dropped > 0);
    assert_true(counts->side_gaps_dropped < 200000);
    transport_end(made.transport);
    assert_int_equal(made.told.bytes, 200000);
    end(&made);
}

/* Many connections, each of which keeps a little. */
static void test_many_that_wait(void **state)
{
    enum { BYTES = 1400, CONNECTIONS = 12000 };
    char text[BYTES + 1];
    struct made made;

    (void)state;
    memset(text, 'x', BYTES);
    text[BYTES] = '\0';
    begin(&made);
    for (uint16_t port = 1000; port < 1000 + CONNECTIONS; port++) {
        struct segment_made segment = {
            .to_server = true, .port = port, .flags = "S", .sequence = 99};

        send(&made, &segment);
        segment.flags = "A";
        segment.sequence = 105;
        segment.text = text;
        send(&made, &segment);
    }
    assert_true(transport_counts(made.transport)->buffer_gaps_dropped > 1000);
    transport_end(made.transport);
    assert_int_equal(made.told.bytes, BYTES * CONNECTIONS);
    end(&made);
}

enum { SYNS = 1000000 };

/* A million connections that are only asked for, beside one that goes on. */
static void test_syn_flood(void **state)
{
    struct made made;

    (void)state;
    begin(&made);
    handshake(&made);
    for (uint32_t i = 0; i < SYNS; i++) {
        struct segment_made segment = {.to_server = true, .flags = "S", .sequence = i};
        struct frame frame;

        segment.port = (uint16_t)(i % 60000 + 5001);
        frame = segment_frame(&segment, ++made.frames, made.bytes);
        put_u32(made.bytes + 12, 0x0b000000 + i / 60000); /* from other addresses */
        transport_frame(made.transport, &frame);
        if (i % 1000 == 0) {
            send_byte(&made, i / 1000);
        }
    }
    assert_int_equal(made.told.bytes, SYNS / 1000);
    assert_int_equal(transport_counts(made.transport)->connections_dropped,
                     SYNS + 1 - LIMIT_CONNECTIONS);
    transport_end(made.transport);
    /* Opened and closed, each once, and the bytes of the one. */
    assert_int_equal(made.told.calls, 2 * (SYNS + 1) + SYNS / 1000);
    end(&made);
}

/* Those that were asked for last are there still, each in its place of the table. */
static void test_eviction(void **state)
{
    enum { ALL = 40000 };
    struct made made;

    (void)state;
    begin(&made);
    for (uint16_t i = 0; i < ALL; i++) {
        send(&made,
             &(struct segment_made){
                 .to_server = true, .flags = "S", .port = (uint16_t)(10000 + i), .sequence = 1000});
    }
    for (uint16_t i = ALL - LIMIT_CONNECTIONS; i < ALL; i++) {
        send(&made,
             &(struct segment_made){
                 .to_server = true, .port = (uint16_t)(10000 + i), .sequence = 1001, .text = "x"});
    }
    assert_int_equal(made.told.calls, ALL + (ALL - LIMIT_CONNECTIONS) + LIMIT_CONNECTIONS);
    assert_int_equal(made.told.bytes, LIMIT_CONNECTIONS);
    end(&made);
}

/* An acknowledgement of a gigabyte that nobody sent, and a sequence number as far ahead. */
static void test_absurd_numbers(void **state)
{
    struct made made;

    (void)state;
    begin(&made);
    handshake(&made);
    send_byte(&made, 0);
    for (uint32_t i = 0; i < 100; i++) {
        send(&made,
             &(struct segment_made){.sequence = 500, .acknowledges = 0x70000000, .text = "no"});
    }
    send_byte(&made, 1);
    assert_int_equal(made.told.bytes, 2 + 2);
    assert_int_equal(transport_counts(made.transport)->lost_segments, 0);
    end(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reversed),       cmocka_unit_test(test_never_filled),
        cmocka_unit_test(test_many_that_wait), cmocka_unit_test(test_syn_flood),
        cmocka_unit_test(test_eviction),       cmocka_unit_test(test_absurd_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
