/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "cli/config.h"

static const struct option_row *const CHECK_OPTIONS[] = {
    OPTIONS_IDENTITY, OPTIONS_TARGET, OPTIONS_DIRECTORY, OPTIONS_FORMAT,
    OPTIONS_REPORT,   OPTIONS_CONFIG, OPTIONS_HELP,      NULL};
static const struct option_row *const SPN_OPTIONS[] = {
    OPTIONS_IDENTITY, OPTIONS_FOREST, OPTIONS_LIST, OPTIONS_CONFIG, OPTIONS_HELP, NULL};
static const struct option_row *const REPORT_OPTIONS[] = {OPTIONS_CLIENTS, OPTIONS_REPORT,
                                                          OPTIONS_CONFIG, OPTIONS_HELP, NULL};
static const struct option_row *const ANALYZE_OPTIONS[] = {
    OPTIONS_RECORDING, OPTIONS_CLIENTS, OPTIONS_REPORT, OPTIONS_CONFIG, OPTIONS_HELP, NULL};
static const struct option_row *const IMAGE_OPTIONS[] = {
    OPTIONS_IMAGE, OPTIONS_SAVE, OPTIONS_FORMAT, OPTIONS_REPORT, OPTIONS_CONFIG,
    OPTIONS_HELP,  NULL};
static const struct option_row *const RESIDUE_OPTIONS[] = {
    OPTIONS_RESIDUE, OPTIONS_SAVE, OPTIONS_FORMAT, OPTIONS_REPORT, OPTIONS_CONFIG,
    OPTIONS_HELP,    NULL};
static const struct option_row *const HELP_OPTIONS[] = {OPTIONS_HELP, NULL};

