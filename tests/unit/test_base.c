/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/hex.h"

static void test_cursor_reads(void **state)
{
    static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09,
                                    0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11, 0x12,
                                    0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A};
    struct cursor cursor, sub;

    (void)state;
    cursor_init(&cursor, bytes, sizeof(bytes));
    assert_int_equal(cursor_peek(&cursor), 0x01);
    assert_int_equal(cursor_u8(&cursor), 0x01);
    assert_int_equal(cursor_u16be(&cursor), 0x0203);
    assert_int_equal(cursor_u32be(&cursor), 0x04050607);
    assert_int_equal(cursor_u16le(&cursor), 0x0908);
    assert_int_equal(cursor_u32le(&cursor), 0x0D0C0B0A);
    assert_true(cursor_u64le(&cursor) == 0x1514131211100F0EULL);
    sub = cursor_sub(&cursor, 2);
    assert_int_equal(sub.left, 2);
    assert_int_equal(cursor_u16be(&sub), 0x1617);
    assert_ptr_equal(cursor_bytes(&cursor, 3), bytes + 23);
    assert_int_equal(cursor.left, 0);
    assert_false(cursor.failed);
    assert_int_equal(cursor_peek(&cursor), 0);
    assert_false(cursor.failed);
    assert_false(sub.failed);
}

static void test_cursor_error_is_sticky(void **state)
{
    struct cursor cursor, sub;

    (void)state;
    cursor_init(&cursor, "\x01\x02\x03", 3);
    assert_int_equal(cursor_u32be(&cursor), 0);
    assert_true(cursor.failed);
    assert_int_equal(cursor_u8(&cursor), 0);
    assert_null(cursor_bytes(&cursor, 0));
    sub = cursor_sub(&cursor, 0);
    assert_true(sub.failed);

    cursor_init(&cursor, "\x01\x02\x03", 3);
    sub = cursor_sub(&cursor, 4);
    assert_true(sub.failed);
    assert_int_equal(sub.left, 0);
    assert_true(cursor.failed);

    cursor_init(&cursor, "\x01", 1);
    assert_null(cursor_bytes(&cursor, SIZE_MAX));
    assert_true(cursor.failed);
    cursor_init(&cursor, NULL, 0);
    assert_false(cursor.failed);
    assert_int_equal(cursor_u8(&cursor), 0);
    assert_true(cursor.failed);
}

static void test_buffer(void **state)
{
    struct buffer buffer;

    (void)state;
    buffer_init(&buffer);
    assert_string_equal(buffer_text(&buffer), "");
    buffer_append(&buffer, NULL, 0);
    assert_string_equal(buffer.data, "");
    for (int i = 0; i < 1000; i++) {
        buffer_printf(&buffer, "%03d", i);
        buffer_putc(&buffer, ' ');
    }
    buffer_puts(&buffer, "end");
    assert_int_equal(buffer.length, 4003);
    assert_memory_equal(buffer.data + 4 * 999, "999 end", 8);
    buffer_release_secret(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.length, 0);
    buffer_release(&buffer);
}

static void test_base64(void **state)
{
    static const struct {
        const char *encoded;
        const char *plain;
        const char *canonical; /* NULL: the encoding is `encoded` */
    } cases[] = {
        {"", "", NULL},
        {"Zg==", "f", NULL},
        {"Zm8=", "fo", NULL},
        {"Zm9v", "foo", NULL},
        {"Zm9vYg==", "foob", NULL},
        {"Zm9vYmE=", "fooba", NULL},
        {"Zm9vYmFy", "foobar", NULL},
        {"//79", "\xFF\xFE\xFD", NULL},
        {"Zm9v\r\n YmFy", "foobar", "Zm9vYmFy"},
        {"Zg", "f", "Zg=="},
    };
    static const char *const wrong[] = {"Zm9v*", "Zm=v", "Zm9v-_", "Zm\x80v", "Z=m9"};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer plain = {0}, encoded = {0};

        buffer_puts(&plain, "");
        buffer_puts(&encoded, "");
        assert_true(base64_decode(cases[i].encoded, strlen(cases[i].encoded), &plain));
        assert_string_equal(plain.data, cases[i].plain);
        base64_encode(cases[i].plain, strlen(cases[i].plain), &encoded);
        assert_string_equal(encoded.data,
                            cases[i].canonical ? cases[i].canonical : cases[i].encoded);
        buffer_release(&plain);
        buffer_release(&encoded);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct buffer plain = {0};

        buffer_puts(&plain, "before");
        assert_false(base64_decode(wrong[i], strlen(wrong[i]), &plain));
        assert_int_equal(plain.length, strlen("before"));
        assert_string_equal(plain.data, "before");
        buffer_release(&plain);
    }
    struct buffer nul = {0};

    assert_false(base64_decode("Zm\0v", 4, &nul));
    buffer_release(&nul);
}

