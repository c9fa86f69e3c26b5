/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords come from a file or a terminal; never from the command line or the environment. */
#ifndef CCM_CLI_PASSWORD_H
#define CCM_CLI_PASSWORD_H

#include "base/buffer.h"
#include "base/status.h"

/* The first line of a file, without its end. Release with buffer_release_secret. */
enum ccm_status password_from_file(const char *path, struct buffer *password,
                                   struct ccm_error *error) CCM_MUST_CHECK;

/* Asks on the terminal, without echo. CCM_ERROR_USAGE when there is none. */
enum ccm_status password_from_terminal(const char *principal, struct buffer *password,
                                       struct ccm_error *error) CCM_MUST_CHECK;

#endif
