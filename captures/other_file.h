/* SPDX-License-Identifier: Apache-2.0 */
/* Files that `ccmprobe analyze` does not read, and what it says of them: what each is, how it is
   exported where that helps, and what could be read in its place. */
#ifndef CCM_CAPTURES_OTHER_FILE_H
#define CCM_CAPTURES_OTHER_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* Do the first bytes show SQL Server's own binary forms, a trace of Profiler (.trc) or Extended
   Events (.xel)? Asked first: the statements in them would look like a trace as text. */
bool other_file_is_sql(const char *bytes, size_t length);

/* Is it nothing that is read? Asked last: a text that is no log is one. */
bool other_file_recognise(const char *bytes, size_t length);

/* A file that has nothing in it has no first bytes to be recognised by. */
bool other_file_is_empty(const char *path);

/* CCM_ERROR_INPUT with the words for it, or CCM_ERROR_IO when it cannot be opened. */
enum ccm_status other_file_refuse(const char *path, struct ccm_error *error) CCM_MUST_CHECK;

#endif
