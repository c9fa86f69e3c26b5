/* SPDX-License-Identifier: Apache-2.0 */
#include "report/steps.h"

#include <string.h>
#include <strings.h>

#include "codes/codes.h"

static const struct section_row SECTIONS[SECTION_COUNT] = {
    [SECTION_NAME] = {"Name", "", STEP_NAME, true},
    [SECTION_CERTIFICATE] = {"Certificate", "the MP's TLS certificate", STEP_UNKNOWN, false},
    [SECTION_ANONYMOUS] = {"Anonymous", "the CCM_POST without an identity", STEP_ANONYMOUS, true},
    [SECTION_IDENTITY] = {"Identity", "who asks, and its ticket-granting ticket", STEP_IDENTITY,
                          true},
    [SECTION_TICKET] = {"Ticket", "", STEP_TICKET, true},
    [SECTION_AUTHENTICATED] = {"Authenticated", "the CCM_POST with that ticket", STEP_AUTHENTICATED,
                               true},
    [SECTION_HOST_TICKET] = {"HOST ticket", "counter-test: ", STEP_HOST_TICKET, false},
    [SECTION_HOST_AUTHENTICATED] = {"HOST request", "counter-test: the CCM_POST with that ticket",
                                    STEP_HOST_AUTHENTICATED, false},
    [SECTION_DIRECTORY] = {"Directory", "what Active Directory says over LDAP", STEP_DIRECTORY,
                           false},
    [SECTION_CLOCKS] = {"Clocks", "against the clock of this client, + is ahead", STEP_UNKNOWN,
                        false},
};

const struct section_row *section_row(enum section section)
{
    return section < SECTION_COUNT ? &SECTIONS[section] : NULL;
}

enum section section_of_step(enum evidence_step step, enum section otherwise)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        if (step != STEP_UNKNOWN && SECTIONS[i].step == step) {
            return (enum section)i;
        }
    }
    return otherwise;
}

static enum section section_of_leg(enum http_leg leg)
{
    return leg == LEG_NEGOTIATE ? SECTION_AUTHENTICATED
           : leg == LEG_HOST    ? SECTION_HOST_AUTHENTICATED
                                : SECTION_ANONYMOUS;
}

/* The questions by which directory servers and published MPs are found. */
static bool is_directory_question(const struct evidence_dns *dns)
{
    static const char *const SERVICES[] = {"_ldap.", "_gc.", "_mssms_mp_"};

    for (size_t i = 0; i < sizeof(SERVICES) / sizeof(SERVICES[0]); i++) {
        if (strncasecmp(dns->name, SERVICES[i], strlen(SERVICES[i])) == 0) {
            return true;
        }
    }
    return false;
}

enum section section_of(const struct evidence_record *record)
{
    switch (record->kind) {
    case EVIDENCE_IDENTITY:
        return SECTION_IDENTITY;
    case EVIDENCE_DNS:
        return is_directory_question(record->dns) ? SECTION_DIRECTORY : SECTION_NAME;
    case EVIDENCE_KDC:
        return section_of_step(record->kdc->step,
                               record->kdc->purpose == KDC_AS ? SECTION_IDENTITY : SECTION_TICKET);
    case EVIDENCE_HTTP:
        return section_of_step(record->http->step, section_of_leg(record->http->leg));
    case EVIDENCE_TLS:
        return SECTION_CERTIFICATE;
    case EVIDENCE_CLOCK:
        return SECTION_CLOCKS;
    case EVIDENCE_DIRECTORY:
    case EVIDENCE_SEARCH:
    case EVIDENCE_ACCOUNT:
    case EVIDENCE_TRUST:
    case EVIDENCE_DOMAIN:
    case EVIDENCE_PUBLISHED:
        return SECTION_DIRECTORY;
    case EVIDENCE_REGISTRATION:
    case EVIDENCE_PRECEDENT:
    case EVIDENCE_RECORDING:
    case EVIDENCE_LOG_EVENT:
    case EVIDENCE_KNOWN_PROBLEM:
    case EVIDENCE_SOURCE:
    case EVIDENCE_ITEM:
    case EVIDENCE_DUPLICATE:
    case EVIDENCE_WEB_CLIENT:
    case EVIDENCE_NONE:
    case EVIDENCE_RUN:
    case EVIDENCE_SKIP:
    case EVIDENCE_KIND_COUNT:
        break;
    }
    return SECTION_NONE;
}

