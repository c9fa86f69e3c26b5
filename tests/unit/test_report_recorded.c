/* SPDX-License-Identifier: Apache-2.0 */
/* What only reports of recordings say: frames and lines in place of record numbers, the
   ladder, the table of clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/shape.h"
#include "report/reference.h"
#include "report/report.h"

enum { UNKNOWN = -1, RECORD_LIMIT = 8 };

/* A record's place, by which it is made. No source: no place. */
struct row {
    const char *source;
    int64_t frame;
    int64_t reply_frame;
    int64_t line;
    enum evidence_kind kind; /* EVIDENCE_NONE: HTTP */
};

static int64_t known(int64_t number)
{
    return number == UNKNOWN ? EVIDENCE_UNKNOWN : number;
}

static void check_references(const struct row *rows, size_t count, const char *expected)
{
    struct evidence_place places[RECORD_LIMIT];
    struct evidence_recording recording = {.name = "client.pcapng"};
    struct evidence_record records[RECORD_LIMIT] = {{0}};
    const struct evidence_record *pointers[RECORD_LIMIT];
    uint32_t ids[RECORD_LIMIT];
    const struct case_view view = {.records = pointers, .record_count = count};
    struct buffer text = {0};

    for (size_t i = 0; i < count; i++) {
        places[i] = (struct evidence_place){.source = rows[i].source,
                                            .frame = known(rows[i].frame),
                                            .reply_frame = known(rows[i].reply_frame),
                                            .line = known(rows[i].line)};
        records[i].id = (uint32_t)i + 11;
        records[i].kind = rows[i].kind == EVIDENCE_NONE ? EVIDENCE_HTTP : rows[i].kind;
        records[i].recording = rows[i].kind == EVIDENCE_RECORDING ? &recording : NULL;
        records[i].place = rows[i].source ? &places[i] : NULL;
        pointers[i] = &records[i];
        ids[count - 1 - i] = records[i].id;
    }
    say_references(&view, &(struct finding){.evidence = ids, .evidence_count = count}, &text);
    assert_string_equal(buffer_text(&text), expected);
    buffer_release(&text);
}

static void test_references(void **state)
{
    const struct row live[] = {{NULL, 0, 0, 0, 0}, {NULL, 0, 0, 0, 0}};
    const struct row capture[] = {{"c.cap", 4, 10, UNKNOWN, 0},
                                  {"c.cap", 13, UNKNOWN, UNKNOWN, 0},
                                  {"c.cap", 10, 10, UNKNOWN, 0}};
    const struct row reply_only[] = {{"c.cap", UNKNOWN, 7, UNKNOWN, 0}};
    const struct row files[] = {{"b.cap", 2, 3, UNKNOWN, 0},
                                {"a.cap", 13, UNKNOWN, UNKNOWN, 0},
                                {"b.cap", 1, UNKNOWN, UNKNOWN, 0}};
    const struct row log[] = {{"a.log", UNKNOWN, UNKNOWN, 17, 0},
                              {"a.log", UNKNOWN, UNKNOWN, 17, 0},
                              {"a.log", UNKNOWN, UNKNOWN, 20, 0}};
    const struct row mixed[] = {{"c.cap", UNKNOWN, UNKNOWN, UNKNOWN, 0},
                                {"c.cap", 5, UNKNOWN, UNKNOWN, 0},
                                {NULL, 0, 0, 0, EVIDENCE_RECORDING}};

    (void)state;
    check_references(live, 2, "[11] [12]");
    check_references(capture, 3, "frames 4, 10 and 13");
    check_references(reply_only, 1, "frame 7");
    check_references(files, 3, "a.cap frame 13, b.cap frames 1, 2 and 3");
    check_references(log, 3, "a.log:17, a.log:20");
    check_references(mixed, 3, "frame 5, client.pcapng [11]");
}

/* A finding may name a record that the view lacks: it is told by its number. */
static void test_unknown_record(void **state)
{
    const struct case_view view = {.case_id = 1};
    const uint32_t id = 3;
    struct buffer text = {0};

    (void)state;
    say_references(&view, &(struct finding){.evidence = &id, .evidence_count = 1}, &text);
    assert_string_equal(buffer_text(&text), "[3]");
    buffer_release(&text);
}

/* A record that tells of all that a client did stands at its first line; the finding may be about
   another. */
