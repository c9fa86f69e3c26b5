/* SPDX-License-Identifier: Apache-2.0 */
/* `ccmprobe analyze`: files of any kind that is known, found by content, into one set of
   evidence. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "captures/capture.h"
#include "captures/ccm_log.h"
#include "captures/duplicates_tell.h"
#include "captures/file_kind.h"
#include "captures/identity_list.h"
#include "captures/iis_log.h"
#include "captures/input.h"
#include "captures/other_file.h"
#include "captures/signatures.h"
#include "captures/text_file.h"
#include "cli/annotate.h"
#include "cli/choose.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "evidence/json.h"

enum {
    HEAD_SIZE = 64 * 1024, /* of a file, enough to tell what it is */
};

struct analysis {
    struct story_settings narrow;
    struct evidence_set *evidence;
    struct duplicates *duplicates; /* GUIDs of all files */
    struct signatures signatures;  /* of known problems */
    struct arena arena;            /* of the sources */
    struct sighting_source *sources;
    size_t source_count;
    uint32_t next_place; /* of the next line, among those of all files */
    struct iis_log *web; /* NULL until there is one */
    bool unnamed;        /* of the identity files: see is_case_folder */
};

typedef enum ccm_status read_fn(struct analysis *analysis, const char *path,
                                struct ccm_error *error);

/* A kind of file. */
struct reader {
    bool (*recognise)(const char *head, size_t length); /* NULL: anything */
    read_fn *read;
};

/* --- kinds of files --- */

static enum ccm_status read_capture(struct analysis *analysis, const char *path,
                                    struct ccm_error *error)
{
    struct progress progress = progress_of(path);
    struct capture_settings settings = {
        .story = analysis->narrow,
        .stop = progress_is_interrupted,
        .progress = progress_wanted(),
        .context = &progress,
    };
    enum ccm_status status;

    settings.story.source = path;
    settings.story.client = NULL; /* who it is, all files together tell: see choose_client */
    status = capture_read(path, &settings, analysis->evidence, error);
    progress_erase(&progress);
    return status;
}

static bool is_capture(const char *head, size_t length)
{
    const char *words;

    return file_kind((const uint8_t *)head, length, &words) != FILE_KIND_OTHER;
}

/* The first line of what --save writes. Blanks may be in it. */
static bool is_evidence(const char *head, size_t length)
{
    static const char word[] = "\"ccmprobe-evidence\"";
    size_t start = 0;

    while (start < length && strchr(" \t\r\n", head[start]) && head[start] != '\0') {
        start++;
    }
    return start < length && head[start] == '{' && memmem(head, length, word, strlen(word));
}

static enum ccm_status read_evidence(struct analysis *analysis, const char *path,
                                     struct ccm_error *error)
{
    struct buffer text = {0};
    enum ccm_status status = file_read(path, EVIDENCE_FILE_LIMIT, &text, error);

    if (status == CCM_OK) {
        status = evidence_load(path, &text, analysis->evidence, error);
    }
    buffer_release(&text);
    return status;
}

/* How many lines the file had that was just read. */
static uint32_t lines_of(const struct evidence_set *evidence, const char *path)
{
    for (size_t i = evidence->count; i > 0; i--) {
        const struct evidence_record *record = &evidence->records[i - 1];

        if (record->kind == EVIDENCE_RECORDING) {
            return strcmp(record->recording->name, path) == 0 && record->recording->frames > 0
                       ? (uint32_t)record->recording->frames
                       : 0;
        }
    }
    return 0;
}

/* A file of text: its lines are numbered on from those of the files before. */
static enum ccm_status read_text(struct analysis *analysis, const char *path, text_read_fn *read,
                                 struct ccm_error *error)
{
    struct progress progress = progress_of(path);
    const struct text_settings settings = {
        .client = analysis->narrow.client,
        .since = analysis->narrow.since,
        .until = analysis->narrow.until,
        .stop = progress_is_interrupted,
        .progress = progress_wanted(),
        .context = &progress,
        .signatures = &analysis->signatures,
        .duplicates = analysis->duplicates,
        .first_place = analysis->next_place,
        .unnamed = analysis->unnamed,
    };
    void *items = analysis->sources;
    struct sighting_source *source =
        arena_push(&analysis->arena, &items, &analysis->source_count, sizeof(*source));
    enum ccm_status status;

    analysis->sources = items;
    *source = (struct sighting_source){path, analysis->next_place};
    status = read(path, &settings, analysis->evidence, error);
    analysis->next_place += lines_of(analysis->evidence, path) + 1;
    progress_erase(&progress);
    return status;
}

static enum ccm_status read_ccm_log(struct analysis *analysis, const char *path,
                                    struct ccm_error *error)
{
    return read_text(analysis, path, ccm_log_read, error);
}

static enum ccm_status read_sql_trace(struct analysis *analysis, const char *path,
                                      struct ccm_error *error)
{
    return read_text(analysis, path, sql_trace_read, error);
}

