/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "decode/der.h"

#define BYTES(text) text, sizeof(text) - 1

static void test_integers(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        bool ok;
        bool malformed;
        int64_t value;
    } cases[] = {
        {BYTES("\x02\x01\x00"), true, false, 0},
        {BYTES("\x02\x01\x7F"), true, false, 127},
        {BYTES("\x02\x01\x80"), true, false, -128},
        {BYTES("\x02\x02\x00\x80"), true, false, 128},
        {BYTES("\x02\x02\xFF\x7B"), true, false, -133},
        {BYTES("\x02\x81\x01\x05"), true, false, 5},
        {BYTES("\x02\x08\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), true, false, INT64_MAX},
        {BYTES("\x02\x09\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), false, true, 0},
        {BYTES("\x02\x00"), false, true, 0},
        {BYTES("\x04\x01\x00"), false, true, 0},         /* another type */
        {BYTES("\x02\x80\x01\x00\x00"), false, true, 0}, /* indefinite */
        {BYTES("\x02\x85\x00\x00\x00\x00\x01"), false, true, 0},
        {BYTES("\x1F\x01\x00"), false, true, 0},  /* a long tag number */
        {BYTES("\x02\x02\x01"), false, false, 0}, /* cut in the content */
        {BYTES("\x02\x82\x01"), false, false, 0}, /* cut in the length */
        {BYTES("\x02"), false, false, 0},
        {BYTES(""), false, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct der der;
        bool malformed;
        int64_t value = -99;

        der_init(&der, cases[i].bytes, cases[i].length, &malformed);
        assert_int_equal(der_integer(&der, DER_INTEGER, &value), cases[i].ok);
        assert_int_equal(malformed, cases[i].malformed);
        assert_int_equal(value, cases[i].ok ? cases[i].value : -99);
        assert_false(der_more(&der));
    }
}

static void test_times(void **state)
{
    static const struct {
        const char *bytes;
        const char *expected; /* NULL: malformed */
    } cases[] = {
        {"\x18\x0f"
         "20261121005657Z",
         "2026-11-21T00:56:57.000000Z"},
        {"\x18\x0f"
         "19700101000000Z",
         "1970-01-01T00:00:00.000000Z"},
        {"\x18\x0f"
         "20240229235960Z",
         "2024-03-01T00:00:00.000000Z"},
        {"\x18\x0f"
         "20261321005657Z",
         NULL},
        {"\x18\x0f"
         "20261121245657Z",
         NULL},
        {"\x18\x0f"
         "2026112100565 Z",
         NULL},
        {"\x18\x0f"
         "20261121005657z",
         NULL},
        {"\x18\x0e"
         "20261121005657",
         NULL},
        {"\x18\x11"
         "20261121005657.5Z",
         NULL},
        {"\x17\x0d"
         "261121005657Z",
         NULL}, /* UTCTime */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[CLOCK_TEXT_SIZE];
        struct der der;
        bool malformed;
        int64_t time = -1;

        der_init(&der, cases[i].bytes, strlen(cases[i].bytes), &malformed);
        assert_int_equal(der_time(&der, &time), cases[i].expected != NULL);
        assert_int_equal(malformed, cases[i].expected == NULL);
        if (cases[i].expected) {
            assert_string_equal(clock_format(time, text), cases[i].expected);
        } else {
            assert_int_equal(time, -1);
        }
    }
}

/* A sequence of 7 bytes: INTEGER 5, then an INTEGER of two bytes. */
static const char SEQUENCE[] = "\x30\x07\x02\x01\x05\x02\x02\x01\x00";

static void test_cut_is_unknown(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof(SEQUENCE); length++) {
        char *bytes = malloc(length > 0 ? length : 1); /* exact, for the sanitizer */
        int64_t first = -1, second = -1;
        struct der root, sequence;
        bool malformed;

        memcpy(bytes, SEQUENCE, length);
        der_init(&root, bytes, length, &malformed);
        der_open(&root, DER_SEQUENCE, &sequence);
        assert_int_equal(der_integer(&sequence, DER_INTEGER, &first), length >= 5);
        assert_int_equal(der_integer(&sequence, DER_INTEGER, &second), length >= 9);
        assert_int_equal(first, length >= 5 ? 5 : -1);
        assert_int_equal(second, length >= 9 ? 256 : -1);
        assert_int_equal(der_is_cut(&sequence), length < 9);
        assert_false(malformed);
        free(bytes);
    }
}

static void test_child_beyond_its_parent_is_malformed(void **state)
{
    static const char bytes[] = "\x30\x03\x02\x02\x01\x02\x03";
    struct der root, sequence, again;
    int64_t value = -1;
    bool malformed;

    (void)state;
    der_init(&root, bytes, sizeof(bytes) - 1, &malformed);
    assert_true(der_open(&root, DER_SEQUENCE, &sequence));
    again = sequence;
    assert_false(der_integer(&sequence, DER_INTEGER, &value));
    assert_true(malformed);
    assert_int_equal(value, -1);
    /* The whole tree stands at its end. */
    assert_false(der_more(&again));
    assert_int_equal(der_peek(&again), 0);
    assert_false(der_integer(&again, DER_INTEGER, &value));
}

static void test_element_includes_its_header(void **state)
{
    struct der root;
    const uint8_t *bytes;
    size_t length;
    bool malformed;

    (void)state;
    der_init(&root, SEQUENCE, sizeof(SEQUENCE) - 1, &malformed);
    bytes = der_element(&root, &length);
    assert_ptr_equal(bytes, SEQUENCE);
    assert_int_equal(length, 9);
    assert_false(der_more(&root));

    der_init(&root, SEQUENCE, sizeof(SEQUENCE) - 2, &malformed);
    assert_null(der_element(&root, &length));
    assert_int_equal(length, 0);
    assert_false(malformed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_cut_is_unknown),
        cmocka_unit_test(test_child_beyond_its_parent_is_malformed),
        cmocka_unit_test(test_element_includes_its_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
