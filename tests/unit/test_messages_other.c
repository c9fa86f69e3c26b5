/* SPDX-License-Identifier: Apache-2.0 */
/* DNS, LDAP and the CCM message in recordings: what becomes of what was sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hostile.h"
#include "player.h"

/* The question of an answer: everything up to the end of the question section. */
static struct buffer question_of(const struct buffer *answer)
{
    struct buffer question = {0};
    size_t end = 12;

    while (answer->data[end] != 0) {
        end += (size_t)(unsigned char)answer->data[end] + 1;
    }
    buffer_append(&question, answer->data, end + 5);
    question.data[2] = 1; /* no reply; recursion desired */
    question.data[3] = 0;
    memset(question.data + 6, 0, 6);
    return question;
}

static void test_dns(void **state)
{
    struct buffer answer = hostile_seed("dns/srv-kdc");
    struct buffer question = question_of(&answer);
    struct player player;

    (void)state;
    player_init(&player);
    player_datagram(&player, 0, SIDE_OPENER, 53, question.data, question.length);
    player_datagram(&player, 0, SIDE_OPENER, 53, question.data, question.length);
    player_datagram(&player, 0, SIDE_OTHER, 53, answer.data, answer.length);
    player_datagram(&player, 0, SIDE_OTHER, 53, answer.data, answer.length);
    player_datagram(&player, 1, SIDE_OTHER, 53, answer.data, answer.length); /* comes first */
    player_datagram(&player, 1, SIDE_OPENER, 53, question.data, question.length);
    player_datagram(&player, 2, SIDE_OPENER, 53, question.data, question.length);
    player_wait(&player, 2000000);
    player_datagram(&player, 3, SIDE_OPENER, 53, question.data, question.length);
    question.data[question.length - 3] = 6; /* SOA: counted only */
    player_datagram(&player, 4, SIDE_OPENER, 53, question.data, question.length);
    player_datagram(&player, 5, SIDE_OPENER, 53, question.data, 11);
    player_end(&player);
    assert_int_equal(player.set.count, 5);
    assert_int_equal(player.set.records[0].dns->outcome, DNS_ANSWER);
    assert_int_equal(player.set.records[0].dns->rtt_us, 20000);
    assert_string_equal(player.set.records[0].dns->server, "10.0.0.2");
    assert_int_equal(player.set.records[1].dns->outcome, DNS_ANSWER);
    assert_int_equal(player.set.records[1].dns->rtt_us, EVIDENCE_UNKNOWN);
    assert_int_equal(player.set.records[2].dns->outcome, DNS_UNKNOWN);
    assert_int_equal(player.set.records[3].dns->outcome, DNS_TIMEOUT);
    assert_int_equal(player.set.records[4].dns->outcome, DNS_UNKNOWN);
    assert_string_equal(player.set.records[4].dns->type, "SRV");
    assert_int_equal(player.recording.dns_messages, 10);
    player_release(&player);
    buffer_release(&answer);
    buffer_release(&question);
}

static void put_record(struct buffer *out, const struct buffer *message)
{
    buffer_putc(out, (char)(message->length >> 8));
    buffer_putc(out, (char)message->length);
    buffer_append(out, message->data, message->length);
}

static void test_dns_over_tcp(void **state)
{
    struct buffer answer = hostile_seed("dns/a");
    struct buffer question = question_of(&answer);
    struct buffer asked = {0}, answered = {0};

    (void)state;
    put_record(&asked, &question);
    put_record(&answered, &answer);
    for (size_t piece = 0; piece < 20; piece++) {
        struct player player;

        player_init(&player);
        player.piece = piece;
        player_connect(&player, 0, 53);
        player_data(&player, 0, SIDE_OPENER, asked.data, asked.length);
        player_data(&player, 0, SIDE_OTHER, answered.data, answered.length);
        player_end(&player);
        assert_int_equal(player.set.count, 1);
        assert_int_equal(player.set.records[0].dns->outcome, DNS_ANSWER);
        player_release(&player);
    }
    buffer_release(&answer);
    buffer_release(&question);
    buffer_release(&asked);
    buffer_release(&answered);
}

/* (servicePrincipalName=a) below "", two entries and the end, numbers 7; one for number 8. */
static const char SEARCH[] = "\x30\x33\x02\x01\x07\x63\x2e\x04\x00\x0a\x01\x02\x0a\x01\x00\x02\x01"
                             "\x00\x02\x01\x00\x01\x01\x00"
                             "\xa3\x19\x04\x14servicePrincipalName\x04\x01"
                             "a\x30\x00";
static const char ENTRY[] = "\x30\x09\x02\x01\x07\x64\x04\x04\x00\x30\x00";
static const char OTHER[] = "\x30\x09\x02\x01\x08\x64\x04\x04\x00\x30\x00";
static const char DONE[] = "\x30\x0c\x02\x01\x07\x65\x07\x0a\x01\x00\x04\x00\x04\x00";

