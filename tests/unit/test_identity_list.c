/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "captures/identity_list.h"
#include "evidence/basics.h"

#define A "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03B"
#define B "GUID:3358674C-7C33-44F2-8496-1A5D3116F7ED"

struct list_case {
    const char *text;
    int64_t lines;
    int64_t rows;
    int64_t unreadable;
    size_t groups; /* GUIDs that several machines use */
    bool problem;
};

static const struct list_case CASES[] = {
    {"Name,SMS Unique Identifier\r\nWK01," A "\r\nWK02," A "\r\n", 3, 2, 0, 1, false},
    {"Name,SMS Unique Identifier\nWK01," A "\nWK02," B, 3, 2, 0, 0, false},
    {"\"SMS GUID\";\"Netbios Name\"\n\"" A "\";\"WK01\"\n\"" A "\";\"WK02\"\n", 3, 2, 0, 1, false},
    {"\xEF\xBB\xBFName\tSite\tGUID\nWK01\tPS1\t" A "\nWK01\tPS1\t" A "\n", 3, 2, 0, 0, false},
    {A ",WK01\n" A ",WK02\n", 2, 2, 0, 1, false},
    {"WK01,x," A "\nWK02,y," A "\n", 2, 2, 0, 1, false},
    {"Name,GUID\nWK01,\n,\nWK02,GUID:no\nWK03," A "\n", 5, 1, 3, 0, false},
    {"Name,GUID,Thumbprint\nWK01," A ",AA\nWK01," A ",BB\n", 3, 2, 0, 1, false},
    {"Name,Comment,GUID\n\"WK\"\"1\",\"a, b\"," A "\nWK2,\"un,ended," A "\n", 3, 1, 1, 0, false},
    {"Name,GUID\n\"WK\"\"02\"," A "\nWK\"02," A "\n", 3, 2, 0, 0, false},
    {"GUID,Name\n" A ",\"\"\"\"\n" A ",\"\n" A ",\"\"\"a\"\n", 4, 2, 1, 1, false},
    {"Name,GUID\n\"WK\"\"02\"," A "\nWK\"\"02," A "\n", 3, 2, 0, 1, false},
    {"GUID,Thumbprint,Name\n" A ",\"\",\"WK01\"\n" A ",,\"WK01\"\n" A ",AA,\"\"\n", 4, 2, 1, 0,
     false},
    /* columns of one width; Export-Csv of PowerShell 5, Excel */
    {"Name ,GUID\nWK01  ," A " \n WK01," A "\nWK01," A "\n", 4, 3, 0, 0, false},
    {"#TYPE Selected.System\r\n\"Name\",\"GUID\"\r\n\"WK01\",\"" A "\"\r\n\"WK02\",\"" A "\"\r\n",
     4, 2, 0, 1, false},
    {"sep=;\r\nName;GUID\r\nWK01;" A "\r\nWK02;" A "\r\n", 4, 2, 0, 1, false},
    {"sep=;\r\n", 1, 0, 0, 0, true},
    {"Name,Site\nWK01,PS1\n", 2, 0, 0, 0, true},
    {"GUID,Site\n" A ",PS1\n", 2, 0, 0, 0, true},
    {"", 0, 0, 0, 0, true},
};

static void count_group(void *context, const uint8_t guid[16], const struct seen_machine *machines,
                        size_t count, bool more)
{
    (void)guid;
    (void)machines;
    assert_true(count > 1);
    assert_false(more);
    ++*(size_t *)context;
}

static struct identity_list_result read_list(struct duplicates *duplicates, const char *text,
                                             size_t length, size_t piece)
{
    struct identity_list *list = identity_list_new(duplicates, 100, length);
    const struct text_worker worker = identity_list_worker(list);
    struct identity_list_result result;

    text_work_memory(text, length, piece, &worker);
    result = identity_list_end(list);
    identity_list_free(list);
    return result;
}

static void check(const struct list_case *expected, const char *text, size_t length, size_t piece)
{
    struct duplicates *duplicates = duplicates_new();
    const struct identity_list_result result = read_list(duplicates, text, length, piece);
    size_t groups = 0;

    duplicates_each(duplicates, count_group, &groups);
    assert_int_equal(result.lines, expected->lines);
    assert_int_equal(result.rows, expected->rows);
    assert_int_equal(result.unreadable, expected->unreadable);
    assert_int_equal(result.problem != NULL, expected->problem);
    assert_int_equal(groups, expected->groups);
    duplicates_free(duplicates);
}

