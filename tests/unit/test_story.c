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

#include "base/buffer.h"
#include "captures/story.h"
#include "evidence/shape.h"

enum { HTTP_PORT = 80, KDC_PORT = 88, DNS_PORT = 53, FRAME_US = 100000 };

static const int64_t START_US = 1700000000LL * 1000000;

/* The last number of the addresses 192.168.20.x. */
enum { CLIENT = 102, OTHER = 103, DC = 10, MP = 20, MP2 = 21 };

/* A recording that is acted out. */
struct play {
    struct story_settings settings;
    struct story *story;
    struct evidence_set evidence;
    struct evidence_recording *recording;
    struct arena arena;
    int client;
    int mp;
    const char *host; /* of requests */
};

static void play_begin(struct play *play)
{
    memset(play, 0, sizeof(*play));
    play->settings = (struct story_settings){
        .since = EVIDENCE_UNKNOWN, .until = EVIDENCE_UNKNOWN, .source = "x.pcap"};
    play->client = CLIENT;
    play->mp = MP;
    play->host = "mp.contoso.lab";
    play->recording = evidence_add(&play->evidence, EVIDENCE_RECORDING, 0, START_US);
    play->recording->name = "x.pcap";
}

static struct story *story_of(struct play *play)
{
    if (!play->story) {
        play->story = story_new(&play->settings);
    }
    return play->story;
}

static int64_t time_of(uint64_t frame)
{
    return START_US + (int64_t)frame * FRAME_US;
}

static struct mark mark(uint64_t frame)
{
    return (struct mark){frame, frame ? time_of(frame) : 0};
}

static struct endpoint endpoint(int last, uint16_t port)
{
    return (struct endpoint){{192, 168, 20, (uint8_t)last}, port, 4};
}

static void *payload(struct play *play, enum evidence_kind kind)
{
    return evidence_new(&play->arena, shape_of(kind));
}

static void send_event(struct play *play, struct capture_event event)
{
    event.arena = &play->arena;
    if (event.client.version == 0) {
        event.client = endpoint(play->client, 50000);
    }
    story_event(story_of(play), &event);
    arena_release(&play->arena); /* nothing may point there any more */
}

static void name(struct play *play, uint64_t frame, const char *asked, const char *type,
                 const char *value)
{
    struct evidence_dns *dns = payload(play, EVIDENCE_DNS);

    dns->name = asked;
    dns->type = type;
    dns->outcome = value ? DNS_ANSWER : DNS_NXDOMAIN;
    if (value) {
        dns->answers = arena_alloc(&play->arena, sizeof(*dns->answers));
        dns->answers[0] = (struct dns_answer){.name = asked, .type = type, .value = value};
        dns->answer_count = 1;
    }
    send_event(play, (struct capture_event){.kind = EVIDENCE_DNS,
                                            .server = endpoint(DC, DNS_PORT),
                                            .asked = mark(frame),
                                            .answered = mark(frame + 1),
                                            .dns = dns});
}

/* A request to a KDC: `ticket` is what it issued, NULL for an error; without an answer frame 0. */
static void ask_kdc(struct play *play, uint64_t frame, uint64_t answered, const char *service,
                    const char *ticket)
{
    const bool is_as = strncmp(service, "krbtgt/", 7) == 0 && !ticket;
    struct evidence_kdc *kdc = payload(play, EVIDENCE_KDC);
    struct capture_event event = {.kind = EVIDENCE_KDC,
                                  .server = endpoint(DC, KDC_PORT),
                                  .asked = mark(frame),
                                  .answered = mark(answered),
                                  .kdc = kdc};
    struct evidence_clock *clock;

    kdc->purpose = is_as ? KDC_AS : KDC_TGS;
    kdc->service = service;
    kdc->realm = "CHILD.CONTOSO.LAB";
    kdc->outcome = answered ? OUTCOME_REPLY : OUTCOME_TIMEOUT;
    if (answered) {
        kdc->reply = evidence_new(&play->arena, &SHAPE_KDC_REPLY);
        kdc->reply->kind = is_as ? KDC_REPLY_AS : ticket ? KDC_REPLY_TGS : KDC_REPLY_ERROR;
        kdc->reply->referral = ticket && strncmp(ticket, "krbtgt/", 7) == 0 ? ticket + 7 : NULL;
        kdc->reply->client = is_as || ticket ? "WK02$@CHILD.CONTOSO.LAB" : NULL;
    }
    send_event(play, event);
    if (answered && !is_as && !ticket) {
        event.kind = EVIDENCE_CLOCK;
        event.clock = clock = payload(play, EVIDENCE_CLOCK);
        clock->source = CLOCK_KDC;
        clock->local_at = time_of(frame);
        send_event(play, event);
    }
}

/* What goes along with a request. */
static struct negotiate_token *token(struct play *play, const char *with)
{
    struct negotiate_token *sent = evidence_new(&play->arena, &SHAPE_NEGOTIATE_TOKEN);

