/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of HTTP line by line, and what of a body tells an error page or an MP's list. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "captures/redact_parts.h"

/* --- heads --- */

enum value_kind {
    VALUE_BLOT,
    VALUE_COPY, /* numbers, dates, products: nothing of whoever uses them */
    VALUE_HOST,
    VALUE_TARGET,
    VALUE_TOKENS,
};

static const struct {
    const char *name;
    enum value_kind kind;
} FIELDS[] = {
    {"Host", VALUE_HOST},
    {"Via", VALUE_HOST},
    {"Location", VALUE_TARGET},
    {"WWW-Authenticate", VALUE_TOKENS},
    {"Authorization", VALUE_TOKENS},
    {"Proxy-Authenticate", VALUE_TOKENS},
    {"Proxy-Authorization", VALUE_TOKENS},
    {"Accept", VALUE_COPY},
    {"Allow", VALUE_COPY},
    {"Cache-Control", VALUE_COPY},
    {"Connection", VALUE_COPY},
    {"Content-Encoding", VALUE_COPY},
    {"Content-Length", VALUE_COPY},
    {"Content-Type", VALUE_COPY},
    {"Date", VALUE_COPY},
    {"Expect", VALUE_COPY},
    {"Keep-Alive", VALUE_COPY},
    {"Proxy-Connection", VALUE_COPY},
    {"Server", VALUE_COPY},
    {"Transfer-Encoding", VALUE_COPY},
    {"Upgrade", VALUE_COPY},
    {"User-Agent", VALUE_COPY},
};

static void copy(const struct image *image)
{
    memcpy(image->out, image->in, image->length);
}

static void blot(const struct image *image)
{
    disguise_blot(image->in, image->length, image->out);
}

static bool starts(const struct image *image, const char *word)
{
    return image->length >= strlen(word) &&
           strncasecmp((const char *)image->in, word, strlen(word)) == 0;
}

/* The length up to the first of `ends`. */
static size_t until(const struct image *image, const char *ends)
{
    size_t at = 0;

    while (at < image->length && (image->in[at] == 0 || !strchr(ends, image->in[at]))) {
        at++;
    }
    return at;
}

/* A host and its port; an IPv6 address stands in brackets. */
static void put_host(const struct image *image)
{
    if (image->length > 0 && image->in[0] == '[') {
        copy(image);
    } else {
        disguise_text(image->disguise, image->in, image->length, image->out);
    }
}

/* The paths of an MP are words of the product; of the query the first word tells what is asked. */
static void put_path(const struct image *image)
{
    size_t end = 0;

    if (starts(image, "/ccm_") || starts(image, "/sms_")) {
        end = until(image, "?");
        while (end < image->length &&
               (image->in[end] == '?' || (image->in[end] >= 'A' && image->in[end] <= 'Z'))) {
            end++;
        }
    }
    const struct image rest = image_part(image, end, image->length - end);

    memcpy(image->out, image->in, end);
    blot(&rest);
}

static void put_target(const struct image *image)
{
    const size_t scheme = starts(image, "http://") ? 7 : starts(image, "https://") ? 8 : 0;
    struct image rest = image_part(image, scheme, image->length - scheme);
    const size_t host = scheme > 0 ? until(&rest, "/") : 0;
    const struct image name = image_part(&rest, 0, host);

    memcpy(image->out, image->in, scheme);
    put_host(&name);
    rest = image_part(&rest, host, rest.length - host);
    put_path(&rest);
}

/* A token keeps its length, so its base64 does, too. False when it is none. */
static bool put_token(const struct image *image)
{
    struct buffer token = {0};
    struct buffer text = {0};
    bool done = false;
    uint8_t *out;

    if (!base64_decode((const char *)image->in, image->length, &token)) {
        buffer_release_secret(&token);
        return false;
    }
    out = calloc(1, token.length + 1);
    if (!out) {
        abort();
    }
    redact_negotiate(
        &(struct image){image->disguise, (const uint8_t *)buffer_text(&token), out, token.length});
    base64_encode(out, token.length, &text);
    if (text.length >= image->length) { /* the padding may have been left out */
        memcpy(image->out, text.data, image->length);
        done = true;
    }
    free(out);
    buffer_release_secret(&token);
    buffer_release(&text);
    return done;
}