/* Did the record give what its step is for? LEVEL_NONE: it is only on the way there. */
static enum finding_level dns_outcome_level(const struct evidence_dns *dns,
                                            const struct evidence_run *run)
{
    const bool address = strcmp(dns->type, "A") == 0 || strcmp(dns->type, "AAAA") == 0;

    if (!address || !run || !run->target || strcasecmp(run->target, dns->name) != 0) {
        return LEVEL_NONE;
    }
    return dns->outcome == DNS_ANSWER                                   ? LEVEL_OK
           : dns->outcome == DNS_NXDOMAIN || dns->outcome == DNS_NODATA ? LEVEL_FAIL
                                                                        : LEVEL_UNKNOWN;
}

static enum finding_level identity_level(const struct evidence_identity *identity)
{
    if (identity->problem) {
        return LEVEL_FAIL;
    }
    return identity->source == IDENTITY_NONE ? LEVEL_SKIP
           : identity->source == IDENTITY_CACHE || identity->source == IDENTITY_DEFAULT_CACHE
               ? LEVEL_OK
               : LEVEL_NONE;
}

static enum finding_level kdc_level(const struct evidence_kdc *kdc)
{
    const struct kdc_reply *reply =
        kdc->outcome == OUTCOME_REPLY && !kdc->problem ? kdc->reply : NULL;

    if (reply && reply->kind == KDC_REPLY_ERROR && reply->error) {
        const int64_t code = reply->error->code;

        return code == KRB_CODE_RESPONSE_TOO_BIG ||
                       (code == KRB_CODE_PREAUTH_REQUIRED && kdc->purpose == KDC_AS)
                   ? LEVEL_NONE
                   : LEVEL_FAIL;
    }
    if (reply && (reply->kind == KDC_REPLY_AS || reply->kind == KDC_REPLY_TGS)) {
        return reply->referral ? LEVEL_NONE : LEVEL_OK;
    }
    return LEVEL_FAIL;
}

static enum finding_level http_level(const struct evidence_http *http)
{
    const int64_t status = http->reply ? http->reply->status : 0;

    if (http->leg == LEG_MPLIST) {
        return LEVEL_NONE;
    }
    if (status == 0) {
        return LEVEL_FAIL;
    }
    if (http->leg == LEG_ANONYMOUS) {
        return status == 401 ? LEVEL_OK : LEVEL_UNKNOWN;
    }
    return status == 401 ? LEVEL_FAIL : status / 100 == 2 ? LEVEL_OK : LEVEL_UNKNOWN;
}

/* A directory that cannot be asked keeps no client from its approval. */
static enum finding_level directory_level(const struct evidence_directory *directory)
{
    if (directory->outcome != OUTCOME_REPLY ||
        (directory->result != EVIDENCE_UNKNOWN && directory->result != DIRECTORY_CODE_SUCCESS)) {
        return LEVEL_UNKNOWN;
    }
    return directory->protection == PROTECTION_NONE ? LEVEL_NONE : LEVEL_OK;
}

static enum finding_level search_level(const struct evidence_search *search)
{
    const bool done =
        search->outcome == OUTCOME_REPLY &&
        (search->result == EVIDENCE_UNKNOWN || search->result == DIRECTORY_CODE_SUCCESS ||
         search->result == DIRECTORY_CODE_NO_SUCH_OBJECT);

    return done ? LEVEL_NONE : LEVEL_UNKNOWN;
}

/* A ticket for a directory server is only on the way there. */
static enum finding_level kdc_record_level(const struct evidence_kdc *kdc)
{
    const enum finding_level level = kdc_level(kdc);

    if (kdc->step != STEP_DIRECTORY) {
        return level;
    }
    return level == LEVEL_FAIL ? LEVEL_UNKNOWN : LEVEL_NONE;
}

static enum finding_level outcome_level(const struct evidence_record *record,
                                        const struct evidence_run *run)
{
    switch (record->kind) {
    case EVIDENCE_IDENTITY:
        return identity_level(record->identity);
    case EVIDENCE_DNS:
        return dns_outcome_level(record->dns, run);
    case EVIDENCE_KDC:
        return kdc_record_level(record->kdc);
    case EVIDENCE_HTTP:
        return http_level(record->http);
    case EVIDENCE_TLS:
        return record->tls->accepted == TRI_YES  ? LEVEL_OK
               : record->tls->accepted == TRI_NO ? LEVEL_FAIL
                                                 : LEVEL_NONE;
    case EVIDENCE_CLOCK:
        return LEVEL_OK;
    case EVIDENCE_DIRECTORY:
        return directory_level(record->directory);
    case EVIDENCE_SEARCH:
        return search_level(record->search);
    case EVIDENCE_NONE:
    case EVIDENCE_RUN:
    case EVIDENCE_SKIP:
    case EVIDENCE_ACCOUNT:
    case EVIDENCE_TRUST:
    case EVIDENCE_DOMAIN:
    case EVIDENCE_PUBLISHED:
    case EVIDENCE_REGISTRATION:
    case EVIDENCE_PRECEDENT:
    case EVIDENCE_RECORDING:
    case EVIDENCE_LOG_EVENT:
    case EVIDENCE_KNOWN_PROBLEM:
    case EVIDENCE_SOURCE:
    case EVIDENCE_ITEM:
    case EVIDENCE_DUPLICATE:
    case EVIDENCE_WEB_CLIENT:
    case EVIDENCE_KIND_COUNT:
        break;
    }
    return LEVEL_NONE;
}