    sent->kind = strncmp(with, "NTLM", 4) == 0 ? NEGOTIATE_NTLM : NEGOTIATE_SPNEGO_INIT;
    sent->content = sent->kind == NEGOTIATE_NTLM ? with : "AP-REQ";
    sent->bytes = 1500;
    if (sent->kind != NEGOTIATE_NTLM) {
        sent->ticket = evidence_new(&play->arena, &SHAPE_KRB_TICKET);
        sent->ticket->service = with;
        sent->ticket->kvno = 3;
    }
    return sent;
}

static struct evidence_http *request(struct play *play, const char *method, const char *path,
                                     const char *with, int64_t status)
{
    struct evidence_http *http = payload(play, EVIDENCE_HTTP);

    http->method = method;
    http->path = path;
    http->host = play->host;
    http->sent = with ? token(play, with) : NULL;
    http->outcome = status ? OUTCOME_REPLY : OUTCOME_UNKNOWN;
    if (status) {
        http->reply = evidence_new(&play->arena, &SHAPE_HTTP_REPLY);
        http->reply->status = status;
    }
    if (status == 401 && with && strcmp(with, "NTLM NEGOTIATE") == 0) {
        http->answer = evidence_new(&play->arena, &SHAPE_NEGOTIATE_TOKEN);
        http->answer->kind = NEGOTIATE_NTLM;
    }
    return http;
}

static void ask_mp(struct play *play, uint64_t frame, uint64_t answered, uint64_t connection,
                   struct evidence_http *http)
{
    send_event(play, (struct capture_event){.kind = EVIDENCE_HTTP,
                                            .server = endpoint(play->mp, HTTP_PORT),
                                            .asked = mark(frame),
                                            .answered = mark(answered),
                                            .connection = connection,
                                            .http = http});
}

static const char WINDOWS[] = "/ccm_system_windowsauth/request";

static void post(struct play *play, uint64_t frame, uint64_t answered, const char *with,
                 int64_t status)
{
    ask_mp(play, frame, answered, 7, request(play, "CCM_POST", WINDOWS, with, status));
}

/* One that says nothing of what was asked: PHASE_TLS, or one that never stood. */
static void connection(struct play *play, uint64_t frame, uint16_t port, enum evidence_phase phase,
                       enum evidence_outcome outcome)
{
    struct evidence_http *http = payload(play, EVIDENCE_HTTP);

    http->phase = phase;
    http->outcome = outcome;
    http->host = phase == PHASE_TLS ? play->host : NULL;
    send_event(play,
               (struct capture_event){.kind = EVIDENCE_HTTP,
                                      .server = endpoint(play->mp, port),
                                      .asked = mark(frame),
                                      .answered = mark(outcome == OUTCOME_REFUSED ? frame + 1 : 0),
                                      .connection = frame,
                                      .http = http});
}

static void kdc_connection(struct play *play, uint64_t frame, int server)
{
    struct evidence_kdc *kdc = payload(play, EVIDENCE_KDC);

    kdc->transport = TRANSPORT_TCP;
    kdc->outcome = OUTCOME_TIMEOUT;
    send_event(play, (struct capture_event){.kind = EVIDENCE_KDC,
                                            .server = endpoint(server, KDC_PORT),
                                            .asked = mark(frame),
                                            .connection = frame,
                                            .kdc = kdc});
}

static void mp_clock(struct play *play, uint64_t frame, uint64_t answered)
{
    struct evidence_clock *clock = payload(play, EVIDENCE_CLOCK);

    clock->source = CLOCK_MP;
    clock->local_at = time_of(frame);
    send_event(play, (struct capture_event){.kind = EVIDENCE_CLOCK,
                                            .server = endpoint(play->mp, HTTP_PORT),
                                            .asked = mark(frame),
                                            .answered = mark(answered),
                                            .connection = 7,
                                            .clock = clock});
}

static void registration(struct play *play, uint64_t frame, uint64_t answered, const char *fqdn)
{
    struct evidence_registration *seen = payload(play, EVIDENCE_REGISTRATION);

    seen->source = REGISTRATION_CAPTURE;
    seen->fqdn = fqdn;
    send_event(play, (struct capture_event){.kind = EVIDENCE_REGISTRATION,
                                            .server = endpoint(play->mp, HTTP_PORT),
                                            .asked = mark(frame),
                                            .answered = mark(answered),
                                            .connection = 7,
                                            .registration = seen});
}

/* --- what is told --- */

static void describe_run(const struct evidence_run *run, struct buffer *out)
{
    buffer_printf(out, " %s %s", run->target, run->client_address);
    if (run->client_host) {
        buffer_printf(out, " %s", run->client_host);
    }
    if (run->attempts != EVIDENCE_UNKNOWN) {
        buffer_printf(out, " %d/%d", (int)run->attempts, (int)run->failed_attempts);
    }
    if (run->overlapping_attempts != EVIDENCE_UNKNOWN) {
        buffer_printf(out, " %d at once", (int)run->overlapping_attempts);
    }
}

