/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange step by step, each step with a mark and the records that belong to it. */
#include "report/steps.h"
#include "report/text.h"
#include "report/words.h"

enum { HEADLINE_COLUMN = LAYOUT_INDENT + 15 };

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
    const struct section_row *row = section_row(section);
    const char *name = headline_name(&judged->view, section);
    struct buffer text = {0};

    layout_mark(layout, section_level(judged, section));
    if (skip) {
        say_skip(skip->skip, &text);
        buffer_printf(&text, " [%u]", (unsigned)skip->id);
    } else if (count > 0) {
        buffer_printf(&text, "%s%s", row->headline, name ? name : "");
    } else {
        buffer_puts(&text, "not observed");
    }
    layout_text(layout, HEADLINE_COLUMN, row->name);
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
    case EVIDENCE_DIRECTORY:
    case EVIDENCE_SEARCH:
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
}

static void put_section(struct layout *layout, const struct judged_case *judged,
                        enum section section, bool several)
{
    const struct case_view *view = &judged->view;
    const char *service = asked_service(view, section);

    if (section == SECTION_DIRECTORY) {
        text_directory(layout, view, several);
        return;
    }
    for (size_t i = 0; i < view->record_count; i++) {
        if (section_of(view->records[i]) == section) {
            put_record(layout, view->records[i], service);
        }
    }
}

void text_steps(struct layout *layout, const struct judged_case *judged, bool several)
{
    for (int i = 0; i < SECTION_COUNT; i++) {
        const enum section section = (enum section)i;
        const struct evidence_record *skip = section_skip(&judged->view, section);
        const size_t count = section_count(&judged->view, section);

        if (count > 0 || section_is_skipped(skip) || section_row(section)->always) {
            put_headline(layout, judged, section, skip, count);
            put_section(layout, judged, section, several);
        }
    }
}
