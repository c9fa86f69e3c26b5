/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "decode/http.h"
#include "hostile.h"

static void assert_text(const char *text, const char *expected)
{
    if (expected) {
        assert_non_null(text);
        assert_string_equal(text, expected);
    } else {
        assert_null(text);
    }
}

/* The schemes with a space between them. */
static void assert_schemes(const struct http_reply *reply, const char *expected)
{
    struct buffer all = {0};

    for (size_t i = 0; i < reply->scheme_count; i++) {
        buffer_printf(&all, "%s%s", i > 0 ? " " : "", reply->schemes[i]);
    }
    assert_string_equal(buffer_text(&all), expected);
    buffer_release(&all);
}

static void test_heads(void **state)
{
    static const struct {
        const char *head;
        int64_t status; /* 0: no HTTP */
        const char *version;
        const char *reason;
        const char *schemes;
    } cases[] = {
        {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: "
         "NTLM\r\n\r\n",
         401, "HTTP/1.1", "Unauthorized", "Negotiate NTLM"},
        {"HTTP/2 401 \r\nwww-authenticate: Negotiate, NTLM\r\n\r\n", 401, "HTTP/2", NULL,
         "Negotiate NTLM"},
        {"HTTP/1.0 200 OK\nWWW-Authenticate:Basic realm=\"x, y\", Kerberos\n\n", 200, "HTTP/1.0",
         "OK", "Basic Kerberos"},
        {"HTTP/1.1 401\r\nWWW-Authenticate: ,, Digest a=b , c=\"d\\\"e, f\", NTLM abc= ,\r\n\r\n",
         401, "HTTP/1.1", NULL, "Digest NTLM"},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Basic\r\n realm=\"x\",\r\n\tNegotiate\r\n\r\n", 401,
         "HTTP/1.1", "A", "Basic Negotiate"},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NT", 401, "HTTP/1.1",
         "A", "Negotiate"}, /* a cut field is unknown */
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Basic\r\n realm", 401, "HTTP/1.1", "A", ""},
        {"HTTP/1.1 401 A\r\n\r\nWWW-Authenticate: Negotiate\r\n\r\n", 401, "HTTP/1.1", "A", ""},
        {"HTTP/1.1 401 Unau", 401, "HTTP/1.1", NULL, ""},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\n\r\n", 404, "HTTP/1.1", "No", ""},
        {"HTTP/1.1 100 Continue\r\n\r\n", 100, "HTTP/1.1", "Continue", ""},
        {"HTTP/1.1 200 \x01\xFFx\r\n\r\n", 200, "HTTP/1.1", "\\x01\\xFFx", ""},
        {"HTTP/1.1 40", 0, NULL, NULL, NULL},
        {"HTTP/1.1 4010 A\r\n\r\n", 0, NULL, NULL, NULL},
        {"HTTP/1.1  401 A\r\n\r\n", 0, NULL, NULL, NULL},
        {"http/1.1 401 A\r\n\r\n", 0, NULL, NULL, NULL},
        {"ICY 200 OK\r\n\r\n", 0, NULL, NULL, NULL},
        {"SSH-2.0-OpenSSH_9.2\r\n", 0, NULL, NULL, NULL},
        {"", 0, NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = {0};
        struct http_reply *reply = http_decode_head(&arena, cases[i].head, strlen(cases[i].head));

        if (cases[i].status == 0) {
            assert_null(reply);
        } else {
            assert_non_null(reply);
            assert_int_equal(reply->status, cases[i].status);
            assert_text(reply->version, cases[i].version);
            assert_text(reply->reason, cases[i].reason);
            assert_schemes(reply, cases[i].schemes);
            assert_true(reply->body_bytes == EVIDENCE_UNKNOWN);
            assert_true(reply->substatus == EVIDENCE_UNKNOWN);
            assert_int_equal(reply->is_mplist, TRI_UNKNOWN);
        }
        arena_release(&arena);
    }
}

