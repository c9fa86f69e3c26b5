/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP over recorded connections: what becomes of what was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "hostile.h"
#include "player.h"

/* What happens in a recording, in order. */
enum what {
    END = 0, /* of the script: player_end */
    OPEN,    /* SYN and SYN ACK; two frames */
    SYN,
    JOIN,
    ASK, /* the client sends `text` */
    ANSWER,
    ASK_GAP, /* `number` bytes of the client's were not recorded */
    ANSWER_GAP,
    ASK_FIN,
    ANSWER_FIN,
    CLOSE,
    RESET,
    WAIT, /* `number` seconds */
};

struct step {
    enum what what;
    const char *text;
    int number; /* also the port of OPEN, SYN and JOIN; 80 where 0 */
};

enum { STEPS_MAX = 16 };

static void play_step(struct player *player, const struct step *step)
{
    const uint16_t port = (uint16_t)(step->number ? step->number : 80);

    switch (step->what) {
    case OPEN:
        player_connect(player, 0, port);
        break;
    case SYN:
        player_syn(player, 0, port);
        break;
    case JOIN:
        player_join(player, 0, port);
        break;
    case ASK:
        player_data(player, 0, SIDE_OPENER, step->text, strlen(step->text));
        break;
    case ANSWER:
        player_data(player, 0, SIDE_OTHER, step->text, strlen(step->text));
        break;
    case ASK_GAP:
        player_gap(player, 0, SIDE_OPENER, (uint64_t)step->number);
        break;
    case ANSWER_GAP:
        player_gap(player, 0, SIDE_OTHER, (uint64_t)step->number);
        break;
    case ASK_FIN:
        player_fin(player, 0, SIDE_OPENER);
        break;
    case ANSWER_FIN:
        player_fin(player, 0, SIDE_OTHER);
        break;
    case CLOSE:
        player_close(player, 0, STREAM_FIN);
        break;
    case RESET:
        player_close(player, 0, STREAM_RESET);
        break;
    case WAIT:
        player_wait(player, (int64_t)step->number * 1000000);
        break;
    case END:
    default:
        break;
    }
}

