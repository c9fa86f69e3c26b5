/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap/search.h"

#include <string.h>

#include "ldap/entry.h"

enum {
    REFERRALS_MAX = 32,
    REFERENCES_MAX = 10000, /* messages of one page that bring no entry */
    EMPTY_PAGES_MAX = 100,  /* in a row; AD may send some while it walks over what does not match */
};

/* A search under way. */
struct search {
    struct directory *directory;
    const struct directory_query *query;
    directory_entry_function *function;
    void *context;
    struct evidence_set *evidence;
    struct evidence_search *record;
    void *referrals;
    LDAPMessage *page[SEARCH_PAGE]; /* entries not yet handed over */
    size_t held;
    struct berval cookie; /* where the next page begins; without a value there is none */
    size_t entries_max;
    size_t empty_pages; /* since the last entry */
    int64_t started;    /* monotonic */
    int id;             /* of the request under way, -1 for none */
    bool stopped;       /* by the caller */
    bool cut;           /* there is more than was read */
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

static struct evidence_search *add_record(const struct search *search)
{
    const struct directory_query *query = search->query;
    const struct evidence_directory *directory = search->directory->record;
    struct arena *arena = &search->evidence->arena;
    struct evidence_search *record = evidence_add(
        search->evidence, EVIDENCE_SEARCH, search->directory->settings.case_id, clock_wall_us());
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
static size_t room(const struct search *search)
{
    const size_t seen = (size_t)search->record->entries;

    return seen < search->entries_max ? search->entries_max - seen : 0;
}

/* Sends the request for the first or next page; false when the connection is lost. */
static bool send_request(struct search *search)
{
    const struct directory_query *query = search->query;
    struct directory *directory = search->directory;
    struct timeval limit = {REPLY_LIMIT_US / CLOCK_US_PER_SECOND, 0};
    const size_t page = room(search) < SEARCH_PAGE ? room(search) : SEARCH_PAGE;
    LDAPControl *controls[2] = {NULL, NULL};
    int code = LDAP_SUCCESS;

    search->id = -1;
    search->record->outcome = OUTCOME_CLOSED;
    if (directory->lost) {
        return false;
    }
    if (query->scope != SCOPE_BASE) {
        code = ldap_create_page_control(directory->ld, (ber_int_t)page, &search->cookie, 0,
                                        &controls[0]);
    }
    if (code == LDAP_SUCCESS) {
        code =
            ldap_search_ext(directory->ld, query->base, scope_number(query->scope), query->filter,
                            (char **)query->attributes, 0, controls, NULL, &limit, 0, &search->id);
    }
    if (controls[0]) {
        ldap_control_free(controls[0]);
    }
    if (code != LDAP_SUCCESS) {
        search->id = -1;
        search->record->diagnostic = ldap_err2string(code);
        directory->lost = code == LDAP_SERVER_DOWN;
        if (!directory->lost) {
            search->record->outcome = OUTCOME_UNKNOWN; /* it was never sent */
        }
        return false;
    }
    search->record->pages++;
    return true;
}

static void note_referrals(struct search *search, char **urls)
{
    struct evidence_search *record = search->record;

    for (size_t i = 0; urls && urls[i] && record->referral_count < REFERRALS_MAX; i++) {
        const char **slot = arena_push(&search->evidence->arena, &search->referrals,
                                       &record->referral_count, sizeof(const char *));

        *slot = evidence_text(&search->evidence->arena, urls[i], strlen(urls[i]), LDAP_NAME_LIMIT);
    }
    record->referrals = (const char **)search->referrals;
}

/* Hands over the entries that are held. */
static void hand_over(struct search *search)
{
    for (size_t i = 0; i < search->held; i++) {
        struct directory_entry entry = {search->directory, search->record, search->page[i],
                                        &search->cut};

        if (!search->stopped && !search->function(&entry, search->context)) {
            search->stopped = true;
        }
        ldap_msgfree(search->page[i]);
    }
    search->held = 0;
}

static void hold(struct search *search, LDAPMessage *message)
{
    if (room(search) == 0) { /* more than was asked for: a server without paging */
        search->cut = true;
        ldap_msgfree(message);
        return;
    }
    if (search->held == SEARCH_PAGE) {
        hand_over(search);
    }
    search->page[search->held++] = message;
    search->record->entries++;
}

/* Takes the last message of a page: result, referrals, and where the next page begins. */
static void take_result(struct search *search, LDAPMessage *message)
{
    struct evidence_search *record = search->record;
    LDAPControl **controls = NULL;
    LDAPControl *paged;
    char **referrals = NULL;
    char *words = NULL;
    ber_int_t estimate;
    int code = 0;

    ber_memfree(search->cookie.bv_val);
    search->cookie = (struct berval){0};
    if (ldap_parse_result(search->directory->ld, message, &code, NULL, &words, &referrals,
                          &controls, 0) != LDAP_SUCCESS) {
        record->outcome = OUTCOME_MALFORMED;
        return;
    }
    record->result = code;
    if (words && words[0]) {
        record->diagnostic =
            evidence_text(&search->evidence->arena, words, strlen(words), DIAGNOSTIC_LIMIT);
    }
    note_referrals(search, referrals);
    paged = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    if (paged && ldap_parse_pageresponse_control(search->directory->ld, paged, &estimate,
                                                 &search->cookie) != LDAP_SUCCESS) {
        record->outcome = OUTCOME_MALFORMED;
    }
    ldap_memfree(words);
    ldap_memvfree((void **)referrals);
    ldap_controls_free(controls);
}

static void take_reference(struct search *search, LDAPMessage *message)
{
    char **urls = NULL;

    if (ldap_parse_reference(search->directory->ld, message, &urls, NULL, 0) == LDAP_SUCCESS) {
        note_referrals(search, urls);
        ldap_memvfree((void **)urls);
    }
}

/* Takes all messages of one page; false when it broke off, also on this side: more entries than
   were asked for, or no end. */
static bool receive_page(struct search *search)
{
    struct evidence_search *record = search->record;
    size_t others = 0;

    for (;;) {
        LDAPMessage *message = NULL;

        record->outcome = directory_wait(search->directory, search->id, &message);
        record->rtt_us = clock_monotonic_us() - search->started;
        if (!message) {
            return false;
        }
        switch (ldap_msgtype(message)) {
        case LDAP_RES_SEARCH_ENTRY:
            hold(search, message);
            if (search->cut) {
                record->result = LDAP_SIZELIMIT_EXCEEDED;
                return false;
            }
            continue;
        case LDAP_RES_SEARCH_REFERENCE:
            take_reference(search, message);
            break;
        case LDAP_RES_SEARCH_RESULT:
            search->id = -1;
            take_result(search, message);
            ldap_msgfree(message);
            return record->outcome == OUTCOME_REPLY;
        default:
            break;
        }
        ldap_msgfree(message);
        if (++others > REFERENCES_MAX) {
            record->result = LDAP_SIZELIMIT_EXCEEDED;
            return false;
        }
    }
}

/* Whether there is a next page to ask for. */
static bool has_more(struct search *search)
{
    if (search->record->result != LDAP_SUCCESS || search->cookie.bv_len == 0 || search->stopped) {
        return false;
    }
    search->empty_pages = search->held > 0 ? 0 : search->empty_pages + 1;
    if (room(search) == 0 || search->empty_pages > EMPTY_PAGES_MAX) {
        search->cut = true;
        return false;
    }
    return true;
}

/* Page after page; the next one is under way while this one is handed over. */
static bool run(struct search *search)
{
    struct evidence_search *record = search->record;
    bool going = send_request(search);

    while (going) {
        bool whole = receive_page(search);

        going = whole && has_more(search);
        going = going && send_request(search);
        hand_over(search);
        going = going && !search->stopped;
    }
    if (search->id >= 0 && !search->directory->lost) {
        ldap_abandon_ext(search->directory->ld, search->id, NULL, NULL);
    }
    if (search->cut && record->result == LDAP_SUCCESS) {
        record->result = LDAP_SIZELIMIT_EXCEEDED;
    }
    return record->outcome == OUTCOME_REPLY && record->result == LDAP_SUCCESS && !search->stopped;
}

bool directory_search(struct directory *directory, const struct directory_query *query,
                      directory_entry_function *function, void *context,
                      struct evidence_set *evidence)
{
    struct search search = {
        .directory = directory,
        .query = query,
        .function = function,
        .context = context,
        .evidence = evidence,
        .entries_max = query->entries_max ? query->entries_max : SEARCH_ENTRIES_MAX,
        .started = clock_monotonic_us(),
        .id = -1,
    };
    bool whole;

    search.record = add_record(&search);
    whole = run(&search);
    ber_memfree(search.cookie.bv_val);
    return whole;
}
