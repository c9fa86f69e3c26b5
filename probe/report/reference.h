/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a reader finds what a report speaks of: the frame of a capture, the line of a text file,
 * the file itself, or for live evidence the record's number.
 */
#ifndef CCM_REPORT_REFERENCE_H
#define CCM_REPORT_REFERENCE_H

#include "base/buffer.h"
#include "rules/verdict.h"

/* A frame of a source, or a line of it, or the whole of it, or without any of these a record. */
struct reference {
    const char *source;
    int64_t frame; /* EVIDENCE_UNKNOWN for none, as the line */
    int64_t line;
    uint32_t id;
};

/* The case's record of this number, or the one of the whole run, or of another case that a finding
   rests on; NULL when there is none. */
const struct evidence_record *reference_record(const struct case_view *view, uint32_t id);

/* Do the case's records come from several files, so that a frame's number alone names none? */
bool reference_needs_source(const struct case_view *view);

/* Of what the finding rests on: frames, of request and reply, and lines in ascending order, each
   once; then the other records. The list lives in the arena. */
size_t references_of(struct arena *arena, const struct case_view *view,
                     const struct finding *finding, struct reference **references_out);

/* Appends them: "frames 4, 10 and 13", where several files were read "client.pcapng frame 13",
   "ccm.log:17", "[12] [14]". */
void say_references(const struct case_view *view, const struct finding *finding,
                    struct buffer *out);

/* Appends "frame 13", with the file's name before it if `named`; nothing when it is unknown. */
void say_frame(const struct evidence_place *place, int64_t frame, bool named, struct buffer *out);

#endif
