/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far apart clocks are: each row is what the sources have, one line after the other, and what
 * follows. Times are seconds of one day.
 *
 *   R source first last                          a recording, and what it covers
 *   C case address source at status user         a request in a capture; its reply is 0.1 s later
 *   W case address source at status user count last  the same in a web server's log
 *   L case name source at                        the MP's log has the registration
 *   S case name source at                        the client's own log: it begins
 *   K case name source at                        it knows that it is registered
 *   M case name source made used days            a certificate in a trace, valid for so many days
 *
 * A link: what the second clock shows more than the first, how many pairs of how many agree, and in
 * minutes the time zone that is wrong. Of a client's own clock the second is its name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "evidence/shape.h"
#include "rules/clocks.h"

#define IIS_DAY "R iis.log 0 86400;"
#define CAP_DAY "R c.cap 0 86400;"

struct row {
    const char *about;
    const char *evidence;
    const char *expected;
};

static const struct row ROWS[] = {
    {"the seed's requests: no difference that can be told",
     "R c.cap 70509 70515; R iis.log 70511 70513;"
     "C 1 192.168.20.102 c.cap 70511.0 401 -; C 1 192.168.20.102 c.cap 70512.658 200 t;"
     "W 2 192.168.20.102 iis.log 70511 401 - 1 70511;"
     "W 2 192.168.20.102 iis.log 70513 200 CHILD\\WK02$ 1 70513",
     "c.cap>iis.log [-0.758 1.000] 2/2"},
    {"one pair alone",
     IIS_DAY CAP_DAY "C 1 10.0.0.5 c.cap 100.5 401 -;"
                     "W 2 10.0.0.5 iis.log 107 401 - 1 107",
     "c.cap>iis.log [5.400 7.500] 1/1"},
    {"many pairs, and one that is of another event",
     IIS_DAY CAP_DAY
     "C 1 10.0.0.5 c.cap 100.5 401 -; C 1 10.0.0.5 c.cap 101.2 200 t;"
     "C 3 10.0.0.6 c.cap 500.9 401 -; C 3 10.0.0.6 c.cap 800.1 200 t;"
     "W 2 10.0.0.5 iis.log 107 401 - 1 107; W 2 10.0.0.5 iis.log 107 200 A\\WK01$ 1 107;"
     "W 4 10.0.0.6 iis.log 507 401 - 1 507; W 4 10.0.0.6 iis.log 900 200 A\\WK02$ 1 900",
     "c.cap>iis.log [5.400 6.800] 3/4"},
    {"of requests that are alike the first and the last: the pair next to zero",
     IIS_DAY CAP_DAY "C 1 10.0.0.5 c.cap 900.5 401 -; W 2 10.0.0.5 iis.log 107 401 - 2 902",
     "c.cap>iis.log [0.400 2.500] 1/2"},
    {"of many alike the right one may be hidden",
     IIS_DAY CAP_DAY "C 1 10.0.0.5 c.cap 900.5 401 -; W 2 10.0.0.5 iis.log 107 401 - 9 970", ""},
    {"another status, another kind of request, another MP",
     IIS_DAY CAP_DAY "C 1 10.0.0.5 c.cap 100 401 -; W 2 10.0.0.5 iis.log 107 500 - 1 107;"
                     "W 2 10.0.0.5 iis.log 107 401 A\\WK01$ 1 107;"
                     "C 1 10.0.0.5 c.cap 300 401 -@10.9.9.9; W 2 10.0.0.5 iis.log 307 403 - 1 307",
     ""},
    {"of another client",
     IIS_DAY CAP_DAY "C 1 10.0.0.5 c.cap 100.5 401 -;"
                     "W 2 10.0.0.6 iis.log 107 401 - 1 107",
     ""},
    {"the log does not cover the time: it may be another attempt",
     "R iis.log 800 1600;" CAP_DAY "C 1 10.0.0.5 c.cap 100.5 401 -; C 1 10.0.0.5 c.cap 101 200 t;"
     "W 2 10.0.0.5 iis.log 900 401 - 1 900; W 2 10.0.0.5 iis.log 900 200 A\\WK01$ 1 900",
     ""},
    {"but when two clients agree",
     "R iis.log 800 1600;" CAP_DAY "C 1 10.0.0.5 c.cap 100.5 401 -;"
     "C 3 10.0.0.6 c.cap 200.5 401 -; W 2 10.0.0.5 iis.log 900 401 - 1 900;"
     "W 4 10.0.0.6 iis.log 1000 401 - 1 1000",
     "c.cap>iis.log [798.400 800.500] 2/2"},
    {"a log in local time, two hours ahead",
     "R iis.log 7000 9000;" CAP_DAY "C 1 10.0.0.5 c.cap 100.5 401 -; C 1 10.0.0.5 c.cap 101 200 t;"
     "W 2 10.0.0.5 iis.log 7301 401 - 1 7301; W 2 10.0.0.5 iis.log 7301 200 A\\WK01$ 1 7301",
     "c.cap>iis.log [7199.400 7201.000] 2/2 zone 120"},
    {"behind by five hours and a half",
     "R iis.log 0 900;" CAP_DAY "C 1 10.0.0.5 c.cap 20000.5 401 -;"
     "W 2 10.0.0.5 iis.log 200 401 - 1 200",
     "c.cap>iis.log [-19801.600 -19799.500] 1/1 zone -330"},
    {"ten minutes are a clock's fault",
     IIS_DAY CAP_DAY "C 1 10.0.0.5 c.cap 100.5 401 -; W 2 10.0.0.5 iis.log 700 401 - 1 700",
     "c.cap>iis.log [598.400 600.500] 1/1"},
    {"the MP's log has the registration",
     IIS_DAY "R mp.log 0 86400; W 1 10.0.0.5 iis.log 100 200 A\\WK01$ 1 100; L 2 WK01 mp.log 100.4",
     "iis.log>mp.log [-60.600 60.400] 1/1"},
    {"without its bias the MP's log is an hour off",
     IIS_DAY
     "R mp.log 0 86400; W 1 10.0.0.5 iis.log 100 200 A\\WK01$ 1 100; L 2 WK01 mp.log 3700.4",
     "iis.log>mp.log [3539.400 3660.400] 1/1 zone 60"},
    {"a refused sign-in carries no registration",
     IIS_DAY "R mp.log 0 86400; W 1 10.0.0.5 iis.log 100 401 A\\WK01$ 1 100; L 2 WK01 mp.log 100.4",
     ""},

    {"the seed's certificate: made a day after its notBefore, 24 seconds before the request",
     "R iis.log 70511 70513; W 1 192.168.20.102 iis.log 70511 401 - 1 70511;"
     "W 1 192.168.20.102 iis.log 70513 200 CHILD\\WK02$ 1 70513; M 2 WK02 t.txt -15913 - 36501",
     "iis.log>WK02 [-25.000 -] 2/2"},
    {"of other certificates notBefore is the earliest time",
     "R iis.log 70511 70513; W 1 192.168.20.102 iis.log 70511 401 - 1 70511;"
     "W 1 192.168.20.102 iis.log 70513 200 CHILD\\WK02$ 1 70513; M 2 WK02 t.txt 70487 - 3650",
     "iis.log>WK02 [-25.000 -] 2/2"},
    {"made later than the MP has its use: the client's clock was ahead",
     IIS_DAY "W 1 10.0.0.5 iis.log 1000 200 A\\WK01$ 1 1000; M 2 WK01 t.txt 1700 - 3650",
     "iis.log>WK01 [699.000 -] 1/1"},
    {"unless the log ends before, when a later use is not in it",
     "R iis.log 0 1100; W 1 10.0.0.5 iis.log 1000 200 A\\WK01$ 1 1000; M 2 WK01 t.txt 1700 - 3650",
     ""},
    {"or has a later use",
     IIS_DAY "W 1 10.0.0.5 iis.log 1000 200 A\\WK01$ 2 1710; M 2 WK01 t.txt 1700 - 3650",
     "iis.log>WK01 [-11.000 -] 1/1"},
    {"a use in the trace itself", "M 1 WK01 t.txt 1700 1690 3650", "t.txt>WK01 [10.000 -] 1/1"},
    {"its own log against the MP's",
     IIS_DAY
     "R own.log 0 86400; W 1 10.0.0.5 iis.log 1000 401 - 1 1000;"
     "W 1 10.0.0.5 iis.log 1001 200 A\\WK01$ 1 1001; S 2 WK01 own.log 1399; K 2 WK01 own.log 1403",
     "iis.log>WK01 [398.000 402.000] 1/1"},
    {"its own log of two attempts says nothing",
     IIS_DAY
     "R own.log 0 86400; W 1 10.0.0.5 iis.log 1000 401 - 2 1900;"
     "W 1 10.0.0.5 iis.log 1001 200 A\\WK01$ 1 1001; S 2 WK01 own.log 1399; K 2 WK01 own.log 1403",
     ""},
};

