/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lines.h"

#include <stdbool.h>
#include <string.h>

#include "base/file.h"

enum { FILE_LIMIT = 1024 * 1024 }; /* bytes */

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static char *content_of(struct arena *arena, const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '#' && (i == 0 || is_space(line[i - 1]))) {
            length = i;
        }
    }
    while (length > 0 && is_space(line[length - 1])) {
        length--;
    }
    while (length > 0 && is_space(line[0])) {
        line++;
        length--;
    }
    return arena_strndup(arena, line, length);
}

static enum ccm_status take_lines(const char *path, const struct buffer *text, struct arena *arena,
                                  line_fn *take, void *context, struct ccm_error *error)
{
    const char *line = buffer_text(text);
    const char *const end = line + text->length;
    enum ccm_status status = CCM_OK;

    for (size_t number = 1; line < end && status == CCM_OK; number++) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        const size_t length = (size_t)((feed ? feed : end) - line);
        const char *content = content_of(arena, line, length);
        struct ccm_error reason = {.text = ""};

        if (memchr(line, '\0', length)) {
            return ccm_fail(error, CCM_ERROR_USAGE, "%.150s:%zu: is no text", path, number);
        }
        status = content[0] ? take(context, content, &reason) : CCM_OK;
        if (status != CCM_OK) {
            status = ccm_fail(error, status, "%.150s:%zu: %s", path, number, reason.text);
        }
        line = feed ? feed + 1 : end;
    }
    return status;
}

enum ccm_status lines_read(const char *path, struct arena *arena, line_fn *take, void *context,
                           struct ccm_error *error)
{
    struct buffer text = {0};
    enum ccm_status status = file_read(path, FILE_LIMIT, &text, error);

    if (status == CCM_OK) {
        status = take_lines(path, &text, arena, take, context, error);
    }
    buffer_release(&text);
    return status;
}
