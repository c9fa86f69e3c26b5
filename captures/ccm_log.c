/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/ccm_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "captures/bytes.h"
#include "captures/text_blocks.h"

static const char OPENING[] = "<![LOG[";
static const char CLOSING[] = "]LOG]!>";
static const char DOLLARS[] = "$$<";

enum {
    BEGINNING = 4096, /* the form of a log shows within */
    OPENING_LENGTH = sizeof(OPENING) - 1,
    CLOSING_LENGTH = sizeof(CLOSING) - 1,
    ATTRIBUTES_LIMIT = 1024,
    ENTRY_LIMIT = CCM_LOG_MESSAGE_LIMIT + OPENING_LENGTH + CLOSING_LENGTH + ATTRIBUTES_LIMIT,
    LINES_LIMIT = 64, /* of one message that ends in $$< */
    SEVERITY_MOST = 3,
};

struct ccm_log {
    ccm_log_fn *on_entry;
    void *context;
    struct text_blocks blocks;
    bool begun;       /* has_dollars is known */
    bool has_dollars; /* lines without $$< go on in the next */
};

struct ccm_log *ccm_log_new(ccm_log_fn *on_entry, void *context)
{
    struct ccm_log *log = calloc(1, sizeof(*log));

    if (!log) {
        abort();
    }
    log->on_entry = on_entry;
    log->context = context;
    return log;
}

void ccm_log_free(struct ccm_log *log)
{
    if (log) {
        text_blocks_release(&log->blocks);
        free(log);
    }
}

static const char *find(const char *text, size_t length, const char *what)
{
    return bytes_find(text, length, what);
}

static size_t trimmed(const char *text, size_t length)
{
    while (length > 0 && strchr(" \t\r\n~", text[length - 1])) {
        length--;
    }
    return length;
}

const char *ccm_log_attribute(const struct ccm_log_entry *entry, const char *name,
                              size_t *length_out)
{
    const size_t name_length = strlen(name);
    const char *at = entry->attributes;
    const char *end = at ? at + entry->attributes_length : NULL; /* plain lines have none */

    while (at && (at = memchr(at, '=', (size_t)(end - at))) != NULL) {
        const char *start = at - name_length;
        const char *value = at + 2;

        if (value < end && at[1] == '"' && start >= entry->attributes &&
            (start[-1] == ' ' || start[-1] == '<') && memcmp(start, name, name_length) == 0) {
            const char *quote = memchr(value, '"', (size_t)(end - value));

            *length_out = quote ? (size_t)(quote - value) : 0;
            return quote ? value : NULL;
        }
        at++;
    }
    return NULL;
}

int ccm_log_severity(const struct ccm_log_entry *entry)
{
    size_t length;
    const char *type =
        entry->form == CCM_LOG_TAGGED ? ccm_log_attribute(entry, "type", &length) : NULL;

    return type && length == 1 && *type >= '0' && *type <= '0' + SEVERITY_MOST ? *type - '0' : 0;
}

/* --- one entry --- */

static void emit(struct ccm_log *log, struct ccm_log_entry *entry, const char *start)
{
    if (entry->message_length > CCM_LOG_MESSAGE_LIMIT) {
        entry->message_length = CCM_LOG_MESSAGE_LIMIT;
        entry->cut = true;
    }
    entry->line = text_blocks_line(&log->blocks, (size_t)(start - log->blocks.text.data));
    log->on_entry(log->context, entry);
}

