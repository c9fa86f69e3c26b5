/* SPDX-License-Identifier: Apache-2.0 */
/* Network captures as evidence: the file is opened, every frame is read once, and every client at
   every MP becomes a case. */
#ifndef CCM_CAPTURES_CAPTURE_H
#define CCM_CAPTURES_CAPTURE_H

#include "base/status.h"
#include "captures/story.h"

struct capture_settings {
    struct story_settings story;
    /* Asked now and then: true ends reading, and what was read is told. */
    bool (*stop)(void *context);
    /* Told now and then; total is 0 when it is not known. NULL: not wanted. */
    void (*progress)(void *context, uint64_t bytes, uint64_t total);
    void *context;
    capture_message_fn *on_message; /* NULL: not wanted */
    void *message_context;
    const struct transport_limits *transport; /* NULL: TRANSPORT_LIMITS */
    const struct messages_limits *messages;   /* NULL: MESSAGES_LIMITS */
};

/* Reads one capture ("-": standard input): a recording record of case 0 and the cases go to the end
   of `evidence`. A damaged file gives what could be read, with the place in the recording's
   `problem`; an error is only that it cannot be opened or is no capture. */
enum ccm_status capture_read(const char *path, const struct capture_settings *settings,
                             struct evidence_set *evidence, struct ccm_error *error) CCM_MUST_CHECK;

/* The same of a file that is open, which is closed; `name` is the recording's, when the settings
   have none. */
struct packet_file;
void capture_read_file(struct packet_file *file, const char *name,
                       const struct capture_settings *settings, struct evidence_set *evidence);

#endif
