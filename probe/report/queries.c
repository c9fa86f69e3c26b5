/* SPDX-License-Identifier: Apache-2.0 */
/* The searches of a run, for whoever wants to know what was asked of the directory. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/layout.h"
#include "report/report.h"
#include "report/words.h"

enum { LDAP_PORT = 389, VALUE_COLUMN = LAYOUT_INDENT + 12 };

static bool equal(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Cases that share a search each have a copy of its record. */
static bool same_search(const struct evidence_record *a, const struct evidence_record *b)
{
    return a->at == b->at &&
           (a->search == b->search ||
            (equal(a->search->server, b->search->server) && a->search->port == b->search->port &&
             equal(a->search->base, b->search->base) && equal(a->search->scope, b->search->scope) &&
             equal(a->search->filter, b->search->filter)));
}

static int compare_places(const void *left, const void *right)
{
    const struct evidence_record *const *a = left;
    const struct evidence_record *const *b = right;

    if ((*a)->at != (*b)->at) {
        return (*a)->at < (*b)->at ? -1 : 1;
    }
    return (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

/* Is the same search among the rows before, as far as they began at the same time? */
static bool seen(const struct evidence_record *const *rows, size_t count,
                 const struct evidence_record *record)
{
    for (size_t i = count; i > 0 && rows[i - 1]->at == record->at; i--) {
        if (same_search(rows[i - 1], record)) {
            return true;
        }
    }
    return false;
}

static void put_value(struct layout *layout, const char *label, const char *value)
{
    layout_pad(layout, LAYOUT_INDENT);
    layout_text(layout, LAYOUT_INDENT, label);
    layout_pad(layout, VALUE_COLUMN);
    layout_text(layout, VALUE_COLUMN, value);
    layout_end(layout);
}

static void say_amount(int64_t amount, const char *one, const char *many, struct buffer *text)
{
    if (amount != EVIDENCE_UNKNOWN) {
        buffer_printf(text, "%s%" PRId64 " %s", text->length > 0 ? ", " : "", amount,
                      amount == 1 ? one : many);
    }
}

static void put_result(struct layout *layout, const struct evidence_search *search)
{
    struct buffer text = {0};

    if (search->outcome != OUTCOME_REPLY) {
        say_outcome(search->outcome, PHASE_UNKNOWN, &text);
    } else if (search->result != EVIDENCE_UNKNOWN && search->result != 0) {
        say_ldap_result(search->result, search->diagnostic, false, &text);
    }
    say_amount(search->entries, "entry", "entries", &text);
    say_amount(search->pages, "page", "pages", &text);
    put_value(layout, "result", text.length > 0 ? buffer_text(&text) : "-");
    buffer_release(&text);
}

static void put_list(struct layout *layout, const char *label, const char *const *items,
                     size_t count)
{
    struct buffer text = {0};

    for (size_t i = 0; i < count; i++) {
        buffer_printf(&text, "%s%s", i > 0 ? ", " : "", items[i]);
    }
    if (count > 0) {
        put_value(layout, label, buffer_text(&text));
    }
    buffer_release(&text);
}

static void put_query(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_search *search = record->search;
    char duration[WORDS_SIZE];
    struct buffer text = {0};

    layout_margin(layout, say_duration(search->rtt_us, duration));
    layout_record(layout, record);
    layout_text(layout, LAYOUT_INDENT, search->purpose ? search->purpose : "a search");
    layout_end(layout);
    if (search->server) {
        say_address(search->server, search->port, LDAP_PORT, &text);
        put_value(layout, "server", buffer_text(&text));
    }
    put_value(layout, "base", search->base && search->base[0] != '\0' ? search->base : "\"\"");
    put_value(layout, "scope", search->scope ? search->scope : "-");
    put_value(layout, "filter", search->filter ? search->filter : "-");
    put_list(layout, "attributes", search->attributes, search->attribute_count);
    put_result(layout, search);
    put_list(layout, "referrals", search->referrals, search->referral_count);
    buffer_release(&text);
}

void report_queries(const struct evidence_set *set, struct buffer *out)
{
    static const struct report_options OPTIONS = {.color = false};
    struct layout layout = {.out = out, .options = &OPTIONS};
    struct arena arena = {0};
    const struct evidence_record **rows = arena_alloc(&arena, (set->count + 1) * sizeof(*rows));
    size_t found = 0;
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++) {
        if (set->records[i].kind == EVIDENCE_SEARCH) {
            rows[found++] = &set->records[i];
        }
    }
    qsort(rows, found, sizeof(*rows), compare_places);
    for (size_t i = 0; i < found; i++) {
        if (!seen(rows, kept, rows[i])) {
            rows[kept++] = rows[i];
            put_query(&layout, rows[i]);
        }
    }
    layout_printf(&layout, 0, "%zu %s", kept, kept == 1 ? "search" : "searches");
    layout_end(&layout);
    arena_release(&arena);
}