/* The entry that begins with <![LOG[ at `text`. Returns its length, 0 when more text is needed. */
static size_t read_tagged(struct ccm_log *log, const char *text, size_t length, bool end)
{
    const size_t reach = length < ENTRY_LIMIT ? length : ENTRY_LIMIT;
    const char *body = text + OPENING_LENGTH;
    const char *closing = find(body, reach - OPENING_LENGTH, CLOSING);
    const char *next =
        find(body, closing ? (size_t)(closing - body) : reach - OPENING_LENGTH, "\n<![LOG[");
    struct ccm_log_entry entry = {.form = CCM_LOG_TAGGED, .message = body};
    const char *tags;
    const char *behind;
    size_t left;

    if (!closing || next) {
        if (!next && !end && length < ENTRY_LIMIT) {
            return 0;
        }
        behind = next ? next + 1 : text + reach;
        entry.message_length = trimmed(body, (size_t)(behind - body));
        entry.cut = true;
        emit(log, &entry, text);
        return (size_t)(behind - text);
    }
    tags = closing + CLOSING_LENGTH;
    left = (size_t)(text + length - tags);
    left = left < ATTRIBUTES_LIMIT ? left : ATTRIBUTES_LIMIT;
    behind = memchr(tags, '\n', left);
    if (!behind && !end && left < ATTRIBUTES_LIMIT) {
        return 0;
    }
    behind = behind ? behind + 1 : tags + left;
    entry.message_length = (size_t)(closing - body);
    entry.attributes = tags;
    entry.attributes_length = trimmed(tags, (size_t)(behind - tags));
    entry.component = ccm_log_attribute(&entry, "component", &entry.component_length);
    emit(log, &entry, text);
    return (size_t)(behind - text);
}

/* message  $$<COMPONENT><time><thread=...>; `dollars` stands in the line that ends at `end`. */
static void emit_dollars(struct ccm_log *log, const char *text, const char *dollars,
                         const char *end)
{
    struct ccm_log_entry entry = {.form = CCM_LOG_DOLLARS, .message = text};
    const char *component = dollars + strlen(DOLLARS);
    const char *close = memchr(component, '>', (size_t)(end - component));

    entry.message_length = trimmed(text, (size_t)(dollars - text));
    if (close) {
        entry.component = component;
        entry.component_length = (size_t)(close - component);
        entry.attributes = close + 1;
        entry.attributes_length = trimmed(close + 1, (size_t)(end - close - 1));
    }
    emit(log, &entry, text);
}

/* message TAB component TAB time TAB thread (0xthread). False when the line is none. */
static bool emit_copied(struct ccm_log *log, const char *text, size_t length)
{
    struct ccm_log_entry entry = {.form = CCM_LOG_COPIED, .message = text};
    const char *thread;
    const char *time;
    const char *component;

    length = trimmed(text, length);
    thread = memrchr(text, '\t', length);
    time = thread ? memrchr(text, '\t', (size_t)(thread - text)) : NULL;
    component = time ? memrchr(text, '\t', (size_t)(time - text)) : NULL;
    if (!component || !find(thread, length - (size_t)(thread - text), "(0x")) {
        return false;
    }
    entry.message_length = trimmed(text, (size_t)(component - text));
    entry.component = component + 1;
    entry.component_length = (size_t)(time - component - 1);
    entry.attributes = time + 1;
    entry.attributes_length = (size_t)(thread - time - 1);
    emit(log, &entry, text);
    return true;
}

static void emit_line(struct ccm_log *log, const char *text, size_t length)
{
    struct ccm_log_entry entry = {.form = CCM_LOG_BARE, .message = text};

    entry.message_length = trimmed(text, length);
    if (entry.message_length > 0 && !emit_copied(log, text, length)) {
        emit(log, &entry, text);
    }
}

static bool starts_entry(const char *at, const char *end)
{
    return end - at >= OPENING_LENGTH && memcmp(at, OPENING, OPENING_LENGTH) == 0;
}

/* The line at `text`, with those that it goes on in. Returns its length, 0 when more text is
   needed. */
static size_t read_lines(struct ccm_log *log, const char *text, size_t length, bool end)
{
    const size_t reach = length < ENTRY_LIMIT ? length : ENTRY_LIMIT;
    const char *line = text;
    const char *newline;

    for (int lines = 0; lines < LINES_LIMIT; lines++) {
        const size_t left = (size_t)(text + reach - line);
        const char *dollars;
        const char *stop;

        newline = memchr(line, '\n', left);
        if (!newline && !end && reach < ENTRY_LIMIT) {
            return 0;
        }
        stop = newline ? newline : line + left;
        dollars = find(line, (size_t)(stop - line), DOLLARS);
        if (dollars) {
            emit_dollars(log, text, dollars, stop);
            return (size_t)((newline ? newline + 1 : stop) - text);
        }
        if (!log->has_dollars || !newline || starts_entry(newline + 1, text + reach)) {
            break;
        }
        line = newline + 1;
    }
    newline = memchr(text, '\n', reach);
    emit_line(log, text, newline ? (size_t)(newline - text) : reach);
    return newline ? (size_t)(newline + 1 - text) : reach;
}

