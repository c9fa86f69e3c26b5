/* SPDX-License-Identifier: Apache-2.0 */
/* Kerberos, DNS and LDAP in recordings: what becomes of what was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hostile.h"
#include "player.h"

/* Seeds of tests/fuzz/corpus/kerberos by a letter. */
static const struct {
    char letter;
    const char *seed;
} SEEDS[] = {
    {'a', "kerberos/as-req"},  {'A', "kerberos/as-rep"},   {'t', "kerberos/tgs-req"},
    {'T', "kerberos/tgs-rep"}, {'E', "kerberos/error-07"}, {'P', "kerberos/error-25"},
};

static struct buffer seed_of(char letter)
{
    for (size_t i = 0; i < sizeof(SEEDS) / sizeof(SEEDS[0]); i++) {
        if (SEEDS[i].letter == letter) {
            return hostile_seed(SEEDS[i].seed);
        }
    }
    fail_msg("no seed %c", letter);
    return (struct buffer){0};
}

/* As it is sent over TCP. */
static void put_record(struct buffer *out, char letter)
{
    struct buffer seed = seed_of(letter);

    buffer_putc(out, '\0');
    buffer_putc(out, '\0');
    buffer_putc(out, (char)(seed.length >> 8));
    buffer_putc(out, (char)seed.length);
    buffer_append(out, seed.data, seed.length);
    buffer_release(&seed);
}

/* A recording: ">a" asks, "<A" answers, "." passes a second; over TCP more letters are one segment.
 */
static void play_tcp(struct player *player, const char *script)
{
    struct buffer segment = {0};
    enum side side = SIDE_OPENER;

    player_connect(player, 0, 88);
    for (; *script; script++) {
        if (*script == '>' || *script == '<') {
            side = *script == '>' ? SIDE_OPENER : SIDE_OTHER;
        } else if (*script == '.') {
            player_wait(player, 1000000);
        } else {
            put_record(&segment, *script);
        }
        if (segment.length > 0 && strchr("<>.", script[1])) {
            player_data(player, 0, side, segment.data, segment.length);
            buffer_truncate(&segment, 0);
        }
    }
    buffer_release(&segment);
}

static void play_udp(struct player *player, const char *script)
{
    for (; *script; script++) {
        struct buffer message = {0};

        if (*script == '.') {
            player_wait(player, 1000000);
            continue;
        }
        message = seed_of(script[1]);
        player_datagram(player, 0, *script == '>' ? SIDE_OPENER : SIDE_OTHER, 88, message.data,
                        message.length);
        buffer_release(&message);
        script++;
    }
}

static const struct {
    const char *script;
    const char *udp; /* NULL: not played */
    const char *tcp;
} scripts[] = {
    {">a<P", "kdc 1-2 as x1 reply error 25\nclock 1-2\n",
     "kdc 3-4 as x1 reply error 25\nclock 3-4\n"},
    {">a<A>t<T", "kdc 1-2 as x1 reply as-rep\nkdc 3-4 tgs x1 reply tgs-rep\n",
     "kdc 3-4 as x1 reply as-rep\nkdc 5-6 tgs x1 reply tgs-rep\n"},
    {">at<AT", NULL, "kdc 3-4 as x1 reply as-rep\nkdc 3-4 tgs x1 reply tgs-rep\n"},
    {">a>a.>a<A", "kdc 1-4 as x3 reply as-rep\n", NULL},
    {">a<A>a<A", "kdc 1-2 as x1 reply as-rep\n", NULL}, /* recorded twice */
    {">a>t<T<A", "kdc 2-3 tgs x1 reply tgs-rep\nkdc 1-4 as x1 reply as-rep\n", NULL},
    {">a>t<E<A",
     "kdc 0-3 unknown x reply error 7\n"
     "kdc 1-4 as x1 reply as-rep\nkdc 2-0 tgs x1 unknown\n",
     NULL},
    {"<A", "kdc 0-1 as x reply as-rep\n", "kdc 0-3 as x reply as-rep\n"},
    {"<A>a...", "kdc 0-1 as x reply as-rep\nkdc 2-0 as x1 unknown\n", /* disorder */
     "kdc 0-3 as x reply as-rep\nkdc 4-0 as x1 unknown\n"},
    {"<P>a...", "kdc 0-1 unknown x reply error 25\nkdc 2-0 as x1 unknown\n", NULL},
    {"<A<T", "kdc 0-1 as x reply as-rep\nkdc 0-2 tgs x reply tgs-rep\n", NULL},
    {"<A.>a...", "kdc 0-1 as x reply as-rep\nkdc 2-0 as x1 timeout\n", NULL}, /* another one */
    {">a...", "kdc 1-0 as x1 timeout\n", "kdc 3-0 as x1 timeout\n"},
    {">a>a", "kdc 1-0 as x2 timeout\n", NULL},
    {">a", "kdc 1-0 as x1 unknown\n", "kdc 3-0 as x1 unknown\n"},
    {">a<T", NULL, "kdc 0-4 tgs x reply tgs-rep\nkdc 3-0 as x1 unknown\n"},
};

