/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "captures/iis_mp.h"
#include "captures/iis_reader.h"
#include "captures/text_blocks.h"
#include "evidence/shape.h"

enum {
    HEAD = 4096, /* in which the first #Fields line stands */
    LINE = 1024, /* which few are longer than */
    FILES_LIMIT = UINT16_MAX - 1,
    NAME_LIMIT = 1024,
};

struct iis_log {
    struct iis_log_settings settings;
    struct iis_clients *clients;
    struct arena arena; /* the files' names */
    const char **files;
    size_t file_count;
};

/* The columns that the pieces of a file are likely to have: those of its first #Fields line. */
static struct iis_columns columns_of(const char *head, size_t length)
{
    struct iis_columns columns;
    const char *end = head + length;

    memset(&columns, 0, sizeof(columns));
    while (head < end) {
        const char *newline = memchr(head, '\n', (size_t)(end - head));
        const size_t size = (size_t)((newline ? newline : end) - head);

        if (newline && *head == '#' && iis_columns_read(&columns, head, size)) {
            break;
        }
        head += size + 1;
    }
    return columns;
}

static void add_limit(struct arena *arena, struct evidence_recording *recording, const char *name,
                      int64_t limit, int64_t dropped)
{
    void *items = recording->limits;
    struct recording_limit *added;

    if (dropped > 0) {
        added = arena_push(arena, &items, &recording->limit_count, sizeof(*added));
        recording->limits = items;
        *added = (struct recording_limit){name, limit, dropped};
    }
}

/* What was not read as it should be, in one sentence; NULL for nothing. `unread`: of the file. */
static const char *problem_of(const char *unread, const struct iis_totals *totals,
                              struct arena *arena)
{
    struct buffer text = {0};
    const char *told;

    if (unread) {
        buffer_puts(&text, unread);
    } else if (totals->unreadable > 0) {
        buffer_printf(&text,
                      "lines that have not the columns of the log: %" PRId64
                      ", the first is line %" PRId64,
                      totals->unreadable, totals->first_unreadable);
    }
    if (totals->timeless > 0) {
        buffer_printf(&text, "%srequests without a time, which were left out: %" PRId64,
                      text.length > 0 ? "; " : "", totals->timeless);
    }
    if (totals->unnamed > 0) {
        buffer_printf(&text,
                      "%srequests that may be to another MP, as the log does not name its server "
                      "so: %" PRId64,
                      text.length > 0 ? "; " : "", totals->unnamed);
    }
    told = text.length > 0 ? arena_strdup(arena, buffer_text(&text)) : NULL;
    buffer_release(&text);
    return told;
}

/* --- one file --- */

_Static_assert(sizeof(struct iis_columns) == IIS_FIELD_COUNT + 4, "compared as bytes");

static int64_t micro_of(int64_t seconds)
{
    return seconds == INT64_MIN ? EVIDENCE_UNKNOWN : seconds * CLOCK_US_PER_SECOND;
}

static int64_t seconds_of(int64_t micro)
{
    return micro == EVIDENCE_UNKNOWN ? INT64_MIN : micro / CLOCK_US_PER_SECOND;
}

struct reading {
    struct text_worker worker;
    struct iis_log *log;
    struct iis_filter filter;
    pthread_mutex_t lock;        /* of `expected` */
    struct iis_columns expected; /* that pieces are likely to begin with */
    struct iis_columns columns;  /* that the next piece to be taken begins with */
    struct iis_totals totals;
};

static void *make(void *context)
{
    void *reader = calloc(1, sizeof(struct iis_reader));

    (void)context;
    if (!reader) {
        abort();
    }
    return reader;
}

static void release(void *reader)
{
    iis_reader_release(reader);
    free(reader);
}

static void begin(void *context, const struct text_piece *first)
{
    struct reading *reading = context;

    reading->expected = columns_of(first->text, first->length < HEAD ? first->length : HEAD);
}