/* --- evidence --- */

static int64_t time_of(const char *seconds)
{
    const int64_t day = clock_from_calendar(2009, 5, 20, 0, 0, 0) * CLOCK_US_PER_SECOND;

    return strcmp(seconds, "-") == 0 ? EVIDENCE_UNKNOWN
                                     : day + (int64_t)(strtod(seconds, NULL) * 1000000 + 0.5);
}

static void place(struct evidence_set *set, const char *source)
{
    struct evidence_place *made = evidence_new(&set->arena, &SHAPE_PLACE);

    made->source = arena_strdup(&set->arena, source);
    set->records[set->count - 1].place = made;
}

static void add_run(struct evidence_set *set, uint32_t case_id, const char *name,
                    const char *address)
{
    struct evidence_run *run;

    for (size_t i = 0; i < set->count; i++) {
        if (set->records[i].case_id == case_id) {
            return;
        }
    }
    run = evidence_add(set, EVIDENCE_RUN, case_id, EVIDENCE_UNKNOWN);
    run->origin = ORIGIN_LOGS;
    run->target = "unknown";
    run->client_host = arena_strdup(&set->arena, name);
    run->client_address = arena_strdup(&set->arena, address);
}

static void add_http(struct evidence_set *set, char **words)
{
    const uint32_t case_id = (uint32_t)strtoul(words[1], NULL, 10);
    const char *server = strchr(words[6], '@');
    struct evidence_http *http;

    add_run(set, case_id, NULL, words[2]);
    http = evidence_add(set, EVIDENCE_HTTP, case_id, time_of(words[4]));
    place(set, words[3]);
    http->method = "CCM_POST";
    http->path = "/ccm_system_windowsauth/request";
    http->address = server ? arena_strdup(&set->arena, server + 1) : "10.0.0.20";
    http->rtt_us = 100000;
    http->reply = evidence_new(&set->arena, &SHAPE_HTTP_REPLY);
    http->reply->status = strtol(words[5], NULL, 10);
    http->sent = words[6][0] == 't' ? evidence_new(&set->arena, &SHAPE_NEGOTIATE_TOKEN) : NULL;
}

