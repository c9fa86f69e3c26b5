/* SPDX-License-Identifier: Apache-2.0 */
/* The management points that a forest publishes, as a table. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "report/text.h"
#include "report/words.h"

enum {
    NAME_COLUMN = LAYOUT_INDENT + 6,
    LONGEST_NAME = 36,
    LEAST_ROWS = 20, /* shown without -v */
    STATE_HTTPS = 1, /* CcmHttpSslStates, bit 0 */
};

static const char *name_of(const struct evidence_published *published)
{
    return published->dns_name ? published->dns_name : published->name;
}

static int compare_text(const char *left, const char *right)
{
    return strcasecmp(left ? left : "", right ? right : "");
}

static int compare_rows(const void *left, const void *right)
{
    const struct evidence_record *const *a = left;
    const struct evidence_record *const *b = right;
    int order = compare_text((*a)->published->site_code, (*b)->published->site_code);

    order = order != 0 ? order : compare_text(name_of((*a)->published), name_of((*b)->published));
    order = order != 0 ? order : compare_text((*a)->published->forest, (*b)->published->forest);
    return order != 0 ? order : (*a)->id < (*b)->id ? -1 : (*a)->id > (*b)->id;
}

static bool same_ports(const struct evidence_published *a, const struct evidence_published *b)
{
    return a->http_port == b->http_port && a->https_port == b->https_port &&
           a->ssl_state == b->ssl_state && a->is_default == b->is_default &&
           compare_text(a->srv, b->srv) == 0 && a->srv_port == b->srv_port;
}

/* Do two records show the same? Each case has its own copy of what all cases share. */
static bool same(const struct evidence_record *a, const struct evidence_record *b)
{
    return a->published == b->published ||
           (compare_text(a->published->site_code, b->published->site_code) == 0 &&
            compare_text(name_of(a->published), name_of(b->published)) == 0 &&
            compare_text(a->published->forest, b->published->forest) == 0 &&
            same_ports(a->published, b->published));
}

static bool is_target(const struct evidence_published *published, const char *target)
{
    return target && (strcasecmp(published->name, target) == 0 ||
                      strcasecmp(name_of(published), target) == 0);
}

/* The rows, sorted, each once; lives in the arena. */
static const struct evidence_record **sort_rows(struct arena *arena,
                                                const struct evidence_record *const *records,
                                                size_t count, size_t *count_out)
{
    const struct evidence_record **rows = arena_alloc(arena, (count + 1) * sizeof(*rows));
    size_t found = 0;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (records[i]->kind == EVIDENCE_PUBLISHED) {
            rows[found++] = records[i];
        }
    }
    qsort(rows, found, sizeof(*rows), compare_rows);
    for (size_t i = 0; i < found; i++) {
        if (kept == 0 || !same(rows[kept - 1], rows[i])) {
            rows[kept++] = rows[i];
        }
    }
    *count_out = kept;
    return rows;
}

static void say_port(int64_t port, struct buffer *text)
{
    buffer_truncate(text, 0);
    if (port != EVIDENCE_UNKNOWN) {
        buffer_printf(text, "%" PRId64, port);
    } else {
        buffer_putc(text, '-');
    }
}

static void say_state(const struct evidence_published *published, bool whole, struct buffer *text)
{
    const int64_t state = published->ssl_state;

    buffer_truncate(text, 0);
    if (state != EVIDENCE_UNKNOWN) {
        buffer_puts(text, (state & STATE_HTTPS) != 0 ? "HTTPS" : "HTTP");
        if (whole) {
            buffer_printf(text, " 0x%" PRIx64, (uint64_t)state);
        }
    }
    if (published->srv) {
        buffer_puts(text, "in DNS");
        if (published->srv_port != EVIDENCE_UNKNOWN) {
            buffer_printf(text, ", port %" PRId64, published->srv_port);
        }
    }
    if (published->is_default == TRI_YES) {
        buffer_printf(text, "%sdefault", text->length > 0 ? ", " : "");
    }
    buffer_puts(text, text->length > 0 ? "" : "-");
}

static void put_row(struct layout *layout, const struct evidence_record *record, int column,
                    bool target)
{
    const struct evidence_published *published = record->published;
    const bool whole = layout->options->verbosity > 0;
    struct buffer text = {0};

    layout_record(layout, record);
    layout_text(layout, NAME_COLUMN, published->site_code ? published->site_code : "-");
    layout_cell(layout, NAME_COLUMN, name_of(published));
    say_port(published->http_port, &text);
    layout_cell(layout, column, buffer_text(&text));
    say_port(published->https_port, &text);
    layout_cell(layout, column + 7, buffer_text(&text));
    say_state(published, whole, &text);
    if (target) {
        buffer_puts(&text, ", this one");
    }
    layout_cell(layout, column + 14, buffer_text(&text));
    layout_end(layout);
    if (whole) {
        buffer_truncate(&text, 0);
        buffer_printf(&text, "%s%s", published->version ? "; version " : "",
                      published->version ? published->version : "");
        buffer_printf(&text, "%s%s", published->forest ? "; forest " : "",
                      published->forest ? published->forest : "");
        buffer_printf(&text, "%s%s", published->server ? "; shown by " : "",
                      published->server ? published->server : "");
        buffer_printf(&text, "%s%s", published->srv ? "; SRV " : "",
                      published->srv ? published->srv : "");
        buffer_printf(&text, "%s%s", published->dn ? "; " : "", published->dn ? published->dn : "");
        if (text.length > 0) {
            layout_pad(layout, NAME_COLUMN);
            layout_text(layout, NAME_COLUMN, buffer_text(&text) + 2);
            layout_end(layout);
        }
    }
    buffer_release(&text);
}

static void put_head(struct layout *layout, int column)
{
    layout_cell(layout, LAYOUT_INDENT, "Site");
    layout_cell(layout, NAME_COLUMN, "Published MP");
    layout_cell(layout, column, "HTTP");
    layout_cell(layout, column + 7, "HTTPS");
    layout_cell(layout, column + 14, "State");
    layout_end(layout);
}

void text_published(struct layout *layout, const struct evidence_record *const *records,
                    size_t count, const char *target, bool only)
{
    struct arena arena = {0};
    size_t row_count;
    const struct evidence_record **rows = sort_rows(&arena, records, count, &row_count);
    const bool all = layout->options->verbosity > 0 || row_count <= LEAST_ROWS;
    size_t longest = strlen("Published MP");
    size_t shown = 0;
    int column;

    for (size_t i = 0; i < row_count; i++) {
        const size_t length = strlen(name_of(rows[i]->published));

        longest = length > longest ? length : longest;
    }
    column = NAME_COLUMN + (int)(longest < LONGEST_NAME ? longest : LONGEST_NAME) + 2;
    for (size_t i = 0; i < row_count; i++) {
        const bool own = is_target(rows[i]->published, target);

        if (own || (!only && (all || i < LEAST_ROWS))) {
            if (shown++ == 0) {
                put_head(layout, column);
            }
            put_row(layout, rows[i], column, own && row_count > 1 && !only);
        }
    }
    if (!only && shown < row_count) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_printf(layout, LAYOUT_INDENT, "and %zu more, which -v shows", row_count - shown);
        layout_end(layout);
    }
    arena_release(&arena);
}
