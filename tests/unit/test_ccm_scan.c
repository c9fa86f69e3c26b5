/* SPDX-License-Identifier: Apache-2.0 */
/* The search for entries that tell something: nothing that dividing every entry would tell is
   missed, whatever the pieces are in which a log is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "captures/ccm_events.h"
#include "captures/ccm_log.h"
#include "captures/ccm_scan.h"
#include "captures/text_blocks.h"

enum { PIECE = 64 * 1024 };

static size_t pick(uint32_t *random, size_t count)
{
    *random = *random * 1664525 + 1013904223;
    return (*random >> 8) % count;
}

/* --- the search --- */

static void check_hits(const char *text, size_t length, const size_t *places, size_t count,
                       const struct ccm_hits *hits)
{
    assert_int_equal(hits->count, count);
    assert_int_equal(hits->newlines, text_line_ends(text, length));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(hits->list[i].place, places[i]);
        assert_int_equal(hits->list[i].newlines, text_line_ends(text, places[i]));
    }
}

static void check_both(const struct ccm_scan *scan, const char *text, size_t length,
                       const size_t *places, size_t count)
{
    struct ccm_hits hits = {0};

    ccm_scan_find(scan, text, length, length, &hits);
    check_hits(text, length, places, count, &hits);
    ccm_scan_find_portable(scan, text, length, length, &hits);
    check_hits(text, length, places, count, &hits);
    free(hits.list);
}

/* A word is found at every place, in both cases, to the very end. */
static void test_every_place(void **state)
{
    static const char sample[] = "Words";
    char text[300];

    (void)state;
    for (int wide = 0; wide < 2; wide++) {
        struct ccm_scan *scan = ccm_scan_new();

        ccm_scan_add(scan, "zword", 5);
        if (wide) {
            ccm_scan_add(scan, "\xC3\xA4\xC3\xB6", 4);
        }
        ccm_scan_ready(scan, sample, sizeof(sample) - 1);
        for (size_t at = 0; at + 5 <= sizeof(text); at++) {
            for (size_t i = 0; i < sizeof(text); i++) {
                text[i] = i % 7 == 3 ? '\n' : '.';
            }
            memcpy(text + at, at % 2 ? "zWOrd" : "ZwoRD", 5);
            check_both(scan, text, sizeof(text), &at, 1); /* 'z' is rarer than 'd' */
            memcpy(text + at, "\xC3\xA4\xC3\xB6.", 5);
            check_both(scan, text, sizeof(text), &at, (size_t)wide);
        }
        ccm_scan_free(scan);
    }
}

#define OPEN  CCM_LOG_OPENING
#define CLOSE CCM_LOG_CLOSING

/* An entry that another follows before its end is found by its last byte. */
static void test_entries_without_end(void **state)
{
    static const struct {
        const char *text;
        size_t places[2];
        size_t count;
    } cases[] = {
        {OPEN "one" CLOSE "\n" OPEN "two" CLOSE "\n", {0}, 0},
        {OPEN "one\n" OPEN "two" CLOSE "\n", {10}, 1},
        {OPEN "one\n" OPEN "two\n" OPEN, {10, 21}, 2},
        {OPEN "one]LOG]!\n" OPEN "two" CLOSE, {16}, 1},
        {CLOSE OPEN CLOSE CLOSE "\n" OPEN, {0}, 0},
        {"<![LOX[" OPEN "<![LOG\n" CLOSE, {0}, 0},
    };
    struct ccm_scan *scan = ccm_scan_new();

    (void)state;
    ccm_scan_ready(scan, "", 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_both(scan, cases[i].text, strlen(cases[i].text), cases[i].places, cases[i].count);
    }
    ccm_scan_free(scan);
}

