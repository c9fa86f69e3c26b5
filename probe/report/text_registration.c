/* SPDX-License-Identifier: Apache-2.0 */
/* Who registers, with which certificates, and what the MP answered. */
#include <inttypes.h>

#include "codes/codes.h"
#include "report/reference.h"
#include "report/text.h"
#include "report/words.h"

enum { LABEL_COLUMN = 12 };

/* Shows what was said, if anything, and releases it. */
static void put_field(struct layout *layout, const char *label, struct buffer *text)
{
    layout_field(layout, LABEL_COLUMN, label, buffer_text(text));
    buffer_release(text);
}

static void say_part(const char *before, const char *part, struct buffer *text)
{
    if (part && part[0] != '\0') {
        buffer_printf(text, "%s%s%s", text->length > 0 ? ", " : "", before, part);
    }
}

static void put_client(struct layout *layout, const struct evidence_registration *registration)
{
    struct buffer text = {0};

    say_part("", registration->name, &text);
    say_part("", registration->fqdn, &text);
    say_part("", registration->address, &text);
    put_field(layout, "Client", &text);
    if (registration->smsid && registration->smsid[0] == '\0') {
        buffer_puts(&text, "none: the client asks for a new GUID");
    }
    say_part("", registration->smsid, &text);
    say_part("before ", registration->previous_smsid, &text);
    put_field(layout, "Identity", &text);
    say_part("", registration->hardware_id, &text);
    put_field(layout, "Hardware", &text);
    say_part("", registration->agent, &text);
    say_part("version ", registration->agent_version, &text);
    put_field(layout, "Agent", &text);
}

static void put_certificates(struct layout *layout,
                             const struct evidence_registration *registration)
{
    struct buffer text = {0};
    char date[WORDS_SIZE];

    say_part("", registration->signing_thumbprint, &text);
    if (registration->certificate_not_before != EVIDENCE_UNKNOWN) {
        say_part("", say_date(registration->certificate_not_before, date), &text);
    }
    if (registration->certificate_not_after != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, " to %s", say_date(registration->certificate_not_after, date));
    }
    say_part("",
             registration->key_type == 1   ? "self-signed"
             : registration->key_type == 2 ? "PKI"
                                           : NULL,
             &text);
    put_field(layout, "Signing", &text);
    say_part("", registration->encryption_thumbprint, &text);
    put_field(layout, "Encryption", &text);
}

static void put_code(struct layout *layout, const char *label, enum code_space space, int64_t value)
{
    const struct code *code = value != EVIDENCE_UNKNOWN ? code_find(space, value) : NULL;
    struct buffer text = {0};

    if (code) {
        buffer_printf(&text, "%" PRId64 " %s: %s", value, code->symbol, code->meaning);
    } else if (value != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "%" PRId64 ", a number without a name", value);
    }
    put_field(layout, label, &text);
}

static void put_registration(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_registration *registration = record->registration;
    const struct evidence_place *place = record->place;
    struct buffer text = {0};

    buffer_puts(&text, registration->type ? registration->type : "Registration");
    if (place && place->frame != EVIDENCE_UNKNOWN) {
        buffer_puts(&text, " in ");
        say_frame(place, place->frame, layout->name_sources, &text);
    }
    if (place && place->source && place->line != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, " in %s:%" PRId64, place->source, place->line);
    }
    if (place && place->reply_frame != EVIDENCE_UNKNOWN &&
        (registration->status != EVIDENCE_UNKNOWN || registration->approval != EVIDENCE_UNKNOWN)) {
        buffer_puts(&text, ", answered in ");
        say_frame(place, place->reply_frame, layout->name_sources, &text);
    }
    layout_text(layout, 0, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
    put_client(layout, registration);
    put_certificates(layout, registration);
    put_code(layout, "Status", CODE_SPACE_REGISTRATION, registration->status);
    put_code(layout, "Approval", CODE_SPACE_APPROVAL, registration->approval);
    say_part("", registration->problem, &text);
    put_field(layout, "Not read", &text);
}

void text_registrations(struct layout *layout, const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_REGISTRATION) {
            layout_blank(layout);
            put_registration(layout, view->records[i]);
        }
    }
}
