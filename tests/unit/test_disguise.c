/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "decode/disguise.h"

static const char *stand_in(struct disguise *disguise, const char *text, char out[256])
{
    const size_t length = strlen(text);

    assert_true(length < 256);
    disguise_text(disguise, (const uint8_t *)text, length, (uint8_t *)out);
    out[length] = '\0';
    assert_int_equal(strlen(out), length);
    return out;
}

static void test_kept(void **state)
{
    static const char *const kept[] = {
        "10.77.1.20", "20.1.77.10.in-addr.arpa", "krbtgt/", "_kerberos._tcp.", "HTTP/",
        "8530",       "f.0.b.ip6.arpa"};
    struct disguise *disguise = disguise_new();
    char out[256];

    (void)state;
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        assert_string_equal(stand_in(disguise, kept[i], out), kept[i]);
    }
    disguise_free(disguise);
}

/* Letters stay letters of the same case, digits digits, and what is between labels stays. */
static void test_form(void **state)
{
    static const char name[] = "HTTP/MP-user01.contoso.lab:8530@CONTOSO.LAB";
    struct disguise *disguise = disguise_new();
    char out[256], again[256];

    (void)state;
    stand_in(disguise, name, out);
    for (size_t i = 0; name[i]; i++) {
        assert_int_equal(!isupper((unsigned char)name[i]), !isupper((unsigned char)out[i]));
        assert_int_equal(!isdigit((unsigned char)name[i]), !isdigit((unsigned char)out[i]));
        assert_true(isalnum((unsigned char)name[i]) || name[i] == out[i]);
    }
    assert_memory_equal(out, "HTTP/", 5);
    assert_null(strstr(out, "contoso"));
    assert_null(strstr(out, "CONTOSO"));
    assert_string_equal(stand_in(disguise, name, again), out);
    /* The realm is the domain in capitals. */
    for (size_t i = 0; i < strlen("contoso.lab"); i++) {
        assert_int_equal(toupper((unsigned char)out[15 + i]), out[32 + i]);
    }
    disguise_free(disguise);
}

static void test_different_stays_different(void **state)
{
    enum { NAMES = 600 }; /* of the 676 of two letters, some of which are words */
    struct disguise *disguise = disguise_new();
    bool seen[26][26] = {{false}};
    unsigned twice = 0;

    (void)state;
    for (int i = 0; i < NAMES / 2; i++) {
        char name[3] = {(char)('a' + i / 26), (char)('a' + i % 26), '\0'};
        char out[256];

        stand_in(disguise, name, out);
        twice += seen[out[0] - 'a'][out[1] - 'a'];
        seen[out[0] - 'a'][out[1] - 'a'] = true;
    }
    assert_int_equal(twice, 0);
    disguise_free(disguise);
}

static void test_bytes(void **state)
{
    struct disguise *disguise = disguise_new();
    struct disguise *other = disguise_new();
    uint8_t in[100] = {1, 2, 3}, a[100], b[100], c[100], d[100];

    (void)state;
    disguise_bytes(disguise, in, sizeof(in), a);
    disguise_bytes(disguise, in, sizeof(in), b);
    disguise_bytes(other, in, sizeof(in), c);
    in[99] ^= 1;
    disguise_bytes(disguise, in, sizeof(in), d);
    assert_memory_equal(a, b, sizeof(a));
    assert_memory_not_equal(a, c, 16);
    assert_memory_not_equal(a, d, 16);
    disguise_free(disguise);
    disguise_free(other);
}

static void test_utf16(void **state)
{
    struct disguise *disguise = disguise_new();
    uint8_t out[14];
    char narrow[256];

    (void)state;
    disguise_utf16(disguise, (const uint8_t *)"C\0O\0N\0T\0O\0S\0O", 14, out);
    stand_in(disguise, "CONTOSO", narrow);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(out[2 * i], narrow[i]);
        assert_int_equal(out[2 * i + 1], 0);
    }
    disguise_free(disguise);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_different_stays_different),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_utf16),
    };

    return cmocka_run_group_tests_name("disguise", tests, NULL, NULL);
}
