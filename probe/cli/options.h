/* SPDX-License-Identifier: Apache-2.0 */
/* Options as rows of tables that carry their own help; one small parser for all commands. */
#ifndef CCM_CLI_OPTIONS_H
#define CCM_CLI_OPTIONS_H

#include "base/status.h"
#include "cli/settings.h"
#include "live/kdc_list.h"

enum option_type {
    OPTION_FLAG,   /* bool */
    OPTION_STRING, /* const char * */
    OPTION_NUMBER, /* long, least..most */
    OPTION_WORD,   /* int, index into `words` */
    OPTION_LIST,   /* struct cli_list */
};

struct option_row {
    const char *name; /* without the dashes */
    char letter;      /* of the short form; 0 for none */
    enum option_type type;
    size_t offset;        /* in struct cli_settings */
    const char *argument; /* "FILE"; NULL for a flag */
    const char *help;     /* one line, lower case, without a full stop */
    const char *const *words;
    long least;
    long most;
    /* What else a value has to be; CCM_ERROR_USAGE with a sentence. NULL: nothing. */
    enum ccm_status (*check)(const char *value, struct ccm_error *error);
};

/* The tables end with a row without a name. */
extern const struct option_row OPTIONS_IDENTITY[];
extern const struct option_row OPTIONS_TARGET[];
extern const struct option_row OPTIONS_DIRECTORY[];
extern const struct option_row OPTIONS_FOREST[];
extern const struct option_row OPTIONS_RECORDING[];
extern const struct option_row OPTIONS_SAVE[];
extern const struct option_row OPTIONS_IMAGE[];
extern const struct option_row OPTIONS_RESIDUE[];
extern const struct option_row OPTIONS_FORMAT[];
extern const struct option_row OPTIONS_CLIENTS[]; /* the same, of recorded clients */
extern const struct option_row OPTIONS_REPORT[];
extern const struct option_row OPTIONS_LIST[];
extern const struct option_row OPTIONS_CONFIG[];
extern const struct option_row OPTIONS_HELP[];

/* The row of a long option's name among tables (a list that ends in NULL), or NULL. */
const struct option_row *options_find(const struct option_row *const *tables, const char *name,
                                      size_t length);

/* Takes one option; `value` NULL: none was given. CCM_ERROR_USAGE with a sentence that names it. */
enum ccm_status options_set(const struct option_row *row, const char *value,
                            struct cli_settings *settings, struct ccm_error *error) CCM_MUST_CHECK;

/* Takes REALM=HOST[:PORT] apart; the host lies in `value`. CCM_ERROR_USAGE with a sentence. */
enum ccm_status options_split_kdc(const char *value, struct arena *arena, struct kdc_override *kdc,
                                  struct ccm_error *error) CCM_MUST_CHECK;

/*
 * Reads argv from `first` on by the tables into `settings`: "--name VALUE", "--name=VALUE", "-o
 * VALUE", "-oVALUE"; "--" ends the options. CCM_ERROR_USAGE with a sentence that names the option.
 */
enum ccm_status options_parse(const struct option_row *const *tables, int argc, char *const *argv,
                              int first, struct cli_settings *settings,
                              struct ccm_error *error) CCM_MUST_CHECK;

#endif