static void add_web(struct evidence_set *set, char **words)
{
    const uint32_t case_id = (uint32_t)strtoul(words[1], NULL, 10);
    struct evidence_web_client *web;

    add_run(set, case_id, NULL, words[2]);
    web = evidence_add(set, EVIDENCE_WEB_CLIENT, case_id, time_of(words[4]));
    place(set, words[3]);
    web->server = "10.0.0.20";
    web->request_count = 1;
    web->requests = evidence_new(&set->arena, &SHAPE_WEB_REQUEST);
    web->requests->method = "CCM_POST";
    web->requests->path = "/ccm_system_windowsauth/request";
    web->requests->status = strtol(words[5], NULL, 10);
    web->requests->user = words[6][0] == '-' ? NULL : arena_strdup(&set->arena, words[6]);
    web->requests->count = strtol(words[7], NULL, 10);
    web->requests->source = web->requests->last_source = arena_strdup(&set->arena, words[3]);
    web->requests->at = time_of(words[4]);
    web->requests->last_at = time_of(words[8]);
}

static void add_event(struct evidence_set *set, char **words)
{
    const uint32_t case_id = (uint32_t)strtoul(words[1], NULL, 10);
    struct evidence_log_event *event;

    add_run(set, case_id, words[2], NULL);
    event = evidence_add(set, EVIDENCE_LOG_EVENT, case_id, time_of(words[4]));
    place(set, words[3]);
    event->event = words[0][0] == 'L'   ? LOG_REGISTRATION_REQUEST
                   : words[0][0] == 'S' ? LOG_REGISTRATION_STARTED
                                        : LOG_REGISTERED;
    event->count = 1;
}

static void add_certificate(struct evidence_set *set, char **words)
{
    const uint32_t case_id = (uint32_t)strtoul(words[1], NULL, 10);
    struct evidence_registration *made;

    add_run(set, case_id, words[2], NULL);
    made = evidence_add(set, EVIDENCE_REGISTRATION, case_id, time_of(words[5]));
    place(set, words[3]);
    made->source = REGISTRATION_SQL;
    made->signing_thumbprint = "E824658E489FDBB6481ED7788E74877FB9DBCF0B";
    made->certificate_not_before = time_of(words[4]);
    made->certificate_not_after =
        made->certificate_not_before + strtol(words[6], NULL, 10) * 86400 * CLOCK_US_PER_SECOND;
}