static void test_lines_of_a_log(void **state)
{
    const struct evidence_place place = {
        .source = "a.log", .line = 1, .frame = EVIDENCE_UNKNOWN, .reply_frame = EVIDENCE_UNKNOWN};
    const struct evidence_place lines[] = {{.source = "b.log", .line = 9},
                                           {.source = "a.log", .line = 4711}};
    const struct evidence_record record = {
        .id = 11, .kind = EVIDENCE_WEB_CLIENT, .place = (struct evidence_place *)&place};
    const struct evidence_record *const records[] = {&record};
    const struct case_view view = {.records = records, .record_count = 1};
    struct finding finding = {.evidence = &record.id, .evidence_count = 1};
    struct buffer text = {0};

    (void)state;
    say_references(&view, &finding, &text);
    assert_string_equal(buffer_text(&text), "a.log:1");
    buffer_truncate(&text, 0);
    finding.lines = lines;
    finding.line_count = 2;
    say_references(&view, &finding, &text);
    assert_string_equal(buffer_text(&text), "a.log:4711, b.log:9");
    buffer_release(&text);
}

/* A set of evidence with recorded cases, to be judged and told. */
static void add_place(struct evidence_set *set, const char *source, int64_t frame,
                      int64_t reply_frame)
{
    struct evidence_place *place = evidence_new(&set->arena, &SHAPE_PLACE);

    place->source = source;
    place->frame = known(frame);
    place->reply_frame = known(reply_frame);
    set->records[set->count - 1].place = place;
}

static struct evidence_run *add_run(struct evidence_set *set, uint32_t case_id, const char *client)
{
    struct evidence_run *run = evidence_add(set, EVIDENCE_RUN, case_id, 1000000);

    run->origin = ORIGIN_CAPTURE;
    run->target = "mp.contoso.lab";
    run->path = "/ccm_system_windowsauth/request";
    run->client_host = client;
    add_place(set, "c.cap", 1, UNKNOWN);
    return run;
}

static struct evidence_http *add_http(struct evidence_set *set, uint32_t case_id, int64_t frame,
                                      int64_t reply_frame)
{
    struct evidence_http *http = evidence_add(set, EVIDENCE_HTTP, case_id, 2000000);

    http->leg = LEG_ANONYMOUS;
    http->step = STEP_ANONYMOUS;
    http->method = "CCM_POST";
    http->path = "/ccm_system_windowsauth/request";
    http->rtt_us = 12000;
    add_place(set, "c.cap", frame, reply_frame);
    return http;
}

static void answer(struct evidence_set *set, struct evidence_http *http, int64_t status)
{
    http->outcome = OUTCOME_REPLY;
    http->reply = evidence_new(&set->arena, &SHAPE_HTTP_REPLY);
    http->reply->status = status;
}

/* Judges the set and checks what its text has and lacks. */
static void check_told(const struct evidence_set *set, int verbosity, const char *has,
                       const char *lacks)
{
    const struct report_options options = {.verbosity = verbosity, .least = LEVEL_OK};
    struct arena arena = {0};
    struct judgement judgement;
    struct buffer text = {0};
    size_t column = 0;

    judge(set, &arena, &judgement);
    report_text(set, &judgement, &options, &text);
    for (size_t i = 0; i < text.length; i++) {
        const unsigned char byte = (unsigned char)text.data[i];

        column = byte == '\n' ? 0 : column + 1;
        assert_true(byte == '\n' || (byte >= 0x20 && byte < 0x7F));
        assert_true(column <= 80);
    }
    if (!strstr(buffer_text(&text), has) || (lacks && strstr(buffer_text(&text), lacks))) {
        fail_msg("expected \"%s\", not \"%s\", in:\n%s", has, lacks ? lacks : "",
                 buffer_text(&text));
    }
    buffer_release(&text);
    arena_release(&arena);
}

static void check_events(enum evidence_outcome outcome, int64_t frame, int64_t reply_frame,
                         const char *has, const char *lacks)
{
    struct evidence_set set;
    struct evidence_http *http;

    evidence_init(&set);
    add_run(&set, 1, "WK01");
    http = add_http(&set, 1, frame, reply_frame);
    if (outcome == OUTCOME_REPLY) {
        answer(&set, http, 401);
    }
    http->outcome = outcome;
    check_told(&set, 0, has, lacks);
    evidence_release(&set);
}

static void test_ladder(void **state)
{
    (void)state;
    check_events(OUTCOME_REPLY, 4, 10, "    10    0.012 s  |<--------------| 401", NULL);
    check_events(OUTCOME_REPLY, 4, UNKNOWN, "          0.012 s  |<--------------| 401", NULL);
    check_events(OUTCOME_REPLY, UNKNOWN, 10, "    10    0.000 s  |<--------------| 401", "|-----");
    check_events(OUTCOME_REPLY, UNKNOWN, 10, "Of a request that is not in the recording",
                 "The client issues");
    check_events(OUTCOME_TIMEOUT, 4, UNKNOWN, "                   |  x            | no answer",
                 "<---");
    check_events(OUTCOME_CLOSED, 4, UNKNOWN, "connection is closed without", "responds");
    check_events(OUTCOME_UNKNOWN, 4, UNKNOWN, "answer is not in", "responds");
}

