/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/sql_trace.h"
#include "tests/fuzz/fuzz.h"

static void ignore(void *context, struct evidence_registration *registration, int64_t at,
                   int64_t line)
{
    (void)context;
    (void)registration;
    (void)at;
    (void)line;
}

/* The first byte says how large the pieces are: a call is divided among some, and not so many that
   most of the time goes into showing each what stands around it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const struct sql_trace_settings settings = {.on_call = ignore, .whole = true};
    struct sql_trace *trace = sql_trace_new(&settings);
    const struct text_worker worker = sql_trace_worker(trace);

    if (length > 0) {
        text_work_memory(bytes, length, (size_t)(bytes[0] + 1) * 64, &worker);
    }
    sql_trace_lines(trace);
    sql_trace_free(trace);
    return 0;
}
