/* SPDX-License-Identifier: Apache-2.0 */
/* Joins cases by their keys, and says of each client what is known of it. */
#include "rules/clients.h"

#include <stdlib.h>
#include <string.h>

#include "rules/client_parts.h"

/* --- union-find --- */

static uint32_t root_of(struct client_node *items, uint32_t node)
{
    while (items[node].parent != node) {
        items[node].parent = items[items[node].parent].parent;
        node = items[node].parent;
    }
    return node;
}

static uint32_t trial_of(struct client_node *items, uint32_t node)
{
    while (items[node].trial != node) {
        items[node].trial = items[items[node].trial].trial;
        node = items[node].trial;
    }
    return node;
}

/* Kinds in which what one of `kind` joins must not differ. A client keeps several logs. */
static unsigned surer_kinds(enum client_key_kind kind)
{
    return ((1U << kind) - 1U) & ~(1U << CLIENT_LOG);
}

/* By itself, is the key one of two machines? */
static bool is_shared(struct client_nodes *nodes, struct client_span span, unsigned surer)
{
    const struct client_claim *claims = nodes->claims.items;
    unsigned seen = 0;

    for (size_t i = span.first; i < span.end; i++) {
        const bool several = nodes->items[claims[i].node].several;
        struct client_node *root = &nodes->items[root_of(nodes->items, claims[i].node)];

        if (claims[i].key.shared || (several && claims[i].key.kind > CLIENT_NAME)) {
            return true;
        }
        if (!several && root->stamp != span.end) { /* what is joined already is looked at once */
            if (seen & root->kinds & surer) {
                return true;
            }
            root->stamp = span.end;
            seen |= root->kinds & surer;
        }
    }
    return false;
}

static void share(struct client_nodes *nodes, struct client_span span)
{
    for (size_t i = span.first; i < span.end; i++) {
        nodes->claims.items[i].key.shared = true;
    }
}

/* A case with several names is joined with nothing. */
static bool may_join(const struct client_nodes *nodes, size_t claim)
{
    return !nodes->claims.items[claim].key.shared &&
           !nodes->items[nodes->claims.items[claim].node].several;
}

/* What the keys of one kind would join, were all of them right. */
static void try_kind(struct client_nodes *nodes, struct client_span kind, unsigned surer)
{
    for (size_t first = kind.first; first < kind.end;) {
        const struct client_span span = {first, client_claims_end(&nodes->claims, first)};
        uint32_t joined = CLIENT_NO_NODE;

        if (is_shared(nodes, span, surer)) {
            share(nodes, span);
        }
        for (size_t i = span.first; i < span.end; i++) {
            if (may_join(nodes, i)) {
                const uint32_t root = root_of(nodes->items, nodes->claims.items[i].node);
                const uint32_t trial = trial_of(nodes->items, root);

                joined = joined == CLIENT_NO_NODE ? trial : trial_of(nodes->items, joined);
                nodes->items[trial].trial = joined;
            }
        }
        first = span.end;
    }
}

/* A trial that holds two that differ in a surer kind is of two machines. */
static void find_conflicts(struct client_nodes *nodes, unsigned surer)
{
    for (uint32_t i = 0; i < nodes->count; i++) {
        if (nodes->items[i].parent == i) {
            struct client_node *trial = &nodes->items[trial_of(nodes->items, i)];

            trial->conflict = trial->conflict || (trial->together & nodes->items[i].kinds & surer);
            trial->together |= nodes->items[i].kinds & surer;
        }
    }
}

static void join_kind(struct client_nodes *nodes, struct client_span kind)
{
    for (size_t first = kind.first; first < kind.end;) {
        const struct client_span span = {first, client_claims_end(&nodes->claims, first)};
        uint32_t joined = CLIENT_NO_NODE;
        bool several = false;

        for (size_t i = span.first; i < span.end; i++) {
            const uint32_t root = root_of(nodes->items, nodes->claims.items[i].node);

            if (!may_join(nodes, i)) {
                continue;
            }
            several = several || (joined != CLIENT_NO_NODE && joined != root);
            joined = joined == CLIENT_NO_NODE ? root : joined;
            if (!nodes->items[trial_of(nodes->items, root)].conflict) {
                nodes->items[root].parent = joined;
                nodes->items[joined].kinds |= nodes->items[root].kinds;
            }
        }
        if (several && nodes->items[trial_of(nodes->items, joined)].conflict) {
            share(nodes, span);
        }
        first = span.end;
    }
}

