/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs, traces and lists as evidence: each file becomes a recording of case 0, and every client
 * that it tells of a case of origin ORIGIN_LOGS. A damaged file gives what could be read.
 */
#ifndef CCM_CAPTURES_TEXT_FILE_H
#define CCM_CAPTURES_TEXT_FILE_H

#include "base/status.h"
#include "captures/duplicates.h"
#include "evidence/evidence.h"

/* Clients of one file that get a case of their own; the others are only counted. */
enum { TEXT_FILE_CLIENTS = 16384 };

struct text_settings {
    const char *client; /* name or GUID of one that gets its case even where there are too many, and
                           of its calls every parameter; NULL: none is preferred */
    int64_t since;      /* only what happened then; EVIDENCE_UNKNOWN: no bound */
    int64_t until;
    bool (*stop)(void *context); /* as in capture_settings */
    void (*progress)(void *context, uint64_t bytes, uint64_t total);
    void *context;
    const struct signatures *signatures; /* of known problems, ready; borrowed; NULL: none */
    struct duplicates *duplicates;       /* gets every sighting of a GUID; borrowed */
    uint32_t first_place;                /* of this file's lines, in the sightings */
    bool unnamed; /* of an identity file: its folder is not called after the machine */
};

typedef enum ccm_status text_read_fn(const char *path, const struct text_settings *settings,
                                     struct evidence_set *evidence, struct ccm_error *error);

text_read_fn ccm_log_read;       /* captures/ccm_log.h */
text_read_fn sql_trace_read;     /* captures/sql_trace.h */
text_read_fn identity_list_read; /* captures/identity_list.h */

/* One SMSCFG.ini (captures/identity.h): a registration of case 0, and a sighting of its GUID. Its
   machine is named by the file, or by its folder where the file has its usual name, as the file
   does not say. All files of this kind are one recording, the last of the set that is one of
   them. */
text_read_fn identity_file_read;
bool identity_file_recognise(const void *bytes, size_t length);

/* Does a text that begins so hold a call of spUpdateClientRegistration, or look like a trace? */
bool sql_trace_recognise(const void *bytes, size_t length);

/* A new recording of case 0; its counts are the caller's. */
struct evidence_recording *text_file_recording(struct evidence_set *evidence, const char *path,
                                               const char *format);

/* Adds a limit that was hit; nothing when `dropped` is 0. */
void text_file_limit(struct evidence_set *evidence, struct evidence_recording *recording,
                     const char *name, int64_t limit, size_t dropped);

/* A new case of a client that a log tells of: its run record. */
struct evidence_run *text_file_case(struct evidence_set *evidence, uint32_t case_id, int64_t at,
                                    const char *client);

/* The last record of the set stands in this line of this file. */
void text_file_place(struct evidence_set *evidence, const char *source, int64_t line);

#endif