static enum ccm_status read_identity_list(struct analysis *analysis, const char *path,
                                          struct ccm_error *error)
{
    return read_text(analysis, path, identity_list_read, error);
}

static enum ccm_status read_identity_file(struct analysis *analysis, const char *path,
                                          struct ccm_error *error)
{
    return read_text(analysis, path, identity_file_read, error);
}

/* Logs of web servers are told when all were read: those of several days are one story. */
static enum ccm_status read_iis_log(struct analysis *analysis, const char *path,
                                    struct ccm_error *error)
{
    struct progress progress = progress_of(path);
    const struct iis_log_settings settings = {
        .mp = analysis->narrow.mp,
        .since = analysis->narrow.since,
        .until = analysis->narrow.until,
        .has_times = true,
        .stop = progress_is_interrupted,
        .progress = progress_wanted(),
    };
    enum ccm_status status;

    analysis->web = analysis->web ? analysis->web : iis_log_new(&settings);
    iis_log_context(analysis->web, &progress);
    status = iis_log_add(analysis->web, path, analysis->evidence, error);
    progress_erase(&progress);
    return status;
}

static bool is_iis_log(const char *head, size_t length)
{
    return iis_log_recognise(head, length);
}

static bool is_identity_file(const char *head, size_t length)
{
    return identity_file_recognise(head, length);
}

static bool is_ccm_log(const char *head, size_t length)
{
    return ccm_log_recognise(head, length);
}

static bool is_sql_trace(const char *head, size_t length)
{
    return sql_trace_recognise(head, length);
}

static bool is_identity_list(const char *head, size_t length)
{
    return identity_list_recognise(head, length);
}

static enum ccm_status refuse(struct analysis *analysis, const char *path, struct ccm_error *error)
{
    (void)analysis;
    return other_file_refuse(path, error);
}

/* The first that recognises a file reads it. Of a pipe nothing is known before it is read: it has
   to be a capture. */
static const struct reader READERS[] = {
    {is_capture, read_capture}, /* what it carries may look like anything */
    {is_evidence, read_evidence},
    {is_identity_file, read_identity_file},
    {other_file_is_sql, refuse}, /* statements in it look like a trace as text */
    {is_sql_trace, read_sql_trace},
    {is_ccm_log, read_ccm_log},
    {is_identity_list, read_identity_list},
    {is_iis_log, read_iis_log},
    {other_file_recognise, refuse},
    {NULL, read_capture},
};

static bool is_compressed(const char *path, const char *head, size_t length)
{
    struct stat status;

    return length >= 4 &&
           (memcmp(head, "\x1f\x8b", 2) == 0 || memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0) &&
           stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* The first bytes of a file; decompressed where that consumes nothing, as it does of a pipe. */
static size_t peek(const char *path, char head[HEAD_SIZE])
{
    struct ccm_error ignored = {""}; /* the reader meets it again, and says so */
    size_t length = files_peek(path, head, HEAD_SIZE);
    struct input *input = NULL;

    if (is_compressed(path, head, length) && input_open(path, &input, &ignored) == CCM_OK) {
        const uint8_t *bytes = input_peek(input, HEAD_SIZE);

        length = bytes ? HEAD_SIZE : input_rest(input);
        bytes = bytes || length == 0 ? bytes : input_peek(input, length);
        if (bytes) {
            memcpy(head, bytes, length);
        }
    }
    input_close(input);
    return length;
}

static const struct reader *find_reader(const char *path)
{
    static const struct reader empty = {NULL, refuse};
    const struct reader *reader = READERS;
    char head[HEAD_SIZE];
    const size_t length = peek(path, head);

    if (length == 0 && other_file_is_empty(path)) {
        return &empty;
    }
    while (reader->recognise && !reader->recognise(head, length)) {
        reader++;
    }
    return reader;
}

/* --- options --- */

/* RFC 3339 in UTC; a blank may stand for the T, seconds and Z may be left out. */
static bool parse_time(const char *text, int64_t *at)
{
    const size_t length = strlen(text);
    char full[CLOCK_TEXT_SIZE];

    if (length < strlen("2026-11-21 03:00") || length > strlen("2026-11-21T03:00:00.123456Z")) {
        return false;
    }
    snprintf(full, sizeof(full), "%s", text);
    if (full[10] == ' ' || full[10] == 't') {
        full[10] = 'T';
    }
    if (full[length - 1] == 'Z' || full[length - 1] == 'z') {
        full[length - 1] = '\0';
    }
    snprintf(full + strlen(full), sizeof(full) - strlen(full), "%s",
             strlen(full) == strlen("2026-11-21T03:00") ? ":00Z" : "Z");
    return clock_parse(full, at);
}

static enum ccm_status take_time(const char *option, const char *text, int64_t *at,
                                 struct ccm_error *error)
{
    *at = EVIDENCE_UNKNOWN;
    if (text && !parse_time(text, at)) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "%s %s: expected a time in UTC, such as 2026-11-21T03:00:00Z or "
                        "\"2026-11-21 03:00\"",
                        option, text);
    }
    return CCM_OK;
}

