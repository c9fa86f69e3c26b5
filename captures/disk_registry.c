/* SPDX-License-Identifier: Apache-2.0 */
/* What the hives of a disk hold. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "captures/disk_parts.h"
#include "captures/hive.h"
#include "decode/sid.h"

enum {
    PATH_LIMIT = 1024,
    VALUE_LIMIT = 512,
    SID_SIZE = 24,         /* of a machine: S-1-5-21 and three numbers, [MS-DTYP] 2.4.2.2 */
    CONTROL_SET_LAST = 999 /* ControlSet001, ... */
};

#define CURRENT "CurrentControlSet\\"

/* One hive while it is looked at. */
struct view {
    struct disk *disk;
    struct hive *hive;
    enum disk_source source;
    const char *prefix; /* of places: "HKLM\SOFTWARE\" */
    int control_set;    /* of SYSTEM */
};

static const struct {
    enum disk_source source;
    const char *path;
    const char *prefix;
} HIVES[] = {
    {DISK_SOFTWARE, "System32/config/SOFTWARE", "HKLM\\SOFTWARE\\"},
    {DISK_SYSTEM, "System32/config/SYSTEM", "HKLM\\SYSTEM\\"},
    {DISK_SAM, "System32/config/SAM", "HKLM\\SAM\\"},
    {DISK_SECURITY, "System32/config/SECURITY", "HKLM\\SECURITY\\"},
};

/* The machine's SID is the last thing that both values hold. */
static void add_sid(struct view *view, enum disk_item item, const struct hive_match *match)
{
    struct disk *disk = view->disk;
    const char *sid =
        match->bytes && match->length >= SID_SIZE
            ? sid_text(&disk->evidence->arena, match->bytes + match->length - SID_SIZE, SID_SIZE)
            : NULL;

    if (sid) {
        disk_add_found(disk, item, arena_printf(&disk->arena, "%s%s", view->prefix, match->path))
            ->value = sid;
    }
}

/* The start type of a service. False for a key that is none: those of performance counters have no
   such value. */
static bool read_start(struct view *view, const struct hive_match *match, int64_t *start_out)
{
    struct arena *arena = &view->disk->arena;
    struct hive_matches start;

    hive_values(view->hive, arena, arena_printf(arena, "%s\\Start", match->path), &start);
    *start_out = start.count > 0 ? start.items[0].number : EVIDENCE_UNKNOWN;
    return start.count > 0 || start.failed;
}

/* False when the match is none after all, or is known already. */
static bool add_match(struct view *view, enum disk_item item, const struct hive_match *match)
{
    struct disk *disk = view->disk;
    const enum disk_item_kind kind = disk_item_row(item)->kind;
    const char *place = arena_printf(&disk->arena, "%s%s", view->prefix, match->path);
    int64_t start = EVIDENCE_UNKNOWN;
    struct evidence_item *record;

    if (disk_has_place(disk, item, evidence_text(&disk->arena, place, strlen(place), PATH_LIMIT))) {
        return false;
    }
    if (kind == DISK_KIND_START && !read_start(view, match, &start)) {
        return false;
    }
    if (kind == DISK_KIND_SID) {
        add_sid(view, item, match);
        return true;
    }
    record = disk_add_found(disk, item, place);
    if (kind == DISK_KIND_VALUE && match->value) {
        record->value =
            evidence_text(&disk->evidence->arena, match->value, strlen(match->value), VALUE_LIMIT);
    }
    record->number = start;
    return true;
}

/* Looks at one path of the hive. False: could not be looked at to the end. */
static bool look_at(struct view *view, enum disk_item item, const char *path, bool *found)
{
    const enum disk_item_kind kind = disk_item_row(item)->kind;
    struct hive_matches matches;

    if (kind == DISK_KIND_VALUE || kind == DISK_KIND_SID) {
        hive_values(view->hive, &view->disk->arena, path, &matches);
    } else {
        hive_keys(view->hive, &view->disk->arena, path, &matches);
    }
    for (size_t i = 0; i < matches.count; i++) {
        *found = add_match(view, item, &matches.items[i]) || *found;
    }
    return !matches.failed;
}

static void look_for(struct view *view, enum disk_item item)
{
    struct disk *disk = view->disk;
    const char *path = disk_place(disk, item) + strlen(view->prefix);
    bool found = false;
    bool whole;

    if (view->source == DISK_SYSTEM) {
        path = arena_printf(&disk->arena, "ControlSet%03d\\%s", view->control_set,
                            path + sizeof(CURRENT) - 1);
    }
    whole = look_at(view, item, path, &found);
    /* What a 32-bit program wrote on 64-bit Windows. */
    if (view->source == DISK_SOFTWARE) {
        whole = look_at(view, item, arena_printf(&disk->arena, "WOW6432Node\\%s", path), &found) &&
                whole;
    }
    if (!found && whole) {
        disk_add_absent(disk, item);
    }
}

/* The control set that Windows started with last; 0 when the hive names none. */
static int read_control_set(struct view *view)
{
    struct hive_matches matches;

    hive_values(view->hive, &view->disk->arena, "Select\\Current", &matches);
    return matches.count > 0 && matches.items[0].number > 0 &&
                   matches.items[0].number <= CONTROL_SET_LAST
               ? (int)matches.items[0].number
               : 0;
}

static void look_for_all(struct view *view)
{
    for (int item = DISK_ITEM_NONE + 1; item < DISK_ITEM_COUNT; item++) {
        if (disk_item_row((enum disk_item)item)->source == view->source &&
            disk_wants(view->disk, (enum disk_item)item)) {
            look_for(view, (enum disk_item)item);
        }
    }
}

static void open_hive(struct view *view, const struct disk_entry *entry,
                      struct evidence_source *source)
{
    struct hive_state state;
    const int fd = tree_open_file(view->disk->folder, entry->path, &source->state);

    if (fd < 0) {
        source->problem = strerrordesc_np(errno);
        return;
    }
    view->hive = hive_open(fd, &state);
    source->state = state.state;
    source->dirty = state.dirty;
    source->bytes = state.bytes;
    source->expected_bytes = state.expected_bytes;
    source->written_at = state.written_at;
    source->problem = state.problem;
    if (view->hive && view->source == DISK_SYSTEM) {
        view->control_set = read_control_set(view);
        if (view->control_set == 0) {
            source->state = SOURCE_DAMAGED;
            source->problem = "names no current control set";
        }
    }
    if (source->state == SOURCE_READ) {
        look_for_all(view);
    }
    hive_close(view->hive);
    close(fd);
}

void disk_hive_items(struct disk *disk, enum disk_source source)
{
    for (size_t i = 0; i < sizeof(HIVES) / sizeof(HIVES[0]); i++) {
        if (HIVES[i].source == source) {
            const struct disk_entry *entry = disk_find(disk, HIVES[i].path);
            struct evidence_source *record = disk_add_source(disk, source, entry);
            struct view view = {.disk = disk, .source = source, .prefix = HIVES[i].prefix};

            record->state = SOURCE_MISSING;
            if (entry) {
                open_hive(&view, entry, record);
            }
        }
    }
}
