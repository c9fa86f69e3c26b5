/* SPDX-License-Identifier: Apache-2.0 */
/* Traces of more clients than get a case: every registration is compared with its certificates, and
   what does not agree is told, however late it comes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "captures/text_file.h"
#include "evidence/registration.h"
#include "tests/unit/hostile.h"

static const char FILE_NAME[] = "trace.sql";

static void read_trace(const struct buffer *text, struct evidence_set *evidence_out)
{
    struct duplicates *duplicates = duplicates_new();
    const struct text_settings settings = {
        .since = EVIDENCE_UNKNOWN, .until = EVIDENCE_UNKNOWN, .duplicates = duplicates};
    struct ccm_error error = {""};
    FILE *file = fopen(FILE_NAME, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text->data, 1, text->length, file), text->length);
    fclose(file);
    evidence_init(evidence_out);
    assert_int_equal(sql_trace_read(FILE_NAME, &settings, evidence_out, &error), CCM_OK);
    duplicates_free(duplicates);
    remove(FILE_NAME);
}

/* Clients of which nothing is stated that could be wrong, or whose certificate cannot be read. */
static void add_clients(struct buffer *text, size_t count, const char *more)
{
    for (size_t i = 0; i < count; i++) {
        buffer_printf(text, "exec spUpdateClientRegistration @NetbiosName=N'C%zu'%s\n", i, more);
    }
}

/* The article's call, with the first `what` behind `after` exchanged. */
static void add_call(struct buffer *text, const char *after, const char *what, const char *with)
{
    struct buffer call = hostile_seed("sql_trace/inlaid.txt");
    char *place = strstr(call.data, after);

    place = place ? strstr(place, what) : NULL;
    assert_non_null(place);
    memcpy(place, with, strlen(with));
    buffer_append(text, call.data, call.length);
    buffer_release(&call);
}

/* The registration that begins in the line, NULL when it is not told. */
static const struct evidence_registration *at_line(const struct evidence_set *evidence,
                                                   int64_t line)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct evidence_record *record = &evidence->records[i];

        if (record->kind == EVIDENCE_REGISTRATION && record->place->line == line) {
            return record->registration;
        }
    }
    return NULL;
}

static void check_limit(const struct evidence_set *evidence, size_t place, int64_t limit,
                        int64_t dropped)
{
    const struct evidence_recording *recording = evidence->records[0].recording;

    assert_int_equal(evidence->records[0].kind, EVIDENCE_RECORDING);
    assert_true(place < recording->limit_count);
    assert_int_equal(recording->limits[place].limit, limit);
    assert_int_equal(recording->limits[place].dropped, dropped);
}

static void check_differs(const struct evidence_set *evidence, int64_t line, unsigned parts)
{
    const struct evidence_registration *found = at_line(evidence, line);

    assert_non_null(found);
    assert_int_equal(registration_differences(found), parts);
}

static void test_wrong_ones_behind_the_last_case(void **state)
{
    struct buffer text = {0};
    struct evidence_set evidence;
    const int64_t first = TEXT_FILE_CLIENTS + 1;

    (void)state;
    add_clients(&text, TEXT_FILE_CLIENTS, ", @KeyType=1");
    add_call(&text, "(@FQDName)", "WK02", "WK02");
    add_call(&text, "(@Thumbprint)", "0xE8", "0xE9");
    buffer_puts(&text, "exec spUpdateClientRegistration @NetbiosName=N'D', @EncKey=0x00\n");
    read_trace(&text, &evidence);
    assert_null(at_line(&evidence, first));
    check_differs(&evidence, first + 1, REGISTRATION_THUMBPRINT);
    assert_string_equal(at_line(&evidence, first + 2)->problem, "@EncKey cannot be read");
    assert_int_equal(evidence.records[0].recording->limit_count, 1);
    check_limit(&evidence, 0, TEXT_FILE_CLIENTS, 1);
    evidence_release(&evidence);
    buffer_release(&text);
}

static void test_as_many_again_and_no_more(void **state)
{
    struct buffer text = {0};
    struct evidence_set evidence;
    const int64_t last = (int64_t)2 * TEXT_FILE_CLIENTS;

    (void)state;
    add_clients(&text, (size_t)last + 3, ", @Certificate=0x00");
    read_trace(&text, &evidence);
    assert_non_null(at_line(&evidence, last));
    assert_null(at_line(&evidence, last + 1));
    assert_int_equal(evidence.records[0].recording->limit_count, 1);
    check_limit(&evidence, 0, last, 3);
    evidence_release(&evidence);
    buffer_release(&text);
}

/* A client says the same as before of another certificate. */
static void test_another_certificate_of_a_known_client(void **state)
{
    struct buffer text = {0};
    struct evidence_set evidence;

    (void)state;
    add_call(&text, "(@Certificate)", "0x308201E0", "0x308201E0");
    add_call(&text, "(@Certificate)", "0x308201E0", "0x308201E0");
    add_call(&text, "(@Certificate)", "0201020210C2", "0201020210C3");
    add_call(&text, "(@PublicKey)", "0x0602000000240000525341310004000001000100",
             "0x0602000000240000525341310004000003000100");
    read_trace(&text, &evidence);
    check_differs(&evidence, 1, 0);
    assert_null(at_line(&evidence, 2));
    check_differs(&evidence, 3, REGISTRATION_THUMBPRINT);
    check_differs(&evidence, 4, REGISTRATION_KEY);
    evidence_release(&evidence);
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_ones_behind_the_last_case),
        cmocka_unit_test(test_as_many_again_and_no_more),
        cmocka_unit_test(test_another_certificate_of_a_known_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