static enum ccm_status take_options(const struct cli_settings *settings,
                                    struct story_settings *narrow, struct ccm_error *error)
{
    enum ccm_status status = take_time("--since", settings->since, &narrow->since, error);

    narrow->client = settings->client;
    narrow->mp = settings->mp;
    if (status == CCM_OK) {
        status = take_time("--until", settings->until, &narrow->until, error);
    }
    if (status == CCM_OK && settings->since && settings->until && narrow->since > narrow->until) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--since %s is after --until %s", settings->since,
                        settings->until);
    }
    return status;
}

static enum ccm_status take_signatures(const struct cli_list *files, struct signatures *signatures,
                                       struct ccm_error *error)
{
    enum ccm_status status = signatures_load_builtin(signatures, error);

    for (size_t i = 0; i < files->count && status == CCM_OK; i++) {
        status = signatures_load(signatures, files->items[i], error);
    }
    if (status == CCM_OK) {
        signatures_ready(signatures);
    }
    return status;
}

/* A file that could not be read is a part of the report. */
static void add_unread(struct evidence_set *evidence, const char *path, const char *problem)
{
    struct evidence_recording *recording =
        evidence_add(evidence, EVIDENCE_RECORDING, 0, clock_wall_us());

    recording->name = evidence_text(&evidence->arena, path, strlen(path), 1024);
    recording->problem = evidence_text(&evidence->arena, problem, strlen(problem), 512);
}

/* One SMSCFG.ini among other files is that of a case, whose folder may be called anything; those of
   a fleet lie in folders called after their machines. */
static bool is_case_folder(const struct file_list *files)
{
    size_t count = 0;

    for (size_t i = 0; i < files->count; i++) {
        const char *slash = strrchr(files->items[i].path, '/');

        count += strcasecmp(slash ? slash + 1 : files->items[i].path, "SMSCFG.ini") == 0 ? 1 : 0;
    }
    return count == 1 && files->count > 1;
}

/* What could not be read so far. */
struct unread {
    size_t count;
    enum ccm_status status;
};

/* One line for each that cannot be read: the last one is left in `error`. */
static void read_files(struct analysis *analysis, const struct file_list *files,
                       struct unread *unread, struct ccm_error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct file_entry *file = &files->items[i];
        const struct reader *reader =
            file->problem || interrupt_seen() ? NULL : find_reader(file->path);
        struct ccm_error reason = {""};
        enum ccm_status status;

        if (interrupt_seen()) {
            add_unread(analysis->evidence, file->path, "not read: interrupted");
            continue;
        }
        status = reader ? reader->read(analysis, file->path, &reason)
                        : ccm_fail(&reason, CCM_ERROR_IO, "%s", file->problem);
        if (status == CCM_OK) {
            continue;
        }
        if (unread->count > 0) {
            fprintf(stderr, "ccmprobe: %s\n", error->text);
        }
        *error = reason;
        add_unread(analysis->evidence, file->path, reason.text);
        unread->status = status;
        unread->count++;
    }
}

enum ccm_status collect_analyze(const struct cli_settings *settings, struct evidence_set *evidence,
                                struct ccm_error *error)
{
    struct analysis analysis = {.evidence = evidence, .duplicates = duplicates_new()};
    struct unread unread = {0, CCM_OK};
    enum ccm_status chosen = CCM_OK;
    struct ccm_error choice = {""};
    struct arena arena = {0};
    struct file_list files;
    enum ccm_status status = take_options(settings, &analysis.narrow, error);

    if (status == CCM_OK) {
        status = copies_check(settings, error);
    }
    if (status == CCM_OK) {
        status = take_signatures(&settings->signatures, &analysis.signatures, error);
    }
    if (status != CCM_OK) {
        signatures_release(&analysis.signatures);
        duplicates_free(analysis.duplicates);
        return status;
    }
    files_find(&settings->arguments, &arena, &files);
    analysis.unnamed = is_case_folder(&files);
    read_files(&analysis, &files, &unread, error);
    if (analysis.web) {
        iis_log_tell(analysis.web, evidence_next_case(evidence), evidence);
    }
    iis_log_free(analysis.web);
    duplicates_tell(analysis.duplicates, analysis.sources, analysis.source_count, evidence);
    if (settings->client) {
        chosen = choose_client(settings->client, evidence, &choice);
    }
    if (files.count == 0) {
        status = ccm_fail(error, CCM_ERROR_IO, "cannot read %s: no file is in it",
                          settings->arguments.items[0]);
    } else if (unread.count == files.count) {
        status = unread.status;
    } else if (unread.count > 0) {
        fprintf(stderr, "ccmprobe: %s\n", error->text);
    }
    if (status == CCM_OK && chosen != CCM_OK) {
        status = chosen;
        *error = choice;
    }
    signatures_release(&analysis.signatures);
    arena_release(&analysis.arena);
    arena_release(&arena);
    duplicates_free(analysis.duplicates);
    return status;
}