/* Every digit in every place, and longer than what is decoded at a time. */
static void test_long_base64(void **state)
{
    uint8_t bytes[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 167 + i / 256);
    }
    for (size_t length = sizeof(bytes) - 4; length <= sizeof(bytes); length++) {
        struct buffer encoded = {0}, plain = {0};

        base64_encode(bytes, length, &encoded);
        assert_true(base64_decode(encoded.data, encoded.length, &plain));
        assert_int_equal(plain.length, length);
        assert_memory_equal(plain.data, bytes, length);
        encoded.data[2000] = '*';
        assert_false(base64_decode(encoded.data, encoded.length, &plain));
        assert_int_equal(plain.length, length);
        buffer_release(&encoded);
        buffer_release(&plain);
    }
}

static void test_hex(void **state)
{
    static const char digits[] = "0123456789ABCDEFabcdef";
    uint8_t bytes[sizeof(digits) / 2];
    char text[sizeof(digits)];

    (void)state;
    for (size_t length = 0; length < sizeof(digits); length++) {
        assert_int_equal(hex_span(digits, length), length);
    }
    for (int c = 0; c < 256; c++) {
        const char pair[] = {'7', (char)c};
        const bool is_digit = c != 0 && strchr(digits, c);

        assert_int_equal(hex_span(pair, 2), is_digit ? 2 : 1);
    }
    hex_decode(digits, sizeof(bytes), bytes);
    assert_memory_equal(bytes, "\x01\x23\x45\x67\x89\xAB\xCD\xEF\xAB\xCD\xEF", sizeof(bytes));
    hex_encode(bytes, sizeof(bytes), text);
    assert_string_equal(text, "0123456789ABCDEFABCDEF");
}

/* Wherever the digits end, whatever they end at: the places that are looked at together have no
   part in it. */
static void test_hex_ends(void **state)
{
    enum { LENGTH = 100 };

    (void)state;
    for (int c = 0; c < 256; c++) {
        const bool is_digit = c != 0 && strchr("0123456789ABCDEFabcdef", c);

        for (size_t end = 0; end < LENGTH; end++) {
            char text[LENGTH];

            memset(text, 'e', sizeof(text));
            text[end] = (char)c;
            assert_int_equal(hex_span(text, sizeof(text)), is_digit ? LENGTH : end);
            assert_int_equal(hex_span(text, end), end);
        }
    }
}

static void test_clock_text(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000000Z"},
        {1, "1970-01-01T00:00:00.000001Z"},
        {-1, "1969-12-31T23:59:59.999999Z"},
        {1795224672304642, "2026-11-21T01:31:12.304642Z"},
        {951782400000000, "2000-02-29T00:00:00.000000Z"},
        {-11644473600000000, "1601-01-01T00:00:00.000000Z"}, /* FILETIME 0 */
    };
    static const char *const wrong[] = {"",
                                        "2026-11-21",
                                        "2026-11-21T00:56:57",
                                        "2026-11-21T00:56:57+01:00",
                                        "2026-11-21 00:56:57Z",
                                        "2026-13-21T00:56:57Z",
                                        "2026-11-32T00:56:57Z",
                                        "2026-11-21T24:56:57Z",
                                        "2026-11-21T00:56:57.1234567Z",
                                        "2026-11-21T00:56:57ZZ",
                                        " 2026-11-21T00:56:57Z",
                                        "2026-11-21T00:56:+7Z"};
    char text[CLOCK_TEXT_SIZE];
    int64_t us;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(clock_format(cases[i].us, text), cases[i].text);
        assert_true(clock_parse(cases[i].text, &us));
        assert_true(us == cases[i].us);
    }
    assert_true(clock_parse("2026-11-21T01:31:12.5Z", &us));
    assert_true(us == 1795224672500000);
    assert_true(clock_parse("2026-11-21T01:31:12Z", &us));
    assert_true(us == 1795224672000000);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(clock_parse(wrong[i], &us));
    }
    /* Out of the calendar: the bound, and never more than the room there is. */
    assert_int_equal(strlen(clock_format(INT64_MAX, text)), 27);
    assert_int_equal(strlen(clock_format(INT64_MIN, text)), 27);
}

