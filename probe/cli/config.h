/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration file: options that stand for every run, as "option value" or "option = value",
 * one a line, by their long names; "#" begins a comment. What is intended is written down there
 * (known-good), and what an organisation's network asks for (resolver, kdc, ldap, cacert).
 */
#ifndef CCM_CLI_CONFIG_H
#define CCM_CLI_CONFIG_H

#include "base/arena.h"
#include "cli/options.h"

/* The file to read: the one that is given, else the first of $XDG_CONFIG_HOME/ccmprobe.conf
   (~/.config/ccmprobe.conf) and /etc/ccmprobe.conf that there is; NULL when there is none. */
const char *config_path(const char *given, struct arena *arena);

/*
 * Reads the file into `settings`. Options that only other commands know are passed over; one that
 * no command knows is an error. `own_identity`: the command line brings an identity, and the file's
 * does not count. Strings live in the arena. Errors name file and line.
 */
enum ccm_status config_read(const char *path, const struct option_row *const *tables,
                            bool own_identity, struct arena *arena, struct cli_settings *settings,
                            struct ccm_error *error) CCM_MUST_CHECK;

#endif
