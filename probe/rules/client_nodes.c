/* SPDX-License-Identifier: Apache-2.0 */
/* The recorded cases of a set, and what in them shows who the client is. */
#include <stdlib.h>
#include <string.h>

#include "rules/client_parts.h"

/* A log with what it tells of. */
struct own_log {
    const char *source;
    bool client;
    bool mp;
};

struct finder {
    const struct evidence_set *set;
    struct client_nodes *nodes;
    struct own_log *logs;
    size_t log_count;
};

/* --- cases --- */

static int compare_nodes(const void *left, const void *right)
{
    const struct client_node *a = left;
    const struct client_node *b = right;

    return a->case_id < b->case_id ? -1 : a->case_id > b->case_id;
}

static struct client_node *add_node(struct finder *find)
{
    void *items = find->nodes->items;
    struct client_node *node =
        arena_push(&find->nodes->scratch, &items, &find->nodes->count, sizeof(*node));

    find->nodes->items = items;
    return node;
}

static void find_cases(struct finder *find)
{
    size_t kept = 0;

    for (size_t i = 0; i < find->set->count; i++) {
        const struct evidence_record *record = &find->set->records[i];

        if (record->kind == EVIDENCE_RUN && record->case_id > 0 &&
            (record->run->origin == ORIGIN_CAPTURE || record->run->origin == ORIGIN_LOGS)) {
            add_node(find)->case_id = record->case_id;
        }
    }
    if (find->nodes->count > 0) {
        qsort(find->nodes->items, find->nodes->count, sizeof(*find->nodes->items), compare_nodes);
    }
    for (size_t i = 0; i < find->nodes->count; i++) { /* a case that was begun twice is one */
        if (kept == 0 || find->nodes->items[kept - 1].case_id != find->nodes->items[i].case_id) {
            find->nodes->items[kept++] = find->nodes->items[i];
        }
    }
    find->nodes->count = kept;
    find->nodes->case_count = kept;
}

/* `hint` is the node of the record before: the records of a case stand together. */
static uint32_t node_of(const struct finder *find, uint32_t case_id, uint32_t hint)
{
    const struct client_node wanted = {.case_id = case_id};
    const struct client_node *found;

    if (hint != CLIENT_NO_NODE && find->nodes->items[hint].case_id == case_id) {
        return hint;
    }
    found = find->nodes->case_count > 0
                ? bsearch(&wanted, find->nodes->items, find->nodes->case_count,
                          sizeof(*find->nodes->items), compare_nodes)
                : NULL;
    return found ? (uint32_t)(found - find->nodes->items) : CLIENT_NO_NODE;
}

static void find_sightings(struct finder *find)
{
    for (size_t i = 0; i < find->set->count; i++) {
        const struct evidence_record *record = &find->set->records[i];

        if (record->case_id == 0 && record->kind == EVIDENCE_REGISTRATION) {
            add_node(find)->sighting = record;
        }
    }
}

/* --- logs that a client keeps of itself --- */

static int compare_logs(const void *left, const void *right)
{
    const struct own_log *a = left;
    const struct own_log *b = right;

    return strcmp(a->source, b->source);
}

static void note_event(struct own_log *log, enum log_event_kind event)
{
    switch (event) {
    case LOG_REGISTRATION_STARTED:
    case LOG_REGISTERED:
    case LOG_PENDING:
    case LOG_REJECTED:
    case LOG_STATE_FAILED:
    case LOG_POST_FAILED:
    case LOG_HTTP_STATUS:
    case LOG_DELIVERED:
        log->client = true;
        break;
    case LOG_REGISTRATION_REQUEST:
    case LOG_RDR_WRITTEN:
    case LOG_REGISTRATION_FAILED:
    case LOG_BODY_INVALID:
    case LOG_CERTIFICATE_EXPIRED:
    case LOG_CERTIFICATE_UNTRUSTED:
        log->mp = true;
        break;
    case LOG_EVENT_UNKNOWN:
    case LOG_CERTIFICATE_MISSING:
    case LOG_ENTRA:
    case LOG_ERROR:
        break;
    }
}

