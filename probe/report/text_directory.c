/* SPDX-License-Identifier: Apache-2.0 */
/* What Active Directory said over LDAP: the servers, the searches, and what they found. */
#include <inttypes.h>
#include <string.h>

#include "codes/codes.h"
#include "report/steps.h"
#include "report/text.h"
#include "report/words.h"

enum { DETAIL_INDENT = LAYOUT_INDENT + 4, LDAP_PORT = 389 };

static int64_t total_us(const struct evidence_directory *directory)
{
    const int64_t connect = directory->connect_us;
    const int64_t bind = directory->bind_us;

    if (connect < 0 || bind < 0 || connect > INT64_MAX - bind) {
        return connect == EVIDENCE_UNKNOWN ? bind : connect;
    }
    return connect + bind;
}

static void say_server(const struct evidence_directory *directory, struct buffer *text)
{
    const bool named = directory->server &&
                       (!directory->address || strcmp(directory->server, directory->address) != 0);

    if (directory->address) {
        say_address(directory->address, directory->port, LDAP_PORT, text);
    } else if (!named) {
        buffer_puts(text, "no directory server was found");
    }
    if (named) {
        buffer_printf(text, directory->address ? " (%s)" : "%s", directory->server);
    }
    buffer_printf(text, directory->global_catalog == TRI_YES ? ", global catalog for %s" : ", %s",
                  directory->domain);
}

static void say_sites(const struct evidence_directory *directory, struct buffer *text)
{
    const char *site = directory->site;
    const char *server_site = directory->server_site;

    if (server_site) {
        buffer_printf(text, ", site %s", server_site);
    }
    if (site && (!server_site || strcmp(site, server_site) != 0)) {
        buffer_printf(text, server_site ? ", not the client's site %s" : ", the client's site %s",
                      site);
    }
}

static void say_connection(const struct evidence_directory *directory, bool whole,
                           struct buffer *text)
{
    const char *protection = say_protection(directory->protection);

    if (directory->outcome != OUTCOME_REPLY) {
        if (directory->address || directory->outcome != OUTCOME_UNKNOWN) {
            buffer_puts(text, ": ");
            say_outcome(directory->outcome, directory->phase, text);
        }
        return;
    }
    if (directory->result != EVIDENCE_UNKNOWN && directory->result != DIRECTORY_CODE_SUCCESS) {
        buffer_puts(text, ": bind refused, ");
        say_ldap_result(directory->result, directory->diagnostic, whole, text);
        return;
    }
    if (protection) {
        buffer_printf(text, ", %s", protection);
    }
    say_sites(directory, text);
}

static void say_level(const char *of, int64_t level, struct buffer *text)
{
    const char *words = say_functional_level(level);

    if (level != EVIDENCE_UNKNOWN) {
        buffer_printf(text, "; level of the %s %" PRId64, of, level);
        buffer_printf(text, words ? " (%s)" : "%s", words ? words : "");
    }
}

/* "host=alerter,appmgmt,..." with blanks, where a line can end. */
static void say_mapping(const char *mapping, struct buffer *text)
{
    buffer_puts(text, "; SPNs ");
    for (const char *at = mapping; *at != '\0'; at++) {
        buffer_putc(text, *at);
        if (*at == ',') {
            buffer_putc(text, ' ');
        }
    }
}

/* With -v: the rootDSE. */
static void put_root(struct layout *layout, const struct evidence_directory *directory)
{
    char word[WORDS_SIZE];
    struct buffer text = {0};

    if (directory->connect_us != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; connected in %s", say_duration(directory->connect_us, word));
    }
    if (directory->bind_us != EVIDENCE_UNKNOWN) {
        buffer_printf(&text, "; bound in %s", say_duration(directory->bind_us, word));
    }
    if (directory->host_name) {
        buffer_printf(&text, "; calls itself %s", directory->host_name);
    }
    if (directory->default_context) {
        buffer_printf(&text, "; domain %s", directory->default_context);
    }
    if (directory->root_context) {
        buffer_printf(&text, "; forest %s", directory->root_context);
    }
    if (directory->configuration_context) {
        buffer_printf(&text, "; configuration %s", directory->configuration_context);
    }
    say_level("domain", directory->domain_level, &text);
    say_level("forest", directory->forest_level, &text);
    for (size_t i = 0; i < directory->spn_mapping_count; i++) {
        say_mapping(directory->spn_mappings[i], &text);
    }
    if (text.length > 0) {
        layout_pad(layout, DETAIL_INDENT);
        layout_text(layout, DETAIL_INDENT, buffer_text(&text) + 2);
        layout_end(layout);
    }
    buffer_release(&text);
}