static void work(void *context, struct text_piece *piece)
{
    struct reading *reading = context;
    struct iis_columns expected = {.count = 0};

    if (!piece->is_first) {
        pthread_mutex_lock(&reading->lock);
        expected = reading->expected;
        pthread_mutex_unlock(&reading->lock);
    }
    iis_reader_take(piece->found, &reading->filter, &expected, piece);
}

/* When the columns changed in a piece before it, the piece is read again, and those to come are
   likely to begin with the new ones. */
static void take(void *context, struct text_piece *piece)
{
    struct reading *reading = context;
    struct iis_clients *clients = reading->log->clients;
    struct iis_reader *reader = piece->found;

    if (memcmp(&reader->before, &reading->columns, sizeof(reader->before)) != 0) {
        pthread_mutex_lock(&reading->lock);
        reading->expected = reading->columns;
        pthread_mutex_unlock(&reading->lock);
        iis_reader_take(reader, &reading->filter, &reading->columns, piece);
    }
    for (size_t i = 0; i < reader->count; i++) {
        reader->kept[i].mark.line += reading->totals.lines;
        iis_clients_add(clients, &reader->kept[i].line, &reader->kept[i].mark);
    }
    iis_clients_settle(clients); /* before the text goes */
    iis_totals_add(&reading->totals, &reader->totals);
    reading->columns = reader->columns;
}

static void tell_file(const struct reading *reading, struct evidence_recording *recording,
                      const struct iis_dropped *before, struct evidence_set *evidence)
{
    struct arena *arena = &evidence->arena;
    const struct iis_totals *totals = &reading->totals;
    const struct iis_dropped dropped = iis_clients_dropped(reading->log->clients);

    recording->format = reading->expected.column_of[IIS_REASON] > 0 || totals->refused > 0
                            ? "HTTPERR log"
                            : "IIS log";
    recording->frames = totals->lines;
    recording->ccm_posts = totals->posts;
    recording->malformed_frames = totals->unreadable;
    recording->first_at = micro_of(totals->first_at);
    recording->last_at = micro_of(totals->last_at);
    recording->problem = problem_of(recording->problem, totals, arena);
    add_limit(arena, recording, "line length", IIS_LINE_LIMIT, totals->too_long);
    add_limit(arena, recording, "clients, requests of others", IIS_CLIENTS_LIMIT,
              dropped.of_clients - before->of_clients);
    add_limit(arena, recording, "requests of a client that are not alike", IIS_REQUESTS_LIMIT,
              dropped.of_kinds - before->of_kinds);
}

/* --- the interface --- */

struct iis_log *iis_log_new(const struct iis_log_settings *settings)
{
    struct iis_log *log = calloc(1, sizeof(*log));

    if (!log) {
        abort();
    }
    log->settings = *settings;
    log->clients = iis_clients_new();
    if (!log->settings.has_times) {
        log->settings.since = EVIDENCE_UNKNOWN;
        log->settings.until = EVIDENCE_UNKNOWN;
    }
    return log;
}

void iis_log_free(struct iis_log *log)
{
    if (log) {
        iis_clients_free(log->clients);
        arena_release(&log->arena);
        free(log->files);
        free(log);
    }
}

void iis_log_context(struct iis_log *log, void *context)
{
    log->settings.context = context;
}

static void add_name(struct iis_log *log, const char *path)
{
    log->files = realloc(log->files, (log->file_count + 1) * sizeof(*log->files));
    if (!log->files) {
        abort();
    }
    log->files[log->file_count++] = arena_strdup(&log->arena, path);
}

static void reading_init(struct reading *reading, struct iis_log *log, const char *path)
{
    const struct iis_log_settings *settings = &log->settings;
    const bool of_mp = settings->mp && iis_path_is_of(path, settings->mp);

    *reading = (struct reading){
        .log = log,
        .filter = {.since = seconds_of(settings->since),
                   .until = seconds_of(settings->until),
                   .mp = of_mp ? NULL : settings->mp,
                   .file = (uint16_t)log->file_count},
        .totals = {.first_at = INT64_MIN, .last_at = INT64_MIN},
        .worker = {.context = reading,
                   .before = 1,
                   .behind = LINE,
                   .behind_most = IIS_LINE_LIMIT + 1,
                   .piece = settings->piece,
                   .make = make,
                   .release = release,
                   .begin = begin,
                   .work = work,
                   .take = take},
    };
    pthread_mutex_init(&reading->lock, NULL);
}

