/* SPDX-License-Identifier: Apache-2.0 */
/* The catalogue itself, and how texts are filled in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/finding.h"

static void test_names(void **state)
{
    (void)state;
    for (int id = FINDING_NONE + 1; id < FINDING_COUNT; id++) {
        const struct finding_type *type = finding_type((enum finding_id)id);

        assert_int_equal(type->id, id);
        assert_ptr_equal(finding_type_by_name(type->name), type);
        assert_true(strlen(type->title) > 0 && strlen(type->why) > 0);
        assert_int_equal(type->remedy[strlen(type->remedy) - 1], '\n');
    }
    assert_null(finding_type(FINDING_NONE));
    assert_null(finding_type(FINDING_COUNT));
    assert_null(finding_type_by_name("no.such"));
}

/* Lines of a remedy, places unfilled, fit a terminal. */
static void test_remedy_width(void **state)
{
    (void)state;
    for (int id = FINDING_NONE + 1; id < FINDING_COUNT; id++) {
        const char *line = finding_type((enum finding_id)id)->remedy;

        while (*line) {
            size_t length = strcspn(line, "\n");

            assert_in_range(length, 1, 76);
            line += length + 1;
        }
    }
}

static void test_words(void **state)
{
    (void)state;
    for (int level = LEVEL_NONE + 1; level < LEVEL_COUNT; level++) {
        assert_int_equal(finding_level_from_word(finding_level_word((enum finding_level)level)),
                         level);
    }
    assert_int_equal(finding_level_from_word("none"), LEVEL_NONE);
    assert_int_equal(finding_level_from_word("bad"), LEVEL_NONE);
    assert_string_equal(finding_confidence_word(CONFIDENCE_LIKELY), "likely");
}

static void test_expand(void **state)
{
    static const struct finding_argument arguments[] = {{"target", "mp"}, {"targets", "{target}"}};
    static const struct finding finding = {.arguments = arguments, .argument_count = 2};
    static const struct {
        const char *text;
        const char *expected;
    } cases[] = {
        {"", ""},           {"plain", "plain"},
        {"{target}", "mp"}, {"a {target} b {targets}", "a mp b {target}"},
        {"{other}", "?"},   {"{}", "?"},
        {"{target", "mp"},  {"{tar", "?"},
        {"}", "}"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(finding_expand(&arena, &finding, cases[i].text), cases[i].expected);
    }
    assert_string_equal(finding_argument(&finding, "target"), "mp");
    assert_null(finding_argument(&finding, "tar"));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_remedy_width),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_expand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
