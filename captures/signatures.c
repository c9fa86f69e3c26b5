/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of signatures. */
#include "captures/signatures.h"

#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "evidence/evidence.h"

/* Made from docs/known-problems.txt by captures/CMakeLists.txt. */
extern const char KNOWN_PROBLEMS[];

/* One line's value, or several lines'. */
struct value {
    struct buffer text;
    bool given;
};

enum key { KEY_NAME, KEY_LOG, KEY_PATTERN, KEY_MEANS, KEY_DO, KEY_SOURCE, KEY_COUNT, KEY_NONE };

static const char *const KEYS[KEY_COUNT] = {"name", "log", "pattern", "means", "do", "source"};

struct parser {
    struct signatures *signatures;
    const char *path;
    struct ccm_error *error;
    size_t line;
    struct signature *open; /* the one that is read; NULL before the first */
    struct value values[KEY_COUNT];
    enum key last; /* what a line that begins with a blank goes on with */
};

static enum ccm_status refuse(const struct parser *parser, size_t line, const char *what,
                              const char *subject)
{
    return ccm_fail(parser->error, CCM_ERROR_USAGE, "%.150s:%zu: %s%.100s", parser->path, line,
                    what, subject);
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static void trim(const char **text, size_t *length)
{
    while (*length > 0 && is_blank(**text)) {
        (*text)++;
        (*length)--;
    }
    while (*length > 0 && (is_blank((*text)[*length - 1]) || (*text)[*length - 1] == '\r')) {
        (*length)--;
    }
}

/* --- one signature --- */

static void push_text(struct arena *arena, const char ***list, size_t *count, const char *text,
                      size_t length)
{
    void *items = (void *)*list;
    const char **place = arena_push(arena, &items, count, sizeof(*place));

    *list = items;
    *place = arena_strndup(arena, text, length);
}

static void add_logs(struct parser *parser, const char *text, size_t length)
{
    while (length > 0) {
        const char *comma = memchr(text, ',', length);
        const char *name = text;
        size_t size = comma ? (size_t)(comma - text) : length;

        length -= size + (comma ? 1 : 0);
        text += size + (comma ? 1 : 0);
        trim(&name, &size);
        if (size > 0) {
            push_text(&parser->signatures->arena, &parser->open->logs, &parser->open->log_count,
                      name, size);
        }
    }
}

static enum ccm_status add_pattern(struct parser *parser, const char *text, size_t length)
{
    struct signature *open = parser->open;
    struct signature_pattern pattern;

    if (open->pattern_count == SIGNATURE_PATTERNS) {
        return refuse(parser, parser->line, "too many patterns", "");
    }
    push_text(&parser->signatures->arena, &open->patterns, &open->pattern_count, text, length);
    if (!signature_pattern_read(&parser->signatures->arena, open->patterns[open->pattern_count - 1],
                                &pattern)) {
        return refuse(parser, parser->line,
                      "a pattern needs a piece of 4 bytes or more without \"*\", and at most 8 of "
                      "them: ",
                      open->patterns[open->pattern_count - 1]);
    }
    return CCM_OK;
}

static const char *value_of(struct parser *parser, enum key key)
{
    const struct buffer *text = &parser->values[key].text;

    /* It goes into evidence, which is UTF-8 without control characters. */
    return evidence_text(&parser->signatures->arena, buffer_text(text), text->length,
                         SIGNATURE_TEXT);
}

/* An earlier one of the same name gives way to the last of the list. */
static enum ccm_status replace_earlier(struct parser *parser)
{
    struct signatures *signatures = parser->signatures;
    const struct signature *last = &signatures->items[signatures->count - 1];

    for (size_t i = 0; i + 1 < signatures->count; i++) {
        if (strcasecmp(signatures->items[i].name, last->name) != 0) {
            continue;
        }
        if (signatures->items[i].file == last->file) {
            return refuse(parser, last->line, "there is another of this name: ", last->name);
        }
        signatures->items[i] = *last;
        signatures->count--;
        break;
    }
    return CCM_OK;
}

static enum ccm_status finish_signature(struct parser *parser)
{
    struct signature *open = parser->open;

    if (!open) {
        return CCM_OK;
    }
    parser->open = NULL;
    parser->last = KEY_NONE;
    for (int key = 0; key < KEY_COUNT; key++) {
        if (!parser->values[key].given) {
            return refuse(parser, open->line, "the signature has no line ", KEYS[key]);
        }
    }
    if (open->log_count == 0) {
        return refuse(parser, open->line, "the signature names no log", "");
    }
    open->name = value_of(parser, KEY_NAME);
    open->means = value_of(parser, KEY_MEANS);
    open->remedy = value_of(parser, KEY_DO);
    open->source = value_of(parser, KEY_SOURCE);
    return replace_earlier(parser);
}

static enum ccm_status begin_signature(struct parser *parser)
{
    struct signatures *signatures = parser->signatures;
    void *items = signatures->items;
    enum ccm_status status = finish_signature(parser);

    if (status != CCM_OK) {
        return status;
    }
    if (signatures->count == SIGNATURES_LIMIT) {
        return refuse(parser, parser->line, "too many signatures", "");
    }
    items = signatures->items;
    parser->open =
        arena_push(&signatures->arena, &items, &signatures->count, sizeof(*parser->open));
    signatures->items = items;
    parser->open->line = parser->line;
    parser->open->file = signatures->files;
    for (int key = 0; key < KEY_COUNT; key++) {
        parser->values[key].given = false;
        buffer_truncate(&parser->values[key].text, 0);
    }
    return CCM_OK;
}

/* --- lines --- */

static enum key find_key(const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);

    for (int key = 0; colon && key < KEY_COUNT; key++) {
        if (strlen(KEYS[key]) == (size_t)(colon - line) &&
            strncasecmp(KEYS[key], line, (size_t)(colon - line)) == 0) {
            return (enum key)key;
        }
    }
    return KEY_NONE;
}

