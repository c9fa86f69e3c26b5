/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data flow of ccmprobe: parse, collect, judge, render, exit.
 *
 *     collectors -> evidence -> rules -> findings -> verdict -> report
 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/output.h"

static int exit_status_of(enum ccm_status status)
{
    return interrupt_seen()               ? EXIT_INTERRUPTED
           : status == CCM_ERROR_USAGE    ? EXIT_USAGE
           : status == CCM_ERROR_NOTHING  ? EXIT_COULD_NOT_TELL
           : status == CCM_ERROR_INTERNAL ? EXIT_INTERNAL
                                          : EXIT_IO;
}

/* A command that reports on evidence. */
static enum ccm_status report_on_evidence(const struct command *command,
                                          const struct cli_settings *settings, int *exit_status,
                                          struct ccm_error *error)
{
    struct evidence_set evidence = {0};
    struct judgement judgement;
    struct arena arena = {0};
    enum ccm_status status = output_check(settings, error);

    if (status == CCM_OK) {
        interrupt_init();
        status = command->collect(settings, &evidence, error);
    }
    if (status == CCM_OK) {
        judge(&evidence, &arena, &judgement);
        status = output_report(settings, &evidence, &judgement, error);
        if (status == CCM_OK) {
            status = output_save(settings, &evidence, error);
        }
        if (status == CCM_OK && command->finish) {
            status = command->finish(settings, &judgement, error);
        }
        *exit_status =
            interrupt_seen() ? EXIT_INTERRUPTED : output_exit_status(settings, &judgement);
    }
    arena_release(&arena);
    evidence_release(&evidence);
    return status;
}

/* A command that collects and reports in its own form. */
static enum ccm_status run_own_way(const struct invocation *invocation, int *exit_status,
                                   struct ccm_error *error)
{
    const struct cli_settings *settings = &invocation->settings;
    struct buffer report = {0};
    enum ccm_status status = output_check(settings, error);

    if (status == CCM_OK) {
        interrupt_init();
        status = invocation->command->run(settings, &report, exit_status, error);
    }
    if (status == CCM_OK) {
        status = output_write(settings, &report, error);
    }
    if (interrupt_seen()) {
        *exit_status = EXIT_INTERRUPTED;
    }
    buffer_release(&report);
    return status;
}

int main(int argc, char **argv)
{
    struct ccm_error error = {.text = ""};
    struct invocation invocation;
    int exit_status = EXIT_GOOD;
    enum ccm_status status = command_parse(argc, argv, &invocation, &error);

    if (status == CCM_OK && invocation.command && invocation.command->collect) {
        status = report_on_evidence(invocation.command, &invocation.settings, &exit_status, &error);
    } else if (status == CCM_OK && invocation.command && invocation.command->run) {
        status = run_own_way(&invocation, &exit_status, &error);
    } else if (status == CCM_OK) {
        if (invocation.command) {
            exit_status = invocation.command->print(&invocation.settings, &invocation.text);
        }
        status = output_write(&invocation.settings, &invocation.text, &error);
    }
    invocation_release(&invocation);
    if (status != CCM_OK) {
        fprintf(stderr, "ccmprobe: %s\n", error.text);
        return exit_status_of(status);
    }
    return exit_status;
}
