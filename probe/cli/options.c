/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "ldap/published.h"

/* An SPN with its slash, and a name behind the last "=". */
static enum ccm_status check_known_good(const char *value, struct ccm_error *error)
{
    const char *slash = strchr(value, '/');
    const char *equals = strrchr(value, '=');

    if (!slash || slash == value || !equals || equals < slash + 2 || equals[1] == '\0') {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "--known-good %.300s: expected SPN=ACCOUNT, as HTTP/mp.contoso.com=svc-mp",
                        value);
    }
    return CCM_OK;
}

enum ccm_status options_split_kdc(const char *value, struct arena *arena, struct kdc_override *kdc,
                                  struct ccm_error *error)
{
    const char *equals = strchr(value, '=');
    const char *host;
    uint16_t port = 0;

    if (!equals || equals == value || !kdc_list_split(arena, equals + 1, &host, &port)) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "--kdc %.300s: expected REALM=HOST or REALM=HOST:PORT", value);
    }
    kdc->realm = arena_strndup(arena, value, (size_t)(equals - value));
    kdc->host = equals + 1;
    return CCM_OK;
}

static enum ccm_status check_kdc(const char *value, struct ccm_error *error)
{
    struct arena arena = {0};
    struct kdc_override kdc;
    enum ccm_status status = options_split_kdc(value, &arena, &kdc, error);

    arena_release(&arena);
    return status;
}

static enum ccm_status check_site(const char *value, struct ccm_error *error)
{
    return site_code_is_valid(value)
               ? CCM_OK
               : ccm_fail(error, CCM_ERROR_USAGE,
                          "--site %.300s: expected a site code, three letters or digits", value);
}

static enum ccm_status check_path(const char *value, struct ccm_error *error)
{
    return value[0] == '/' && !strpbrk(value, " \t\r\n")
               ? CCM_OK
               : ccm_fail(error, CCM_ERROR_USAGE, "--path %.300s: expected a path such as /a/b",
                          value);
}

/* clang-format off */
#define AT(member) offsetof(struct cli_settings, member)
#define FLAG(name, letter, member, help) \
    {name, letter, OPTION_FLAG, AT(member), NULL, help, NULL, 0, 0, NULL}
#define CHECKED(name, letter, member, argument, check, help) \
    {name, letter, OPTION_STRING, AT(member), argument, help, NULL, 0, 0, check}
#define STRING(name, letter, member, argument, help) \
    CHECKED(name, letter, member, argument, NULL, help)
#define NUMBER(name, letter, member, argument, least, most, help) \
    {name, letter, OPTION_NUMBER, AT(member), argument, help, NULL, least, most, NULL}
#define WORD(name, letter, member, argument, words, help) \
    {name, letter, OPTION_WORD, AT(member), argument, help, words, 0, 0, NULL}
#define CHECKED_LIST(name, letter, member, argument, check, help) \
    {name, letter, OPTION_LIST, AT(member), argument, help, NULL, 0, 0, check}
#define LIST(name, letter, member, argument, help) \
    CHECKED_LIST(name, letter, member, argument, NULL, help)
#define KDC CHECKED_LIST("kdc", 0, kdcs, "REALM=HOST", check_kdc, \
                         "KDC of a realm, HOST[:PORT]; several may be given")
#define KNOWN_GOOD(help) \
    CHECKED_LIST("known-good", 0, known_good, "SPN=ACCOUNT", check_known_good, help)
#define END {NULL, 0, OPTION_FLAG, 0, NULL, NULL, NULL, 0, 0, NULL}

const struct option_row OPTIONS_IDENTITY[] = {
    STRING("principal", 'p', principal, "NAME", "account that asks for tickets, NAME@REALM"),
    STRING("keytab", 'k', keytab, "FILE", "its keys; of the machine account is best"),
    STRING("ccache", 'c', ccache, "CACHE", "its tickets; read, never written"),
    STRING("password-file", 0, password_file, "FILE", "its password, in the first line"),
    END,
};

const struct option_row OPTIONS_TARGET[] = {
    STRING("mp-list", 0, mp_list, "FILE", "names of MPs, one per line; # begins a comment"),
    FLAG("discover", 0, discover, "examine the MPs that the client's forest publishes"),
    CHECKED_LIST("site", 0, sites, "CODE", check_site, "with --discover: its MPs in DNS, too"),
    KDC,
    STRING("resolver", 0, resolver, "ADDR", "DNS server to ask, ADDR[:PORT]"),
    WORD("scheme", 0, scheme, "WORD", WORDS_SCHEME, "http (default) or https"),
    NUMBER("port", 0, port, "N", 1, 65535, "port of the MP, if not the scheme's own"),
    CHECKED("path", 0, path, "PATH", check_path, "if not /ccm_system_windowsauth/request"),
    STRING("cacert", 0, ca_file, "FILE", "trusted certificates, if not the system's"),
    FLAG("insecure", 0, insecure, "show the MP's certificate, do not check it"),
    FLAG("all-addresses", 0, all_addresses, "examine every address behind the name"),
    NUMBER("deadline", 0, deadline, "SECONDS", 1, 3600, "for the whole run; 30 if not given"),
    STRING("save", 0, save, "FILE", "keep the evidence, to be judged again"),
    END,
};

