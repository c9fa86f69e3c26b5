/* SPDX-License-Identifier: Apache-2.0 */
/* The commands as rows of a table: what they are called, what they take, what they do. */
#ifndef CCM_CLI_COMMAND_H
#define CCM_CLI_COMMAND_H

#include "base/buffer.h"
#include "cli/options.h"
#include "evidence/evidence.h"

/* Gathers the evidence that a report is made of. */
typedef enum ccm_status collect_fn(const struct cli_settings *settings,
                                   struct evidence_set *evidence, struct ccm_error *error);

/* Writes what else was asked for, from the judged evidence. */
struct judgement;
typedef enum ccm_status finish_fn(const struct cli_settings *settings,
                                  const struct judgement *judgement, struct ccm_error *error);

/* Answers without evidence: appends text to `out` and returns the exit status. */
typedef int print_fn(const struct cli_settings *settings, struct buffer *out);

/* Collects and reports in its own form: appends to `out` and sets the exit status. */
typedef enum ccm_status run_fn(const struct cli_settings *settings, struct buffer *out,
                               int *exit_status_out, struct ccm_error *error);

struct command {
    const char *name;
    const char *usage;   /* behind "ccmprobe NAME" */
    const char *summary; /* one line */
    const char *about;   /* a few lines for --help */
    const char *examples[2];
    const struct option_row *const *options; /* tables, ends in NULL */
    size_t least_arguments;
    size_t most_arguments;
    collect_fn *collect; /* one of the three */
    run_fn *run;
    print_fn *print;
    finish_fn *finish; /* with `collect`: comes last; NULL: nothing */
};

/* Ends with a row without a name. */
extern const struct command COMMANDS[];

/* What a command line asks for. Exactly one of command and text is set. */
struct invocation {
    const struct command *command;
    struct cli_settings settings;
    struct arena arena; /* of the strings from the configuration file */
    struct buffer text; /* help or version, to be printed and no more */
};

/* Reads argv. CCM_ERROR_USAGE with a sentence. Release with invocation_release. */
enum ccm_status command_parse(int argc, char *const *argv, struct invocation *invocation_out,
                              struct ccm_error *error) CCM_MUST_CHECK;
void invocation_release(struct invocation *invocation);

collect_fn collect_analyze;
finish_fn finish_analyze;
collect_fn collect_check;
collect_fn collect_report;
collect_fn collect_image;
collect_fn collect_residue;
run_fn spn_run;
print_fn explain_print;

/* help.c: `command` NULL is the program's own help. */
void help_print(const struct command *command, struct buffer *out);

/* The manual page, ccmprobe(1), in roff; from the same tables. */
void help_print_man(struct buffer *out);

/* About the configuration file, for both. */
extern const char CONFIG_HELP[];

#endif
