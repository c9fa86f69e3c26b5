/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/reader.h"

#include <string.h>

#include "ldap/entry.h"

enum {
    REFERRALS_MAX = 32,
    REFERENCES_MAX = 10000, /* messages of one page that bring no entry */
    EMPTY_PAGES_MAX = 100,  /* in a row; AD may send some while it walks over what does not match */
};

static const char *scope_word(enum directory_scope scope)
{
    static const char *const words[] = {"base", "one", "sub"};

    return words[scope];
}

static int scope_number(enum directory_scope scope)
{
    static const int numbers[] = {LDAP_SCOPE_BASE, LDAP_SCOPE_ONELEVEL, LDAP_SCOPE_SUBTREE};

    return numbers[scope];
}

static struct evidence_search *add_record(const struct reader *reader)
{
    const struct directory_query *query = reader->query;
    const struct evidence_directory *directory = reader->directory->record;
    struct arena *arena = &reader->evidence->arena;
    struct evidence_search *record = evidence_add(
        reader->evidence, EVIDENCE_SEARCH, reader->directory->settings.case_id, clock_wall_us());
    void *attributes = NULL;

    record->server = arena_strdup(arena, directory->server);
    record->port = directory->port;
    record->purpose = arena_strdup(arena, query->purpose);
    record->base = arena_strdup(arena, query->base);
    record->scope = scope_word(query->scope);
    record->filter = arena_strdup(arena, query->filter);
    for (size_t i = 0; query->attributes[i]; i++) {
        const char **slot =
            arena_push(arena, &attributes, &record->attribute_count, sizeof(const char *));

        *slot = arena_strdup(arena, query->attributes[i]);
    }
    record->attributes = attributes;
    record->entries = 0;
    record->pages = 0;
    return record;
}

/* Entries that may still be asked for. */
static size_t room(const struct reader *reader)
{
    const size_t seen = (size_t)reader->record->entries;
    const size_t most =
        reader->query->entries_max ? reader->query->entries_max : SEARCH_ENTRIES_MAX;

    return seen < most ? most - seen : 0;
}

/* Sends the request for the first or next page; without one the search has ended. */
static void send_request(struct reader *reader)
{
    const struct directory_query *query = reader->query;
    struct directory *directory = reader->directory;
    struct timeval limit = {REPLY_LIMIT_US / CLOCK_US_PER_SECOND, 0};
    const size_t page = room(reader) < SEARCH_PAGE ? room(reader) : SEARCH_PAGE;
    LDAPControl *controls[2] = {NULL, NULL};
    int code = LDAP_SUCCESS;

    reader->id = -1;
    reader->record->outcome = OUTCOME_CLOSED;
    if (directory->lost) {
        return;
    }
    if (query->scope != SCOPE_BASE) {
        code = ldap_create_page_control(directory->ld, (ber_int_t)page, &reader->cookie, 0,
                                        &controls[0]);
    }
    if (code == LDAP_SUCCESS) {
        code =
            ldap_search_ext(directory->ld, query->base, scope_number(query->scope), query->filter,
                            (char **)query->attributes, 0, controls, NULL, &limit, 0, &reader->id);
    }
    if (controls[0]) {
        ldap_control_free(controls[0]);
    }
    if (code != LDAP_SUCCESS) {
        reader->id = -1;
        reader->record->diagnostic = ldap_err2string(code);
        directory->lost = code == LDAP_SERVER_DOWN;
        if (!directory->lost) {
            reader->record->outcome = OUTCOME_UNKNOWN; /* it was never sent */
        }
        return;
    }
    reader->record->pages++;
    reader->page_entries = 0;
    reader->others = 0;
    reader->heard = clock_monotonic_us();
}

static void note_referrals(struct reader *reader, char **urls)
{
    struct evidence_search *record = reader->record;

    for (size_t i = 0; urls && urls[i] && record->referral_count < REFERRALS_MAX; i++) {
        const char **slot = arena_push(&reader->evidence->arena, &reader->referrals,
                                       &record->referral_count, sizeof(const char *));

        *slot = evidence_text(&reader->evidence->arena, urls[i], strlen(urls[i]), LDAP_NAME_LIMIT);
    }
    record->referrals = (const char **)reader->referrals;
}

/* A page that begins with the entry of the one before is the same page again. A cookie alone says
   nothing: Samba's is the same for every page of a search. */
static bool is_repeated(struct reader *reader, LDAPMessage *message)
{
    char *dn = ldap_get_dn(reader->directory->ld, message);
    const bool repeated = dn && reader->first_dn && strcmp(dn, reader->first_dn) == 0;

    ldap_memfree(reader->first_dn);
    reader->first_dn = dn;
    return repeated;
}

/* False when there is more than may be read: a server without paging, or in circles. */
static bool take_entry(struct reader *reader, LDAPMessage *message)
{
    struct directory_entry entry = {reader->directory, reader->record, message, &reader->cut};

    if (room(reader) == 0) {
        reader->cut = true;
    } else if (reader->page_entries++ == 0 && reader->query->scope != SCOPE_BASE &&
               is_repeated(reader, message)) {
        reader->record->diagnostic = "the server gave the same page again";
        reader->cut = true;
    } else {
        reader->record->entries++;
        reader->stopped = !reader->function(&entry, reader->context);
        return true;
    }
    reader->record->result = LDAP_SIZELIMIT_EXCEEDED;
    return false;
}

