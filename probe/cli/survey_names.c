/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/survey_names.h"

#include <string.h>
#include <strings.h>

#include "rules/facts.h"

static bool asks_for_address(const struct evidence_dns *dns)
{
    return strcmp(dns->type, "A") == 0 || strcmp(dns->type, "AAAA") == 0;
}

const char *survey_alias(const struct evidence_set *evidence, const char *target)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct evidence_dns *dns = evidence->records[i].dns;
        const char *canonical = NULL;

        if (evidence->records[i].kind != EVIDENCE_DNS || !asks_for_address(dns) ||
            strcasecmp(dns->name, target) != 0) {
            continue;
        }
        for (size_t k = 0; k < dns->answer_count; k++) {
            if (strcmp(dns->answers[k].type, "CNAME") == 0 && dns->answers[k].value) {
                canonical = dns->answers[k].value;
            }
        }
        if (canonical && strcasecmp(canonical, target) != 0) {
            return canonical;
        }
    }
    return NULL;
}

const char *survey_suffix_owner(const struct evidence_set *evidence, const char *name)
{
    const char *owner = NULL;
    size_t longest = 0;

    for (size_t i = 0; i < evidence->count; i++) {
        const struct evidence_trust *trust = evidence->records[i].trust;

        if (evidence->records[i].kind != EVIDENCE_TRUST || !trust->partner) {
            continue;
        }
        for (size_t k = 0; k < trust->name_count; k++) {
            const struct trust_name *suffix = &trust->names[k];

            if (suffix->kind == TRUST_NAME_TOP_LEVEL && suffix->name &&
                name_is_within(name, suffix->name) && strlen(suffix->name) > longest) {
                longest = strlen(suffix->name);
                owner = trust->partner;
            }
        }
    }
    return owner;
}
