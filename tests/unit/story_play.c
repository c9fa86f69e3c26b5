/* SPDX-License-Identifier: Apache-2.0 */
#include "story_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "evidence/shape.h"

enum { FRAME_US = 100000 };

static const int64_t START_US = 1700000000LL * 1000000;

void play_begin(struct play *play)
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

int64_t play_time(uint64_t frame)
{
    return START_US + (int64_t)frame * FRAME_US;
}

struct mark play_mark(uint64_t frame)
{
    return (struct mark){frame, frame ? play_time(frame) : 0};
}

struct endpoint play_endpoint(int last, uint16_t port)
{
    return (struct endpoint){{192, 168, 20, (uint8_t)last}, port, 4};
}

void *play_payload(struct play *play, enum evidence_kind kind)
{
    return evidence_new(&play->arena, shape_of(kind));
}

void play_event(struct play *play, struct capture_event event)
{
    event.arena = &play->arena;
    if (event.client.version == 0) {
        event.client = play_endpoint(play->client, 50000);
    }
    story_event(story_of(play), &event);
    arena_release(&play->arena); /* nothing may point there any more */
}

void play_name(struct play *play, uint64_t frame, const char *asked, const char *type,
               const char *value)
{
    struct evidence_dns *dns = play_payload(play, EVIDENCE_DNS);

    dns->name = asked;
    dns->type = type;
    dns->outcome = value ? DNS_ANSWER : DNS_NXDOMAIN;
    if (value) {
        dns->answers = arena_alloc(&play->arena, sizeof(*dns->answers));
        dns->answers[0] = (struct dns_answer){.name = asked, .type = type, .value = value};
        dns->answer_count = 1;
    }
    play_event(play, (struct capture_event){.kind = EVIDENCE_DNS,
                                            .server = play_endpoint(DC, DNS_PORT),
                                            .asked = play_mark(frame),
                                            .answered = play_mark(frame + 1),
                                            .dns = dns});
}

void play_ask_kdc(struct play *play, uint64_t frame, uint64_t answered, const char *service,
                  const char *ticket)
{
    const bool is_as = strncmp(service, "krbtgt/", 7) == 0 && !ticket;
    struct evidence_kdc *kdc = play_payload(play, EVIDENCE_KDC);
    struct capture_event event = {.kind = EVIDENCE_KDC,
                                  .server = play_endpoint(DC, KDC_PORT),
                                  .asked = play_mark(frame),
                                  .answered = play_mark(answered),
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
        if (kdc->reply->kind == KDC_REPLY_ERROR) {
            kdc->reply->error = evidence_new(&play->arena, &SHAPE_KRB_ERROR);
            kdc->reply->error->code = 7; /* KDC_ERR_S_PRINCIPAL_UNKNOWN */
        }
        kdc->reply->client = is_as || ticket ? "WK02$@CHILD.CONTOSO.LAB" : NULL;
    }
    play_event(play, event);
    if (answered && !is_as && !ticket) {
        event.kind = EVIDENCE_CLOCK;
        event.clock = clock = play_payload(play, EVIDENCE_CLOCK);
        clock->source = CLOCK_KDC;
        clock->local_at = play_time(frame);
        play_event(play, event);
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

struct evidence_http *play_request(struct play *play, const char *method, const char *path,
                                   const char *with, int64_t status)
{
    struct evidence_http *http = play_payload(play, EVIDENCE_HTTP);

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

void play_ask_mp(struct play *play, uint64_t frame, uint64_t answered, uint64_t connection,
                 struct evidence_http *http)
{
    play_event(play, (struct capture_event){.kind = EVIDENCE_HTTP,
                                            .server = play_endpoint(play->mp, HTTP_PORT),
                                            .asked = play_mark(frame),
                                            .answered = play_mark(answered),
                                            .connection = connection,
                                            .http = http});
}

void play_post_on(struct play *play, uint64_t frame, uint64_t answered, uint64_t connection,
                  const char *with, int64_t status)
{
    play_ask_mp(play, frame, answered, connection,
                play_request(play, "CCM_POST", PLAY_WINDOWS, with, status));
}

void play_post(struct play *play, uint64_t frame, uint64_t answered, const char *with,
               int64_t status)
{
    play_post_on(play, frame, answered, 7, with, status);
}

void play_connection(struct play *play, uint64_t frame, uint16_t port, enum evidence_phase phase,
                     enum evidence_outcome outcome)
{
    struct evidence_http *http = play_payload(play, EVIDENCE_HTTP);

    http->phase = phase;
    http->outcome = outcome;
    http->host = phase == PHASE_TLS ? play->host : NULL;
    play_event(play, (struct capture_event){
                         .kind = EVIDENCE_HTTP,
                         .server = play_endpoint(play->mp, port),
                         .asked = play_mark(frame),
                         .answered = play_mark(outcome == OUTCOME_REFUSED ? frame + 1 : 0),
                         .connection = frame,
                         .http = http});
}

void play_kdc_connection(struct play *play, uint64_t frame, int server)
{
    struct evidence_kdc *kdc = play_payload(play, EVIDENCE_KDC);

    kdc->transport = TRANSPORT_TCP;
    kdc->outcome = OUTCOME_TIMEOUT;
    play_event(play, (struct capture_event){.kind = EVIDENCE_KDC,
                                            .server = play_endpoint(server, KDC_PORT),
                                            .asked = play_mark(frame),
                                            .connection = frame,
                                            .kdc = kdc});
}

void play_mp_clock(struct play *play, uint64_t frame, uint64_t answered)
{
    struct evidence_clock *clock = play_payload(play, EVIDENCE_CLOCK);

    clock->source = CLOCK_MP;
    clock->local_at = play_time(frame);
    play_event(play, (struct capture_event){.kind = EVIDENCE_CLOCK,
                                            .server = play_endpoint(play->mp, HTTP_PORT),
                                            .asked = play_mark(frame),
                                            .answered = play_mark(answered),
                                            .connection = 7,
                                            .clock = clock});
}

void play_registration(struct play *play, uint64_t frame, uint64_t answered, const char *fqdn)
{
    struct evidence_registration *seen = play_payload(play, EVIDENCE_REGISTRATION);

    seen->source = REGISTRATION_CAPTURE;
    seen->fqdn = fqdn;
    play_event(play, (struct capture_event){.kind = EVIDENCE_REGISTRATION,
                                            .server = play_endpoint(play->mp, HTTP_PORT),
                                            .asked = play_mark(frame),
                                            .answered = play_mark(answered),
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

uint32_t play_finish(struct play *play)
{
    return story_finish(story_of(play), 1, play->recording, &play->evidence);
}

void play_release(struct play *play)
{
    story_free(play->story);
    evidence_release(&play->evidence);
    arena_release(&play->arena);
}

void play_check(struct play *play, uint32_t cases, const char *expected)
{
    struct buffer told = {0};
    const uint32_t count = play_finish(play);

    for (size_t i = 1; i < play->evidence.count; i++) {
        describe(&play->evidence.records[i], &told);
    }
    assert_string_equal(buffer_text(&told), expected);
    assert_int_equal(count, cases);
    buffer_release(&told);
    play_release(play);
}
