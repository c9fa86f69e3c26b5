/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/lines.h"

static const char NAME[] = "ccmprobe.conf";
static const char SYSTEM_FOLDER[] = "/etc";

struct reading {
    const struct option_row *const *tables; /* of the command */
    bool own_identity;
    struct cli_settings *settings;
};

const char *config_path(const char *given, struct arena *arena)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    const char *paths[] = {
        config && config[0] == '/' ? arena_printf(arena, "%s/%s", config, NAME)
        : home && home[0] == '/'   ? arena_printf(arena, "%s/.config/%s", home, NAME)
                                   : NULL,
        arena_printf(arena, "%s/%s", SYSTEM_FOLDER, NAME),
    };

    for (size_t i = 0; !given && i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (paths[i] && access(paths[i], F_OK) == 0) {
            return paths[i];
        }
    }
    return given;
}

static bool some_command_knows(const char *name, size_t length)
{
    for (const struct command *command = COMMANDS; command->name; command++) {
        if (options_find(command->options, name, length)) {
            return true;
        }
    }
    return false;
}

/* "option value", "option = value", or a flag alone. */
static enum ccm_status take_option(void *context, const char *content, struct ccm_error *error)
{
    static const struct option_row *const own[] = {OPTIONS_CONFIG, OPTIONS_HELP, NULL};
    static const struct option_row *const identity[] = {OPTIONS_IDENTITY, NULL};
    const struct reading *reading = context;
    const size_t length = strcspn(content, " \t=");
    const struct option_row *row = options_find(reading->tables, content, length);
    const char *value = content + length + strspn(content + length, " \t");

    if (*value == '=') {
        value++;
        value += strspn(value, " \t");
    }
    if (options_find(own, content, length)) {
        return ccm_fail(error, CCM_ERROR_USAGE, "%.100s: for the command line only", content);
    }
    if (!row && !some_command_knows(content, length)) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "unknown option %.*s (as on the command line, "
                        "without the dashes)",
                        (int)(length < 100 ? length : 100), content);
    }
    if (!row || (reading->own_identity && options_find(identity, content, length))) {
        return CCM_OK;
    }
    return options_set(row, content[length] != '\0' ? value : NULL, reading->settings, error);
}

enum ccm_status config_read(const char *path, const struct option_row *const *tables,
                            bool own_identity, struct arena *arena, struct cli_settings *settings,
                            struct ccm_error *error)
{
    struct reading reading = {tables, own_identity, settings};

    return lines_read(path, arena, take_option, &reading, error);
}
