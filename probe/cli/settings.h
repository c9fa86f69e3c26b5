/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that a command line can say, as plain data. */
#ifndef CCM_CLI_SETTINGS_H
#define CCM_CLI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

/* sysexits.h, and Nagios' four for a judgement (0 ok, 1 warn, 2 fail, 3 could not tell). */
enum exit_status {
    EXIT_GOOD = 0,
    EXIT_WARNINGS = 1,
    EXIT_FAULT = 2,
    EXIT_COULD_NOT_TELL = 3,
    EXIT_USAGE = 64,
    EXIT_INTERNAL = 70,
    EXIT_IO = 74,
    EXIT_INTERRUPTED = 130,
};

enum cli_format {
    FORMAT_TEXT = 0,
    FORMAT_JSON,
    FORMAT_CSV,
};

enum cli_color {
    COLOR_AUTO = 0,
    COLOR_ALWAYS,
    COLOR_NEVER,
};

/* An option that may be given several times. */
struct cli_list {
    const char *items[512];
    size_t count;
};

/* Strings are those of argv and of the configuration file. A NULL or 0 is "not given", or the
 * default of settings_init. */
struct cli_settings {
    struct cli_list arguments; /* what is no option */
    const char *mp_list;       /* file with more of them */
    bool discover;
    struct cli_list sites; /* codes, whose MPs are looked for in DNS as well */

    const char *principal;
    const char *keytab;
    const char *ccache;
    const char *password_file;
    struct cli_list kdcs; /* REALM=HOST[:PORT] */
    const char *resolver;
    int scheme; /* index into WORDS_SCHEME */
    long port;  /* 0: the scheme's own */
    const char *path;
    const char *ca_file;
    bool insecure;
    bool all_addresses;
    long deadline; /* seconds; 0: not given */

    struct cli_list domains; /* of the forests to be listed; none: the identity's */

    const char *client; /* of recordings: only what this client did */
    const char *mp;     /* only at this MP */
    const char *since;  /* only in this time, as it was given */
    const char *until;
    const char *annotate;       /* where the recording goes again, with comments */
    const char *redact;         /* the same, without names and secrets */
    struct cli_list signatures; /* files of known problems, beside those built in */

    bool no_directory;
    struct cli_list dcs; /* HOST, or DOMAIN=HOST */
    int ldap_security;   /* index into WORDS_LDAP_SECURITY, an enum directory_security */
    bool every_dc;
    struct cli_list known_good; /* SPN=ACCOUNT */
    bool show_queries;

    bool each;        /* the folders are folders of images */
    const char *site; /* code of the site that was removed */
    bool checklist;

    int format; /* enum cli_format */
    const char *output;
    const char *save;
    int color;      /* enum cli_color */
    int level;      /* index into WORDS_LEVEL */
    int fail_level; /* the same */
    bool verbose;
    const char *config; /* the configuration file, if not the usual one */
    bool help;
};

extern const char *const WORDS_SCHEME[];
extern const char *const WORDS_FORMAT[];
extern const char *const WORDS_LIST_FORMAT[];
extern const char *const WORDS_LDAP_SECURITY[];
extern const char *const WORDS_COLOR[];
extern const char *const WORDS_LEVEL[]; /* of --level: index is enum finding_level minus LEVEL_OK */

void settings_init(struct cli_settings *settings);

#endif
