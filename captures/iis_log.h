/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of an MP's web server as evidence: the W3C logs of IIS 6 to 10 and the HTTPERR logs of
 * http.sys, in UTF-8 (or an 8-bit set) and UTF-16. A file is read once, in pieces by several
 * threads; nothing is mapped, as IIS cuts and replaces its logs while they are read. Memory depends
 * on how many clients there are, and not on the size or number of files.
 */
#ifndef CCM_CAPTURES_IIS_LOG_H
#define CCM_CAPTURES_IIS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "evidence/evidence.h"

/* Zero-initialised: all of the log. */
struct iis_log_settings {
    size_t piece;       /* as text_worker's */
    const char *client; /* tell of this one only, by address or name; NULL: of all */
    const char *mp; /* count requests to this one only, as captures/iis_mp.h has it; NULL: all */
    int64_t since;  /* only those at or after, microseconds; EVIDENCE_UNKNOWN: from the first */
    int64_t until;
    bool has_times; /* since and until were set */
    /* Asked now and then: true ends reading, and what was read is told. NULL: never. */
    bool (*stop)(void *context);
    /* Told now and then; total is 0 when it is not known. NULL: not wanted. */
    void (*progress)(void *context, uint64_t bytes, uint64_t total);
    void *context;
};

/* Several files, the logs of some days or of several MPs, are one story of each client. */
struct iis_log;

struct iis_log *iis_log_new(const struct iis_log_settings *settings);
void iis_log_free(struct iis_log *log);

/* Another context for stop and progress. */
void iis_log_context(struct iis_log *log, void *context);

/* Reads one file, which may be gzip or zstd ("-": standard input), the earlier ones first, and
   appends its recording record, of case 0, to `evidence`. A damaged file gives what could be read;
   an error is only that it cannot be read at all. */
enum ccm_status iis_log_add(struct iis_log *log, const char *path, struct evidence_set *evidence,
                            struct ccm_error *error) CCM_MUST_CHECK;

/* The same of bytes in memory, of which no record is made. Returns how many lines there were. For
   fuzzing: needs a size of pieces. */
int64_t iis_log_add_memory(struct iis_log *log, const void *bytes, size_t length);

/* Appends a case for each client's address at each MP (a run and a web_client record), numbered
   from `first_case`. Returns how many there are. */
uint32_t iis_log_tell(const struct iis_log *log, uint32_t first_case,
                      struct evidence_set *evidence);

/* All three for one file; its cases are numbered on behind those of `evidence`. */
enum ccm_status iis_log_read(const char *path, const struct iis_log_settings *settings,
                             struct evidence_set *evidence, struct ccm_error *error) CCM_MUST_CHECK;

/* Do the first bytes of a file look like such a log, or an excerpt of one? */
bool iis_log_recognise(const void *bytes, size_t length);

#endif
