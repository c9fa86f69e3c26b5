/* SPDX-License-Identifier: Apache-2.0 */
/* A capture again, as pcapng, with comments at some of its frames. */
#ifndef CCM_CAPTURES_ANNOTATE_H
#define CCM_CAPTURES_ANNOTATE_H

#include "base/status.h"
#include "captures/packet_writer.h"
#include "captures/watch.h"

/*
 * Writes the capture `path` to `out`, whole or not at all, with `comments`, which are in the order
 * of their frames. Of a pcapng file every block stays as it is, but for the frames' comments and
 * the lengths of sections; the other formats are written anew with the same times. Where the input
 * is damaged, the output ends. Memory does not depend on the file.
 *
 * A comment of a frame that has no room for any (a simple packet block, or no packet) is left out:
 * `*placed_out` counts those that found their place. When `watch` ends it, nothing is written.
 */
enum ccm_status capture_annotate(const char *path, const char *out, struct frame_comments *comments,
                                 const struct capture_watch *watch, size_t *placed_out,
                                 struct ccm_error *error) CCM_MUST_CHECK;

#endif
