/* SPDX-License-Identifier: Apache-2.0 */
/* For people. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "report/forest.h"
#include "report/layout.h"
#include "report/words.h"

enum {
    LABEL_COLUMN = 10,
    ACCOUNT_INDENT = LAYOUT_INDENT + 2,
    FIX_INDENT = ACCOUNT_INDENT + 2,
};

static const struct {
    const char *title;
    const char *words;
} SECTIONS[FOREST_PROBLEM_COUNT] = {
    [FOREST_DUPLICATE] =
        {"held by more than one account",
         "A KDC issues no ticket for an SPN that several accounts hold, since it cannot tell whose "
         "key to use. Keep each on the one account that its service runs as (for a usual "
         "management point on none: HOST of the computer account serves) and take it from the "
         "others. More: ccmprobe explain spn.duplicate"},
    [FOREST_ACROSS] =
        {"held in more than one forest",
         "The KDCs of each forest issue tickets for the account of their own, so that clients of "
         "one of them get one that the service cannot open. Keep each on the account that its "
         "service runs as, and take it from the others. More: ccmprobe explain spn.duplicate"},
    [FOREST_ORPHAN] = {"of a host that is gone",
                       "No computer object has the name, and DNS knows no address for it. If "
                       "nobody asks for the service any more, take the SPN away."},
    [FOREST_OTHER_COMPUTER] =
        {"of one computer held by another",
         "The computer of that name cannot open the tickets: they are for the one that holds the "
         "SPN. Where that one does not serve the name (an alias that moved, a replaced server), "
         "take the SPN away. More: ccmprobe explain spn.on-other-computer"},
    [FOREST_SERVICE_ACCOUNT] =
        {"held by an account that is no computer",
         "Where the service runs as the account (an application pool behind a load balancer), the "
         "SPN belongs there: leave it. Where the host is a management point that runs as its "
         "computer account, it cannot open the tickets: take the SPN away, and HOST of the "
         "computer account serves. First see what else uses the account. More: ccmprobe explain "
         "spn.on-user"},
};

static void put_field(struct layout *layout, const char *label, const char *text)
{
    layout_field(layout, LABEL_COLUMN, label, text);
}

static void put_paragraph(struct layout *layout, int indent, const char *text)
{
    layout_pad(layout, indent);
    layout_text(layout, indent, text);
    layout_end(layout);
}

static const char *name_of(const struct forest_place *place)
{
    return place->forest ? place->forest : place->domain ? place->domain : "(unknown)";
}

static void put_header(struct layout *layout, const struct forest_list *list)
{
    struct buffer text = {0};
    char when[WORDS_SIZE];

    layout_margin(layout, say_time(list->at, when));
    layout_text(layout, 0,
                list->place_count > 1 ? "HTTP SPNs of the forests " : "HTTP SPNs of the forest ");
    for (size_t i = 0; i < list->place_count; i++) {
        layout_printf(layout, 0, "%s%s", i > 0 ? ", " : "", name_of(&list->places[i]));
    }
    layout_text(layout, 0, list->place_count == 0 ? "(unknown)" : "");
    layout_end(layout);
    layout_rule(layout, '=');
    for (size_t i = 0; i < list->place_count; i++) {
        const struct forest_place *place = &list->places[i];

        if (!place->server) {
            continue;
        }
        buffer_truncate(&text, 0);
        say_address(place->server, place->port, EVIDENCE_UNKNOWN, &text);
        put_field(layout, "Asked", buffer_text(&text));
        buffer_truncate(&text, 0);
        buffer_printf(&text, "%" PRId64 " accounts with %" PRId64 " HTTP SPNs", place->accounts,
                      place->spns);
        put_field(layout, "Read", buffer_text(&text));
    }
    put_field(layout, "Client", list->principal ? list->principal : "no identity");
    put_field(layout, "Program", "ccmprobe " CCMPROBE_VERSION);
    buffer_release(&text);
}

static void put_spn(struct layout *layout, const struct forest_holding *holding,
                    enum forest_problem problem)
{
    const struct forest_host *host = holding->host;

    layout_pad(layout, LAYOUT_INDENT);
    layout_text(layout, LAYOUT_INDENT, holding->spn);
    if (problem != FOREST_ORPHAN && host && host->computer == TRI_NO) {
        layout_printf(layout, ACCOUNT_INDENT, " (no computer object; %s)",
                      host->in_dns == TRI_YES  ? "in DNS: an alias or a load balancer"
                      : host->in_dns == TRI_NO ? "not in DNS"
                                               : "DNS could not be asked");
    } else if (holding->with_port) {
        layout_text(layout, ACCOUNT_INDENT, " (with a port: not asked for by clients of an MP)");
    }
    layout_end(layout);
}

static void put_holding(struct layout *layout, const struct forest_holding *holding)
{
    struct arena arena = {0};

    layout_pad(layout, ACCOUNT_INDENT);
    layout_printf(layout, FIX_INDENT, "%s, %s%s", holding->label, say_account_kind(holding->kind),
                  holding->enabled == TRI_NO ? ", disabled" : "");
    layout_end(layout);
    layout_command(layout, FIX_INDENT + 2, forest_fix(&arena, holding));
    put_paragraph(layout, FIX_INDENT,
                  arena_printf(&arena, "To undo: %s", forest_undo(&arena, holding)));
    arena_release(&arena);
}

static void put_section(struct layout *layout, const struct forest_list *list,
                        enum forest_problem problem)
{
    const struct forest_holding *before = NULL;

    for (size_t i = 0; i < list->holding_count; i++) {
        const struct forest_holding *holding = &list->holdings[i];

        if (forest_heaviest(holding) != problem) {
            continue;
        }
        if (!before) {
            layout_blank(layout);
            layout_mark(layout, forest_problem_level(problem));
            layout_printf(layout, LAYOUT_INDENT, "HTTP SPNs %s", SECTIONS[problem].title);
            layout_end(layout);
            put_paragraph(layout, LAYOUT_INDENT, SECTIONS[problem].words);
        }
        if (!before || strcasecmp(before->spn, holding->spn) != 0) {
            layout_blank(layout);
            put_spn(layout, holding, problem);
        }
        put_holding(layout, holding);
        before = holding;
    }
}

static void put_result(struct layout *layout, const struct forest_list *list)
{
    const bool asked = list->place_count > 0 && list->places[0].server;

    layout_blank(layout);
    if (list->problem) {
        layout_mark(layout, LEVEL_UNKNOWN);
        layout_printf(layout, LAYOUT_INDENT, "%s: %s",
                      asked ? "The list may lack something" : "Could not tell", list->problem);
        layout_end(layout);
    }
    if (asked) {
        layout_mark(layout, forest_level(list) == LEVEL_OK ? LEVEL_OK : LEVEL_INFO);
        layout_printf(layout, LAYOUT_INDENT,
                      "Held by several accounts: %zu; of a host that is gone: %zu; of another "
                      "computer: %zu; held by an account that is no computer: %zu (each account "
                      "counts)",
                      forest_count(list, FOREST_DUPLICATE) + forest_count(list, FOREST_ACROSS),
                      forest_count(list, FOREST_ORPHAN), forest_count(list, FOREST_OTHER_COMPUTER),
                      forest_count(list, FOREST_SERVICE_ACCOUNT));
        layout_end(layout);
    }
}

void forest_text(const struct forest_list *list, const struct report_options *options,
                 struct buffer *out)
{
    struct layout layout = {.out = out, .options = options};

    put_header(&layout, list);
    for (enum forest_problem problem = 0; problem < FOREST_PROBLEM_COUNT; problem++) {
        put_section(&layout, list, problem);
    }
    put_result(&layout, list);
}
