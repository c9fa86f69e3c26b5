/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "captures/iis_mp.h"
#include "captures/iis_parts.h"
#include "captures/text_blocks.h"
#include "evidence/shape.h"

enum {
    HEAD = 4096, /* in which the first #Fields line stands */
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

static bool is_utf16(const char *head, size_t length)
{
    return length >= 2 && (memcmp(head, "\xFF\xFE", 2) == 0 || memcmp(head, "\xFE\xFF", 2) == 0 ||
                           (head[0] == '\0') != (head[1] == '\0'));
}

/* The columns that the parts of a file are likely to have: those of its first #Fields line. */
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

/* What was not read as it should be, in one sentence; NULL for nothing. */
static const char *problem_of(struct iis_source *source, const struct iis_totals *totals,
                              struct arena *arena)
{
    const int problem = atomic_load(&source->problem);
    struct buffer text = {0};
    const char *told;

    if (problem) {
        buffer_printf(&text, "cannot be read further: %s", strerror(problem));
    } else if (source->input && input_problem(source->input)) {
        buffer_puts(&text, input_problem(source->input));
    } else if (atomic_load(&source->is_short)) {
        buffer_puts(&text, "the file became shorter while it was read");
    } else if (atomic_load(&source->stopped)) {
        buffer_printf(&text, "interrupted after line %" PRId64, totals->lines);
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

static void tell_file(struct iis_source *source, const char *name, const struct iis_totals *totals,
                      const struct iis_dropped *dropped, struct evidence_set *evidence)
{
    struct arena *arena = &evidence->arena;
    const int64_t first =
        totals->first_at == INT64_MIN ? EVIDENCE_UNKNOWN : totals->first_at * CLOCK_US_PER_SECOND;
    struct evidence_recording *recording = evidence_add(
        evidence, EVIDENCE_RECORDING, 0, first == EVIDENCE_UNKNOWN ? clock_wall_us() : first);

    recording->name = evidence_text(arena, name, strlen(name), NAME_LIMIT);
    recording->compression = source->input ? input_compression(source->input) : NULL;
    recording->format = source->columns.column_of[IIS_REASON] > 0 || totals->refused > 0
                            ? "HTTPERR log"
                            : "IIS log";
    recording->bytes = source->is_random && !atomic_load(&source->stopped)
                           ? (int64_t)source->size
                           : (int64_t)atomic_load(&source->done);
    recording->frames = totals->lines;
    recording->ccm_posts = totals->posts;
    recording->malformed_frames = totals->unreadable;
    recording->first_at = first;
    recording->last_at =
        totals->last_at == INT64_MIN ? EVIDENCE_UNKNOWN : totals->last_at * CLOCK_US_PER_SECOND;
    recording->problem = problem_of(source, totals, arena);
    add_limit(arena, recording, "line length", IIS_LINE_LIMIT, totals->too_long);
    add_limit(arena, recording, "clients, requests of others", IIS_CLIENTS_LIMIT,
              dropped->of_clients);
    add_limit(arena, recording, "requests of a client that are not alike", IIS_REQUESTS_LIMIT,
              dropped->of_kinds);
}

static void read_file(struct iis_log *log, struct iis_source *source, const char *name,
                      struct evidence_set *evidence)
{
    struct iis_totals totals = {.first_at = INT64_MIN, .last_at = INT64_MIN};
    const uint16_t file = (uint16_t)(log->file_count - 1);
    const struct iis_dropped before = iis_clients_dropped(log->clients);
    struct iis_dropped dropped;
    char head[HEAD];
    size_t length = 0;
    size_t more;

    while (length < HEAD && (more = iis_read(source, length, head + length, HEAD - length)) > 0) {
        length += more;
    }
    source->columns = columns_of(head, length);
    if (source->is_random && (is_utf16(head, length) || memcmp(head, "\xEF\xBB\xBF", 3) == 0)) {
        source->is_random = lseek(source->handle, (off_t)length, SEEK_SET) < 0;
    }
    if (source->is_random) {
        iis_read_parts(source, file, log->clients, &totals);
    } else {
        iis_read_stream(source, file, &(struct iis_span){head, length}, log->clients, &totals);
    }
    dropped = iis_clients_dropped(log->clients);
    dropped.of_clients -= before.of_clients;
    dropped.of_kinds -= before.of_kinds;
    tell_file(source, name, &totals, &dropped, evidence);
}

/* --- the interface --- */

struct iis_log *iis_log_new(const struct iis_log_settings *settings)
{
    struct iis_log *log = calloc(1, sizeof(*log));
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (!log) {
        abort();
    }
    log->settings = *settings;
    log->clients = iis_clients_new();
    if (log->settings.threads == 0) {
        log->settings.threads = processors > 0 ? (unsigned)processors : 1;
    }
    if (log->settings.threads > IIS_THREADS_LIMIT) {
        log->settings.threads = IIS_THREADS_LIMIT;
    }
    if (!log->settings.has_times) {
        log->settings.since = EVIDENCE_UNKNOWN;
        log->settings.until = EVIDENCE_UNKNOWN;
    }
    log->settings.block = log->settings.block ? log->settings.block : IIS_BLOCK;
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

static bool is_compressed(int handle)
{
    char head[4];

    return pread(handle, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
           (memcmp(head, "\x1f\x8b", 2) == 0 || memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0);
}

enum ccm_status iis_log_add(struct iis_log *log, const char *path, struct evidence_set *evidence,
                            struct ccm_error *error)
{
    struct iis_source source = {.settings = &log->settings};
    struct stat status;

    if (log->file_count == FILES_LIMIT) {
        return ccm_fail(error, CCM_ERROR_INPUT, "cannot read %s: more than %d logs", path,
                        FILES_LIMIT);
    }
    source.handle = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (source.handle < 0 || fstat(source.handle, &status) != 0 || S_ISDIR(status.st_mode)) {
        const int problem = source.handle >= 0 && S_ISDIR(status.st_mode) ? EISDIR : errno;

        if (source.handle >= 0) {
            close(source.handle);
        }
        return ccm_fail(error, CCM_ERROR_IO, "cannot read %s: %s", path, strerror(problem));
    }
    /* A file that is not in memory is read ahead further then: each thread reads in order. */
    (void)posix_fadvise(source.handle, 0, 0, POSIX_FADV_SEQUENTIAL);
    source.is_random = S_ISREG(status.st_mode) && strcmp(path, "-") != 0;
    source.size = source.is_random ? (uint64_t)status.st_size : 0;
    if (source.is_random && is_compressed(source.handle)) {
        enum ccm_status opened = input_open(path, &source.input, error);

        if (opened != CCM_OK) {
            close(source.handle);
            return opened;
        }
        source.is_random = false;
    }
    if (log->settings.mp && !iis_path_is_of(path, log->settings.mp)) {
        source.mp = log->settings.mp;
    }
    add_name(log, path);
    read_file(log, &source, path, evidence);
    input_close(source.input);
    close(source.handle);
    return CCM_OK;
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
