/* SPDX-License-Identifier: Apache-2.0 */
/* What is read once a run, however many threads need it. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "cli/once.h"

enum { THREADS = 16 };

struct reader {
    struct once *once;
    const char *what;
    struct evidence_set evidence;
    uint32_t case_id;
    int *reads;
    size_t adds; /* records of one reading */
};

static void read_trusts(void *context)
{
    struct reader *reader = context;

    (*reader->reads)++; /* two readers of the same at once would be a race */
    for (size_t i = 0; i < reader->adds; i++) {
        struct evidence_trust *trust =
            evidence_add(&reader->evidence, EVIDENCE_TRUST, reader->case_id, clock_wall_us());

        trust->domain = reader->what;
    }
}

static void *work(void *argument)
{
    struct reader *reader = argument;

    /* The second time the case has it. */
    for (int i = 0; i < 2; i++) {
        once_read(reader->once, reader->what, &reader->evidence, reader->case_id, read_trusts,
                  reader);
    }
    return NULL;
}

static void check_threads(size_t adds)
{
    static const char *const domains[] = {"contoso.lab", "fabrikam.lab"};
    struct reader readers[THREADS] = {{.once = NULL}};
    pthread_t threads[THREADS];
    int reads[2] = {0, 0};
    struct once once;

    once_init(&once);
    for (uint32_t i = 0; i < THREADS; i++) {
        readers[i] = (struct reader){.once = &once,
                                     .what = domains[i % 2],
                                     .case_id = i + 1,
                                     .reads = &reads[i % 2],
                                     .adds = adds};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &readers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(readers[i].evidence.count, adds);
        for (size_t k = 0; k < adds; k++) {
            assert_int_equal(readers[i].evidence.records[k].case_id, i + 1);
            assert_string_equal(readers[i].evidence.records[k].trust->domain, domains[i % 2]);
        }
    }
    assert_int_equal(reads[0], 1);
    assert_int_equal(reads[1], 1);
    once_release(&once);
    for (size_t i = 0; i < THREADS; i++) {
        evidence_release(&readers[i].evidence);
    }
}

static void test_threads(void **state)
{
    (void)state;
    check_threads(3);
}

/* That nothing was found is not asked for again. */
static void test_nothing(void **state)
{
    (void)state;
    check_threads(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests_name("once", tests, NULL, NULL);
}
