/* SPDX-License-Identifier: Apache-2.0 */
/* The files and folders of a disk: one walk, and what it found. */
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "captures/disk_parts.h"
#include "captures/hive.h"

/* More entries that may matter are not kept: nobody has ten thousand copies of Smsuid.dat. */
enum { KEPT_LIMIT = 10000 };

/* Files and folders that are opened, or tell where Windows is. */
static const char *const OPENED[] = {
    "SOFTWARE",   "SYSTEM",      "SAM",          "SECURITY",
    "Smscfg.ini", "System32",    "MetaBase.xml", "applicationHost.config",
    "SMS",        "MetaBase.bin"};

static const char *last_part(const char *place)
{
    const char *slash = strrchr(place, '\\');

    return slash ? slash + 1 : place;
}

static bool matters(const struct disk *disk, const char *name)
{
    for (size_t i = 0; i < sizeof(OPENED) / sizeof(OPENED[0]); i++) {
        if (strcasecmp(OPENED[i], name) == 0) {
            return true;
        }
    }
    for (int item = DISK_ITEM_NONE + 1; item < DISK_ITEM_COUNT; item++) {
        if (disk->patterns[item] && hive_name_matches(name, disk->patterns[item])) {
            return true;
        }
    }
    return false;
}

static void keep(void *context, const struct tree_entry *entry)
{
    struct disk *disk = context;
    void *items = disk->entries;
    struct disk_entry *kept;

    if (disk->entry_count >= KEPT_LIMIT || !matters(disk, entry->name)) {
        disk->whole = disk->whole && disk->entry_count < KEPT_LIMIT;
        return;
    }
    kept = arena_push(&disk->arena, &items, &disk->entry_count, sizeof(*kept));
    disk->entries = items;
    *kept = (struct disk_entry){.path = arena_strdup(&disk->arena, entry->path),
                                .depth = entry->depth,
                                .type = entry->type};
}

static const char *name_of(const struct disk_entry *entry)
{
    const char *slash = strrchr(entry->path, '/');

    return slash ? slash + 1 : entry->path;
}

/* The folder above the uppermost System32; of several, the first by name, so that "Windows" comes
   before "Windows.old". */
static void find_windows(struct disk *disk)
{
    const struct disk_entry *found = NULL;

    for (size_t i = 0; i < disk->entry_count; i++) {
        const struct disk_entry *entry = &disk->entries[i];

        if (entry->type == TREE_FOLDER && strcasecmp(name_of(entry), "System32") == 0 &&
            (!found || entry->depth < found->depth)) {
            found = entry;
        }
    }
    disk->layout = !found ? LAYOUT_BAG : found->depth == 0 ? LAYOUT_WINDOWS : LAYOUT_DISK;
    if (found) {
        const size_t length = strlen(found->path) - strlen(name_of(found));

        disk->windows = arena_strndup(&disk->arena, found->path, length > 0 ? length - 1 : 0);
    }
}

void disk_walk(struct disk *disk)
{
    struct tree_walk walk;
    struct evidence_source *source;

    disk->whole = true;
    for (int item = DISK_ITEM_NONE + 1; item < DISK_ITEM_COUNT; item++) {
        if (disk_item_row((enum disk_item)item)->source == DISK_FILES &&
            disk_wants(disk, (enum disk_item)item)) {
            disk->patterns[item] = last_part(disk_place(disk, (enum disk_item)item));
        }
    }
    tree_walk(disk->folder, &disk->evidence->arena, keep, disk, &walk);
    find_windows(disk);
    disk->whole = disk->whole && walk.unread == 0 && !walk.limit;
    source = disk_add_source(disk, DISK_FILES, NULL);
    source->state = disk->whole && disk->layout != LAYOUT_BAG ? SOURCE_READ : SOURCE_PARTLY;
    source->layout = disk->layout;
    source->windows = disk->windows ? evidence_text(&disk->evidence->arena, disk->windows,
                                                    strlen(disk->windows), PATH_MAX)
                                    : NULL;
    source->entries = (int64_t)walk.entries;
    if (walk.unread > 0) {
        source->path =
            evidence_text(&disk->evidence->arena, walk.unread_path, strlen(walk.unread_path), 512);
        source->problem = walk.problem;
    } else if (!disk->whole) {
        source->problem = "more files, or folders in folders, than are looked at";
    }
}

/* Is the entry `path` below the Windows folder? */
static bool is_below_windows(const struct disk *disk, const struct disk_entry *entry,
                             const char *path)
{
    const size_t length = disk->windows ? strlen(disk->windows) : 0;

    return disk->windows && strncmp(entry->path, disk->windows, length) == 0 &&
           (length == 0 || entry->path[length] == '/') &&
           strcasecmp(entry->path + length + (length > 0 ? 1 : 0), path) == 0;
}

const struct disk_entry *disk_find(const struct disk *disk, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const struct disk_entry *found = NULL;

    for (size_t i = 0; i < disk->entry_count; i++) {
        const struct disk_entry *entry = &disk->entries[i];

        if (disk->windows ? is_below_windows(disk, entry, path)
                          : entry->type != TREE_FOLDER && strcasecmp(name_of(entry), name) == 0 &&
                                (!found || entry->depth < found->depth)) {
            found = entry;
        }
    }
    return found;
}

/* Places are "\**\name", "%SystemRoot%\path" or "X:\name". */
static bool entry_is(struct disk *disk, const struct disk_entry *entry, const char *place)
{
    static const char root[] = "%SystemRoot%\\";
    char path[64];

    if (strncmp(place, root, sizeof(root) - 1) == 0) {
        size_t length = 0;

        for (const char *at = place + sizeof(root) - 1; *at && length + 1 < sizeof(path); at++) {
            path[length++] = *at == '\\' ? '/' : *at;
        }
        path[length] = '\0';
        return disk->windows ? is_below_windows(disk, entry, path) : disk_find(disk, path) == entry;
    }
    return hive_name_matches(name_of(entry), last_part(place)) &&
           (place[0] == '\\' || entry->depth == 0);
}

/* Would it have been seen, were it there? */
static bool is_in_view(const struct disk *disk, const char *place)
{
    return disk->whole &&
           (disk->layout == LAYOUT_DISK || (disk->layout == LAYOUT_WINDOWS && place[0] == '%'));
}

static void file_item(struct disk *disk, enum disk_item item)
{
    const enum disk_item_kind kind = disk_item_row(item)->kind;
    const char *place = disk_place(disk, item);
    bool found = false;

    for (size_t i = 0; i < disk->entry_count; i++) {
        const struct disk_entry *entry = &disk->entries[i];

        /* A link by that name is copied with the disk as well. */
        if ((entry->type == TREE_LINK ||
             entry->type == (kind == DISK_KIND_FOLDER ? TREE_FOLDER : TREE_FILE)) &&
            entry_is(disk, entry, place)) {
            disk_add_found(disk, item, entry->path);
            found = true;
        }
    }
    if (!found && is_in_view(disk, place)) {
        disk_add_absent(disk, item);
    }
}

void disk_file_items(struct disk *disk)
{
    for (int item = DISK_ITEM_NONE + 1; item < DISK_ITEM_COUNT; item++) {
        if (disk_item_row((enum disk_item)item)->source == DISK_FILES &&
            disk_wants(disk, (enum disk_item)item)) {
            file_item(disk, (enum disk_item)item);
        }
    }
}
