/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of known problems: files of them, what patterns match, and for each one that is built
   in a line that tells it and one that nearly does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/file.h"
#include "captures/known_problems.h"

#define REST "log: a\nmeans: m\ndo: d\nsource: s\n"

static enum ccm_status parse(const char *text, size_t length, struct ccm_error *error)
{
    struct signatures signatures = {0};
    const enum ccm_status status = signatures_parse(&signatures, "f", text, length, error);

    if (status == CCM_OK) {
        signatures_ready(&signatures);
    }
    signatures_release(&signatures);
    return status;
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        const char *sentence;
    } rows[] = {
        {"log: a\n", "f:1: a signature begins with name:"},
        {"# c\nname:\n", "f:2: nothing stands behind name"},
        {"name: a\nname: b\n", "f:1: the signature has no line log"},
        {"name: a\n" REST, "f:1: the signature has no line pattern"},
        {"name: a\npattern: abcd\nlog: a\nmeans: m\nsource: s\n",
         "f:1: the signature has no line do"},
        {"name: a\npattern: abcd\n" REST "means: twice\n", "f:7: a second line means"},
        {"name: a\npattern: abc\n" REST, "f:2: a pattern needs a piece of 4 bytes or more without "
                                         "\"*\", and at most 8 of them: abc"},
        {"name: a\npattern: *\n" REST,
         "f:2: a pattern needs a piece of 4 bytes or more without \"*\", and at most 8 of them: *"},
        {"name: a\npattern: a*b*c*d*e*f*g*h*long\n" REST,
         "f:2: a pattern needs a piece of 4 bytes or more without \"*\", and at most 8 of them: "
         "a*b*c*d*e*f*g*h*long"},
        {"name: a\npattern: abcd\nmeans: m\ndo: d\nsource: s\nlog: , ,\n",
         "f:1: the signature names no log"},
        {"name: a\n goes on\n", "f:2: begins with a blank, and goes on nothing"},
        {"name: a\npattern: abcd\n on\n", "f:3: begins with a blank, and goes on nothing"},
        {"name: a\nwhat: b\n", "f:2: expected name:, log:, pattern:, means:, do: or source:"},
        {"name: a\nno colon\n", "f:2: expected name:, log:, pattern:, means:, do: or source:"},
        {"name: a\npattern: abcd\n" REST "\nname: A\npattern: efgh\n" REST,
         "f:8: there is another of this name: A"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ccm_error error = {""};

        assert_int_equal(parse(rows[i].text, strlen(rows[i].text), &error), CCM_ERROR_USAGE);
        assert_string_equal(error.text, rows[i].sentence);
    }
}

static void test_refused_limits(void **state)
{
    struct buffer text = {0};
    struct ccm_error error = {""};

    (void)state;
    assert_int_equal(parse("name: a\0b\n", 10, &error), CCM_ERROR_USAGE);
    assert_string_equal(error.text, "f:1: is no text");
    buffer_puts(&text, "name: a\nmeans: ");
    for (size_t i = 0; i < SIGNATURE_TEXT; i++) {
        buffer_putc(&text, 'x');
    }
    buffer_puts(&text, "\n y\n");
    assert_int_equal(parse(buffer_text(&text), text.length, &error), CCM_ERROR_USAGE);
    assert_non_null(strstr(error.text, "too long: means"));
    buffer_truncate(&text, 0);
    buffer_puts(&text, "name: a\n" REST);
    for (size_t i = 0; i <= SIGNATURE_PATTERNS; i++) {
        buffer_puts(&text, "pattern: abcd\n");
    }
    assert_int_equal(parse(buffer_text(&text), text.length, &error), CCM_ERROR_USAGE);
    assert_string_equal(error.text, "f:22: too many patterns");
    buffer_truncate(&text, 0);
    for (size_t i = 0; i <= SIGNATURES_LIMIT; i++) {
        buffer_printf(&text, "name: %zu\npattern: abcd\n" REST, i);
    }
    assert_int_equal(parse(buffer_text(&text), text.length, &error), CCM_ERROR_USAGE);
    assert_string_equal(error.text, "f:6145: too many signatures");
    buffer_release(&text);
}