static void play(struct player *player, const struct step *steps)
{
    for (size_t i = 0; i < STEPS_MAX && steps[i].what != END; i++) {
        play_step(player, &steps[i]);
    }
    player_end(player);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: mp\r\n\r\n"
#define OK(body)  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" body
#define DENIED                                                                                     \
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n"

static const struct {
    const char *name;
    struct step steps[STEPS_MAX];
    const char *lines;
} scripts[] = {
    {"one request",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = OK("ok")},
      {.what = CLOSE}},
     "http 3-4 GET /a reply 200 2\n"},
    {"keep-alive",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = OK("ok")},
      {.what = ASK, .text = GET("/b")},
      {.what = ANSWER, .text = DENIED}},
     "http 3-4 GET /a reply 200 2\nhttp 5-6 GET /b reply 401 0\n"},
    {"an answer recorded before its request",
     {{.what = OPEN},
      {.what = ANSWER, .text = DENIED},
      {.what = ASK, .text = GET("/a")},
      {.what = ASK, .text = GET("/b")},
      {.what = ANSWER, .text = OK("ok")}},
     "http 0-3 - - reply 401 0\nhttp 4-0 GET /a unknown\nhttp 5-0 GET /b unknown\n"
     "http 0-6 - - reply 200 2\n"},
    {"a later answer recorded before its request",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = DENIED},
      {.what = ANSWER, .text = OK("ok")},
      {.what = ASK, .text = GET("/b")},
      {.what = WAIT, .number = 60}},
     "http 3-4 GET /a reply 401 0\nhttp 0-5 - - reply 200 2\nhttp 6-0 GET /b unknown\n"},
    {"pipelining",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a") GET("/b")},
      {.what = ANSWER, .text = OK("ok") DENIED}},
     "http 3-4 GET /a reply 200 2\nhttp 3-4 GET /b reply 401 0\n"},
    {"100 continue",
     {{.what = OPEN},
      {.what = ASK,
       .text = "CCM_POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"},
      {.what = ANSWER, .text = "HTTP/1.1 100 Continue\r\n\r\n"},
      {.what = ASK, .text = "body"},
      {.what = ANSWER, .text = OK("ok")}},
     "http 3-6 CCM_POST /a reply 200 2\n"},
    {"a body that was not sent after all",
     {{.what = OPEN},
      {.what = ASK,
       .text = "CCM_POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 400\r\n\r\n"},
      {.what = ANSWER, .text = DENIED},
      {.what = ASK, .text = GET("/b")},
      {.what = ANSWER, .text = OK("ok")}},
     "http 3-4 CCM_POST /a reply 401 0\nhttp 5-6 GET /b reply 200 2\n"},
    {"HEAD, 204 and 304 have no body",
     {{.what = OPEN},
      {.what = ASK, .text = "HEAD /a HTTP/1.1\r\n\r\n" GET("/b") GET("/c") GET("/d")},
      {.what = ANSWER, .text = "HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n"},
      {.what = ANSWER,
       .text = "HTTP/1.1 204 No\r\n\r\nHTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n"},
      {.what = ANSWER, .text = OK("ok")}},
     "http 3-4 HEAD /a reply 200 0\nhttp 3-5 GET /b reply 204 0\nhttp 3-5 GET /c reply 304 0\n"
     "http 3-6 GET /d reply 200 2\n"},
    {"until the end",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = "HTTP/1.0 200 OK\r\n\r\nab"},
      {.what = ANSWER, .text = "cd"},
      {.what = ANSWER_FIN}},
     "http 3-4 GET /a reply 200 4\n"},
    {"an upgrade ends HTTP",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = "HTTP/1.1 101 Switching\r\n\r\n\x81\x02hi"},
      {.what = ASK, .text = "\x01"}},
     "http 3-4 GET /a reply 101 0\n"},
    {"a tunnel ends HTTP",
     {{.what = OPEN},
      {.what = ASK, .text = "CONNECT mp:443 HTTP/1.1\r\n\r\n"},
      {.what = ANSWER, .text = "HTTP/1.1 200 Go\r\n\r\n"},
      {.what = ASK, .text = GET("/inside")}},
     "http 3-4 CONNECT mp:443 reply 200 0\n"},
    {"chunks, and a request behind a body",
     {{.what = OPEN},
      {.what = ASK,
       .text =
           "CCM_POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" GET(
               "/b")},
      {.what = ANSWER,
       .text = "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
      {.what = ANSWER, .text = OK("ok")}},
     "http 3-4 CCM_POST /a reply 403 3\nhttp 3-5 GET /b reply 200 2\n"},
    {"closed without a reply",
     {{.what = OPEN}, {.what = ASK, .text = GET("/a")}, {.what = ANSWER_FIN}, {.what = CLOSE}},
     "http 3-0 GET /a closed\n"},
    {"reset without a reply",
     {{.what = OPEN}, {.what = ASK, .text = GET("/a")}, {.what = RESET}},
     "http 3-0 GET /a closed\n"},
    {"closed within the head",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = "HTTP/1.1 200 OK\r\nServ"},
      {.what = RESET}},
     "http 3-0 GET /a closed\n"},
    {"closed within the body",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = OK("o")},
      {.what = RESET}},
     "http 3-4 GET /a reply 200 1\n"},
    {"the client gives up",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = WAIT, .number = 20},
      {.what = ASK_FIN},
      {.what = CLOSE}},
     "http 3-0 GET /a timeout\n"},
    {"the client changes its mind",
     {{.what = OPEN}, {.what = ASK, .text = GET("/a")}, {.what = ASK_FIN}, {.what = CLOSE}},
     "http 3-0 GET /a unknown\n"},
    {"silence to the end",
     {{.what = OPEN}, {.what = ASK, .text = GET("/a")}, {.what = WAIT, .number = 6}},
     "http 3-0 GET /a timeout\n"},
    {"the recording ends too early",
     {{.what = OPEN}, {.what = ASK, .text = GET("/a")}},
     "http 3-0 GET /a unknown\n"},
    {"only the client was recorded",
     {{.what = SYN},
      {.what = ASK, .text = GET("/a")},
      {.what = WAIT, .number = 60},
      {.what = ASK, .text = GET("/b")}},
     "http 2-0 GET /a unknown\nhttp 3-0 GET /b unknown\n"},
    {"refused", {{.what = SYN}, {.what = RESET}}, "http 1-2 - - refused\n"},
    {"refused at a port of no interest", {{.what = SYN, .number = 445}, {.what = RESET}}, ""},
    {"no answer to the SYN",
     {{.what = SYN}, {.what = WAIT, .number = 3}},
     "http 1-0 - - timeout\n"},
    {"no time for an answer to the SYN", {{.what = SYN}}, ""},
    {"any port, by content",
     {{.what = OPEN, .number = 8530},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = OK("ok")},
      {.what = CLOSE},
      {.what = SYN, .number = 8530},
      {.what = RESET}},
     "http 3-4 GET /a reply 200 2\nhttp 6-7 - - refused\n"},
    {"not HTTP at all",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER, .text = "220 mail ready\r\n"}},
     "http 3-4 GET /a malformed\n"},
    {"another protocol",
     {{.what = OPEN},
      {.what = ANSWER, .text = "220 mail ready\r\n"},
      {.what = ASK, .text = GET("/a")}},
     ""},
    {"a recording that begins later",
     {{.what = JOIN},
      {.what = ASK, .text = "the rest of a body"},
      {.what = ANSWER, .text = OK("ok")},
      {.what = ASK, .text = GET("/b")},
      {.what = ANSWER, .text = DENIED}},
     "http 0-3 - - reply 200 2\nhttp 4-5 GET /b reply 401 0\n"},
    {"a reply that comes first",
     {{.what = JOIN},
      {.what = ANSWER, .text = OK("ok")},
      {.what = ASK, .text = GET("/b")},
      {.what = ANSWER, .text = DENIED}},
     "http 0-2 - - reply 200 2\nhttp 3-4 GET /b reply 401 0\n"},
    {"the body of a reply to a HEAD that was not recorded",
     {{.what = JOIN},
      {.what = ANSWER, .text = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"},
      {.what = ASK, .text = GET("/b")},
      {.what = ANSWER, .text = OK("ok")}},
     "http 0-2 - - reply 200 0\nhttp 3-4 GET /b reply 200 2\n"},
    /* Gaps. */
    {"within a body",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a") GET("/b")},
      {.what = ANSWER, .text = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"},
      {.what = ANSWER_GAP, .number = 98},
      {.what = ANSWER, .text = "ok" DENIED},
      {.what = ASK, .text = GET("/c")},
      {.what = ANSWER, .text = OK("ok")}},
     "http 3-4 GET /a reply 200 100\nhttp 3-6 GET /b reply 401 0\nhttp 7-8 GET /c reply 200 2\n"},
    {"of a request's head",
     {{.what = OPEN},
      {.what = ASK_GAP, .number = 10},
      {.what = ASK, .text = " HTTP/1.1\r\n\r\n"},
      {.what = ANSWER, .text = OK("ok")},
      {.what = ASK, .text = GET("/b")},
      {.what = ANSWER, .text = DENIED}},
     "http 0-5 - - reply 200 2\nhttp 6-0 GET /b unknown\nhttp 0-7 - - reply 401 0\n"},
    {"that may hide a pipelined request",
     {{.what = OPEN},
      {.what = ASK_GAP, .number = 100},
      {.what = ASK, .text = GET("/b")},
      {.what = ANSWER, .text = OK("ok") DENIED}},
     "http 4-0 GET /b unknown\nhttp 0-5 - - reply 200 2\nhttp 0-5 - - reply 401 0\n"},
    {"what was asked before keeps its answer",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ASK_GAP, .number = 100},
      {.what = ASK, .text = GET("/c")},
      {.what = ANSWER, .text = OK("ok") DENIED}},
     "http 5-0 GET /c unknown\nhttp 3-6 GET /a reply 200 2\nhttp 0-6 - - reply 401 0\n"},
    {"of the only reply's beginning",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER_GAP, .number = 9},
      {.what = ANSWER, .text = DENIED}},
     "http 3-5 GET /a reply 401 0\n"},
    {"of one of two replies",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a") GET("/b")},
      {.what = ANSWER_GAP, .number = 40},
      {.what = ANSWER, .text = DENIED}},
     "http 0-5 - - reply 401 0\nhttp 3-0 GET /a unknown\nhttp 3-0 GET /b unknown\n"},
    {"of the reply, and no more of it",
     {{.what = OPEN},
      {.what = ASK, .text = GET("/a")},
      {.what = ANSWER_GAP, .number = 40},
      {.what = WAIT, .number = 60},
      {.what = RESET}},
     "http 3-0 GET /a unknown\n"},
};

