/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/ccm_log.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "captures/bytes.h"
#include "captures/text_blocks.h"

static const char DOLLARS[] = "$$<";

enum {
    BEGINNING = 256 * 1024, /* the form of a log shows within */
    OPENING_LENGTH = sizeof(CCM_LOG_OPENING) - 1,
    CLOSING_LENGTH = sizeof(CCM_LOG_CLOSING) - 1,
    ATTRIBUTES_LIMIT = 1024,
    ENTRY_LIMIT = CCM_LOG_MESSAGE_LIMIT + OPENING_LENGTH + CLOSING_LENGTH + ATTRIBUTES_LIMIT,
    BEHIND = 4096,    /* an entry that goes on behind its piece rarely has more there */
    LINES_LIMIT = 64, /* of one message that ends in $$< */
    SEVERITY_MOST = 3,
};

struct ccm_log {
    struct ccm_scan *scan;
    ccm_log_fn *on_entry;
    void *context;
    bool has_dollars; /* lines without $$< go on in the next */
    size_t next;      /* where the next entry begins: within the piece, or behind it */
    int64_t newlines; /* before the piece */
    bool unfinished;  /* the last line has no end */
};

struct ccm_log *ccm_log_new(struct ccm_scan *scan, ccm_log_fn *on_entry, void *context)
{
    struct ccm_log *log = calloc(1, sizeof(*log));

    if (!log) {
        abort();
    }
    log->scan = scan;
    log->on_entry = on_entry;
    log->context = context;
    return log;
}

void ccm_log_free(struct ccm_log *log)
{
    free(log);
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

/* The entry that begins with <![LOG[ at `text`, without its attributes. Returns its length, 0 when
   more text is needed and there is more. */
static size_t divide_tagged(const char *text, size_t length, bool end, struct ccm_log_entry *entry)
{
    const size_t reach = length < ENTRY_LIMIT ? length : ENTRY_LIMIT;
    const size_t beyond = length - reach < OPENING_LENGTH ? length - reach : OPENING_LENGTH;
    const char *body = text + OPENING_LENGTH;
    const char *closing = find(body, reach - OPENING_LENGTH, CCM_LOG_CLOSING);
    const char *next =
        find(body, closing ? (size_t)(closing - body) : reach + beyond - OPENING_LENGTH,
             "\n" CCM_LOG_OPENING);
    const char *tags;
    const char *behind;
    size_t left;

    *entry = (struct ccm_log_entry){.form = CCM_LOG_TAGGED, .message = body};
    if (!closing || next) {
        if (!next && !end && beyond < OPENING_LENGTH) {
            return 0;
        }
        behind = next ? next + 1 : text + reach;
        entry->message_length = trimmed(body, (size_t)(behind - body));
        entry->cut = true;
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
    entry->message_length = (size_t)(closing - body);
    entry->attributes = tags;
    entry->attributes_length = trimmed(tags, (size_t)(behind - tags));
    return (size_t)(behind - text);
}

/* message  $$<COMPONENT><time><thread=...>; `dollars` stands in the line that ends at `end`. */
static void divide_dollars(const char *text, const char *dollars, const char *end,
                           struct ccm_log_entry *entry)
{
    const char *component = dollars + strlen(DOLLARS);
    const char *close = memchr(component, '>', (size_t)(end - component));

    *entry = (struct ccm_log_entry){.form = CCM_LOG_DOLLARS, .message = text};
    entry->message_length = trimmed(text, (size_t)(dollars - text));
    if (close) {
        entry->component = component;
        entry->component_length = (size_t)(close - component);
        entry->attributes = close + 1;
        entry->attributes_length = trimmed(close + 1, (size_t)(end - close - 1));
    }
}

/* message TAB component TAB time TAB thread (0xthread), if the bare line is that. */
static void read_copied(struct ccm_log_entry *entry)
{
    const char *text = entry->message;
    const size_t length = entry->message_length;
    const char *thread = memrchr(text, '\t', length);
    const char *time = thread ? memrchr(text, '\t', (size_t)(thread - text)) : NULL;
    const char *component = time ? memrchr(text, '\t', (size_t)(time - text)) : NULL;

    if (component && find(thread, length - (size_t)(thread - text), "(0x")) {
        entry->form = CCM_LOG_COPIED;
        entry->message_length = trimmed(text, (size_t)(component - text));
        entry->component = component + 1;
        entry->component_length = (size_t)(time - component - 1);
        entry->attributes = time + 1;
        entry->attributes_length = (size_t)(thread - time - 1);
    }
}

static bool starts_entry(const char *at, const char *end)
{
    return end - at >= OPENING_LENGTH && memcmp(at, CCM_LOG_OPENING, OPENING_LENGTH) == 0;
}

/* The line at `text`, with those that it goes on in. Returns its length, 0 when more text is needed
   and there is more. */
static size_t divide_lines(const struct ccm_log *log, const char *text, size_t length, bool end,
                           struct ccm_log_entry *entry)
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
            divide_dollars(text, dollars, stop, entry);
            return (size_t)((newline ? newline + 1 : stop) - text);
        }
        if (!log->has_dollars || !newline || starts_entry(newline + 1, text + reach)) {
            break;
        }
        line = newline + 1;
    }
    newline = memchr(text, '\n', reach);
    *entry = (struct ccm_log_entry){.form = CCM_LOG_BARE, .message = text};
    entry->message_length = newline ? (size_t)(newline - text) : reach;
    return newline ? (size_t)(newline + 1 - text) : reach;
}

