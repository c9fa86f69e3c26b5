/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that do what a checklist has left to do, for an administrator to run on the computer
 * whose disk it is (cmd.exe). ccmprobe runs none of them.
 *
 * Names come from the disk and are hostile: only a command whose every name is plain (letters,
 * digits, blanks and the few signs that names have there) is written, for others the place is named
 * and left to hands. No command is longer than a line of the report.
 */
#ifndef CCM_REPORT_DISK_COMMANDS_H
#define CCM_REPORT_DISK_COMMANDS_H

#include "rules/checklist.h"

struct disk_command {
    const char *step; /* the number of its step */
    const char *text;
    bool by_hand; /* the text is a place, no command */
};

struct disk_commands {
    struct disk_command *items;
    size_t count;
    bool registry; /* one of them changes the registry */
};

void disk_commands_make(const struct checklist *checklist, struct arena *arena,
                        struct disk_commands *commands_out);

#endif
