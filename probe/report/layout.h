/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of text: wrapped at a fixed width, printable ASCII only, whatever the evidence holds.
 *
 * A line is begun by a mark, a lead or simply by its words, and ended by layout_end. Text is
 * wrapped at blanks; a word longer than a line is broken, never cut.
 */
#ifndef CCM_REPORT_LAYOUT_H
#define CCM_REPORT_LAYOUT_H

#include "report/report.h"

/* A blank at which no line is broken: U+00A0. */
#define NBSP "\xC2\xA0"

enum {
    LAYOUT_WIDTH = 78,
    LAYOUT_INDENT = 6, /* where text begins that stands behind a mark or a record's number */
};

struct layout {
    struct buffer *out;
    const struct report_options *options;
    int column;         /* of the line being written */
    int blanks;         /* to be written before the next word, dropped at the end of a line */
    bool name_sources;  /* the case's records are of several files: layout_record names them */
    const char *margin; /* stands at the end of the line being written, or NULL */
};

/* Appends `text` as printable ASCII: control characters and bytes that are not UTF-8 as \xHH, other
   characters as \u{HHHH}; NBSP as a blank. */
void layout_escape(const char *text, struct buffer *out);

/* Begins a line with the level's word: "ok", "--", "skip", "warn", "??", "FAIL". */
void layout_mark(struct layout *layout, enum finding_level level);

/* The same word as text, and inside a line in its colour. */
const char *layout_mark_word(enum finding_level level);
void layout_word(struct layout *layout, enum finding_level level);

/* Begins a line with where the record stands: "   13" for a frame of a capture, "  :17" for a line
   of a text file, else its number, " [12]". */
void layout_record(struct layout *layout, const struct evidence_record *record);

/* Moves to `column`, or one blank on when that is passed. */
void layout_pad(struct layout *layout, int column);

/* A cell of a table: text from `column` on, on the next line when that is passed. */
void layout_cell(struct layout *layout, int column, const char *text);

/* A whole line: a label, and what it is from `column` on; nothing for an empty text. */
void layout_field(struct layout *layout, int column, const char *label, const char *text);

/* Goes on with text, wrapped; further lines begin at `indent`. */
void layout_text(struct layout *layout, int indent, const char *text);
void layout_printf(struct layout *layout, int indent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Keeps the right margin of the line that is begun next for `text` ("" is none); what is written
   on the line wraps before it, further lines have the whole width. Borrowed until the line has
   ended. */
void layout_margin(struct layout *layout, const char *text);
void layout_end(struct layout *layout);

/* A whole command, to be copied: at `indent`, or less when only then it fits on a line. A longer
   one is broken between its words with the sign by which the console reads on (^ of cmd.exe, \ of
   Unix) at the end of the line; true when it was. */
bool layout_command(struct layout *layout, int indent, const char *command);

/* Colours what is written until layout_plain; nothing without options->color. */
void layout_color(struct layout *layout, enum finding_level level);
void layout_plain(struct layout *layout);

/* A line of `sign` over the whole width, and an empty line. */
void layout_rule(struct layout *layout, char sign);
void layout_blank(struct layout *layout);

#endif