/* The C library's calendar, of days before and behind every leap day and turn of a year or month.
 */
static void test_clock_calendar(void **state)
{
    enum { STEP = 13 * 24 * 60 * 60 + 3671 };
    static const int odd[][6] = {{2009, 0, 31, 0, 0, 0},    {2009, 99, 99, 99, 99, 99},
                                 {2009, 2, 29, 23, 59, 60}, {2100, 2, 29, 0, 0, 0},
                                 {1950, 0, 0, 0, 0, 0},     {9999, 12, 31, 23, 59, 59}};

    (void)state;
    for (int64_t seconds = -62167219200; seconds <= 253402300799; seconds += STEP) {
        const time_t time = (time_t)seconds;
        char expected[CLOCK_TEXT_SIZE];
        char text[CLOCK_TEXT_SIZE];
        struct tm calendar;

        gmtime_r(&time, &calendar);
        strftime(expected, sizeof(expected), "%4Y-%m-%dT%H:%M:%S.000000Z", &calendar);
        assert_string_equal(clock_format(seconds * CLOCK_US_PER_SECOND, text), expected);
        assert_int_equal(clock_from_calendar(calendar.tm_year + 1900, calendar.tm_mon + 1,
                                             calendar.tm_mday, calendar.tm_hour, calendar.tm_min,
                                             calendar.tm_sec),
                         seconds);
    }
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        const int *const at = odd[i];
        struct tm calendar = {.tm_year = at[0] - 1900,
                              .tm_mon = at[1] - 1,
                              .tm_mday = at[2],
                              .tm_hour = at[3],
                              .tm_min = at[4],
                              .tm_sec = at[5]};

        assert_int_equal(clock_from_calendar(at[0], at[1], at[2], at[3], at[4], at[5]),
                         timegm(&calendar));
    }
}

static void test_clock_runs(void **state)
{
    int64_t first = clock_monotonic_us();

    (void)state;
    assert_true(clock_monotonic_us() >= first);
    assert_true(clock_wall_us() > clock_from_calendar(2020, 1, 1, 0, 0, 0) * CLOCK_US_PER_SECOND);
    assert_int_equal(clock_from_calendar(1970, 1, 2, 0, 0, 1), 86401);
}

/* What was handed over stays in its block, and the room that was there is used up first. */
static void test_small_arenas(void **state)
{
    struct arena all = {0};
    char *first = arena_alloc(&all, 16);

    (void)state;
    for (int i = 0; i < 3; i++) {
        struct arena small = {0};
        char *memory;

        arena_reserve(&small, 20);
        memory = arena_alloc(&small, 20);
        memset(memory, 'a' + i, 20);
        arena_adopt(&all, &small);
        assert_null(small.head);
        assert_int_equal(memory[19], 'a' + i);
    }
    assert_ptr_equal(arena_alloc(&all, 16), first + 16);
    arena_release(&all);
}

/* Memory is used again, and comes zeroed. */
static void test_cleared_arena(void **state)
{
    struct arena arena = {0};
    char *first;

    (void)state;
    arena_clear(&arena);
    arena_reserve(&arena, 5000);
    first = arena_alloc(&arena, 3000);
    for (int i = 0; i < 3; i++) {
        memset(first, 'x', 3000);
        memset(arena_alloc(&arena, 20000), 'x', 20000);
        arena_clear(&arena);
        assert_ptr_equal(arena_alloc(&arena, 3000), first);
        assert_int_equal(first[2999], 0);
    }
    arena_release(&arena);
}

static void test_arena(void **state)
{
    struct arena arena, other = {0};
    int *numbers = NULL;
    size_t count = 0;
    const char *kept;

    (void)state;
    arena_init(&arena);
    assert_null(arena_strdup(&arena, NULL));
    assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_printf(&arena, "%s-%d", "x", 7), "x-7");
    for (int i = 0; i < 10000; i++) {
        int *number = arena_push(&arena, (void **)&numbers, &count, sizeof(*numbers));

        assert_int_equal(*number, 0);
        *number = i;
    }
    assert_int_equal(count, 10000);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(numbers[i], i);
    }
    for (size_t size = 0; size < 100; size++) {
        char *memory = arena_alloc(&arena, size);

        assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
        memset(memory, 0xFF, size);
    }
    kept = arena_strdup(&arena, "kept");
    arena_adopt(&other, &arena);
    arena_release(&arena);
    assert_string_equal(kept, "kept");
    arena_adopt(&other, &arena);
    arena_release(&other);
    arena_release(&other);
}