static void test_read(void **state)
{
    static const char first[] =
        "\xEF\xBB\xBF# c\r\nNAME: one \r\nlog: a*, b\r\nlog:c\r\n"
        "pattern: abcd # no comment\r\npattern:efgh\r\nmeans: it\r\n  goes\r\n"
        "\r\n\ton\r\ndo: d\r\nsource: s\001\r\n";
    static const char second[] =
        "name: ONE\npattern: ijkl\n" REST "name: two\npattern: abcd\n" REST;
    struct signatures signatures = {0};
    struct ccm_error error;

    (void)state;
    assert_int_equal(signatures_parse(&signatures, "1", first, strlen(first), &error), CCM_OK);
    assert_int_equal(signatures.count, 1);
    assert_string_equal(signatures.items[0].name, "one");
    assert_string_equal(signatures.items[0].means, "it goes on");
    assert_string_equal(signatures.items[0].source, "s\\x01");
    assert_int_equal(signatures.items[0].log_count, 3);
    assert_string_equal(signatures.items[0].logs[1], "b");
    assert_int_equal(signatures.items[0].pattern_count, 2);
    assert_string_equal(signatures.items[0].patterns[0], "abcd # no comment");
    assert_int_equal(signatures.items[0].line, 2);
    /* Another file replaces what has the same name. */
    assert_int_equal(signatures_parse(&signatures, "2", second, strlen(second), &error), CCM_OK);
    assert_int_equal(signatures.count, 2);
    assert_string_equal(signatures.items[0].patterns[0], "ijkl");
    assert_string_equal(signatures.items[1].name, "two");
    signatures_release(&signatures);
}

/* Cut anywhere, a file is read or refused with its line, and nothing else happens. */
static void test_prefixes(void **state)
{
    struct buffer text = {0};
    struct ccm_error error = {""};
    size_t good = 0;

    (void)state;
    assert_int_equal(
        file_read(CCM_SOURCE_DIR "/docs/known-problems.txt", SIGNATURES_FILE_BYTES, &text, &error),
        CCM_OK);
    for (size_t i = 0; i <= text.length; i++) {
        char *exact = malloc(i + 1); /* so that a sanitizer sees what is read behind it */

        memcpy(exact, buffer_text(&text), i);
        good += parse(exact, i, &error) == CCM_OK;
        free(exact);
    }
    assert_true(good > 10 && good < text.length);
    buffer_release(&text);
}

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern;
        const char *message;
        bool matches;
    } rows[] = {
        {"code 2", "exit CODE 2 seen", true},
        {"code 2", "exit code 20, code 2", true},
        {"code 2", "exit code 20", false},
        {"code 2*", "exit code 20", true},
        {"code 2", "barcode 2", false},
        {"*code 2", "barcode 2", true},
        {"[code]2", "x[code]2", true},
        {"Failed * store", "Failed to open the store", true},
        {"Failed * store", "Failed store", false},
        {"Failed*store", "Failedstore", true},
        {"Failed * store", "store Failed to", false},
        {"aaab", "aaaaab aaab", true},
        {"aa*aaab*b", "aaaaabb", true},
        {"aa*aaab*b", "aaabb", false},
        {"abcd", "abc", false},
        {"abcd", "", false},
        {"\xC3\xA9t\xC3\xA9", "l'\xC3\xA9t\xC3\xA9", true},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct signature_pattern pattern;

        assert_true(signature_pattern_read(&arena, rows[i].pattern, &pattern));
        if (signature_pattern_matches(&pattern, rows[i].message, strlen(rows[i].message)) !=
            rows[i].matches) {
            fail_msg("%s in %s", rows[i].pattern, rows[i].message);
        }
    }
    arena_release(&arena);
}

static void test_logs(void **state)
{
    static const char *const yes[] = {"smsts.log", "SMSTS-20100120.lo_", "a.b", "xay", "mm"};
    static const char *const no[] = {"osdsmsts.log", "", "a.bc", "m", "ab"};
    const char *logs[] = {"smsts*", "a.b", "*a*y", "m*m"};
    const struct signature signature = {.logs = logs, .log_count = 4};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_true(signature_is_of_log(&signature, yes[i], strlen(yes[i])));
        assert_false(signature_is_of_log(&signature, no[i], strlen(no[i])));
    }
}

/* --- those that are built in --- */

/* Which log the line stands in, the component that wrote it ("" for a bare line), the line. */
struct sample {
    const char *name; /* how the signature's name begins */
    const char *log;
    const char *component;
    const char *fires;
    const char *silent_component;
    const char *silent;
};

