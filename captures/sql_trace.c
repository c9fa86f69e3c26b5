/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/sql_trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "captures/text_blocks.h"
#include "evidence/shape.h"

enum {
    BEGINNING = 1024,          /* a document's first tag stands within */
    BEFORE = 4096,             /* kept before a call: the event's head, with its time */
    REGISTRATION_BYTES = 2048, /* what one usually takes */
    BEHIND = 8192,             /* looked at behind a call: the event's other columns */
    TIME_LENGTH = 19,          /* "2009-05-20T19:35:13" */
    ZONE_MINUTES = 60,
};

struct sql_trace {
    struct sql_trace_settings settings;
    struct text_blocks blocks; /* not yet done with, and BEFORE bytes of what is */
    size_t done;               /* of the text: searched */
    bool begun;                /* is_xml is known */
    bool is_xml;
    struct buffer plain; /* a statement without the escapes of XML or CSV */
};

struct sql_trace *sql_trace_new(const struct sql_trace_settings *settings)
{
    struct sql_trace *trace = calloc(1, sizeof(*trace));

    if (!trace) {
        abort();
    }
    trace->settings = *settings;
    return trace;
}

void sql_trace_free(struct sql_trace *trace)
{
    if (trace) {
        text_blocks_release(&trace->blocks);
        buffer_release(&trace->plain);
        free(trace);
    }
}

/* Is it a document? Decided at the first character that is neither mark nor white space. */
static bool begins_as_xml(const struct buffer *text)
{
    const char *at = buffer_text(text);

    return at[strspn(at, " \t\r\n")] == '<';
}

/* --- times --- */

static bool is_time(const char *text)
{
    static const char form[] = "0000-00-00 00:00:00";

    for (size_t i = 0; i < TIME_LENGTH; i++) {
        const bool digit = text[i] >= '0' && text[i] <= '9';

        if (form[i] == '0' ? !digit : text[i] != form[i] && !(i == 10 && text[i] == 'T')) {
            return false;
        }
    }
    return true;
}

/* "-05:00", "+02:00" behind a time, in microseconds; 0 for anything else. */
static int64_t zone_of(const char *text, size_t length)
{
    if (length < 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') {
        return 0;
    }
    const int minutes =
        (text[1] - '0') * 600 + (text[2] - '0') * 60 + (text[4] - '0') * 10 + (text[5] - '0');

    return (int64_t)(text[0] == '-' ? -minutes : minutes) * ZONE_MINUTES * CLOCK_US_PER_SECOND;
}

/* Reads the time that begins at `text`; up to six decimals are kept. */
static int64_t read_time(const char *text, size_t length)
{
    char copy[CLOCK_TEXT_SIZE];
    size_t end = TIME_LENGTH;
    size_t kept;
    int64_t at;

    if (end < length && (text[end] == '.' || text[end] == ',')) {
        end++;
        while (end < length && text[end] >= '0' && text[end] <= '9') {
            end++;
        }
    }
    kept = end > TIME_LENGTH + 7 ? TIME_LENGTH + 7 : end;
    memcpy(copy, text, kept);
    copy[10] = 'T';
    copy[kept] = 'Z';
    copy[kept + 1] = '\0';
    return clock_parse(copy, &at) ? at - zone_of(text + end, length - end) : EVIDENCE_UNKNOWN;
}

/* The last, or the first, time in the text. */
static int64_t find_time(const char *text, size_t length, bool last)
{
    int64_t found = EVIDENCE_UNKNOWN;

    for (size_t i = 0; i + TIME_LENGTH <= length; i++) {
        if (text[i + 4] == '-' && text[i + 7] == '-' && is_time(text + i)) {
            found = read_time(text + i, length - i);
            if (!last) {
                return found;
            }
            i += TIME_LENGTH - 1;
        }
    }
    return found;
}

static const char *find(const char *text, size_t length, const char *word)
{
    return memmem(text, length, word, strlen(word));
}

/* The column StartTime of Profiler's XML stands behind the statement, timestamp="" of Extended
   Events before it, and so does what other traces write in the same line. */
static int64_t event_time(const struct sql_trace *trace, size_t begin, size_t end)
{
    const char *text = trace->blocks.text.data;
    size_t behind =
        trace->blocks.text.length - end < BEHIND ? trace->blocks.text.length - end : BEHIND;
    size_t before = begin < BEFORE ? begin : BEFORE;
    const char *start = text + begin - before;

    if (trace->is_xml) {
        const char *closing = find(text + end, behind, "</Event>");
        const char *column;

        behind = closing ? (size_t)(closing - text - end) : behind;
        column = find(text + end, behind, "\"StartTime\"");
        if (column) {
            return find_time(column, behind - (size_t)(column - text - end), false);
        }
        for (const char *next = start; next;) {
            start = next;
            next = find(start + 1, (size_t)(text + begin - start - 1), "timestamp=\"");
        }
        return strncmp(start, "timestamp", 9) == 0
                   ? find_time(start, (size_t)(text + begin - start), false)
                   : EVIDENCE_UNKNOWN;
    }
    for (const char *at = text + begin; at > start; at--) {
        if (at[-1] == '\n') {
            start = at;
            break;
        }
    }
    return find_time(start, (size_t)(text + begin - start), true);
}

/* --- statements --- */