static void test_ldap(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < 20; piece++) {
        struct player player;

        player_init(&player);
        player.piece = piece;
        player_connect(&player, 0, 3268);
        player_data(&player, 0, SIDE_OPENER, SEARCH, sizeof(SEARCH) - 1);
        player_data(&player, 0, SIDE_OTHER, ENTRY, sizeof(ENTRY) - 1);
        player_data(&player, 0, SIDE_OTHER, OTHER, sizeof(OTHER) - 1);
        player_data(&player, 0, SIDE_OTHER, ENTRY, sizeof(ENTRY) - 1);
        player_data(&player, 0, SIDE_OTHER, DONE, sizeof(DONE) - 1);
        player_data(&player, 0, SIDE_OPENER, SEARCH, sizeof(SEARCH) - 1);
        player_data(&player, 0, SIDE_OTHER, "\x00\x00\x00\x40\x05\x04", 6); /* sealed */
        assert_true(player.is_boring[0]);
        player_end(&player);
        assert_string_equal(buffer_text(&player.lines), "search 3-7 (servicePrincipalName=a) 2\n"
                                                        "search 8-0 (servicePrincipalName=a) 0\n");
        assert_int_equal(player.set.records[0].search->outcome, OUTCOME_REPLY);
        assert_int_equal(player.set.records[0].search->result, 0);
        assert_int_equal(player.set.records[0].search->port, 3268);
        assert_int_equal(player.set.records[1].search->outcome, OUTCOME_UNKNOWN);
        assert_int_equal(player.recording.ldap_messages, 6);
        player_release(&player);
    }
}

static void put_http(struct buffer *out, const char *line, const struct buffer *body)
{
    buffer_printf(out,
                  "%s\r\nContent-Type: multipart/mixed; boundary=\"x\"\r\n"
                  "Content-Length: %zu\r\n\r\n",
                  line, body->length);
    buffer_append(out, body->data, body->length);
}

/* A registration and the MP's answer to it: one record of both. */
static void test_registration(void **state)
{
    struct buffer request = hostile_seed("ccm_message/request.bin");
    struct buffer reply = hostile_seed("ccm_message/response.bin");
    struct buffer asked = {0}, answered = {0};

    (void)state;
    put_http(&asked, "CCM_POST /ccm_system_windowsauth/request HTTP/1.1", &request);
    put_http(&answered, "HTTP/1.1 200 OK", &reply);
    for (size_t piece = 0; piece < 3000; piece = piece * 2 + 1) {
        const struct evidence_registration *registration;
        struct player player;

        player_init(&player);
        player.piece = piece;
        player_connect(&player, 0, 80);
        player_data(&player, 0, SIDE_OPENER, asked.data, asked.length);
        player_data(&player, 0, SIDE_OTHER, answered.data, answered.length);
        player_end(&player);
        assert_int_equal(player.set.count, 2);
        assert_int_equal(player.set.records[1].kind, EVIDENCE_REGISTRATION);
        registration = player.set.records[1].registration;
        assert_int_equal(registration->source, REGISTRATION_CAPTURE);
        assert_string_equal(registration->address, "10.0.0.1");
        assert_string_equal(registration->type, "Registration");
        assert_non_null(registration->name);
        assert_int_not_equal(registration->status, EVIDENCE_UNKNOWN);
        assert_int_equal(player.set.records[0].http->reply->body_bytes, reply.length);
        player_release(&player);
    }
    buffer_release(&request);
    buffer_release(&reply);
    buffer_release(&asked);
    buffer_release(&answered);
}

/* Files that are uploaded with CCM_POST leave no memory behind, and are no registration. */
static void test_uploads(void **state)
{
    struct buffer body = {0}, asked = {0};
    struct player player;

    (void)state;
    while (body.length < 100000) {
        buffer_puts(&body, "no message at all ");
    }
    put_http(&asked, "CCM_POST /ccm_system/request HTTP/1.1", &body);
    player_init(&player);
    player.piece = 1460;
    player_connect(&player, 0, 80);
    for (int i = 0; i < 200; i++) {
        player_data(&player, 0, SIDE_OPENER, asked.data, asked.length);
        player_data(&player, 0, SIDE_OTHER, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 38);
    }
    player_end(&player);
    assert_int_equal(player.set.count, 200);
    assert_int_equal(player.recording.limit_count, 0);
    player_release(&player);
    buffer_release(&body);
    buffer_release(&asked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dns),     cmocka_unit_test(test_dns_over_tcp),
        cmocka_unit_test(test_ldap),    cmocka_unit_test(test_registration),
        cmocka_unit_test(test_uploads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