static void check_script(size_t i, size_t piece, size_t cut)
{
    struct player player;

    player_init(&player);
    player.piece = piece;
    player.cut = cut;
    play(&player, scripts[i].steps);
    if (strcmp(buffer_text(&player.lines), scripts[i].lines) != 0) {
        print_error("script \"%s\", pieces of %zu, cut at %zu\n", scripts[i].name, piece, cut);
    }
    assert_string_equal(buffer_text(&player.lines), scripts[i].lines);
    assert_int_equal(player.set.arena.head == NULL, player.set.count == 0);
    player_release(&player);
}

static void test_scripts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        check_script(i, 0, 0);
    }
}

/* The same events from any pieces. A message that waits for the next start line needs it in one
   piece. */
static void test_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        bool resumes = false;

        for (size_t step = 0; step < STEPS_MAX; step++) {
            resumes |= scripts[i].steps[step].what == ASK_GAP ||
                       scripts[i].steps[step].what == ANSWER_GAP ||
                       strstr(scripts[i].name, "later") || strstr(scripts[i].name, "not sent") ||
                       strstr(scripts[i].name, "HEAD that");
        }
        for (size_t piece = 1; !resumes && piece < 100; piece++) {
            check_script(i, piece, 0);
            check_script(i, 0, piece);
        }
    }
}

