/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read with a limit, written whole or not at all. */
#ifndef CCM_BASE_FILE_H
#define CCM_BASE_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "base/buffer.h"
#include "base/status.h"

/* Appends the content of the file ("-" is standard input) to `content`. More than `limit` bytes is
   an error, as are a folder and a file that cannot be read (CCM_ERROR_IO). */
enum ccm_status file_read(const char *path, size_t limit, struct buffer *content,
                          struct ccm_error *error) CCM_MUST_CHECK;

/* An open file, pipe or terminal that a text leaves for bit by bit. A signal that was caught does
   not end the writing. */
struct file_sink {
    int fd;      /* borrowed */
    int problem; /* errno of the write that failed; after it nothing is written. 0: none did */
};

/* Writes the text and empties it. */
void file_sink_take(struct file_sink *sink, struct buffer *text);

/* Writes `content` to a new file beside `path` and renames it there, so that a reader sees the old
   file or the whole new one; ownership and mode of a new file are the user's (umask). A `path` that
   is no regular file (a pipe, /dev/stdout) is written directly. */
enum ccm_status file_write(const char *path, const struct buffer *content,
                           struct ccm_error *error) CCM_MUST_CHECK;

/* The same for content that is too large for memory: written bit by bit, and there when
   file_draft_finish says so. */
struct file_draft {
    FILE *stream;
    char *path;
    char *temporary; /* NULL: `path` is no regular file and is written directly */
};

enum ccm_status file_draft_open(const char *path, struct file_draft *draft,
                                struct ccm_error *error) CCM_MUST_CHECK;

/* Its file as a sink, in place of the stream. */
struct file_sink file_draft_sink(const struct file_draft *draft);

/* Puts the file in its place. The draft is closed either way; an error (CCM_ERROR_IO) leaves
   `path` as it was. */
enum ccm_status file_draft_finish(struct file_draft *draft, struct ccm_error *error) CCM_MUST_CHECK;

/* Gives it up; nothing is left of it. Accepts one that was never opened, or is finished. */
void file_draft_drop(struct file_draft *draft);

#endif