static enum ccm_status add_text(struct parser *parser, enum key key, const char *text,
                                size_t length)
{
    struct buffer *into = &parser->values[key].text;

    if (into->length + length + 1 > SIGNATURE_TEXT) {
        return refuse(parser, parser->line, "too long: ", KEYS[key]);
    }
    if (into->length > 0) {
        buffer_putc(into, ' ');
    }
    buffer_append(into, text, length);
    return CCM_OK;
}

static enum ccm_status take_value(struct parser *parser, enum key key, const char *text,
                                  size_t length)
{
    const bool repeats = key == KEY_LOG || key == KEY_PATTERN;

    if (length == 0 || length > SIGNATURE_TEXT) {
        return refuse(parser, parser->line,
                      length == 0 ? "nothing stands behind " : "too long: ", KEYS[key]);
    }
    if (!repeats && parser->values[key].given) {
        return refuse(parser, parser->line, "a second line ", KEYS[key]);
    }
    parser->values[key].given = true;
    parser->last = repeats || key == KEY_NAME ? KEY_NONE : key;
    if (key == KEY_PATTERN) {
        return add_pattern(parser, text, length);
    }
    if (key == KEY_LOG) {
        add_logs(parser, text, length);
        return CCM_OK;
    }
    return add_text(parser, key, text, length);
}

static enum ccm_status take_line(struct parser *parser, const char *line, size_t length)
{
    const bool goes_on = length > 0 && is_blank(*line);
    enum key key;
    enum ccm_status status = CCM_OK;

    if (memchr(line, '\0', length)) {
        return refuse(parser, parser->line, "is no text", "");
    }
    trim(&line, &length);
    if (length == 0 || *line == '#') {
        return CCM_OK;
    }
    if (goes_on) {
        return parser->last == KEY_NONE
                   ? refuse(parser, parser->line, "begins with a blank, and goes on nothing", "")
                   : add_text(parser, parser->last, line, length);
    }
    key = find_key(line, length);
    if (key == KEY_NONE) {
        return refuse(parser, parser->line,
                      "expected name:, log:, pattern:, means:, do: or source:", "");
    }
    line += strlen(KEYS[key]) + 1;
    length -= strlen(KEYS[key]) + 1;
    trim(&line, &length);
    if (key == KEY_NAME) {
        status = begin_signature(parser);
    } else if (!parser->open) {
        return refuse(parser, parser->line, "a signature begins with name:", "");
    }
    return status == CCM_OK ? take_value(parser, key, line, length) : status;
}

enum ccm_status signatures_parse(struct signatures *signatures, const char *path, const char *text,
                                 size_t length, struct ccm_error *error)
{
    static const char mark[] = "\xEF\xBB\xBF"; /* of Windows' editors */
    struct parser parser = {
        .signatures = signatures, .path = path, .error = error, .last = KEY_NONE};
    const char *const end = text + length;
    enum ccm_status status = CCM_OK;

    if (length >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
        text += strlen(mark);
    }
    signatures->files++;
    while (text < end && status == CCM_OK) {
        const char *feed = memchr(text, '\n', (size_t)(end - text));

        parser.line++;
        status = take_line(&parser, text, (size_t)((feed ? feed : end) - text));
        text = feed ? feed + 1 : end;
    }
    if (status == CCM_OK) {
        status = finish_signature(&parser);
    }
    for (int key = 0; key < KEY_COUNT; key++) {
        buffer_release(&parser.values[key].text);
    }
    return status;
}

enum ccm_status signatures_load(struct signatures *signatures, const char *path,
                                struct ccm_error *error)
{
    struct buffer text = {0};
    enum ccm_status status = file_read(path, SIGNATURES_FILE_BYTES, &text, error);

    if (status == CCM_OK) {
        status = signatures_parse(signatures, path, buffer_text(&text), text.length, error);
    }
    buffer_release(&text);
    return status;
}

enum ccm_status signatures_load_builtin(struct signatures *signatures, struct ccm_error *error)
{
    return signatures_parse(signatures, "known-problems.txt", KNOWN_PROBLEMS,
                            strlen(KNOWN_PROBLEMS), error);
}
