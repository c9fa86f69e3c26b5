/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange step by step, each step with a mark and the records that belong to it. */
#include <string.h>
#include <strings.h>

#include "codes/codes.h"
#include "report/text.h"
#include "report/words.h"

enum { HEADLINE_COLUMN = LAYOUT_INDENT + 15 };

/* What the report shows as a step, in this order. */
enum section {
    SECTION_NAME,
    SECTION_CERTIFICATE,
    SECTION_ANONYMOUS,
    SECTION_IDENTITY,
    SECTION_TICKET,
    SECTION_AUTHENTICATED,
    SECTION_HOST_TICKET,
    SECTION_HOST_AUTHENTICATED,
    SECTION_CLOCKS,
    SECTION_COUNT,
    SECTION_NONE,
};

static const struct section_row {
    const char *name;
    const char *headline;    /* goes before the name or service, if that is known */
    enum evidence_step step; /* whose skip records speak of it */
    bool always;             /* shown even when nothing of it was observed */
} SECTIONS[SECTION_COUNT] = {
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
    [SECTION_CLOCKS] = {"Clocks", "against the clock of this client, + is ahead", STEP_UNKNOWN,
                        false},
};

static enum section section_of_step(enum evidence_step step, enum section otherwise)
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

static enum section section_of(const struct evidence_record *record)
{
    switch (record->kind) {
    case EVIDENCE_IDENTITY:
        return SECTION_IDENTITY;
    case EVIDENCE_DNS:
        return SECTION_NAME;
    case EVIDENCE_KDC:
        return section_of_step(record->kdc->step,
                               record->kdc->purpose == KDC_AS ? SECTION_IDENTITY : SECTION_TICKET);
    case EVIDENCE_HTTP:
        return section_of_step(record->http->step, section_of_leg(record->http->leg));
    case EVIDENCE_TLS:
        return SECTION_CERTIFICATE;
    case EVIDENCE_CLOCK:
        return SECTION_CLOCKS;
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

static enum finding_level outcome_level(const struct evidence_record *record,
                                        const struct evidence_run *run)
{
    switch (record->kind) {
    case EVIDENCE_IDENTITY:
        return identity_level(record->identity);
    case EVIDENCE_DNS:
        return dns_outcome_level(record->dns, run);
    case EVIDENCE_KDC:
        return kdc_level(record->kdc);
    case EVIDENCE_HTTP:
        return http_level(record->http);
    case EVIDENCE_TLS:
        return record->tls->accepted == TRI_YES  ? LEVEL_OK
               : record->tls->accepted == TRI_NO ? LEVEL_FAIL
                                                 : LEVEL_NONE;
    case EVIDENCE_CLOCK:
        return LEVEL_OK;
    case EVIDENCE_NONE:
    case EVIDENCE_RUN:
    case EVIDENCE_SKIP:
    case EVIDENCE_KIND_COUNT:
        break;
    }
    return LEVEL_NONE;
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
   of the last observation; one that rests on clocks also shows there. */
static bool shows_in(const struct case_view *view, const struct finding *finding,
                     enum section section)
{
    enum section last = SECTION_NONE;
    enum section last_failure = SECTION_NONE;
    bool clocks = false;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (section_of(record) != SECTION_NONE && rests_on(finding, record->id)) {
            last = section_of(record);
            last_failure = outcome_level(record, view->run) >= LEVEL_UNKNOWN ? last : last_failure;
            clocks = clocks || last == SECTION_CLOCKS;
        }
    }
    return (clocks && section == SECTION_CLOCKS) ||
           section == (last_failure != SECTION_NONE ? last_failure : last);
}

/* The mark of a section: the heaviest of its findings; a failed step stays a failed one. */
static enum finding_level section_level(const struct judged_case *judged, enum section section)
{
    enum finding_level level = observed_level(&judged->view, section);
    bool judged_here = false;
    enum finding_level heaviest = LEVEL_OK;

    for (size_t i = 0; i < judged->findings.count; i++) {
        const struct finding *finding = &judged->findings.items[i];

        if (shows_in(&judged->view, finding, section)) {
            judged_here = true;
            heaviest = finding->level > heaviest ? finding->level : heaviest;
        }
    }
    if (!judged_here || level == LEVEL_FAIL || level == LEVEL_SKIP) {
        return level;
    }
    return heaviest >= LEVEL_WARN ? heaviest : LEVEL_OK;
}

static const struct evidence_record *find_skip(const struct case_view *view, enum section section)
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

static bool is_skipped(const struct evidence_record *skip)
{
    return skip && skip->skip->reason != SKIP_NOT_NEEDED;
}

static size_t count_records(const struct case_view *view, enum section section)
{
    size_t count = 0;

    for (size_t i = 0; i < view->record_count; i++) {
        count += section_of(view->records[i]) == section ? 1 : 0;
    }
    return count;
}

/* The service that the section's first request to a KDC asks for. */
static const char *asked_service(const struct case_view *view, enum section section)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_KDC && section_of(view->records[i]) == section) {
            return view->records[i]->kdc->service;
        }
    }
    return NULL;
}

