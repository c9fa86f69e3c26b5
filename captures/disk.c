/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/disk.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/buffer.h"
#include "captures/disk_parts.h"
#include "captures/hive.h"
#include "captures/identity.h"
#include "captures/iis_config.h"

enum { TEXT_LIMIT = 1024 };

static const char *tame(struct disk *disk, const char *text)
{
    return text ? evidence_text(&disk->evidence->arena, text, strlen(text), TEXT_LIMIT) : NULL;
}

struct evidence_source *disk_add_source(struct disk *disk, enum disk_source source,
                                        const struct disk_entry *entry)
{
    struct evidence_source *record =
        evidence_add(disk->evidence, EVIDENCE_SOURCE, disk->settings->case_id, disk->settings->at);

    record->source = source;
    record->path = entry ? tame(disk, entry->path) : NULL;
    return record;
}

struct evidence_item *disk_add_found(struct disk *disk, enum disk_item item, const char *place)
{
    struct evidence_item *record =
        evidence_add(disk->evidence, EVIDENCE_ITEM, disk->settings->case_id, disk->settings->at);

    record->item = item;
    record->found = TRI_YES;
    record->where = tame(disk, place);
    return record;
}

void disk_add_absent(struct disk *disk, enum disk_item item)
{
    disk_add_found(disk, item, NULL)->found = TRI_NO;
}

const char *disk_place(struct disk *disk, enum disk_item item)
{
    const char *place = disk_item_row(item)->place;
    const char *hole = strstr(place, "{site}");

    if (!hole) {
        return place;
    }
    return arena_printf(&disk->arena, "%.*s%s%s", (int)(hole - place), place, disk->settings->site,
                        hole + strlen("{site}"));
}

bool disk_wants(const struct disk *disk, enum disk_item item)
{
    const bool residue = item >= DISK_ITEM_START_SMS;

    return residue == (disk->settings->origin == ORIGIN_RESIDUE);
}

bool disk_has_place(const struct disk *disk, enum disk_item item, const char *place)
{
    const enum disk_item_kind kind = disk_item_row(item)->kind;

    for (size_t i = disk->evidence->count; i > 0; i--) {
        const struct evidence_record *record = &disk->evidence->records[i - 1];

        if (record->case_id != disk->settings->case_id) {
            break;
        }
        if (record->kind == EVIDENCE_ITEM && record->item->where &&
            disk_item_row(record->item->item)->kind == kind &&
            strcasecmp(record->item->where, place) == 0) {
            return true;
        }
    }
    return false;
}

/* Reads a file whole, at most `limit` bytes. */
static enum source_state read_file(struct disk *disk, const struct disk_entry *entry, size_t limit,
                                   struct buffer *content, const char **problem_out)
{
    enum source_state state;
    const int fd = tree_open_file(disk->folder, entry->path, &state);
    char chunk[16 * 1024];
    ssize_t got = 0;

    *problem_out = fd < 0 ? strerrordesc_np(errno) : NULL;
    while (fd >= 0 && (got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            *problem_out = strerrordesc_np(errno);
            state = SOURCE_UNREADABLE;
            break;
        }
        if (content->length + (size_t)got > limit) {
            state = SOURCE_TOO_LARGE;
            break;
        }
        buffer_append(content, chunk, (size_t)got);
    }
    if (fd >= 0) {
        close(fd);
    }
    return state;
}

/* What is not there: not on a disk that was seen, or not among the files that were given. */
static enum source_state absence(const struct disk *disk)
{
    return disk->windows && disk->whole ? SOURCE_NONE : SOURCE_MISSING;
}

/* What Smscfg.ini says of the client, as any reader of such a file would record it. */
static void add_registration(struct disk *disk, const struct disk_entry *entry,
                             const struct identity_file *file)
{
    struct evidence_place *place;
    struct evidence_registration *record = evidence_add(
        disk->evidence, EVIDENCE_REGISTRATION, disk->settings->case_id, disk->settings->at);

    record->source = REGISTRATION_IDENTITY_FILE;
    record->smsid = file->guid;
    record->previous_smsid = file->previous_guid;
    record->smsid_changed_at = file->changed_at;
    record->hardware_id = file->hardware_id;
    record->agent_version = file->version;
    record->signing_thumbprint = file->thumbprint;
    place = arena_alloc(&disk->evidence->arena, sizeof(*place));
    *place = (struct evidence_place){.source = tame(disk, entry->path),
                                     .frame = EVIDENCE_UNKNOWN,
                                     .reply_frame = EVIDENCE_UNKNOWN,
                                     .line = EVIDENCE_UNKNOWN};
    disk->evidence->records[disk->evidence->count - 1].place = place;
}

