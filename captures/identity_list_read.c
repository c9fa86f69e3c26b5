/* SPDX-License-Identifier: Apache-2.0 */
/* A list of clients: it tells which GUIDs several machines use, and nothing of any case. */
#include <sys/stat.h>

#include "captures/identity_list.h"
#include "captures/text_file.h"

/* The size of a plain file; of a compressed one less than its text has. */
static uint64_t size_of(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 && S_ISREG(file.st_mode) ? (uint64_t)file.st_size : 0;
}

enum ccm_status identity_list_read(const char *path, const struct text_settings *settings,
                                   struct evidence_set *evidence, struct ccm_error *error)
{
    struct identity_list *list =
        identity_list_new(settings->duplicates, settings->first_place, size_of(path));
    struct evidence_recording *recording = text_file_recording(evidence, path, "list of clients");
    const struct text_worker worker = identity_list_worker(list);
    enum ccm_status status =
        text_work_file(path, settings, &worker, &evidence->arena, recording, error);

    if (status == CCM_OK) {
        const struct identity_list_result result = identity_list_end(list);

        recording->frames = result.lines;
        recording->malformed_frames = result.unreadable;
        recording->problem = recording->problem ? recording->problem : result.problem;
    }
    identity_list_free(list);
    return status;
}