static void add_line(struct evidence_set *set, char *line)
{
    char *words[10] = {NULL};
    char *rest = NULL;
    size_t count = 0;

    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        assert_in_range(count, 0, 8);
        words[count++] = word;
    }
    switch (words[0][0]) {
    case 'R': {
        struct evidence_recording *made =
            evidence_add(set, EVIDENCE_RECORDING, 0, EVIDENCE_UNKNOWN);

        made->name = arena_strdup(&set->arena, words[1]);
        made->first_at = time_of(words[2]);
        made->last_at = time_of(words[3]);
        break;
    }
    case 'C':
        add_http(set, words);
        break;
    case 'W':
        add_web(set, words);
        break;
    case 'M':
        add_certificate(set, words);
        break;
    default:
        add_event(set, words);
    }
}

static void make(struct evidence_set *set, const char *text)
{
    char *copy = strdup(text);
    char *rest = NULL;

    evidence_init(set);
    for (char *line = strtok_r(copy, ";", &rest); line; line = strtok_r(NULL, ";", &rest)) {
        add_line(set, line);
    }
    free(copy);
}

/* --- what follows --- */

static void say_bound(int64_t bound, struct buffer *out)
{
    if (bound == EVIDENCE_UNKNOWN) {
        buffer_puts(out, "-");
    } else {
        buffer_printf(out, "%.3f", (double)bound / CLOCK_US_PER_SECOND);
    }
}

static void say(const struct clock_links *links, struct buffer *out)
{
    for (size_t i = 0; i < links->count; i++) {
        const struct clock_link *link = &links->items[i];

        buffer_printf(out, "%s%s>%s [", i > 0 ? "; " : "", link->source,
                      link->other ? link->other : client_label(link->client));
        say_bound(link->low_us, out);
        buffer_puts(out, " ");
        say_bound(link->high_us, out);
        buffer_printf(out, "] %zu/%zu", link->agreeing, link->pairs);
        if (link->zone_minutes != 0) {
            buffer_printf(out, " zone %d", (int)link->zone_minutes);
        }
        assert_non_null(link->records[0]);
        assert_non_null(link->records[1]);
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct evidence_set set;
        struct arena arena = {0};
        struct client_list clients;
        struct clock_links links;
        struct buffer text = {0};

        make(&set, ROWS[i].evidence);
        clients_join(&set, &arena, &clients);
        clocks_link(&set, &clients, &arena, &links);
        say(&links, &text);
        if (strcmp(buffer_text(&text), ROWS[i].expected) != 0) {
            fail_msg("%s: %s, and not %s", ROWS[i].about, buffer_text(&text), ROWS[i].expected);
        }
        buffer_release(&text);
        arena_release(&arena);
        evidence_release(&set);
    }
}

/* Over the IIS log, times of the capture are those of the MP's log, whose zone is wrong. */
static void test_corrections(void **state)
{
    struct evidence_set set;
    struct arena arena = {0};
    struct client_list clients;
    struct clock_links links;
    struct clock_corrections corrections;

    (void)state;
    make(&set, IIS_DAY CAP_DAY
         "R mp.log 0 86400; C 1 10.0.0.5 c.cap 100.5 401 -; C 1 10.0.0.5 c.cap 100.6 200 t;"
         "W 2 10.0.0.5 iis.log 107 401 - 1 107; W 2 10.0.0.5 iis.log 107 200 A\\WK01$ 1 107;"
         "L 3 WK01 mp.log 3707.5");
    clients_join(&set, &arena, &clients);
    clocks_link(&set, &clients, &arena, &links);
    clocks_correct(&links, "iis.log", &arena, &corrections);
    assert_int_equal(clock_correction_of(&corrections, "iis.log")->add_us, 0);
    assert_in_range(clock_correction_of(&corrections, "c.cap")->add_us, 5400000, 7500000);
    assert_int_equal(clock_correction_of(&corrections, "mp.log")->add_us, -3600000000);
    assert_null(clock_correction_of(&corrections, "other.log"));
    arena_release(&arena);
    evidence_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_corrections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