/* The path of a file in a folder of the test's own. */
static char folder[64];

static const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "test_base.XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path_of("report"));
    return rmdir(folder); /* fails when anything else was left behind */
}

static struct buffer content_of(const char *path)
{
    struct buffer content = {0};
    struct ccm_error error = {{0}};

    assert_int_equal(file_read(path, 1000, &content, &error), CCM_OK);
    return content;
}

static void test_file_is_replaced_whole(void **state)
{
    struct buffer content = {0};
    struct buffer read;
    struct ccm_error error = {{0}};
    struct stat there;
    mode_t mask = umask(027);

    (void)state;
    buffer_puts(&content, "first");
    assert_int_equal(file_write(path_of("report"), &content, &error), CCM_OK);
    buffer_puts(&content, " and second");
    assert_int_equal(file_write(path_of("report"), &content, &error), CCM_OK);
    umask(mask);
    read = content_of(path_of("report"));
    assert_string_equal(read.data, "first and second");
    assert_int_equal(stat(path_of("report"), &there), 0);
    assert_int_equal(there.st_mode & 0777, 0640);
    buffer_release(&read);
    buffer_release(&content);
}

/* Where no file can be made the old one stays as it is, and nothing is left beside it. */
static void test_file_that_cannot_be_written(void **state)
{
    struct buffer content = {0};
    struct ccm_error error = {{0}};

    (void)state;
    buffer_puts(&content, "lost");
    assert_int_equal(file_write(path_of("no/such/folder"), &content, &error), CCM_ERROR_IO);
    assert_non_null(strstr(error.text, "no/such/folder"));
    assert_int_equal(file_write(folder, &content, &error), CCM_ERROR_IO);
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(file_write("/dev/full", &content, &error), CCM_ERROR_IO);
    }
    buffer_release(&content);
}

static void test_device_is_written_directly(void **state)
{
    struct buffer content = {0};
    struct ccm_error error = {{0}};
    struct stat there;

    (void)state;
    buffer_puts(&content, "gone");
    assert_int_equal(file_write("/dev/null", &content, &error), CCM_OK);
    assert_int_equal(stat("/dev/null", &there), 0);
    assert_true(S_ISCHR(there.st_mode));
    buffer_release(&content);
}

static void test_pipe_is_written_directly(void **state)
{
    struct buffer content = {0};
    struct ccm_error error = {{0}};
    char name[32], got[16] = "";
    int ends[2];

    (void)state;
    buffer_puts(&content, "through");
    assert_int_equal(pipe(ends), 0);
    snprintf(name, sizeof(name), "/dev/fd/%d", ends[1]);
    assert_int_equal(file_write(name, &content, &error), CCM_OK);
    assert_int_equal(read(ends[0], got, sizeof(got) - 1), 7);
    assert_string_equal(got, "through");
    close(ends[0]);
    close(ends[1]);
    buffer_release(&content);
}

static void test_file_read_limits(void **state)
{
    struct buffer content = {0};
    struct ccm_error error = {{0}};

    (void)state;
    buffer_puts(&content, "0123456789");
    assert_int_equal(file_write(path_of("report"), &content, &error), CCM_OK);
    /* Appends, and counts only what it adds against the limit. */
    assert_int_equal(file_read(path_of("report"), 10, &content, &error), CCM_OK);
    assert_string_equal(content.data, "01234567890123456789");
    assert_int_equal(file_read(path_of("report"), 9, &content, &error), CCM_ERROR_IO);
    assert_int_equal(file_read(path_of("missing"), 9, &content, &error), CCM_ERROR_IO);
    assert_non_null(strstr(error.text, "missing"));
    assert_int_equal(file_read(folder, 9, &content, &error), CCM_ERROR_IO);
    buffer_release(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor_reads),
        cmocka_unit_test(test_cursor_error_is_sticky),
        cmocka_unit_test(test_buffer),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_long_base64),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_hex_ends),
        cmocka_unit_test(test_clock_text),
        cmocka_unit_test(test_clock_calendar),
        cmocka_unit_test(test_clock_runs),
        cmocka_unit_test(test_arena),
        cmocka_unit_test(test_small_arenas),
        cmocka_unit_test(test_cleared_arena),
        cmocka_unit_test(test_file_is_replaced_whole),
        cmocka_unit_test(test_file_that_cannot_be_written),
        cmocka_unit_test(test_device_is_written_directly),
        cmocka_unit_test(test_pipe_is_written_directly),
        cmocka_unit_test(test_file_read_limits),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