static void test_lists(void **state)
{
    static const size_t pieces[] = {1, 3, 17, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const size_t length = strlen(CASES[i].text);

        for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
            check(&CASES[i], CASES[i].text, length, pieces[j]);
        }
        assert_int_equal(identity_list_recognise(CASES[i].text, length),
                         length > 0 && !CASES[i].problem);
    }
}

static void test_utf16(void **state)
{
    struct buffer text = {0};

    (void)state;
    buffer_append(&text, "\xFF\xFE", 2);
    for (const char *at = CASES[0].text; *at; at++) {
        buffer_append(&text, at, 1);
        buffer_append(&text, "\0", 1);
    }
    check(&CASES[0], text.data, text.length, 5);
    buffer_release(&text);
}

static void keep_first(void *context, const uint8_t guid[16], const struct seen_machine *machines,
                       size_t count, bool more)
{
    (void)guid;
    (void)count;
    (void)more;
    *(struct seen_machine *)context = machines[0];
}

static void test_times_and_places(void **state)
{
    static const char text[] = "Name,SMS_Unique_Identifier0,SMS_UUID_Change_Date0\n"
                               "WK01," A ",01/14/2023 16:38:06\nWK02," A ",2023-01-15 00:00:00\n";

    (void)state;
    for (size_t piece = 1; piece < sizeof(text); piece++) {
        struct duplicates *duplicates = duplicates_new();
        struct seen_machine machine = {0};
        char at[CLOCK_TEXT_SIZE];

        read_list(duplicates, text, sizeof(text) - 1, piece);
        duplicates_each(duplicates, keep_first, &machine);
        assert_int_equal(machine.place, 102);
        assert_string_equal(clock_format(machine.first_at, at), "2023-01-14T16:38:06.000000Z");
        duplicates_free(duplicates);
    }
}

/* What stands before the header: empty lines, and lines that are too long. */
static void test_late_header(void **state)
{
    static const char rows[] = "Name,GUID\nWK01," A "\nWK02," A "\n";
    struct buffer text = {0};

    (void)state;
    buffer_puts(&text, "\n\r\n");
    buffer_puts(&text, rows);
    check(&(struct list_case){NULL, 5, 2, 0, 1, false}, text.data, text.length, 1);
    buffer_truncate(&text, 0);
    for (int i = 0; i <= IDENTITY_LINE_LIMIT; i++) {
        buffer_putc(&text, ';');
    }
    buffer_puts(&text, "\n");
    buffer_puts(&text, rows);
    check(&(struct list_case){NULL, 4, 2, 1, 1, false}, text.data, text.length, 4096);
    buffer_release(&text);
}

/* A row of the longest line, and of longer ones, wherever pieces end: the first right behind where
   the line begins. */
static void test_longest_line(void **state)
{
    static const size_t pieces[] = {19, 4096, IDENTITY_LINE_LIMIT, IDENTITY_LINE_LIMIT + 20,
                                    1 << 18};
    static const char header[] = "Name,GUID,Comment\n";
    static const char *const ends[] = {"\r\n", "a\r\n", "\rb\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        const int64_t rows = i == 0 ? 2 : 1;
        const struct list_case expected = {NULL, 3, rows, 2 - rows, i == 0 ? 1 : 0, false};
        struct buffer text = {0};

        buffer_puts(&text, header);
        buffer_puts(&text, "WK01," A ",");
        while (text.length < sizeof(header) - 1 + IDENTITY_LINE_LIMIT) {
            buffer_putc(&text, 'a');
        }
        buffer_puts(&text, ends[i]);
        buffer_puts(&text, "WK02," A ",b\n");
        for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
            check(&expected, text.data, text.length, pieces[j]);
        }
        buffer_release(&text);
    }
}

/* A line without end counts once, and what stands behind its limit is no row. */
static void test_endless_line(void **state)
{
    static const size_t pieces[] = {1 << 16, 100001, 1 << 18};
    struct buffer text = {0};

    (void)state;
    buffer_puts(&text, "Name,GUID\nWK01," A "\n");
    while (text.length < 3 << 20) {
        buffer_puts(&text, "WK01," A "," A ",WK01");
    }
    buffer_puts(&text, "\nWK02," A "\n");
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        check(&(struct list_case){NULL, 4, 2, 1, 1, false}, text.data, text.length, pieces[i]);
    }
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_times_and_places),
        cmocka_unit_test(test_late_header),
        cmocka_unit_test(test_longest_line),
        cmocka_unit_test(test_endless_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
