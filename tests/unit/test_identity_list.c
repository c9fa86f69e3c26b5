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

static void check(const struct list_case *expected, const char *text, size_t length, size_t block)
{
    struct duplicates *duplicates = duplicates_new();
    struct identity_list *list = identity_list_new(duplicates, 0);
    struct identity_list_result result;
    size_t groups = 0;

    for (size_t i = 0; i < length; i += block) {
        identity_list_feed(list, text + i, length - i < block ? length - i : block);
    }
    result = identity_list_end(list);
    duplicates_each(duplicates, count_group, &groups);
    assert_int_equal(result.lines, expected->lines);
    assert_int_equal(result.rows, expected->rows);
    assert_int_equal(result.unreadable, expected->unreadable);
    assert_int_equal(result.problem != NULL, expected->problem);
    assert_int_equal(groups, expected->groups);
    identity_list_free(list);
    duplicates_free(duplicates);
}

static void test_lists(void **state)
{
    static const size_t blocks[] = {1, 3, 17, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const size_t length = strlen(CASES[i].text);

        for (size_t j = 0; j < sizeof(blocks) / sizeof(blocks[0]); j++) {
            check(&CASES[i], CASES[i].text, length, blocks[j]);
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
    struct duplicates *duplicates = duplicates_new();
    struct identity_list *list = identity_list_new(duplicates, 100);
    struct seen_machine machine = {0};
    char at[CLOCK_TEXT_SIZE];

    (void)state;
    identity_list_feed(list, text, sizeof(text) - 1);
    identity_list_end(list);
    duplicates_each(duplicates, keep_first, &machine);
    assert_int_equal(machine.place, 102);
    assert_string_equal(clock_format(machine.first_at, at), "2023-01-14T16:38:06.000000Z");
    identity_list_free(list);
    duplicates_free(duplicates);
}

/* A line without end costs no more memory than its limit, and is counted. */
static void test_endless_line(void **state)
{
    static char block[1 << 20];
    struct duplicates *duplicates = duplicates_new();
    struct identity_list *list = identity_list_new(duplicates, 0);
    struct identity_list_result result;

    (void)state;
    memset(block, 'a', sizeof(block));
    identity_list_feed(list, "Name,GUID\n", 10);
    for (int i = 0; i < 8; i++) {
        identity_list_feed(list, block, sizeof(block));
    }
    result = identity_list_end(list);
    assert_true(result.unreadable > 0);
    assert_int_equal(result.rows, 0);
    identity_list_free(list);
    duplicates_free(duplicates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_times_and_places),
        cmocka_unit_test(test_endless_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
