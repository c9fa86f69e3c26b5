/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of spUpdateClientRegistration in a trace of SQL Server: Profiler's or Extended Events' XML,
 * CSV, or plain text, in UTF-8 or UTF-16. What lies between calls is only searched. Calls are found
 * and read in pieces of the text, which several threads may do, and told in its order. Binary
 * traces (.trc, .xel) are no matter for this reader.
 */
#ifndef CCM_CAPTURES_SQL_TRACE_H
#define CCM_CAPTURES_SQL_TRACE_H

#include "captures/sql_call.h"
#include "captures/text_work.h"

/* A call with more text than this is cut; a real one has some 7 KiB. */
enum { SQL_CALL_LIMIT = 64 * 1024 };

/* One call. `at` is the time that the trace gives the event, by the server's clock, or
   EVIDENCE_UNKNOWN; `line` is where the call begins. The registration is borrowed for the call:
   evidence/copy.h keeps it. */
typedef void sql_trace_fn(void *context, struct evidence_registration *registration, int64_t at,
                          int64_t line);

struct sql_trace_settings {
    sql_trace_fn *on_call; /* on the thread that reads the text */
    void *context;
    bool whole; /* with every parameter */
};

struct sql_trace;

struct sql_trace *sql_trace_new(const struct sql_trace_settings *settings);
void sql_trace_free(struct sql_trace *trace);

/* For text_work_file: reads one text, once. The trace is borrowed. */
struct text_worker sql_trace_worker(struct sql_trace *trace);

/* How many lines the text had, when it was read; an unfinished last one counts. */
int64_t sql_trace_lines(const struct sql_trace *trace);

#endif