const struct command COMMANDS[] = {
    {
        .name = "check",
        .usage = "[OPTION]... MP...|--mp-list FILE|--discover",
        .summary = "do what a client does at a management point, say what is wrong",
        .about = "Sends an anonymous CCM_POST with an empty body, gets the Kerberos ticket for\n"
                 "the MP's HTTP SPN along every referral, and sends the CCM_POST again with it.\n"
                 "Nothing is registered and nothing is changed. Without an identity (no keytab,\n"
                 "password or ticket cache) everything that needs none still runs. A keytab of\n"
                 "the client's own machine account shows exactly what that client would see.\n"
                 "With --principal alone the password is asked for; it is tried once.\n"
                 "Several MPs are examined at the same time, within one deadline.",
        .examples =
            {"ccmprobe check --keytab wk01.keytab mp.contoso.com",
             "ccmprobe check --principal admin@CONTOSO.COM --save case.jsonl mp.contoso.com"},
        .options = CHECK_OPTIONS,
        .least_arguments = 0, /* see targets.c */
        .most_arguments = 64,
        .collect = collect_check,
    },
    {
        .name = "analyze",
        .usage = "[OPTION]... FILE|DIR...",
        .summary = "tell what recorded clients did, say what is wrong",
        .about = "Reads network captures (pcap, pcapng, Network Monitor 2), logs of IIS, HTTP.sys\n"
                 "and Configuration Manager, traces of the site's database (text, XML, CSV),\n"
                 "lists of clients (CSV), SMSCFG.ini, and what --save kept; also in gzip or\n"
                 "zstd. What a file is, its content tells. Of a folder all files are read; \"-\"\n"
                 "is standard input. Each client at each management point is a case: of a\n"
                 "capture its last complete attempt is told, frame by frame. The cases of one\n"
                 "client are joined, and GUIDs compared, across all files: a row for each client\n"
                 "(--format csv has no more). No network is used. What cannot be read is named.",
        .examples = {"ccmprobe analyze client.pcapng",
                     "ccmprobe analyze --client wk01 --since \"2026-11-21 03:00\" captures/"},
        .options = ANALYZE_OPTIONS,
        .least_arguments = 1,
        .most_arguments = 64,
        .collect = collect_analyze,
        .finish = finish_analyze,
    },
    {
        .name = "spn",
        .usage = "[OPTION]...",
        .summary = "list the HTTP SPNs of a forest that somebody should look at",
        .about = "Searches a global catalog for HTTP SPNs on accounts that are no computers, on\n"
                 "several accounts, on a computer that is not their host, or of hosts that are\n"
                 "gone, and says how to mend each. With --domain given for each forest of a\n"
                 "trust, SPNs that accounts of several forests hold are found, too.\n"
                 "Nothing is changed. Needs an identity; any user may read SPNs.\n"
                 "Exit status: 0 nothing found, 1 something to look at, 2 SPNs that several\n"
                 "accounts hold, 3 could not tell.",
        .examples = {"ccmprobe spn --principal admin@CONTOSO.COM",
                     "ccmprobe spn --domain fabrikam.com --format csv -o spn.csv"},
        .options = SPN_OPTIONS,
        .least_arguments = 0,
        .most_arguments = 0,
        .run = spn_run,
    },
    {
        .name = "image",
        .usage = "[OPTION]... DIR...",
        .summary = "say whether a master image may be cloned",
        .about = "Looks at a mounted disk, a Windows folder or a bag of copied files (Smscfg.ini,\n"
                 "registry hives) for what makes clones share a GUID or a certificate, by the\n"
                 "steps of Q257808 and KB 828367, and prints the commands for what is left to\n"
                 "do. Reads only; follows no link out of DIR. Of several images it also says\n"
                 "which share a GUID, a certificate or a machine SID.\n"
                 "Exit status: 0 may be cloned, 1 mind the warnings, 2 would be duplicated,\n"
                 "3 could not tell.",
        .examples = {"ccmprobe image /mnt/master",
                     "ccmprobe image --each --save fleet.jsonl /srv/identities"},
        .options = IMAGE_OPTIONS,
        .least_arguments = 1,
        .most_arguments = 64,
        .collect = collect_image,
    },
    {
        .name = "residue",
        .usage = "[OPTION]... --site CODE DIR",
        .summary = "say what a removed secondary site left behind",
        .about = "Looks at a mounted disk (or a Windows folder, or copied files) for what\n"
                 "KB 828370 says must be gone before a secondary site's code is used again:\n"
                 "services, registry keys, folders, shares, groups, objects of IIS. Reads only.\n"
                 "--checklist adds what is to be done at the parent site.\n"
                 "Exit status: 0 nothing left, 1 mind the warnings, 2 a reinstallation would\n"
                 "trip over something, 3 could not tell.",
        .examples = {"ccmprobe residue --site S01 /mnt/server",
                     "ccmprobe residue --site S01 --checklist --save s01.jsonl /mnt/server"},
        .options = RESIDUE_OPTIONS,
        .least_arguments = 1,
        .most_arguments = 1,
        .collect = collect_residue,
    },
    {
        .name = "report",
        .usage = "[OPTION]... EVIDENCE...",
        .summary = "judge saved evidence again; several files, one report",
        .about = "Reads what `ccmprobe check --save` kept (\"-\" is standard input) and reports\n"
                 "on it by the rules of this version. No network is used.",
        .examples = {"ccmprobe report case.jsonl",
                     "ccmprobe report --format json -o report.json monday.jsonl tuesday.jsonl"},
        .options = REPORT_OPTIONS,
        .least_arguments = 1,
        .most_arguments = 64,
        .collect = collect_report,
    },
    {
        .name = "explain",
        .usage = "CODE|FINDING|capture...",
        .summary = "what a code or a finding means here",
        .about = "Takes codes as logs write them: decimal, hexadecimal, signed or by symbol,\n"
                 "IIS' status and substatus, a whole IIS triple in quotes; or the id of a\n"
                 "finding; or `capture`: how to capture a client's registration. What is\n"
                 "unknown is said so, with exit status 3.",
        .examples = {"ccmprobe explain 2148074254 0x80090322 401.2 KRB_AP_ERR_MODIFIED",
                     "ccmprobe explain spn.missing"},
        .options = HELP_OPTIONS,
        .least_arguments = 1,
        .most_arguments = 64,
        .print = explain_print,
    },
    {.name = NULL},
};

