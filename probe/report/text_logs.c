/* SPDX-License-Identifier: Apache-2.0 */
/* What logs and lists tell of one client, in the order in which it was read. */
#include <inttypes.h>

#include "report/text.h"
#include "report/words.h"

enum { TEXT_INDENT = LAYOUT_INDENT + 4 };

static void put_event(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_log_event *told = record->log_event;
    char when[WORDS_SIZE] = "";

    layout_record(layout, record);
    layout_text(layout, TEXT_INDENT, told->text ? told->text : "(no text)");
    if (told->count > 1) {
        layout_printf(layout, TEXT_INDENT, " (%" PRId64 " times", told->count);
        if (told->last_line != EVIDENCE_UNKNOWN) {
            layout_printf(layout, TEXT_INDENT, ", last in line %" PRId64, told->last_line);
        }
        layout_text(layout, TEXT_INDENT, ")");
    }
    if (record->at != EVIDENCE_UNKNOWN) {
        layout_printf(layout, TEXT_INDENT, ", %s", say_time(record->at, when));
    }
    layout_end(layout);
}

static void put_machine(struct layout *layout, const struct duplicate_machine *machine)
{
    char when[WORDS_SIZE];

    layout_pad(layout, LAYOUT_INDENT);
    layout_text(layout, TEXT_INDENT, machine->name);
    if (machine->hardware != EVIDENCE_UNKNOWN) {
        layout_printf(layout, TEXT_INDENT, ", hardware %" PRId64, machine->hardware);
    }
    if (machine->certificate != EVIDENCE_UNKNOWN) {
        layout_printf(layout, TEXT_INDENT, ", certificate %" PRId64, machine->certificate);
    }
    if (machine->first_at != EVIDENCE_UNKNOWN) {
        layout_printf(layout, TEXT_INDENT, ", %s", say_time(machine->first_at, when));
        layout_printf(layout, TEXT_INDENT, " to %s", say_time(machine->last_at, when));
    }
    if (machine->source) {
        layout_printf(layout, TEXT_INDENT, ", %s:%" PRId64, machine->source, machine->line);
    }
    layout_end(layout);
}

static void put_duplicate(struct layout *layout, const struct evidence_duplicate *duplicate)
{
    layout_printf(layout, 0, "%s is used by", duplicate->smsid);
    layout_end(layout);
    for (size_t i = 0; i < duplicate->machine_count; i++) {
        put_machine(layout, &duplicate->machines[i]);
    }
    if (duplicate->more == TRI_YES) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_text(layout, TEXT_INDENT, "and others");
        layout_end(layout);
    }
}

void text_log_events(struct layout *layout, const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_LOG_EVENT) {
            put_event(layout, view->records[i]);
        } else if (view->records[i]->kind == EVIDENCE_DUPLICATE) {
            put_duplicate(layout, view->records[i]->duplicate);
        }
    }
}
