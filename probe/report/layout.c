/* SPDX-License-Identifier: Apache-2.0 */
#include "report/layout.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum {
    LEAST_INDENT = 2,                   /* of a command that fits with it on one line */
    COMMAND_INDENT = LAYOUT_INDENT + 4, /* of one that is broken */
};

/* How a level looks. */
static const struct look {
    char mark[5];
    const char *color; /* SGR parameters */
} LOOKS[LEVEL_COUNT] = {
    [LEVEL_NONE] = {"--", "2"},      [LEVEL_OK] = {"ok", "32"},
    [LEVEL_INFO] = {"--", "36"},     [LEVEL_SKIP] = {"skip", "36"},
    [LEVEL_WARN] = {"warn", "1;33"}, [LEVEL_UNKNOWN] = {"??", "1;35"},
    [LEVEL_FAIL] = {"FAIL", "1;31"},
};

void layout_escape(const char *text, struct buffer *out)
{
    const unsigned char *at = (const unsigned char *)text;

    while (*at != '\0') {
        uint32_t point;
        size_t length;

        if (*at >= 0x20 && *at < 0x7F) {
            buffer_putc(out, (char)*at++);
        } else if ((length = utf8_read(at, &point)) > 0) {
            if (point == 0xA0) {
                buffer_putc(out, ' ');
            } else {
                buffer_printf(out, "\\u{%04X}", (unsigned)point);
            }
            at += length;
        } else {
            buffer_printf(out, "\\x%02X", *at++);
        }
    }
}

static void put_blanks(struct layout *layout, int count)
{
    for (int i = 0; i < count; i++) {
        buffer_putc(layout->out, ' ');
    }
    layout->column += count;
}

static void put_bytes(struct layout *layout, const char *bytes, int length)
{
    if (layout->blanks > 0) {
        put_blanks(layout, layout->blanks);
        layout->blanks = 0;
    }
    buffer_append(layout->out, bytes, (size_t)length);
    layout->column += length;
}

static void next_line(struct layout *layout, int indent)
{
    layout_end(layout);
    layout->blanks = indent;
}

void layout_color(struct layout *layout, enum finding_level level)
{
    if (layout->options->color) {
        if (layout->blanks > 0) {
            put_blanks(layout, layout->blanks);
            layout->blanks = 0;
        }
        buffer_printf(layout->out, "\033[%sm", LOOKS[level].color);
    }
}

void layout_plain(struct layout *layout)
{
    if (layout->options->color) {
        buffer_puts(layout->out, "\033[0m");
    }
}

const char *layout_mark_word(enum finding_level level)
{
    return LOOKS[level].mark;
}

void layout_word(struct layout *layout, enum finding_level level)
{
    const char *mark = LOOKS[level].mark;

    layout_color(layout, level);
    put_bytes(layout, mark, (int)strlen(mark));
    layout_plain(layout);
}

void layout_mark(struct layout *layout, enum finding_level level)
{
    layout_word(layout, level);
    layout_pad(layout, LAYOUT_INDENT);
}

/* "13" of frame 13, ":17" of line 17, else "[12]". */
static int put_lead(const struct evidence_record *record, char *lead, size_t size)
{
    const struct evidence_place *place = record->place;

    if (place && place->frame != EVIDENCE_UNKNOWN) {
        return snprintf(lead, size, "%" PRId64, place->frame);
    }
    if (place && place->reply_frame != EVIDENCE_UNKNOWN) {
        return snprintf(lead, size, "%" PRId64, place->reply_frame);
    }
    if (place && place->line != EVIDENCE_UNKNOWN) {
        return snprintf(lead, size, ":%" PRId64, place->line);
    }
    return snprintf(lead, size, "[%u]", (unsigned)record->id);
}

void layout_record(struct layout *layout, const struct evidence_record *record)
{
    char lead[32];
    const int length = put_lead(record, lead, sizeof(lead));

    if (length < LAYOUT_INDENT - 1) {
        layout->blanks = LAYOUT_INDENT - 1 - length;
    }
    put_bytes(layout, lead, length);
    layout_pad(layout, LAYOUT_INDENT);
    if (layout->name_sources && record->place && record->place->source) {
        layout_printf(layout, LAYOUT_INDENT, "%s: ", record->place->source);
    }
}

void layout_pad(struct layout *layout, int column)
{
    const int at = layout->column + layout->blanks;

    layout->blanks += at < column ? column - at : at > 0 ? 1 : 0;
}

/* Columns left on this line. */
static int room_left(const struct layout *layout)
{
    const int margin = layout->margin ? (int)strlen(layout->margin) + 2 : 0;

    return LAYOUT_WIDTH - margin - layout->column - layout->blanks;
}

