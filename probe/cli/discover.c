/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/discover.h"

#include <string.h>
#include <strings.h>

#include "cli/targets.h"

enum { HTTPS_ENABLED = 1 }; /* bit of CcmHttpSslStates */

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
    const bool https = settings->scheme != 0 ||
                       (mp->ssl_state != EVIDENCE_UNKNOWN && (mp->ssl_state & HTTPS_ENABLED));
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
                                  : port_or(mp->http_port, 80);
}

enum ccm_status discover_targets(void *context, struct live_case *live,
                                 struct live_targets *targets_out, struct ccm_error *error)
{
    struct survey_context *survey = context;
    struct ccm_error unusable;

    *targets_out = (struct live_targets){.count = 0};
    survey->found = live->evidence;
    if (!live->cache) {
        return ccm_fail(error, CCM_ERROR_NOTHING,
                        "--discover: %s, so the directory cannot be asked%s",
                        live->principal ? "the login failed" : "there is no identity",
                        live->principal ? "; check an MP by its name to see why" : "");
    }
    if (!survey_published(survey, live)) {
        return ccm_fail(error, CCM_ERROR_NOTHING,
                        "--discover: no domain controller of %s could be asked; check an MP by its "
                        "name to see why",
                        live->realm);
    }
    for (size_t i = 0; i < live->evidence->count; i++) {
        const struct evidence_published *mp = published_at(live->evidence, i);

        if (mp && name_of(mp) && target_check(name_of(mp), &unusable) == CCM_OK) {
            add_target(survey->settings, mp, &live->evidence->arena, targets_out);
        }
    }
    if (targets_out->count == 0) {
        return ccm_fail(error, CCM_ERROR_NOTHING,
                        "--discover: the forest of %s publishes no management point, or none that "
                        "%s may read",
                        live->realm, live->principal);
    }
    return CCM_OK;
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
