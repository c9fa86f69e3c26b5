/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "captures/http_stream.h"

/* Reads a stream in pieces and writes down its items: "H" with the head's length, "B" for each run
   of body bytes, "E", "L", "T". How a body ends is said by its head's "X:" field: n, a length, c
   (chunked), e (to the end). */
static void read_pieces(const char *text, size_t piece, bool is_request, struct buffer *out)
{
    struct budget budget = {.limit = 1024 * 1024};
    const struct mark mark = {1, 0};
    struct http_stream stream;
    size_t length = strlen(text);
    struct buffer body = {0};

    http_stream_init(&stream, is_request, &budget);
    for (size_t at = 0; at < length; at += piece) {
        struct http_piece in = {(const uint8_t *)text + at,
                                piece < length - at ? piece : length - at};
        struct http_piece found;
        enum http_item item;

        while ((item = http_stream_next(&stream, &mark, &in, &found)) != HTTP_ITEM_NONE) {
            const char *kind;

            if (item == HTTP_ITEM_BODY) {
                buffer_append(&body, found.bytes, found.length);
                continue;
            }
            if (body.length > 0) {
                buffer_printf(out, "B%s ", body.data);
                buffer_truncate(&body, 0);
            }
            if (item != HTTP_ITEM_HEAD) {
                buffer_puts(out, item == HTTP_ITEM_END    ? "E "
                                 : item == HTTP_ITEM_LOST ? "L "
                                                          : "T ");
                continue;
            }
            buffer_printf(out, "H%zu ", found.length);
            kind = memmem(found.bytes, found.length, "X:", 2);
            kind = kind ? kind + 2 : "n";
            http_stream_frame(&stream,
                              *kind == 'c'   ? HTTP_BODY_CHUNKED
                              : *kind == 'e' ? HTTP_BODY_TO_CLOSE
                              : *kind == 'n' ? HTTP_BODY_NONE
                                             : HTTP_BODY_LENGTH,
                              strtoul(kind, NULL, 10));
        }
    }
    if (body.length > 0) {
        buffer_printf(out, "B%s ", body.data);
    }
    if (http_stream_close(&stream)) {
        buffer_puts(out, "E ");
    }
    buffer_release(&body);
    http_stream_release(&stream);
    assert_int_equal(budget.used, 0);
}

static void test_items(void **state)
{
    static const struct {
        const char *text;
        bool is_request;
        const char *items;
    } cases[] = {
        {"GET / HTTP/1.1\r\n\r\n", true, "H18 E "},
        {"GET / HTTP/1.1\n\n", true, "H16 E "},
        {"\r\n\r\nGET / HTTP/1.1\r\nA: b\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", true, "H24 E H19 E "},
        {"CCM_POST /a HTTP/1.1\r\nX:5\r\n\r\nhelloGET / HTTP/1.1\r\n\r\n", true,
         "H29 Bhello E H18 E "},
        {"CCM_POST /a HTTP/1.1\r\nX:0\r\n\r\n", true, "H29 E "},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\n5\r\nhello\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nT: u\r\n\r\n"
         "HTTP/1.1 204 No\r\n\r\n",
         false, "H24 Bhello0123456789 E H19 E "},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\n0\r\n\r\n", false, "H24 E "},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\n00000\n\n", false, "H24 E "},
        {"HTTP/1.1 200 OK\r\nX:e\r\n\r\nall the rest", false, "H24 Ball the rest E "},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nX:2\r\n\r\nok", false, "H25 E H21 Bok E "},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\nzz\r\n", false, "H24 L "},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\n\r\n", false, "H24 L "},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\n1\r\nabc\r\n", false, "H24 Ba L "},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\nffffffffffffffff1\r\n", false, "H24 L "},
        {"HTTP/1.1 2x0 OK\r\n\r\n", false, "L "},
        {"HTTP/1.x 200 OK\r\n\r\n", false, "L "},
        {"HTTP/1.1 2000 OK\r\n\r\n", false, "L "},
        {"HTTP/1.1 200\rOK\r\n\r\n", false, "L "},
        {"SSH-2.0-OpenSSH\r\n", false, "L "},
        {"GET / SMTP/1.1\r\n", true, "L "},
        {"CWD /folder\r\n", true, "L "},
        {"get / HTTP/1.1\r\n\r\n", true, "L "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t piece = strlen(cases[i].text); piece > 0; piece--) {
            struct buffer items = {0};

            read_pieces(cases[i].text, piece, cases[i].is_request, &items);
            assert_string_equal(buffer_text(&items), cases[i].items);
            buffer_release(&items);
        }
    }
}

