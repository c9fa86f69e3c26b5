/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_writer.h"

#include <string.h>

#include "base/utf8.h"

enum { HAND_OVER_BYTES = 64 * 1024 };

static void hand_over(struct json_writer *writer)
{
    if (writer->sink) {
        file_sink_take(writer->sink, writer->out);
    }
}

static void new_line(struct json_writer *writer)
{
    static const char blanks[] = "\n                                ";
    size_t indent = 2 * (size_t)writer->depth;
    size_t step = indent < sizeof(blanks) - 2 ? indent : sizeof(blanks) - 2;

    buffer_append(writer->out, blanks, 1 + step);
    for (indent -= step; indent > 0; indent -= step) {
        step = indent < sizeof(blanks) - 2 ? indent : sizeof(blanks) - 2;
        buffer_append(writer->out, blanks + 1, step);
    }
}

/* A character that JSON has no room for as it is. */
static void append_escaped(struct buffer *out, uint8_t byte)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* a byte and its letter in turn */
    const char *letter = NULL;

    for (size_t i = 0; i < sizeof(shorts) - 1 && !letter; i += 2) {
        letter = (uint8_t)shorts[i] == byte ? &shorts[i + 1] : NULL;
    }
    if (letter) {
        const char pair[2] = {'\\', *letter};

        buffer_append(out, pair, sizeof(pair));
    } else {
        buffer_printf(out, "\\u%04X", byte);
    }
}

static void append_point(struct buffer *out, uint32_t point)
{
    if (point >= 0x10000) {
        point -= 0x10000;
        buffer_printf(out, "\\u%04X\\u%04X", 0xD800 | point >> 10, 0xDC00 | (point & 0x3FF));
    } else {
        buffer_printf(out, "\\u%04X", point);
    }
}

static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static void append_quoted(struct json_writer *writer, const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    struct buffer *out = writer->out;

    buffer_putc(out, '"');
    for (;;) {
        const uint8_t *const from = at;
        size_t length;
        uint32_t point;

        while (is_plain(*at)) {
            at++;
        }
        buffer_append(out, from, (size_t)(at - from));
        if (*at == '\0') {
            break;
        }
        if (*at < 0x80) {
            append_escaped(out, *at++);
            continue;
        }
        length = utf8_read(at, &point);
        if (length == 0) {
            buffer_printf(out, "\\\\x%02X", *at++);
            continue;
        }
        if (writer->style == JSON_STYLE_INDENTED) {
            buffer_append(out, at, length);
        } else {
            append_point(out, point);
        }
        at += length;
    }
    buffer_putc(out, '"');
}

/* What stands before a value. */
static void begin(struct json_writer *writer, const char *key)
{
    if (writer->out->length > HAND_OVER_BYTES) {
        hand_over(writer);
    }
    if (writer->filled) {
        buffer_putc(writer->out, ',');
    }
    if (writer->depth > 0 && writer->style != JSON_STYLE_LINE) {
        new_line(writer);
    }
    if (key) {
        append_quoted(writer, key);
        buffer_append(writer->out, ": ", writer->style == JSON_STYLE_LINE ? 1 : 2);
    }
    writer->filled = true;
}

static void open_with(struct json_writer *writer, const char *key, char bracket)
{
    begin(writer, key);
    buffer_putc(writer->out, bracket);
    writer->depth++;
    writer->filled = false;
}

static void close_with(struct json_writer *writer, char bracket)
{
    writer->depth--;
    if (writer->filled && writer->style != JSON_STYLE_LINE) {
        new_line(writer);
    }
    buffer_putc(writer->out, bracket);
    writer->filled = true;
}

void writer_object(struct json_writer *writer, const char *key)
{
    open_with(writer, key, '{');
}

void writer_object_end(struct json_writer *writer)
{
    close_with(writer, '}');
}

void writer_array(struct json_writer *writer, const char *key)
{
    open_with(writer, key, '[');
}

void writer_array_end(struct json_writer *writer)
{
    close_with(writer, ']');
}

void writer_text(struct json_writer *writer, const char *key, const char *text)
{
    begin(writer, key);
    if (text) {
        append_quoted(writer, text);
    } else {
        buffer_puts(writer->out, "null");
    }
}

void writer_integer(struct json_writer *writer, const char *key, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) {
        *--at = '-';
    }
    begin(writer, key);
    buffer_append(writer->out, at, (size_t)(digits + sizeof(digits) - at));
}

void writer_boolean(struct json_writer *writer, const char *key, bool value)
{
    begin(writer, key);
    buffer_puts(writer->out, value ? "true" : "false");
}

void writer_null(struct json_writer *writer, const char *key)
{
    writer_text(writer, key, NULL);
}

void writer_line(struct json_writer *writer)
{
    buffer_putc(writer->out, '\n');
    writer->filled = false;
}

void writer_finish(struct json_writer *writer)
{
    writer_line(writer);
    hand_over(writer);
}