static void test_fields(void **state)
{
    static const char head[] = "HTTP/1.1 301 Moved\r\n"
                               "Server: Microsoft-IIS/10.0 \r\n"
                               "server: second\r\n"
                               "no field\r\n"
                               "Via: 1.1 one\r\nVia: 1.1\r\n two\r\n"
                               "CONNECTION: close\r\n"
                               "Content-Type:text/html; charset=utf-8\r\n"
                               "Location: http://mp.contoso.lab/\r\n"
                               "Date: Sat, 21 Nov 2026 00:56:57 GMT\r\n"
                               "\r\nbody";
    struct arena arena = {0};
    struct http_reply *reply = http_decode_head(&arena, head, strlen(head));
    char text[CLOCK_TEXT_SIZE];

    (void)state;
    assert_non_null(reply);
    assert_string_equal(reply->server, "Microsoft-IIS/10.0");
    assert_string_equal(reply->via, "1.1 one, 1.1 two");
    assert_string_equal(reply->connection, "close");
    assert_string_equal(reply->content_type, "text/html; charset=utf-8");
    assert_string_equal(reply->location, "http://mp.contoso.lab/");
    assert_string_equal(clock_format(reply->date, text), "2026-11-21T00:56:57.000000Z");
    assert_int_equal(reply->head_bytes, strlen(head) - strlen("body"));

    reply = http_decode_head(&arena, head, strlen("HTTP/1.1 301 Moved\r\nServer: Micro"));
    assert_null(reply->server);
    assert_true(reply->date == EVIDENCE_UNKNOWN);
    assert_true(reply->head_bytes == EVIDENCE_UNKNOWN);
    arena_release(&arena);
}

static void test_dates(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000000Z"},
        {"Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37.000000Z"},
        {"Saturday, 21-Nov-26 00:56:57 GMT", "2026-11-21T00:56:57.000000Z"},
        {"Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37.000000Z"},
        {"Sat Nov 21 00:56:57 2026", "2026-11-21T00:56:57.000000Z"},
        {"Sun, 6 Nov 1994 08:49:37 GMT", NULL},
        {"Sun, 06 Nov 1994 08:49:37 CET", NULL},
        {"Sun, 06 nov 1994 08:49:37 GMT", NULL},
        {"Sun, 32 Nov 1994 08:49:37 GMT", NULL},
        {"Sun, 06 Nov 1994 24:49:37 GMT", NULL},
        {"Sun, 06 Nov 1994 08:49:37 GMT ", NULL},
        {"06 Nov 1994 08:49:37 GMT", NULL},
        {"0", NULL},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[CLOCK_TEXT_SIZE];
        int64_t date = -1;

        assert_int_equal(http_parse_date(cases[i].text, strlen(cases[i].text), &date),
                         cases[i].expected != NULL);
        if (cases[i].expected) {
            assert_string_equal(clock_format(date, text), cases[i].expected);
        } else {
            assert_int_equal(date, -1);
        }
    }
}

static void test_tokens(void **state)
{
    static const struct {
        const char *head;
        const char *token; /* NULL: none */
    } cases[] = {
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate dG9rZW4=\r\n\r\n", "token"},
        {"HTTP/1.1 200 A\r\nwww-authenticate: negotiate   dG9rZW4\r\n\r\n", "token"},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: NTLM YWJj, Negotiate dG9r\r\n ZW4= , Basic\r\n\r\n",
         "token"},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: Negotiate dG9rZW4=\r\n"
         "\r\n",
         "token"},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate "
         "dG9rZW4=\r\n\r\n",
         "token"},
        {"CCM_POST /x HTTP/1.1\r\nAuthorization: Negotiate dG9rZW4=\r\n\r\n", "token"},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate\r\n\r\n", NULL},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: NTLM dG9rZW4=\r\n\r\n", NULL},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Basic realm=\"Negotiate dG9rZW4=\"\r\n\r\n", NULL},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate dG9r ZW4=x\r\n\r\n", NULL},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate dG9~rZW4=\r\n\r\n", NULL},
        {"HTTP/1.1 401 A\r\nWWW-Authenticate: Negotiate dG9rZW4=", NULL}, /* cut */
        {"HTTP/1.1 401 A\r\n\r\nHTTP/1.1 200 A\r\nWWW-Authenticate: Negotiate dG9rZW4=\r\n\r\n",
         NULL}, /* the next reply */
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer token = {0};

        buffer_puts(&token, "-");
        assert_int_equal(http_negotiate_token(cases[i].head, strlen(cases[i].head), &token),
                         cases[i].token != NULL);
        assert_int_equal(token.length, 1 + (cases[i].token ? strlen(cases[i].token) : 0));
        if (cases[i].token) {
            assert_string_equal(token.data + 1, cases[i].token);
        }
        buffer_release_secret(&token);
    }
}

