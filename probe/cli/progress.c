/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/interrupt.h"

enum {
    BAR_WIDTH = 30,
    BAR_LINE = 100,
    BAR_AFTER_US = 1000 * 1000,
    BAR_EVERY_US = 100 * 1000,
};

struct progress progress_of(const char *path)
{
    return (struct progress){path, clock_monotonic_us(), 0};
}

static void draw_bar(const struct progress *progress, uint64_t bytes, uint64_t total)
{
    const uint64_t mega = 1000 * 1000;
    const int done = total > 0 ? (int)(bytes >= total ? BAR_WIDTH : bytes * BAR_WIDTH / total) : 0;
    const char *slash = strrchr(progress->path, '/');
    const char *name = slash ? slash + 1 : progress->path;
    char bar[BAR_WIDTH + 1];

    if (total == 0) {
        fprintf(stderr, "\r%.40s: %" PRIu64 " MB", name, bytes / mega);
        return;
    }
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)done);
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r%.40s [%s] %" PRIu64 " of %" PRIu64 " MB", name, bar, bytes / mega,
            total / mega);
}

static void show(void *context, uint64_t bytes, uint64_t total)
{
    struct progress *progress = context;
    const int64_t now = clock_monotonic_us();

    if (now - progress->began >= BAR_AFTER_US && now - progress->shown >= BAR_EVERY_US) {
        draw_bar(progress, bytes, total);
        progress->shown = now;
    }
}

void progress_erase(const struct progress *progress)
{
    if (progress->shown) {
        fprintf(stderr, "\r%*s\r", BAR_LINE, "");
    }
}

bool progress_is_interrupted(void *context)
{
    (void)context;
    return interrupt_seen();
}

progress_fn *progress_wanted(void)
{
    return isatty(STDERR_FILENO) ? show : NULL;
}
