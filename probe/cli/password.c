/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"

enum { PASSWORD_LIMIT = 4096 }; /* bytes; AD takes 127 characters from a user, machines use 240 */

enum ccm_status password_from_file(const char *path, struct buffer *password,
                                   struct ccm_error *error)
{
    enum ccm_status status = file_read(path, PASSWORD_LIMIT, password, error);

    if (status == CCM_OK) {
        buffer_truncate(password, strcspn(buffer_text(password), "\r\n"));
        if (password->length == 0) {
            status =
                ccm_fail(error, CCM_ERROR_IO, "--password-file %s: its first line is empty", path);
        }
    }
    return status;
}

static enum ccm_status read_line(int terminal, struct buffer *password, struct ccm_error *error)
{
    char byte = '\0';
    ssize_t got = 0;

    while (password->length < PASSWORD_LIMIT) {
        got = read(terminal, &byte, 1);
        if (got <= 0 || byte == '\n') {
            break;
        }
        buffer_putc(password, byte);
    }
    buffer_truncate(password, strcspn(buffer_text(password), "\r\n"));
    if (got < 0 || password->length == 0) {
        return ccm_fail(error, CCM_ERROR_USAGE, "no password was given");
    }
    return CCM_OK;
}

enum ccm_status password_from_terminal(const char *principal, struct buffer *password,
                                       struct ccm_error *error)
{
    int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    struct termios before;
    struct termios silent;
    enum ccm_status status;

    if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
        if (terminal >= 0) {
            close(terminal);
        }
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "cannot ask for the password of %s without a terminal; "
                        "use --password-file or --keytab",
                        principal);
    }
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(terminal, TCSAFLUSH, &silent);
    if (dprintf(terminal, "Password for %s: ", principal) < 0) {
        status = ccm_fail(error, CCM_ERROR_IO, "cannot write to the terminal: %s", strerror(errno));
    } else {
        status = read_line(terminal, password, error);
    }
    tcsetattr(terminal, TCSAFLUSH, &before);
    dprintf(terminal, "\n");
    close(terminal);
    return status;
}