static void identity_items(struct disk *disk)
{
    const struct disk_entry *entry = disk_find(disk, "Smscfg.ini");
    struct evidence_source *source = disk_add_source(disk, DISK_IDENTITY, entry);
    struct buffer content = {0};
    struct identity_file file = {0};

    if (!entry) {
        source->state = absence(disk);
        if (source->state == SOURCE_NONE) {
            disk_add_absent(disk, DISK_ITEM_SMSCFG_GUID);
        }
        return;
    }
    source->state = read_file(disk, entry, IDENTITY_FILE_LIMIT, &content, &source->problem);
    source->bytes = (int64_t)content.length;
    if (source->state == SOURCE_READ &&
        !identity_read(&disk->evidence->arena, buffer_text(&content), content.length, &file)) {
        source->state = SOURCE_OTHER;
    }
    if (source->state == SOURCE_READ) {
        add_registration(disk, entry, &file);
        if (file.guid && file.guid[0]) {
            disk_add_found(disk, DISK_ITEM_SMSCFG_GUID, entry->path)->value = file.guid;
        } else {
            disk_add_absent(disk, DISK_ITEM_SMSCFG_GUID);
        }
        if (file.machine_sid && file.machine_sid[0]) {
            disk_add_found(disk, DISK_ITEM_FILE_SID, entry->path)->value = file.machine_sid;
        }
    }
    buffer_release(&content);
}

static void iis_row(struct disk *disk, enum disk_item item, const struct iis_config *config)
{
    const enum iis_kind kind = disk_item_row(item)->kind == DISK_KIND_POOL ? IIS_POOL : IIS_WEB;
    bool found = false;

    for (size_t i = 0; i < config->count; i++) {
        const struct iis_object *object = &config->items[i];

        if (object->kind == kind && hive_name_matches(object->name, disk_place(disk, item))) {
            disk_add_found(disk, item, object->place)->value = object->type;
            found = true;
        }
    }
    if (!found && config->state == SOURCE_READ) {
        disk_add_absent(disk, item);
    }
}

static void iis_items(struct disk *disk)
{
    static const char application_host[] = "System32/inetsrv/config/applicationHost.config";
    static const char metabase[] = "System32/inetsrv/MetaBase.xml";
    const struct disk_entry *entry = disk_find(disk, application_host);
    struct iis_config config = {.state = SOURCE_NONE};
    struct evidence_source *source;
    struct buffer content = {0};

    if (!entry) {
        entry = disk_find(disk, metabase);
    }
    source = disk_add_source(disk, DISK_IIS, entry);
    if (entry) {
        source->state = read_file(disk, entry, IIS_CONFIG_LIMIT, &content, &source->problem);
        source->bytes = (int64_t)content.length;
        config.state = source->state;
    } else if (disk_find(disk, "System32/inetsrv/MetaBase.bin")) {
        config.state = source->state = SOURCE_OTHER;
        source->problem = "IIS 5 keeps it in MetaBase.bin, which is not read";
    } else {
        config.state = source->state = absence(disk);
    }
    if (source->state == SOURCE_READ) {
        iis_config_read(&disk->arena, buffer_text(&content), content.length, &config);
        source->state = config.state;
        source->problem = config.problem;
    }
    if (config.state == SOURCE_NONE) {
        config.state = SOURCE_READ; /* no IIS: none of its objects */
    }
    for (int item = DISK_ITEM_NONE + 1; item < DISK_ITEM_COUNT; item++) {
        if (disk_item_row((enum disk_item)item)->source == DISK_IIS) {
            iis_row(disk, (enum disk_item)item, &config);
        }
    }
    buffer_release(&content);
}

static void add_run(struct disk *disk)
{
    const struct disk_settings *settings = disk->settings;
    struct evidence_run *run =
        evidence_add(disk->evidence, EVIDENCE_RUN, settings->case_id, settings->at);

    run->origin = settings->origin;
    run->program = "ccmprobe " CCMPROBE_VERSION;
    run->target = tame(disk, settings->folder);
    run->site = settings->site ? arena_strdup(&disk->evidence->arena, settings->site) : NULL;
}

enum ccm_status disk_collect(const struct disk_settings *settings, struct evidence_set *evidence,
                             struct ccm_error *error)
{
    struct disk disk = {.settings = settings, .evidence = evidence};

    disk.folder = tree_open(settings->folder, error);
    if (disk.folder < 0) {
        return CCM_ERROR_IO;
    }
    add_run(&disk);
    disk_walk(&disk);
    disk_file_items(&disk);
    disk_hive_items(&disk, DISK_SOFTWARE);
    disk_hive_items(&disk, DISK_SYSTEM);
    disk_hive_items(&disk, DISK_SAM);
    if (settings->origin == ORIGIN_IMAGE) {
        disk_hive_items(&disk, DISK_SECURITY);
        identity_items(&disk);
    } else {
        iis_items(&disk);
    }
    close(disk.folder);
    arena_release(&disk.arena);
    return CCM_OK;
}

enum ccm_status disk_folders(const char *folder, struct arena *arena, const char ***folders_out,
                             size_t *count_out, struct ccm_error *error)
{
    const int fd = tree_open(folder, error);

    *folders_out = NULL;
    *count_out = 0;
    if (fd < 0) {
        return CCM_ERROR_IO;
    }
    tree_folders(fd, arena, folders_out, count_out);
    for (size_t i = 0; i < *count_out; i++) {
        (*folders_out)[i] = arena_printf(arena, "%s/%s", folder, (*folders_out)[i]);
    }
    close(fd);
    return CCM_OK;
}