static void read_entries(struct ccm_log *log, bool end)
{
    size_t done = 0;

    if (!log->begun && (end || log->blocks.text.length >= BEGINNING)) {
        log->has_dollars = find(buffer_text(&log->blocks.text), log->blocks.text.length, DOLLARS);
        log->begun = true;
    }
    while (log->begun) {
        const char *text = buffer_text(&log->blocks.text) + done;
        const size_t length = log->blocks.text.length - done;
        size_t used;

        if (length == 0 || (!end && length < OPENING_LENGTH)) {
            break;
        }
        if (*text == '\n' || *text == '\r') {
            done++;
            continue;
        }
        used = starts_entry(text, text + length) ? read_tagged(log, text, length, end)
                                                 : read_lines(log, text, length, end);
        if (used == 0) {
            break;
        }
        done += used;
    }
    text_blocks_drop(&log->blocks, done);
}

void ccm_log_feed(struct ccm_log *log, const void *bytes, size_t length)
{
    text_blocks_add(&log->blocks, bytes, length);
    read_entries(log, false);
}

int64_t ccm_log_end(struct ccm_log *log)
{
    const struct buffer *text = &log->blocks.text;
    bool unfinished;

    text_blocks_end(&log->blocks);
    unfinished = text->length > 0 && text->data[text->length - 1] != '\n';
    read_entries(log, true);
    return text_blocks_lines(&log->blocks) + (unfinished ? 1 : 0);
}

/* Windows Setup and its servicing write "2010-01-20 10:11:12, Info   CBS   ..." (setupact.log,
   PkgMgr.log), and task sequences keep these logs beside their own. */
static bool is_setup_line(const char *text, size_t length)
{
    static const char shape[] = "0000-00-00 00:00:00, ";
    static const char *const words[] = {"Info", "Warning", "Error", "FatalError", "Perf"};

    if (length < sizeof(shape)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(shape) - 1; i++) {
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) {
            return false;
        }
    }
    text += sizeof(shape) - 1;
    length -= sizeof(shape) - 1;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (length > strlen(words[i]) && strncmp(text, words[i], strlen(words[i])) == 0 &&
            text[strlen(words[i])] == ' ') {
            return true;
        }
    }
    return false;
}

/* $$<COMPONENT>< somewhere. */
static bool has_component(const char *text, size_t length)
{
    const char *const end = text + length;

    for (const char *at = text; (at = find(at, (size_t)(end - at), DOLLARS));) {
        const char *name = at += strlen(DOLLARS);

        while (at < end && (isalnum((unsigned char)*at) || strchr("_-. ", *at)) && *at != '\0') {
            at++;
        }
        if (at > name && end - at >= 2 && memcmp(at, "><", 2) == 0) {
            return true;
        }
    }
    return false;
}

bool ccm_log_recognise(const void *bytes, size_t length)
{
    /* Bare lines are told by how the clients' and the MP's registration logs begin theirs, or by
       the path of a source file that task sequences name. */
    static const char *const marks[] = {
        OPENING, "MP Reg: ", "Mp Reg: ", "[RegTask]", "[CCMHTTP]", "\\nts_sms_fre\\sms\\"};
    struct text_blocks blocks = {0};
    const char *text;
    bool found;

    text_blocks_add(&blocks, bytes, length);
    text_blocks_end(&blocks);
    text = buffer_text(&blocks.text);
    found = is_setup_line(text, blocks.text.length) || has_component(text, blocks.text.length);
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        found = found || find(text, blocks.text.length, marks[i]);
    }
    text_blocks_release(&blocks);
    return found;
}
