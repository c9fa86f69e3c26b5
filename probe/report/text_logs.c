/* SPDX-License-Identifier: Apache-2.0 */
/* What logs and lists tell of one client, in the order in which it was read. */
#include <inttypes.h>

#include "report/text.h"
#include "report/words.h"

enum { TEXT_INDENT = LAYOUT_INDENT + 4 };

static void put_entries(struct layout *layout, const struct evidence_record *record,
                        const char *text, int64_t count, int64_t last_line)
{
    char when[WORDS_SIZE] = "";

    layout_record(layout, record);
    layout_text(layout, TEXT_INDENT, text ? text : "(no text)");
    if (count > 1) {
        layout_printf(layout, TEXT_INDENT, " (%" PRId64 " times", count);
        if (last_line != EVIDENCE_UNKNOWN) {
            layout_printf(layout, TEXT_INDENT, ", last in line %" PRId64, last_line);
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
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_LOG_EVENT) {
            put_entries(layout, record, record->log_event->text, record->log_event->count,
                        record->log_event->last_line);
        } else if (record->kind == EVIDENCE_KNOWN_PROBLEM) {
            put_entries(layout, record, record->known_problem->text, record->known_problem->count,
                        record->known_problem->last_line);
        } else if (record->kind == EVIDENCE_DUPLICATE) {
            put_duplicate(layout, record->duplicate);
        } else if (record->kind == EVIDENCE_WEB_CLIENT) {
            text_web_client(layout, record->web_client);
        }
    }
}