/* Lines as the article has them (its <DP_SERVER> and <DPSHARE> filled in), where it has one. */
static const struct sample SAMPLES[] = {
    {"Network lost in Windows PE while", "x.log", "OSDSetupWindows",
     "Windows setup failed, code 3221225478", "OSDSetupWindows",
     "Process completed with exit code 3221225478"},
    {"Network lost in Windows PE while", "smsts.log", "OSDSetupWindows",
     "Windows Setup completed with exit code 3221225478", "OSDSetupWindows",
     "Windows Setup completed with exit code 0"},
    {"Network lost in Windows PE while", "setupact.log", "",
     "2010-01-20 10:11:12, Error [0x060412] IBS IsValidTargetLanguage: Unable to get languages "
     "from "
     "the lang.ini file.[gle=0x00000035]",
     "",
     "2010-01-20 10:11:12, Error [0x060412] IBS IsValidTargetLanguage: Unable to get languages "
     "from "
     "the lang.ini file.[gle=0x00000002]"},
    {"Network lost in Windows PE while", "setuperr.log", "",
     "2010-01-20 10:11:12, Error [0x060412] IBS IsValidTargetLanguage: Unable to get languages "
     "from "
     "the lang.ini file.[gle=0x00000040]",
     "", "2010-01-20 10:11:12, Info [0x0601d7] IBS InstallWindows:Error Type = 3211266"},
    {"Network lost in Windows PE while", "setuperr.log", "",
     "2010-01-20 10:11:12, Error [0x060467] IBS Failed to retrieve compressed image size for "
     "'\\\\DP1\\SMSPKGD$\\S0100001\\SOURCES\\Install.wim'[gle=0x00000035]",
     "",
     "2010-01-20 10:11:12, Error [0x060467] IBS Failed to retrieve compressed image size for "
     "'\\\\DP1\\SMSPKGD$\\S0100001\\SOURCES\\Install.wim'[gle=0x00000003]"},
    {"Network lost in Windows PE while", "setuperr.log", "",
     "2010-01-20 10:11:12, Error [0x060467] IBS Failed to retrieve compressed image size for "
     "'\\\\DP1\\SMSPKGD$\\S0100001\\SOURCES\\Install.wim'[gle=0x00000040]",
     "", "2010-01-20 10:11:12, Info [0x060115] IBS Callback_Productkey_Validate_Unattend"},
    {"Network lost in Windows PE while", "setupact.log", "",
     "2010-01-20 10:11:12, FatalError [0x090001] PANTHR Unhandled exception (code 0xC0000006: "
     "IN_PAGE_ERROR) occurred at 0x735E87D4 in \\\\DP1\\SMSPKGD$\\S0100001\\SOURCES\\win32ui.dll "
     "(+000287D4). Minidump attached (51636 bytes).",
     "", "2010-01-20 10:11:12, FatalError [0x090001] PANTHR Unhandled exception (code 0xC0000005)"},
    {"Network lost in Windows PE after", "smsts.log", "OSDSetupHook",
     "Error. Received 0x80072ee7 from WinHttpSendRequest.", "TSManager",
     "Error. Received 0x80072ee7 from WinHttpSendRequest."},
    {"Network lost in Windows PE after", "smsts.log", "OSDSetupHook",
     "SendResourceRequest() failed with 0x80072ee7", "OSDSetupHook",
     "SendResourceRequest() failed with 0x80072ee2"},
    {"Network lost in Windows PE after", "smsts.log", "OSDSetupHook",
     "sending with winhttp failed; 80072ee7", "OSDSetupHook",
     "sending with winhttp failed; 80072efd"},
    {"Boot image of Windows PE 2", "smsts.log", "OSDDriverClient",
     "Package manager failed with return code 2", "OSDDriverClient",
     "Package manager failed with return code 2147942402"},
    {"Boot image of Windows PE 2", "PkgMgr.log", "",
     "2010-01-20 10:11:12, Info CBS Failed to start dism.exe. [HRESULT = 0x80070002 - "
     "ERROR_FILE_NOT_FOUND]",
     "", "2010-01-20 10:11:12, Info CBS pkgmgr return code: 0x2"},
    {"A certificate's friendly name", "Ccmexec.log", "OSDSMPClient",
     "Failed to import the client certificate store (0x80092024)", "OSDSMPClient",
     "Failed to import the client certificate store (0x80092004)"},
    {"No space on the disk", "SMS_BOOTSTRAP.log", "", "There is not enough space on the disk.", "",
     "There is enough space on the disk."},
    {"No space on the disk", "ConfigMgrSetup.log", "Configuration Manager Setup",
     "ERROR: failed to copy files, error 0x80070070", "Configuration Manager Setup",
     "ERROR: failed to copy files, error 0x80070005"},
    {"A package could not be", "distmgr.log", "SMS_DISTRIBUTION_MANAGER",
     "Failed to process package S0100001 after 1 retries, will retry 99 more times",
     "SMS_DISTRIBUTION_MANAGER",
     "The contents for the package S0100001 hasn't arrived from site "
     "S01 yet, will retry later."},
    {"The MP refuses a request as bad", "x", "CcmMessaging",
     "[CCMHTTP] ERROR INFO: StatusCode=400 StatusText=Bad Request", "CcmMessaging",
     "[CCMHTTP] ERROR INFO: StatusCode=4001 StatusText="},
    {"The MP forbids the request", "x", "CcmMessaging",
     "[CCMHTTP] ERROR INFO: StatusCode=403 StatusText=Forbidden", "CcmMessaging",
     "[CCMHTTP] ERROR INFO: StatusCode=401 StatusText=Unauthorized"},
    {"The MP does not find", "x", "CcmMessaging",
     "[CCMHTTP] ERROR INFO: StatusCode=404 StatusText=Not Found", "LocationServices",
     "[CCMHTTP] ERROR INFO: StatusCode=404 StatusText=Not Found"},
    {"The MP fails with an internal", "CcmMessaging.log", "",
     "[CCMHTTP] ERROR INFO: StatusCode=500 StatusText=Internal Server Error", "",
     "[CCMHTTP] ERROR INFO: StatusCode=503 StatusText=Service Unavailable"},
    {"The MP cannot use", "MP_GetAuth.log", "MP_GetAuth_ISAPI", "MPDB ERROR Init 0x80004005",
     "MP_GetAuth_ISAPI", "MPDB Init"},
    {"The site does not trust", "MP_RegistrationManager.log", "MP_RegistrationManager",
     "The certificate chain processed correctly but terminated in a root certificate not trusted "
     "per ConfigMgr CTL.",
     "MP_RegistrationManager", "The certificate chain processed correctly."},
    {"A client registers with", "x", "MP_RegistrationManager",
     "Certificate [Thumbprint 820BD3C209D6ED2155D5343BEEA67A725389B747] issued to 'CL2' has "
     "expired.",
     "MP_RegistrationManager",
     "Completed validation of Certificate [Thumbprint 820BD3C209D6ED2155D5343BEEA67A725389B747] "
     "issued to 'CL2'"},
};

