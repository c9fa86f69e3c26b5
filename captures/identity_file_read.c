/* SPDX-License-Identifier: Apache-2.0 */
/* Identity files: of one client, a part of its case; of a fleet, which GUIDs several machines use.
 */
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "captures/identity.h"
#include "captures/text_file.h"

enum { NAME_LIMIT = 256 };

static const char FORMAT[] = "identity files (SMSCFG.ini)";

/* What names the machine: "WK01" of "fleet/WK01.ini" and of "fleet/WK01/SMSCFG.ini". */
static const char *machine_of(const char *path, size_t *length_out)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *end = slash;

    if (strncasecmp(name, "smscfg.", 7) != 0 || !slash || slash == path) {
        *length_out = strcspn(name, ".");
        return name;
    }
    for (name = slash; name > path && name[-1] != '/';) {
        name--;
    }
    *length_out = (size_t)(end - name);
    return name;
}

/* The recording of all such files: the last one that was begun, or a new one. */
static struct evidence_recording *find_recording(struct evidence_set *evidence, const char *path)
{
    struct evidence_recording *recording;

    for (size_t i = evidence->count; i > 0; i--) {
        const struct evidence_record *record = &evidence->records[i - 1];

        if (record->kind == EVIDENCE_RECORDING && record->recording->format == FORMAT) {
            return record->recording;
        }
    }
    recording = text_file_recording(evidence, path, FORMAT);
    recording->frames = 0;
    recording->malformed_frames = 0;
    return recording;
}

bool identity_file_recognise(const void *bytes, size_t length)
{
    static const char section[] = "[Configuration - Client Properties]";
    char text[1024];
    size_t count = 0;

    /* UTF-16 is looked at without its NULs. */
    for (size_t i = 0; i < length && count < sizeof(text) - 1; i++) {
        const char c = ((const char *)bytes)[i];

        if (c != '\0') {
            text[count++] = c;
        }
    }
    text[count] = '\0';
    return strcasestr(text, section) != NULL;
}

/* Of a folder of thousands, the first; the GUIDs of all are compared. */
static void add_registration(struct evidence_set *evidence, struct evidence_recording *recording,
                             const char *path, const struct identity_file *file,
                             const struct sighting *sighting)
{
    struct arena *arena = &evidence->arena;
    struct evidence_registration *made;

    if (recording->frames > TEXT_FILE_CLIENTS && recording->limit_count == 0) {
        text_file_limit(evidence, recording, "identity files", TEXT_FILE_CLIENTS, 1);
        return;
    }
    if (recording->frames > TEXT_FILE_CLIENTS) {
        recording->limits[0].dropped++;
        return;
    }
    made = evidence_add(evidence, EVIDENCE_REGISTRATION, 0, file->changed_at);
    text_file_place(evidence, path, EVIDENCE_UNKNOWN);
    made->source = REGISTRATION_IDENTITY_FILE;
    made->name = sighting->name
                     ? evidence_text(arena, sighting->name, sighting->name_length, NAME_LIMIT)
                     : NULL;
    made->smsid = arena_strdup(arena, file->guid);
    made->previous_smsid = arena_strdup(arena, file->previous_guid);
    made->smsid_changed_at = file->changed_at;
    made->hardware_id = arena_strdup(arena, file->hardware_id);
    made->agent_version = arena_strdup(arena, file->version);
    made->signing_thumbprint = arena_strdup(arena, file->thumbprint);
}

enum ccm_status identity_file_read(const char *path, const struct text_settings *settings,
                                   struct evidence_set *evidence, struct ccm_error *error)
{
    struct buffer content = {0};
    struct arena arena = {0};
    struct identity_file file;
    struct sighting sighting = {.at = EVIDENCE_UNKNOWN, .place = settings->first_place};
    enum ccm_status status = file_read(path, IDENTITY_FILE_LIMIT, &content, error);
    struct evidence_recording *recording;

    if (status == CCM_OK) {
        recording = find_recording(evidence, path);
        recording->frames++;
        if (!identity_read(&arena, buffer_text(&content), content.length, &file) || !file.guid ||
            !guid_read(file.guid, strlen(file.guid), sighting.guid)) {
            recording->malformed_frames++;
        } else {
            sighting.name = settings->unnamed ? NULL : machine_of(path, &sighting.name_length);
            sighting.certificate = file.thumbprint;
            sighting.certificate_length = file.thumbprint ? strlen(file.thumbprint) : 0;
            sighting.hardware = file.hardware_id;
            sighting.hardware_length = file.hardware_id ? strlen(file.hardware_id) : 0;
            sighting.at = file.changed_at;
            if (sighting.name) {
                duplicates_add(settings->duplicates, &sighting);
            }
            add_registration(evidence, recording, path, &file, &sighting);
        }
    }
    arena_release(&arena);
    buffer_release(&content);
    return status;
}