/* Writes a word, on the next line when it does not fit, in pieces when it is longer than a line. */
static void put_word(struct layout *layout, int indent, const char *word, int length)
{
    int room = room_left(layout);

    if (length > room && layout->column + layout->blanks > indent &&
        length + indent <= LAYOUT_WIDTH) {
        next_line(layout, indent);
        room = LAYOUT_WIDTH - indent;
    }
    while (length > room) {
        if (room > 0) {
            put_bytes(layout, word, room);
            word += room;
            length -= room;
        }
        next_line(layout, indent);
        room = LAYOUT_WIDTH - indent;
    }
    put_bytes(layout, word, length);
}

void layout_text(struct layout *layout, int indent, const char *text)
{
    struct buffer word = {0};

    while (*text != '\0') {
        const size_t gap = strspn(text, " ");
        const size_t length = strcspn(text + gap, " ");

        layout->blanks += (int)gap;
        if (length > 0) {
            char *raw = strndup(text + gap, length);

            if (!raw) {
                abort();
            }
            word.length = 0;
            layout_escape(raw, &word);
            free(raw);
            put_word(layout, indent, buffer_text(&word), (int)word.length);
        }
        text += gap + length;
    }
    buffer_release(&word);
}

void layout_printf(struct layout *layout, int indent, const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) {
        abort();
    }
    va_end(args);
    layout_text(layout, indent, text);
    free(text);
}

void layout_cell(struct layout *layout, int column, const char *text)
{
    if (layout->column >= column && column > 0) {
        layout_end(layout);
    }
    layout_pad(layout, column);
    layout_text(layout, column, text);
}

void layout_margin(struct layout *layout, const char *text)
{
    layout->margin = text[0] != '\0' ? text : NULL;
}

void layout_end(struct layout *layout)
{
    if (layout->margin) {
        int length = (int)strlen(layout->margin);

        layout->blanks = LAYOUT_WIDTH - layout->column - length;
        while (length > 0 && layout->margin[length - 1] == ' ') {
            length--; /* they keep a column of the margin in its place */
        }
        put_bytes(layout, layout->margin, length);
    }
    buffer_putc(layout->out, '\n');
    layout->column = 0;
    layout->blanks = 0;
    layout->margin = NULL;
}

/* The bytes of `command`, no more than `room`, that may stand on one line: up to a blank. */
static int command_piece(const char *command, int room)
{
    int end = 0;

    for (int i = 0; i <= room; i++) {
        if (command[i] == '\0') {
            return i;
        }
        if (command[i] == ' ' && i > 0) {
            end = i;
        }
    }
    return end;
}

/* How a console reads on: that of Unix, where this program and openssl run, or cmd.exe. */
static const char *continuation_of(const char *command)
{
    const bool unix_command =
        strncmp(command, "ccmprobe ", 9) == 0 || strncmp(command, "openssl ", 8) == 0;

    return unix_command ? "\\" : "^";
}

/* Writes the command in pieces. One long word is joined again by a console only when no blanks
   stand between its pieces. */
static void put_pieces(struct layout *layout, const char *at)
{
    const char *sign = continuation_of(at);
    int indent = COMMAND_INDENT;

    while ((int)strlen(at) + indent > LAYOUT_WIDTH) {
        int length = command_piece(at, LAYOUT_WIDTH - indent - 2);
        const bool between_words = length > 0;

        length = between_words ? length : LAYOUT_WIDTH - indent - 1;
        put_blanks(layout, indent);
        put_bytes(layout, at, length);
        put_bytes(layout, between_words ? " " : "", between_words ? 1 : 0);
        put_bytes(layout, sign, 1);
        layout_end(layout);
        at += length + (between_words ? 1 : 0);
        indent = between_words ? COMMAND_INDENT + 4 : 0;
    }
    put_blanks(layout, indent);
    put_bytes(layout, at, (int)strlen(at));
    layout_end(layout);
}

bool layout_command(struct layout *layout, int indent, const char *command)
{
    struct buffer safe = {0};
    bool fits;

    layout_escape(command, &safe);
    fits = safe.length + LEAST_INDENT <= LAYOUT_WIDTH;
    if (fits) {
        const int room = LAYOUT_WIDTH - (int)safe.length;

        put_blanks(layout, indent < room ? indent : room - room % 2);
        put_bytes(layout, buffer_text(&safe), (int)safe.length);
        layout_end(layout);
    } else {
        put_pieces(layout, buffer_text(&safe));
    }
    buffer_release(&safe);
    return !fits;
}

void layout_field(struct layout *layout, int column, const char *label, const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    layout_text(layout, 0, label);
    layout_pad(layout, column);
    layout_text(layout, column, text);
    layout_end(layout);
}

void layout_rule(struct layout *layout, char sign)
{
    for (int i = 0; i < LAYOUT_WIDTH; i++) {
        buffer_putc(layout->out, sign);
    }
    layout_end(layout);
}

void layout_blank(struct layout *layout)
{
    layout_end(layout);
}
