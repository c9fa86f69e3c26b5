/* SPDX-License-Identifier: Apache-2.0 */
/* A capture again, without names and secrets. */
#ifndef CCM_CAPTURES_REDACT_H
#define CCM_CAPTURES_REDACT_H

#include "base/status.h"
#include "captures/watch.h"

/*
 * Writes the capture `path`, a file that can be read twice, to `out` as pcapng, whole or not at
 * all. Frames keep their numbers, times and lengths; of their contents stays what ccmprobe reads,
 * with stand-ins for names and random bytes for what is sealed, and the headers up to TCP's and
 * UDP's with their addresses. Segments that were sent or recorded again get what the first got. All
 * else is zero: what is not understood, and messages that are not whole within LIMIT_REDACT_FRAMES;
 * of what is sent again that which comes after the end of its connection, or so late that
 * captures/redact_recall.h has forgotten it. Comments, names and secrets that a
 * pcapng file holds beside its frames are left out.
 *
 * Memory depends on limits, not on the file.
 */
enum {
    LIMIT_REDACT_FRAMES = 128 * 1024,        /* how far reading runs ahead of writing */
    LIMIT_REDACT_PATCHES = 16 * 1024 * 1024, /* bytes of what waits to be written */
};

/* When `watch` ends it, nothing is written. */
enum ccm_status capture_redact(const char *path, const char *out, const struct capture_watch *watch,
                               struct ccm_error *error) CCM_MUST_CHECK;

/* The same from one input, opened twice, to a stream, and whether it was ended: for tests and
   fuzzing. */
struct packet_file;
struct packet_writer;
struct redact_files {
    struct packet_file *ahead;
    struct packet_file *behind;
    struct packet_writer *writer;
    bool stopped;
};
enum ccm_status redact_frames(struct redact_files *files, const struct capture_watch *watch,
                              struct ccm_error *error) CCM_MUST_CHECK;

#endif
