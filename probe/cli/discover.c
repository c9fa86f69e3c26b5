/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/discover.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "cli/targets.h"
#include "ldap/owners.h"

enum {
    HTTPS_ENABLED = 1, /* bit of CcmHttpSslStates */
    DOMAINS_MAX = 8,
    PORT_HTTPS = 443, /* what a site registers for an MP with HTTPS; 80 without */
};

/* The domains in whose DNS zones a site may have registered its MPs. */
struct domains {
    const char *items[DOMAINS_MAX];
    size_t count;
};

static const char *name_of(const struct evidence_published *mp)
{
    return mp->dns_name ? mp->dns_name : mp->name;
}

/* The published MP in a record; NULL for other records, and for one that was seen before. */
static const struct evidence_published *published_at(const struct evidence_set *found, size_t index)
{
    const struct evidence_record *record = &found->records[index];

    if (record->kind != EVIDENCE_PUBLISHED) {
        return NULL;
    }
    for (size_t i = 0; i < index; i++) {
        const struct evidence_record *before = &found->records[i];

        if (before->kind == EVIDENCE_PUBLISHED && before->published->dn && record->published->dn &&
            strcasecmp(before->published->dn, record->published->dn) == 0) {
            return NULL;
        }
    }
    return record->published;
}

static uint16_t port_or(int64_t published, uint16_t usual)
{
    return published > 0 && published <= UINT16_MAX ? (uint16_t)published : usual;
}

static void add_target(const struct cli_settings *settings, const struct evidence_published *mp,
                       struct arena *arena, struct live_targets *targets)
{
    const bool https = settings->scheme != 0 || mp->srv_port == PORT_HTTPS ||
                       (mp->ssl_state != EVIDENCE_UNKNOWN && (mp->ssl_state & HTTPS_ENABLED));
    const int64_t http_port = mp->srv ? mp->srv_port : mp->http_port;
    struct live_target *target;
    void *items = targets->items;

    for (size_t i = 0; i < targets->count; i++) {
        if (strcasecmp(targets->items[i].name, name_of(mp)) == 0) {
            return; /* of two sites */
        }
    }
    target = arena_push(arena, &items, &targets->count, sizeof(*target));
    targets->items = items;
    target->name = name_of(mp);
    target->scheme = WORDS_SCHEME[https];
    target->port = settings->port ? (uint16_t)settings->port
                   : https        ? port_or(mp->https_port, 443)
                                  : port_or(http_port, 80);
}

static void add_domain(struct domains *domains, const char *name)
{
    for (size_t i = 0; name && i < domains->count; i++) {
        if (strcasecmp(domains->items[i], name) == 0) {
            return;
        }
    }
    if (name && strchr(name, '.') && domains->count < DOMAINS_MAX) {
        domains->items[domains->count++] = name;
    }
}

/* The client's domain, the root of its forest, and the domains of the MPs that are known. */
static void find_domains(const struct live_case *live, struct domains *domains)
{
    const struct evidence_set *found = live->evidence;

    add_domain(domains, live->realm);
    for (size_t i = 0; i < found->count; i++) {
        const struct evidence_record *record = &found->records[i];

        if (record->kind == EVIDENCE_DIRECTORY) {
            add_domain(domains,
                       domain_of_dn(&live->evidence->arena, record->directory->root_context));
        }
    }
    for (size_t i = 0; i < found->count; i++) {
        const struct evidence_published *mp = published_at(found, i);
        const char *dot = mp && name_of(mp) ? strchr(name_of(mp), '.') : NULL;

        add_domain(domains, dot ? dot + 1 : NULL);
    }
}