enum { SAMPLE_COUNT = sizeof(SAMPLES) / sizeof(SAMPLES[0]) };

static void load_builtin(struct signatures *signatures)
{
    struct ccm_error error = {""};

    if (signatures_load_builtin(signatures, &error) != CCM_OK) {
        fail_msg("%s", error.text);
    }
    signatures_ready(signatures);
}

/* The one signature that the line tells, NULL for none. The line stands behind `padding` bytes. */
static const char *told_by(const struct signatures *signatures, const char *log,
                           const char *component, const char *line, size_t padding)
{
    struct known_problems *problems = known_problems_new(signatures, log);
    struct buffer message = {0};
    struct ccm_log_entry entry = {.line = 1};
    const char *name = NULL;
    size_t count;
    const struct known_problem *list = known_problems_list(problems, &count);

    for (size_t i = 0; i < padding; i++) {
        buffer_putc(&message, i + 1 == padding ? ' ' : '.');
    }
    buffer_puts(&message, line);
    entry.message = buffer_text(&message);
    entry.message_length = message.length;
    entry.component = *component ? component : NULL;
    entry.component_length = strlen(component);
    known_problems_entry(problems, &entry);
    for (size_t i = 0; i < count; i++) {
        if (list[i].told) {
            assert_null(name);
            assert_int_equal(list[i].told->count, 1);
            name = signatures->items[i].name;
        }
    }
    known_problems_free(problems);
    buffer_release(&message);
    return name;
}

