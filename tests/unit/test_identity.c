/* SPDX-License-Identifier: Apache-2.0 */
/* SMSCFG.ini: what is read of good, odd and hostile files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "captures/identity.h"
#include "evidence/evidence.h"

#define HEAD "[Configuration - Client Properties]\r\n"
#define GUID "3358674C-7C33-44F2-8496-1A5D3116F7ED"

static const char SAMPLE[] =
    HEAD "SMS SMBIOS Serial Number Identifier=56004D0077006100720065002D00\r\n"
         "SID=S-1-5-21-2572574827-1168181077-1292997567\r\n"
         "SMS Hardware Identifier 2=002C0000010000F2\r\n"
         "SMS Hardware Identifier=692F0000010000F2\r\n"
         "SMS Unique Identifier=GUID:" GUID "\r\n"
         "Previous SMSUID=GUID:11111111-7C33-44F2-8496-1A5D3116F7ED\r\n"
         "Last SMSUID Change Date=01/14/2023 16:38:06\r\n"
         "SMS Certificate Identifier=SMS;78d612fa1ff127c8c0f8aea67c6eb6e89ac2d74c\r\n"
         "Last Version=5.00.9078.1006\r\n"
         "[SMS MultiBoot Configuration]\r\n"
         "Number of Opal Installations=1\r\n";

static bool read_text(struct arena *arena, const char *text, struct identity_file *file)
{
    return identity_read(arena, text, strlen(text), file);
}

static void test_sample(void **state)
{
    struct arena arena = {0};
    struct identity_file file;

    (void)state;
    assert_true(read_text(&arena, SAMPLE, &file));
    assert_string_equal(file.guid, "GUID:" GUID);
    assert_string_equal(file.previous_guid, "GUID:11111111-7C33-44F2-8496-1A5D3116F7ED");
    assert_string_equal(file.changed, "01/14/2023 16:38:06");
    assert_int_equal(file.changed_at, INT64_C(1673714286000000));
    assert_string_equal(file.hardware_id, "692F0000010000F2");
    assert_string_equal(file.hardware_id2, "002C0000010000F2");
    assert_string_equal(file.smbios_serial, "VMware-");
    assert_string_equal(file.machine_sid, "S-1-5-21-2572574827-1168181077-1292997567");
    assert_string_equal(file.store, "SMS");
    assert_string_equal(file.thumbprint, "78D612FA1FF127C8C0F8AEA67C6EB6E89AC2D74C");
    assert_string_equal(file.version, "5.00.9078.1006");
    arena_release(&arena);
}

/* The GUID line of each text; NULL is unknown. */
static void test_guids(void **state)
{
    static const struct {
        const char *text;
        bool known;
        const char *guid;
    } cases[] = {
        {"", false, NULL},
        {"SMS Unique Identifier=a\n", false, NULL},
        {"[Other]\nSMS Unique Identifier=a\n", false, NULL},
        {HEAD, true, NULL},
        {HEAD "SMS Unique Identifier=", true, ""},
        {HEAD "SMS Unique Identifier", true, NULL},
        {HEAD "sms UNIQUE identifier = \"a b\" \n", true, "a b"},
        {"\n  [configuration - CLIENT properties]  \nSMS Unique Identifier=a", true, "a"},
        {HEAD ";SMS Unique Identifier=a\nSMS Unique Identifier=b\n", true, "b"},
        {HEAD "SMS Unique Identifier=a\nSMS Unique Identifier=b\n", true, "a"},
        {HEAD "[X]\n" HEAD "SMS Unique Identifier=a\n", true, NULL},
        {HEAD "SMS Unique Identifier=a\n[X]\nSMS Unique Identifier=b\n", true, "a"},
        {"\xEF\xBB\xBF" HEAD "SMS Unique Identifier=a\n", true, "a"},
        {HEAD "SMS Unique Identifier=\xE4\n", true, "\\xE4"},
        {"[Configuration - Client Properties\nSMS Unique Identifier=a\n", true, "a"},
    };
    struct arena arena = {0};
    struct identity_file file;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("case %zu\n", i);
        assert_int_equal(read_text(&arena, cases[i].text, &file), cases[i].known);
        if (cases[i].guid) {
            assert_non_null(file.guid);
            assert_string_equal(file.guid, cases[i].guid);
        } else {
            assert_null(file.guid);
        }
    }
    arena_release(&arena);
}

static void test_utf16(void **state)
{
    struct arena arena = {0};
    struct identity_file file;
    char wide[2 + 2 * sizeof(SAMPLE)] = "\xFF\xFE";

    (void)state;
    for (size_t i = 0; i + 1 < sizeof(SAMPLE); i++) {
        wide[2 + 2 * i] = SAMPLE[i];
        wide[3 + 2 * i] = '\0';
    }
    assert_true(identity_read(&arena, wide, 2 * sizeof(SAMPLE), &file));
    assert_string_equal(file.guid, "GUID:" GUID);
    assert_string_equal(file.version, "5.00.9078.1006");
    arena_release(&arena);
}

/* Values that are not what they should be are unknown, or kept as they are. */
static void test_odd_values(void **state)
{
    struct arena arena = {0};
    struct identity_file file;

    (void)state;
    assert_true(read_text(&arena,
                          HEAD "Last SMSUID Change Date=14/01/2023 16:38:06\n"
                               "SMS SMBIOS Serial Number Identifier=5600zz00\n"
                               "SMS Certificate Identifier=SMS;78D6\n",
                          &file));
    assert_string_equal(file.changed, "14/01/2023 16:38:06");
    assert_int_equal(file.changed_at, EVIDENCE_UNKNOWN);
    assert_string_equal(file.smbios_serial, "5600zz00");
    assert_string_equal(file.store, "SMS");
    assert_null(file.thumbprint);
    assert_true(read_text(&arena, HEAD "SMS Certificate Identifier=none\n", &file));
    assert_null(file.store);
    arena_release(&arena);
}

static void test_guid_forms(void **state)
{
    static const struct {
        const char *text;
        bool is_guid;
    } cases[] = {
        {"GUID:" GUID, true},
        {"guid:3358674c-7c33-44f2-8496-1a5d3116f7ed", true},
        {"{" GUID "}", true},
        {GUID, true},
        {"", false},
        {"GUID:", false},
        {GUID "0", false},
        {"3358674C-7C33-44F2-8496-1A5D3116F7E", false},
        {"3358674C_7C33-44F2-8496-1A5D3116F7ED", false},
        {NULL, false},
    };
    char guid[IDENTITY_GUID_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(identity_guid(cases[i].text, guid), cases[i].is_guid);
        if (cases[i].is_guid) {
            assert_string_equal(guid, GUID);
        }
    }
}

/* Every beginning of the file: what is known is a beginning of what the whole file says. */
static void test_cut(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof(SAMPLE); length++) {
        struct arena arena = {0};
        struct identity_file file;
        char *copy = malloc(length + 1);

        assert_non_null(copy);
        memcpy(copy, SAMPLE, length);
        identity_read(&arena, copy, length, &file);
        if (file.guid) {
            assert_memory_equal(file.guid, "GUID:" GUID, strlen(file.guid));
        }
        free(copy);
        arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),     cmocka_unit_test(test_guids),
        cmocka_unit_test(test_utf16),      cmocka_unit_test(test_odd_values),
        cmocka_unit_test(test_guid_forms), cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
