/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/interrupt.h"

struct finding_files {
    struct arena *arena;
    struct file_list *list;
    bool full; /* the limit is told once */
};

static void add(struct finding_files *finding, const char *path, const char *problem)
{
    void *items = finding->list->items;
    struct file_entry *entry;

    if (finding->full) {
        return;
    }
    if (finding->list->count == FILES_MAX) {
        finding->full = true;
        problem = arena_printf(finding->arena, "cannot read %s: more than %d files are named", path,
                               FILES_MAX);
    }
    entry = arena_push(finding->arena, &items, &finding->list->count, sizeof(*entry));
    finding->list->items = items;
    entry->path = path;
    entry->problem = problem;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* alphasort follows the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* What is in a folder and no file or folder; a link leads out of what was named. */
static const char *other_words(mode_t mode)
{
    return S_ISLNK(mode)    ? "a link, which is not followed"
           : S_ISFIFO(mode) ? "a pipe"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

static void find_in(struct finding_files *finding, const char *folder, int depth)
{
    const size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    struct dirent **names = NULL;
    int count = depth < FILES_DEPTH_MAX ? scandir(folder, &names, is_visible, by_name) : 0;

    if (depth == FILES_DEPTH_MAX || count < 0) {
        add(finding, folder,
            arena_printf(finding->arena, "cannot read %s: %s", folder,
                         count < 0 ? strerror(errno) : "too many folders in folders"));
        return;
    }
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(finding->arena, "%s%s%s", folder, slash, names[i]->d_name);
        struct stat there;

        if (lstat(path, &there) != 0) {
            add(finding, path,
                arena_printf(finding->arena, "cannot read %s: %s", path, strerror(errno)));
        } else if (S_ISDIR(there.st_mode)) {
            find_in(finding, path, depth + 1);
        } else {
            add(finding, path,
                S_ISREG(there.st_mode) ? NULL
                                       : arena_printf(finding->arena, "%s is not read: it is %s",
                                                      path, other_words(there.st_mode)));
        }
        free(names[i]);
    }
    free(names);
}

void files_find(const struct cli_list *arguments, struct arena *arena, struct file_list *list_out)
{
    struct finding_files finding = {arena, list_out, false};

    memset(list_out, 0, sizeof(*list_out));
    for (size_t i = 0; i < arguments->count; i++) {
        const char *path = arguments->items[i];
        struct stat there;

        if (strcmp(path, "-") == 0) {
            add(&finding, path, NULL);
        } else if (stat(path, &there) != 0) {
            add(&finding, path, arena_printf(arena, "cannot read %s: %s", path, strerror(errno)));
        } else if (S_ISDIR(there.st_mode)) {
            find_in(&finding, path, 0);
        } else {
            add(&finding, path, NULL);
        }
    }
}

/* Waits until somebody writes; false when the user would not wait. */
static bool wait_for(int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = interrupt_fd(), .events = POLLIN}};

    while (poll(fds, 2, -1) < 0 && errno == EINTR) {}
    return !fds[1].revents;
}

/* What is in a pipe is copied to another one: tee(2) leaves it where it was. */
static ssize_t peek_pipe(int fd, void *head, size_t size)
{
    ssize_t got = -1;
    int copy[2];

    if (!wait_for(fd) || pipe2(copy, O_CLOEXEC) != 0) {
        return -1;
    }
    if (tee(fd, copy[1], size, 0) > 0) {
        got = read(copy[0], head, size);
    }
    close(copy[0]);
    close(copy[1]);
    return got;
}

static size_t peek(int fd, void *head, size_t size)
{
    const off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t got = at < 0 ? peek_pipe(fd, head, size) : pread(fd, head, size, at);

    return got > 0 ? (size_t)got : 0;
}

size_t files_peek(const char *path, void *head, size_t size)
{
    struct stat there;
    size_t got;
    int fd;

    if (strcmp(path, "-") == 0) {
        return peek(STDIN_FILENO, head, size);
    }
    /* Whoever writes to a named pipe would notice that it is opened twice. */
    if (stat(path, &there) != 0 || !S_ISREG(there.st_mode)) {
        return 0;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return 0;
    }
    got = peek(fd, head, size);
    close(fd);
    return got;
}
