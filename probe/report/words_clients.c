/* SPDX-License-Identifier: Apache-2.0 */
#include "report/words_clients.h"

#include <inttypes.h>

#include "report/reference.h"

const char *say_answer(enum client_answer answer)
{
    switch (answer) {
    case CLIENT_NO:
        return "no";
    case CLIENT_PENDING:
        return "pending";
    case CLIENT_YES:
        return "yes";
    case CLIENT_NOT_NEEDED:
        return "not-needed";
    case CLIENT_UNKNOWN:
        break;
    }
    return "";
}

const char *say_key_kind(enum client_key_kind kind)
{
    static const char *const words[CLIENT_KEY_KINDS] = {
        "fqdn", "account", "principal", "name", "log", "guid", "certificate", "address",
    };

    return words[kind];
}

void say_place(const struct evidence_place *place, struct buffer *out)
{
    const int64_t frame =
        place->reply_frame != EVIDENCE_UNKNOWN ? place->reply_frame : place->frame;

    if (!place->source) {
        return;
    }
    buffer_puts(out, place->source);
    if (frame != EVIDENCE_UNKNOWN) {
        buffer_printf(out, " frame %" PRId64, frame);
    } else if (place->line != EVIDENCE_UNKNOWN) {
        buffer_printf(out, ":%" PRId64, place->line);
    }
}

void say_cause_place(const struct client_row *row, struct buffer *out)
{
    if (row->root) {
        say_references(&row->judged->view, row->root, out);
    }
}
