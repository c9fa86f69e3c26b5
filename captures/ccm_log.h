/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of Configuration Manager's logs, in all forms in which they are sent: with <![LOG[ of
 * clients and site systems, with $$< of site servers, as CMTrace copies them, and as bare lines in
 * an excerpt; in UTF-8 (or ANSI) and UTF-16.
 */
#ifndef CCM_CAPTURES_CCM_LOG_H
#define CCM_CAPTURES_CCM_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "captures/ccm_scan.h"
#include "captures/text_work.h"

/* A message with more text than this is cut. Real ones end below 4 KiB. */
enum { CCM_LOG_MESSAGE_LIMIT = 64 * 1024 };

/* Around a message. The first begins an entry wherever it begins a line. */
#define CCM_LOG_OPENING "<![LOG["
#define CCM_LOG_CLOSING "]LOG]!>"

enum ccm_log_form {
    CCM_LOG_BARE,    /* a line without anything around its message */
    CCM_LOG_TAGGED,  /* <![LOG[message]LOG]!><time="..." ...> */
    CCM_LOG_DOLLARS, /* message  $$<COMPONENT><time><thread=...> */
    CCM_LOG_COPIED,  /* message TAB component TAB time TAB thread, from CMTrace */
};

/* Spans are borrowed for the call and hold no NUL at their end. */
struct ccm_log_entry {
    enum ccm_log_form form;
    const char *message;
    size_t message_length;
    const char *component; /* NULL when the form has none */
    size_t component_length;
    const char
        *attributes; /* of a tagged entry: what stands behind the message; for ccm_log_time */
    size_t attributes_length;
    bool cut;     /* the message is longer than the limit, or its end is missing */
    int64_t line; /* where it begins, from 1 */
};

typedef void ccm_log_fn(void *context, const struct ccm_log_entry *entry);

/* The value of name="..." among the attributes of a tagged entry; NULL when there is none. */
const char *ccm_log_attribute(const struct ccm_log_entry *entry, const char *name,
                              size_t *length_out);

/* 1 information, 2 warning, 3 error; 0 when the entry does not say. */
int ccm_log_severity(const struct ccm_log_entry *entry);

/* When it was written. UTC = local + bias, in minutes, as Windows has it. Without a bias the time
   is the machine's local one, taken as UTC, and `*has_zone_out` false. EVIDENCE_UNKNOWN when there
   is none, or day and month cannot be told apart. */
int64_t ccm_log_time(const struct ccm_log_entry *entry, bool *has_zone_out);

struct ccm_log;

/* `scan`, borrowed and not yet ready, says which entries are wanted: those with a hit, and those
   without an end. A few others are heard as well. NULL: all. */
struct ccm_log *ccm_log_new(struct ccm_scan *scan, ccm_log_fn *on_entry, void *context);
void ccm_log_free(struct ccm_log *log);

/* What reads the log: for text_work_file and text_work_memory. */
struct text_worker ccm_log_worker(struct ccm_log *log);

/* How many lines were read so far; an unfinished last one counts. */
int64_t ccm_log_lines(const struct ccm_log *log);

/* Do the first bytes of a file look like one of the forms? */
bool ccm_log_recognise(const void *bytes, size_t length);

#endif