static void test_message_over_the_limit(void **state)
{
    const size_t closing = strlen(OPEN) + CCM_LOG_MESSAGE_LIMIT;
    struct ccm_scan *scan = ccm_scan_new();
    struct buffer text = {0};

    (void)state;
    ccm_scan_ready(scan, "", 0);
    buffer_puts(&text, OPEN);
    while (text.length < closing) {
        buffer_putc(&text, ' ');
    }
    buffer_puts(&text, CLOSE);
    check_both(scan, text.data, text.length, &closing, 1);
    buffer_release(&text);
    ccm_scan_free(scan);
}

struct word {
    char text[8];
    size_t length;
};

/* Wherever the word stands a hit is in it. */
static void check_word(const struct word *word, const char *text, size_t length,
                       const struct ccm_hits *hits)
{
    size_t next = 0;

    for (size_t at = 0; at + word->length <= length; at++) {
        while (next < hits->count && hits->list[next].place < at) {
            next++;
        }
        if (strncasecmp(text + at, word->text, word->length) == 0) {
            assert_true(next < hits->count);
            assert_true(hits->list[next].place <= at + word->length - CCM_SCAN_WORD);
        }
    }
}

/* Words of many kinds in texts of the same letters, so that much is found. */
static void test_many_words(void **state)
{
    static const char letters[] = "abCD0x8<![LOG]> \n\n\xC3\xA4";
    struct word words[64];
    char text[700];
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct ccm_scan *scan = ccm_scan_new();
        struct ccm_hits found = {0};
        struct ccm_hits portable = {0};
        const size_t length = pick(&random, sizeof(text));
        const size_t count = pick(&random, sizeof(words) / sizeof(words[0]));
        const size_t wide = round % 2 ? 0 : 2;

        for (size_t i = 0; i < count; i++) {
            words[i].length = CCM_SCAN_WORD + pick(&random, 5);
            for (size_t k = 0; k < words[i].length; k++) {
                words[i].text[k] = letters[pick(&random, sizeof(letters) - 3 + wide)];
            }
            ccm_scan_add(scan, words[i].text, words[i].length);
        }
        for (size_t i = 0; i < sizeof(text); i++) {
            text[i] = letters[pick(&random, sizeof(letters) - 1)];
        }
        for (size_t i = 0; i < count; i++) {
            memcpy(text + pick(&random, sizeof(text) - 8), words[i].text, words[i].length);
        }
        ccm_scan_ready(scan, text, length);
        ccm_scan_find(scan, text, length, length, &found);
        ccm_scan_find_portable(scan, text, length, length, &portable);
        assert_int_equal(found.newlines, text_line_ends(text, length));
        assert_int_equal(portable.newlines, found.newlines);
        for (size_t i = 0; i < count; i++) {
            check_word(&words[i], text, length, &found);
            check_word(&words[i], text, length, &portable);
        }
        free(found.list);
        free(portable.list);
        ccm_scan_free(scan);
    }
}

/* --- whole logs --- */

struct heard {
    struct ccm_events *events;
    int64_t first_cut;
};

static void hear(void *context, const struct ccm_log_entry *entry)
{
    struct heard *heard = context;

    if (heard->first_cut == 0 && entry->cut && entry->message_length < CCM_LOG_MESSAGE_LIMIT) {
        heard->first_cut = entry->line;
    }
    ccm_events_entry(heard->events, entry);
}

/* All that is told, as text. */
static void describe(const char *text, size_t length, size_t piece, struct ccm_scan *scan,
                     struct buffer *out)
{
    struct heard heard = {.events = ccm_events_new()};
    struct ccm_log *log = ccm_log_new(scan, hear, &heard);
    const struct text_worker worker = ccm_log_worker(log);
    const struct ccm_event *list;
    size_t count;
    size_t dropped;

    text_work_memory(text, length, piece, &worker);
    list = ccm_events_list(heard.events, &count, &dropped);
    buffer_truncate(out, 0);
    for (size_t i = 0; i < count; i++) {
        const struct evidence_log_event *told = list[i].told;

        buffer_printf(out, "%d %s %s %llx: %lld times, lines %lld to %lld\n%s\n", told->event,
                      told->client ? told->client : "", told->component ? told->component : "",
                      (long long)told->code, (long long)told->count, (long long)list[i].line,
                      (long long)told->last_line, told->text);
    }
    buffer_printf(out, "%lld lines, no end: %lld", (long long)ccm_log_lines(log),
                  (long long)heard.first_cut);
    ccm_log_free(log);
    ccm_events_free(heard.events);
}