static size_t divide(const struct ccm_log *log, const char *text, size_t length, bool end,
                     struct ccm_log_entry *entry)
{
    return starts_entry(text, text + length) ? divide_tagged(text, length, end, entry)
                                             : divide_lines(log, text, length, end, entry);
}

static void tell(const struct ccm_log *log, struct ccm_log_entry *entry)
{
    if (entry->form == CCM_LOG_TAGGED) {
        entry->component = ccm_log_attribute(entry, "component", &entry->component_length);
    } else if (entry->form == CCM_LOG_BARE) {
        entry->message_length = trimmed(entry->message, entry->message_length);
        if (entry->message_length == 0) {
            return;
        }
        read_copied(entry);
    }
    if (entry->message_length > CCM_LOG_MESSAGE_LIMIT) {
        entry->message_length = CCM_LOG_MESSAGE_LIMIT;
        entry->cut = true;
    }
    log->on_entry(log->context, entry);
}

/* --- pieces --- */

/* The last entry with tags that begins a line behind `from`, up to `to`; `from` when there is
   none. */
static size_t last_opening(const struct text_piece *piece, size_t from, size_t to)
{
    const char *end = piece->text + piece->length + piece->behind;
    const char *newline = piece->text + to;

    while ((newline = memrchr(piece->text + from, '\n', (size_t)(newline - piece->text) - from))) {
        if (starts_entry(newline + 1, end)) {
            return (size_t)(newline + 1 - piece->text);
        }
    }
    return from;
}

/* The entry at a place of the piece. Returns its length. */
static size_t divide_at(const struct ccm_log *log, struct text_piece *piece, size_t at,
                        struct ccm_log_entry *entry)
{
    const size_t whole = piece->length - at;
    size_t used = divide(log, piece->text + at, whole + piece->behind, false, entry);

    if (used == 0) {
        text_piece_extend(piece);
        used = divide(log, piece->text + at, whole + piece->behind, true, entry);
    }
    return used;
}

static bool is_line_end(char byte)
{
    return byte == '\n' || byte == '\r';
}

/* Tells the entry in which the hit stands. Those in front of it are of interest only where they
   have no end. */
static void take_hit(struct ccm_log *log, struct text_piece *piece, struct ccm_hit hit)
{
    size_t at = log->scan ? last_opening(piece, log->next, hit.place) : log->next;
    int64_t line =
        log->newlines + hit.newlines - text_line_ends(piece->text + at, hit.place - at) + 1;

    while (at <= hit.place) {
        size_t used = 1;

        if (!is_line_end(piece->text[at])) {
            struct ccm_log_entry entry;

            used = divide_at(log, piece, at, &entry);
            entry.line = line;
            if (!log->scan || entry.cut || at + used > hit.place) {
                tell(log, &entry);
            }
        }
        line += text_line_ends(piece->text + at, used);
        at += used;
    }
    log->next = at;
}

static void begin(void *context, const struct text_piece *first)
{
    struct ccm_log *log = context;
    const size_t length = first->length + first->behind;

    log->has_dollars = find(first->text, length < BEGINNING ? length : BEGINNING, DOLLARS);
    if (log->scan) {
        ccm_scan_ready(log->scan, first->text, first->length);
    }
}

static void *make_hits(void *context)
{
    struct ccm_hits *hits = calloc(1, sizeof(*hits));

    (void)context;
    if (!hits) {
        abort();
    }
    return hits;
}

static void free_hits(void *found)
{
    struct ccm_hits *hits = found;

    free(hits->list);
    free(hits);
}

static void work(void *context, struct text_piece *piece)
{
    const struct ccm_log *log = context;
    struct ccm_hits *hits = piece->found;

    if (log->scan) {
        ccm_scan_find(log->scan, piece->text, piece->length, piece->length + piece->behind, hits);
    } else {
        hits->newlines = text_line_ends(piece->text, piece->length);
    }
}

/* The last byte of a piece is as a hit: the entry that it stands in may go on behind the piece. */
static void take(void *context, struct text_piece *piece)
{
    struct ccm_log *log = context;
    const struct ccm_hits *hits = piece->found;
    const size_t last = piece->length > 0 ? piece->length - 1 : 0;
    const bool ends_line = piece->length > 0 && piece->text[last] == '\n';

    for (size_t i = 0; i < hits->count; i++) {
        if (hits->list[i].place >= log->next) {
            take_hit(log, piece, hits->list[i]);
        }
    }
    if (piece->length > log->next) {
        take_hit(log, piece, (struct ccm_hit){(uint32_t)last, hits->newlines - ends_line});
    }
    log->next -= piece->length;
    log->newlines += hits->newlines;
    log->unfinished = piece->length > 0 ? !ends_line : log->unfinished;
}

struct text_worker ccm_log_worker(struct ccm_log *log)
{
    return (struct text_worker){
        .context = log,
        .behind = BEHIND,
        .behind_most = ENTRY_LIMIT + ATTRIBUTES_LIMIT,
        .make = make_hits,
        .release = free_hits,
        .begin = begin,
        .work = work,
        .take = take,
    };
}

int64_t ccm_log_lines(const struct ccm_log *log)
{
    return log->newlines + (log->unfinished ? 1 : 0);
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
        CCM_LOG_OPENING, "MP Reg: ", "Mp Reg: ", "[RegTask]", "[CCMHTTP]", "\\nts_sms_fre\\sms\\"};
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
