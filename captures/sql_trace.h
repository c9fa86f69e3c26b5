/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of spUpdateClientRegistration in a trace of SQL Server: Profiler's or Extended Events' XML,
 * CSV, or plain text, in UTF-8 or UTF-16. Blocks are pushed in as they are read; what lies between
 * calls is only searched. Binary traces (.trc, .xel) are no matter for this reader.
 */
#ifndef CCM_CAPTURES_SQL_TRACE_H
#define CCM_CAPTURES_SQL_TRACE_H

#include "captures/sql_call.h"

/* A call with more text than this is cut; a real one has some 7 KiB. */
enum { SQL_CALL_LIMIT = 128 * 1024 };

/* One call. `at` is the time that the trace gives the event, by the server's clock, or
   EVIDENCE_UNKNOWN; `line` is where the call begins. The registration lives in `arena`, which is
   emptied after the call: adopt it, or copy. */
typedef void sql_trace_fn(void *context, struct arena *arena,
                          struct evidence_registration *registration, int64_t at, int64_t line);

struct sql_trace_settings {
    sql_trace_fn *on_call;
    void *context;
    bool whole; /* with every parameter */
};

struct sql_trace;

struct sql_trace *sql_trace_new(const struct sql_trace_settings *settings);
void sql_trace_free(struct sql_trace *trace);

void sql_trace_feed(struct sql_trace *trace, const void *bytes, size_t length);

/* The file is over. Returns how many lines it had. */
int64_t sql_trace_end(struct sql_trace *trace);

#endif