static const struct command *find_command(const char *name)
{
    for (const struct command *command = COMMANDS; command->name; command++) {
        if (strcmp(command->name, name) == 0) {
            return command;
        }
    }
    return NULL;
}

static bool is_word(const char *text, const char *word, const char *option, const char *letter)
{
    return strcmp(text, word) == 0 || strcmp(text, option) == 0 || strcmp(text, letter) == 0;
}

/* `ccmprobe`, `ccmprobe --help`, `ccmprobe help check`, `ccmprobe help --man`, `ccmprobe
 * --version`; false for others. */
static bool answer_directly(int argc, char *const *argv, struct buffer *out)
{
    if (argc == 3 && strcmp(argv[1], "help") == 0 && strcmp(argv[2], "--man") == 0) {
        help_print_man(out);
        return true;
    }
    if (argc < 2 || is_word(argv[1], "help", "--help", "-h")) {
        help_print(argc > 2 ? find_command(argv[2]) : NULL, out);
        return true;
    }
    if (is_word(argv[1], "version", "--version", "-V")) {
        buffer_puts(out, "ccmprobe " CCMPROBE_VERSION "\n");
        return true;
    }
    return false;
}

static enum ccm_status check_arguments(const struct invocation *invocation, struct ccm_error *error)
{
    const struct command *command = invocation->command;
    const size_t count = invocation->settings.arguments.count;

    if (count < command->least_arguments) {
        return ccm_fail(error, CCM_ERROR_USAGE, "usage: ccmprobe %s %s (see --help)", command->name,
                        command->usage);
    }
    if (count > command->most_arguments) {
        return ccm_fail(error, CCM_ERROR_USAGE, "%s takes at most %zu arguments", command->name,
                        command->most_arguments);
    }
    return CCM_OK;
}

/* The command line, behind what the configuration file says; its own values go before. */
static enum ccm_status read_options(int argc, char *const *argv, struct invocation *invocation,
                                    struct ccm_error *error)
{
    const struct option_row *const *tables = invocation->command->options;
    struct cli_settings *settings = &invocation->settings;
    enum ccm_status status = options_parse(tables, argc, argv, 2, settings, error);
    const bool own_identity =
        settings->principal || settings->keytab || settings->ccache || settings->password_file;
    const char *path = NULL;

    if (status == CCM_OK && !settings->help && options_find(tables, "config", strlen("config"))) {
        path = config_path(settings->config, &invocation->arena);
    }
    if (path) {
        settings_init(settings);
        status = config_read(path, tables, own_identity, &invocation->arena, settings, error);
        if (status == CCM_OK) {
            status = options_parse(tables, argc, argv, 2, settings, error);
        }
    }
    return status;
}

enum ccm_status command_parse(int argc, char *const *argv, struct invocation *invocation_out,
                              struct ccm_error *error)
{
    enum ccm_status status;

    memset(invocation_out, 0, sizeof(*invocation_out));
    settings_init(&invocation_out->settings);
    if (answer_directly(argc, argv, &invocation_out->text)) {
        return CCM_OK;
    }
    invocation_out->command = find_command(argv[1]);
    if (!invocation_out->command) {
        return ccm_fail(error, CCM_ERROR_USAGE, "unknown command %s (see ccmprobe --help)",
                        argv[1]);
    }
    status = read_options(argc, argv, invocation_out, error);
    if (status == CCM_OK && invocation_out->settings.help) {
        help_print(invocation_out->command, &invocation_out->text);
        invocation_out->command = NULL;
        return CCM_OK;
    }
    return status == CCM_OK ? check_arguments(invocation_out, error) : status;
}

void invocation_release(struct invocation *invocation)
{
    buffer_release(&invocation->text);
    arena_release(&invocation->arena);
}
