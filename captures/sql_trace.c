/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/sql_trace.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "captures/text_blocks.h"
#include "evidence/shape.h"

enum {
    BEFORE = 4096,      /* looked at before a call: the event's head, with its time */
    BEHIND = 8192,      /* looked at behind it: the event's other columns */
    PIECE = 512 * 1024, /* what is seen behind a piece is read twice: a small part of this */
    NAME_LENGTH = sizeof("spUpdateClientRegistration") - 1,
    FOUND_BYTES = 64 * 1024, /* what the calls of a piece usually take */
    TIME_LENGTH = 19,        /* "2009-05-20T19:35:13" */
    ZONE_MINUTES = 60,
};

struct sql_trace {
    struct sql_trace_settings settings;
    bool is_xml;    /* told by the beginning, before the pieces are looked at */
    int64_t lines;  /* line ends in the pieces taken */
    bool unended;   /* their last byte is none */
    size_t covered; /* of the next piece: belongs to the last call of those taken */
};

/* A call in a piece, as far as it can be told from the piece alone. */
struct sql_seen {
    struct evidence_registration *registration;
    int64_t at;
    int64_t line_ends; /* between the piece's beginning and the call */
};

struct sql_found {
    struct arena arena; /* of the registrations */
    struct sql_seen *calls;
    size_t count;
    size_t room;
    size_t first;        /* where the procedure is named first; the piece's length: nowhere */
    size_t end;          /* of the last call; may be behind the piece */
    int64_t line_ends;   /* in the whole piece */
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
    free(trace);
}

