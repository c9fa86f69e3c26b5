/* SPDX-License-Identifier: Apache-2.0 */
/* Texts in pieces: whatever their size and wherever the text comes from, the records that begin in
   them are all of the text's, once and in order. */
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/buffer.h"
#include "captures/text_work.h"

enum { LINE_MOST = 300, LARGE = 3 * 1000 * 1000 };

/* The lines that begin in a piece, each with its newline, one behind the other. */
struct found {
    struct buffer lines;
};

struct reading {
    struct buffer lines; /* of all pieces taken */
    size_t pieces;
    size_t firsts;
    size_t lasts;
    size_t begun;
    size_t stop_after; /* pieces; 0: never */
    bool extends;      /* sees one byte behind a piece, and asks for more */
    const char *cut_file;
    off_t cut_at;
};

static void *make(void *context)
{
    (void)context;
    return calloc(1, sizeof(struct found));
}

static void release(void *found)
{
    buffer_release(&((struct found *)found)->lines);
    free(found);
}

static void begin(void *context, const struct text_piece *first)
{
    struct reading *reading = context;

    assert_true(first->is_first);
    assert_int_equal(0, reading->pieces);
    reading->begun++;
}

/* Where the next line begins. */
static size_t next_line(struct text_piece *piece, size_t at)
{
    const char *newline = memchr(piece->text + at, '\n', piece->length + piece->behind - at);

    if (!newline) {
        text_piece_extend(piece);
        newline = memchr(piece->text + at, '\n', piece->length + piece->behind - at);
    }
    return newline ? (size_t)(newline + 1 - piece->text) : piece->length + piece->behind;
}

static void work(void *context, struct text_piece *piece)
{
    struct found *found = piece->found;
    size_t at = 0;

    (void)context;
    buffer_truncate(&found->lines, 0);
    if (!piece->is_first && piece->text[-1] != '\n') {
        at = next_line(piece, 0);
    }
    while (at < piece->length) {
        const size_t next = next_line(piece, at);

        buffer_append(&found->lines, piece->text + at, next - at);
        at = next;
    }
}

static void take(void *context, struct text_piece *piece)
{
    struct reading *reading = context;
    const struct found *found = piece->found;

    buffer_append(&reading->lines, found->lines.data, found->lines.length);
    reading->pieces++;
    reading->firsts += piece->is_first;
    reading->lasts += piece->is_last;
    if (reading->cut_file) {
        assert_int_equal(0, truncate(reading->cut_file, reading->cut_at));
    }
}

static struct text_worker worker_of(struct reading *reading)
{
    return (struct text_worker){.context = reading,
                                .before = 1,
                                .behind = reading->extends ? 1 : LINE_MOST,
                                .behind_most = reading->extends ? LINE_MOST : 0,
                                .make = make,
                                .release = release,
                                .begin = begin,
                                .work = work,
                                .take = take};
}

/* Lines of many lengths, always the same; the last has no newline. */
static void make_text(struct buffer *text, size_t length)
{
    uint32_t random = 1;

    while (text->length < length) {
        random = random * 1664525 + 1013904223;
        for (uint32_t i = 0; i < (random >> 8 & 0xff); i++) {
            buffer_putc(text, (char)('a' + (random + i) % 26));
        }
        buffer_putc(text, '\n');
    }
    buffer_puts(text, "the last");
}

static void assert_same(const struct buffer *text, const struct reading *reading)
{
    assert_int_equal(text->length, reading->lines.length);
    assert_memory_equal(text->data, reading->lines.data, text->length);
    assert_int_equal(1, reading->firsts);
    assert_int_equal(1, reading->lasts);
    assert_int_equal(1, reading->begun);
}

static void test_memory_in_pieces_of_any_size(void **state)
{
    struct buffer text = {0};

    (void)state;
    make_text(&text, 5000);
    for (size_t size = 1; size < 700; size += size < 20 ? 1 : 97) {
        struct reading reading = {.extends = size % 2 == 0};
        const struct text_worker worker = worker_of(&reading);

        text_work_memory(text.data, text.length, size, &worker);
        assert_same(&text, &reading);
        assert_int_equal((text.length + size - 1) / size, reading.pieces);
        buffer_release(&reading.lines);
    }
    buffer_release(&text);
}

static void test_nothing(void **state)
{
    struct reading reading = {.pieces = 0};
    const struct text_worker worker = worker_of(&reading);

    (void)state;
    text_work_memory("", 0, 10, &worker);
    assert_int_equal(0, reading.pieces);
    assert_int_equal(0, reading.begun);
}

/* --- files --- */