static void make_log(struct buffer *log, uint32_t *random)
{
    static const char *const parts[] = {
        "Mp Reg: Reply message",
        "MP Reg: Registration failed.",
        "  mp reg: registration request body is invalid",
        "Processing Registration request from Client 'WK01'",
        "Something failed with 0x80004005",
        "0x87D00231 ",
        OPEN,
        OPEN,
        OPEN,
        CLOSE,
        CLOSE "<time=\"10:00:00.000-60\" date=\"09-07-2022\" component=\"MP\" type=\"3\">\n",
        CLOSE "<time=\"10:00:00.000-60\" date=\"09-07-2022\" component=\"MP\" thread=\"7\">\r\n",
        "\n",
        "\n" OPEN,
        "\n" OPEN,
        "  $$<SMS_MP><09-07-2022 10:35:33.120+240><thread=4116 (0x1014)>\n",
        "\tMP_Registration\t03.07.2019 14:17:54\t5780 (0x1694)\n",
        "\r\n",
        "error ",
    };

    buffer_truncate(log, 0);
    for (size_t i = pick(random, 200) + 1; i > 0; i--) {
        const size_t part = pick(random, sizeof(parts) / sizeof(parts[0]));

        buffer_puts(log, parts[part]);
        if (pick(random, 500) == 0) { /* as long as an entry may be */
            for (size_t k = CCM_LOG_MESSAGE_LIMIT + pick(random, 1100); k > 0; k--) {
                buffer_putc(log, parts[part][0]);
            }
        }
    }
}

static void test_nothing_is_missed(void **state)
{
    struct buffer log = {0};
    struct buffer expected = {0};
    struct buffer found = {0};
    uint32_t random = 7;

    (void)state;
    for (int round = 0; round < 300; round++) {
        make_log(&log, &random);
        describe(log.data, log.length, PIECE, NULL, &expected);
        for (int small = 0; small < 2; small++) {
            struct ccm_scan *scan = ccm_scan_new();
            const size_t piece = log.length > PIECE ? 9000 : 1 + pick(&random, 300);

            ccm_events_words(scan);
            describe(log.data, log.length, small ? piece : PIECE, scan, &found);
            assert_string_equal(buffer_text(&found), buffer_text(&expected));
            ccm_scan_free(scan);
        }
    }
    buffer_release(&log);
    buffer_release(&expected);
    buffer_release(&found);
}

/* A message whose end is too far away has none, also when there is nothing but blanks before. */
static void test_end_too_far_away(void **state)
{
    struct ccm_scan *scan = ccm_scan_new();
    struct buffer log = {0};
    struct buffer found = {0};

    (void)state;
    buffer_puts(&log, "first\n" OPEN "x");
    while (log.length < CCM_LOG_MESSAGE_LIMIT + 4096) {
        buffer_putc(&log, ' ');
    }
    buffer_puts(&log, CLOSE "<time=\"10:00:00.000\">\n" OPEN "y" CLOSE "\n");
    describe(log.data, log.length, PIECE, NULL, &found);
    assert_string_equal(buffer_text(&found), "3 lines, no end: 2");
    describe(log.data, log.length, log.length, scan, &found);
    assert_string_equal(buffer_text(&found), "3 lines, no end: 2");
    buffer_release(&log);
    buffer_release(&found);
    ccm_scan_free(scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_place),
        cmocka_unit_test(test_entries_without_end),
        cmocka_unit_test(test_message_over_the_limit),
        cmocka_unit_test(test_many_words),
        cmocka_unit_test(test_nothing_is_missed),
        cmocka_unit_test(test_end_too_far_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