static void find_own_logs(struct finder *find)
{
    void *items = NULL;
    struct own_log *last = NULL;
    size_t kept = 0;

    for (size_t i = 0; i < find->set->count; i++) {
        const struct evidence_record *record = &find->set->records[i];
        const char *source = record->place ? record->place->source : NULL;

        if (record->kind != EVIDENCE_LOG_EVENT || !source) {
            continue;
        }
        if (!last || strcmp(last->source, source) != 0) {
            last = arena_push(&find->nodes->scratch, &items, &find->log_count, sizeof(*last));
            last->source = source;
        }
        note_event(last, record->log_event->event);
    }
    find->logs = items;
    if (find->log_count > 0) {
        qsort(find->logs, find->log_count, sizeof(*find->logs), compare_logs);
    }
    for (size_t i = 0; i < find->log_count; i++) {
        if (kept > 0 && compare_logs(&find->logs[kept - 1], &find->logs[i]) == 0) {
            find->logs[kept - 1].client |= find->logs[i].client;
            find->logs[kept - 1].mp |= find->logs[i].mp;
        } else {
            find->logs[kept++] = find->logs[i];
        }
    }
    find->log_count = kept;
}

static bool is_own_log(const struct finder *find, const struct evidence_record *record)
{
    const struct own_log wanted = {.source = record->place ? record->place->source : NULL};
    const struct own_log *found;

    if (record->kind != EVIDENCE_LOG_EVENT || !wanted.source) {
        return false;
    }
    found = bsearch(&wanted, find->logs, find->log_count, sizeof(*find->logs), compare_logs);
    return found && found->client && !found->mp;
}

static void gather(struct finder *find)
{
    uint32_t next_sighting = (uint32_t)find->nodes->case_count;
    uint32_t node = CLIENT_NO_NODE;

    for (size_t i = 0; i < find->set->count; i++) {
        const struct evidence_record *record = &find->set->records[i];

        if (record->case_id == 0) {
            if (record->kind == EVIDENCE_REGISTRATION) {
                client_claims_add(&find->nodes->claims, record, next_sighting++, false);
            }
            continue;
        }
        node = node_of(find, record->case_id, node);
        if (node == CLIENT_NO_NODE) {
            continue;
        }
        if (record->kind == EVIDENCE_DUPLICATE) {
            find->nodes->items[node].only_duplicates = true;
        }
        client_claims_add(&find->nodes->claims, record, node, is_own_log(find, record));
    }
}

/* What cases about duplicates are called is one of several names. */
static void leave_out_duplicates(struct finder *find)
{
    struct client_claims *claims = &find->nodes->claims;
    size_t kept = 0;

    for (size_t i = 0; i < claims->count; i++) {
        if (!find->nodes->items[claims->items[i].node].only_duplicates) {
            claims->items[kept++] = claims->items[i];
        }
    }
    claims->count = kept;
}

/* Two names of one kind in one case are two machines. */
static void find_several(struct finder *find)
{
    const struct client_claims *claims = &find->nodes->claims;
    unsigned *seen = arena_alloc(&find->nodes->scratch, find->nodes->count * sizeof(*seen) + 1);

    for (size_t i = 0; i < claims->count && claims->items[i].key.kind <= CLIENT_NAME; i++) {
        const unsigned kind = 1U << claims->items[i].key.kind;
        const uint32_t node = claims->items[i].node;

        find->nodes->items[node].several = find->nodes->items[node].several || (seen[node] & kind);
        seen[node] |= kind;
    }
}

/* GUIDs that lists and identity files of other machines have, too. */
static void share_duplicates(struct finder *find)
{
    struct client_claims *claims = &find->nodes->claims;

    for (size_t i = 0; i < find->set->count; i++) {
        const struct evidence_record *record = &find->set->records[i];
        const char *guid =
            record->kind == EVIDENCE_DUPLICATE && record->duplicate->machine_count > 1
                ? client_key_text(&find->nodes->scratch, CLIENT_GUID, record->duplicate->smsid)
                : NULL;
        const struct client_span span =
            guid ? client_claims_find(claims, CLIENT_GUID, guid) : (struct client_span){0, 0};

        for (size_t k = span.first; k < span.end; k++) {
            claims->items[k].key.shared = true;
        }
    }
}

void client_nodes_find(const struct evidence_set *set, struct arena *arena,
                       struct client_nodes *nodes_out)
{
    struct finder find = {.set = set, .nodes = nodes_out};

    *nodes_out = (struct client_nodes){.claims = {.arena = arena, .scratch = &nodes_out->scratch}};
    find_cases(&find);
    find_sightings(&find);
    find_own_logs(&find);
    gather(&find);
    leave_out_duplicates(&find);
    client_claims_sort(&nodes_out->claims);
    find_several(&find);
    share_duplicates(&find);
}

void client_nodes_release(struct client_nodes *nodes)
{
    arena_release(&nodes->scratch);
}
