/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole reports, byte for byte: NAME.jsonl is judged and rendered, and compared with NAME.txt
 * (NAME.verbose.txt with -v) and NAME.json. With CCM_UPDATE_GOLDEN=1 these are written instead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "evidence/json.h"
#include "report/report.h"

#define FOLDER CCM_SOURCE_DIR "/tests/golden/"

enum { FILE_LIMIT = 1 << 24 };

/* The samples, and what each is about. */
static const char *const SAMPLES[] = {
    "healthy",            /* everything works */
    "referral",           /* a client of a child domain, and an MP of the parent domain */
    "spn-missing",        /* no account for HTTP, none for HOST */
    "wrong-key",          /* HTTP refused, HOST accepted */
    "clock",              /* the MP runs ahead */
    "silent-kdc",         /* no KDC of the MP's domain answers */
    "no-identity",        /* nothing but the anonymous half */
    "several",            /* three MPs: one good, two bad in different ways */
    "spn-owner",          /* wrong-key, with the owner of the SPN named by the directory */
    "trusts",             /* an MP behind an external trust, among trusts of other kinds */
    "directory-blocked",  /* wrong-key, and no directory server that can be asked */
    "many",               /* five MPs with two causes, all published in one forest */
    "hostile",            /* what servers may say to drive a terminal, and long names */
    "image",              /* a master image of SMS 2.0 with everything left to do */
    "images",             /* disks that share identities, one that is ready, one that is damaged */
    "recorded-healthy",   /* a client's capture, from the name to the approval */
    "recorded-referral",  /* the exchange of a client of a child domain, frame by frame */
    "recorded-wrong-key", /* three tries, another client's good ticket, a gap in the capture */
    "recorded-ntlm",      /* no account for the SPN, then NTLM: registered, not approved */
    "recorded-no-kerberos", /* refused, and neither DNS nor Kerberos in the capture */
    "recorded-many",        /* a capture on the MP: 30 clients, some in trouble */
    "recorded-files",       /* one exchange in two files, and a client of another MP */
    "recorded-nothing",     /* a capture on a DC, cut short, and an empty file: no client in them */
    "hostile",              /* what servers may say to drive a terminal, and long names */
    "clients-seed",         /* one client in a capture, three logs and an identity file */
    "clients-clocks",       /* a capture and an MP's logs whose clocks differ */
    "clients-some",         /* an MP's clients in three logs: shared GUID, name and address */
    "residue",              /* all that a secondary site can leave behind */
};

/* One sample on its way through the program. */
struct run {
    struct buffer file;
    struct evidence_set set;
    struct arena arena;
    struct judgement judgement;
};

static void run_start(struct run *run, const char *name)
{
    char path[512];
    struct ccm_error error = {{0}};

    memset(run, 0, sizeof(*run));
    snprintf(path, sizeof(path), FOLDER "%s.jsonl", name);
    if (file_read(path, FILE_LIMIT, &run->file, &error) != CCM_OK ||
        evidence_load(path, &run->file, &run->set, &error) != CCM_OK) {
        fail_msg("%s", error.text);
    }
    judge(&run->set, &run->arena, &run->judgement);
}

static void run_end(struct run *run)
{
    arena_release(&run->arena);
    evidence_release(&run->set);
    buffer_release(&run->file);
}

/* Says on which line the two part. */
static void fail_at_difference(const char *path, const char *actual, const char *expected)
{
    size_t at = 0;
    size_t start = 0;
    int line = 1;

    for (; actual[at] != '\0' && actual[at] == expected[at]; at++) {
        if (actual[at] == '\n') {
            line++;
            start = at + 1;
        }
    }
    fail_msg("%s:%d differs\nexpected: %.*s\n  actual: %.*s", path, line,
             (int)strcspn(expected + start, "\n"), expected + start,
             (int)strcspn(actual + start, "\n"), actual + start);
}

static void compare(const char *name, const char *suffix, const struct buffer *actual)
{
    char path[512];
    struct ccm_error error = {{0}};
    struct buffer expected = {0};
    enum ccm_status status;

    snprintf(path, sizeof(path), FOLDER "%s%s", name, suffix);
    if (getenv("CCM_UPDATE_GOLDEN")) {
        status = file_write(path, actual, &error);
    } else {
        status = file_read(path, FILE_LIMIT, &expected, &error);
        if (status == CCM_OK && strcmp(buffer_text(actual), buffer_text(&expected)) != 0) {
            fail_at_difference(path, buffer_text(actual), buffer_text(&expected));
        }
    }
    if (status != CCM_OK) {
        fail_msg("%s", error.text);
    }
    buffer_release(&expected);
}

/* At most 80 columns of printable ASCII, no blank before the end of a line. */
static void check_tame(const char *name, const struct buffer *text)
{
    int line = 1;
    size_t column = 0;

    for (size_t i = 0; i < text->length; i++) {
        const unsigned char byte = (unsigned char)text->data[i];

        if (byte == '\n') {
            if (i > 0 && text->data[i - 1] == ' ') {
                fail_msg("%s:%d ends in a blank", name, line);
            }
            line++;
            column = 0;
        } else if (byte < 0x20 || byte > 0x7E || ++column > 80) {
            fail_msg("%s:%d holds byte 0x%02x at column %zu", name, line, byte, column);
        }
    }
}

static void check_text(const char *name, const struct run *run, int verbosity)
{
    const struct report_options options = {
        .color = false, .verbosity = verbosity, .least = LEVEL_OK};
    struct buffer text = {0};

    report_text(&run->set, &run->judgement, &options, &text);
    check_tame(name, &text);
    compare(name, verbosity > 0 ? ".verbose.txt" : ".txt", &text);
    buffer_release(&text);
}

static void test_samples(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(SAMPLES) / sizeof(SAMPLES[0]); i++) {
        struct run run;
        struct buffer json = {0};

        run_start(&run, SAMPLES[i]);
        check_text(SAMPLES[i], &run, 0);
        check_text(SAMPLES[i], &run, 1);
        report_json(&run.set, &run.judgement, &json, NULL);
        compare(SAMPLES[i], ".json", &json);
        buffer_release(&json);
        run_end(&run);
    }
}

/* Evidence that was saved and loaded again gives the same report. */
static void test_saved_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(SAMPLES) / sizeof(SAMPLES[0]); i++) {
        struct run run;
        struct run again;
        struct ccm_error error = {{0}};
        struct buffer first = {0};
        struct buffer second = {0};

        run_start(&run, SAMPLES[i]);
        memset(&again, 0, sizeof(again));
        evidence_save(&run.set, &again.file, NULL);
        assert_int_equal(evidence_load("again", &again.file, &again.set, &error), CCM_OK);
        judge(&again.set, &again.arena, &again.judgement);
        report_json(&run.set, &run.judgement, &first, NULL);
        report_json(&again.set, &again.judgement, &second, NULL);
        assert_string_equal(buffer_text(&first), buffer_text(&second));
        buffer_release(&first);
        buffer_release(&second);
        run_end(&run);
        run_end(&again);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_saved_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
