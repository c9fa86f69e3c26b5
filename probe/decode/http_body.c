/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/http.h"

#include <string.h>
#include <strings.h>

#include "decode/utf16.h"

/* IIS' own pages are shorter than 8 KiB; the longest title that is kept. */
enum { SCAN_LIMIT = 64 * 1024, PAGE_LIMIT = 120 };

/* The body as bytes of an ASCII superset. */
struct text {
    const char *at;
    const char *end;
};

static size_t left(const struct text *text)
{
    return (size_t)(text->end - text->at);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool begins_with(const struct text *text, const char *start)
{
    size_t length = strlen(start);

    return left(text) >= length && strncasecmp(text->at, start, length) == 0;
}

/* Moves on to the next `what` in any case; false, at the end, when there is none. */
static bool find(struct text *text, const char *what)
{
    for (; text->at < text->end; text->at++) {
        if (*what == '<') { /* long texts have few tags */
            const char *tag = memchr(text->at, '<', left(text));

            text->at = tag ? tag : text->end;
        }
        if (left(text) > 0 && (*text->at | 0x20) == (*what | 0x20) && begins_with(text, what)) {
            return true;
        }
    }
    return false;
}

/* The start tag `<name ...>` or `<name>`: moves behind it. */
static bool enter_tag(struct text *text, const char *name)
{
    while (find(text, name)) {
        text->at += strlen(name);
        if (left(text) > 0 && (*text->at == '>' || is_space(*text->at))) {
            const char *close = memchr(text->at, '>', left(text));

            text->at = close ? close + 1 : text->end;
            return close != NULL;
        }
    }
    return false;
}

/* What a reader sees of an element up to its end tag: other tags stripped, white space as one
   space, entities left. `out` has room for `room` bytes; returns how many were written. */
static size_t visible_text(struct text text, const char *end_tag, char *out, size_t room)
{
    size_t length = 0;
    bool gap = false;

    while (text.at < text.end && length < room && !begins_with(&text, end_tag)) {
        const char *close = *text.at == '<' ? memchr(text.at, '>', left(&text)) : NULL;

        if (close || is_space(*text.at)) {
            gap = length > 0;
            text.at = close ? close + 1 : text.at + 1;
            continue;
        }
        if (gap && length + 1 < room) {
            out[length++] = ' ';
        }
        gap = false;
        out[length++] = *text.at++;
    }
    return length;
}

/* The element's visible text; 0 when there is no such element or it is empty. */
static size_t element_text(struct text text, const char *start, const char *end, char *out,
                           size_t room)
{
    return enter_tag(&text, start) ? visible_text(text, end, out, room) : 0;
}

/* The title, unless the first heading begins with it and says more, as on the pages of HTTP.sys
   ("Bad Request" and "Bad Request - Request Too Long"). */
static void read_page(struct arena *arena, struct text body, struct http_reply *reply)
{
    static const char *const headings[][2] = {{"<h1", "</h1"}, {"<h2", "</h2"}, {"<h3", "</h3"}};
    char title[2 * PAGE_LIMIT];
    char heading[2 * PAGE_LIMIT];
    size_t title_length = element_text(body, "<title", "</title", title, sizeof(title));
    size_t heading_length = 0;

    for (size_t i = 0; i < 3 && heading_length == 0; i++) {
        heading_length =
            element_text(body, headings[i][0], headings[i][1], heading, sizeof(heading));
    }
    if (heading_length > title_length && strncasecmp(heading, title, title_length) == 0) {
        reply->page = evidence_text(arena, heading, heading_length, PAGE_LIMIT);
    } else if (title_length > 0) {
        reply->page = evidence_text(arena, title, title_length, PAGE_LIMIT);
    }
}

/* "401.2" at `text`, for a reply with status 401: status * 1000 + substatus, else unknown. */
static int64_t substatus_at(const struct text *text, int64_t status)
{
    const char *at = text->at;
    int64_t value = 0;
    size_t digits = 0;

    if (left(text) < 5 || !is_digit(at[0]) || !is_digit(at[1]) || !is_digit(at[2]) ||
        at[3] != '.' || (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0') != status) {
        return EVIDENCE_UNKNOWN;
    }
    for (at += 4; at < text->end && is_digit(*at) && digits < 4; at++, digits++) {
        value = value * 10 + (*at - '0');
    }
    /* At the end of what was read the number may go on. */
    if (digits == 0 || digits > 3 || at == text->end) {
        return EVIDENCE_UNKNOWN;
    }
    return status * 1000 + value;
}

/* IIS 6 and later write "HTTP Error 403.7 - ..."; the detailed pages' title "IIS 10.0 Detailed
   Error - 401.2 - ..." serves where that sentence is translated. */
static int64_t find_substatus(struct text body, int64_t status)
{
    static const char sentence[] = "HTTP Error ";
    struct text rest = body;
    struct text title = body;
    int64_t substatus = EVIDENCE_UNKNOWN;
    char before = ' ';

    while (substatus == EVIDENCE_UNKNOWN && find(&rest, sentence)) {
        rest.at += strlen(sentence);
        substatus = substatus_at(&rest, status);
    }
    if (!enter_tag(&title, "<title")) {
        return substatus;
    }
    for (; substatus == EVIDENCE_UNKNOWN && left(&title) > 0 && *title.at != '<'; title.at++) {
        if (!is_digit(before) && before != '.') {
            substatus = substatus_at(&title, status);
        }
        before = *title.at;
    }
    return substatus;
}

/* Whether the document element is <MPList>; unknown while no element has begun. */
static enum evidence_tri is_mplist(struct text body)
{
    static const char name[] = "<MPList";

    while (body.at < body.end) {
        const char *close;

        if (is_space(*body.at)) {
            body.at++;
            continue;
        }
        if (!begins_with(&body, "<?") && !begins_with(&body, "<!--")) {
            break;
        }
        close = memchr(body.at, '>', left(&body));
        if (!close) {
            return TRI_UNKNOWN;
        }
        body.at = close + 1;
    }
    if (left(&body) <= strlen(name)) {
        bool may_be = left(&body) > 0 && strncmp(body.at, name, left(&body)) == 0;

        return may_be ? TRI_UNKNOWN : TRI_NO;
    }
    if (strncmp(body.at, name, strlen(name)) != 0) {
        return TRI_NO;
    }
    body.at += strlen(name);
    return *body.at == '>' || *body.at == '/' || is_space(*body.at) ? TRI_YES : TRI_NO;
}

void http_decode_body(struct arena *arena, const void *body, size_t length,
                      struct http_reply *reply)
{
    struct text text = {length > 0 ? body : "", NULL};

    text.end = text.at + length;
    reply->body_bytes = (int64_t)length;
    if (left(&text) >= 2 && memcmp(text.at, "\xFF\xFE", 2) == 0) {
        size_t units = length - 2 < SCAN_LIMIT ? length - 2 : SCAN_LIMIT;
        char *utf8 = arena_alloc(arena, 2 * units);

        text.at = utf8;
        text.end = utf8 + utf16le_to_utf8((const char *)body + 2, units, utf8, 2 * units);
    } else if (begins_with(&text, "\xEF\xBB\xBF")) {
        text.at += 3;
    }
    if (left(&text) > SCAN_LIMIT) {
        text.end = text.at + SCAN_LIMIT;
    }
    read_page(arena, text, reply);
    reply->substatus = find_substatus(text, reply->status);
    reply->is_mplist = is_mplist(text);
}
