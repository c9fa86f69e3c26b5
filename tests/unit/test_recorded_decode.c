/* SPDX-License-Identifier: Apache-2.0 */
/* Decoders that only recordings need: heads of requests, questions of DNS, LDAP. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/dns.h"
#include "decode/http_request.h"
#include "decode/ldap_message.h"
#include "evidence/shape.h"
#include "hostile.h"

static void test_request_lines(void **state)
{
    static const struct {
        const char *text;
        bool may_be;
        bool is;
        const char *path;
    } cases[] = {
        {"GET / HTTP/1.1\r\n", true, true, "/"},
        {"CCM_POST /ccm_system/request HTTP/1.0\n", true, true, "/ccm_system/request"},
        {"GET http://mp/x?a b HTTP/1.1\r\n", true, true, "http://mp/x?a b"},
        {"OPTIONS * HTTP/1.1\r\n", true, true, "*"},
        {"CONNECT mp:443 HTTP/1.1\r\n", true, true, "mp:443"},
        {"GET / HTTP/1.1", true, false, NULL},
        {"GE", true, false, NULL},
        {"GET h", true, false, NULL},
        {"GET / HTTP/2\r\n", true, false, NULL},
        {"GET mp HTTP/1.1\r\n", false, false, NULL},
        {"get / HTTP/1.1\r\n", false, false, NULL},
        {"AVERYLONGMETHODTHATNOBODYHAS / HTTP/1.1\r\n", false, false, NULL},
        {"GET HTTP/1.1\r\n", false, false, NULL},
        {" GET / HTTP/1.1\r\n", false, false, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = {0};
        struct evidence_http *http = evidence_new(&arena, shape_of(EVIDENCE_HTTP));
        const size_t length = strlen(cases[i].text);

        assert_int_equal(http_may_be_request(cases[i].text, length), cases[i].may_be);
        assert_int_equal(http_is_request(cases[i].text, length), cases[i].is);
        assert_int_equal(http_decode_request(&arena, cases[i].text, length, http), cases[i].is);
        if (cases[i].path) {
            assert_string_equal(http->path, cases[i].path);
            assert_int_equal(http->request_bytes, length);
        } else {
            assert_null(http->path);
        }
        arena_release(&arena);
    }
}

static void test_framing(void **state)
{
    static const struct {
        const char *head;
        struct http_framing framing;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", {.status = EVIDENCE_UNKNOWN, .length = EVIDENCE_UNKNOWN}},
        {"HEAD / HTTP/1.1\r\nContent-Length: 7\r\ncontent-length: 7\r\n\r\n",
         {.status = EVIDENCE_UNKNOWN, .length = 7, .is_head = true}},
        {"CCM_POST / HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n",
         {.status = EVIDENCE_UNKNOWN,
          .length = EVIDENCE_UNKNOWN,
          .chunked = true,
          .has_expect = true,
          .is_ccm_post = true}},
        {"CONNECT a:1 HTTP/1.1\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n",
         {.status = EVIDENCE_UNKNOWN, .length = EVIDENCE_UNKNOWN, .is_connect = true}},
        {"HTTP/1.1 304 Not\r\nContent-Length: -1\r\n\r\n",
         {.status = 304, .length = EVIDENCE_UNKNOWN}},
        {"HTTP/1.0 200\r\nContent-Length: 99999999999999999999\r\n\r\n",
         {.status = 200, .length = EVIDENCE_UNKNOWN}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct http_framing found = http_decode_framing(cases[i].head, strlen(cases[i].head));
        const struct http_framing *expected = &cases[i].framing;

        assert_int_equal(found.status, expected->status);
        assert_int_equal(found.length, expected->length);
        assert_int_equal(found.chunked, expected->chunked);
        assert_int_equal(found.has_expect, expected->has_expect);
        assert_int_equal(found.is_head, expected->is_head);
        assert_int_equal(found.is_connect, expected->is_connect);
        assert_int_equal(found.is_ccm_post, expected->is_ccm_post);
    }
}

static void test_tokens(void **state)
{
    static const struct {
        const char *head;
        const char *token; /* NULL: none */
    } cases[] = {
        {"GET / HTTP/1.1\r\nAuthorization: Negotiate YWJj\r\n\r\n", "abc"},
        {"GET / HTTP/1.1\r\nAuthorization: NTLM YWJj\r\n\r\n", "abc"},
        {"GET / HTTP/1.1\r\nAuthorization: kerberos YWJj\r\n\r\n", "abc"},
        {"GET / HTTP/1.1\r\nAuthorization: Basic YWJj\r\n\r\n", NULL},
        {"GET / HTTP/1.1\r\nAuthorization: Bearer YWJj\r\n\r\n", NULL},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: NTLM eHl6\r\nWWW-Authenticate: Negotiate "
         "YWJj\r\n\r\n",
         "abc"},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM YWJj\r\n\r\n",
         "abc"},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate, NTLM\r\n\r\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer token = {0};

        assert_int_equal(http_authentication_token(cases[i].head, strlen(cases[i].head), &token),
                         cases[i].token != NULL);
        assert_string_equal(buffer_text(&token), cases[i].token ? cases[i].token : "");
        buffer_release_secret(&token);
    }
}