const struct option_row OPTIONS_DIRECTORY[] = {
    FLAG("no-directory", 0, no_directory, "do not ask Active Directory over LDAP"),
    LIST("dc", 0, dcs, "HOST", "domain controller to ask, [DOMAIN=]HOST[:PORT]"),
    WORD("ldap", 0, ldap_security, "WORD", WORDS_LDAP_SECURITY,
         "sealed (default), ldaps or starttls"),
    FLAG("every-dc", 0, every_dc, "compare the SPNs at every DC of the domains"),
    KNOWN_GOOD("who is meant to hold an SPN of the MP"),
    FLAG("show-queries", 0, show_queries, "show what was searched for, on stderr"),
    END,
};

const struct option_row OPTIONS_FOREST[] = {
    LIST("domain", 0, domains, "NAME", "of the forest, if not one's own; repeatable"),
    LIST("dc", 0, dcs, "HOST", "domain controller to ask, [DOMAIN=]HOST[:PORT]"),
    WORD("ldap", 0, ldap_security, "WORD", WORDS_LDAP_SECURITY,
         "sealed (default), ldaps or starttls"),
    KDC,
    STRING("resolver", 0, resolver, "ADDR", "DNS server to ask, ADDR[:PORT]"),
    STRING("cacert", 0, ca_file, "FILE", "trusted certificates, if not the system's"),
    FLAG("insecure", 0, insecure, "do not check the DCs' certificates"),
    NUMBER("deadline", 0, deadline, "SECONDS", 1, 3600, "for the whole run; 300 if not given"),
    KNOWN_GOOD("who is meant to hold an SPN; not listed"),
    FLAG("show-queries", 0, show_queries, "show what was searched for, on stderr"),
    END,
};

const struct option_row OPTIONS_LIST[] = {
    WORD("format", 'f', format, "WORD", WORDS_LIST_FORMAT, "text (default), json or csv"),
    STRING("output", 'o', output, "FILE", "write the list there, whole or not at all"),
    WORD("color", 0, color, "WORD", WORDS_COLOR, "auto (default), always or never"),
    END,
};

const struct option_row OPTIONS_RECORDING[] = {
    STRING("client", 0, client, "NAME", "only this client: name, account, address or GUID"),
    STRING("mp", 0, mp, "NAME", "only this management point: name, address, IIS site"),
    STRING("since", 0, since, "TIME", "only what began then or later, in UTC"),
    STRING("until", 0, until, "TIME", "and not later, as \"2026-11-21 03:00\""),
    STRING("annotate", 0, annotate, "FILE", "the capture again, as pcapng, its story in comments"),
    STRING("redact", 0, redact, "FILE", "the same without names and secrets; addresses stay"),
    LIST("signatures", 0, signatures, "FILE", "more known problems; several may be given"),
    STRING("save", 0, save, "FILE", "keep the evidence, to be judged again"),
    END,
};

const struct option_row OPTIONS_SAVE[] = {
    STRING("save", 0, save, "FILE", "keep the evidence, to be judged again"),
    END,
};

const struct option_row OPTIONS_IMAGE[] = {
    FLAG("each", 0, each, "DIR holds a folder for each image"),
    END,
};

const struct option_row OPTIONS_RESIDUE[] = {
    STRING("site", 0, site, "CODE", "of the site that was removed: S01"),
    FLAG("checklist", 0, checklist, "show what is to be done at the parent site, too"),
    END,
};

const struct option_row OPTIONS_FORMAT[] = {
    WORD("format", 'f', format, "WORD", WORDS_FORMAT, "text (default) or json"),
    END,
};

const struct option_row OPTIONS_CLIENTS[] = {
    WORD("format", 'f', format, "WORD", WORDS_LIST_FORMAT,
         "text (default), json, or csv: a line a client"),
    END,
};

const struct option_row OPTIONS_REPORT[] = {
    STRING("output", 'o', output, "FILE", "write the report there, whole or not at all"),
    WORD("color", 0, color, "WORD", WORDS_COLOR, "auto (default), always or never"),
    WORD("level", 0, level, "LEVEL", WORDS_LEVEL,
         "least shown: ok, info, skip, warn, unknown, fail"),
    WORD("fail-level", 0, fail_level, "LEVEL", WORDS_LEVEL,
         "exit with 0 when nothing reaches this level"),
    FLAG("verbose", 'v', verbose, "show everything that was observed"),
    END,
};

const struct option_row OPTIONS_CONFIG[] = {
    STRING("config", 0, config, "FILE", "more options, one a line; see below"),
    END,
};

const struct option_row OPTIONS_HELP[] = {
    FLAG("help", 'h', help, "this text"),
    END,
};
/* clang-format on */

static enum ccm_status set_number(const struct option_row *row, const char *value, long *into,
                                  struct ccm_error *error)
{
    char *end;

