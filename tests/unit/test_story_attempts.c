/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests belong together, where a client makes several attempts: one after the other, at
   once, or at several addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/shape.h"
#include "story_play.h"

/* A challenge, and nothing more. */
static void no_second_request(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 4, 10, NULL, 401);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/1 4-10\n"
               "1 http anonymous anonymous 4-10\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

/* The last that came to an end is shown, with the ticket of the first: it is used again. */
static void several_attempts(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    play_post(&play, 11, 12, NULL, 401);
    play_post(&play, 1000, 1001, NULL, 401);
    play_post(&play, 1005, 1006, "HTTP/mp.contoso.lab", 401);
    play_post(&play, 2000, 2001, NULL, 401); /* when the recording ends */
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 4/2 1000-1006\n"
               "1 kdc ticket HTTP/mp.contoso.lab 3-4\n"
               "1 precedent 192.168.20.102 HTTP/mp.contoso.lab 5-6\n"
               "1 http anonymous anonymous 1000-1001\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 1005-1006\n"
               "1 skip name\n1 skip identity\n");
}

/* Each with what was asked for its sake. */
static void tickets_of_attempts(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_ask_kdc(&play, 1, 2, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    play_post(&play, 3, 4, NULL, 401);
    play_ask_kdc(&play, 5, 6, "HTTP/mp.contoso.lab", NULL);
    play_ask_kdc(&play, 1001, 1002, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    play_post(&play, 1003, 1004, NULL, 401);
    play_ask_kdc(&play, 1005, 1006, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_post(&play, 1007, 1008, "HTTP/mp.contoso.lab", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 2/1 1003-1008\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB 1001-1002\n"
               "1 http anonymous anonymous 1003-1004\n"
               "1 kdc ticket HTTP/mp.contoso.lab 1005-1006\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 1007-1008\n"
               "1 skip name\n");
}

/* It is told of the last when enough time passed for the client to go on. */
static void given_up(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    play_post(&play, 11, 12, NULL, 401);
    play.recording->last_at = play_time(1000);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/1 11-12\n"
               "1 precedent 192.168.20.102 HTTP/mp.contoso.lab 5-6\n"
               "1 http anonymous anonymous 11-12\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

/* That nobody answered is known only when the connection ends, after the next attempt. */
static void late_silence(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 20, 21, NULL, 401);
    play_post(&play, 5, 0, "HTTP/mp.contoso.lab", 0);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/1 1-5\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 5\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* Nor to the request without a ticket: an attempt of its own, that the one before has no part in.
 */
static void late_silence_anonymous(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 3, 4, "HTTP/mp.contoso.lab", 200);
    play_post_on(&play, 20, 21, 9, NULL, 401);
    play_post_on(&play, 5, 0, 8, NULL, 0);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 3/1 5-5\n"
               "1 precedent 192.168.20.102 HTTP/mp.contoso.lab 3-4\n"
               "1 http anonymous anonymous 5\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

/* Two ask at once, on connections 7 and 8. */
static void begin_two(struct play *play)
{
    play_begin(play);
    play_post_on(play, 1, 2, 7, NULL, 401);
    play_post_on(play, 3, 4, 8, NULL, 401);
}

/* Each connection goes on with its own. */
static void two_at_once(void **state)
{
    struct play play;

    (void)state;
    begin_two(&play);
    play_post_on(&play, 5, 6, 7, "HTTP/mp", 200);
    play_post_on(&play, 7, 8, 8, "HTTP/mp", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/0 1 at once 3-8\n"
               "1 http anonymous anonymous 3-4\n"
               "1 http negotiate authenticated HTTP/mp 7-8\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* An answer that comes later than that of a younger request: each connection goes on with its own
   here, too. */
static void overtaken_answers(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post_on(&play, 3, 4, 8, NULL, 401);
    play_post_on(&play, 1, 5, 7, NULL, 401);
    play_post_on(&play, 6, 7, 7, "HTTP/mp", 200);
    play_post_on(&play, 8, 9, 8, "HTTP/mp", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/0 1 at once 3-9\n"
               "1 http anonymous anonymous 3-4\n"
               "1 http negotiate authenticated HTTP/mp 8-9\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
    play_begin(&play);
    play_post_on(&play, 5, 6, 9, NULL, 401);
    play_post_on(&play, 3, 7, 8, NULL, 401);
    play_post_on(&play, 1, 8, 7, NULL, 401);
    play_post_on(&play, 9, 10, 7, "HTTP/mp", 200);
    play_post_on(&play, 11, 12, 8, "HTTP/mp", 401);
    play_post_on(&play, 13, 14, 9, "HTTP/mp", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 3/1 2 at once 5-14\n"
               "1 http anonymous anonymous 5-6\n"
               "1 http negotiate authenticated HTTP/mp 13-14\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* A connection that a forgotten attempt was to go on with is used for another one. */
static void begins_anew(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    for (uint64_t i = 0; i < 3; i++) {
        play_post_on(&play, 2 * i + 1, 2 * i + 2, 7 + i, NULL, 401);
    }
    play_post(&play, 7, 8, NULL, 401);
    play_post(&play, 9, 10, "HTTP/mp", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 4/3 7-10\n"
               "1 http anonymous anonymous 7-8\n"
               "1 http negotiate authenticated HTTP/mp 9-10\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* A client asks without a ticket, is told to bring one, asks with it, and is answered. */
enum { CLIENT_STEPS = 4, CLIENTS_MAX = 3 };

/* Clients behind one address that ask at once, or one that asks several addresses of an MP. */
struct crowd {
    size_t clients;
    unsigned refused; /* who brings a ticket that is not accepted: a bit each */
    bool addresses;   /* each asks one of its own */
    size_t order[CLIENTS_MAX * CLIENT_STEPS];   /* whose step comes next */
    uint64_t frames[CLIENTS_MAX][CLIENT_STEPS]; /* at which each took its steps */
    size_t orders;                              /* tried */
};

static bool is_told(const struct play *play, const uint64_t *frames)
{
    for (size_t i = 1; i < play->evidence.count; i++) {
        const struct evidence_record *record = &play->evidence.records[i];

        if (record->kind == EVIDENCE_HTTP && record->place->frame == (int64_t)frames[0] &&
            record->place->reply_frame == (int64_t)frames[1]) {
            return true;
        }
    }
    return false;
}

/* Both requests of each, or of the one that began last. */
static void check_requests(const struct crowd *crowd, const struct play *play)
{
    const struct evidence_record *records = play->evidence.records;

    assert_int_equal(records[1].run->attempts, crowd->clients);
    assert_int_equal(records[1].run->failed_attempts, __builtin_popcount(crowd->refused));
    for (size_t i = 0; i < crowd->clients; i++) {
        const bool expected = crowd->addresses || i == crowd->clients - 1;

        assert_int_equal(is_told(play, crowd->frames[i]), expected);
        assert_int_equal(is_told(play, crowd->frames[i] + 2), expected);
    }
}

/* Requests are told of when they are answered. */
static void act_out(struct crowd *crowd)
{
    size_t taken[CLIENTS_MAX] = {0};
    struct play play;

    play_begin(&play);
    for (size_t i = 0; i < crowd->clients * CLIENT_STEPS; i++) {
        const size_t client = crowd->order[i];
        const size_t step = taken[client]++;
        uint64_t *frames = crowd->frames[client];

        frames[step] = i + 1;
        play.mp = MP + (crowd->addresses ? (int)client : 0);
        if (step == 1) {
            play_post_on(&play, frames[0], frames[1], 7 + client, NULL, 401);
        } else if (step == 3) {
            play_post_on(&play, frames[2], frames[3], 7 + client, "HTTP/mp",
                         crowd->refused >> client & 1 ? 401 : 200);
        }
    }
    assert_int_equal(play_finish(&play), 1);
    check_requests(crowd, &play);
    play_release(&play);
    crowd->orders++;
}

/* All orders that begin as crowd->order does, of which `length` are chosen. Clients are numbered as
   they begin. */
static void try_orders(struct crowd *crowd, size_t length)
{
    size_t chosen[CLIENTS_MAX] = {0};

    if (length == crowd->clients * CLIENT_STEPS) {
        act_out(crowd);
        return;
    }
    for (size_t i = 0; i < length; i++) {
        chosen[crowd->order[i]]++;
    }
    for (size_t client = 0; client < crowd->clients; client++) {
        if (chosen[client] < CLIENT_STEPS && (client == 0 || chosen[client - 1] > 0)) {
            crowd->order[length] = client;
            try_orders(crowd, length + 1);
        }
    }
}

static void check_orders(size_t clients, unsigned refused, bool addresses, size_t orders)
{
    struct crowd crowd = {.clients = clients, .refused = refused, .addresses = addresses};

    try_orders(&crowd, 0);
    assert_int_equal(crowd.orders, orders);
}

/* In whatever order requests and answers pass, each belongs to its own: 8! / 4!^2 / 2! orders of
   two, 12! / 4!^3 / 3! of three. */
static void every_order(void **state)
{
    (void)state;
    for (unsigned refused = 0; refused < 4; refused++) {
        check_orders(2, refused, false, 35);
        check_orders(2, refused, true, 35);
    }
    check_orders(3, 2, false, 5775);
    check_orders(3, 2, true, 5775);
}

/* Several machines behind one address: what belongs to an attempt that is forgotten is not told
   with another. */
static void many_at_once(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    for (uint64_t i = 0; i < 4; i++) {
        play_post_on(&play, 2 * i + 1, 2 * i + 2, 7 + i, NULL, 401);
    }
    for (uint64_t i = 0; i < 4; i++) {
        play_post_on(&play, 2 * i + 11, 2 * i + 12, 7 + i, "HTTP/mp", i == 0 ? 401 : 200);
    }
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 4/1 3 at once 7-18\n"
               "1 http anonymous anonymous 7-8\n"
               "1 http negotiate authenticated HTTP/mp 17-18\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

static void issue(struct play *play, uint64_t frame, const char *client, const char *fingerprint)
{
    struct evidence_kdc *kdc = play_payload(play, EVIDENCE_KDC);

    kdc->purpose = KDC_TGS;
    kdc->service = "HTTP/mp.contoso.lab";
    kdc->realm = "CONTOSO.LAB";
    kdc->outcome = OUTCOME_REPLY;
    kdc->reply = evidence_new(&play->arena, &SHAPE_KDC_REPLY);
    kdc->reply->kind = KDC_REPLY_TGS;
    kdc->reply->client = client;
    kdc->reply->ticket = evidence_new(&play->arena, &SHAPE_KRB_TICKET);
    kdc->reply->ticket->fingerprint = fingerprint;
    play_event(play, (struct capture_event){.kind = EVIDENCE_KDC,
                                            .server = play_endpoint(DC, KDC_PORT),
                                            .asked = play_mark(frame),
                                            .answered = play_mark(frame + 1),
                                            .kdc = kdc});
}

static void present(struct play *play, uint64_t frame, uint64_t connection, const char *fingerprint)
{
    struct evidence_http *http =
        play_request(play, "CCM_POST", PLAY_WINDOWS, "HTTP/mp.contoso.lab", 401);

    http->sent->ticket->fingerprint = fingerprint;
    play_ask_mp(play, frame, frame + 1, connection, http);
}

/* Of two that ask at once, the ticket that is shown tells which is whose; one after the other, a
   client may have asked twice. */
static void tickets_at_once(void **state)
{
    struct play play;

    (void)state;
    begin_two(&play);
    issue(&play, 5, "WK01$@CONTOSO.LAB", "aa");
    issue(&play, 7, "WK02$@CONTOSO.LAB", "bb");
    present(&play, 9, 8, "aa");
    present(&play, 11, 7, "bb");
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 2/2 1 at once 3-10\n"
               "1 http anonymous anonymous 3-4\n"
               "1 kdc ticket HTTP/mp.contoso.lab 5-6\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 9-10\n"
               "1 skip name\n1 skip identity\n");
    play_begin(&play);
    play_post_on(&play, 3, 4, 8, NULL, 401);
    issue(&play, 5, "WK01$@CONTOSO.LAB", "aa");
    issue(&play, 7, "WK01$@CONTOSO.LAB", "bb");
    present(&play, 9, 8, "aa");
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 1/1 3-10\n"
               "1 http anonymous anonymous 3-4\n"
               "1 kdc ticket HTTP/mp.contoso.lab 5-6\n"
               "1 kdc ticket HTTP/mp.contoso.lab 7-8\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 9-10\n"
               "1 skip name\n1 skip identity\n");
}

/* A ticket that another connection presents is not that of the one that gave up, whose request for
   one was refused. */
static void ticket_of_another(void **state)
{
    struct play play;

    (void)state;
    begin_two(&play);
    issue(&play, 5, "WK01$@CONTOSO.LAB", "aa");
    present(&play, 7, 7, "aa");
    play_ask_kdc(&play, 9, 10, "HTTP/mp.contoso.lab", NULL);
    play.recording->last_at = play_time(1000);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 2/2 1 at once 3-4\n"
               "1 http anonymous anonymous 3-4\n"
               "1 kdc ticket HTTP/mp.contoso.lab 9-10\n"
               "1 clock 9-10\n"
               "1 skip name\n1 skip identity\n1 skip authenticated\n");
}

/* Nor of one that asked for none. */
static void no_ticket_at_once(void **state)
{
    struct play play;

    (void)state;
    begin_two(&play);
    issue(&play, 5, "WK01$@CONTOSO.LAB", "aa");
    present(&play, 7, 7, "aa");
    play.recording->last_at = play_time(1000);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 2/2 1 at once 3-4\n"
               "1 http anonymous anonymous 3-4\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

/* The other goes on before this one is answered. */
static void ticket_before_answer(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post_on(&play, 1, 2, 7, NULL, 401);
    issue(&play, 4, "WK01$@CONTOSO.LAB", "aa");
    present(&play, 6, 7, "aa");
    play_post_on(&play, 3, 8, 8, NULL, 401);
    play.recording->last_at = play_time(1000);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 2/2 1 at once 3-8\n"
               "1 http anonymous anonymous 3-8\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

/* Who was refused first, the one that then got a ticket or the one that gave up, cannot be told. */
static void refused_at_once(void **state)
{
    struct play play;

    (void)state;
    begin_two(&play);
    play_ask_kdc(&play, 5, 6, "HTTP/mp.contoso.lab", NULL);
    issue(&play, 7, "WK01$@CONTOSO.LAB", "aa");
    present(&play, 9, 7, "aa");
    play.recording->last_at = play_time(1000);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 2/2 1 at once 3-4\n"
               "1 http anonymous anonymous 3-4\n"
               "1 kdc ticket HTTP/mp.contoso.lab 5-6\n"
               "1 clock 5-6\n"
               "1 kdc ticket HTTP/mp.contoso.lab 7-8\n"
               "1 skip name\n1 skip identity\n1 skip authenticated\n");
    play_begin(&play);
    play_post_on(&play, 1, 2, 7, NULL, 401);
    play_ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", NULL);
    issue(&play, 5, "WK01$@CONTOSO.LAB", "aa");
    play_post_on(&play, 7, 8, 8, NULL, 401);
    present(&play, 9, 7, "aa");
    play.recording->last_at = play_time(1000);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 2/2 1 at once 7-8\n"
               "1 kdc ticket HTTP/mp.contoso.lab 3-4\n"
               "1 clock 3-4\n"
               "1 kdc ticket HTTP/mp.contoso.lab 5-6\n"
               "1 http anonymous anonymous 7-8\n"
               "1 skip name\n1 skip identity\n1 skip authenticated\n");
}

/* One after the other, it may be that of both. */
static void ticket_of_before(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post_on(&play, 1, 2, 7, NULL, 401);
    issue(&play, 3, "WK01$@CONTOSO.LAB", "aa");
    present(&play, 5, 7, "aa");
    play_post_on(&play, 7, 8, 8, NULL, 401);
    play.recording->last_at = play_time(1000);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 2/2 7-8\n"
               "1 kdc ticket HTTP/mp.contoso.lab 3-4\n"
               "1 http anonymous anonymous 7-8\n"
               "1 skip name\n1 skip identity\n1 skip authenticated\n");
}

static void post_anonymously(struct play *play, uint64_t frame, uint64_t answered, int64_t status)
{
    play_ask_mp(play, frame, answered, 7,
                play_request(play, "CCM_POST", "/ccm_system/request", NULL, status));
}

/* Without a sign-in after one that failed: how a client registers that is not approved. Of what it
   sends there, the first that was taken and the registration are told. */
static void registers_anonymously(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    post_anonymously(&play, 1, 2, 200);
    play_post(&play, 3, 4, NULL, 401);
    play_post(&play, 5, 6, "HTTP/mp.contoso.lab", 401);
    post_anonymously(&play, 7, 8, 500);
    post_anonymously(&play, 9, 10, 200);
    play_mp_clock(&play, 9, 10);
    post_anonymously(&play, 11, 12, 200);
    post_anonymously(&play, 13, 14, 200);
    play_registration(&play, 13, 14, "wk02.child.contoso.lab");
    post_anonymously(&play, 15, 16, 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 wk02.child.contoso.lab 1/1 3-14\n"
               "1 http anonymous anonymous 3-4\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 5-6\n"
               "1 http anonymous anonymous 9-10\n"
               "1 http anonymous anonymous 13-14\n"
               "1 registration 13-14\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* Each attempt has its own; what follows a sign-in that worked is no matter. */
static void messages_after_attempts(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 5, 6, "HTTP/mp.contoso.lab", 401);
    post_anonymously(&play, 7, 8, 200);
    play_post(&play, 11, 12, "HTTP/mp.contoso.lab", 401);
    play_post(&play, 13, 0, NULL, 0);
    post_anonymously(&play, 9, 0, 0);
    post_anonymously(&play, 12, 0, 0);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 3/2 11-12\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 11-12\n"
               "1 http anonymous anonymous 12\n"
               "1 skip name\n1 skip anonymous\n1 skip identity\n1 skip ticket\n");
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    post_anonymously(&play, 3, 4, 200);
    play_post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    post_anonymously(&play, 7, 8, 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/0 1-6\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 5-6\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* A name with several addresses is one MP: told is the last attempt, and of the other addresses
   the last at each. */
static void several_addresses(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 3, 4, "HTTP/mp.contoso.lab", 401);
    play_post(&play, 5, 6, NULL, 401);
    play_post(&play, 7, 8, "HTTP/mp.contoso.lab", 401);
    play.mp = MP2;
    play.host = "MP.contoso.lab.:80";
    play_post(&play, 11, 12, NULL, 401);
    play_post(&play, 13, 14, "HTTP/mp.contoso.lab", 200);
    play_post(&play, 15, 16, NULL, 401);
    play_post(&play, 17, 18, "HTTP/mp.contoso.lab", 200);
    play_check(&play, 1,
               "1 run MP.contoso.lab. 192.168.20.102 4/2 15-18\n"
               "1 http anonymous anonymous 5-6\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 7-8\n"
               "1 http anonymous anonymous at 192.168.20.21 15-16\n"
               "1 http negotiate authenticated at 192.168.20.21 HTTP/mp.contoso.lab 17-18\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* The client begins to sign in while it asks the next address: both requests are its sign-in. */
static void signs_in_meanwhile(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post_on(&play, 1, 2, 7, NULL, 401);
    play_ask_kdc(&play, 3, 4, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    play.mp = MP2;
    play_post_on(&play, 5, 6, 8, NULL, 401);
    play_ask_kdc(&play, 7, 8, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    play_ask_kdc(&play, 9, 10, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_post_on(&play, 11, 12, 8, "HTTP/mp.contoso.lab", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 2/1 5-12\n"
               "1 http anonymous anonymous 1-2\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB 3-4\n"
               "1 http anonymous anonymous at 192.168.20.21 5-6\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB 7-8\n"
               "1 kdc ticket HTTP/mp.contoso.lab 9-10\n"
               "1 http negotiate authenticated at 192.168.20.21 HTTP/mp.contoso.lab 11-12\n"
               "1 skip name\n");
}

/* At two addresses at once, where the first request to one had got what it asked for: its
   connection is that of the second by then. */
static void address_asked_again(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post_on(&play, 1, 3, 7, NULL, 200);
    play.mp = MP2;
    play_post_on(&play, 2, 5, 8, NULL, 401);
    play.mp = MP;
    play_post_on(&play, 4, 6, 7, NULL, 401);
    play_post_on(&play, 7, 8, 7, "HTTP/mp", 200);
    play.mp = MP2;
    play_post_on(&play, 9, 10, 8, "HTTP/mp", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 3/0 1 at once 4-8\n"
               "1 http anonymous anonymous at 192.168.20.21 2-5\n"
               "1 http anonymous anonymous 4-6\n"
               "1 http negotiate authenticated HTTP/mp 7-8\n"
               "1 http negotiate authenticated at 192.168.20.21 HTTP/mp 9-10\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* What an address did long ago says nothing of now. */
static void earlier_address(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 3, 4, "HTTP/mp.contoso.lab", 401);
    play.mp = MP2;
    play_post(&play, 40001, 40002, NULL, 401);
    play_post(&play, 40003, 40004, "HTTP/mp.contoso.lab", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/1 40001-40004\n"
               "1 http anonymous anonymous at 192.168.20.21 40001-40002\n"
               "1 http negotiate authenticated at 192.168.20.21 HTTP/mp.contoso.lab 40003-40004\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* The second request of an exchange may go to another address. */
static void address_changes(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play.mp = MP2;
    play_post_on(&play, 3, 4, 8, "HTTP/mp.contoso.lab", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/0 1-4\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated at 192.168.20.21 HTTP/mp.contoso.lab 3-4\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

static void two_addresses(struct play *play)
{
    play_begin(play);
    play_name(play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    play_name(play, 2, "mp.contoso.lab", "AAAA", "192.168.20.21"); /* as good as any */
}

/* An address that cannot be connected to; the next one answers. Its silence is known late. */
static void one_address_fails(void **state)
{
    struct play play;
    const char *const told = "1 run mp.contoso.lab 192.168.20.102 1/0 5-10\n"
                             "1 dns A mp.contoso.lab 1-2\n"
                             "1 dns AAAA mp.contoso.lab 2-3\n"
                             "1 http anonymous anonymous at 192.168.20.21 timeout 3\n"
                             "1 http anonymous anonymous 5-6\n"
                             "1 http negotiate authenticated HTTP/mp.contoso.lab 9-10\n"
                             "1 skip identity\n1 skip ticket\n";

    (void)state;
    two_addresses(&play);
    play.mp = MP2;
    play_connection(&play, 3, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    play.mp = MP;
    play_post(&play, 5, 6, NULL, 401);
    play_post(&play, 9, 10, "HTTP/mp.contoso.lab", 200);
    play_check(&play, 1, told);
    two_addresses(&play);
    play_post(&play, 5, 6, NULL, 401);
    play_post(&play, 9, 10, "HTTP/mp.contoso.lab", 200);
    play.mp = MP2;
    play_connection(&play, 3, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    play_check(&play, 1, told);
}

/* One that the client had requests to before. */
static void address_fails_later(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.mp = MP2;
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 3, 4, "HTTP/mp.contoso.lab", 200);
    play_connection(&play, 1003, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play.mp = MP;
    play_post(&play, 1005, 1006, NULL, 401);
    play_post(&play, 1007, 1008, "HTTP/mp.contoso.lab", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/0 1003-1008\n"
               "1 http anonymous anonymous at 192.168.20.21 refused 1003-1004\n"
               "1 http anonymous anonymous 1005-1006\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 1007-1008\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
    play_begin(&play);
    play.mp = MP2;
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 3, 4, "HTTP/mp.contoso.lab", 200);
    play.mp = MP;
    play_post(&play, 1005, 1006, NULL, 401);
    play_post(&play, 1007, 1008, "HTTP/mp.contoso.lab", 200);
    play.mp = MP2;
    play_connection(&play, 1003, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/0 1003-1008\n"
               "1 http anonymous anonymous at 192.168.20.21 timeout 1003\n"
               "1 http anonymous anonymous 1005-1006\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 1007-1008\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_second_request),
        cmocka_unit_test(several_attempts),
        cmocka_unit_test(tickets_of_attempts),
        cmocka_unit_test(given_up),
        cmocka_unit_test(late_silence),
        cmocka_unit_test(late_silence_anonymous),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(overtaken_answers),
        cmocka_unit_test(begins_anew),
        cmocka_unit_test(every_order),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(tickets_at_once),
        cmocka_unit_test(ticket_of_another),
        cmocka_unit_test(no_ticket_at_once),
        cmocka_unit_test(ticket_before_answer),
        cmocka_unit_test(refused_at_once),
        cmocka_unit_test(ticket_of_before),
        cmocka_unit_test(registers_anonymously),
        cmocka_unit_test(messages_after_attempts),
        cmocka_unit_test(several_addresses),
        cmocka_unit_test(signs_in_meanwhile),
        cmocka_unit_test(address_asked_again),
        cmocka_unit_test(earlier_address),
        cmocka_unit_test(address_changes),
        cmocka_unit_test(one_address_fails),
        cmocka_unit_test(address_fails_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
