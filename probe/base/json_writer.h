/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON (RFC 8259) written as it comes: what is finished is no longer kept, so a report of thousands
 * of clients takes no more memory than one of few. A tree of jansson's took 20 times the text.
 *
 *     struct json_writer writer = {.out = &text};
 *
 *     writer_object(&writer, NULL);
 *     writer_text(&writer, "kind", "dns");
 *     writer_array(&writer, "servers");
 *     writer_text(&writer, NULL, "192.0.2.1");
 *     writer_array_end(&writer);
 *     writer_object_end(&writer);
 *     writer_finish(&writer);
 *
 * `key` is the name of a member, and NULL for an element of an array and for the value itself. That
 * every beginning has its end, and no name comes twice, is the caller's part.
 */
#ifndef CCM_BASE_JSON_WRITER_H
#define CCM_BASE_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/file.h"

enum json_style {
    JSON_STYLE_INDENTED = 0, /* by 2; UTF-8 */
    JSON_STYLE_INDENTED_ASCII,
    JSON_STYLE_LINE, /* one line, without blanks; ASCII */
};

/* All that is not named in the initializer begins as zero. */
struct json_writer {
    struct buffer *out;     /* borrowed: what is written is appended to it */
    struct file_sink *sink; /* borrowed: takes what `out` holds whenever that is much; NULL: `out`
                               keeps all */
    enum json_style style;
    unsigned depth;
    bool filled; /* the innermost object or array has something in it */
};

void writer_object(struct json_writer *writer, const char *key);
void writer_object_end(struct json_writer *writer);
void writer_array(struct json_writer *writer, const char *key);
void writer_array_end(struct json_writer *writer);

/* NULL is written as null. Bytes that are not UTF-8 (no evidence has any) become \xHH. */
void writer_text(struct json_writer *writer, const char *key, const char *text);
void writer_integer(struct json_writer *writer, const char *key, int64_t value);
void writer_boolean(struct json_writer *writer, const char *key, bool value);
void writer_null(struct json_writer *writer, const char *key);

/* Ends the line; another value of its own follows. */
void writer_line(struct json_writer *writer);

/* Ends the text with a newline, and hands the sink what is left. */
void writer_finish(struct json_writer *writer);

#endif