static void check_script(size_t i, bool is_tcp, size_t piece, size_t cut)
{
    struct player player;

    player_init(&player);
    player.piece = piece;
    player.cut = cut;
    if (is_tcp) {
        play_tcp(&player, scripts[i].script);
    } else {
        play_udp(&player, scripts[i].script);
    }
    player_end(&player);
    assert_string_equal(buffer_text(&player.lines), is_tcp ? scripts[i].tcp : scripts[i].udp);
    player_release(&player);
}

static void test_scripts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        if (scripts[i].udp) {
            check_script(i, false, 0, 0);
        }
        for (size_t piece = 0; scripts[i].tcp && piece < 40; piece++) {
            check_script(i, true, piece, 0);
        }
        for (size_t cut = 1; scripts[i].tcp && cut < 2000; cut++) {
            check_script(i, true, 0, cut);
        }
    }
}

/* Each gap of the first 80 bytes of a message, of one byte, of the rest and of more: nothing is
   paired wrongly. */
static void test_gaps(void **state)
{
    struct buffer ask = {0}, answer = {0}, ask_2 = {0}, answer_2 = {0};
    const struct buffer *segments[] = {&ask, &answer, &ask_2, &answer_2};

    (void)state;
    put_record(&ask, 'a');
    put_record(&answer, 'A');
    put_record(&ask_2, 't');
    put_record(&answer_2, 'T');
    for (size_t hit = 0; hit < 4; hit++) {
        for (size_t from = 0; from < segments[hit]->length; from += from < 12 ? 1 : 37) {
            for (size_t lost = 1; lost <= segments[hit]->length - from; lost += lost < 8 ? 1 : 41) {
                struct player player;

                player_init(&player);
                player_connect(&player, 0, 88);
                for (size_t i = 0; i < 4; i++) {
                    const enum side side = i % 2 ? SIDE_OTHER : SIDE_OPENER;
                    const size_t rest = segments[i]->length - from - lost;

                    if (i != hit) {
                        player_data(&player, 0, side, segments[i]->data, segments[i]->length);
                        continue;
                    }
                    if (from > 0) {
                        player_data(&player, 0, side, segments[i]->data, from);
                    }
                    player_gap(&player, 0, side, lost);
                    if (rest > 0) {
                        player_data(&player, 0, side, segments[i]->data + from + lost, rest);
                    }
                }
                player_end(&player);
                for (size_t i = 0; i < player.set.count; i++) {
                    const struct evidence_kdc *kdc = player.set.records[i].kdc;

                    if (player.set.records[i].kind == EVIDENCE_KDC && kdc->reply &&
                        kdc->request_bytes != EVIDENCE_UNKNOWN) {
                        assert_int_equal(kdc->purpose == KDC_AS, kdc->reply->kind == KDC_REPLY_AS);
                    }
                }
                player_release(&player);
            }
        }
    }
    buffer_release(&ask);
    buffer_release(&answer);
    buffer_release(&ask_2);
    buffer_release(&answer_2);
}

static void test_fields(void **state)
{
    const struct evidence_kdc *kdc;
    struct player player;

    (void)state;
    player_init(&player);
    play_tcp(&player, ">a<P>a<A");
    player_end(&player);
    assert_int_equal(player.set.count, 3);
    kdc = player.set.records[0].kdc;
    assert_int_equal(kdc->transport, TRANSPORT_TCP);
    assert_string_equal(kdc->address, "10.0.0.2");
    assert_int_equal(kdc->port, 88);
    assert_int_equal(kdc->connect_us, 10000);
    assert_int_equal(kdc->rtt_us, 10000);
    assert_int_equal(kdc->outcome, OUTCOME_REPLY);
    assert_non_null(kdc->realm);
    assert_non_null(kdc->client);
    assert_null(kdc->kdc);
    assert_true(kdc->etype_count > 0);
    assert_int_equal(player.set.records[1].clock->source, CLOCK_KDC);
    assert_string_equal(player.set.records[1].clock->name, kdc->realm);
    assert_int_equal(player.set.records[1].clock->local_at, 1000000035000);
    assert_int_equal(player.set.records[1].clock->uncertainty_us, 6000);
    assert_int_equal(player.set.records[2].kdc->connect_us, EVIDENCE_UNKNOWN);
    assert_int_equal(player.recording.kerberos_messages, 4);
    assert_string_equal(buffer_text(&player.heads), "3 kdc request 10 -\n4 kdc reply 1025 -\n"
                                                    "5 kdc request 10 -\n6 kdc reply 11 -\n");
    player_release(&player);
}