static void test_bodies(void **state)
{
    static const struct {
        int64_t status;
        const char *body;
        int64_t substatus;
        const char *page;
        enum evidence_tri is_mplist;
    } cases[] = {
        {401, "<title>x</title><h3>HTTP Error 401.2 - Unauthorized</h3>", 401002, "x", TRI_NO},
        {403, "\xEF\xBB\xBF<h2>HTTP Error 403.7 - Forbidden: SSL<br>(IIS)</h2>", 403007,
         "HTTP Error 403.7 - Forbidden: SSL (IIS)", TRI_NO},
        {404, "<TITLE lang=en>IIS 7.5-Detailfehler - 404.13 - Not Found</TITLE>", 404013,
         "IIS 7.5-Detailfehler - 404.13 - Not Found", TRI_NO},
        {400,
         "<TITLE>Bad Request</TITLE><h2>Bad Request - Request Too Long</h2>"
         "<p>HTTP Error 400. The size of the request headers is too long.</p>",
         EVIDENCE_UNKNOWN, "Bad Request - Request Too Long", TRI_NO},
        {401, "<title>401 - Unauthorized</title><h1>Server Error</h1>", EVIDENCE_UNKNOWN,
         "401 - Unauthorized", TRI_NO},
        {200, "HTTP Error 401.2 - of another page", EVIDENCE_UNKNOWN, NULL, TRI_NO},
        {401, "HTTP Error 401.2", EVIDENCE_UNKNOWN, NULL, TRI_NO}, /* may go on */
        {401, "HTTP Error 401.2345 ", EVIDENCE_UNKNOWN, NULL, TRI_NO},
        {401, "<title>v1.401.2 10401.2 401.x</title>", EVIDENCE_UNKNOWN, "v1.401.2 10401.2 401.x",
         TRI_NO},
        {500, "<title> a &amp;\n\t<b>b</b> <titles></title>", EVIDENCE_UNKNOWN, "a &amp; b",
         TRI_NO},
        {500, "<title>open", EVIDENCE_UNKNOWN, "open", TRI_NO},
        {500, "<title", EVIDENCE_UNKNOWN, NULL, TRI_NO},
        {200, "<MPList><MP Name=\"MP\"/></MPList>", EVIDENCE_UNKNOWN, NULL, TRI_YES},
        {200, "<?xml version=\"1.0\"?>\r\n<!-- x -->\r\n<MPList/>", EVIDENCE_UNKNOWN, NULL,
         TRI_YES},
        {200, "<MPListing>", EVIDENCE_UNKNOWN, NULL, TRI_NO},
        {200, "<html><MPList>", EVIDENCE_UNKNOWN, NULL, TRI_NO},
        {200, "<MPLi", EVIDENCE_UNKNOWN, NULL, TRI_UNKNOWN},
        {200, "<?xml ver", EVIDENCE_UNKNOWN, NULL, TRI_UNKNOWN},
        {200, "", EVIDENCE_UNKNOWN, NULL, TRI_NO},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = {0};
        struct http_reply reply = {.status = cases[i].status, .substatus = EVIDENCE_UNKNOWN};

        http_decode_body(&arena, cases[i].body, strlen(cases[i].body), &reply);
        assert_true(reply.substatus == cases[i].substatus);
        assert_text(reply.page, cases[i].page);
        assert_int_equal(reply.is_mplist, cases[i].is_mplist);
        assert_int_equal(reply.body_bytes, strlen(cases[i].body));
        arena_release(&arena);
    }
}