/* The character that an XML reference stands for, NUL for one that is not known. */
static char reference(const char *text, size_t length, size_t *used)
{
    static const struct {
        const char *name;
        char character;
    } names[] = {{"&quot;", '"'}, {"&apos;", '\''}, {"&lt;", '<'},   {"&gt;", '>'},
                 {"&amp;", '&'},  {"&#39;", '\''},  {"&#34;", '"'},  {"&#xD;", '\r'},
                 {"&#xA;", '\n'}, {"&#x9;", '\t'},  {"&#13;", '\r'}, {"&#10;", '\n'}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const size_t size = strlen(names[i].name);

        if (length >= size && memcmp(text, names[i].name, size) == 0) {
            *used = size;
            return names[i].character;
        }
    }
    *used = 1;
    return '\0';
}

static void unescape_xml(const char *text, size_t length, struct buffer *out)
{
    while (length > 0) {
        const char *next = memchr(text, '&', length);
        size_t plain = next ? (size_t)(next - text) : length;
        size_t used = 0;

        buffer_append(out, text, plain);
        if (next) {
            const char made = reference(next, length - plain, &used);

            buffer_putc(out, made ? made : '&');
        }
        text += plain + used;
        length -= plain + used;
    }
}

/* The field of a CSV file ends at a quotation mark that is not doubled. */
static void unescape_csv(const char *text, size_t length, struct buffer *out)
{
    while (length > 0) {
        const char *next = memchr(text, '"', length);
        const size_t plain = next ? (size_t)(next - text) : length;

        buffer_append(out, text, plain);
        if (!next || plain + 1 >= length || next[1] != '"') {
            return;
        }
        buffer_putc(out, '"');
        text += plain + 2;
        length -= plain + 2;
    }
}

/* Does the statement that holds text[name] begin a field in quotation marks? */
static bool is_csv_field(const char *text, size_t name)
{
    enum { LOOK_BACK = 200 };
    const size_t least = name > LOOK_BACK ? name - LOOK_BACK : 0;

    for (size_t i = name; i > least; i--) {
        if (text[i - 1] == '"') {
            return i < 2 || text[i - 2] != '"';
        }
        if (text[i - 1] == '\n' || text[i - 1] == '\'') {
            return false;
        }
    }
    return false;
}

/* Reads the call behind the procedure's name at text[name]. Returns where to go on. */
static size_t read_call(struct sql_trace *trace, size_t name)
{
    const char *text = trace->blocks.text.data;
    const size_t behind = name + strlen(SQL_PROCEDURE);
    size_t length = trace->blocks.text.length - behind;
    struct sql_call call;
    bool read;

    length = length > SQL_CALL_LIMIT ? SQL_CALL_LIMIT : length;
    buffer_truncate(&trace->plain, 0);
    if (trace->is_xml) {
        const char *end = memchr(text + behind, '<', length);

        length = end ? (size_t)(end - text - behind) : length;
        unescape_xml(text + behind, length, &trace->plain);
        read = sql_call_read(buffer_text(&trace->plain), trace->plain.length, &call);
    } else if (is_csv_field(text, name)) {
        unescape_csv(text + behind, length, &trace->plain);
        read = sql_call_read(buffer_text(&trace->plain), trace->plain.length, &call);
        length = call.length;
    } else {
        read = sql_call_read(text + behind, length, &call);
        length = call.length;
    }
    if (read) {
        struct arena arena = {0};
        struct evidence_registration *registration;

        arena_reserve(&arena, REGISTRATION_BYTES);
        registration = evidence_new(&arena, shape_of(EVIDENCE_REGISTRATION));
        sql_call_registration(&arena, &call, trace->settings.whole, registration);
        trace->settings.on_call(trace->settings.context, &arena, registration,
                                event_time(trace, name, behind + length),
                                text_blocks_line(&trace->blocks, name));
        arena_release(&arena);
    }
    return behind + length;
}

/* Searches what has come; unless it is the end, a call is read only when all that it may need has
   come. */
static void search(struct sql_trace *trace, bool end)
{
    const size_t name_length = strlen(SQL_PROCEDURE);

    if (!trace->begun && (end || trace->blocks.text.length >= BEGINNING)) {
        trace->is_xml = begins_as_xml(&trace->blocks.text);
        trace->begun = true;
    }
    for (;;) {
        const char *text = buffer_text(&trace->blocks.text);
        const char *hit = memmem(text + trace->done, trace->blocks.text.length - trace->done,
                                 SQL_PROCEDURE, name_length);

        if (!hit) {
            if (trace->blocks.text.length - trace->done >= name_length) {
                trace->done = trace->blocks.text.length - name_length + 1;
            }
            return;
        }
        trace->done = (size_t)(hit - text);
        if (!end && trace->blocks.text.length - trace->done < SQL_CALL_LIMIT + BEHIND) {
            return;
        }
        trace->done = read_call(trace, trace->done);
    }
}

void sql_trace_feed(struct sql_trace *trace, const void *bytes, size_t length)
{
    text_blocks_add(&trace->blocks, bytes, length);
    search(trace, false);
    if (trace->done > (size_t)2 * BEFORE) {
        const size_t drop = trace->done - BEFORE;

        text_blocks_drop(&trace->blocks, drop);
        trace->done -= drop;
    }
}

int64_t sql_trace_end(struct sql_trace *trace)
{
    text_blocks_end(&trace->blocks);
    search(trace, true);
    return text_blocks_lines(&trace->blocks);
}
