/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/other_file.h"

#include <string.h>
#include <sys/stat.h>

#include "captures/file_kind.h"
#include "captures/input.h"

enum {
    HEAD_BYTES = 64 * 1024,
    PROFILER_HEADER = 1024, /* the provider's name stands within */
    WORD_MOST = 32,
};

/* Invoke-Sqlcmd cuts values at 4,000 characters unless it is told not to; a call has more. */
static const char PROFILER[] =
    "a binary trace of SQL Server Profiler (.trc): save it there with File, Save As, Trace XML "
    "File, or export it with Invoke-Sqlcmd -MaxCharLength 65535 \"SELECT CONVERT(varchar(23), "
    "StartTime, 121) AS StartTime, TextData FROM fn_trace_gettable(N'C:\\IN.trc', default)\" | "
    "Export-Csv OUT.csv";
static const char EXTENDED_EVENTS[] =
    "a binary file of Extended Events (.xel): export it with Read-SqlXEvent IN.xel | "
    "ForEach-Object { '{0:u} {1}' -f $_.Timestamp, $_.Fields['statement'] } | Set-Content OUT.txt, "
    "or query event_data of sys.fn_xe_file_target_read_file(N'C:\\IN.xel', null, null, null)";

/* Is the ASCII word there as UTF-16? */
static bool has_wide(const void *bytes, size_t length, const char *word)
{
    char wide[2 * WORD_MOST] = {0};
    const size_t size = strlen(word);

    for (size_t i = 0; i < size && i < WORD_MOST; i++) {
        wide[2 * i] = word[i];
    }
    return memmem(bytes, length, wide, 2 * size) != NULL;
}

/* Neither format is published. Profiler's begins with the name of its provider in a field of fixed
   length; Extended Events name the packages of their events. Both have runs of NULs, which no text
   has in any encoding. */
static const char *sql_words(const void *bytes, size_t length)
{
    static const char event_log[] = "ElfFile"; /* of Windows: may quote SQL Server */
    const size_t header = length < PROFILER_HEADER ? length : PROFILER_HEADER;

    if (!memmem(bytes, length, "\0\0\0\0", 4) ||
        (length >= sizeof(event_log) && memcmp(bytes, event_log, sizeof(event_log)) == 0)) {
        return NULL;
    }
    if (has_wide(bytes, header, "Microsoft SQL Server")) {
        return PROFILER;
    }
    return has_wide(bytes, length, "package0") || has_wide(bytes, length, "sqlserver")
               ? EXTENDED_EVENTS
               : NULL;
}

bool other_file_is_sql(const char *bytes, size_t length)
{
    return length > 0 && sql_words(bytes, length);
}

bool other_file_recognise(const char *bytes, size_t length)
{
    const char *words;

    return length > 0 && file_kind((const uint8_t *)bytes, length, &words) == FILE_KIND_OTHER;
}

bool other_file_is_empty(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
}

enum ccm_status other_file_refuse(const char *path, struct ccm_error *error)
{
    struct input *input = NULL;
    enum ccm_status status = input_open(path, &input, error);
    size_t length = HEAD_BYTES;
    const uint8_t *bytes;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    const char *compression;
    const char *words;

    if (status != CCM_OK) {
        return status;
    }
    bytes = input_peek(input, length);
    if (!bytes) {
        length = input_rest(input);
        bytes = input_peek(input, length);
    }
    compression = input_compression(input);
    words = sql_words(bytes, length);
    if (words) {
        status = ccm_fail(error, CCM_ERROR_INPUT, "%s is %s", name, words);
    } else {
        (void)file_kind(bytes, length, &words);
        status = ccm_fail(error, CCM_ERROR_INPUT,
                          "%s is %s%s%s; what is read are network captures, logs of IIS, HTTP.sys "
                          "and Configuration Manager, SQL traces, lists of clients, SMSCFG.ini and "
                          "saved evidence",
                          name, words ? words : "no capture", compression ? ", inside " : "",
                          compression ? compression : "");
    }
    input_close(input);
    return status;
}