bool section_fails(const struct evidence_record *record)
{
    return outcome_level(record, NULL) >= LEVEL_UNKNOWN;
}

/* What came of a section by its records alone: one success is enough, as the others were attempts
   (another address, another KDC). */
static enum finding_level observed_level(const struct case_view *view, enum section section)
{
    enum finding_level worst = LEVEL_NONE;

    for (size_t i = 0; i < view->record_count; i++) {
        if (section_of(view->records[i]) == section) {
            enum finding_level level = outcome_level(view->records[i], view->run);

            if (level == LEVEL_OK) {
                return LEVEL_OK;
            }
            worst = level > worst ? level : worst;
        }
    }
    return worst;
}

static bool rests_on(const struct finding *finding, uint32_t id)
{
    for (size_t i = 0; i < finding->evidence_count; i++) {
        if (finding->evidence[i] == id) {
            return true;
        }
    }
    return false;
}

/* Does a finding show in this section? It does in that of the last failure that it rests on, else
   of the last observation; one that rests on the directory or on clocks also shows there. */
static bool shows_in(const struct case_view *view, const struct finding *finding,
                     enum section section)
{
    enum section last = SECTION_NONE;
    enum section last_failure = SECTION_NONE;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const enum section of = section_of(record);

        if (of == SECTION_NONE || !rests_on(finding, record->id)) {
            continue;
        }
        if (of == section && (of == SECTION_CLOCKS || of == SECTION_DIRECTORY)) {
            return true;
        }
        last = of != SECTION_DIRECTORY || last == SECTION_NONE ? of : last;
        if (of != SECTION_DIRECTORY && outcome_level(record, view->run) >= LEVEL_UNKNOWN) {
            last_failure = of;
        }
    }
    return section == (last_failure != SECTION_NONE ? last_failure : last);
}

/* The mark of a section: the heaviest of its findings; a failed step stays a failed one, and a
   directory that could not be asked one that tells nothing. */
static enum finding_level marked_level(const struct judged_case *judged, enum section section)
{
    const enum finding_level level = observed_level(&judged->view, section);
    const bool blind = section == SECTION_DIRECTORY && level == LEVEL_UNKNOWN;
    bool judged_here = false;
    enum finding_level heaviest = LEVEL_OK;

    for (size_t i = 0; i < judged->findings.count; i++) {
        const struct finding *finding = &judged->findings.items[i];

        if (shows_in(&judged->view, finding, section)) {
            judged_here = true;
            heaviest = finding->level > heaviest ? finding->level : heaviest;
        }
    }
    if (!judged_here || level == LEVEL_FAIL || level == LEVEL_SKIP ||
        (blind && heaviest < LEVEL_WARN)) {
        return level;
    }
    return heaviest >= LEVEL_WARN ? heaviest : LEVEL_OK;
}

const struct evidence_record *section_skip(const struct case_view *view, enum section section)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_SKIP &&
            section_of_step(record->skip->step, SECTION_NONE) == section) {
            return record;
        }
    }
    return NULL;
}

bool section_is_skipped(const struct evidence_record *skip)
{
    return skip && skip->skip->reason != SKIP_NOT_NEEDED;
}

size_t section_count(const struct case_view *view, enum section section)
{
    size_t count = 0;

    for (size_t i = 0; i < view->record_count; i++) {
        count += section_of(view->records[i]) == section ? 1 : 0;
    }
    return count;
}

enum finding_level section_level(const struct judged_case *judged, enum section section)
{
    if (section_count(&judged->view, section) > 0) {
        return marked_level(judged, section);
    }
    return section_is_skipped(section_skip(&judged->view, section)) ? LEVEL_SKIP : LEVEL_NONE;
}