/* "Negotiate YII...": a scheme and its token, or parameters. */
static void put_credentials(const struct image *image)
{
    struct image rest = *image;
    size_t length = until(&rest, " ");
    const struct image scheme = image_part(&rest, 0, length);

    if (memchr(scheme.in, '=', scheme.length)) {
        blot(image);
        return;
    }
    copy(&scheme);
    while (length < image->length && image->in[length] == ' ') {
        image->out[length++] = ' ';
    }
    rest = image_part(image, length, image->length - length);
    if (rest.length == 0 ||
        ((starts(&scheme, "Negotiate") || starts(&scheme, "NTLM") || starts(&scheme, "Kerberos")) &&
         put_token(&rest))) {
        return;
    }
    blot(&rest);
}

static void put_tokens(const struct image *image)
{
    size_t at = 0;

    while (at < image->length) {
        struct image item = image_part(image, at, image->length - at);

        if (image->in[at] == ',' || image->in[at] == ' ') {
            image->out[at] = image->in[at];
            at++;
            continue;
        }
        item.length = until(&item, ",");
        at += item.length;
        while (item.length > 0 && item.in[item.length - 1] == ' ') {
            item.out[--item.length] = ' ';
        }
        put_credentials(&item);
    }
}

static void put_value(const struct image *value, enum value_kind kind)
{
    switch (kind) {
    case VALUE_COPY:
        copy(value);
        break;
    case VALUE_HOST:
        put_host(value);
        break;
    case VALUE_TARGET:
        put_target(value);
        break;
    case VALUE_TOKENS:
        put_tokens(value);
        break;
    case VALUE_BLOT:
    default:
        blot(value);
        break;
    }
}

static void put_field(const struct image *line)
{
    const size_t colon = until(line, ":");
    size_t start = colon + 1;
    enum value_kind kind = VALUE_BLOT;

    if (colon >= line->length || line->in[0] == ' ' || line->in[0] == '\t') {
        blot(line);
        return;
    }
    for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
        if (strlen(FIELDS[i].name) == colon && starts(line, FIELDS[i].name)) {
            kind = FIELDS[i].kind;
        }
    }
    memcpy(line->out, line->in, start);
    while (start < line->length && line->in[start] == ' ') {
        line->out[start++] = ' ';
    }
    const struct image value = image_part(line, start, line->length - start);

    put_value(&value, kind);
}

/* The target ends where the version begins, which is missing when the line is cut. */
static size_t target_length(const struct image *rest)
{
    size_t version = rest->length;

    while (version > 0 && rest->in[version - 1] != ' ') {
        version--;
    }
    const struct image last = image_part(rest, version, rest->length - version);

    return version > 0 && starts(&last, "HTTP/") ? version - 1 : rest->length;
}

static void put_first_line(const struct image *line)
{
    const size_t method = until(line, " ");

    if (starts(line, "HTTP/") || method == line->length) {
        copy(line);
        return;
    }
    const struct image rest = image_part(line, method + 1, line->length - method - 1);
    const struct image target = image_part(&rest, 0, target_length(&rest));

    memcpy(line->out, line->in, method + 1);
    put_target(&target);
    memcpy(rest.out + target.length, rest.in + target.length, rest.length - target.length);
}

void redact_http_head(const struct image *image)
{
    size_t at = 0;

    while (at < image->length) {
        struct image line = image_part(image, at, image->length - at);
        const size_t end = until(&line, "\n");

        line.length = end > 0 && line.in[end - 1] == '\r' ? end - 1 : end;
        if (at == 0) {
            put_first_line(&line);
        } else if (line.length > 0) {
            put_field(&line);
        }
        for (at += line.length; at < image->length; at++) {
            image->out[at] = image->in[at]; /* the line's end */
            if (image->in[at] == '\n') {
                at++;
                break;
            }
        }
    }
}

/* --- bodies --- */

/* What error pages of IIS, HTTP.sys and others say. */
static const char *const WORDS[] = {
    "access",   "allowed",      "authentication", "bad",    "credentials", "denied",
    "detailed", "due",          "error",          "failed", "forbidden",   "found",
    "for",      "header",       "http",           "iis",    "internal",    "invalid",
    "is",       "length",       "long",           "method", "not",         "request",
    "required", "server",       "service",        "size",   "the",         "to",
    "too",      "unauthorized", "unavailable",    "url",    "used",        "you",
    "are",      "this",         "page",           "proxy",  "gateway",     "timeout",
};

static bool is_word_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           byte >= 0x80;
}

static bool is_number_byte(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || byte == '.';
}

