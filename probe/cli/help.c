/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

enum { HELP_COLUMN = 28 }; /* where the words about an option begin */

const char CONFIG_HELP[] =
    "Long options may stand in a configuration file, one a line (\"known-good\n"
    "HTTP/mp.contoso.com=svc-mp\"; # begins a comment). Without --config it is\n"
    "~/.config/ccmprobe.conf or /etc/ccmprobe.conf. The command line goes before;\n"
    "an identity that it brings replaces that of the file.";

static void print_option(const struct option_row *row, struct buffer *out)
{
    char left[64];
    char letter[5] = "    ";

    if (row->letter) {
        snprintf(letter, sizeof(letter), "-%c, ", row->letter);
    }
    snprintf(left, sizeof(left), "  %s--%s%s%s", letter, row->name, row->argument ? " " : "",
             row->argument ? row->argument : "");
    if (strlen(left) >= HELP_COLUMN) {
        buffer_printf(out, "%s\n%*s%s\n", left, HELP_COLUMN, "", row->help);
    } else {
        buffer_printf(out, "%-*s%s\n", HELP_COLUMN, left, row->help);
    }
}

static void print_program(struct buffer *out)
{
    buffer_puts(out, "ccmprobe tells why Configuration Manager clients are not approved\n"
                     "automatically.\n\n"
                     "usage: ccmprobe COMMAND [OPTION]... [ARGUMENT]...\n\n");
    for (const struct command *command = COMMANDS; command->name; command++) {
        buffer_printf(out, "  %-9s %s\n", command->name, command->summary);
    }
    buffer_puts(out, "\nccmprobe COMMAND --help tells more; ccmprobe --version the version.\n\n"
                     "examples:\n");
    for (const struct command *command = COMMANDS; command->name; command++) {
        buffer_printf(out, "  %s\n", command->examples[0]);
    }
    buffer_puts(out, "\nexit status: 0 all good, 1 warnings, 2 a failure was found, 3 could not\n"
                     "tell; 64 wrong usage, 70 internal error, 74 file error, 130 interrupted\n");
}

void help_print(const struct command *command, struct buffer *out)
{
    if (!command) {
        print_program(out);
        return;
    }
    buffer_printf(out, "ccmprobe %s: %s\n\nusage: ccmprobe %s %s\n\n%s\n\n", command->name,
                  command->summary, command->name, command->usage, command->about);
    for (const struct option_row *const *table = command->options; *table; table++) {
        for (const struct option_row *row = *table; row->name; row++) {
            print_option(row, out);
        }
    }
    if (options_find(command->options, "config", strlen("config"))) {
        buffer_printf(out, "\n%s\n", CONFIG_HELP);
    }
    buffer_puts(out, "\nexamples:\n");
    for (size_t i = 0; i < 2; i++) {
        buffer_printf(out, "  %s\n", command->examples[i]);
    }
}