static void test_dns_questions(void **state)
{
    struct buffer query = hostile_seed("dns/query");
    struct buffer answer = hostile_seed("dns/a");
    struct arena arena = {0};

    (void)state;
    for (size_t length = 0; length <= query.length; length++) {
        struct evidence_dns *dns = evidence_new(&arena, shape_of(EVIDENCE_DNS));
        struct dns_question_head head;
        const bool whole = dns_decode_question(&arena, query.data, length, &head, dns);

        if (length == query.length) {
            assert_true(whole);
            assert_false(head.is_reply);
            assert_non_null(dns->name);
            assert_non_null(dns->type);
        }
        if (length < 17) {
            assert_false(whole);
            assert_null(dns->name);
        }
    }
    {
        struct evidence_dns *dns = evidence_new(&arena, shape_of(EVIDENCE_DNS));
        struct dns_question_head head;

        assert_true(dns_decode_question(&arena, answer.data, answer.length, &head, dns));
        assert_true(head.is_reply);
    }
    arena_release(&arena);
    buffer_release(&query);
    buffer_release(&answer);
}

/* Appends an element with a short length. */
static void put(struct buffer *out, int tag, const struct buffer *content, const char *text)
{
    const size_t length = content ? content->length : strlen(text);

    assert_true(length < 128);
    buffer_putc(out, (char)tag);
    buffer_putc(out, (char)length);
    buffer_append(out, content ? content->data : text, length);
}

/* A search for "(tag)(attribute=value)" of one attribute. */
static void put_search(struct buffer *out, const char *attribute, const char *value, int depth)
{
    struct buffer filter = {0}, parts = {0}, body = {0}, message = {0}, list = {0};

    put(&parts, 0x04, NULL, attribute);
    put(&parts, 0x04, NULL, value);
    put(&filter, 0xA3, &parts, NULL);
    for (int i = 0; i < depth; i++) {
        struct buffer around = {0};

        put(&around, i == 0 ? 0xA2 : 0xA0, &filter, NULL);
        buffer_release(&filter);
        filter = around;
    }
    put(&body, 0x04, NULL, "dc=x");
    buffer_append(&body, "\x0A\x01\x02\x0A\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00", 15);
    buffer_append(&body, filter.data, filter.length);
    put(&list, 0x04, NULL, "cn");
    put(&body, 0x30, &list, NULL);
    buffer_append(&message, "\x02\x01\x07", 3);
    put(&message, 0x63, &body, NULL);
    put(out, 0x30, &message, NULL);
    buffer_release(&filter);
    buffer_release(&parts);
    buffer_release(&body);
    buffer_release(&message);
    buffer_release(&list);
}

static void test_ldap_searches(void **state)
{
    static const struct {
        const char *attribute;
        const char *value;
        int depth;
        const char *filter; /* NULL: of no interest */
    } cases[] = {
        {"servicePrincipalName", "HTTP/mp", 0, "(servicePrincipalName=HTTP/mp)"},
        {"SERVICEPRINCIPALNAME", "a*(b)", 1, "(!(SERVICEPRINCIPALNAME=a\\2a\\28b\\29))"},
        {"servicePrincipalName", "x", 2, "(&(!(servicePrincipalName=x)))"},
        {"servicePrincipalName", "x", 12, NULL},
        {"cn", "servicePrincipalName", 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = {0};
        struct buffer message = {0};
        struct evidence_search *search = evidence_new(&arena, shape_of(EVIDENCE_SEARCH));
        struct ldap_head head;

        put_search(&message, cases[i].attribute, cases[i].value, cases[i].depth);
        assert_int_equal(ldap_message_size(message.data, message.length), message.length);
        assert_true(ldap_message_head(message.data, message.length, &head));
        assert_int_equal(head.id, 7);
        assert_int_equal(head.operation, LDAP_OPERATION_SEARCH);
        assert_int_equal(ldap_decode_spn_search(&arena, message.data, message.length, search),
                         cases[i].filter != NULL);
        if (cases[i].filter) {
            assert_string_equal(search->filter, cases[i].filter);
            assert_string_equal(search->base, "dc=x");
            assert_string_equal(search->scope, "sub");
            assert_int_equal(search->attribute_count, 1);
        }
        for (size_t cut = 0; cut < message.length; cut++) {
            struct evidence_search *none = evidence_new(&arena, shape_of(EVIDENCE_SEARCH));

            assert_false(ldap_decode_spn_search(&arena, message.data, cut, none));
        }
        buffer_release(&message);
        arena_release(&arena);
    }
}

static void test_ldap_sizes(void **state)
{
    (void)state;
    assert_int_equal(ldap_message_size("", 0), 0);
    assert_int_equal(ldap_message_size("\x30", 1), 0);
    assert_int_equal(ldap_message_size("\x30\x84\x00\x00\x01", 5), 0);
    assert_int_equal(ldap_message_size("\x30\x84\x00\x00\x01\x05", 6), 0x105 + 6);
    assert_int_equal(ldap_message_size("\x00\x00\x00\x40", 4), SIZE_MAX);
    assert_int_equal(ldap_message_size("\x30\x85", 2), SIZE_MAX);
    assert_int_equal(ldap_message_size("\x30\x80", 2), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_lines), cmocka_unit_test(test_framing),
        cmocka_unit_test(test_tokens),        cmocka_unit_test(test_dns_questions),
        cmocka_unit_test(test_ldap_searches), cmocka_unit_test(test_ldap_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