/* An endless header, a byte at a time, ends at the limit. */
static void test_endless_head(void **state)
{
    struct budget budget = {.limit = 1024 * 1024};
    const struct mark mark = {1, 0};
    struct http_piece found;
    struct http_stream stream;
    size_t given = 0;

    (void)state;
    http_stream_init(&stream, true, &budget);
    for (const char *line = "GET / HTTP/1.1\r\nA: "; *line; line++, given++) {
        struct http_piece in = {(const uint8_t *)line, 1};

        assert_int_equal(http_stream_next(&stream, &mark, &in, &found), HTTP_ITEM_NONE);
    }
    for (;; given++) {
        struct http_piece in = {(const uint8_t *)"a", 1};
        enum http_item item = http_stream_next(&stream, &mark, &in, &found);

        if (item != HTTP_ITEM_NONE) {
            assert_int_equal(item, HTTP_ITEM_TOO_LONG);
            break;
        }
        assert_true(given < HTTP_HEAD_LIMIT);
    }
    assert_false(stream.is_starved);
    assert_int_equal(budget.used, 0);
    http_stream_release(&stream);
}

/* All memory is spent by others. */
static void test_no_budget(void **state)
{
    struct budget budget = {.limit = 100};
    const struct mark mark = {1, 0};
    const char text[] = "GET / HTTP/1.1\r\nA: a long line that has no end yet, and needs memory to "
                        "be kept until its end comes";
    struct http_piece in = {(const uint8_t *)text, sizeof(text) - 1};
    struct http_stream stream;
    struct http_piece found;

    (void)state;
    http_stream_init(&stream, true, &budget);
    assert_int_equal(http_stream_next(&stream, &mark, &in, &found), HTTP_ITEM_TOO_LONG);
    assert_true(stream.is_starved);
    http_stream_release(&stream);
}

static void test_gaps(void **state)
{
    static const struct {
        const char *before;
        uint64_t lost;
        bool is_in_step;
        const char *after;
        enum http_item item; /* the first of what comes after it */
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nX:9\r\n\r\nabc", 5, true, "i", HTTP_ITEM_BODY},
        {"HTTP/1.1 200 OK\r\nX:9\r\n\r\nabc", 6, true, "", HTTP_ITEM_END},
        {"HTTP/1.1 200 OK\r\nX:9\r\n\r\nabc", 7, false, "HTTP/1.1 200 OK\r\n\r\n", HTTP_ITEM_HEAD},
        {"HTTP/1.1 200 OK\r\nX:9\r\n\r\nabc", 7, false, "some of another head\r\n\r\n",
         HTTP_ITEM_NONE},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\n5\r\n", 5, true, "\r\n3\r\nabc", HTTP_ITEM_BODY},
        {"HTTP/1.1 200 OK\r\nX:c\r\n\r\n5\r\n", 6, false, "\n3\r\nabc", HTTP_ITEM_NONE},
        {"HTTP/1.1 200 OK\r\nX:e\r\n\r\n5\r\n", 600, true, "x", HTTP_ITEM_BODY},
        {"HTTP/1.1 200 OK\r\nX:", 3, false, "\r\nServer: x\r\n\r\n", HTTP_ITEM_NONE},
        {"", 3, false, "HTTP/1.1 200 OK\r\n", HTTP_ITEM_NONE},
        {"", 3, false, "HTTP/1.1 200 OK\r\n\r\n", HTTP_ITEM_HEAD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct budget budget = {.limit = 1024 * 1024};
        const struct mark mark = {1, 0};
        struct http_piece in = {(const uint8_t *)cases[i].before, strlen(cases[i].before)};
        struct http_piece found;
        struct http_stream stream;
        enum http_item item;

        http_stream_init(&stream, false, &budget);
        while ((item = http_stream_next(&stream, &mark, &in, &found)) != HTTP_ITEM_NONE) {
            if (item == HTTP_ITEM_HEAD) {
                const char kind = cases[i].before[19];

                http_stream_frame(&stream,
                                  kind == 'c'   ? HTTP_BODY_CHUNKED
                                  : kind == 'e' ? HTTP_BODY_TO_CLOSE
                                                : HTTP_BODY_LENGTH,
                                  9);
            }
        }
        assert_int_equal(http_stream_gap(&stream, cases[i].lost), cases[i].is_in_step);
        in = (struct http_piece){(const uint8_t *)cases[i].after, strlen(cases[i].after)};
        assert_int_equal(http_stream_next(&stream, &mark, &in, &found), cases[i].item);
        http_stream_release(&stream);
        assert_int_equal(budget.used, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),
        cmocka_unit_test(test_endless_head),
        cmocka_unit_test(test_no_budget),
        cmocka_unit_test(test_gaps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
