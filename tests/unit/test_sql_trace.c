/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of spUpdateClientRegistration in every form that traces write. The call itself, its
   certificates and its values are those that Microsoft's article on automatic client approval
   prints: everything in it agrees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "captures/sql_trace.h"
#include "evidence/copy.h"
#include "tests/unit/hostile.h"

struct seen {
    struct arena arena;
    struct evidence_registration *registration;
    size_t count;
    int64_t at;
    int64_t line;
};

static void keep(void *context, struct evidence_registration *registration, int64_t at,
                 int64_t line)
{
    const struct shape *shape = shape_of(EVIDENCE_REGISTRATION);
    struct seen *seen = context;

    seen->registration = evidence_copy(
        shape, registration, arena_alloc(&seen->arena, evidence_size(shape, registration)));
    seen->count++;
    seen->at = at;
    seen->line = line;
}

/* Reads the text in pieces of `piece` bytes. */
static int64_t read_pieces(const char *text, size_t length, size_t piece, struct seen *seen_out)
{
    const struct sql_trace_settings settings = {
        .on_call = keep, .context = seen_out, .whole = true};
    struct sql_trace *trace = sql_trace_new(&settings);
    const struct text_worker worker = sql_trace_worker(trace);
    int64_t lines;

    memset(seen_out, 0, sizeof(*seen_out));
    text_work_memory(text, length, piece, &worker);
    lines = sql_trace_lines(trace);
    sql_trace_free(trace);
    return lines;
}

static void check_time(int64_t at, const char *expected)
{
    char text[CLOCK_TEXT_SIZE];

    assert_string_equal(clock_format(at, text), expected);
}

/* Every one of these holds for the article's call. */
static void check_article(const struct evidence_registration *found)
{
    const struct registration_certificate *signing = found->signing;
    const struct registration_certificate *encryption = found->encryption;

    assert_null(found->problem);
    assert_int_equal(found->source, REGISTRATION_SQL);
    assert_string_equal(found->smsid, "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03B");
    assert_string_equal(found->name, "WK02-020-51W");
    assert_string_equal(found->fqdn, "WK02-020-51W.Child.A2003.VM.local");
    assert_string_equal(found->hardware_id, "2:D4D8AD1963DA464FC3EE60E5212310036AB9EDEC");
    assert_string_equal(found->agent_version, "4.00.6221.1000");
    assert_int_equal(found->key_type, 1);
    assert_int_equal(found->approval_method, 1);
    assert_int_equal(found->integrated, 1);
    assert_non_null(signing);
    assert_string_equal(signing->thumbprint, found->signing_thumbprint);
    assert_string_equal(signing->thumbprint, "E824658E489FDBB6481ED7788E74877FB9DBCF0B");
    assert_string_equal(signing->subject, found->name);
    assert_int_equal(signing->key_matches, TRI_YES);
    assert_int_equal(signing->negative_serial, TRI_YES);
    assert_int_equal(signing->not_before, found->certificate_not_before);
    assert_int_equal(signing->not_after, found->certificate_not_after);
    check_time(signing->not_before, "2009-05-19T19:34:47.000000Z");
    check_time(signing->not_after, "2109-04-26T19:34:47.000000Z");
    assert_non_null(encryption);
    assert_string_equal(encryption->thumbprint, found->encryption_thumbprint);
    assert_int_equal(encryption->negative_serial, TRI_NO);
    assert_int_equal(encryption->key_matches, TRI_UNKNOWN);
}

static void check_parameter(const struct evidence_registration *found, size_t place,
                            const char *name, const char *type, const char *value)
{
    assert_true(place < found->parameter_count);
    assert_string_equal(found->parameters[place].name, name);
    assert_string_equal(found->parameters[place].type, type);
    if (value) {
        assert_string_equal(found->parameters[place].value, value);
    } else {
        assert_null(found->parameters[place].value);
    }
}

struct form {
    const char *seed;
    const char *at; /* NULL: the trace does not say */
    int64_t line;
    int64_t lines;
};