/* A pair is right when the path says what the status is. */
static void check_pairs(const char *lines)
{
    for (const char *line = lines; *line; line = strchr(line, '\n') + 1) {
        char text[200];
        const char *path, *reply;

        snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
        path = strstr(text, "GET /");
        reply = strstr(text, "reply ");
        if (path && reply) {
            assert_memory_equal(path + 5, reply + 6, 3);
        }
    }
}

/* Requests and replies that know each other by name, alone and pipelined; each gap of each length
   at each place of either side. What is paired has to be right. */
static void test_gaps(void **state)
{
    static const struct {
        enum side side;
        const char *text;
    } segments[] = {
        {SIDE_OPENER, "GET /201 HTTP/1.1\r\n\r\n"},
        {SIDE_OTHER, "HTTP/1.1 201 A\r\nContent-Length: 20\r\n\r\n01234567890123456789"},
        {SIDE_OPENER, "GET /202 HTTP/1.1\r\n\r\nGET /203 HTTP/1.1\r\n\r\n"},
        {SIDE_OPENER, "GET /204 HTTP/1.1\r\n\r\n"},
        {SIDE_OTHER, "HTTP/1.1 202 A\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n"},
        {SIDE_OTHER, "HTTP/1.1 203 A\r\nContent-Length: 0\r\n\r\nHTTP/1.1 204 A\r\n\r\n"},
        {SIDE_OPENER, "GET /205 HTTP/1.1\r\n\r\n"},
        {SIDE_OTHER, "HTTP/1.1 205 A\r\nContent-Length: 3\r\n\r\nabc"},
        {SIDE_OPENER, "GET /206 HTTP/1.1\r\n\r\n"},
        {SIDE_OTHER, "HTTP/1.1 206 A\r\nContent-Length: 3\r\n\r\nabc"},
    };
    enum { COUNT = sizeof(segments) / sizeof(segments[0]) };

    (void)state;
    for (size_t hit = 0; hit < COUNT; hit++) {
        const size_t length = strlen(segments[hit].text);

        for (size_t from = 0; from < length; from++) {
            for (size_t to = from + 1; to <= length; to++) {
                struct player player;

                player_init(&player);
                player_connect(&player, 0, 80);
                for (size_t i = 0; i < COUNT; i++) {
                    const char *text = segments[i].text;

                    if (i != hit) {
                        player_data(&player, 0, segments[i].side, text, strlen(text));
                        continue;
                    }
                    if (from > 0) {
                        player_data(&player, 0, segments[i].side, text, from);
                    }
                    player_gap(&player, 0, segments[i].side, to - from);
                    if (to < length) {
                        player_data(&player, 0, segments[i].side, text + to, length - to);
                    }
                }
                player_end(&player);
                check_pairs(buffer_text(&player.lines));
                player_release(&player);
            }
        }
    }
}

