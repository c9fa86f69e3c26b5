/* SPDX-License-Identifier: Apache-2.0 */
/* `ccmprobe spn`: the HTTP SPNs of whole forests. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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
static const char *say_unreachable(const struct evidence_set *evidence, size_t first,
                                   const char *domain, struct forest_list *list)
{
    struct buffer words = {0};
    const char *text;

    buffer_printf(&words, "no domain controller of %s could be asked", domain);
    for (size_t i = first; i < evidence->count; i++) {
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

/* The domains' connections, those of the places. */
struct sources {
    struct survey_servers servers[FOREST_PLACES_MAX];
    struct forest_source items[FOREST_PLACES_MAX];
    size_t count;
};

/* Whether a domain's forest is one of those that are asked already. */
static bool is_known(const struct sources *sources, const struct survey_servers *servers)
{
    const char *root = directory_record(servers->home)->root_context;

    for (size_t i = 0; i < sources->count && root; i++) {
        const char *other = directory_record(sources->servers[i].home)->root_context;

        if (other && strcasecmp(root, other) == 0) {
            return true;
        }
    }
    return false;
}

/* Connects to a domain; the list's problem says when that is not possible. */
static void open_domain(struct run *run, struct live_case *live, const char *domain,
                        struct sources *sources)
{
    struct forest_list *list = run->list;
    struct survey_servers *servers = &sources->servers[sources->count];
    const size_t first = live->evidence->count;

    survey_open(run->settings, live, domain, servers);
    if (!servers->home) {
        survey_close(servers);
        if (!list->problem) {
            list->problem = say_unreachable(live->evidence, first, domain, list);
        }
    } else if (is_known(sources, servers)) {
        survey_close(servers);
    } else {
        list->places[sources->count].domain = domain;
        sources->items[sources->count++] =
            (struct forest_source){.gc = servers->catalog, .home = servers->home};
    }
}

static char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; c && *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return copy;
}

static void read_domains(struct run *run, struct live_case *live)
{
    const struct cli_list *domains = &run->settings->domains;
    struct forest_list *list = run->list;
    struct sources sources = {.count = 0};

    for (size_t i = 0; i < domains->count; i++) {
        open_domain(run, live, lower(&list->arena, domains->items[i]), &sources);
    }
    if (domains->count == 0) {
        open_domain(run, live, lower(&list->arena, live->realm), &sources);
    }
    if (sources.count > 0) {
        list->place_count = sources.count;
        forest_read(sources.items, sources.count, live->evidence, list);
        ask_dns(live, list);
        note_intended(run->settings, list);
    }
    for (size_t i = 0; i < sources.count; i++) {
        survey_close(&sources.servers[i]);
    }
}

/* What is asked for, until somebody could be asked. */
static void name_place(struct forest_list *list, const char *domain)
{
    list->places[0] = (struct forest_place){.domain = lower(&list->arena, domain),
                                            .port = EVIDENCE_UNKNOWN,
                                            .accounts = EVIDENCE_UNKNOWN,
                                            .spns = EVIDENCE_UNKNOWN};
    list->place_count = 1;
}

static void read_forest(void *context, struct live_case *live)
{
    struct run *run = context;
    struct forest_list *list = run->list;
    const struct cli_list *domains = &run->settings->domains;

    list->principal = arena_strdup(&list->arena, live->principal);
    if (live->principal && live->cache) {
        read_domains(run, live);
    } else {
        list->problem = live->principal
                            ? say_login(live->evidence, list)
                            : "no identity: give --keytab, --principal or --ccache, or run kinit";
    }
    if (list->place_count == 0 && (domains->count > 0 || live->realm)) {
        name_place(list, domains->count > 0 ? domains->items[0] : live->realm);
    }
}

static enum ccm_status check_options(const struct cli_settings *settings, struct ccm_error *error)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-._";

    if (settings->domains.count > FOREST_PLACES_MAX) {
        return ccm_fail(error, CCM_ERROR_USAGE, "--domain: given more than %d times",
                        FOREST_PLACES_MAX);
    }
    for (size_t i = 0; i < settings->domains.count; i++) {
        const char *domain = settings->domains.items[i];

        if (domain[strspn(domain, allowed)] != '\0' || strstr(domain, "..") ||
            strchr(".-", domain[0])) {
            return ccm_fail(error, CCM_ERROR_USAGE, "--domain %.300s: expected a DNS name", domain);
        }
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
    struct forest_list list = {.at = clock_wall_us()};
    enum ccm_status status = collect(settings, &list, error);

    if (status == CCM_OK) {
        render(settings, &list, out);
        *exit_status_out = exit_status(&list);
    }
    arena_release(&list.arena);
    return status;
}
