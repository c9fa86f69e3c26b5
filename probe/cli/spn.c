/* SPDX-License-Identifier: Apache-2.0 */
/* `ccmprobe spn`: the HTTP SPNs of a whole forest. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/collect.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/survey.h"
#include "ldap/forest.h"
#include "report/forest.h"
#include "report/words.h"

enum { DEADLINE = 300 }; /* seconds: a large forest is more than an MP */

struct run {
    const struct cli_settings *settings;
    struct forest_list *list;
};

/* Hosts without a computer object may be aliases or load balancers. Holdings share their hosts. */
static void ask_dns(struct live_case *live, struct forest_list *list)
{
    for (size_t i = 0; i < list->holding_count; i++) {
        struct forest_host *host = list->holdings[i].host;

        if (!host || host->computer != TRI_NO || host->in_dns != TRI_UNKNOWN) {
            continue;
        }
        if (stopper_left(live->stopper) > 0) {
            host->in_dns = live_case_in_dns(live, host->dns_name);
        }
        if (host->in_dns == TRI_UNKNOWN && !list->problem) {
            list->problem = arena_printf(&list->arena, "DNS did not say whether there is a host %s",
                                         host->dns_name);
        }
    }
}

/* "no domain controller of contoso.lab could be asked: dc8.contoso.lab: connection refused" */
static const char *say_unreachable(const struct evidence_set *evidence, struct forest_list *list)
{
    struct buffer words = {0};
    const char *text;

    buffer_printf(&words, "no domain controller of %s could be asked", list->domain);
    for (size_t i = 0; i < evidence->count; i++) {
        const struct evidence_directory *directory = evidence->records[i].directory;

        if (evidence->records[i].kind != EVIDENCE_DIRECTORY || !directory->server) {
            continue;
        }
        buffer_printf(&words, "; %s: ", directory->server);
        if (directory->outcome != OUTCOME_REPLY) {
            say_outcome(directory->outcome, directory->phase, &words);
        } else if (directory->result != EVIDENCE_UNKNOWN && directory->result != 0) {
            say_ldap_result(directory->result, directory->diagnostic, false, &words);
        } else {
            buffer_puts(&words, directory->diagnostic ? directory->diagnostic
                                                      : "no ticket for its LDAP service");
        }
    }
    text = arena_strdup(&list->arena, buffer_text(&words));
    buffer_release(&words);
    return text;
}

/* "no ticket-granting ticket: KRB-ERROR 24 KDC_ERR_PREAUTH_FAILED" */
static const char *say_login(const struct evidence_set *evidence, struct forest_list *list)
{
    struct buffer words = {0};
    const char *text;

    buffer_puts(&words, "the login gave no ticket-granting ticket");
    for (size_t i = evidence->count; i > 0; i--) {
        const struct evidence_record *record = &evidence->records[i - 1];

        if (record->kind == EVIDENCE_KDC) {
            buffer_puts(&words, ": ");
            if (record->kdc->reply && record->kdc->reply->error) {
                say_krb_error(record->kdc->reply->error, &words);
            } else if (!record->kdc->address) {
                buffer_printf(&words, "no KDC of %s is known", record->kdc->realm);
            } else {
                say_outcome(record->kdc->outcome, PHASE_UNKNOWN, &words);
            }
            break;
        }
    }
    text = arena_strdup(&list->arena, buffer_text(&words));
    buffer_release(&words);
    return text;
}

static void note_intended(const struct cli_settings *settings, struct forest_list *list)
{
    for (size_t i = 0; i < list->holding_count; i++) {
        struct forest_holding *holding = &list->holdings[i];

        for (size_t k = 0; k < settings->known_good.count; k++) {
            holding->intended =
                holding->intended ||
                known_good_says(settings->known_good.items[k], holding->spn, holding->account);
        }
    }
}

