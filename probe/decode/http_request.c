/* SPDX-License-Identifier: Apache-2.0 */
#include "decode/http_request.h"

#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "decode/http_fields.h"

/* Longest path and field that are kept. */
enum { PATH_LIMIT = 512, FIELD_LIMIT = 256 };

static const char STATUS_START[] = "HTTP/1.";
enum { STATUS_START_LENGTH = sizeof(STATUS_START) - 1 };

/* "HTTP/1.1 200": what every status line has at least. */
enum { STATUS_LENGTH = STATUS_START_LENGTH + 5 };

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Methods are written in capitals (RFC 9110 9.1 knows no other); Microsoft's have underscores. */
static bool is_method_char(char byte)
{
    return (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-';
}

static size_t method_length(const char *text, size_t length)
{
    size_t end = 0;

    while (end < length && end <= HTTP_METHOD_LIMIT && is_method_char(text[end])) {
        end++;
    }
    return end;
}

/* What a request's target begins with: a path, "*", a URL, and of CONNECT a host. */
static bool may_be_target(const char *text, size_t length, bool is_connect)
{
    static const char url[] = "http";
    const size_t known = length < sizeof(url) - 1 ? length : sizeof(url) - 1;

    return length == 0 || is_connect || text[0] == '/' || text[0] == '*' ||
           memcmp(text, url, known) == 0;
}

bool http_may_be_request(const void *bytes, size_t length)
{
    const char *text = bytes;
    const size_t end = method_length(text, length);

    if (end == 0 || end > HTTP_METHOD_LIMIT) {
        return length == 0;
    }
    if (end == length) {
        return true;
    }
    return text[end] == ' ' && may_be_target(text + end + 1, length - end - 1,
                                             end == 7 && memcmp(text, "CONNECT", 7) == 0);
}

bool http_may_be_reply(const void *bytes, size_t length)
{
    return memcmp(bytes, STATUS_START,
                  length < STATUS_START_LENGTH ? length : STATUS_START_LENGTH) == 0;
}

bool http_is_request(const void *bytes, size_t length)
{
    struct cursor in;
    struct http_span line;
    const char *version;

    if (length == 0 || !http_may_be_request(bytes, length)) {
        return false;
    }
    cursor_init(&in, bytes, length);
    if (!http_next_line(&in, &line) || line.length < STATUS_START_LENGTH + 2) {
        return false;
    }
    version = line.at + line.length - STATUS_START_LENGTH - 1;
    return version[-1] == ' ' && memcmp(version, STATUS_START, STATUS_START_LENGTH) == 0 &&
           is_digit(version[STATUS_START_LENGTH]);
}

bool http_is_reply(const void *bytes, size_t length)
{
    struct http_span line;
    struct cursor in;

    cursor_init(&in, bytes, length);
    return length > 0 && http_may_be_reply(bytes, length) && http_next_line(&in, &line) &&
           line.length >= STATUS_LENGTH && is_digit(line.at[7]) && line.at[8] == ' ' &&
           is_digit(line.at[9]) && is_digit(line.at[10]) && is_digit(line.at[11]) &&
           (line.length == STATUS_LENGTH || line.at[STATUS_LENGTH] == ' ');
}

/* "METHOD target HTTP/1.1" */
static void read_request_line(struct arena *arena, struct http_span line,
                              struct evidence_http *request)
{
    const size_t method = method_length(line.at, line.length);
    const size_t tail = STATUS_START_LENGTH + 2; /* " HTTP/1.1" */
    const struct http_span path = {line.at + method + 1, line.length - method - 1 - tail};

    request->method = evidence_text(arena, line.at, method, FIELD_LIMIT);
    request->path = evidence_text(arena, path.at, path.length, PATH_LIMIT);
}

bool http_decode_request(struct arena *arena, const void *head, size_t length,
                         struct evidence_http *request_out)
{
    struct http_span line, name, value;
    struct cursor in;

    if (!http_is_request(head, length)) {
        return false;
    }
    cursor_init(&in, head, length);
    http_next_line(&in, &line);
    if (line.length < method_length(line.at, line.length) + 1 + STATUS_START_LENGTH + 2) {
        return false; /* "GET HTTP/1.1" has no target */
    }
    read_request_line(arena, line, request_out);
    while (http_next_field(&in, &name, &value)) {
        if (!request_out->host && http_span_is(name, "Host")) {
            request_out->host = http_span_text(arena, value, FIELD_LIMIT);
        } else if (!request_out->user_agent && http_span_is(name, "User-Agent")) {
            request_out->user_agent = http_span_text(arena, value, FIELD_LIMIT);
        }
    }
    request_out->request_bytes = (int64_t)length;
    return true;
}

/* Digits only, and no more of them than any file has bytes; else unknown. */
static int64_t read_length(struct http_span value)
{
    int64_t number = 0;

    if (value.length == 0 || value.length > 15) {
        return EVIDENCE_UNKNOWN;
    }
    for (size_t i = 0; i < value.length; i++) {
        if (!is_digit(value.at[i])) {
            return EVIDENCE_UNKNOWN;
        }
        number = number * 10 + (value.at[i] - '0');
    }
    return number;
}

static bool ends_with(struct http_span value, const char *word)
{
    const size_t length = strlen(word);

    return value.length >= length &&
           strncasecmp(value.at + value.length - length, word, length) == 0;
}

static void read_first_line(struct http_span line, struct http_framing *framing)
{
    const size_t method = method_length(line.at, line.length);

    if (line.length >= STATUS_LENGTH && http_may_be_reply(line.at, line.length)) {
        framing->status = (line.at[9] - '0') * 100 + (line.at[10] - '0') * 10 + (line.at[11] - '0');
        return;
    }
    framing->is_head = method == 4 && memcmp(line.at, "HEAD", 4) == 0;
    framing->is_connect = method == 7 && memcmp(line.at, "CONNECT", 7) == 0;
    framing->is_ccm_post = method == 8 && memcmp(line.at, "CCM_POST", 8) == 0;
}

struct http_framing http_decode_framing(const void *head, size_t length)
{
    struct http_framing framing = {.status = EVIDENCE_UNKNOWN, .length = EVIDENCE_UNKNOWN};
    struct http_span line, name, value;
    bool has_length = false;
    struct cursor in;

    cursor_init(&in, head, length);
    if (!http_next_line(&in, &line)) {
        return framing;
    }
    read_first_line(line, &framing);
    while (http_next_field(&in, &name, &value)) {
        if (http_span_is(name, "Content-Length")) {
            const int64_t found = read_length(value);

            framing.length = has_length && found != framing.length ? EVIDENCE_UNKNOWN : found;
            has_length = true;
        } else if (http_span_is(name, "Transfer-Encoding")) {
            framing.chunked = ends_with(value, "chunked");
        } else if (http_span_is(name, "Expect")) {
            framing.has_expect = true;
        }
    }
    return framing;
}

static bool is_known_scheme(struct http_span scheme)
{
    return http_span_is(scheme, "Negotiate") || http_span_is(scheme, "Kerberos") ||
           http_span_is(scheme, "NTLM");
}

bool http_authentication_token(const void *head, size_t length, struct buffer *token_out)
{
    struct http_span name, value, line, token = {0};
    struct http_challenge challenge;
    bool is_negotiate = false;
    struct cursor in;

    cursor_init(&in, head, length);
    http_next_line(&in, &line);
    while (!is_negotiate && http_next_field(&in, &name, &value)) {
        if (!http_span_is(name, "WWW-Authenticate") && !http_span_is(name, "Authorization")) {
            continue;
        }
        while (!is_negotiate && http_next_challenge(&value, &challenge)) {
            if (challenge.token.length > 0 && is_known_scheme(challenge.scheme)) {
                is_negotiate = http_span_is(challenge.scheme, "Negotiate");
                token = is_negotiate || token.length == 0 ? challenge.token : token;
            }
        }
    }
    return token.length > 0 && base64_decode(token.at, token.length, token_out);
}