/* Takes the last message of a page: result, referrals, and where the next page begins. */
static void take_result(struct reader *reader, LDAPMessage *message)
{
    struct evidence_search *record = reader->record;
    LDAPControl **controls = NULL;
    LDAPControl *paged;
    char **referrals = NULL;
    char *words = NULL;
    ber_int_t estimate;
    int code = 0;

    ber_memfree(reader->cookie.bv_val);
    reader->cookie = (struct berval){0};
    if (ldap_parse_result(reader->directory->ld, message, &code, NULL, &words, &referrals,
                          &controls, 0) != LDAP_SUCCESS) {
        record->outcome = OUTCOME_MALFORMED;
        return;
    }
    record->result = code;
    if (words && words[0]) {
        record->diagnostic =
            evidence_text(&reader->evidence->arena, words, strlen(words), DIAGNOSTIC_LIMIT);
    }
    note_referrals(reader, referrals);
    paged = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    if (paged && ldap_parse_pageresponse_control(reader->directory->ld, paged, &estimate,
                                                 &reader->cookie) != LDAP_SUCCESS) {
        record->outcome = OUTCOME_MALFORMED;
    }
    ldap_memfree(words);
    ldap_memvfree((void **)referrals);
    ldap_controls_free(controls);
}

static void take_reference(struct reader *reader, LDAPMessage *message)
{
    char **urls = NULL;

    if (ldap_parse_reference(reader->directory->ld, message, &urls, NULL, 0) == LDAP_SUCCESS) {
        note_referrals(reader, urls);
        ldap_memvfree((void **)urls);
    }
}

/* Whether there is a next page to ask for. */
static bool has_more(struct reader *reader)
{
    if (reader->record->outcome != OUTCOME_REPLY || reader->record->result != LDAP_SUCCESS ||
        reader->cookie.bv_len == 0) {
        return false;
    }
    reader->empty_pages = reader->page_entries > 0 ? 0 : reader->empty_pages + 1;
    if (room(reader) == 0 || reader->empty_pages > EMPTY_PAGES_MAX) {
        reader->cut = true;
        return false;
    }
    return true;
}

/* Takes one message; false when the search ends with it. */
static bool take_message(struct reader *reader, LDAPMessage *message)
{
    switch (ldap_msgtype(message)) {
    case LDAP_RES_SEARCH_ENTRY:
        return take_entry(reader, message) && !reader->stopped;
    case LDAP_RES_SEARCH_RESULT:
        reader->id = -1;
        reader->whole_pages++;
        take_result(reader, message);
        reader->paused = has_more(reader);
        if (reader->paused && reader->whole_pages != reader->pages_max) {
            reader_resume(reader);
        }
        return reader->id >= 0;
    case LDAP_RES_SEARCH_REFERENCE:
        take_reference(reader, message);
        break;
    default:
        break;
    }
    if (++reader->others > REFERENCES_MAX) {
        reader->record->result = LDAP_SIZELIMIT_EXCEEDED;
        return false;
    }
    return true;
}

void reader_start(struct reader *reader, struct directory *directory,
                  const struct directory_query *query, struct evidence_set *evidence)
{
    reader->directory = directory;
    reader->query = query;
    reader->evidence = evidence;
    reader->started = clock_monotonic_us();
    reader->record = add_record(reader);
    send_request(reader);
}

void reader_resume(struct reader *reader)
{
    reader->paused = false;
    reader->pages_max = 0;
    send_request(reader);
}

enum reader_state reader_step(struct reader *reader)
{
    const size_t pages = reader->whole_pages;

    while (reader->id >= 0 && pages == reader->whole_pages) {
        LDAPMessage *message = NULL;
        bool more;

        reader->record->outcome =
            directory_poll(reader->directory, reader->id, reader->heard, &message);
        if (!message) {
            return reader->record->outcome == OUTCOME_UNKNOWN ? READER_WAITS : READER_ENDED;
        }
        reader->heard = clock_monotonic_us();
        reader->record->rtt_us = reader->heard - reader->started;
        more = take_message(reader, message);
        ldap_msgfree(message);
        if (!more) {
            return READER_ENDED;
        }
    }
    return reader->id >= 0 ? READER_WAITS : READER_ENDED;
}

bool reader_end(struct reader *reader)
{
    struct evidence_search *record = reader->record;

    if (reader->id >= 0 && !reader->directory->lost) {
        ldap_abandon_ext(reader->directory->ld, reader->id, NULL, NULL);
    }
    reader->id = -1;
    ber_memfree(reader->cookie.bv_val);
    reader->cookie = (struct berval){0};
    ldap_memfree(reader->first_dn);
    reader->first_dn = NULL;
    if (reader->cut && record->result == LDAP_SUCCESS) {
        record->result = LDAP_SIZELIMIT_EXCEEDED;
    }
    return record->outcome == OUTCOME_REPLY && record->result == LDAP_SUCCESS && !reader->stopped;
}

int reader_socket(const struct reader *reader)
{
    int fd = -1;

    if (reader->directory->lost ||
        ldap_get_option(reader->directory->ld, LDAP_OPT_DESC, &fd) != LDAP_OPT_SUCCESS) {
        return -1;
    }
    return fd;
}