static const struct evidence_http *only_http(const struct player *player)
{
    const struct evidence_http *found = NULL;

    for (size_t i = 0; i < player->set.count; i++) {
        if (player->set.records[i].kind == EVIDENCE_HTTP) {
            assert_null(found);
            found = player->set.records[i].http;
        }
    }
    assert_non_null(found);
    return found;
}

/* Everything that a record and its clock say. */
static void test_fields(void **state)
{
    struct buffer init = hostile_seed("negotiate/spnego-init");
    struct buffer reply = hostile_seed("negotiate/spnego-reply-wrong");
    struct buffer request = {0}, answer = {0};
    const struct evidence_http *http;
    struct player player;

    (void)state;
    buffer_puts(&request, "CCM_POST /ccm_system_windowsauth/request HTTP/1.1\r\nhost: mp.x:8530\r\n"
                          "User-Agent: ccmhttp\r\nAuthorization: Negotiate ");
    base64_encode(init.data, init.length, &request);
    buffer_puts(&request, "\r\nContent-Length: 0\r\n\r\n");
    buffer_puts(&answer, "HTTP/1.1 401 Unauthorized\r\nDate: Sat, 21 Nov 2026 00:00:00 GMT\r\n"
                         "WWW-Authenticate: Negotiate ");
    base64_encode(reply.data, reply.length, &answer);
    buffer_puts(&answer, "\r\nContent-Length: 22\r\n\r\n<h1>Unauthorized</h1>\n");
    for (size_t piece = 0; piece < 3; piece++) {
        player_init(&player);
        player.piece = piece;
        player_connect(&player, 0, 8530);
        player_data(&player, 0, SIDE_OPENER, request.data, request.length);
        player.connections[0].retransmissions[SIDE_OTHER] = 3;
        player_data(&player, 0, SIDE_OTHER, answer.data, answer.length);
        player_end(&player);
        http = only_http(&player);
        assert_string_equal(http->address, "10.0.0.2");
        assert_int_equal(http->port, 8530);
        assert_int_equal(http->client_port, PLAYER_CLIENT_PORT);
        assert_string_equal(http->path, "/ccm_system_windowsauth/request");
        assert_string_equal(http->host, "mp.x:8530");
        assert_string_equal(http->user_agent, "ccmhttp");
        assert_int_equal(http->leg, LEG_UNKNOWN);
        assert_int_equal(http->phase, PHASE_DONE);
        assert_int_equal(http->reused, TRI_NO);
        assert_int_equal(http->connect_us, 10000);
        assert_int_equal(http->rtt_us, 10000);
        assert_int_equal(http->request_bytes, request.length);
        assert_int_equal(http->token_bytes, init.length);
        assert_string_equal(http->sent->content, "AP-REQ");
        assert_string_equal(http->spn, http->sent->ticket->service);
        assert_string_equal(http->answer->content, "KRB-ERROR");
        assert_int_equal(http->retransmissions, 3);
        assert_string_equal(http->reply->page, "Unauthorized");
        assert_int_equal(http->reply->body_bytes, 22);
        assert_int_equal(player.set.count, 2);
        assert_int_equal(player.set.records[1].kind, EVIDENCE_CLOCK);
        assert_int_equal(player.set.records[1].clock->method, CLOCK_KRB_ERROR);
        assert_string_equal(player.set.records[1].clock->name, "mp.x");
        assert_int_equal(player.set.records[1].clock->local_at, 1000000035000);
        assert_int_equal(player.set.records[1].clock->uncertainty_us, 6000);
        assert_int_equal(player.recording.http_requests, 1);
        assert_int_equal(player.recording.ccm_posts, 1);
        assert_string_equal(buffer_text(&player.heads),
                            "3 http request 0 CCM_POST /ccm_system_windowsauth/request\n"
                            "4 http reply 401 -\n");
        player_release(&player);
    }
    buffer_release(&init);
    buffer_release(&reply);
    buffer_release(&request);
    buffer_release(&answer);
}