/* An MP for each SRV record of an answer. */
static void add_services(struct live_case *live, const struct evidence_dns *dns, const char *code)
{
    for (size_t i = 0; dns->outcome == DNS_ANSWER && i < dns->answer_count; i++) {
        const struct dns_answer *answer = &dns->answers[i];
        struct evidence_published *mp;

        if (strcmp(answer->type, "SRV") != 0 || !answer->value || !answer->value[0]) {
            continue;
        }
        mp = evidence_add(live->evidence, EVIDENCE_PUBLISHED, live->case_id, clock_wall_us());
        mp->server = dns->server;
        mp->site_code = code;
        mp->name = answer->value;
        mp->dns_name = answer->value;
        mp->srv = dns->name;
        mp->srv_port = answer->port;
    }
}

/* Sites register their MPs as _mssms_mp_<code>._tcp.<domain>, too, for clients that cannot read
   the directory. */
static void ask_dns(struct live_case *live, const struct site_codes *sites)
{
    struct domains domains = {.count = 0};
    const char *names[DNS_QUESTIONS_AT_ONCE];
    const struct evidence_dns *asked[DNS_QUESTIONS_AT_ONCE];

    find_domains(live, &domains);
    for (size_t i = 0; i < sites->count && stopper_left(live->stopper) > 0; i++) {
        for (size_t k = 0; k < domains.count; k++) {
            names[k] = arena_lower(&live->evidence->arena,
                                   arena_printf(&live->evidence->arena, "_mssms_mp_%s._tcp.%s",
                                                sites->items[i], domains.items[k]));
        }
        live_case_services(live, names, domains.count, asked);
        for (size_t k = 0; k < domains.count; k++) {
            add_services(live, asked[k], sites->items[i]);
        }
    }
}

/* Why there is nothing to examine. */
static enum ccm_status nothing_found(const struct live_case *live, bool asked,
                                     struct ccm_error *error)
{
    static const char hint[] = "; --site CODE looks in DNS";

    if (!live->cache) {
        return ccm_fail(error, CCM_ERROR_NOTHING,
                        "--discover: %s, so the directory cannot be asked%s",
                        live->principal ? "the login failed" : "there is no identity",
                        live->principal ? "; check an MP by its name to see why" : "");
    }
    if (!asked) {
        return ccm_fail(error, CCM_ERROR_NOTHING,
                        "--discover: no domain controller of %s could be asked; check an MP by its "
                        "name to see why%s",
                        live->realm, hint);
    }
    return ccm_fail(error, CCM_ERROR_NOTHING,
                    "--discover: the forest of %s publishes no management point, or none that "
                    "%s may read%s",
                    live->realm, live->principal, hint);
}

enum ccm_status discover_targets(void *context, struct live_case *live,
                                 struct live_targets *targets_out, struct ccm_error *error)
{
    struct survey_context *survey = context;
    struct site_codes sites = {.count = 0};
    struct ccm_error unusable;
    bool asked = false;

    *targets_out = (struct live_targets){.count = 0};
    survey->found = live->evidence;
    if (live->cache) {
        asked = survey_published(survey, live, &sites);
    }
    for (size_t i = 0; i < survey->settings->sites.count; i++) {
        site_codes_add(&sites, survey->settings->sites.items[i]);
    }
    if (live->realm) {
        ask_dns(live, &sites);
    }
    for (size_t i = 0; i < live->evidence->count; i++) {
        const struct evidence_published *mp = published_at(live->evidence, i);

        if (mp && name_of(mp) && target_check(name_of(mp), &unusable) == CCM_OK) {
            add_target(survey->settings, mp, &live->evidence->arena, targets_out);
        }
    }
    return targets_out->count > 0 ? CCM_OK : nothing_found(live, asked, error);
}

void discover_share(const struct survey_context *context, struct live_case *live)
{
    const struct evidence_set *found = context->found;

    for (size_t i = 0; found && i < found->count; i++) {
        const struct evidence_published *mp = published_at(found, i);
        const bool ours = mp && name_of(mp) && strcasecmp(name_of(mp), live->target) == 0;
        const bool how = found->records[i].kind != EVIDENCE_PUBLISHED && live->case_id == 1;

        if (ours || how) {
            evidence_share(live->evidence, &found->records[i], live->case_id);
        }
    }
}