static void read_domain(struct run *run, struct live_case *live)
{
    struct forest_list *list = run->list;
    struct survey_servers servers;

    survey_open(run->settings, live, list->domain, &servers);
    if (servers.home) {
        forest_read(servers.catalog, servers.home, live->evidence, list);
        ask_dns(live, list);
        note_intended(run->settings, list);
    } else {
        list->problem = say_unreachable(live->evidence, list);
    }
    survey_close(&servers);
}

static void read_forest(void *context, struct live_case *live)
{
    struct run *run = context;
    struct forest_list *list = run->list;
    const char *domain = run->settings->domain ? run->settings->domain : live->realm;
    char *lower = arena_strdup(&list->arena, domain);

    for (char *c = lower; c && *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    list->domain = lower;
    list->principal = arena_strdup(&list->arena, live->principal);
    if (!live->principal) {
        list->problem = "no identity: give --keytab, --principal or --ccache, or run kinit";
    } else if (!live->cache) {
        list->problem = say_login(live->evidence, list);
    } else {
        read_domain(run, live);
    }
}

static enum ccm_status check_options(const struct cli_settings *settings, struct ccm_error *error)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._";
    const char *domain = settings->domain;

    if (domain && (domain[strspn(domain, allowed)] != '\0' || strstr(domain, "..") ||
                   domain[0] == '.' || domain[0] == '-')) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--domain %.300s: expected a DNS name", domain);
    }
    return collect_check_session(settings, error);
}

static enum ccm_status collect(const struct cli_settings *settings, struct forest_list *list,
                               struct ccm_error *error)
{
    struct run run = {settings, list};
    struct evidence_set evidence = {0};
    struct live_settings live;
    struct buffer password = {0};
    struct arena arena = {0};
    enum ccm_status status = check_options(settings, error);

    if (status == CCM_OK) {
        status = collect_password(settings, &password, error);
    }
    if (status == CCM_OK) {
        status = collect_session(settings, &arena, &password, &live, error);
    }
    if (status == CCM_OK) {
        live.hooks.after_case = read_forest;
        live.hooks.context = &run;
        if (!settings->deadline) {
            live.deadline_us = (int64_t)DEADLINE * CLOCK_US_PER_SECOND;
        }
        status = live_session(&live, &evidence, error);
    }
    if (status == CCM_OK && settings->show_queries) {
        collect_show_queries(&evidence);
    }
    buffer_release_secret(&password);
    arena_release(&arena);
    evidence_release(&evidence);
    return status;
}

static void render(const struct cli_settings *settings, const struct forest_list *list,
                   struct buffer *out)
{
    const struct report_options options = {.color = output_wants_color(settings),
                                           .least = LEVEL_OK};

    switch (settings->format) {
    case FORMAT_JSON:
        forest_json(list, out);
        break;
    case FORMAT_CSV:
        forest_csv(list, out);
        if (list->problem) { /* a spreadsheet has no place for it */
            fprintf(stderr, "ccmprobe: the list may lack something: %s\n", list->problem);
        }
        break;
    default:
        forest_text(list, &options, out);
    }
}

/* As for a judgement: of what may be missing and what was found, the heavier decides. */
static int exit_status(const struct forest_list *list)
{
    const enum finding_level level = forest_level(list);

    return level == LEVEL_FAIL      ? EXIT_FAULT
           : level == LEVEL_UNKNOWN ? EXIT_COULD_NOT_TELL
           : level == LEVEL_WARN    ? EXIT_WARNINGS
                                    : EXIT_GOOD;
}

enum ccm_status spn_run(const struct cli_settings *settings, struct buffer *out,
                        int *exit_status_out, struct ccm_error *error)
{
    struct forest_list list = {.at = clock_wall_us(), .port = EVIDENCE_UNKNOWN};
    enum ccm_status status = collect(settings, &list, error);

    if (status == CCM_OK) {
        render(settings, &list, out);
        *exit_status_out = exit_status(&list);
    }
    arena_release(&list.arena);
    return status;
}
