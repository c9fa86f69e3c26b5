/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"

enum { FOLDER_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW };

struct walker {
    struct arena *arena; /* of the result */
    tree_visit_fn *visit;
    void *context;
    struct tree_walk *walk;
    struct buffer path;
};

/* What one folder holds. */
struct listing {
    struct arena arena;
    struct listed {
        const char *name;
        enum tree_type type;
    } * items;
    size_t count;
};

int tree_open(const char *folder, struct ccm_error *error)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        ccm_fail(error, CCM_ERROR_IO, "cannot read the folder %s: %s", folder, strerror(errno));
    }
    return fd;
}

static enum tree_type type_of(int folder, const struct dirent *entry)
{
    unsigned char type = entry->d_type;
    struct stat status;

    if (type == DT_UNKNOWN && fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        type = S_ISREG(status.st_mode)   ? DT_REG
               : S_ISDIR(status.st_mode) ? DT_DIR
               : S_ISLNK(status.st_mode) ? DT_LNK
                                         : DT_UNKNOWN;
    }
    return type == DT_REG   ? TREE_FILE
           : type == DT_DIR ? TREE_FOLDER
           : type == DT_LNK ? TREE_LINK
                            : TREE_OTHER;
}

static int compare_names(const void *left, const void *right)
{
    const struct listed *a = left;
    const struct listed *b = right;

    return strcmp(a->name, b->name);
}

/* Reads and closes the folder. */
static void list_folder(struct walker *walker, int folder, struct listing *listing)
{
    DIR *stream = fdopendir(folder);
    const struct dirent *entry;

    if (!stream) {
        close(folder);
        return;
    }
    while (!walker->walk->limit && (entry = readdir(stream)) != NULL) {
        void *items = listing->items;
        struct listed *item;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        walker->walk->limit = ++walker->walk->entries > TREE_ENTRY_LIMIT;
        item = arena_push(&listing->arena, &items, &listing->count, sizeof(*item));
        listing->items = items;
        item->name = arena_strdup(&listing->arena, entry->d_name);
        item->type = type_of(folder, entry);
    }
    closedir(stream);
    if (listing->count > 1) {
        qsort(listing->items, listing->count, sizeof(*listing->items), compare_names);
    }
}

static void note_unread(struct walker *walker, int problem)
{
    if (walker->walk->unread++ == 0) {
        walker->walk->unread_path = arena_strdup(walker->arena, buffer_text(&walker->path));
        walker->walk->problem = arena_strdup(walker->arena, strerror(problem));
    }
}

/* Recursion ends at TREE_DEPTH_LIMIT. */
static void walk_folder(struct walker *walker, int parent, const char *name, int depth)
{
    const size_t base = walker->path.length;
    const int folder = openat(parent, name, FOLDER_FLAGS);
    int own;
    struct listing listing = {0};

    if (folder < 0) {
        note_unread(walker, errno);
        return;
    }
    own = dup(folder);
    if (own >= 0) {
        list_folder(walker, own, &listing);
    }
    for (size_t i = 0; i < listing.count; i++) {
        const struct listed *item = &listing.items[i];
        struct tree_entry entry = {.depth = depth, .type = item->type};

        buffer_printf(&walker->path, "%s%s", base > 0 ? "/" : "", item->name);
        entry.path = buffer_text(&walker->path);
        entry.name = entry.path + base + (base > 0 ? 1 : 0);
        walker->visit(walker->context, &entry);
        if (item->type == TREE_FOLDER && depth + 1 < TREE_DEPTH_LIMIT) {
            walk_folder(walker, folder, item->name, depth + 1);
        } else if (item->type == TREE_FOLDER) {
            walker->walk->limit = true;
        }
        buffer_truncate(&walker->path, base);
    }
    arena_release(&listing.arena);
    close(folder);
}

void tree_walk(int folder, struct arena *arena, tree_visit_fn *visit, void *context,
               struct tree_walk *walk_out)
{
    struct walker walker = {.arena = arena, .visit = visit, .context = context, .walk = walk_out};

    memset(walk_out, 0, sizeof(*walk_out));
    walk_folder(&walker, folder, ".", 0);
    buffer_release(&walker.path);
}

void tree_folders(int folder, struct arena *arena, const char ***names_out, size_t *count_out)
{
    struct tree_walk walk = {0};
    struct walker walker = {.walk = &walk};
    struct listing listing = {0};
    const int own = openat(folder, ".", FOLDER_FLAGS);

    if (own >= 0) {
        list_folder(&walker, own, &listing);
    }
    *names_out = arena_alloc(arena, (listing.count + 1) * sizeof(**names_out));
    *count_out = 0;
    for (size_t i = 0; i < listing.count; i++) {
        if (listing.items[i].type == TREE_FOLDER) {
            (*names_out)[(*count_out)++] = arena_strdup(arena, listing.items[i].name);
        }
    }
    arena_release(&listing.arena);
}

static enum source_state state_of(int problem)
{
    return problem == ENOENT                        ? SOURCE_MISSING
           : problem == ELOOP || problem == ENOTDIR ? SOURCE_LINK
                                                    : SOURCE_UNREADABLE;
}

int tree_open_file(int folder, const char *path, enum source_state *state_out)
{
    struct arena arena = {0};
    char *copy = arena_strdup(&arena, path);
    int at = dup(folder);
    int fd = -1;
    struct stat status;

    for (char *name = copy; at >= 0 && name;) {
        char *slash = strchr(name, '/');
        int next;

        if (slash) {
            *slash = '\0';
        }
        /* O_NONBLOCK: a pipe must not make the program wait. */
        next =
            openat(at, name, slash ? FOLDER_FLAGS : O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        *state_out = next < 0 ? state_of(errno) : SOURCE_READ;
        close(at);
        at = slash ? next : -1;
        fd = slash ? -1 : next;
        name = slash ? slash + 1 : NULL;
    }
    if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
        close(fd);
        fd = -1;
        errno = EINVAL;
        *state_out = SOURCE_OTHER;
    }
    arena_release(&arena);
    return fd;
}