static void put_server(struct layout *layout, const struct evidence_record *record)
{
    const bool whole = layout->options->verbosity > 0;
    char duration[WORDS_SIZE];
    struct buffer text = {0};

    say_server(record->directory, &text);
    say_connection(record->directory, whole, &text);
    layout_margin(layout, say_duration(total_us(record->directory), duration));
    layout_record(layout, record);
    layout_text(layout, DETAIL_INDENT, buffer_text(&text));
    layout_end(layout);
    if (whole) {
        put_root(layout, record->directory);
    }
    buffer_release(&text);
}

static bool search_failed(const struct evidence_search *search)
{
    return search->outcome != OUTCOME_REPLY ||
           (search->result != EVIDENCE_UNKNOWN && search->result != DIRECTORY_CODE_SUCCESS);
}

static void say_search_outcome(const struct evidence_search *search, bool whole,
                               struct buffer *text)
{
    if (search->outcome != OUTCOME_REPLY) {
        say_outcome(search->outcome, PHASE_UNKNOWN, text);
    } else if (search_failed(search)) {
        say_ldap_result(search->result, search->diagnostic, whole, text);
    } else if (search->entries != EVIDENCE_UNKNOWN) {
        buffer_printf(text, "%" PRId64 " found", search->entries);
    } else {
        buffer_puts(text, "done");
    }
}

static void put_search(struct layout *layout, const struct evidence_record *record)
{
    const struct evidence_search *search = record->search;
    char duration[WORDS_SIZE];
    struct buffer text = {0};

    buffer_printf(&text, "search for %s", search->purpose ? search->purpose : "?");
    if (search->server) {
        buffer_puts(&text, " at ");
        say_address(search->server, search->port, LDAP_PORT, &text);
    }
    buffer_puts(&text, ": ");
    say_search_outcome(search, layout->options->verbosity > 0, &text);
    for (size_t i = 0; i < search->referral_count; i++) {
        buffer_printf(&text, "%s%s", i == 0 ? "; refers to " : ", ", search->referrals[i]);
    }
    layout_margin(layout, say_duration(search->rtt_us, duration));
    layout_record(layout, record);
    layout_text(layout, DETAIL_INDENT, buffer_text(&text));
    layout_end(layout);
    buffer_release(&text);
}

/* The purposes that nothing was found for, each once, as far as they are worth reading. */
struct purposes {
    const char *items[8];
    size_t count;
    bool more;
};

static void add_purpose(struct purposes *purposes, const char *purpose)
{
    const size_t room = sizeof(purposes->items) / sizeof(purposes->items[0]);

    for (size_t i = 0; i < purposes->count; i++) {
        if (strcmp(purposes->items[i], purpose) == 0) {
            return;
        }
    }
    if (purposes->count < room) {
        purposes->items[purposes->count++] = purpose;
    } else {
        purposes->more = true;
    }
}

/* What the searches came to. That there is none of something is a fact, too. */
static void put_search_counts(struct layout *layout, const struct case_view *view)
{
    struct purposes none = {.count = 0};
    size_t searches = 0;
    struct buffer text = {0};

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_SEARCH) {
            searches++;
            if (!search_failed(record->search) && record->search->entries == 0 &&
                record->search->purpose) {
                add_purpose(&none, record->search->purpose);
            }
        }
    }
    for (size_t i = 0; i < none.count; i++) {
        buffer_printf(&text, "%s%s", i == 0 ? "; none found: " : ", ", none.items[i]);
    }
    if (searches > 0) {
        layout_pad(layout, LAYOUT_INDENT);
        layout_printf(layout, DETAIL_INDENT, "%zu %s%s%s", searches,
                      searches == 1 ? "search" : "searches", buffer_text(&text),
                      none.more ? ", ..." : "");
        layout_end(layout);
    }
    buffer_release(&text);
}

/* How a server was found and a ticket for it got is told when it failed, or with -v. */
static void put_way_there(struct layout *layout, const struct evidence_record *record)
{
    const bool whole = layout->options->verbosity > 0;

    if (record->kind == EVIDENCE_DNS && (whole || record->dns->outcome != DNS_ANSWER)) {
        text_dns(layout, record);
    } else if (record->kind == EVIDENCE_KDC && (whole || section_fails(record))) {
        text_kdc(layout, record, NULL);
    }
}

void text_directory(struct layout *layout, const struct case_view *view, bool several)
{
    const bool whole = layout->options->verbosity > 0;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind == EVIDENCE_DIRECTORY) {
            put_server(layout, record);
        } else if (record->kind == EVIDENCE_SEARCH && (whole || search_failed(record->search))) {
            put_search(layout, record);
        } else if (section_of(record) == SECTION_DIRECTORY) {
            put_way_there(layout, record);
        }
    }
    put_search_counts(layout, view);
    text_accounts(layout, view);
    text_trusts(layout, view);
    text_published(layout, view->records, view->record_count, view->run ? view->run->target : NULL,
                   several);
}
