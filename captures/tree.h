/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files below one folder, read and never written.
 *
 * Nothing outside of the folder is ever opened: no symbolic link is followed, neither as a file nor
 * as a part of a path. (The folder itself may be a link: it is what the user named.) What a link
 * inside of the folder points to, and lies inside too, is seen where it lies. Names are compared
 * without regard to ASCII case, as Windows does; they need not be UTF-8.
 */
#ifndef CCM_CAPTURES_TREE_H
#define CCM_CAPTURES_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"
#include "evidence/disk.h"

/* More entries, or folders in folders, than these are not looked at. */
enum { TREE_ENTRY_LIMIT = 4000000, TREE_DEPTH_LIMIT = 48 };

enum tree_type {
    TREE_FILE,
    TREE_FOLDER,
    TREE_LINK,
    TREE_OTHER, /* a pipe, a device */
};

struct tree_entry {
    const char *path; /* below the folder, "/" between names; borrowed for the call */
    const char *name; /* its last component */
    int depth;        /* 0: in the folder itself */
    enum tree_type type;
};

typedef void tree_visit_fn(void *context, const struct tree_entry *entry);

struct tree_walk {
    size_t entries;
    size_t unread;           /* folders that could not be read */
    const char *unread_path; /* the first of them, and why, in `arena`; NULL */
    const char *problem;
    bool limit; /* a limit of the above was hit */
};

/* Opens a folder; close(2) it. -1 with a sentence when it cannot be. */
int tree_open(const char *folder, struct ccm_error *error);

/* Visits every entry below, a folder before what is in it, in the order of names. */
void tree_walk(int folder, struct arena *arena, tree_visit_fn *visit, void *context,
               struct tree_walk *walk_out);

/* The names of the folders in a folder, in order, without links. */
void tree_folders(int folder, struct arena *arena, const char ***names_out, size_t *count_out);

/* Opens a regular file below for reading. -1 when it cannot be: `state_out` says what stands in the
   way (SOURCE_MISSING, SOURCE_LINK, SOURCE_UNREADABLE, SOURCE_OTHER), errno why. */
int tree_open_file(int folder, const char *path, enum source_state *state_out);

#endif