/* The end of a reply is missing: what stands before is read, and the next pair is a pair. */
static void test_cut_reply(void **state)
{
    struct buffer ask = {0}, answer = {0};
    struct player player;

    (void)state;
    put_record(&ask, 't');
    put_record(&answer, 'T');
    player_init(&player);
    player_connect(&player, 0, 88);
    for (int i = 0; i < 2; i++) {
        player_data(&player, 0, SIDE_OPENER, ask.data, ask.length);
        player_data(&player, 0, SIDE_OTHER, answer.data, answer.length - 50);
        player_gap(&player, 0, SIDE_OTHER, 50);
    }
    player_end(&player);
    assert_string_equal(buffer_text(&player.lines),
                        "kdc 3-5 tgs x1 reply tgs-rep\nkdc 6-8 tgs x1 reply tgs-rep\n");
    player_release(&player);
    buffer_release(&ask);
    buffer_release(&answer);
}

static void test_connections(void **state)
{
    struct player player;

    (void)state;
    player_init(&player);
    player_syn(&player, 0, 88);
    player_close(&player, 0, STREAM_RESET);
    player_syn(&player, 1, 88);
    player_wait(&player, 5000000);
    play_tcp(&player, ">a");
    player_close(&player, 0, STREAM_RESET);
    player_end(&player);
    assert_string_equal(buffer_text(&player.lines), "kdc 1-2 unknown x0 refused\n"
                                                    "kdc 6-0 as x1 closed\n"
                                                    "kdc 3-0 unknown x0 timeout\n");
    player_release(&player);
}

/* Formats have frames that bear no time. */
static void test_no_time(void **state)
{
    struct buffer ask = hostile_seed("kerberos/as-req");
    struct buffer answer = hostile_seed("kerberos/error-25");
    struct player player;

    (void)state;
    for (int i = 0; i < 3; i++) {
        player_init(&player);
        player.mark.at = i == 0 ? 1000000000000 : EVIDENCE_UNKNOWN;
        player_datagram(&player, 0, SIDE_OPENER, 88, ask.data, ask.length);
        player_datagram(&player, 0, SIDE_OPENER, 88, ask.data, ask.length);
        player.mark.at = i == 1 ? 1000000000000 : EVIDENCE_UNKNOWN;
        player_datagram(&player, 0, SIDE_OTHER, 88, answer.data, answer.length);
        player_end(&player);
        assert_string_equal(buffer_text(&player.lines), i == 0 ? "kdc 1-3 as x2 reply error 25\n"
                                                               : "kdc 1-3 as x1 reply error 25\n");
        assert_int_equal(player.set.records[0].kdc->rtt_us, EVIDENCE_UNKNOWN);
        player_release(&player);
    }
    buffer_release(&ask);
    buffer_release(&answer);
}

/* Garbage, lengths of 4 GiB, nesting 60 KiB deep: an answer that cannot be read, and no more. */
static void test_hostile(void **state)
{
    static const char huge[] = "\xFF\xFF\xFF\xFF\x6B\x82";
    struct buffer deep = {0}, ask = {0};
    struct player player;

    (void)state;
    put_record(&ask, 'a');
    buffer_append(&deep, "\x00\x00\xF0\x00", 4);
    while (deep.length < 0xF000 + 4) {
        buffer_append(&deep, "\x6B\x80", 2);
    }
    player_init(&player);
    player_connect(&player, 0, 88);
    player_data(&player, 0, SIDE_OPENER, ask.data, ask.length);
    player_data(&player, 0, SIDE_OTHER, huge, sizeof(huge) - 1);
    player_connect(&player, 1, 88);
    player_data(&player, 1, SIDE_OPENER, huge, sizeof(huge) - 1);
    assert_true(player.is_boring[1]);
    player.piece = 1000;
    player_connect(&player, 2, 88);
    player_data(&player, 2, SIDE_OPENER, ask.data, ask.length);
    player_data(&player, 2, SIDE_OTHER, deep.data, deep.length);
    player_datagram(&player, 3, SIDE_OPENER, 88, ask.data + 4, ask.length - 4);
    player_datagram(&player, 3, SIDE_OTHER, 88, "garbage!", 8);
    player_end(&player);
    assert_string_equal(buffer_text(&player.lines), "kdc 3-4 as x1 malformed\n"
                                                    "kdc 10-11 as x1 malformed 61440 bytes\n"
                                                    "kdc 12-13 as x1 malformed 8 bytes\n");
    player_release(&player);
    buffer_release(&deep);
    buffer_release(&ask);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),   cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_fields),    cmocka_unit_test(test_connections),
        cmocka_unit_test(test_no_time),   cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_cut_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
