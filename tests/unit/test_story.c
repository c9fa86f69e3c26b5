/* SPDX-License-Identifier: Apache-2.0 */
/* From messages to cases: what is told of a recording, line by line. The frames of the first one
   are those of a real capture of a client that was approved across a domain boundary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/shape.h"
#include "story_play.h"

static void healthy(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    play_name(&play, 2, "www.example.com", "A", "192.0.2.1");
    play_name(&play, 3, "_kerberos._tcp.dc._msdcs.child.contoso.lab", "SRV",
              "dc.child.contoso.lab");
    play_post(&play, 4, 10, NULL, 401);
    play_mp_clock(&play, 4, 10);
    play_name(&play, 11, "dc.child.contoso.lab", "A", "192.168.20.10");
    play_ask_kdc(&play, 13, 14, "HTTP/mp.contoso.lab", "krbtgt/CONTOSO.LAB");
    play_ask_kdc(&play, 15, 16, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_post(&play, 17, 25, "HTTP/mp.contoso.lab", 200);
    play_registration(&play, 17, 25, "wk02.child.contoso.lab");
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 wk02.child.contoso.lab 1/0 4-25\n"
               "1 dns A mp.contoso.lab 1-2\n"
               "1 dns SRV _kerberos._tcp.dc._msdcs.child.contoso.lab 3-4\n"
               "1 http anonymous anonymous 4-10\n"
               "1 clock 4-10\n"
               "1 dns A dc.child.contoso.lab 11-12\n"
               "1 kdc ticket HTTP/mp.contoso.lab 13-14\n"
               "1 kdc ticket HTTP/mp.contoso.lab 15-16\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 17-25\n"
               "1 registration 17-25\n"
               "1 skip identity\n");
}

/* Values that no line shows. */
static void values(void **state)
{
    struct play play;
    const struct evidence_record *records;

    (void)state;
    play_begin(&play);
    play_name(&play, 1, "_kerberos._tcp.CHILD.CONTOSO.LAB", "SRV", "dc.child.contoso.lab");
    play_name(&play, 2, "dc.child.contoso.lab", "A", "192.168.20.10");
    play_ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_ask_kdc(&play, 5, 6, "HTTP/mp.contoso.lab", NULL);
    play_post(&play, 7, 8, NULL, 401);
    play_post(&play, 9, 10, "HTTP/mp.contoso.lab", 401);
    assert_int_equal(story_finish(play.story, 5, play.recording, &play.evidence), 1);
    records = play.evidence.records;
    assert_int_equal(records[1].run->origin, ORIGIN_CAPTURE);
    assert_string_equal(records[1].run->spn, "HTTP/mp.contoso.lab");
    assert_string_equal(records[1].run->path, PLAY_WINDOWS);
    assert_string_equal(records[1].run->client_host, "WK02");
    assert_int_equal(records[1].run->port, HTTP_PORT);
    assert_int_equal(records[1].case_id, 5);
    assert_int_equal(records[1].at, play_time(7));
    assert_string_equal(records[4].kdc->kdc, "dc.child.contoso.lab");
    assert_string_equal(records[4].kdc->address, "192.168.20.10");
    /* The error does not say whose it is. */
    assert_string_equal(records[5].kdc->client, "WK02$@CHILD.CONTOSO.LAB");
    assert_int_equal(records[6].kind, EVIDENCE_CLOCK);
    assert_int_equal(records[7].http->reused, TRI_NO);
    assert_int_equal(records[8].http->reused, TRI_YES);
    assert_int_equal(records[8].http->token_bytes, 1500);
    assert_string_equal(records[8].http->address, "192.168.20.20");
    play_release(&play);
}