static const char *headline_name(const struct case_view *view, enum section section)
{
    const char *service = asked_service(view, section);

    if (section == SECTION_NAME) {
        return view->run ? view->run->target : NULL;
    }
    if (section == SECTION_TICKET || section == SECTION_HOST_TICKET) {
        return service || section == SECTION_HOST_TICKET || !view->run ? service : view->run->spn;
    }
    return NULL;
}

static void put_headline(struct layout *layout, const struct judged_case *judged,
                         enum section section, const struct evidence_record *skip, size_t count)
{
    const char *name = headline_name(&judged->view, section);
    struct buffer text = {0};

    if (count > 0) {
        layout_mark(layout, section_level(judged, section));
    } else {
        layout_mark(layout, is_skipped(skip) ? LEVEL_SKIP : LEVEL_NONE);
    }
    if (skip) {
        say_skip(skip->skip, &text);
        buffer_printf(&text, " [%u]", (unsigned)skip->id);
    } else if (count > 0) {
        buffer_printf(&text, "%s%s", SECTIONS[section].headline, name ? name : "");
    } else {
        buffer_puts(&text, "not observed");
    }
    layout_text(layout, HEADLINE_COLUMN, SECTIONS[section].name);
    layout_pad(layout, HEADLINE_COLUMN);
    layout_text(layout, HEADLINE_COLUMN, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

static void put_record(struct layout *layout, const struct evidence_record *record,
                       const char *service)
{
    switch (record->kind) {
    case EVIDENCE_IDENTITY:
        text_identity(layout, record);
        break;
    case EVIDENCE_DNS:
        text_dns(layout, record);
        break;
    case EVIDENCE_KDC:
        text_kdc(layout, record, service);
        break;
    case EVIDENCE_HTTP:
        text_http(layout, record);
        break;
    case EVIDENCE_TLS:
        text_tls(layout, record);
        break;
    case EVIDENCE_CLOCK:
        text_clock(layout, record);
        break;
    case EVIDENCE_NONE:
    case EVIDENCE_RUN:
    case EVIDENCE_SKIP:
    case EVIDENCE_KIND_COUNT:
        break;
    }
}

void text_steps(struct layout *layout, const struct judged_case *judged)
{
    const struct case_view *view = &judged->view;

    for (int i = 0; i < SECTION_COUNT; i++) {
        const enum section section = (enum section)i;
        const struct evidence_record *skip = find_skip(view, section);
        const size_t count = count_records(view, section);
        const char *service;

        if (count == 0 && !is_skipped(skip) && !SECTIONS[section].always) {
            continue;
        }
        put_headline(layout, judged, section, skip, count);
        service = asked_service(view, section);
        for (size_t j = 0; j < view->record_count; j++) {
            if (section_of(view->records[j]) == section) {
                put_record(layout, view->records[j], service);
            }
        }
    }
}
