/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/text_file.h"

#include <string.h>

#include "evidence/shape.h"

enum { PATH_LIMIT = 1024 };

/* What a log does not tell: which MP it was. */
static const char NO_TARGET[] = "unknown";

struct evidence_recording *text_file_recording(struct evidence_set *evidence, const char *path,
                                               const char *format)
{
    struct evidence_recording *recording =
        evidence_add(evidence, EVIDENCE_RECORDING, 0, EVIDENCE_UNKNOWN);

    recording->name = evidence_text(&evidence->arena, path, strlen(path), PATH_LIMIT);
    recording->format = format;
    return recording;
}

void text_file_limit(struct evidence_set *evidence, struct evidence_recording *recording,
                     const char *name, int64_t limit, size_t dropped)
{
    void *items = recording->limits;
    struct recording_limit *row;

    if (dropped > 0) {
        row = arena_push(&evidence->arena, &items, &recording->limit_count, sizeof(*row));
        recording->limits = items;
        *row = (struct recording_limit){name, limit, (int64_t)dropped};
    }
}

struct evidence_run *text_file_case(struct evidence_set *evidence, uint32_t case_id, int64_t at,
                                    const char *client)
{
    struct evidence_run *run = evidence_add(evidence, EVIDENCE_RUN, case_id, at);

    run->origin = ORIGIN_LOGS;
    run->program = "ccmprobe " CCMPROBE_VERSION;
    run->target = NO_TARGET;
    run->client_host = arena_strdup(&evidence->arena, client);
    return run;
}

void text_file_place(struct evidence_set *evidence, const char *source, int64_t line)
{
    struct evidence_place *place = evidence_new(&evidence->arena, &SHAPE_PLACE);

    place->source = evidence_text(&evidence->arena, source, strlen(source), PATH_LIMIT);
    place->line = line;
    evidence->records[evidence->count - 1].place = place;
}