static void test_samples(void **state)
{
    struct signatures signatures = {0};

    (void)state;
    load_builtin(&signatures);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        const struct sample *row = &SAMPLES[i];

        for (size_t padding = 0; padding < 20; padding++) {
            const char *name = told_by(&signatures, row->log, row->component, row->fires, padding);

            if (!name || strncmp(name, row->name, strlen(row->name)) != 0) {
                fail_msg("%s (behind %zu): %s", row->fires, padding, name ? name : "nothing");
            }
        }
        if (strcmp(row->silent_component, row->component) == 0 || !*row->component) {
            assert_null(told_by(&signatures, row->log, row->silent_component, row->silent, 0));
        } else {
            assert_null(told_by(&signatures, "smsts.log", row->silent_component, row->silent, 0));
        }
        assert_null(told_by(&signatures, "other.log", "other", row->fires, 0));
    }
    signatures_release(&signatures);
}

/* Every signature and every one of its patterns has a line in the table. */
static void test_every_pattern_has_a_sample(void **state)
{
    struct signatures signatures = {0};

    (void)state;
    load_builtin(&signatures);
    assert_true(signatures.pattern_count > 20);
    for (size_t i = 0; i < signatures.pattern_count; i++) {
        const struct signature_pattern *pattern = &signatures.patterns[i];
        bool found = false;

        for (size_t k = 0; k < SAMPLE_COUNT; k++) {
            found = found ||
                    signature_pattern_matches(pattern, SAMPLES[k].fires, strlen(SAMPLES[k].fires));
        }
        if (!found) {
            fail_msg("no sample: %s", signatures.items[pattern->signature].name);
        }
    }
    signatures_release(&signatures);
}

static void count_found(void *context, const struct signature_pattern *pattern)
{
    (void)pattern;
    ++*(size_t *)context;
}

/* The index finds what the patterns match by themselves, in words made of few letters. */
static void test_index_agrees(void **state)
{
    static const char text[] = "name: a\npattern: abab\npattern: AABB*ba\npattern: bbbbbbbbbb\n"
                               "pattern: *aaaaab*\npattern: a a b*bbbb\n" REST;
    struct signatures signatures = {0};
    struct ccm_error error;
    unsigned char tried[5] = {0};
    size_t list[5];
    struct signature_scan scan = {tried, list, 0};
    uint32_t random = 1;
    size_t hits = 0;

    (void)state;
    assert_int_equal(signatures_parse(&signatures, "f", text, strlen(text), &error), CCM_OK);
    signatures_ready(&signatures);
    for (size_t round = 0; round < 20000; round++) {
        char message[64];
        size_t found = 0;
        size_t expected = 0;
        const size_t length = round % (sizeof(message) + 1);

        for (size_t i = 0; i < length; i++) {
            random = random * 1103515245U + 12345U;
            message[i] = "aAbBb a"[(random >> 16) % 7];
        }
        signatures_search(&signatures, &scan, message, length, count_found, &found);
        for (size_t i = 0; i < signatures.pattern_count; i++) {
            expected += signature_pattern_matches(&signatures.patterns[i], message, length);
        }
        assert_int_equal(found, expected);
        hits += found;
    }
    assert_true(hits > 100);
    signatures_release(&signatures);
}

static void test_counted(void **state)
{
    struct signatures signatures = {0};
    struct known_problems *problems;
    const struct known_problem *list;
    struct ccm_log_entry entry = {.message = "Failed to start dism.exe. [HRESULT = 0x80070002 - "
                                             "ERROR_FILE_NOT_FOUND] Package manager failed with "
                                             "return code 2"};
    size_t told = 0;
    size_t count;

    (void)state;
    load_builtin(&signatures);
    entry.message_length = strlen(entry.message);
    problems = known_problems_new(&signatures, "/a/b/PKGMGR.log");
    for (int64_t line = 1; line <= 3; line++) {
        entry.line = line;
        assert_true(known_problems_entry(problems, &entry));
    }
    entry.message_length = 10;
    assert_false(known_problems_entry(problems, &entry));
    list = known_problems_list(problems, &count);
    for (size_t i = 0; i < count; i++) {
        if (list[i].told) {
            told++;
            assert_int_equal(list[i].told->count, 3); /* two patterns of one entry count once */
            assert_int_equal(list[i].line, 1);
            assert_int_equal(list[i].told->last_line, 3);
        }
    }
    assert_int_equal(told, 1);
    known_problems_free(problems);
    signatures_release(&signatures);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_refused_limits),
        cmocka_unit_test(test_read),         cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_patterns),     cmocka_unit_test(test_logs),
        cmocka_unit_test(test_samples),      cmocka_unit_test(test_every_pattern_has_a_sample),
        cmocka_unit_test(test_index_agrees), cmocka_unit_test(test_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
