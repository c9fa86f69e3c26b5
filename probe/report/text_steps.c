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

/* Its times are those of the machine that captured, which need not be the client. */
static bool is_capture(const struct case_view *view)
{
    return view->run && view->run->origin == ORIGIN_CAPTURE;
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
    } else if (count > 0 && section == SECTION_CLOCKS && is_capture(&judged->view)) {
        buffer_puts(&text, "against the capture's clock, + is ahead");
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

/* What is told of a record in its section; the directory's are told together. */
static void (*const TEXTS[EVIDENCE_KIND_COUNT])(struct layout *, const struct evidence_record *) = {
    [EVIDENCE_IDENTITY] = text_identity, [EVIDENCE_DNS] = text_dns,     [EVIDENCE_HTTP] = text_http,
    [EVIDENCE_TLS] = text_tls,           [EVIDENCE_CLOCK] = text_clock,
};

static void put_record(struct layout *layout, const struct evidence_record *record,
                       const char *service)
{
    if (record->kind == EVIDENCE_KDC) {
        text_kdc(layout, record, service);
    } else if (TEXTS[record->kind]) {
        TEXTS[record->kind](layout, record);
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