/* Words and numbers ("401.2") of at most 5 characters; everything else becomes blanks. */
static void put_words(const struct image *text)
{
    enum { NUMBER_LIMIT = 8 };
    size_t at = 0;

    while (at < text->length) {
        const bool is_number = is_number_byte(text->in[at]);
        size_t end = at;
        bool known;

        while (end < text->length &&
               (is_number ? is_number_byte(text->in[end]) : is_word_byte(text->in[end]))) {
            end++;
        }
        known = is_number && end - at < NUMBER_LIMIT;
        for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]) && !is_number && end > at; i++) {
            known |= strlen(WORDS[i]) == end - at &&
                     strncasecmp(WORDS[i], (const char *)text->in + at, end - at) == 0;
        }
        if (known) {
            memcpy(text->out + at, text->in + at, end - at);
        } else if (end == at && strchr("-:,", text->in[at]) && text->in[at] != 0) {
            text->out[at] = text->in[at];
        }
        at = end > at ? end : at + 1;
    }
}

/* Title and headings, with their tags. */
static void put_elements(const struct image *text)
{
    static const char *const tags[] = {"title", "h1", "h2", "h3"};

    for (size_t at = 0; at < text->length; at++) {
        const struct image rest = image_part(text, at + 1, text->length - at - 1);
        size_t close, end;

        if (text->in[at] != '<') {
            continue;
        }
        for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
            const size_t length = strlen(tags[i]);

            close = until(&rest, ">");
            if (!starts(&rest, tags[i]) || rest.length <= length || close == rest.length ||
                is_word_byte(rest.in[length])) {
                continue;
            }
            const struct image content = image_part(&rest, close + 1, rest.length - close - 1);

            end = until(&content, "<");
            const struct image words = image_part(&content, 0, end);
            const struct image behind = image_part(&content, end, content.length - end);

            memcpy(text->out + at, text->in + at, length + 1);
            rest.out[close] = '>';
            put_words(&words);
            if (behind.length > length + 2 && behind.in[1] == '/') {
                memcpy(behind.out, "</", 2);
                memcpy(behind.out + 2, rest.in, length);
                behind.out[length + 2] = '>';
            }
        }
    }
}

/* "HTTP Error 401.2 ": the status with its substatus. */
static void put_sentences(const struct image *text)
{
    static const char sentence[] = "HTTP Error ";

    for (size_t at = 0; at + sizeof(sentence) < text->length; at++) {
        const struct image rest = image_part(text, at, text->length - at);
        size_t end = strlen(sentence);

        if (!starts(&rest, sentence)) {
            continue;
        }
        while (end < rest.length && is_number_byte(rest.in[end])) {
            end++;
        }
        memcpy(rest.out, rest.in, end);
    }
}

/* "<MPList>" as the document's element. */
static void put_list(const struct image *text)
{
    static const char name[] = "<MPList";
    size_t at = 0;

    while (at + strlen(name) < text->length && text->in[at] != '<') {
        at++;
    }
    while (at + strlen(name) < text->length && text->in[at] == '<' &&
           (text->in[at + 1] == '?' || text->in[at + 1] == '!')) {
        while (at < text->length && text->in[at] != '>') {
            at++;
        }
        while (at < text->length && text->in[at] != '<') {
            at++;
        }
    }
    if (at + strlen(name) < text->length && memcmp(text->in + at, name, strlen(name)) == 0) {
        memcpy(text->out + at, name, strlen(name));
        text->out[at + strlen(name)] = text->in[at + strlen(name)] == '>' ? '>' : ' ';
    }
}

void redact_http_body(const struct image *image)
{
    const bool is_wide =
        image->length >= 2 && image->in[0] == 0xFF && image->in[1] == 0xFE; /* UTF-16 */
    const size_t start = is_wide ? 2 : 0;
    const size_t step = is_wide ? 2 : 1;
    const size_t length = (image->length - start) / step;
    uint8_t *narrow, *out;

    if (image->length == 0 || redact_ccm_message(image)) {
        return;
    }
    narrow = calloc(1, length + 1);
    out = malloc(length + 1);
    if (!narrow || !out) {
        abort();
    }
    memset(out, ' ', length + 1);
    for (size_t i = 0; i < length; i++) {
        narrow[i] = is_wide && image->in[start + 2 * i + 1] ? 'x' : image->in[start + step * i];
    }
    const struct image text = {image->disguise, narrow, out, length};

    put_elements(&text);
    put_sentences(&text);
    put_list(&text);
    memcpy(image->out, image->in, start);
    for (size_t i = 0; i < length; i++) {
        image->out[start + step * i] = out[i];
    }
    free(narrow);
    free(out);
}