/* Another client's ticket was accepted; this one's is not, and the counter-test with HOST is. */
static void wrong_key(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.client = OTHER;
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 3, 4, "HTTP/mp.contoso.lab", 200);
    play.client = CLIENT;
    play_ask_kdc(&play, 5, 6, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    play_post(&play, 7, 8, NULL, 401);
    play_ask_kdc(&play, 9, 10, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_post(&play, 11, 12, "HTTP/mp.contoso.lab", 401);
    play_ask_kdc(&play, 13, 14, "HOST/mp.contoso.lab", "HOST/mp.contoso.lab");
    play_post(&play, 15, 16, "HOST/mp.contoso.lab", 200);
    play_check(&play, 2,
               "1 run mp.contoso.lab 192.168.20.103 1/0 1-4\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 3-4\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n"
               "2 run mp.contoso.lab 192.168.20.102 WK02 1/0 7-16\n"
               "2 precedent 192.168.20.103 HTTP/mp.contoso.lab 3-4\n"
               "2 kdc identity krbtgt/CHILD.CONTOSO.LAB 5-6\n"
               "2 http anonymous anonymous 7-8\n"
               "2 kdc ticket HTTP/mp.contoso.lab 9-10\n"
               "2 http negotiate authenticated HTTP/mp.contoso.lab 11-12\n"
               "2 kdc host-ticket HOST/mp.contoso.lab 13-14\n"
               "2 http host host-authenticated HOST/mp.contoso.lab 15-16\n"
               "2 skip name\n");
}

static void ntlm(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_post(&play, 3, 4, "HTTP/mp.contoso.lab", 401);
    play_post(&play, 5, 6, "NTLM NEGOTIATE", 401);
    play_post(&play, 7, 8, "NTLM AUTHENTICATE", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/0 1-8\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 3-4\n"
               "1 http negotiate authenticated 5-6\n"
               "1 http negotiate authenticated 7-8\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* In the order of their first frames, each MP for itself. */
static void several_clients_and_mps(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    play_name(&play, 2, "mp2.contoso.lab", "A", "192.168.20.21");
    play.client = OTHER;
    play_post(&play, 3, 4, NULL, 200);
    play.client = CLIENT;
    play.mp = MP2;
    play.host = "mp2.contoso.lab:80";
    play_post(&play, 5, 6, NULL, 200);
    play.mp = MP;
    play.host = "mp.contoso.lab";
    play_ask_mp(&play, 7, 8, 7, play_request(&play, "GET", "/SMS_MP/.sms_aut?MPLIST", NULL, 200));
    play_mp_clock(&play, 7, 8);
    play_post(&play, 9, 10, NULL, 200);
    play_ask_mp(&play, 11, 12, 9, play_request(&play, "GET", "/", NULL, 200));
    play_check(&play, 3,
               "1 run mp.contoso.lab 192.168.20.103 1/0 3-4\n"
               "1 http anonymous anonymous 3-4\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n"
               "2 run mp2.contoso.lab 192.168.20.102 1/0 5-6\n"
               "2 dns A mp2.contoso.lab 2-3\n"
               "2 http anonymous anonymous at 192.168.20.21 5-6\n"
               "2 skip identity\n2 skip ticket\n2 skip authenticated\n"
               "3 run mp.contoso.lab 192.168.20.102 1/0 9-10\n"
               "3 dns A mp.contoso.lab 1-2\n"
               "3 http mplist anonymous 7-8\n"
               "3 clock 7-8\n"
               "3 http anonymous anonymous 9-10\n"
               "3 skip identity\n3 skip ticket\n3 skip authenticated\n");
}

/* Messages for other paths that went before say nothing of the sign-in. */
static void other_paths(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_ask_mp(&play, 1, 2, 7, play_request(&play, "CCM_POST", "/ccm_system/request", NULL, 200));
    play_post(&play, 3, 4, NULL, 401);
    play_ask_mp(&play, 5, 6, 7, play_request(&play, "CCM_POST", "/ccm_system/request", NULL, 200));
    play_registration(&play, 5, 6, "wk02.child.contoso.lab");
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 wk02.child.contoso.lab 1/1 3-6\n"
               "1 http anonymous anonymous 3-4\n"
               "1 http anonymous anonymous 5-6\n"
               "1 registration 5-6\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
    play_begin(&play);
    play_ask_mp(&play, 1, 2, 7, play_request(&play, "CCM_POST", "/ccm_system/request", NULL, 200));
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/0 1-2\n"
               "1 http anonymous anonymous 1-2\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

/* Two names at one address are two MPs. */
static void several_names(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play.host = "mp2.contoso.lab";
    play_post(&play, 3, 4, NULL, 401);
    play_mp_clock(&play, 3, 4);
    play_post(&play, 5, 6, "HTTP/mp2.contoso.lab", 200);
    play.host = "mp.contoso.lab";
    play_post(&play, 7, 8, "HTTP/mp.contoso.lab", 401);
    play_check(&play, 2,
               "1 run mp.contoso.lab 192.168.20.102 1/1 1-8\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 7-8\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n"
               "2 run mp2.contoso.lab 192.168.20.102 1/0 3-6\n"
               "2 http anonymous anonymous 3-4\n"
               "2 clock 3-4\n"
               "2 http negotiate authenticated HTTP/mp2.contoso.lab 5-6\n"
               "2 skip name\n2 skip identity\n2 skip ticket\n");
}

/* The MP without a Host field: as DNS, as the ticket, and as nobody called it. */
static void names_of_the_mp(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.host = NULL;
    play_name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    play_post(&play, 3, 4, NULL, 200);
    play.client = OTHER;
    play_post(&play, 5, 6, NULL, 401);
    play_post(&play, 7, 8, "HTTP/mp", 200);
    play.client = 104;
    play_post(&play, 9, 10, NULL, 200);
    play_check(&play, 3,
               "1 run mp.contoso.lab 192.168.20.102 1/0 3-4\n"
               "1 dns A mp.contoso.lab 1-2\n"
               "1 http anonymous anonymous 3-4\n"
               "1 skip identity\n1 skip ticket\n1 skip authenticated\n"
               "2 run mp 192.168.20.103 1/0 5-8\n"
               "2 http anonymous anonymous 5-6\n"
               "2 http negotiate authenticated HTTP/mp 7-8\n"
               "2 skip name\n2 skip identity\n2 skip ticket\n"
               "3 run 192.168.20.20 192.168.20.104 1/0 9-10\n"
               "3 http anonymous anonymous 9-10\n"
               "3 skip identity\n3 skip ticket\n3 skip authenticated\n");
}

/* A client that asks for another name than the MP's is seen to do so; a file server is no matter,
   nor is renewing the TGT. */
static void other_tickets(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_ask_kdc(&play, 3, 4, "cifs/files.contoso.lab", "cifs/files.contoso.lab");
    play_ask_kdc(&play, 5, 6, "krbtgt/CHILD.CONTOSO.LAB", "krbtgt/CHILD.CONTOSO.LAB");
    play_ask_kdc(&play, 7, 8, "krbtgt/CONTOSO.LAB", "krbtgt/CONTOSO.LAB");
    play_ask_kdc(&play, 9, 10, "HTTP/alias.contoso.lab", NULL);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1/1 1-2\n"
               "1 http anonymous anonymous 1-2\n"
               "1 kdc ticket krbtgt/CONTOSO.LAB 7-8\n"
               "1 kdc ticket HTTP/alias.contoso.lab 9-10\n"
               "1 clock 9-10\n"
               "1 skip name\n1 skip identity\n1 skip authenticated\n");
}

/* Without a request: only what was asked for in vain, and only of MPs where these are known. */
static void tickets_alone(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    play_ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", NULL);
    play_ask_kdc(&play, 5, 6, "HTTP/www.contoso.lab", "HTTP/www.contoso.lab");
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1-4\n"
               "1 dns A mp.contoso.lab 1-2\n"
               "1 kdc ticket HTTP/mp.contoso.lab 3-4\n"
               "1 clock 3-4\n"
               "1 skip anonymous\n1 skip identity\n1 skip authenticated\n");
    play_begin(&play);
    play_ask_kdc(&play, 1, 0, "HTTP/www.contoso.lab", NULL);
    play_ask_kdc(&play, 3, 0, "HTTP/mp.contoso.lab", NULL);
    play.client = OTHER;
    play_post(&play, 5, 6, NULL, 200);
    play_check(&play, 2,
               "1 run mp.contoso.lab 192.168.20.102 3-3\n"
               "1 kdc ticket HTTP/mp.contoso.lab 3\n"
               "1 skip name\n1 skip anonymous\n1 skip identity\n1 skip authenticated\n"
               "2 run mp.contoso.lab 192.168.20.103 1/0 5-6\n"
               "2 http anonymous anonymous 5-6\n"
               "2 skip name\n2 skip identity\n2 skip ticket\n2 skip authenticated\n");
}

/* A server that could not be connected to is an MP when the client asked for its ticket, when its
   name is published as an MP's, when others have requests to it, or when the user says so. */
static void unreachable(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    play_connection(&play, 3, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    play_connection(&play, 5, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play_connection(&play, 9, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play_ask_kdc(&play, 7, 8, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1-10\n"
               "1 dns A mp.contoso.lab 1-2\n"
               "1 http anonymous anonymous timeout 3\n"
               "1 kdc ticket HTTP/mp.contoso.lab 7-8\n"
               "1 http anonymous anonymous refused 9-10\n"
               "1 skip identity\n1 skip authenticated\n");
    play_begin(&play);
    play_name(&play, 1, "_mssms_mp_s01._tcp.contoso.lab", "SRV", "mp.contoso.lab");
    play_name(&play, 3, "mp.contoso.lab", "A", "192.168.20.20");
    play_connection(&play, 5, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 3-5\n"
               "1 dns A mp.contoso.lab 3-4\n"
               "1 http anonymous anonymous timeout 5\n"
               "1 skip identity\n1 skip ticket\n1 skip authenticated\n");
    play_begin(&play);
    play_connection(&play, 1, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play.client = OTHER;
    play_post(&play, 5, 6, NULL, 200);
    play_check(&play, 2,
               "1 run 192.168.20.20 192.168.20.102 1-2\n"
               "1 http anonymous anonymous refused 1-2\n"
               "1 skip identity\n1 skip ticket\n1 skip authenticated\n"
               "2 run mp.contoso.lab 192.168.20.103 1/0 5-6\n"
               "2 http anonymous anonymous 5-6\n"
               "2 skip name\n2 skip identity\n2 skip ticket\n2 skip authenticated\n");
    play_begin(&play);
    play.settings.mp = "192.168.20.20";
    play_connection(&play, 1, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play_check(&play, 1,
               "1 run 192.168.20.20 192.168.20.102 1-2\n"
               "1 http anonymous anonymous refused 1-2\n"
               "1 skip identity\n1 skip ticket\n1 skip authenticated\n");
    play_begin(&play);
    play_name(&play, 1, "www.contoso.lab", "A", "192.168.20.20");
    play_connection(&play, 3, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play_check(&play, 0, "");
}

/* A client whose requests are known begins anew, and fails. */
static void unreachable_later(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_connection(&play, 1, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play_post(&play, 3, 4, NULL, 401);
    play_post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    play_connection(&play, 7, 443, PHASE_TLS, OUTCOME_UNKNOWN);
    play_connection(&play, 9, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/1 9-9\n"
               "1 precedent 192.168.20.102 HTTP/mp.contoso.lab 5-6\n"
               "1 http anonymous anonymous timeout 9\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

/* TLS with a host that the client has a ticket for; with any other it is no matter. */
static void encrypted(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_connection(&play, 1, 443, PHASE_TLS, OUTCOME_UNKNOWN);
    play_ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play.host = "www.contoso.lab";
    play.mp = MP2;
    play_connection(&play, 5, 443, PHASE_TLS, OUTCOME_UNKNOWN);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1-4\n"
               "1 kdc ticket HTTP/mp.contoso.lab 3-4\n"
               "1 skip name\n1 skip anonymous encrypted 1\n1 skip identity\n"
               "1 skip authenticated encrypted 1\n");
}

/* Which realm a KDC is of that cannot be connected to shows what the client asked for before. */
static void kdc_unreachable(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_kdc_connection(&play, 3, DC);
    play_ask_kdc(&play, 5, 6, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    play_ask_kdc(&play, 7, 8, "HTTP/mp.contoso.lab", "krbtgt/CONTOSO.LAB");
    play_kdc_connection(&play, 9, DC + 1);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1/1 1-2\n"
               "1 http anonymous anonymous 1-2\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB as of CHILD.CONTOSO.LAB 3\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB 5-6\n"
               "1 kdc ticket HTTP/mp.contoso.lab 7-8\n"
               "1 kdc ticket HTTP/mp.contoso.lab tgs of CONTOSO.LAB 9\n"
               "1 skip name\n1 skip authenticated\n");
    play_begin(&play);
    play_post(&play, 1, 2, NULL, 401);
    play_ask_kdc(&play, 3, 4, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    play_kdc_connection(&play, 5, DC);
    play_kdc_connection(&play, 7, DC + 1);
    play.client = OTHER;
    play_kdc_connection(&play, 9, DC);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1/1 1-2\n"
               "1 http anonymous anonymous 1-2\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB 3-4\n"
               "1 kdc ticket - tgs of CHILD.CONTOSO.LAB 5\n"
               "1 kdc ticket - tgs of CHILD.CONTOSO.LAB 7\n"
               "1 skip name\n1 skip authenticated\n");
}

/* Of a conversation of which only the KDC's side was recorded, an error names the service. */
static void lone_error(void **state)
{
    struct play play;
    struct evidence_kdc *kdc;

    (void)state;
    play_begin(&play);
    kdc = play_payload(&play, EVIDENCE_KDC);
    kdc->service = "HTTP/mp.contoso.lab";
    kdc->realm = "CONTOSO.LAB";
    kdc->outcome = OUTCOME_REPLY;
    kdc->reply = evidence_new(&play.arena, &SHAPE_KDC_REPLY);
    kdc->reply->kind = KDC_REPLY_ERROR;
    play_event(&play, (struct capture_event){.kind = EVIDENCE_KDC,
                                             .server = play_endpoint(DC, KDC_PORT),
                                             .answered = play_mark(7),
                                             .kdc = kdc});
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 7-7\n"
               "1 kdc ticket HTTP/mp.contoso.lab-7\n"
               "1 skip name\n1 skip anonymous\n1 skip identity\n1 skip authenticated\n");
}

/* The user names the MP: a name that does not exist is a case, too. */
static void mp_by_name(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.settings.mp = "MP.contoso.lab";
    play_name(&play, 1, "mp.contoso.lab", "A", NULL);
    play_name(&play, 3, "www.contoso.lab", "A", NULL);
    play.client = OTHER;
    play.host = "mp2.contoso.lab";
    play_post(&play, 5, 6, NULL, 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1-2\n"
               "1 dns A mp.contoso.lab 1-2\n"
               "1 skip anonymous\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

static void check_client(const char *client, uint32_t cases)
{
    struct play play;

    play_begin(&play);
    play.settings.client = client;
    play_ask_kdc(&play, 1, 2, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_post(&play, 3, 4, NULL, 401);
    play_post(&play, 5, 6, "HTTP/mp.contoso.lab", 401);
    play.client = OTHER;
    play_post(&play, 7, 8, NULL, 401);
    play_post(&play, 9, 10, "HTTP/mp.contoso.lab", 200);
    assert_int_equal(story_finish(play.story, 1, play.recording, &play.evidence), cases);
    if (cases > 0) {
        /* Others are no case of their own, but precedents. */
        const struct evidence_record *last = &play.evidence.records[5];

        assert_string_equal(play.evidence.records[1].run->client_address, "192.168.20.102");
        assert_int_equal(last->kind, EVIDENCE_PRECEDENT);
        assert_string_equal(last->precedent->client_address, "192.168.20.103");
    }
    play_release(&play);
}

static void client_filter(void **state)
{
    (void)state;
    check_client("192.168.20.102", 1);
    check_client("wk02", 1);
    check_client("WK02.child.contoso.lab", 1);
    check_client("wk02$@child.contoso.lab", 1);
    check_client("192.168.20.1", 0);
    check_client("wk03", 0);
}

/* Attempts that began in the time; their tickets may be older. */
static void since_and_until(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.settings.since = play_time(20);
    play.settings.until = play_time(40);
    play_ask_kdc(&play, 1, 2, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play_post(&play, 3, 4, NULL, 401);
    play_post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    play_post(&play, 20, 21, NULL, 401);
    play_post(&play, 22, 23, "HTTP/mp.contoso.lab", 401);
    play_post(&play, 41, 42, NULL, 401);
    play_post(&play, 43, 44, "HTTP/mp.contoso.lab", 200);
    play_check(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1/1 20-23\n"
               "1 kdc ticket HTTP/mp.contoso.lab 1-2\n"
               "1 precedent 192.168.20.102 HTTP/mp.contoso.lab 5-6\n"
               "1 http anonymous anonymous 20-21\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 22-23\n"
               "1 skip name\n1 skip identity\n");
}

/* What goes on behind that time is not in it: no sign that the client did not go on. */
static void under_way_at_until(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.settings.until = play_time(40);
    play.recording->first_at = play_time(1);
    play.recording->last_at = play_time(10000);
    play_post(&play, 20, 21, NULL, 401);
    play_post(&play, 22, 23, "HTTP/mp.contoso.lab", 200);
    play_post(&play, 38, 39, NULL, 401);
    play_post(&play, 41, 42, "HTTP/mp.contoso.lab", 200);
    assert_int_equal(play_finish(&play), 1);
    assert_int_equal(play.recording->last_at, play_time(40));
    assert_int_equal(play.evidence.records[1].place->frame, 20);
    play_release(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy),
        cmocka_unit_test(values),
        cmocka_unit_test(wrong_key),
        cmocka_unit_test(ntlm),
        cmocka_unit_test(several_clients_and_mps),
        cmocka_unit_test(other_paths),
        cmocka_unit_test(several_names),
        cmocka_unit_test(names_of_the_mp),
        cmocka_unit_test(other_tickets),
        cmocka_unit_test(tickets_alone),
        cmocka_unit_test(unreachable),
        cmocka_unit_test(unreachable_later),
        cmocka_unit_test(encrypted),
        cmocka_unit_test(kdc_unreachable),
        cmocka_unit_test(lone_error),
        cmocka_unit_test(mp_by_name),
        cmocka_unit_test(client_filter),
        cmocka_unit_test(since_and_until),
        cmocka_unit_test(under_way_at_until),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