static void add_kdc(struct evidence_set *set, int64_t frame)
{
    struct evidence_kdc *kdc = evidence_add(set, EVIDENCE_KDC, 1, 2000000);

    kdc->purpose = KDC_TGS;
    kdc->step = STEP_TICKET;
    kdc->realm = "CONTOSO.LAB";
    kdc->service = "HTTP/mp.contoso.lab";
    kdc->outcome = OUTCOME_TIMEOUT;
    add_place(set, "c.cap", frame, UNKNOWN);
}

/* What the client asks after it has signed in is in the ladder alone. */
static void test_end_of_story(void **state)
{
    struct evidence_set set;
    struct evidence_http *http;

    (void)state;
    evidence_init(&set);
    add_run(&set, 1, "WK01");
    http = add_http(&set, 1, 4, 10);
    answer(&set, http, 200);
    add_kdc(&set, 20);
    check_told(&set, 0, "requests a ticket", NULL);
    http->sent = evidence_new(&set.arena, &SHAPE_NEGOTIATE_TOKEN);
    check_told(&set, 0, "    20    0.000 s  |------->|      | TGS-REQ", "requests a ticket");
    evidence_release(&set);
}

/* A round trip as only a damaged file can have it leaves the reply's time unknown. */
static void test_endless_round_trip(void **state)
{
    struct evidence_set set;
    struct evidence_http *http;

    (void)state;
    evidence_init(&set);
    add_run(&set, 1, "WK01");
    http = add_http(&set, 1, 4, 10);
    answer(&set, http, 401);
    http->rtt_us = INT64_MAX;
    check_told(&set, 0, "    10             |<--------------| 401", NULL);
    evidence_release(&set);
}

/* Names that a capture can hold neither break the layout nor reach the terminal. */
static void test_hostile_names(void **state)
{
    char name[300];
    struct evidence_set set;
    struct evidence_run *run;
    struct evidence_registration *registration;

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    memcpy(name, "a\033[31m\n\xC3\xBC ", 10);
    evidence_init(&set);
    for (uint32_t i = 1; i <= 2; i++) {
        run = add_run(&set, i, name);
        run->client_address = name;
        run->target = name;
        answer(&set, add_http(&set, i, INT64_MAX, INT64_MAX), 401);
        add_place(&set, name, INT64_MAX, 0);
        registration = evidence_add(&set, EVIDENCE_REGISTRATION, i, 2000000);
        registration->name = name;
        registration->smsid = name;
        registration->status = INT64_MAX;
        registration->approval = -7;
    }
    check_told(&set, 1, "\\x1B[31m", NULL);
    evidence_release(&set);
}

/* Many clients are a table; their pages need -v. */
static void test_many_clients(void **state)
{
    struct evidence_set set;

    (void)state;
    evidence_init(&set);
    for (uint32_t i = 1; i <= 20; i++) {
        add_run(&set, i, "WK01");
        answer(&set, add_http(&set, i, 4, 10), 401);
    }
    check_told(&set, 0, "Client WK01 (20 of 20)", "What each client did");
    check_told(&set, 0, "Summary: 20 clients of mp.contoso.lab", "management points");
    add_run(&set, 21, "WK21");
    check_told(&set, 0, "Summary: 21 clients", "(20 of 21)");
    check_told(&set, 1, "Client WK21 (21 of 21)", "What each client did");
    evidence_release(&set);
}

/* The recordings alone: what they lack, by what they hold. */
static void test_nothing(void **state)
{
    struct evidence_set set;
    struct evidence_recording *recording;

    (void)state;
    evidence_init(&set);
    recording = evidence_add(&set, EVIDENCE_RECORDING, 0, 1000000);
    recording->name = "c.cap";
    check_told(&set, 0, "in what was read", "CCM_POST");
    recording->kerberos_messages = 0;
    check_told(&set, 0, "Kerberos either", "HTTPS");
    recording->kerberos_messages = 2;
    recording->tls_connections = 1;
    check_told(&set, 0, "Kerberos, but", "either");
    check_told(&set, 0, "HTTPS", NULL);
    recording->ccm_posts = 1;
    check_told(&set, 0, "but none", "Kerberos, but");
    check_told(&set, 0, "ccmprobe explain capture", NULL);
    evidence_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),     cmocka_unit_test(test_unknown_record),
        cmocka_unit_test(test_lines_of_a_log), cmocka_unit_test(test_ladder),
        cmocka_unit_test(test_end_of_story),   cmocka_unit_test(test_endless_round_trip),
        cmocka_unit_test(test_hostile_names),  cmocka_unit_test(test_many_clients),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