enum ccm_status iis_log_add(struct iis_log *log, const char *path, struct evidence_set *evidence,
                            struct ccm_error *error)
{
    const struct text_settings watch = {.stop = log->settings.stop,
                                        .progress = log->settings.progress,
                                        .context = log->settings.context};
    const struct iis_dropped before = iis_clients_dropped(log->clients);
    struct reading reading;
    struct evidence_recording *recording;
    enum ccm_status status;

    if (log->file_count == FILES_LIMIT) {
        return ccm_fail(error, CCM_ERROR_INPUT, "cannot read %s: more than %d logs", path,
                        FILES_LIMIT);
    }
    reading_init(&reading, log, path);
    recording = evidence_new(&evidence->arena, shape_of(EVIDENCE_RECORDING));
    status = text_work_file(path, &watch, &reading.worker, &evidence->arena, recording, error);
    pthread_mutex_destroy(&reading.lock);
    if (status == CCM_OK) {
        add_name(log, path);
        recording->name = evidence_text(&evidence->arena, path, strlen(path), NAME_LIMIT);
        tell_file(&reading, recording, &before, evidence);
        evidence_share(evidence,
                       &(struct evidence_record){.kind = EVIDENCE_RECORDING,
                                                 .at = recording->first_at == EVIDENCE_UNKNOWN
                                                           ? clock_wall_us()
                                                           : recording->first_at,
                                                 .payload = recording},
                       0);
    }
    return status;
}

int64_t iis_log_add_memory(struct iis_log *log, const void *bytes, size_t length)
{
    struct reading reading;

    reading_init(&reading, log, "memory");
    add_name(log, "memory");
    text_work_memory(bytes, length, log->settings.piece, &reading.worker);
    pthread_mutex_destroy(&reading.lock);
    return reading.totals.lines;
}

uint32_t iis_log_tell(const struct iis_log *log, uint32_t first_case, struct evidence_set *evidence)
{
    const char **names = arena_alloc(&evidence->arena, (log->file_count + 1) * sizeof(*names));

    for (size_t i = 0; i < log->file_count; i++) {
        names[i] =
            evidence_text(&evidence->arena, log->files[i], strlen(log->files[i]), NAME_LIMIT);
    }
    return iis_clients_tell(log->clients, log->settings.client, names, first_case, evidence);
}

enum ccm_status iis_log_read(const char *path, const struct iis_log_settings *settings,
                             struct evidence_set *evidence, struct ccm_error *error)
{
    struct iis_log *log = iis_log_new(settings);
    enum ccm_status status = iis_log_add(log, path, evidence, error);
    uint32_t last = 0;

    for (size_t i = 0; i < evidence->count; i++) {
        last = evidence->records[i].case_id > last ? evidence->records[i].case_id : last;
    }
    if (status == CCM_OK) {
        iis_log_tell(log, last + 1, evidence);
    }
    iis_log_free(log);
    return status;
}

bool iis_log_recognise(const void *bytes, size_t length)
{
    struct text_blocks blocks = {0};
    struct iis_columns columns = {.count = 0};
    struct iis_line line;
    const char *text;
    const char *end;
    bool found = false;

    text_blocks_add(&blocks, bytes, length);
    text_blocks_end(&blocks);
    text = buffer_text(&blocks.text);
    end = text + blocks.text.length;
    while (text < end && !found) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const size_t size = (size_t)((newline ? newline : end) - text);

        found = iis_columns_read(&columns, text, size)
                    ? columns.column_of[IIS_CLIENT] || columns.column_of[IIS_PATH] ||
                          columns.column_of[IIS_STATUS]
                    : iis_line_read(&columns, text, size, &line) && line.fields[IIS_METHOD].text;
        text += size + 1;
    }
    text_blocks_release(&blocks);
    return found;
}