static struct client_span span_of_kind(const struct client_claims *claims, size_t first)
{
    struct client_span span = {first, first};

    while (span.end < claims->count &&
           claims->items[span.end].key.kind == claims->items[first].key.kind) {
        span.end++;
    }
    return span;
}

static void join_all(struct client_nodes *nodes)
{
    for (uint32_t i = 0; i < nodes->count; i++) {
        nodes->items[i].parent = i;
    }
    for (size_t first = 0; first < nodes->claims.count;) {
        const struct client_span kind = span_of_kind(&nodes->claims, first);
        const enum client_key_kind number = nodes->claims.items[first].key.kind;

        for (uint32_t i = 0; i < nodes->count; i++) {
            nodes->items[i].trial = i;
            nodes->items[i].together = 0;
            nodes->items[i].conflict = false;
        }
        try_kind(nodes, kind, surer_kinds(number));
        find_conflicts(nodes, surer_kinds(number));
        join_kind(nodes, kind);
        for (size_t i = kind.first; i < kind.end; i++) {
            nodes->items[root_of(nodes->items, nodes->claims.items[i].node)].kinds |= 1U << number;
        }
        first = kind.end;
    }
}

/* --- the list --- */

/* Each root with a case that shows a key is a client. */
static void number_clients(struct client_nodes *nodes, struct arena *arena,
                           struct client_list *list)
{
    void *items = NULL;
    void *others = NULL;

    for (uint32_t i = 0; i < nodes->count; i++) {
        nodes->items[i].client = CLIENT_NO_NODE;
    }
    for (uint32_t i = 0; i < nodes->case_count; i++) {
        struct client_node *root = &nodes->items[root_of(nodes->items, i)];

        if (nodes->items[i].only_duplicates) {
            continue;
        }
        if (root->kinds == 0) {
            *(uint32_t *)arena_push(arena, &others, &list->case_count, sizeof(uint32_t)) =
                nodes->items[i].case_id;
        } else if (root->client == CLIENT_NO_NODE) {
            root->client = (uint32_t)list->count;
            arena_push(arena, &items, &list->count, sizeof(struct client));
        }
    }
    list->items = items;
    list->cases = others;
}

static struct client *client_of(const struct client_list *list, struct client_nodes *nodes,
                                uint32_t node)
{
    const uint32_t number = nodes->items[root_of(nodes->items, node)].client;

    return number == CLIENT_NO_NODE ? NULL : &list->items[number];
}

static void add_record(struct arena *arena, const struct evidence_record ***items, size_t *count,
                       const struct evidence_record *record)
{
    void *list = (void *)*items;
    const struct evidence_record **place = arena_push(arena, &list, count, sizeof(*place));

    *place = record;
    *items = list;
}

static void add_members(struct client_nodes *nodes, struct arena *arena, struct client_list *list)
{
    void *places = NULL;

    for (uint32_t i = 0; i < nodes->count; i++) {
        struct client *client = client_of(list, nodes, i);
        void *items = client ? client->cases : NULL;

        if (client && nodes->items[i].sighting) {
            add_record(arena, &client->sightings, &client->sighting_count,
                       nodes->items[i].sighting);
        } else if (client) {
            *(uint32_t *)arena_push(arena, &items, &client->case_count, sizeof(uint32_t)) =
                nodes->items[i].case_id;
            client->cases = items;
            *(struct client_place *)arena_push(arena, &places, &list->place_count,
                                               sizeof(struct client_place)) =
                (struct client_place){nodes->items[i].case_id, (uint32_t)(client - list->items)};
        }
    }
    list->places = places;
}

