/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a command line names: folders stand for what is in them. */
#ifndef CCM_CLI_FILES_H
#define CCM_CLI_FILES_H

#include "base/arena.h"
#include "base/status.h"
#include "cli/settings.h"

enum {
    FILES_MAX = 16384,    /* of all arguments together: the identity files of a fleet */
    FILES_DEPTH_MAX = 16, /* folders in folders */
};

/* A file, or a place where something is not there or was left out. */
struct file_entry {
    const char *path;
    const char *problem; /* NULL for a file */
};

struct file_list {
    struct file_entry *items;
    size_t count;
};

/* Lists the arguments in their order, and of a folder its files and folders by name, without hidden
   names. What is not there, and in folders links and what is no regular file, is listed with that
   problem. */
void files_find(const struct cli_list *arguments, struct arena *arena, struct file_list *list_out);

/* Reads up to `size` bytes of a file's beginning ("-" is standard input, of which nothing is
   consumed). Returns how many there were; 0 also when it cannot be told without consuming them. */
size_t files_peek(const char *path, void *head, size_t size);

#endif
