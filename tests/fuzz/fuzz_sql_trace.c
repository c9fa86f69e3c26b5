/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/sql_trace.h"
#include "tests/fuzz/fuzz.h"

static void ignore(void *context, struct arena *arena, struct evidence_registration *registration,
                   int64_t at, int64_t line)
{
    (void)context;
    (void)arena;
    (void)registration;
    (void)at;
    (void)line;
}

/* The first byte says where the text is divided into two blocks. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const struct sql_trace_settings settings = {.on_call = ignore, .whole = true};
    struct sql_trace *trace = sql_trace_new(&settings);
    const size_t first = length > 0 ? bytes[0] % length : 0;

    sql_trace_feed(trace, bytes, first);
    sql_trace_feed(trace, bytes + first, length - first);
    sql_trace_end(trace);
    sql_trace_free(trace);
    return 0;
}