/* By record: what was found first stands first. Names of several machines are nobody's own. */
static int compare_keys(const void *left, const void *right)
{
    const struct client_key *a = left;
    const struct client_key *b = right;

    return a->kind != b->kind               ? (a->kind < b->kind ? -1 : 1)
           : a->record->id != b->record->id ? (a->record->id < b->record->id ? -1 : 1)
                                            : strcmp(a->text, b->text);
}

/* Room for the keys of each client: at most one for each sighting of one. */
static void make_room(struct client_nodes *nodes, struct arena *arena,
                      const struct client_list *list)
{
    for (size_t i = 0; i < nodes->claims.count; i++) {
        struct client *client = client_of(list, nodes, nodes->claims.items[i].node);

        if (client) {
            client->key_count++;
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        struct client *client = &list->items[i];

        client->keys = arena_alloc(arena, client->key_count * sizeof(*client->keys));
        client->key_count = 0;
    }
}

static void add_keys(struct client_nodes *nodes, struct arena *arena,
                     const struct client_list *list)
{
    make_room(nodes, arena, list);
    for (size_t i = 0; i < nodes->claims.count; i++) {
        const struct client_claim *claim = &nodes->claims.items[i];
        struct client *client = client_of(list, nodes, claim->node);
        struct client_key *last =
            client && client->key_count > 0 ? &client->keys[client->key_count - 1] : NULL;
        const bool shared = claim->key.shared || nodes->items[claim->node].several;

        if (last && last->kind == claim->key.kind && strcmp(last->text, claim->key.text) == 0) {
            last->shared = last->shared || shared;
            last->record =
                claim->key.record->id < last->record->id ? claim->key.record : last->record;
        } else if (client) {
            last = &client->keys[client->key_count++];
            *last = claim->key;
            last->shared = shared;
        }
    }
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].key_count > 1) {
            qsort(list->items[i].keys, list->items[i].key_count, sizeof(struct client_key),
                  compare_keys);
        }
    }
}

static void add_duplicate(struct client_nodes *nodes, struct arena *arena,
                          const struct client_list *list, struct client_span span,
                          const struct evidence_record *record)
{
    for (size_t i = span.first; i < span.end; i++) {
        struct client *client = client_of(list, nodes, nodes->claims.items[i].node);
        const size_t count = client ? client->duplicate_count : 0;

        if (client && (count == 0 || client->duplicates[count - 1] != record)) {
            add_record(arena, &client->duplicates, &client->duplicate_count, record);
        }
    }
}

/* Whose GUID it is, and who is named as one of its machines. */
static void add_duplicates(struct client_nodes *nodes, struct arena *arena,
                           const struct evidence_set *set, const struct client_list *list)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct evidence_record *record = &set->records[i];
        const struct evidence_duplicate *duplicate = record->duplicate;
        const char *text;

        if (record->kind != EVIDENCE_DUPLICATE) {
            continue;
        }
        text = client_key_text(&nodes->scratch, CLIENT_GUID, duplicate->smsid);
        if (text) {
            add_duplicate(nodes, arena, list, client_claims_find(&nodes->claims, CLIENT_GUID, text),
                          record);
        }
        for (size_t k = 0; k < duplicate->machine_count; k++) {
            text = client_key_text(&nodes->scratch, CLIENT_NAME, duplicate->machines[k].name);
            if (text) {
                add_duplicate(nodes, arena, list,
                              client_claims_find(&nodes->claims, CLIENT_NAME, text), record);
            }
        }
    }
}

void clients_join(const struct evidence_set *set, struct arena *arena, struct client_list *list_out)
{
    struct client_nodes nodes;

    *list_out = (struct client_list){0};
    client_nodes_find(set, arena, &nodes);
    join_all(&nodes);
    number_clients(&nodes, arena, list_out);
    add_members(&nodes, arena, list_out);
    add_keys(&nodes, arena, list_out);
    add_duplicates(&nodes, arena, set, list_out);
    client_nodes_release(&nodes);
}