    errno = 0;
    *into = strtol(value, &end, 10);
    if (errno != 0 || end == value || *end || *into < row->least || *into > row->most) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--%s %s: expected a number from %ld to %ld",
                        row->name, value, row->least, row->most);
    }
    return CCM_OK;
}

static enum ccm_status set_word(const struct option_row *row, const char *value, int *into,
                                struct ccm_error *error)
{
    struct buffer known = {0};

    for (int i = 0; row->words[i]; i++) {
        if (strcmp(row->words[i], value) == 0) {
            buffer_release(&known);
            *into = i;
            return CCM_OK;
        }
        buffer_printf(&known, "%s%s", i > 0 ? ", " : "", row->words[i]);
    }
    ccm_fail(error, CCM_ERROR_USAGE, "--%s %s: expected one of %s", row->name, value,
             buffer_text(&known));
    buffer_release(&known);
    return CCM_ERROR_USAGE;
}

static enum ccm_status set_value(const struct option_row *row, const char *value,
                                 struct cli_settings *settings, struct ccm_error *error)
{
    void *at = (char *)settings + row->offset;
    struct cli_list *list;
    enum ccm_status status = row->check ? row->check(value, error) : CCM_OK;

    if (status != CCM_OK) {
        return status;
    }
    switch (row->type) {
    case OPTION_FLAG:
        *(bool *)at = true;
        return CCM_OK;
    case OPTION_STRING:
        *(const char **)at = value;
        return CCM_OK;
    case OPTION_NUMBER:
        return set_number(row, value, at, error);
    case OPTION_WORD:
        return set_word(row, value, at, error);
    case OPTION_LIST:
        list = at;
        if (list->count == sizeof(list->items) / sizeof(list->items[0])) {
            return ccm_fail(error, CCM_ERROR_USAGE, "--%s: given more than %zu times", row->name,
                            list->count);
        }
        list->items[list->count++] = value;
        return CCM_OK;
    }
    return CCM_OK;
}

const struct option_row *options_find(const struct option_row *const *tables, const char *name,
                                      size_t length)
{
    for (; *tables; tables++) {
        for (const struct option_row *row = *tables; row->name; row++) {
            if (strlen(row->name) == length && strncmp(row->name, name, length) == 0) {
                return row;
            }
        }
    }
    return NULL;
}

static const struct option_row *find_short(const struct option_row *const *tables, char letter)
{
    for (; *tables; tables++) {
        for (const struct option_row *row = *tables; row->name; row++) {
            if (row->letter == letter) {
                return row;
            }
        }
    }
    return NULL;
}

enum ccm_status options_set(const struct option_row *row, const char *value,
                            struct cli_settings *settings, struct ccm_error *error)
{
    if (row->type == OPTION_FLAG && value) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--%s takes no value", row->name);
    }
    if (row->type != OPTION_FLAG && !value) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--%s: %s is missing", row->name, row->argument);
    }
    if (row->type == OPTION_STRING && value[0] == '\0') {
        return ccm_fail(error, CCM_ERROR_USAGE, "--%s: %s is empty", row->name, row->argument);
    }
    return set_value(row, value, settings, error);
}

/* One option at argv[*at], with its value from there or from the next argument. */
static enum ccm_status parse_option(const struct option_row *const *tables, int argc,
                                    char *const *argv, int *at, struct cli_settings *settings,
                                    struct ccm_error *error)
{
    const char *text = argv[*at];
    const bool is_long = text[1] == '-';
    const char *equals = is_long ? strchr(text, '=') : NULL;
    const size_t length = equals ? (size_t)(equals - text - 2) : is_long ? strlen(text + 2) : 1;
    const struct option_row *row =
        is_long ? options_find(tables, text + 2, length) : find_short(tables, text[1]);
    const char *value = equals ? equals + 1 : !is_long && text[2] ? text + 2 : NULL;

    if (!row) {
        return ccm_fail(error, CCM_ERROR_USAGE, "unknown option %s (see --help)", text);
    }
    if (row->type != OPTION_FLAG && !value && *at + 1 < argc) {
        value = argv[++*at];
    }
    return options_set(row, value, settings, error);
}

/* "-" is a file name, and -2146893042 a code. */
static bool is_option(const char *text)
{
    return text[0] == '-' && text[1] != '\0' && !(text[1] >= '0' && text[1] <= '9');
}

enum ccm_status options_parse(const struct option_row *const *tables, int argc, char *const *argv,
                              int first, struct cli_settings *settings, struct ccm_error *error)
{
    static const struct option_row argument = {"argument", 0, OPTION_LIST, AT(arguments), "", "",
                                               NULL,       0, 0,           NULL};
    enum ccm_status status = CCM_OK;
    bool only_arguments = false;

    for (int i = first; i < argc && status == CCM_OK; i++) {
        if (only_arguments || !is_option(argv[i])) {
            status = set_value(&argument, argv[i], settings, error);
        } else if (strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else {
            status = parse_option(tables, argc, argv, &i, settings, error);
        }
    }
    return status;
}
