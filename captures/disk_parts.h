/* SPDX-License-Identifier: Apache-2.0 */
/* What disk.c, disk_files.c and disk_registry.c share: one disk while it is looked at. */
#ifndef CCM_CAPTURES_DISK_PARTS_H
#define CCM_CAPTURES_DISK_PARTS_H

#include "captures/disk.h"
#include "captures/tree.h"

/* An entry of the disk that may matter, kept from the walk. */
struct disk_entry {
    const char *path;
    int depth;
    enum tree_type type;
};

struct disk {
    const struct disk_settings *settings;
    struct evidence_set *evidence;
    int folder;                            /* descriptor */
    struct arena arena;                    /* of this struct's texts */
    const char *patterns[DISK_ITEM_COUNT]; /* of names that matter; NULL: of no item wanted */
    struct disk_entry *entries;
    size_t entry_count;
    enum disk_layout layout;
    const char *windows; /* the Windows folder below DIR; "" is DIR itself; NULL unknown */
    bool whole;          /* every folder could be read */
};

/* disk_files.c: walks, finds the Windows folder, adds the record of DISK_FILES. */
void disk_walk(struct disk *disk);

/* The items of DISK_FILES. */
void disk_file_items(struct disk *disk);

/* The entry at `path` below the Windows folder ("System32/config/SOFTWARE"); in a bag, where there
   is none, the uppermost entry of its last name. NULL when there is none. */
const struct disk_entry *disk_find(const struct disk *disk, const char *path);

/* disk_registry.c: opens one hive, adds its record and its items. */
void disk_hive_items(struct disk *disk, enum disk_source source);

/* disk.c: what both add. */
struct evidence_source *disk_add_source(struct disk *disk, enum disk_source source,
                                        const struct disk_entry *entry);
struct evidence_item *disk_add_found(struct disk *disk, enum disk_item item, const char *place);
void disk_add_absent(struct disk *disk, enum disk_item item);

/* The place of an item with {site} filled in. */
const char *disk_place(struct disk *disk, enum disk_item item);

/* Is the item of this run? An image is not searched for what a site leaves, and the reverse. */
bool disk_wants(const struct disk *disk, enum disk_item item);

/* Was this place recorded already, for an item of the same kind? */
bool disk_has_place(const struct disk *disk, enum disk_item item, const char *place);

#endif
