/* SPDX-License-Identifier: Apache-2.0 */
/* Names and patterns. What hives hold is tested on real ones, in tests/disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "captures/hive.h"
#include "captures/iis_config.h"

static void test_patterns(void **state)
{
    static const struct {
        const char *name;
        const char *pattern;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"", "*", true},
        {"", "?", false},
        {"a", "", false},
        {"SMS", "sms", true},
        {"SMS", "SM", false},
        {"SM", "SMS", false},
        {"SMSPKGC$", "SMSPKG?$", true},
        {"SMSPKG$", "SMSPKG?$", false},
        {"SMSPKGCD$", "SMSPKG?$", false},
        {"LEGACY_SMS_SERVER_BOOTSTRAP_A", "LEGACY_SMS_SERVER_BOOTSTRAP_*", true},
        {"LEGACY_SMS_SERVER_BOOTSTRAP", "LEGACY_SMS_SERVER_BOOTSTRAP_*", false},
        {"SMSServer_S01", "SMS*_S01", true},
        {"SMS_S01_S01", "SMS*_S01", true},
        {"SMS_S01_S02", "SMS*_S01", false},
        {"aXbXc", "a*X*c", true},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "*a*a*a*a*a*a*c", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("%s %s\n", cases[i].name, cases[i].pattern);
        assert_int_equal(hive_name_matches(cases[i].name, cases[i].pattern), cases[i].matches);
    }
}

/* Of each document its state, and its objects: "P" or "W", and the place. */
static void test_iis(void **state)
{
    static const struct {
        const char *text;
        enum source_state state;
        const char *objects;
    } cases[] = {
        {"", SOURCE_OTHER, ""},
        {"x", SOURCE_OTHER, ""},
        {"<a/>", SOURCE_OTHER, ""},
        {"<configuration/>", SOURCE_READ, ""},
        {"<configuration>", SOURCE_DAMAGED, ""},
        {"<configuration><x><IIsWebVirtualDir Location='/LM/W3SVC/1/ROOT'/></x></configuration>",
         SOURCE_READ, ""},
        {"<configuration><IIsWebDirectory Location='/LM/W3SVC/1/ROOT/A'/>"
         "<IIsWebVirtualDir/><IIsApplicationPool Location='/LM/W3SVC/AppPools/B'/>",
         SOURCE_DAMAGED, "W/LM/W3SVC/1/ROOT/A P/LM/W3SVC/AppPools/B "},
        {"<configuration><applicationPools><add name='A'/><add/></applicationPools><add name='B'/>"
         "<site name='S'><application path='/'><virtualDirectory path='/'/>"
         "<virtualDirectory path='/V'/></application><application path='/W/X'>"
         "<virtualDirectory path='/'/></application></site></configuration>",
         SOURCE_READ, "PA WS/V WS/W/X "},
        {"<configuration><!DOCTYPE a><IIsWebDirectory Location='/A'/></configuration>",
         SOURCE_OTHER, ""},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]><configuration/>", SOURCE_OTHER, ""},
        {"<configuration><IIsWebDirectory Location='/LM/&b;'/></configuration>", SOURCE_OTHER, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = {0};
        struct iis_config config;
        const char *objects = "";

        print_message("%s\n", cases[i].text);
        iis_config_read(&arena, cases[i].text, strlen(cases[i].text), &config);
        for (size_t j = 0; j < config.count; j++) {
            objects =
                arena_printf(&arena, "%s%c%s ", objects,
                             config.items[j].kind == IIS_POOL ? 'P' : 'W', config.items[j].place);
        }
        assert_int_equal(config.state, cases[i].state);
        assert_string_equal(objects, cases[i].objects);
        arena_release(&arena);
    }
}

/* Deeper than any configuration is. */
static void test_iis_depth(void **state)
{
    struct arena arena = {0};
    struct iis_config config;
    const char *text = "<configuration>";

    (void)state;
    for (int i = 0; i < 100; i++) {
        text = arena_printf(&arena, "%s<a>", text);
    }
    iis_config_read(&arena, text, strlen(text), &config);
    assert_int_equal(config.state, SOURCE_DAMAGED);
    assert_string_equal(config.problem, "nested deeper than a configuration is");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_iis),
        cmocka_unit_test(test_iis_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
