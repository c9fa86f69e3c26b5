/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that gather evidence: settings in, records out. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "cli/collect.h"
#include "cli/command.h"
#include "cli/discover.h"
#include "cli/interrupt.h"
#include "cli/password.h"
#include "cli/survey.h"
#include "cli/targets.h"
#include "evidence/json.h"
#include "live/live.h"
#include "report/report.h"

enum { DEADLINE = 30 }; /* seconds, if none is given */

enum ccm_status collect_check_session(const struct cli_settings *settings, struct ccm_error *error)
{
    const int sources =
        (settings->keytab != NULL) + (settings->ccache != NULL) + (settings->password_file != NULL);

    if (sources > 1) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "--keytab, --ccache and --password-file exclude each other");
    }
    if (settings->password_file && !settings->principal) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--password-file needs --principal NAME@REALM");
    }
    if (settings->ccache && settings->principal) {
        return ccm_fail(error, CCM_ERROR_USAGE,
                        "--ccache brings its own principal; leave --principal out");
    }
    if (settings->ca_file && access(settings->ca_file, R_OK) != 0) {
        return ccm_fail(error, CCM_ERROR_IO, "--cacert %s: cannot be read", settings->ca_file);
    }
    return CCM_OK;
}

enum ccm_status collect_password(const struct cli_settings *settings, struct buffer *password,
                                 struct ccm_error *error)
{
    if (settings->password_file) {
        return password_from_file(settings->password_file, password, error);
    }
    if (settings->principal && !settings->keytab) {
        return password_from_terminal(settings->principal, password, error);
    }
    return CCM_OK;
}

enum ccm_status collect_session(const struct cli_settings *settings, struct arena *arena,
                                const struct buffer *password, struct live_settings *live_out,
                                struct ccm_error *error)
{
    const size_t count = settings->kdcs.count;
    struct kdc_override *kdcs = arena_alloc(arena, (count + 1) * sizeof(*kdcs));

    *live_out = (struct live_settings){
        .ca_file = settings->ca_file,
        .insecure = settings->insecure,
        .dns = {.resolver = settings->resolver},
        .kdcs = kdcs,
        .kdc_count = count,
        .identity = {.principal = settings->principal,
                     .keytab = settings->keytab,
                     .cache = settings->ccache,
                     .password = password->length > 0 ? password : NULL},
        .deadline_us =
            (int64_t)(settings->deadline ? settings->deadline : DEADLINE) * CLOCK_US_PER_SECOND,
        .wake_fd = interrupt_fd(),
    };
    for (size_t i = 0; i < count; i++) {
        enum ccm_status status = options_split_kdc(settings->kdcs.items[i], arena, &kdcs[i], error);

        if (status != CCM_OK) {
            return status;
        }
    }
    return CCM_OK;
}

/* Only where it is seen and can be erased. */
static void show_progress(void *context, size_t done, size_t total)
{
    char line[64];
    const int length = snprintf(line, sizeof(line), "%zu of %zu management points", done, total);

    (void)context;
    if (done < total) {
        fprintf(stderr, "\r%s", line);
    } else {
        fprintf(stderr, "\r%*s\r", length, "");
    }
}

/* What the directory says of an MP, once its exchange is over. */
static void after_case(void *context, struct live_case *live)
{
    discover_share(context, live);
    survey_case(context, live);
}

static enum ccm_status run_check(const struct cli_settings *settings, struct arena *arena,
                                 const struct live_targets *targets, const struct buffer *password,
                                 struct evidence_set *evidence, struct ccm_error *error)
{
    struct survey_context survey = {.settings = settings};
    struct live_settings live;
    enum ccm_status status = collect_session(settings, arena, password, &live, error);

    if (status != CCM_OK) {
        return status;
    }
    live.targets = *targets;
    live.path = settings->path;
    live.all_addresses = settings->all_addresses;
    live.known_good = settings->known_good.items;
    live.known_good_count = settings->known_good.count;
    live.hooks = (struct live_hooks){
        .context = &survey,
        .find_targets = settings->discover ? discover_targets : NULL,
        .after_case = settings->no_directory ? NULL : after_case,
        .let_go = survey_let_go,
        .progress = isatty(STDERR_FILENO) ? show_progress : NULL,
    };
    once_init(&survey.once);
    status = live_check(&live, evidence, error);
    once_release(&survey.once);
    return status;
}

/* --show-queries: to stderr, as stdout is the report and nothing else. */
void collect_show_queries(const struct evidence_set *evidence)
{
    struct buffer text = {0};

    report_queries(evidence, &text);
    fputs(buffer_text(&text), stderr);
    buffer_release(&text);
}

enum ccm_status collect_check(const struct cli_settings *settings, struct evidence_set *evidence,
                              struct ccm_error *error)
{
    struct buffer password = {0};
    struct arena arena = {0};
    struct live_targets targets;
    enum ccm_status status = collect_check_session(settings, error);

    if (status == CCM_OK) {
        status = targets_read(settings, &arena, &targets, error);
    }
    if (status == CCM_OK) {
        status = collect_password(settings, &password, error);
    }
    if (status == CCM_OK) {
        status = run_check(settings, &arena, &targets, &password, evidence, error);
    }
    if (status == CCM_OK && settings->show_queries) {
        collect_show_queries(evidence);
    }
    buffer_release_secret(&password);
    arena_release(&arena);
    return status;
}

enum ccm_status collect_report(const struct cli_settings *settings, struct evidence_set *evidence,
                               struct ccm_error *error)
{
    enum ccm_status status = CCM_OK;

    for (size_t i = 0; i < settings->arguments.count && status == CCM_OK; i++) {
        const char *path = settings->arguments.items[i];
        struct buffer text = {0};

        status = file_read(path, EVIDENCE_FILE_LIMIT, &text, error);
        if (status == CCM_OK) {
            status = evidence_load(path, &text, evidence, error);
        }
        buffer_release(&text);
    }
    return status;
}
