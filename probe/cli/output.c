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

/* Where a report goes: --output, of which `draft` is what there is so far, or standard output. */
static enum ccm_status sink_open(const char *path, struct file_draft *draft, struct file_sink *sink,
                                 struct ccm_error *error)
{
    enum ccm_status status = CCM_OK;

    *draft = (struct file_draft){.stream = NULL};
    *sink = (struct file_sink){.fd = STDOUT_FILENO};
    if (path) {
        status = file_draft_open(path, draft, error);
        if (status == CCM_OK) {
            *sink = file_draft_sink(draft);
        }
    }
    return status;
}

static enum ccm_status sink_finish(const char *path, struct file_draft *draft,
                                   const struct file_sink *sink, struct ccm_error *error)
{
    if (sink->problem == 0) {
        return path ? file_draft_finish(draft, error) : CCM_OK;
    }
    file_draft_drop(draft);
    return ccm_fail(error, CCM_ERROR_IO, "cannot write%s %s: %s", path ? "" : " to",
                    path ? path : "standard output", strerror(sink->problem));
}

enum ccm_status output_write(const struct cli_settings *settings, struct buffer *text,
                             struct ccm_error *error)
{
    struct file_draft draft;
    struct file_sink sink;
    enum ccm_status status = sink_open(settings->output, &draft, &sink, error);

    if (status == CCM_OK) {
        file_sink_take(&sink, text);
        status = sink_finish(settings->output, &draft, &sink, error);
    }
    return status;
}

enum ccm_status output_save(const struct cli_settings *settings,
                            const struct evidence_set *evidence, struct ccm_error *error)
{
    struct file_draft draft;
    struct file_sink sink;
    struct buffer text = {0};
    enum ccm_status status;

    if (!settings->save) {
        return CCM_OK;
    }
    status = sink_open(settings->save, &draft, &sink, error);
    if (status == CCM_OK) {
        evidence_save(evidence, &text, &sink);
        status = sink_finish(settings->save, &draft, &sink, error);
    }
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

enum ccm_status output_report(const struct cli_settings *settings,
                              const struct evidence_set *evidence,
                              const struct judgement *judgement, struct ccm_error *error)
{
    const struct report_options options = {
        .color = output_wants_color(settings),
        .verbosity = settings->verbose ? 1 : 0,
        .checklist = settings->checklist,
        .least = LEVEL_OK + (enum finding_level)settings->level,
    };
    struct file_draft draft;
    struct file_sink sink;
    struct buffer text = {0};
    enum ccm_status status = sink_open(settings->output, &draft, &sink, error);

    if (status != CCM_OK) {
        return status;
    }
    if (settings->format == FORMAT_JSON) {
        report_json(evidence, judgement, &text, &sink);
    } else if (settings->format == FORMAT_CSV) {
        report_csv(judgement, &text);
        file_sink_take(&sink, &text);
    } else {
        report_text(evidence, judgement, &options, &text);
        file_sink_take(&sink, &text);
    }
    buffer_release(&text);
    return sink_finish(settings->output, &draft, &sink, error);
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