static void describe(const struct evidence_record *record, struct buffer *out)
{
    buffer_printf(out, "%u %s", record->case_id, evidence_kind_word(record->kind));
    switch ((int)record->kind) {
    case EVIDENCE_RUN:
        describe_run(record->run, out);
        break;
    case EVIDENCE_DNS:
        buffer_printf(out, " %s %s", record->dns->type, record->dns->name);
        break;
    case EVIDENCE_KDC:
        buffer_printf(out, " %s %s", WORDS_STEP[record->kdc->step],
                      record->kdc->service ? record->kdc->service : "-");
        if (record->kdc->transport == TRANSPORT_TCP) {
            buffer_printf(out, " %s of %s", WORDS_KDC_PURPOSE[record->kdc->purpose],
                          record->kdc->realm);
        }
        break;
    case EVIDENCE_HTTP:
        buffer_printf(out, " %s %s", WORDS_HTTP_LEG[record->http->leg],
                      WORDS_STEP[record->http->step]);
        if (strcmp(record->http->address, "192.168.20.20") != 0) {
            buffer_printf(out, " at %s", record->http->address);
        }
        if (record->http->phase == PHASE_CONNECT) {
            buffer_printf(out, " %s", WORDS_OUTCOME[record->http->outcome]);
        }
        if (record->http->spn) {
            buffer_printf(out, " %s", record->http->spn);
        }
        break;
    case EVIDENCE_SKIP:
        buffer_printf(out, " %s", WORDS_STEP[record->skip->step]);
        if (record->skip->reason == SKIP_ENCRYPTED) {
            buffer_printf(out, " encrypted");
        } else {
            assert_int_equal(record->skip->reason, SKIP_NOT_RECORDED);
        }
        break;
    case EVIDENCE_PRECEDENT:
        buffer_printf(out, " %s %s", record->precedent->client_address, record->precedent->spn);
        break;
    default:
        break;
    }
    assert_non_null(record->place);
    assert_string_equal(record->place->source, "x.pcap");
    if (record->place->frame != EVIDENCE_UNKNOWN) {
        buffer_printf(out, " %d", (int)record->place->frame);
    }
    if (record->place->reply_frame != EVIDENCE_UNKNOWN) {
        buffer_printf(out, "-%d", (int)record->place->reply_frame);
    }
    buffer_putc(out, '\n');
}

static void play_end(struct play *play)
{
    story_free(play->story);
    evidence_release(&play->evidence);
    arena_release(&play->arena);
}

/* Compares every record but the recording's, one a line. */
static void check_told(struct play *play, uint32_t cases, const char *expected)
{
    struct buffer told = {0};
    const uint32_t count = story_finish(story_of(play), 1, play->recording, &play->evidence);

    for (size_t i = 1; i < play->evidence.count; i++) {
        describe(&play->evidence.records[i], &told);
    }
    assert_string_equal(buffer_text(&told), expected);
    assert_int_equal(count, cases);
    buffer_release(&told);
    play_end(play);
}

/* --- recordings --- */

