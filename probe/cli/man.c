/* SPDX-License-Identifier: Apache-2.0 */
/* The manual page ccmprobe(1), in the macros of man(7), from the tables of commands and options. */
#include <string.h>

#include "cli/command.h"

/* What the page says of something by its name. */
struct row {
    const char *name;
    const char *about;
};

static const struct row STATUSES[] = {
    {"0", "all good"},
    {"1", "warnings"},
    {"2", "a failure was found"},
    {"3", "could not tell"},
    {"64", "wrong usage"},
    {"70", "internal error"},
    {"74", "a file cannot be read or written"},
    {"130", "interrupted; what was seen so far is reported"},
    {NULL, NULL},
};

static const struct row FILES[] = {
    {"~/.config/ccmprobe.conf", "Options; the file in $XDG_CONFIG_HOME where that is set."},
    {"/etc/ccmprobe.conf", "Options, where the user has no file of that kind."},
    {"/etc/krb5.keytab", "On a joined machine, the keys of its account, for --keytab."},
    {NULL, NULL},
};

static const struct row ENVIRONMENT[] = {
    {"XDG_CONFIG_HOME, HOME", "Where the configuration file is."},
    {"KRB5CCNAME, KRB5_CONFIG",
     "The ticket cache and the configuration of Kerberos, see kerberos(7)."},
    {"NO_COLOR, TERM", "No color when NO_COLOR is set or TERM is dumb; --color goes before."},
    {NULL, NULL},
};

/* A text as roff reads it: no request, no escape, hyphens that can be copied. */
static void put_text(struct buffer *out, const char *text)
{
    bool starts = true;

    for (; *text; text++) {
        if (starts && (*text == '.' || *text == '\'')) {
            buffer_puts(out, "\\&");
        }
        starts = *text == '\n';
        if (*text == '\\') {
            buffer_puts(out, "\\e");
        } else if (*text == '-') {
            buffer_puts(out, "\\-");
        } else if (*text == '~') {
            buffer_puts(out, "\\(ti");
        } else {
            buffer_putc(out, *text);
        }
    }
}

static void put_bold(struct buffer *out, const char *text)
{
    buffer_puts(out, "\\fB");
    put_text(out, text);
    buffer_puts(out, "\\fR");
}

static void put_line(struct buffer *out, const char *text)
{
    put_text(out, text);
    buffer_putc(out, '\n');
}

static void put_rows(struct buffer *out, const char *heading, const struct row *row)
{
    buffer_printf(out, ".SH %s\n", heading);
    for (; row->name; row++) {
        buffer_puts(out, ".TP\n");
        put_bold(out, row->name);
        buffer_putc(out, '\n');
        put_line(out, row->about);
    }
}

static void put_option(struct buffer *out, const struct option_row *row)
{
    buffer_puts(out, ".TP\n");
    if (row->letter) {
        buffer_printf(out, "\\fB\\-%c\\fR, ", row->letter);
    }
    buffer_puts(out, "\\fB\\-\\-");
    put_text(out, row->name);
    buffer_puts(out, "\\fR");
    if (row->argument) {
        buffer_puts(out, " \\fI");
        put_text(out, row->argument);
        buffer_puts(out, "\\fR");
    }
    buffer_putc(out, '\n');
    put_line(out, row->help);
}

static void put_command(struct buffer *out, const struct command *command)
{
    buffer_printf(out, ".SS %s\n", command->name);
    put_bold(out, "ccmprobe ");
    put_bold(out, command->name);
    buffer_putc(out, ' ');
    put_line(out, command->usage);
    buffer_puts(out, ".PP\n");
    put_line(out, command->about);
    for (const struct option_row *const *table = command->options; *table; table++) {
        for (const struct option_row *row = *table; row->name; row++) {
            put_option(out, row);
        }
    }
    buffer_puts(out, ".PP\nExamples:\n.PP\n.nf\n");
    for (size_t i = 0; i < 2; i++) {
        put_line(out, command->examples[i]);
    }
    buffer_puts(out, ".fi\n");
}

void help_print_man(struct buffer *out)
{
    buffer_puts(out, ".\\\" Written by `ccmprobe help --man`.\n"
                     ".TH CCMPROBE 1 \"\" \"ccmprobe " CCMPROBE_VERSION "\"\n"
                     ".SH NAME\n"
                     "ccmprobe \\- tell why Configuration Manager clients are not approved\n"
                     ".SH SYNOPSIS\n"
                     "\\fBccmprobe\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
                     ".SH DESCRIPTION\n"
                     "ccmprobe does what a client does at a management point, or reads what was\n"
                     "recorded of it, and says why clients in trusted domains are not approved\n"
                     "automatically. It writes to no server and to no directory.\n"
                     ".SH COMMANDS\n");
    for (const struct command *command = COMMANDS; command->name; command++) {
        put_command(out, command);
    }
    buffer_puts(out, ".SH CONFIGURATION\n");
    put_line(out, CONFIG_HELP);
    put_rows(out, "FILES", FILES);
    put_rows(out, "ENVIRONMENT", ENVIRONMENT);
    put_rows(out, "EXIT STATUS", STATUSES);
    buffer_puts(out, ".PP\nThe same for every format of the report.\n");
}
