/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "captures/duplicates.h"
#include "evidence/basics.h"

static const char GUID_A[] = "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03B";

static struct sighting sighting_of(const char *guid, const char *name, const char *certificate,
                                   int64_t second)
{
    struct sighting made = {
        .name = name,
        .name_length = strlen(name),
        .certificate = certificate,
        .certificate_length = certificate ? strlen(certificate) : 0,
        .at = second ? second * CLOCK_US_PER_SECOND : EVIDENCE_UNKNOWN,
        .place = (uint32_t)second,
    };

    assert_true(guid_read(guid, strlen(guid), made.guid));
    return made;
}

struct found {
    size_t groups;
    size_t count;
    bool more;
    struct seen_machine machines[MACHINES_MOST];
};

static void keep(void *context, const uint8_t guid[16], const struct seen_machine *machines,
                 size_t count, bool more)
{
    struct found *found = context;

    assert_int_not_equal(guid[0], 0);
    found->groups++;
    found->count = count;
    found->more = more;
    memcpy(found->machines, machines, count * sizeof(*machines));
}

static void test_guid(void **state)
{
    static const char *const good[] = {
        "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03B", "guid:eeaf9390-94eb-43ae-a0de-f374e3e7e03b",
        "EEAF9390-94EB-43AE-A0DE-F374E3E7E03B", "{EEAF9390-94EB-43AE-A0DE-F374E3E7E03B}"};
    static const char *const bad[] = {"",
                                      "GUID:",
                                      "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03",
                                      "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03G",
                                      "GUID:EEAF939094EB43AEA0DEF374E3E7E03B",
                                      "GUIT:EEAF9390-94EB-43AE-A0DE-F374E3E7E03B",
                                      "GUID:00000000-0000-0000-0000-000000000000"};
    uint8_t guid[16];

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(guid_read(good[i], strlen(good[i]), guid));
        assert_int_equal(guid[0], 0xEE);
        assert_int_equal(guid[15], 0x3B);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(guid_read(bad[i], strlen(bad[i]), guid));
    }
}

/* Every byte at every place: with and without vector instructions the same is read. */
static void test_guid_portable(void **state)
{
    char text[sizeof(GUID_A)];
    uint8_t guid[16];
    uint8_t portable[16];

    (void)state;
    for (size_t place = 0; place < sizeof(GUID_A) - 1; place++) {
        size_t good = 0;

        memcpy(text, GUID_A, sizeof(text));
        for (int byte = 0; byte < 256; byte++) {
            bool read;

            text[place] = (char)byte;
            read = guid_read(text, sizeof(text) - 1, guid);
            assert_int_equal(guid_read_portable(text, sizeof(text) - 1, portable), read);
            if (read) {
                assert_memory_equal(guid, portable, sizeof(guid));
                good++;
            }
        }
        /* A letter of the prefix in either case, a digit in all of its forms. */
        assert_int_equal(good, place < 4                                      ? 2
                               : GUID_A[place] == ':' || GUID_A[place] == '-' ? 1
                                                                              : 22);
    }
}

static void test_one_machine_is_no_duplicate(void **state)
{
    const struct sighting seen[] = {sighting_of(GUID_A, "WK01", "AA", 10),
                                    sighting_of(GUID_A, "wk01", "aa", 5),
                                    sighting_of(GUID_A, "WK01", "AA", 20)};
    struct duplicates *duplicates = duplicates_new();
    struct found found = {0};
    size_t bytes;
    size_t dropped;

    (void)state;
    duplicates_add_all(duplicates, seen, 3);
    assert_int_equal(duplicates_rows(duplicates, &bytes, &dropped), 1);
    duplicates_each(duplicates, keep, &found);
    assert_int_equal(found.groups, 0);
    duplicates_free(duplicates);
}

static void test_two_machines(void **state)
{
    const struct sighting seen[] = {sighting_of(GUID_A, "WK01", NULL, 10),
                                    sighting_of(GUID_A, "WK02", NULL, 15),
                                    sighting_of(GUID_A, "WK01", NULL, 20)};
    struct duplicates *duplicates = duplicates_new();
    struct found found = {0};

    (void)state;
    duplicates_add_all(duplicates, seen, 3);
    duplicates_each(duplicates, keep, &found);
    assert_int_equal(found.groups, 1);
    assert_int_equal(found.count, 2);
    assert_false(found.more);
    assert_string_equal(found.machines[0].name, "WK01");
    assert_int_equal(found.machines[0].first_at, 10 * CLOCK_US_PER_SECOND);
    assert_int_equal(found.machines[0].last_at, 20 * CLOCK_US_PER_SECOND);
    assert_int_equal(found.machines[0].place, 10);
    assert_int_equal(found.machines[0].certificate, 0);
    assert_string_equal(found.machines[1].name, "WK02");
    duplicates_free(duplicates);
}

static void test_another_certificate_is_a_row_of_its_own(void **state)
{
    const struct sighting seen[] = {sighting_of(GUID_A, "WK01", "AA", 10),
                                    sighting_of(GUID_A, "WK01", "BB", 0)};
    struct duplicates *duplicates = duplicates_new();
    struct found found = {0};

    (void)state;
    duplicates_add_all(duplicates, seen, 2);
    duplicates_each(duplicates, keep, &found);
    assert_int_equal(found.count, 2);
    assert_int_not_equal(found.machines[0].certificate, found.machines[1].certificate);
    assert_int_equal(found.machines[1].first_at, EVIDENCE_UNKNOWN);
    duplicates_free(duplicates);
}

/* One GUID on very many machines: what is kept is bounded, and that there are more is told. */
static void test_many_machines(void **state)
{
    struct duplicates *duplicates = duplicates_new();
    struct found found = {0};
    size_t bytes;
    size_t dropped;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        char name[16];
        struct sighting seen;

        snprintf(name, sizeof(name), "WK%04d", i);
        seen = sighting_of(GUID_A, name, NULL, i + 1);
        duplicates_add(duplicates, &seen);
    }
    assert_int_equal(duplicates_rows(duplicates, &bytes, &dropped), MACHINES_MOST + 1);
    duplicates_each(duplicates, keep, &found);
    assert_int_equal(found.groups, 1);
    assert_int_equal(found.count, MACHINES_MOST);
    assert_true(found.more);
    assert_string_equal(found.machines[0].name, "WK0000");
    duplicates_free(duplicates);
}

/* Enough rows that the table grows several times and fills several blocks. */
static void test_many_guids(void **state)
{
    enum { COUNT = 200000 };
    struct duplicates *duplicates = duplicates_new();
    struct found found = {0};
    size_t bytes;
    size_t dropped;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        char guid[40];
        char name[16];
        struct sighting seen;

        snprintf(guid, sizeof(guid), "1%07d-0000-4000-8000-0000%08X", i % (COUNT - 5), 7);
        snprintf(name, sizeof(name), "WK%06d", i);
        seen = sighting_of(guid, name, NULL, 0);
        duplicates_add_all(duplicates, &seen, 1);
    }
    assert_int_equal(duplicates_rows(duplicates, &bytes, &dropped), COUNT);
    duplicates_each(duplicates, keep, &found);
    assert_int_equal(found.groups, 5);
    assert_int_equal(found.count, 2);
    duplicates_free(duplicates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guid),
        cmocka_unit_test(test_guid_portable),
        cmocka_unit_test(test_one_machine_is_no_duplicate),
        cmocka_unit_test(test_two_machines),
        cmocka_unit_test(test_another_certificate_is_a_row_of_its_own),
        cmocka_unit_test(test_many_machines),
        cmocka_unit_test(test_many_guids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