int64_t sql_trace_lines(const struct sql_trace *trace)
{
    return trace->lines + (trace->unended ? 1 : 0);
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

/* The time of the event whose statement is text[begin, end) of the piece. The column StartTime of
   Profiler's XML stands behind the statement, timestamp="" of Extended Events before it, and so
   does what other traces write in the same line. */
static int64_t event_time(const struct text_piece *piece, bool is_xml, size_t begin, size_t end)
{
    const char *const name = piece->text + begin;
    const char *const rest = piece->text + end;
    size_t behind = piece->length + piece->behind - end;
    const size_t before = piece->before + begin;
    const char *start = name - (before < BEFORE ? before : BEFORE);

    behind = behind < BEHIND ? behind : BEHIND;
    if (is_xml) {
        const char *closing = find(rest, behind, "</Event>");
        const char *column;

        behind = closing ? (size_t)(closing - rest) : behind;
        column = find(rest, behind, "\"StartTime\"");
        if (column) {
            return find_time(column, behind - (size_t)(column - rest), false);
        }
        for (const char *next = start; next;) {
            start = next;
            next = find(start + 1, (size_t)(name - start - 1), "timestamp=\"");
        }
        return strncmp(start, "timestamp", 9) == 0 ? find_time(start, (size_t)(name - start), false)
                                                   : EVIDENCE_UNKNOWN;
    }
    for (const char *at = name; at > start; at--) {
        if (at[-1] == '\n') {
            start = at;
            break;
        }
    }
    return find_time(start, (size_t)(name - start), true);
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

/* Does the statement that holds the name begin a field in quotation marks? `before` bytes are there
   in front of it. */
static bool is_csv_field(const char *name, size_t before)
{
    enum { LOOK_BACK = 200 };
    const char *const least = name - (before < LOOK_BACK ? before : LOOK_BACK);

    for (const char *at = name; at > least; at--) {
        if (at[-1] == '"') {
            return before < (size_t)(name - at) + 2 || at[-2] != '"';
        }
        if (at[-1] == '\n' || at[-1] == '\'') {
            return false;
        }
    }
    return false;
}

/* --- pieces --- */

static struct sql_seen *next_seen(struct sql_found *found)
{
    if (found->count == found->room) {
        found->room = found->room > 0 ? 2 * found->room : 64;
        found->calls = reallocarray(found->calls, found->room, sizeof(*found->calls));
        if (!found->calls) {
            abort();
        }
    }
    return &found->calls[found->count++];
}

/* Reads the call whose name is at text[name] of the piece. Returns where to go on. */
static size_t read_call(const struct sql_trace *trace, const struct text_piece *piece, size_t name,
                        int64_t line_ends)
{
    struct sql_found *found = piece->found;
    const size_t behind = name + NAME_LENGTH;
    const char *const text = piece->text + behind;
    size_t length = piece->length + piece->behind - behind;
    struct sql_call call;
    bool read;

    length = length > SQL_CALL_LIMIT ? SQL_CALL_LIMIT : length;
    buffer_truncate(&found->plain, 0);
    if (trace->is_xml) {
        const char *end = memchr(text, '<', length);

        length = end ? (size_t)(end - text) : length;
        unescape_xml(text, length, &found->plain);
        read = sql_call_read(buffer_text(&found->plain), found->plain.length, &call);
    } else if (is_csv_field(piece->text + name, piece->before + name)) {
        unescape_csv(text, length, &found->plain);
        read = sql_call_read(buffer_text(&found->plain), found->plain.length, &call);
        length = call.length;
    } else {
        read = sql_call_read(text, length, &call);
        length = call.length;
    }
    if (read) {
        struct sql_seen *seen = next_seen(found);

        seen->registration = evidence_new(&found->arena, shape_of(EVIDENCE_REGISTRATION));
        seen->at = event_time(piece, trace->is_xml, name, behind + length);
        seen->line_ends = line_ends;
        sql_call_registration(&found->arena, &call, trace->settings.whole, seen->registration);
    }
    return behind + length;
}

/* The calls that begin in the piece, from text[from] on. */
static void find_calls(const struct sql_trace *trace, const struct text_piece *piece, size_t from)
{
    struct sql_found *found = piece->found;
    const size_t there = piece->behind < NAME_LENGTH - 1 ? piece->behind : NAME_LENGTH - 1;
    const size_t end = piece->length + there; /* of names that begin in it */
    const char *hit;
    size_t counted = 0;

    arena_clear(&found->arena);
    found->count = 0;
    found->first = piece->length;
    found->line_ends = 0;
    found->end = from;
    while (found->end < piece->length &&
           (hit = memmem(piece->text + found->end, end - found->end, SQL_PROCEDURE, NAME_LENGTH))) {
        const size_t name = (size_t)(hit - piece->text);

        found->first = found->first < name ? found->first : name;
        found->line_ends += text_line_ends(piece->text + counted, name - counted);
        counted = name;
        found->end = read_call(trace, piece, name, found->line_ends);
    }
    found->line_ends += text_line_ends(piece->text + counted, piece->length - counted);
}

static void *make(void *context)
{
    struct sql_found *found = calloc(1, sizeof(*found));

    (void)context;
    if (!found) {
        abort();
    }
    arena_reserve(&found->arena, FOUND_BYTES);
    return found;
}

static void release(void *made)
{
    struct sql_found *found = made;

    arena_release(&found->arena);
    buffer_release(&found->plain);
    free(found->calls);
    free(found);
}

/* Is it a document? Told by the first character that is no white space. */
static void begin(void *context, const struct text_piece *first)
{
    struct sql_trace *trace = context;
    const size_t length = first->length + first->behind;
    size_t i = 0;

    while (i < length && first->text[i] != '\0' && strchr(" \t\r\n", first->text[i])) {
        i++;
    }
    trace->is_xml = i < length && first->text[i] == '<';
}

static void work(void *context, struct text_piece *piece)
{
    find_calls(context, piece, 0);
}

static void take(void *context, struct text_piece *piece)
{
    struct sql_trace *trace = context;
    const struct sql_found *found = piece->found;

    if (found->first <
        trace->covered) { /* it is named within the call before: a value, a comment */
        find_calls(trace, piece, trace->covered);
    }
    for (size_t i = 0; i < found->count; i++) {
        const struct sql_seen *seen = &found->calls[i];

        trace->settings.on_call(trace->settings.context, seen->registration, seen->at,
                                trace->lines + seen->line_ends + 1);
    }
    trace->covered = trace->covered > found->end ? trace->covered : found->end;
    trace->covered = trace->covered > piece->length ? trace->covered - piece->length : 0;
    trace->lines += found->line_ends;
    trace->unended = piece->length > 0 && piece->text[piece->length - 1] != '\n';
}

struct text_worker sql_trace_worker(struct sql_trace *trace)
{
    return (struct text_worker){.context = trace,
                                .piece = PIECE,
                                .before = BEFORE,
                                .behind = NAME_LENGTH + SQL_CALL_LIMIT + BEHIND,
                                .make = make,
                                .release = release,
                                .begin = begin,
                                .work = work,
                                .take = take};
}