static void healthy(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    name(&play, 2, "www.example.com", "A", "192.0.2.1");
    name(&play, 3, "_kerberos._tcp.dc._msdcs.child.contoso.lab", "SRV", "dc.child.contoso.lab");
    post(&play, 4, 10, NULL, 401);
    mp_clock(&play, 4, 10);
    name(&play, 11, "dc.child.contoso.lab", "A", "192.168.20.10");
    ask_kdc(&play, 13, 14, "HTTP/mp.contoso.lab", "krbtgt/CONTOSO.LAB");
    ask_kdc(&play, 15, 16, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    post(&play, 17, 25, "HTTP/mp.contoso.lab", 200);
    registration(&play, 17, 25, "wk02.child.contoso.lab");
    check_told(&play, 1,
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
    name(&play, 1, "_kerberos._tcp.CHILD.CONTOSO.LAB", "SRV", "dc.child.contoso.lab");
    name(&play, 2, "dc.child.contoso.lab", "A", "192.168.20.10");
    ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    ask_kdc(&play, 5, 6, "HTTP/mp.contoso.lab", NULL);
    post(&play, 7, 8, NULL, 401);
    post(&play, 9, 10, "HTTP/mp.contoso.lab", 401);
    assert_int_equal(story_finish(play.story, 5, play.recording, &play.evidence), 1);
    records = play.evidence.records;
    assert_int_equal(records[1].run->origin, ORIGIN_CAPTURE);
    assert_string_equal(records[1].run->spn, "HTTP/mp.contoso.lab");
    assert_string_equal(records[1].run->path, WINDOWS);
    assert_string_equal(records[1].run->client_host, "WK02");
    assert_int_equal(records[1].run->port, HTTP_PORT);
    assert_int_equal(records[1].case_id, 5);
    assert_int_equal(records[1].at, time_of(7));
    assert_string_equal(records[4].kdc->kdc, "dc.child.contoso.lab");
    assert_string_equal(records[4].kdc->address, "192.168.20.10");
    /* The error does not say whose it is. */
    assert_string_equal(records[5].kdc->client, "WK02$@CHILD.CONTOSO.LAB");
    assert_int_equal(records[6].kind, EVIDENCE_CLOCK);
    assert_int_equal(records[7].http->reused, TRI_NO);
    assert_int_equal(records[8].http->reused, TRI_YES);
    assert_int_equal(records[8].http->token_bytes, 1500);
    assert_string_equal(records[8].http->address, "192.168.20.20");
    play_end(&play);
}

/* Another client's ticket was accepted; this one's is not, and the counter-test with HOST is. */
static void wrong_key(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.client = OTHER;
    post(&play, 1, 2, NULL, 401);
    post(&play, 3, 4, "HTTP/mp.contoso.lab", 200);
    play.client = CLIENT;
    ask_kdc(&play, 5, 6, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    post(&play, 7, 8, NULL, 401);
    ask_kdc(&play, 9, 10, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    post(&play, 11, 12, "HTTP/mp.contoso.lab", 401);
    ask_kdc(&play, 13, 14, "HOST/mp.contoso.lab", "HOST/mp.contoso.lab");
    post(&play, 15, 16, "HOST/mp.contoso.lab", 200);
    check_told(&play, 2,
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

/* A challenge, and nothing more. */
static void no_second_request(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    post(&play, 4, 10, NULL, 401);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/1 4-10\n"
               "1 http anonymous anonymous 4-10\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

static void ntlm(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    post(&play, 1, 2, NULL, 401);
    post(&play, 3, 4, "HTTP/mp.contoso.lab", 401);
    post(&play, 5, 6, "NTLM NEGOTIATE", 401);
    post(&play, 7, 8, "NTLM AUTHENTICATE", 200);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/0 1-8\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 3-4\n"
               "1 http negotiate authenticated 5-6\n"
               "1 http negotiate authenticated 7-8\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* The last that came to an end is shown, with the ticket of the first: it is used again. */
static void several_attempts(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    post(&play, 1, 2, NULL, 401);
    ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    post(&play, 11, 12, NULL, 401);
    post(&play, 1000, 1001, NULL, 401);
    post(&play, 1005, 1006, "HTTP/mp.contoso.lab", 401);
    post(&play, 2000, 2001, NULL, 401); /* when the recording ends */
    check_told(&play, 1,
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
    ask_kdc(&play, 1, 2, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    post(&play, 3, 4, NULL, 401);
    ask_kdc(&play, 5, 6, "HTTP/mp.contoso.lab", NULL);
    ask_kdc(&play, 1001, 1002, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    post(&play, 1003, 1004, NULL, 401);
    ask_kdc(&play, 1005, 1006, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    post(&play, 1007, 1008, "HTTP/mp.contoso.lab", 200);
    check_told(&play, 1,
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
    post(&play, 1, 2, NULL, 401);
    post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    post(&play, 11, 12, NULL, 401);
    play.recording->last_at = time_of(1000);
    check_told(&play, 1,
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
    post(&play, 1, 2, NULL, 401);
    post(&play, 20, 21, NULL, 401);
    post(&play, 5, 0, "HTTP/mp.contoso.lab", 0);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/1 1-5\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 5\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* Each connection goes on with its own. */
static void two_at_once(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    ask_mp(&play, 1, 2, 7, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_mp(&play, 3, 4, 8, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_mp(&play, 5, 6, 7, request(&play, "CCM_POST", WINDOWS, "HTTP/mp", 200));
    ask_mp(&play, 7, 8, 8, request(&play, "CCM_POST", WINDOWS, "HTTP/mp", 200));
    check_told(&play, 1,
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
    ask_mp(&play, 3, 4, 8, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_mp(&play, 1, 5, 7, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_mp(&play, 6, 7, 7, request(&play, "CCM_POST", WINDOWS, "HTTP/mp", 200));
    ask_mp(&play, 8, 9, 8, request(&play, "CCM_POST", WINDOWS, "HTTP/mp", 200));
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/0 1 at once 3-9\n"
               "1 http anonymous anonymous 3-4\n"
               "1 http negotiate authenticated HTTP/mp 8-9\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
    play_begin(&play);
    ask_mp(&play, 5, 6, 9, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_mp(&play, 3, 7, 8, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_mp(&play, 1, 8, 7, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_mp(&play, 9, 10, 7, request(&play, "CCM_POST", WINDOWS, "HTTP/mp", 200));
    ask_mp(&play, 11, 12, 8, request(&play, "CCM_POST", WINDOWS, "HTTP/mp", 401));
    ask_mp(&play, 13, 14, 9, request(&play, "CCM_POST", WINDOWS, "HTTP/mp", 200));
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 3/1 2 at once 5-14\n"
               "1 http anonymous anonymous 5-6\n"
               "1 http negotiate authenticated HTTP/mp 13-14\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* Several machines behind one address: what belongs to an attempt that is forgotten is not told
   with another. */
static void many_at_once(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    for (uint64_t i = 0; i < 4; i++) {
        ask_mp(&play, 2 * i + 1, 2 * i + 2, 7 + i, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    }
    for (uint64_t i = 0; i < 4; i++) {
        ask_mp(&play, 2 * i + 11, 2 * i + 12, 7 + i,
               request(&play, "CCM_POST", WINDOWS, "HTTP/mp", i == 0 ? 401 : 200));
    }
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 4/1 3 at once 7-18\n"
               "1 http anonymous anonymous 7-8\n"
               "1 http negotiate authenticated HTTP/mp 17-18\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

static void issue(struct play *play, uint64_t frame, const char *client, const char *fingerprint)
{
    struct evidence_kdc *kdc = payload(play, EVIDENCE_KDC);

    kdc->purpose = KDC_TGS;
    kdc->service = "HTTP/mp.contoso.lab";
    kdc->realm = "CONTOSO.LAB";
    kdc->outcome = OUTCOME_REPLY;
    kdc->reply = evidence_new(&play->arena, &SHAPE_KDC_REPLY);
    kdc->reply->kind = KDC_REPLY_TGS;
    kdc->reply->client = client;
    kdc->reply->ticket = evidence_new(&play->arena, &SHAPE_KRB_TICKET);
    kdc->reply->ticket->fingerprint = fingerprint;
    send_event(play, (struct capture_event){.kind = EVIDENCE_KDC,
                                            .server = endpoint(DC, KDC_PORT),
                                            .asked = mark(frame),
                                            .answered = mark(frame + 1),
                                            .kdc = kdc});
}

static void present(struct play *play, uint64_t frame, uint64_t connection, const char *fingerprint)
{
    struct evidence_http *http = request(play, "CCM_POST", WINDOWS, "HTTP/mp.contoso.lab", 401);

    http->sent->ticket->fingerprint = fingerprint;
    ask_mp(play, frame, frame + 1, connection, http);
}

/* Of two that ask at once, the ticket that is shown tells which is whose; one after the other, a
   client may have asked twice. */
static void tickets_at_once(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    ask_mp(&play, 1, 2, 7, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_mp(&play, 3, 4, 8, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    issue(&play, 5, "WK01$@CONTOSO.LAB", "aa");
    issue(&play, 7, "WK02$@CONTOSO.LAB", "bb");
    present(&play, 9, 8, "aa");
    present(&play, 11, 7, "bb");
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 2/2 1 at once 3-10\n"
               "1 http anonymous anonymous 3-4\n"
               "1 kdc ticket HTTP/mp.contoso.lab 5-6\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 9-10\n"
               "1 skip name\n1 skip identity\n");
    play_begin(&play);
    ask_mp(&play, 3, 4, 8, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    issue(&play, 5, "WK01$@CONTOSO.LAB", "aa");
    issue(&play, 7, "WK01$@CONTOSO.LAB", "bb");
    present(&play, 9, 8, "aa");
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK01 1/1 3-10\n"
               "1 http anonymous anonymous 3-4\n"
               "1 kdc ticket HTTP/mp.contoso.lab 5-6\n"
               "1 kdc ticket HTTP/mp.contoso.lab 7-8\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 9-10\n"
               "1 skip name\n1 skip identity\n");
}

/* In the order of their first frames, each MP for itself. */
static void several_clients_and_mps(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    name(&play, 2, "mp2.contoso.lab", "A", "192.168.20.21");
    play.client = OTHER;
    post(&play, 3, 4, NULL, 200);
    play.client = CLIENT;
    play.mp = MP2;
    play.host = "mp2.contoso.lab:80";
    post(&play, 5, 6, NULL, 200);
    play.mp = MP;
    play.host = "mp.contoso.lab";
    ask_mp(&play, 7, 8, 7, request(&play, "GET", "/SMS_MP/.sms_aut?MPLIST", NULL, 200));
    mp_clock(&play, 7, 8);
    post(&play, 9, 10, NULL, 200);
    ask_mp(&play, 11, 12, 9, request(&play, "GET", "/", NULL, 200));
    check_told(&play, 3,
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
    ask_mp(&play, 1, 2, 7, request(&play, "CCM_POST", "/ccm_system/request", NULL, 200));
    post(&play, 3, 4, NULL, 401);
    ask_mp(&play, 5, 6, 7, request(&play, "CCM_POST", "/ccm_system/request", NULL, 200));
    registration(&play, 5, 6, "wk02.child.contoso.lab");
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 wk02.child.contoso.lab 1/1 3-6\n"
               "1 http anonymous anonymous 3-4\n"
               "1 http anonymous anonymous 5-6\n"
               "1 registration 5-6\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
    play_begin(&play);
    ask_mp(&play, 1, 2, 7, request(&play, "CCM_POST", "/ccm_system/request", NULL, 200));
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/0 1-2\n"
               "1 http anonymous anonymous 1-2\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

static void post_anonymously(struct play *play, uint64_t frame, uint64_t answered, int64_t status)
{
    ask_mp(play, frame, answered, 7,
           request(play, "CCM_POST", "/ccm_system/request", NULL, status));
}

/* Without a sign-in after one that failed: how a client registers that is not approved. Of what it
   sends there, the first that was taken and the registration are told. */
static void registers_anonymously(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    post_anonymously(&play, 1, 2, 200);
    post(&play, 3, 4, NULL, 401);
    post(&play, 5, 6, "HTTP/mp.contoso.lab", 401);
    post_anonymously(&play, 7, 8, 500);
    post_anonymously(&play, 9, 10, 200);
    mp_clock(&play, 9, 10);
    post_anonymously(&play, 11, 12, 200);
    post_anonymously(&play, 13, 14, 200);
    registration(&play, 13, 14, "wk02.child.contoso.lab");
    post_anonymously(&play, 15, 16, 200);
    check_told(&play, 1,
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
    post(&play, 5, 6, "HTTP/mp.contoso.lab", 401);
    post_anonymously(&play, 7, 8, 200);
    post(&play, 11, 12, "HTTP/mp.contoso.lab", 401);
    post(&play, 13, 0, NULL, 0);
    post_anonymously(&play, 9, 0, 0);
    post_anonymously(&play, 12, 0, 0);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 3/2 11-12\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 11-12\n"
               "1 http anonymous anonymous 12\n"
               "1 skip name\n1 skip anonymous\n1 skip identity\n1 skip ticket\n");
    play_begin(&play);
    post(&play, 1, 2, NULL, 401);
    post_anonymously(&play, 3, 4, 200);
    post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    post_anonymously(&play, 7, 8, 200);
    check_told(&play, 1,
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
    post(&play, 1, 2, NULL, 401);
    post(&play, 3, 4, "HTTP/mp.contoso.lab", 401);
    post(&play, 5, 6, NULL, 401);
    post(&play, 7, 8, "HTTP/mp.contoso.lab", 401);
    play.mp = MP2;
    play.host = "MP.contoso.lab.:80";
    post(&play, 11, 12, NULL, 401);
    post(&play, 13, 14, "HTTP/mp.contoso.lab", 200);
    post(&play, 15, 16, NULL, 401);
    post(&play, 17, 18, "HTTP/mp.contoso.lab", 200);
    check_told(&play, 1,
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
    ask_mp(&play, 1, 2, 7, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_kdc(&play, 3, 4, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    play.mp = MP2;
    ask_mp(&play, 5, 6, 8, request(&play, "CCM_POST", WINDOWS, NULL, 401));
    ask_kdc(&play, 7, 8, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    ask_kdc(&play, 9, 10, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    ask_mp(&play, 11, 12, 8, request(&play, "CCM_POST", WINDOWS, "HTTP/mp.contoso.lab", 200));
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 2/1 5-12\n"
               "1 http anonymous anonymous 1-2\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB 3-4\n"
               "1 http anonymous anonymous at 192.168.20.21 5-6\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB 7-8\n"
               "1 kdc ticket HTTP/mp.contoso.lab 9-10\n"
               "1 http negotiate authenticated at 192.168.20.21 HTTP/mp.contoso.lab 11-12\n"
               "1 skip name\n");
}

/* What an address did long ago says nothing of now. */
static void earlier_address(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    post(&play, 1, 2, NULL, 401);
    post(&play, 3, 4, "HTTP/mp.contoso.lab", 401);
    play.mp = MP2;
    post(&play, 40001, 40002, NULL, 401);
    post(&play, 40003, 40004, "HTTP/mp.contoso.lab", 200);
    check_told(&play, 1,
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
    post(&play, 1, 2, NULL, 401);
    play.mp = MP2;
    ask_mp(&play, 3, 4, 8, request(&play, "CCM_POST", WINDOWS, "HTTP/mp.contoso.lab", 200));
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1/0 1-4\n"
               "1 http anonymous anonymous 1-2\n"
               "1 http negotiate authenticated at 192.168.20.21 HTTP/mp.contoso.lab 3-4\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* Two names at one address are two MPs. */
static void several_names(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    post(&play, 1, 2, NULL, 401);
    play.host = "mp2.contoso.lab";
    post(&play, 3, 4, NULL, 401);
    mp_clock(&play, 3, 4);
    post(&play, 5, 6, "HTTP/mp2.contoso.lab", 200);
    play.host = "mp.contoso.lab";
    post(&play, 7, 8, "HTTP/mp.contoso.lab", 401);
    check_told(&play, 2,
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

static void two_addresses(struct play *play)
{
    play_begin(play);
    name(play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    name(play, 2, "mp.contoso.lab", "AAAA", "192.168.20.21"); /* as good as any */
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
    connection(&play, 3, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    play.mp = MP;
    post(&play, 5, 6, NULL, 401);
    post(&play, 9, 10, "HTTP/mp.contoso.lab", 200);
    check_told(&play, 1, told);
    two_addresses(&play);
    post(&play, 5, 6, NULL, 401);
    post(&play, 9, 10, "HTTP/mp.contoso.lab", 200);
    play.mp = MP2;
    connection(&play, 3, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    check_told(&play, 1, told);
}

/* One that the client had requests to before. */
static void address_fails_later(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.mp = MP2;
    post(&play, 1, 2, NULL, 401);
    post(&play, 3, 4, "HTTP/mp.contoso.lab", 200);
    connection(&play, 1003, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play.mp = MP;
    post(&play, 1005, 1006, NULL, 401);
    post(&play, 1007, 1008, "HTTP/mp.contoso.lab", 200);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/0 1003-1008\n"
               "1 http anonymous anonymous at 192.168.20.21 refused 1003-1004\n"
               "1 http anonymous anonymous 1005-1006\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 1007-1008\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
    play_begin(&play);
    play.mp = MP2;
    post(&play, 1, 2, NULL, 401);
    post(&play, 3, 4, "HTTP/mp.contoso.lab", 200);
    play.mp = MP;
    post(&play, 1005, 1006, NULL, 401);
    post(&play, 1007, 1008, "HTTP/mp.contoso.lab", 200);
    play.mp = MP2;
    connection(&play, 1003, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 2/0 1003-1008\n"
               "1 http anonymous anonymous at 192.168.20.21 timeout 1003\n"
               "1 http anonymous anonymous 1005-1006\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 1007-1008\n"
               "1 skip name\n1 skip identity\n1 skip ticket\n");
}

/* The MP without a Host field: as DNS, as the ticket, and as nobody called it. */
static void names_of_the_mp(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    play.host = NULL;
    name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    post(&play, 3, 4, NULL, 200);
    play.client = OTHER;
    post(&play, 5, 6, NULL, 401);
    post(&play, 7, 8, "HTTP/mp", 200);
    play.client = 104;
    post(&play, 9, 10, NULL, 200);
    check_told(&play, 3,
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
    post(&play, 1, 2, NULL, 401);
    ask_kdc(&play, 3, 4, "cifs/files.contoso.lab", "cifs/files.contoso.lab");
    ask_kdc(&play, 5, 6, "krbtgt/CHILD.CONTOSO.LAB", "krbtgt/CHILD.CONTOSO.LAB");
    ask_kdc(&play, 7, 8, "krbtgt/CONTOSO.LAB", "krbtgt/CONTOSO.LAB");
    ask_kdc(&play, 9, 10, "HTTP/alias.contoso.lab", NULL);
    check_told(&play, 1,
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
    name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", NULL);
    ask_kdc(&play, 5, 6, "HTTP/www.contoso.lab", "HTTP/www.contoso.lab");
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1-4\n"
               "1 dns A mp.contoso.lab 1-2\n"
               "1 kdc ticket HTTP/mp.contoso.lab 3-4\n"
               "1 clock 3-4\n"
               "1 skip anonymous\n1 skip identity\n1 skip authenticated\n");
    play_begin(&play);
    ask_kdc(&play, 1, 0, "HTTP/www.contoso.lab", NULL);
    ask_kdc(&play, 3, 0, "HTTP/mp.contoso.lab", NULL);
    play.client = OTHER;
    post(&play, 5, 6, NULL, 200);
    check_told(&play, 2,
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
    name(&play, 1, "mp.contoso.lab", "A", "192.168.20.20");
    connection(&play, 3, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    connection(&play, 5, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    connection(&play, 9, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    ask_kdc(&play, 7, 8, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1-10\n"
               "1 dns A mp.contoso.lab 1-2\n"
               "1 http anonymous anonymous timeout 3\n"
               "1 kdc ticket HTTP/mp.contoso.lab 7-8\n"
               "1 http anonymous anonymous refused 9-10\n"
               "1 skip identity\n1 skip authenticated\n");
    play_begin(&play);
    name(&play, 1, "_mssms_mp_s01._tcp.contoso.lab", "SRV", "mp.contoso.lab");
    name(&play, 3, "mp.contoso.lab", "A", "192.168.20.20");
    connection(&play, 5, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 3-5\n"
               "1 dns A mp.contoso.lab 3-4\n"
               "1 http anonymous anonymous timeout 5\n"
               "1 skip identity\n1 skip ticket\n1 skip authenticated\n");
    play_begin(&play);
    connection(&play, 1, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    play.client = OTHER;
    post(&play, 5, 6, NULL, 200);
    check_told(&play, 2,
               "1 run 192.168.20.20 192.168.20.102 1-2\n"
               "1 http anonymous anonymous refused 1-2\n"
               "1 skip identity\n1 skip ticket\n1 skip authenticated\n"
               "2 run mp.contoso.lab 192.168.20.103 1/0 5-6\n"
               "2 http anonymous anonymous 5-6\n"
               "2 skip name\n2 skip identity\n2 skip ticket\n2 skip authenticated\n");
    play_begin(&play);
    play.settings.mp = "192.168.20.20";
    connection(&play, 1, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    check_told(&play, 1,
               "1 run 192.168.20.20 192.168.20.102 1-2\n"
               "1 http anonymous anonymous refused 1-2\n"
               "1 skip identity\n1 skip ticket\n1 skip authenticated\n");
    play_begin(&play);
    name(&play, 1, "www.contoso.lab", "A", "192.168.20.20");
    connection(&play, 3, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    check_told(&play, 0, "");
}

/* A client whose requests are known begins anew, and fails. */
static void unreachable_later(void **state)
{
    struct play play;

    (void)state;
    play_begin(&play);
    connection(&play, 1, 80, PHASE_CONNECT, OUTCOME_REFUSED);
    post(&play, 3, 4, NULL, 401);
    post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    connection(&play, 7, 443, PHASE_TLS, OUTCOME_UNKNOWN);
    connection(&play, 9, 80, PHASE_CONNECT, OUTCOME_TIMEOUT);
    check_told(&play, 1,
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
    connection(&play, 1, 443, PHASE_TLS, OUTCOME_UNKNOWN);
    ask_kdc(&play, 3, 4, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    play.host = "www.contoso.lab";
    play.mp = MP2;
    connection(&play, 5, 443, PHASE_TLS, OUTCOME_UNKNOWN);
    check_told(&play, 1,
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
    post(&play, 1, 2, NULL, 401);
    kdc_connection(&play, 3, DC);
    ask_kdc(&play, 5, 6, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    ask_kdc(&play, 7, 8, "HTTP/mp.contoso.lab", "krbtgt/CONTOSO.LAB");
    kdc_connection(&play, 9, DC + 1);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1/1 1-2\n"
               "1 http anonymous anonymous 1-2\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB as of CHILD.CONTOSO.LAB 3\n"
               "1 kdc identity krbtgt/CHILD.CONTOSO.LAB 5-6\n"
               "1 kdc ticket HTTP/mp.contoso.lab 7-8\n"
               "1 kdc ticket HTTP/mp.contoso.lab tgs of CONTOSO.LAB 9\n"
               "1 skip name\n1 skip authenticated\n");
    play_begin(&play);
    post(&play, 1, 2, NULL, 401);
    ask_kdc(&play, 3, 4, "krbtgt/CHILD.CONTOSO.LAB", NULL);
    kdc_connection(&play, 5, DC);
    kdc_connection(&play, 7, DC + 1);
    play.client = OTHER;
    kdc_connection(&play, 9, DC);
    check_told(&play, 1,
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
    kdc = payload(&play, EVIDENCE_KDC);
    kdc->service = "HTTP/mp.contoso.lab";
    kdc->realm = "CONTOSO.LAB";
    kdc->outcome = OUTCOME_REPLY;
    kdc->reply = evidence_new(&play.arena, &SHAPE_KDC_REPLY);
    kdc->reply->kind = KDC_REPLY_ERROR;
    send_event(&play, (struct capture_event){.kind = EVIDENCE_KDC,
                                             .server = endpoint(DC, KDC_PORT),
                                             .answered = mark(7),
                                             .kdc = kdc});
    check_told(&play, 1,
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
    name(&play, 1, "mp.contoso.lab", "A", NULL);
    name(&play, 3, "www.contoso.lab", "A", NULL);
    play.client = OTHER;
    play.host = "mp2.contoso.lab";
    post(&play, 5, 6, NULL, 200);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 1-2\n"
               "1 dns A mp.contoso.lab 1-2\n"
               "1 skip anonymous\n1 skip identity\n1 skip ticket\n1 skip authenticated\n");
}

static void check_client(const char *client, uint32_t cases)
{
    struct play play;

    play_begin(&play);
    play.settings.client = client;
    ask_kdc(&play, 1, 2, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    post(&play, 3, 4, NULL, 401);
    post(&play, 5, 6, "HTTP/mp.contoso.lab", 401);
    play.client = OTHER;
    post(&play, 7, 8, NULL, 401);
    post(&play, 9, 10, "HTTP/mp.contoso.lab", 200);
    assert_int_equal(story_finish(play.story, 1, play.recording, &play.evidence), cases);
    if (cases > 0) {
        /* Others are no case of their own, but precedents. */
        const struct evidence_record *last = &play.evidence.records[5];

        assert_string_equal(play.evidence.records[1].run->client_address, "192.168.20.102");
        assert_int_equal(last->kind, EVIDENCE_PRECEDENT);
        assert_string_equal(last->precedent->client_address, "192.168.20.103");
    }
    play_end(&play);
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
    play.settings.since = time_of(20);
    play.settings.until = time_of(40);
    ask_kdc(&play, 1, 2, "HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab");
    post(&play, 3, 4, NULL, 401);
    post(&play, 5, 6, "HTTP/mp.contoso.lab", 200);
    post(&play, 20, 21, NULL, 401);
    post(&play, 22, 23, "HTTP/mp.contoso.lab", 401);
    post(&play, 41, 42, NULL, 401);
    post(&play, 43, 44, "HTTP/mp.contoso.lab", 200);
    check_told(&play, 1,
               "1 run mp.contoso.lab 192.168.20.102 WK02 1/1 20-23\n"
               "1 kdc ticket HTTP/mp.contoso.lab 1-2\n"
               "1 precedent 192.168.20.102 HTTP/mp.contoso.lab 5-6\n"
               "1 http anonymous anonymous 20-21\n"
               "1 http negotiate authenticated HTTP/mp.contoso.lab 22-23\n"
               "1 skip name\n1 skip identity\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(healthy),
        cmocka_unit_test(values),
        cmocka_unit_test(wrong_key),
        cmocka_unit_test(no_second_request),
        cmocka_unit_test(ntlm),
        cmocka_unit_test(several_attempts),
        cmocka_unit_test(tickets_of_attempts),
        cmocka_unit_test(given_up),
        cmocka_unit_test(late_silence),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(overtaken_answers),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(tickets_at_once),
        cmocka_unit_test(several_clients_and_mps),
        cmocka_unit_test(other_paths),
        cmocka_unit_test(registers_anonymously),
        cmocka_unit_test(messages_after_attempts),
        cmocka_unit_test(several_addresses),
        cmocka_unit_test(signs_in_meanwhile),
        cmocka_unit_test(earlier_address),
        cmocka_unit_test(address_changes),
        cmocka_unit_test(several_names),
        cmocka_unit_test(one_address_fails),
        cmocka_unit_test(address_fails_later),
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