static void write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(length, fwrite(bytes, 1, length, file));
    assert_int_equal(0, fclose(file));
}

static bool stop(void *context)
{
    const struct reading *reading = context;

    return reading->stop_after > 0 && reading->pieces == reading->stop_after;
}

static struct evidence_recording read_file(const char *path, struct reading *reading,
                                           struct arena *arena)
{
    const struct text_worker worker = worker_of(reading);
    const struct text_settings settings = {.stop = stop, .context = reading};
    struct evidence_recording recording = {0};
    struct ccm_error error;

    assert_int_equal(CCM_OK, text_work_file(path, &settings, &worker, arena, &recording, &error));
    return recording;
}

static void assert_file(const char *path, const struct buffer *text, size_t bytes)
{
    for (int extends = 0; extends < 2; extends++) {
        struct reading reading = {.extends = extends};
        struct arena arena = {0};
        const struct evidence_recording recording = read_file(path, &reading, &arena);

        assert_same(text, &reading);
        assert_int_equal(bytes, recording.bytes);
        assert_null(recording.problem);
        buffer_release(&reading.lines);
        arena_release(&arena);
    }
}

static void test_files(void **state)
{
    struct buffer text = {0};
    struct buffer other = {0};
    gzFile packed;

    (void)state;
    make_text(&text, LARGE);
    write_file("plain.txt", text.data, text.length);
    assert_file("plain.txt", &text, text.length);

    packed = gzopen("packed.gz", "wb1");
    assert_int_equal(text.length, gzwrite(packed, text.data, (unsigned)text.length));
    assert_int_equal(Z_OK, gzclose(packed));
    assert_file("packed.gz", &text, text.length);

    buffer_puts(&other, "\xEF\xBB\xBF");
    buffer_append(&other, text.data, text.length);
    write_file("marked.txt", other.data, other.length);
    assert_file("marked.txt", &text, other.length);

    buffer_truncate(&other, 0);
    buffer_puts(&other, "\xFF\xFE");
    for (size_t i = 0; i < text.length; i++) {
        buffer_putc(&other, text.data[i]);
        buffer_putc(&other, '\0');
    }
    write_file("wide.txt", other.data, other.length);
    assert_file("wide.txt", &text, other.length);
    buffer_release(&text);
    buffer_release(&other);
}

static void test_empty_and_missing_files(void **state)
{
    struct reading reading = {.pieces = 0};
    struct arena arena = {0};
    const struct text_worker worker = worker_of(&reading);
    struct evidence_recording recording;
    struct ccm_error error;

    (void)state;
    write_file("empty.txt", "", 0);
    recording = read_file("empty.txt", &reading, &arena);
    assert_int_equal(0, recording.bytes);
    assert_int_equal(0, reading.pieces);
    assert_int_equal(CCM_ERROR_IO, text_work_file("none.txt", &(struct text_settings){0}, &worker,
                                                  &arena, &recording, &error));
    arena_release(&arena);
}

static void test_stop(void **state)
{
    struct buffer text = {0};
    struct reading reading = {.stop_after = 3};
    struct arena arena = {0};
    struct evidence_recording recording;

    (void)state;
    make_text(&text, LARGE);
    write_file("stop.txt", text.data, text.length);
    recording = read_file("stop.txt", &reading, &arena);
    assert_int_equal(3, reading.pieces);
    assert_string_equal("reading was interrupted", recording.problem);
    assert_true(recording.bytes <= (int64_t)reading.lines.length &&
                recording.bytes + LINE_MOST > (int64_t)reading.lines.length);
    assert_memory_equal(text.data, reading.lines.data, reading.lines.length);
    buffer_release(&reading.lines);
    buffer_release(&text);
    arena_release(&arena);
}

/* What was ahead at the time may have been read already. */
static void test_file_that_becomes_shorter(void **state)
{
    struct buffer text = {0};
    struct reading reading = {.cut_file = "cut.txt", .cut_at = LARGE / 2};
    struct arena arena = {0};
    struct evidence_recording recording;

    (void)state;
    make_text(&text, (size_t)20 * LARGE);
    write_file("cut.txt", text.data, text.length);
    recording = read_file("cut.txt", &reading, &arena);
    assert_string_equal("the file became shorter while it was read", recording.problem);
    assert_in_range(reading.lines.length, LARGE / 2 - LINE_MOST, text.length - 1);
    assert_memory_equal(text.data, reading.lines.data, reading.lines.length);
    buffer_release(&reading.lines);
    buffer_release(&text);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_in_pieces_of_any_size),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_empty_and_missing_files),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_file_that_becomes_shorter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
