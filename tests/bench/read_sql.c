/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many calls of spUpdateClientRegistration a trace has, and how many thumbprints in them are
 * not those of their certificates, by the reader that ccmprobe has: what the Python in
 * tests/bench/logs.py prints, too.
 */
#include <stdio.h>
#include <stdlib.h>

#include "captures/sql_trace.h"
#include "evidence/registration.h"

struct counts {
    size_t calls;
    size_t wrong;
};

static void count(void *context, struct evidence_registration *registration, int64_t at,
                  int64_t line)
{
    const unsigned differences = registration_differences(registration);
    struct counts *counts = context;

    (void)at;
    (void)line;
    counts->calls++;
    counts->wrong += differences & REGISTRATION_THUMBPRINT ? 1 : 0;
    counts->wrong += differences & REGISTRATION_ENCRYPTION ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct counts counts = {0};
    const struct sql_trace_settings settings = {.on_call = count, .context = &counts};
    struct sql_trace *trace = sql_trace_new(&settings);
    const struct text_worker worker = sql_trace_worker(trace);
    const struct text_settings how = {.since = EVIDENCE_UNKNOWN, .until = EVIDENCE_UNKNOWN};
    struct evidence_recording recording = {0};
    struct arena arena = {0};
    struct ccm_error error = {"TRACE is missing"};
    int status = EXIT_FAILURE;

    if (argc == 2 && text_work_file(argv[1], &how, &worker, &arena, &recording, &error) == CCM_OK) {
        printf("%zu %zu\n", counts.calls, counts.wrong);
        status = EXIT_SUCCESS;
    } else {
        fprintf(stderr, "read_sql: %s\n", error.text);
    }
    sql_trace_free(trace);
    arena_release(&arena);
    return status;
}