static const struct form FORMS[] = {
    {"sql_trace/inlaid.txt", NULL, 1, 1},
    {"sql_trace/named.sql", "2009-05-20T19:35:14.250000Z", 3, 4},
    {"sql_trace/positional.sql", NULL, 1, 1},
    {"sql_trace/profiler.xml", "2009-05-20T19:35:14.250000Z", 5, 11},
    {"sql_trace/events.xml", "2009-05-20T19:35:14.250000Z", 2, 3},
    {"sql_trace/export.csv", "2009-05-20T19:35:14.250000Z", 2, 3},
};

static void test_forms(void **state)
{
    static const size_t pieces[] = {1, 7, 64, 999, 4096, 1 << 20};

    (void)state;
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        struct buffer text = hostile_seed(FORMS[i].seed);

        for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
            struct seen seen;

            assert_int_equal(read_pieces(text.data, text.length, pieces[j], &seen), FORMS[i].lines);
            assert_int_equal(seen.count, 1);
            check_article(seen.registration);
            assert_int_equal(seen.line, FORMS[i].line);
            if (FORMS[i].at) {
                check_time(seen.at, FORMS[i].at);
            } else {
                assert_int_equal(seen.at, EVIDENCE_UNKNOWN);
            }
            assert_int_equal(seen.registration->parameter_count, 28);
            check_parameter(seen.registration, 0, "@SiteCode", "string", "2P4");
            check_parameter(seen.registration, 2, "@CSMSID", "null", NULL);
            check_parameter(seen.registration, 5, "@Certificate", "binary",
                            "0x308201E03082014DA0030201020210C2... (484 bytes)");
            check_parameter(seen.registration, 9, "@KeyType", "integer", "1");
            arena_release(&seen.arena);
        }
        buffer_release(&text);
    }
}

static void test_definition_is_no_call(void **state)
{
    struct buffer text = hostile_seed("sql_trace/definition.sql");
    struct seen seen;

    (void)state;
    read_pieces(text.data, text.length, text.length, &seen);
    assert_int_equal(seen.count, 0);
    buffer_release(&text);
}

/* Exchanges one character of the article's call. */
static void read_changed(const char *what, const char *with, struct seen *seen_out)
{
    struct buffer text = hostile_seed("sql_trace/inlaid.txt");
    char *place = strstr(text.data, what);

    assert_non_null(place);
    memcpy(place, with, strlen(with));
    read_pieces(text.data, text.length, text.length, seen_out);
    assert_int_equal(seen_out->count, 1);
    buffer_release(&text);
}

static void test_disagreement_is_seen(void **state)
{
    struct seen seen;

    (void)state;
    read_changed("(@Thumbprint) 0xE8", "(@Thumbprint) 0xE9", &seen);
    assert_string_not_equal(seen.registration->signing->thumbprint,
                            seen.registration->signing_thumbprint);
    arena_release(&seen.arena);
    read_changed("(@PublicKey) 0x06020000002400005253413100040000010001009F",
                 "(@PublicKey) 0x06020000002400005253413100040000010001009E", &seen);
    assert_int_equal(seen.registration->signing->key_matches, TRI_NO);
    arena_release(&seen.arena);
    read_changed("(@NetbiosName) \"WK02", "(@NetbiosName) \"WK03", &seen);
    assert_string_not_equal(seen.registration->signing->subject, seen.registration->name);
    arena_release(&seen.arena);
    read_changed("(@Certificate) 0x3082", "(@Certificate) 0x3182", &seen);
    assert_null(seen.registration->signing);
    assert_string_equal(seen.registration->problem, "@Certificate cannot be read");
    arena_release(&seen.arena);
}

static void test_positional_of_another_version(void **state)
{
    static const char text[] = "exec spUpdateClientRegistration N'PS1', N'GUID:1', 0x00";
    struct seen seen;

    (void)state;
    read_pieces(text, sizeof(text) - 1, 16, &seen);
    assert_int_equal(seen.count, 1);
    assert_null(seen.registration->smsid);
    assert_non_null(seen.registration->problem);
    check_parameter(seen.registration, 1, "parameter 2", "string", "GUID:1");
    arena_release(&seen.arena);
}

