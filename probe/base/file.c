/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ccm_status io_error(struct ccm_error *error, const char *verb, const char *path)
{
    return ccm_fail(error, CCM_ERROR_IO, "cannot %s %s: %s", verb, path, strerror(errno));
}

enum ccm_status file_read(const char *path, size_t limit, struct buffer *content,
                          struct ccm_error *error)
{
    const bool standard = strcmp(path, "-") == 0;
    const size_t start = content->length;
    enum ccm_status status = CCM_OK;
    char chunk[64 * 1024];
    ssize_t got;
    int fd;

    fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return io_error(error, "read", path);
    }
    while ((got = read(fd, chunk, sizeof(chunk))) != 0) {
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            status = io_error(error, "read", path);
            break;
        }
        if (content->length - start + (size_t)got > limit) {
            status = ccm_fail(error, CCM_ERROR_IO, "cannot read %s: larger than %zu MiB", path,
                              limit / (1024 * 1024));
            break;
        }
        buffer_append(content, chunk, (size_t)got);
    }
    explicit_bzero(chunk, sizeof(chunk));
    if (!standard) {
        close(fd);
    }
    return status;
}

static bool write_all(int fd, const struct buffer *content)
{
    size_t done = 0;

    while (done < content->length) {
        ssize_t sent = write(fd, content->data + done, content->length - done);

        if (sent < 0 && errno != EINTR) {
            return false;
        }
        done += sent > 0 ? (size_t)sent : 0;
    }
    return true;
}

void file_sink_take(struct file_sink *sink, struct buffer *text)
{
    if (sink->problem == 0 && !write_all(sink->fd, text)) {
        sink->problem = errno;
    }
    buffer_truncate(text, 0);
}

/* A new file beside `path`, with the mode that the user's files get; its name goes to `name`. -1
   and errno when it cannot be made. */
static int open_beside(const char *path, struct buffer *name)
{
    mode_t mask;
    int fd;

    buffer_printf(name, "%s.XXXXXX", path);
    fd = mkostemp(name->data, O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }
    mask = umask(0);
    umask(mask);
    if (fchmod(fd, 0666 & ~mask) != 0) {
        int saved = errno;

        close(fd);
        unlink(name->data);
        errno = saved;
        return -1;
    }
    return fd;
}

enum ccm_status file_draft_open(const char *path, struct file_draft *draft, struct ccm_error *error)
{
    struct buffer name = {0};
    struct stat there;
    int fd;

    *draft = (struct file_draft){.stream = NULL};
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        fd = open_beside(path, &name);
    }
    draft->stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
    if (!draft->stream) {
        enum ccm_status status = io_error(error, "write", path);

        if (fd >= 0) {
            close(fd);
            unlink(buffer_text(&name));
        }
        buffer_release(&name);
        return status;
    }
    draft->path = strdup(path);
    draft->temporary = name.data;
    return CCM_OK;
}

struct file_sink file_draft_sink(const struct file_draft *draft)
{
    return (struct file_sink){.fd = fileno(draft->stream)};
}

enum ccm_status file_draft_finish(struct file_draft *draft, struct ccm_error *error)
{
    bool ok = fflush(draft->stream) == 0 && !ferror(draft->stream);
    enum ccm_status status = CCM_OK;

    ok = ok && (!draft->temporary || fsync(fileno(draft->stream)) == 0);
    ok = fclose(draft->stream) == 0 && ok;
    draft->stream = NULL;
    ok = ok && (!draft->temporary || rename(draft->temporary, draft->path) == 0);
    if (!ok) {
        status = io_error(error, "write", draft->path);
    } else {
        free(draft->temporary);
        draft->temporary = NULL;
    }
    file_draft_drop(draft);
    return status;
}

void file_draft_drop(struct file_draft *draft)
{
    if (draft->stream) {
        fclose(draft->stream);
    }
    if (draft->temporary) {
        unlink(draft->temporary);
    }
    free(draft->temporary);
    free(draft->path);
    *draft = (struct file_draft){.stream = NULL};
}

enum ccm_status file_write(const char *path, const struct buffer *content, struct ccm_error *error)
{
    struct file_draft draft;
    enum ccm_status status = file_draft_open(path, &draft, error);

    if (status != CCM_OK) {
        return status;
    }
    if (!write_all(fileno(draft.stream), content)) {
        status = io_error(error, "write", path);
        file_draft_drop(&draft);
        return status;
    }
    return file_draft_finish(&draft, error);
}
