/* SPDX-License-Identifier: Apache-2.0 */
/* What only reports of recordings say: frames and lines in place of record numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/reference.h"

enum { UNKNOWN = -1, RECORD_LIMIT = 8 };

/* A record's place, by which it is made. No source: no place. */
struct row {
    const char *source;
    int64_t frame;
    int64_t reply_frame;
    int64_t line;
    enum evidence_kind kind; /* EVIDENCE_NONE: HTTP */
};

static int64_t known(int64_t number)
{
    return number == UNKNOWN ? EVIDENCE_UNKNOWN : number;
}

static void check_references(const struct row *rows, size_t count, const char *expected)
{
    struct evidence_place places[RECORD_LIMIT];
    struct evidence_recording recording = {.name = "client.pcapng"};
    struct evidence_record records[RECORD_LIMIT] = {{0}};
    const struct evidence_record *pointers[RECORD_LIMIT];
    uint32_t ids[RECORD_LIMIT];
    const struct case_view view = {.records = pointers, .record_count = count};
    struct buffer text = {0};

    for (size_t i = 0; i < count; i++) {
        places[i] = (struct evidence_place){.source = rows[i].source,
                                            .frame = known(rows[i].frame),
                                            .reply_frame = known(rows[i].reply_frame),
                                            .line = known(rows[i].line)};
        records[i].id = (uint32_t)i + 11;
        records[i].kind = rows[i].kind == EVIDENCE_NONE ? EVIDENCE_HTTP : rows[i].kind;
        records[i].recording = rows[i].kind == EVIDENCE_RECORDING ? &recording : NULL;
        records[i].place = rows[i].source ? &places[i] : NULL;
        pointers[i] = &records[i];
        ids[count - 1 - i] = records[i].id;
    }
    say_references(&view, ids, count, &text);
    assert_string_equal(buffer_text(&text), expected);
    buffer_release(&text);
}

static void test_references(void **state)
{
    const struct row live[] = {{NULL, 0, 0, 0, 0}, {NULL, 0, 0, 0, 0}};
    const struct row capture[] = {{"c.cap", 4, 10, UNKNOWN, 0},
                                  {"c.cap", 13, UNKNOWN, UNKNOWN, 0},
                                  {"c.cap", 10, 10, UNKNOWN, 0}};
    const struct row reply_only[] = {{"c.cap", UNKNOWN, 7, UNKNOWN, 0}};
    const struct row files[] = {{"b.cap", 2, 3, UNKNOWN, 0},
                                {"a.cap", 13, UNKNOWN, UNKNOWN, 0},
                                {"b.cap", 1, UNKNOWN, UNKNOWN, 0}};
    const struct row log[] = {{"a.log", UNKNOWN, UNKNOWN, 17, 0},
                              {"a.log", UNKNOWN, UNKNOWN, 17, 0},
                              {"a.log", UNKNOWN, UNKNOWN, 20, 0}};
    const struct row mixed[] = {{"c.cap", UNKNOWN, UNKNOWN, UNKNOWN, 0},
                                {"c.cap", 5, UNKNOWN, UNKNOWN, 0},
                                {NULL, 0, 0, 0, EVIDENCE_RECORDING}};

    (void)state;
    check_references(live, 2, "[11] [12]");
    check_references(capture, 3, "frames 4, 10 and 13");
    check_references(reply_only, 1, "frame 7");
    check_references(files, 3, "a.cap frame 13, b.cap frames 1, 2 and 3");
    check_references(log, 3, "a.log:17, a.log:20");
    check_references(mixed, 3, "frame 5, client.pcapng [11]");
}

/* A finding may name a record that the view lacks: it is told by its number. */
static void test_unknown_record(void **state)
{
    const struct case_view view = {.case_id = 1};
    const uint32_t id = 3;
    struct buffer text = {0};

    (void)state;
    say_references(&view, &id, 1, &text);
    assert_string_equal(buffer_text(&text), "[3]");
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_unknown_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