static void test_quotes_inside_strings(void **state)
{
    static const char text[] = "exec spUpdateClientRegistration @SiteCode=N'PS1', "
                               "@NetbiosName=N'O''BRIEN', @FQDName = @name OUTPUT, @KeyType=-1";
    struct seen seen;

    (void)state;
    read_pieces(text, sizeof(text) - 1, 16, &seen);
    assert_string_equal(seen.registration->name, "O''BRIEN");
    check_parameter(seen.registration, 2, "@FQDName", "variable", "@name");
    check_parameter(seen.registration, 3, "@KeyType", "integer", "-1");
    arena_release(&seen.arena);
}

/* What a call's values say is no call, and hides none, wherever the text is divided. */
static void test_call_within_a_call(void **state)
{
    static const char text[] = "exec spUpdateClientRegistration @SiteCode=N'PS1', @FQDName="
                               "N'spUpdateClientRegistration 1, \"', @NetbiosName=N'PC1'\n"
                               "exec spUpdateClientRegistration @KeyType=1, @NetbiosName=N'PC2'"
                               "\n -- \"";

    (void)state;
    for (size_t piece = 1; piece <= sizeof(text); piece++) {
        struct seen seen;

        assert_int_equal(read_pieces(text, sizeof(text) - 1, piece, &seen), 3);
        assert_int_equal(seen.count, 2);
        assert_int_equal(seen.line, 2);
        assert_string_equal(seen.registration->name, "PC2");
        arena_release(&seen.arena);
    }
}

static void read_anything(const void *bytes, size_t length)
{
    struct seen seen;

    read_pieces(bytes, length, 1024, &seen);
    arena_release(&seen.arena);
}

/* A call that is cut gives no value that the whole one has not. */
static void read_prefix(const void *bytes, size_t length)
{
    struct seen seen;

    read_pieces(bytes, length, 1024, &seen);
    if (seen.count > 0 && seen.registration->signing) {
        assert_string_equal(seen.registration->signing->thumbprint,
                            "E824658E489FDBB6481ED7788E74877FB9DBCF0B");
    }
    if (seen.count > 0 && seen.registration->smsid) {
        assert_string_equal(seen.registration->smsid, "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03B");
    }
    arena_release(&seen.arena);
}

/* A trace that was cut says so, also within a word; where a value ends nobody can tell. */
static void test_cut_call(void **state)
{
    static const char START[] =
        "exec spUpdateClientRegistration @SiteCode=N'P01',@SMSID=N'GUID:A',";
    static const struct {
        const char *end;
        bool cut;
    } rows[] = {
        {"@Force=0", false},
        {"@CSMSID=NULL", false},
        {"@ISVProxyID=@p1", false},
        {"", true},
        {"@", true},
        {"@Resolutio", true},
        {"@ResolutionMethod", true},
        {"@ResolutionMethod=", true},
        {"@CSMSID=NUL", true},
        {"@CSMSID=N", true},
        {"@NetbiosName=N'WK0", true},
        {"@Version=-", true},
        {"@Certificate=0", false},
        {"@Certificate=0x30", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[256];
        struct seen seen = {0};

        snprintf(text, sizeof(text), "%s%s", START, rows[i].end);
        read_pieces(text, strlen(text), 4096, &seen);
        if (seen.count != 1 || (seen.registration->problem != NULL) != rows[i].cut) {
            fail_msg("%s: %s", rows[i].end, rows[i].cut ? "not told as cut" : "told as cut");
        }
        arena_release(&seen.arena);
    }
}

static void test_damaged_traces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        struct buffer text = hostile_seed(FORMS[i].seed);

        hostile_cut(text.data, text.length, read_prefix);
        buffer_release(&text);
    }
    struct buffer text = hostile_seed("sql_trace/events.xml");

    hostile_flip(text.data, text.length < 400 ? text.length : 400, read_anything);
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_definition_is_no_call),
        cmocka_unit_test(test_disagreement_is_seen),
        cmocka_unit_test(test_positional_of_another_version),
        cmocka_unit_test(test_quotes_inside_strings),
        cmocka_unit_test(test_call_within_a_call),
        cmocka_unit_test(test_cut_call),
        cmocka_unit_test(test_damaged_traces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