static void test_unreadable(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        int64_t tls;
        int64_t http2;
    } cases[] = {
        {"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11, 1, 0},
        {"\x17\x03\x03\x00\x20xxxxxxxx", 13, 1, 0},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24, 0, 1},
        {"\x16\x03\x09\x02\x00\x01", 6, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t piece = 0; piece < 5; piece++) {
            struct player player;

            player_init(&player);
            player.piece = piece;
            player_connect(&player, 0, 443);
            player_data(&player, 0, SIDE_OPENER, cases[i].bytes, cases[i].length);
            assert_true(player.is_boring[0]);
            player_end(&player);
            assert_int_equal(player.recording.tls_connections, cases[i].tls);
            assert_int_equal(player.recording.http2_connections, cases[i].http2);
            assert_int_equal(player.set.count, cases[i].tls + cases[i].http2);
            if (player.set.count > 0) {
                assert_int_equal(player.set.records[0].http->phase, PHASE_TLS);
                assert_int_equal(player.set.records[0].http->outcome, OUTCOME_UNKNOWN);
                assert_int_equal(player.set.records[0].http->port, 443);
            }
            player_release(&player);
        }
    }
}

/* The server that a client asks TLS for, as far as its hello goes. */
static void test_server_name(void **state)
{
    static const uint8_t hello[] = "\x16\x03\x01\x00\x53\x01\x00\x00\x4f\x03\x03"
                                   "0123456789abcdef0123456789abcdef"
                                   "\x02xx\x00\x02\x13\x01\x01\x00\x00\x22"
                                   "\x00\x0a\x00\x04\x00\x02\x00\x17"
                                   "\x00\x00\x00\x13\x00\x11\x00\x00\x0emp.contoso.lab"
                                   "\x00\x17\x00\x00";
    const size_t whole = sizeof(hello) - 1;

    (void)state;
    for (size_t length = 4; length <= whole; length++) {
        struct player player;
        const char *host;

        player_init(&player);
        player_connect(&player, 0, 8531);
        player_data(&player, 0, SIDE_OPENER, hello, length);
        player_end(&player);
        assert_int_equal(player.set.count, 1);
        host = player.set.records[0].http->host;
        if (length >= whole - 4) {
            assert_string_equal(host, "mp.contoso.lab");
        } else {
            assert_null(host);
        }
        player_release(&player);
    }
}

/* An endless header in one-byte segments: an end, and a word of it. */
static void test_endless(void **state)
{
    struct player player;

    (void)state;
    player_init(&player);
    player_connect(&player, 0, 80);
    player_connect(&player, 1, 80);
    player_data(&player, 0, SIDE_OPENER, "GET / HTTP/1.1\r\nA: ", 19);
    player_data(&player, 1, SIDE_OPENER, "GET /", 5); /* a line without an end */
    for (int i = 0; i < 300000; i++) {
        player_data(&player, 0, SIDE_OPENER, "a", 1);
        player_data(&player, 1, SIDE_OPENER, "a", 1);
    }
    player_end(&player);
    assert_int_equal(player.set.count, 0);
    assert_int_equal(player.recording.limit_count, 1);
    assert_string_equal(player.recording.limits[0].name, "bytes of an HTTP head");
    assert_int_equal(player.recording.limits[0].limit, 128 * 1024);
    assert_int_equal(player.recording.limits[0].dropped, 2);
    player_release(&player);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),    cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_gaps),       cmocka_unit_test(test_fields),
        cmocka_unit_test(test_unreadable), cmocka_unit_test(test_server_name),
        cmocka_unit_test(test_endless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
