/* SPDX-License-Identifier: Apache-2.0 */
/* The trusts that the directory holds, and with -v the domains of the forest. */
#include <inttypes.h>
#include <string.h>

#include "report/text.h"
#include "report/words.h"

enum {
    DETAIL_INDENT = LAYOUT_INDENT + 4,
    LEAST_NAMES = 100, /* suffixes shown of one trust */
};

/* A list of one kind of names: "; suffixes a, b (disabled by a conflict)". */
static void say_names(const struct evidence_trust *trust, enum trust_name_kind kind,
                      const char *lead, struct buffer *text)
{
    size_t count = 0;

    for (size_t i = 0; i < trust->name_count; i++) {
        const struct trust_name *name = &trust->names[i];

        if (name->kind == kind && count++ < LEAST_NAMES) {
            buffer_printf(text, "%s%s", count == 1 ? lead : ", ", name->name ? name->name : "?");
            say_trust_name_state(name, text);
        }
    }
    if (count > LEAST_NAMES) {
        buffer_printf(text, " and %zu more", count - LEAST_NAMES);
    }
}

/* Domains of the partner's forest are shown when something is wrong with one, or with -v. */
static void say_domains(const struct evidence_trust *trust, bool whole, struct buffer *text)
{
    size_t count = 0;

    for (size_t i = 0; i < trust->name_count; i++) {
        const struct trust_name *name = &trust->names[i];
        const bool marked = name->flags != EVIDENCE_UNKNOWN && name->flags != 0;

        if (name->kind == TRUST_NAME_DOMAIN && (whole || marked) && count++ < LEAST_NAMES) {
            buffer_printf(text, "%s%s", count == 1 ? "; domains " : ", ",
                          name->name ? name->name : "?");
            if (name->netbios) {
                buffer_printf(text, " %s", name->netbios);
            }
            if (name->sid && whole) {
                buffer_printf(text, " %s", name->sid);
            }
            say_trust_name_state(name, text);
        }
    }
    if (count > LEAST_NAMES) {
        buffer_printf(text, " and %zu more", count - LEAST_NAMES);
    }
}

static void say_suffixes(const struct evidence_trust *trust, bool whole, struct buffer *text)
{
    say_names(trust, TRUST_NAME_TOP_LEVEL, "; suffixes ", text);
    say_names(trust, TRUST_NAME_EXCLUSION, "; excluded ", text);
    say_domains(trust, whole, text);
    if (trust->names_malformed == TRI_YES) {
        buffer_puts(text, "; the list of suffixes could not be read to its end");
    }
    if (whole && trust->flat_name) {
        buffer_printf(text, "; NetBIOS name %s", trust->flat_name);
    }
    if (whole && trust->sid) {
        buffer_printf(text, "; %s", trust->sid);
    }
    if (whole && trust->server) {
        buffer_printf(text, "; shown by %s", trust->server);
    }
}

static void put_trust(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_trust *trust = record->trust;
    const bool whole = layout->options->verbosity > 0;
    struct buffer text = {0};

    buffer_printf(&text, "trust %s -> %s: %s, ", trust->domain, trust->partner,
                  say_trust_kind(trust));
    say_trust_direction(trust, &text);
    say_trust_attributes(trust, whole, &text);
    layout_record(layout, record);
    layout_text(layout, DETAIL_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_truncate(&text, 0);
    say_suffixes(trust, whole, &text);
    if (text.length > 0) {
        layout_pad(layout, DETAIL_INDENT);
        layout_text(layout, DETAIL_INDENT, buffer_text(&text) + 2);
        layout_end(layout);
    }
    buffer_release(&text);
}

static void put_domain(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_domain *domain = record->domain;
    const char *level = say_functional_level(domain->level);
    struct buffer text = {0};

    buffer_printf(&text, "domain %s", domain->name);
    if (domain->netbios) {
        buffer_printf(&text, " (%s)", domain->netbios);
    }
    if (domain->parent) {
        buffer_printf(&text, ", child of %s", domain->parent);
    }
    if (domain->forest) {
        buffer_printf(&text, ", forest %s", domain->forest);
    }
    if (domain->level != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, ", level %" PRId64, domain->level);
        buffer_printf(&text, level ? " (%s)" : "%s", level ? level : "");
    }
    if (domain->dn) {
        buffer_printf(&text, ", %s", domain->dn);
    }
    layout_record(layout, record);
    layout_text(layout, DETAIL_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

void text_trusts(struct layout *layout, const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_TRUST) {
            put_trust(layout, view->records[i]);
        }
    }
    for (size_t i = 0; layout->options->verbosity > 0 && i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_DOMAIN) {
            put_domain(layout, view->records[i]);
        }
    }
}
