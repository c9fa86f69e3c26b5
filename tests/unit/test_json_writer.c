/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as it is written, beside jansson's. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/json_writer.h"

static const char WIDE[] = "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xEF\xBF\xBF";

/* One of everything, three deep. */
static void write_everything(struct json_writer *writer)
{
    writer_object(writer, NULL);
    writer_text(writer, "text", "a \"quoted\" \\ line\n\twith \b\f\r\x01\x1F\x7F");
    writer_text(writer, "utf-8", WIDE);
    writer_text(writer, "empty", "");
    writer_array(writer, "none");
    writer_array_end(writer);
    writer_object(writer, "nothing");
    writer_object_end(writer);
    writer_array(writer, "numbers");
    writer_integer(writer, NULL, 0);
    writer_integer(writer, NULL, INT64_MIN);
    writer_integer(writer, NULL, INT64_MAX);
    writer_object(writer, NULL);
    writer_boolean(writer, "yes", true);
    writer_boolean(writer, "no", false);
    writer_null(writer, "null");
    writer_text(writer, "unknown", NULL);
    writer_object_end(writer);
    writer_array_end(writer);
    writer_integer(writer, "last", -1);
    writer_object_end(writer);
    writer_finish(writer);
}

static void check_like_jansson(enum json_style style, size_t flags)
{
    struct buffer text = {0};
    struct json_writer writer = {.out = &text, .style = style};
    json_t *value;
    char *expected;

    write_everything(&writer);
    value = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(value);
    assert_int_equal(json_object_size(value), 7);
    assert_string_equal(json_string_value(json_object_get(value, "utf-8")), WIDE);
    expected = json_dumps(value, flags);
    assert_int_equal(text.data[text.length - 1], '\n');
    buffer_truncate(&text, text.length - 1);
    assert_string_equal(text.data, expected);
    free(expected);
    json_decref(value);
    buffer_release(&text);
}

static void test_styles(void **state)
{
    (void)state;
    check_like_jansson(JSON_STYLE_INDENTED, JSON_INDENT(2));
    check_like_jansson(JSON_STYLE_INDENTED_ASCII, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    check_like_jansson(JSON_STYLE_LINE, JSON_COMPACT | JSON_ENSURE_ASCII);
}

static void check_text(const char *bytes, const char *expected)
{
    struct buffer text = {0};
    struct json_writer writer = {.out = &text};

    writer_text(&writer, NULL, bytes);
    assert_string_equal(text.data, expected);
    buffer_release(&text);
}

/* RFC 3629 3: no longer forms, no surrogates, nothing above U+10FFFF, nothing cut short. */
static void test_what_is_no_utf8(void **state)
{
    (void)state;
    check_text("a\x80z", "\"a\\\\x80z\"");
    check_text("\xC3", "\"\\\\xC3\"");
    check_text("\xE2\x82", "\"\\\\xE2\\\\x82\"");
    check_text("\xF0\x9F\x98", "\"\\\\xF0\\\\x9F\\\\x98\"");
    check_text("\xC1\xBF", "\"\\\\xC1\\\\xBF\"");
    check_text("\xE0\x9F\xBF", "\"\\\\xE0\\\\x9F\\\\xBF\"");
    check_text("\xF0\x8F\xBF\xBF", "\"\\\\xF0\\\\x8F\\\\xBF\\\\xBF\"");
    check_text("\xED\xA0\x80", "\"\\\\xED\\\\xA0\\\\x80\"");
    check_text("\xF4\x90\x80\x80", "\"\\\\xF4\\\\x90\\\\x80\\\\x80\"");
    check_text("\xF5\x80\x80\x80", "\"\\\\xF5\\\\x80\\\\x80\\\\x80\"");
    check_text("\xF4\x8F\xBF\xBF", "\"\xF4\x8F\xBF\xBF\"");
    check_text("\xE0\xA0\x80", "\"\xE0\xA0\x80\"");
}

static void test_deep(void **state)
{
    enum { DEPTH = 40 };
    struct buffer text = {0};
    struct json_writer writer = {.out = &text};
    json_t *value;
    char *expected;

    (void)state;
    for (int i = 0; i < DEPTH; i++) {
        writer_array(&writer, NULL);
    }
    writer_integer(&writer, NULL, 1);
    for (int i = 0; i < DEPTH; i++) {
        writer_array_end(&writer);
    }
    value = json_loadb(text.data, text.length, 0, NULL);
    expected = json_dumps(value, JSON_INDENT(2));
    assert_string_equal(text.data, expected);
    free(expected);
    json_decref(value);
    buffer_release(&text);
}

static void write_many(struct json_writer *writer)
{
    writer_array(writer, NULL);
    for (int i = 0; i < 100000; i++) {
        writer_text(writer, NULL, "what is written is not kept");
    }
    writer_array_end(writer);
    writer_finish(writer);
}

static void test_sink(void **state)
{
    char name[] = "test_json_writer.XXXXXX";
    struct file_sink sink = {.fd = mkstemp(name)};
    struct buffer whole = {0};
    struct buffer text = {0};
    struct buffer written = {0};
    struct json_writer kept = {.out = &whole};
    struct json_writer writer = {.out = &text, .sink = &sink};
    struct ccm_error error = {{0}};

    (void)state;
    assert_true(sink.fd >= 0);
    write_many(&kept);
    write_many(&writer);
    assert_int_equal(sink.problem, 0);
    assert_int_equal(text.length, 0);
    assert_true(text.capacity < 1024 * 1024);
    assert_int_equal(file_read(name, 2 * whole.length, &written, &error), CCM_OK);
    assert_string_equal(written.data, whole.data);
    close(sink.fd);
    unlink(name);
    buffer_release(&whole);
    buffer_release(&text);
    buffer_release(&written);
}

static void test_sink_that_fails(void **state)
{
    struct buffer text = {0};
    struct file_sink sink = {.fd = open("/dev/full", O_WRONLY)};
    struct json_writer writer = {.out = &text, .sink = &sink};

    (void)state;
    if (sink.fd < 0) {
        skip();
    }
    write_many(&writer);
    assert_int_not_equal(sink.problem, 0);
    assert_int_equal(text.length, 0);
    close(sink.fd);
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_styles),
        cmocka_unit_test(test_what_is_no_utf8),
        cmocka_unit_test(test_deep),
        cmocka_unit_test(test_sink),
        cmocka_unit_test(test_sink_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
