/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "evidence/json.h"
#include "report/report.h"

static enum ccm_status check_file(const char *option, const char *path, struct ccm_error *error)
{
    struct stat there;
    char *copy;
    int problem = 0;

    if (!path) {
        return CCM_OK;
    }
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        problem = S_ISDIR(there.st_mode) ? EISDIR : access(path, W_OK) != 0 ? errno : 0;
    } else {
        copy = strdup(path);
        problem = !copy ? ENOMEM : access(dirname(copy), W_OK | X_OK) != 0 ? errno : 0;
        free(copy);
    }
    return problem == 0 ? CCM_OK
                        : ccm_fail(error, CCM_ERROR_IO, "%s %s: cannot be written: %s", option,
                                   path, strerror(problem));
}

enum ccm_status output_check(const struct cli_settings *settings, struct ccm_error *error)
{
    enum ccm_status status = check_file("--output", settings->output, error);

    if (status == CCM_OK) {
        status = check_file("--save", settings->save, error);
    }
    if (status == CCM_OK) {
        status = check_file("--annotate", settings->annotate, error);
    }
    return status == CCM_OK ? check_file("--redact", settings->redact, error) : status;
}

enum ccm_status output_write(const struct cli_settings *settings, const struct buffer *text,
                             struct ccm_error *error)
{
    size_t done = 0;

    if (settings->output) {
        return file_write(settings->output, text, error);
    }
    while (done < text->length) {
        ssize_t sent = write(STDOUT_FILENO, text->data + done, text->length - done);

        if (sent < 0 && errno != EINTR) {
            return ccm_fail(error, CCM_ERROR_IO, "cannot write to standard output: %s",
                            strerror(errno));
        }
        done += sent > 0 ? (size_t)sent : 0;
    }
    return CCM_OK;
}

enum ccm_status output_save(const struct cli_settings *settings,
                            const struct evidence_set *evidence, struct ccm_error *error)
{
    struct buffer text = {0};
    enum ccm_status status;

    if (!settings->save) {
        return CCM_OK;
    }
    evidence_save(evidence, &text);
    status = file_write(settings->save, &text, error);
    buffer_release(&text);
    return status;
}

bool output_wants_color(const struct cli_settings *settings)
{
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    if (settings->color != COLOR_AUTO) {
        return settings->color == COLOR_ALWAYS;
    }
    return !settings->output && isatty(STDOUT_FILENO) && !(no_color && no_color[0]) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

void output_render(const struct cli_settings *settings, const struct evidence_set *evidence,
                   const struct judgement *judgement, struct buffer *out)
{
    const struct report_options options = {
        .color = output_wants_color(settings),
        .verbosity = settings->verbose ? 1 : 0,
        .checklist = settings->checklist,
        .least = LEVEL_OK + (enum finding_level)settings->level,
    };

    if (settings->format == FORMAT_JSON) {
        report_json(evidence, judgement, out);
    } else {
        report_text(evidence, judgement, &options, out);
    }
}

int output_exit_status(const struct cli_settings *settings, const struct judgement *judgement)
{
    enum finding_level heaviest = LEVEL_NONE;

    for (size_t i = 0; i < judgement->case_count; i++) {
        const enum finding_level level = judgement->cases[i].verdict.level;

        heaviest = level > heaviest ? level : heaviest;
    }
    if (settings->fail_level > 0 &&
        heaviest < LEVEL_OK + (enum finding_level)settings->fail_level) {
        return EXIT_GOOD;
    }
    return judgement->exit_status;
}