/* Whole replies of IIS, HTTP.sys and the lab's servers. */
static void test_seeds(void **state)
{
    static const struct {
        const char *name;
        int64_t status;
        int64_t substatus;
        const char *schemes;
        const char *page;
    } cases[] = {
        {"http/iis10-401.2", 401, 401002, "Negotiate NTLM",
         "IIS 10.0 Detailed Error - 401.2 - Unauthorized"},
        {"http/iis10-401", 401, EVIDENCE_UNKNOWN, "Negotiate NTLM",
         "401 - Unauthorized: Access is denied due to invalid credentials."},
        {"http/iis6-403.7", 403, 403007, "", "The page requires a client certificate"},
        {"http/utf16-500.19", 500, 500019, "",
         "IIS 8.5 Detailed Error - 500.19 - Internal Server Error"},
        {"http/mp-long-nego", 400, EVIDENCE_UNKNOWN, "", "Bad Request - Request Too Long"},
        {"http/mp-pki-nego", 403, 403007, "", "403 - Forbidden: Access is denied."},
        {"http/mp-ntlm-anon", 401, EVIDENCE_UNKNOWN, "NTLM", "401 Unauthorized"},
        {"http/mp-user-nego", 401, EVIDENCE_UNKNOWN, "Negotiate", "401 Unauthorized"},
        {"http/challenges", 401, EVIDENCE_UNKNOWN, "Digest Negotiate NTLM Basic", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer seed = hostile_seed(cases[i].name);
        struct arena arena = {0};
        struct http_reply *reply = http_decode_head(&arena, seed.data, seed.length);
        size_t head;

        assert_non_null(reply);
        head = (size_t)reply->head_bytes;
        http_decode_body(&arena, seed.data + head, seed.length - head, reply);
        assert_int_equal(reply->status, cases[i].status);
        assert_true(reply->substatus == cases[i].substatus);
        assert_text(reply->page, cases[i].page);
        assert_schemes(reply, cases[i].schemes);
        assert_true(reply->date != EVIDENCE_UNKNOWN);
        arena_release(&arena);
        buffer_release(&seed);
    }
}

static void test_page_is_limited(void **state)
{
    struct buffer body = {0};
    struct arena arena = {0};
    struct http_reply reply = {.status = 500};

    (void)state;
    buffer_puts(&body, "<title>");
    for (int i = 0; i < 100000; i++) {
        buffer_puts(&body, i % 2 ? "<" : "x");
    }
    http_decode_body(&arena, body.data, body.length, &reply);
    assert_non_null(reply.page);
    assert_in_range(strlen(reply.page), 100, 120);
    arena_release(&arena);
    buffer_release(&body);
}

static void decode(const void *bytes, size_t length)
{
    struct buffer token = {0};
    struct arena arena = {0};
    struct http_reply *reply = http_decode_head(&arena, bytes, length);

    if (reply) {
        size_t head = reply->head_bytes == EVIDENCE_UNKNOWN ? 0 : (size_t)reply->head_bytes;

        http_decode_body(&arena, (const char *)bytes + head, length - head, reply);
    }
    http_negotiate_token(bytes, length, &token);
    buffer_release_secret(&token);
    arena_release(&arena);
}

static void test_hostile(void **state)
{
    static const char *const names[] = {"http/challenges", "http/iis6-403.7", "http/utf16-500.19",
                                        "http/mp-user-nego", "http/interim"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct buffer seed = hostile_seed(names[i]);

        hostile_cut(seed.data, seed.length, decode);
        hostile_flip(seed.data, seed.length, decode);
        buffer_release(&seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heads),   cmocka_unit_test(test_fields),
        cmocka_unit_test(test_dates),   cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_bodies),  cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_page_is_limited),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
