/* SPDX-License-Identifier: Apache-2.0 */
/* A list of clients: it tells which GUIDs several machines use, and nothing of any case. */
#include "captures/identity_list.h"
#include "captures/text_file.h"

static void feed(void *reader, const void *bytes, size_t length)
{
    identity_list_feed(reader, bytes, length);
}

enum ccm_status identity_list_read(const char *path, const struct text_settings *settings,
                                   struct evidence_set *evidence, struct ccm_error *error)
{
    struct identity_list *list = identity_list_new(settings->duplicates, settings->first_place);
    struct evidence_recording *recording = text_file_recording(evidence, path, "list of clients");
    const struct text_taker taker = {feed, list};
    enum ccm_status status =
        text_file_feed(path, settings, &taker, &evidence->arena, recording, error);

    if (status == CCM_OK) {
        const struct identity_list_result result = identity_list_end(list);

        recording->frames = result.lines;
        recording->malformed_frames = result.unreadable;
        recording->problem = recording->problem ? recording->problem : result.problem;
    }
    identity_list_free(list);
    return status;
}
