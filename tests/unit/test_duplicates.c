/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
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

enum { SOME = 8 };

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

/* Made ready and added together. */
static void add_all(struct duplicates *duplicates, const struct sighting *seen, size_t count)
{
    char names[SOME][SIGHTING_NAME_SIZE];
    struct ready_sighting ready[SOME];

    assert_true(count <= SOME);
    for (size_t i = 0; i < count; i++) {
        sighting_prepare(&seen[i], names[i], &ready[i]);
    }
    duplicates_add_all(duplicates, ready, count, 0);
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

/* Every length, to both sides of what is copied at a time; longer ones are cut. */
static void test_names(void **state)
{
    char letters[300];
    char name[SIGHTING_NAME_SIZE];
    struct sighting seen = {.name = letters, .at = EVIDENCE_UNKNOWN};
    struct ready_sighting ready;

    (void)state;
    for (size_t i = 0; i < sizeof(letters); i++) {
        letters[i] = (char)(i % 256);
    }
    for (size_t length = 0; length < sizeof(letters); length++) {
        const size_t kept = length < 255 ? length : 255;

        seen.name_length = length;
        memset(name, 'x', sizeof(name));
        sighting_prepare(&seen, name, &ready);
        assert_int_equal(ready.name_length, kept);
        for (size_t i = 0; i < kept; i++) {
            const int letter = i >= 'a' && i <= 'z' ? (int)i - 32 : (int)i;

            assert_int_equal((uint8_t)ready.name[i], letter);
        }
        assert_int_equal(ready.name[kept], '\0');
        assert_int_equal(kept < 255 ? name[kept + 1] : 'x', 'x');
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
    add_all(duplicates, seen, 3);
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
    add_all(duplicates, seen, 3);
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
    add_all(duplicates, seen, 2);
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

struct places {
    size_t groups;
    size_t timed;
};

/* Of test_many_guids: which line and which time is whose. */
static void check_places(void *context, const uint8_t guid[16], const struct seen_machine *machines,
                         size_t count, bool more)
{
    struct places *places = context;

    (void)guid;
    assert_int_equal(count, 2);
    assert_false(more);
    for (size_t i = 0; i < count; i++) {
        char name[16];

        snprintf(name, sizeof(name), "WK%06u", machines[i].place - 1000);
        assert_string_equal(machines[i].name, name);
        places->timed += machines[i].first_at == EVIDENCE_UNKNOWN ? 0 : 1;
    }
    assert_int_equal(machines[1].place - machines[0].place, 599995);
    places->groups++;
}

/* Enough rows that the table grows several times and fills several blocks, of which the first few
   tell no times; whether it was told how many there are makes no difference. */
static void check_many_guids(uint64_t expected)
{
    enum { COUNT = 600000, DIFFERENT = COUNT - 5 };
    struct duplicates *duplicates = duplicates_new();
    struct places places = {0};
    size_t bytes;
    size_t dropped;

    for (int i = 0; i < COUNT; i++) {
        char guid[40];
        char name[SIGHTING_NAME_SIZE];
        char text[16];
        struct sighting seen;
        struct ready_sighting ready;

        snprintf(guid, sizeof(guid), "1%07d-0000-4000-8000-0000%08X", i % DIFFERENT, 7);
        snprintf(text, sizeof(text), "wk%06d", i);
        seen = sighting_of(guid, text, NULL, i < 599998 ? 0 : 10);
        seen.place = (uint32_t)i;
        sighting_prepare(&seen, name, &ready);
        duplicates_add_all(duplicates, &ready, 1, 1000);
        if (i == 10) {
            duplicates_expect(duplicates, expected);
        }
    }
    assert_int_equal(duplicates_rows(duplicates, &bytes, &dropped), COUNT);
    assert_int_equal(dropped, 0);
    duplicates_each(duplicates, check_places, &places);
    assert_int_equal(places.groups, 5);
    assert_int_equal(places.timed, 2);
    duplicates_free(duplicates);
}

static void test_many_guids(void **state)
{
    (void)state;
    check_many_guids(0);
    check_many_guids(600000);
}

/* Of one row a certificate is known, and nothing of the others, although the table grew. */
static void test_certificate_of_one(void **state)
{
    enum { COUNT = 300 };
    struct duplicates *duplicates = duplicates_new();
    size_t bytes;
    size_t dropped;

    (void)state;
    mallopt(M_PERTURB, 0x55); /* memory that nobody set holds no zeros */
    for (uint32_t i = 0; i < 2 * COUNT; i++) {
        struct sighting seen = sighting_of(GUID_A, "WK01", i % COUNT == 0 ? "AA" : NULL, 0);
        const uint32_t number = i % COUNT;

        memcpy(seen.guid, &number, sizeof(number));
        duplicates_add(duplicates, &seen);
    }
    mallopt(M_PERTURB, 0);
    assert_int_equal(duplicates_rows(duplicates, &bytes, &dropped), COUNT);
    duplicates_free(duplicates);
}

/* A table of few rows is small, and one of many has the bytes a row that its header says. */
static void test_memory(void **state)
{
    enum { COUNT = 1 << 20 };
    struct duplicates *duplicates = duplicates_new();
    struct ready_sighting ready = {.name = "WK00000001", .name_length = 10};
    size_t bytes;
    size_t dropped;

    (void)state;
    for (uint32_t i = 0; i < COUNT; i++) {
        memcpy(ready.guid, &i, sizeof(i));
        duplicates_add_all(duplicates, &ready, 1, 0);
        if (i == 10) {
            duplicates_rows(duplicates, &bytes, &dropped);
            assert_true(bytes < 4096);
        }
    }
    assert_int_equal(duplicates_rows(duplicates, &bytes, &dropped), COUNT);
    assert_true(bytes / COUNT < 28 + 12 + 11);
    duplicates_free(duplicates);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guid),
        cmocka_unit_test(test_guid_portable),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_one_machine_is_no_duplicate),
        cmocka_unit_test(test_two_machines),
        cmocka_unit_test(test_another_certificate_is_a_row_of_its_own),
        cmocka_unit_test(test_many_machines),
        cmocka_unit_test(test_many_guids),
        cmocka_unit_test(test_certificate_of_one),
        cmocka_unit_test(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
