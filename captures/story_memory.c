/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/story_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/copy.h"

static uint32_t hash_text(uint32_t hash, const char *text)
{
    return text ? table_hash(hash, text, strlen(text) + 1) : hash;
}

static struct endpoint without_port(const struct endpoint *endpoint)
{
    struct endpoint address = *endpoint;

    address.port = 0;
    return address;
}

static const struct story_limits LIMITS = {
    .clients = STORY_CLIENTS_MAX,
    .cases = STORY_CASES_MAX,
    .names = STORY_NAMES_MAX,
    .tickets = STORY_TICKETS_MAX,
    .connections = STORY_CONNECTIONS_MAX,
    .registrations = STORY_REGISTRATIONS_MAX,
    .requests = STORY_ATTEMPT_REQUESTS,
    .message_bytes = STORY_MESSAGE_BYTES,
    .client_bytes = STORY_CLIENT_BYTES,
    .case_bytes = STORY_CASE_BYTES,
    .shared_bytes = STORY_SHARED_BYTES,
};

void story_memory_init(struct story_memory *memory, const struct story_limits *limits)
{
    const struct story_limits *set = limits ? limits : &LIMITS;

    *memory = (struct story_memory){
        .limits = *set,
        .client_count = {"clients remembered", set->clients, 0, 0},
        .case_count = {"cases", set->cases, 0, 0},
        .door_count = {"addresses of the MPs of clients", set->cases, 0, 0},
        .mp_count = {"MPs", set->cases, 0, 0},
        .client_bytes = {"bytes of names and tickets remembered", set->client_bytes, 0, 0},
        .case_bytes = {"bytes of requests to MPs", set->case_bytes, 0, 0},
        .requests = {"requests of one attempt", set->requests, 0, 0},
        .message = {"bytes of one message", set->message_bytes, 0, 0},
        .shared_bytes = {"bytes of names and tickets in cases", set->shared_bytes, 0, 0},
    };
}

/* --- copies --- */

static size_t bytes_of(const struct kept *kept)
{
    return kept->size +
           2 * sizeof(struct kept *); /* its place in a list, which has room to spare */
}

static struct kept *copy_event(struct story_memory *memory, const struct capture_event *event,
                               struct allowance *allowance)
{
    const struct shape *shape = shape_of(event->kind);
    const size_t size = sizeof(struct kept) + evidence_size(shape, event->payload);
    struct arena own = {0};
    struct kept *kept;

    if (size > memory->limits.message_bytes) {
        memory->message.dropped++;
        return NULL;
    }
    if (!story_admit(allowance, size + 2 * sizeof(struct kept *))) {
        return NULL;
    }
    arena_reserve(&own, size);
    kept = arena_alloc(&own, size);
    kept->arena = own;
    kept->kind = event->kind;
    kept->size = (uint32_t)size;
    kept->asked = event->asked;
    kept->answered = event->answered;
    kept->connection = event->connection;
    kept->server = event->server;
    kept->payload = evidence_copy(shape, event->payload, kept + 1);
    return kept;
}

static void free_copy(struct allowance *allowance, struct kept *kept)
{
    if (kept) {
        struct arena own = kept->arena;

        allowance->used -= bytes_of(kept);
        arena_release(&own);
    }
}

struct kept *story_memory_keep(struct story_memory *memory, const struct capture_event *event)
{
    return copy_event(memory, event, &memory->case_bytes);
}

void story_memory_drop(struct story_memory *memory, struct kept *kept)
{
    free_copy(&memory->case_bytes, kept);
}

void story_memory_hand_over(struct story_memory *memory, struct kept *kept, struct arena *to)
{
    memory->case_bytes.used -= bytes_of(kept);
    arena_adopt(to, &kept->arena);
}

void kept_list_add(struct kept_list *list, struct kept *kept)
{
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity > 0 ? list->capacity * 2 : 4;
        struct kept **items = story_allocate(capacity * sizeof(*items));

        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof(*items));
        }
        free(list->items);
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = kept;
}

static void list_release(struct allowance *allowance, struct kept_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free_copy(allowance, list->items[i]);
    }
    free(list->items);
    *list = (struct kept_list){0};
}

void kept_list_drop(struct story_memory *memory, struct kept_list *list)
{
    list_release(&memory->case_bytes, list);
}

/* --- clients, from the quietest to the busiest --- */

static void leave_queue(struct story_memory *memory, struct story_client *client)
{
    if (client->queued) {
        *(client->quieter ? &client->quieter->busier : &memory->quietest) = client->busier;
        *(client->busier ? &client->busier->quieter : &memory->busiest) = client->quieter;
        client->quieter = client->busier = NULL;
        client->queued = false;
    }
}

static void become_busiest(struct story_memory *memory, struct story_client *client)
{
    leave_queue(memory, client);
    client->quieter = memory->busiest;
    *(memory->busiest ? &memory->busiest->busier : &memory->quietest) = client;
    memory->busiest = client;
    client->queued = true;
}

static struct story_client *find_client(const struct story_memory *memory,
                                        const struct endpoint *address, uint32_t hash)
{
    struct story_client *client = (struct story_client *)story_table_slot(&memory->clients, hash);

    while (client && !endpoint_equal(&client->address, address)) {
        client = (struct story_client *)client->row.next_in_slot;
    }
    return client;
}

/* The client remembers no more. Without a case nothing is left of it; with one it need not be
   looked at again before it speaks. */
static void forget(struct story_memory *memory, struct story_client *client)
{
    list_release(&memory->client_bytes, &client->names);
    list_release(&memory->client_bytes, &client->tickets);
    list_release(&memory->client_bytes, &client->connections);
    client->bytes = 0;
    leave_queue(memory, client);
    if (!client->cases) {
        story_table_remove(&memory->clients, &client->row);
        memory->client_count.used--;
        free(client);
    }
}

/* Of the quietest that have a case and something to remember only a few are looked at, so that the
   search costs the same for all; others leave the queue when they are met. */
static bool make_room_for_client(struct story_memory *memory)
{
    enum { LOOKED_AT = 32 };
    struct story_client *client = memory->quietest;

    for (int i = 0; client && i < LOOKED_AT;) {
        struct story_client *next = client->busier;
        const bool is_case = client->cases != NULL;

        if (is_case && client->bytes > 0) {
            i++;
        } else {
            forget(memory, client);
        }
        if (!is_case) {
            return true;
        }
        client = next;
    }
    return false;
}

struct story_client *story_memory_client(struct story_memory *memory,
                                         const struct endpoint *address, bool make)
{
    const struct endpoint key = without_port(address);
    const uint32_t hash = table_hash_endpoint(story_hash_start(memory), &key);
    struct story_client *client = find_client(memory, &key, hash);

    if (!client && make) {
        if (!story_admit(&memory->client_count, 1)) {
            if (!make_room_for_client(memory)) {
                return NULL;
            }
            memory->client_count.used++;
        }
        client = story_allocate(sizeof(*client));
        client->address = key;
        story_table_add(&memory->clients, &client->row, hash);
    }
    if (client && make) {
        become_busiest(memory, client);
    }
    return client;
}

/* --- what clients remember --- */

/* The quietest clients forget, until there is room for one more message. */
static void make_room_for_bytes(struct story_memory *memory, const struct story_client *client)
{
    const struct allowance *allowance = &memory->client_bytes;

    while (allowance->limit - allowance->used < memory->limits.message_bytes && memory->quietest &&
           memory->quietest != client) {
        memory->client_bytes.dropped += memory->quietest->names.count +
                                        memory->quietest->tickets.count +
                                        memory->quietest->connections.count;
        forget(memory, memory->quietest);
    }
}

static void remove_at(struct story_memory *memory, struct story_client *client,
                      struct kept_list *list, size_t index)
{
    client->bytes -= bytes_of(list->items[index]);
    free_copy(&memory->client_bytes, list->items[index]);
    list->count--;
    memmove(&list->items[index], &list->items[index + 1],
            (list->count - index) * sizeof(list->items[0]));
}

static void remove_same(struct story_memory *memory, struct story_client *client,
                        struct kept_list *list, uint32_t hash)
{
    for (size_t i = list->count; i > 0; i--) {
        if (list->items[i - 1]->hash == hash) {
            remove_at(memory, client, list, i - 1);
            return;
        }
    }
}

static uint32_t hash_name(const struct evidence_dns *dns)
{
    const uint32_t hash = hash_text(hash_text(TABLE_HASH_START, dns->name), dns->type);

    return table_hash(hash, &dns->outcome, sizeof(dns->outcome));
}

static uint32_t hash_connection(const struct capture_event *event)
{
    const struct endpoint *server = &event->server;
    uint32_t hash = hash_text(TABLE_HASH_START, event->http->host);

    hash = table_hash(hash, server->address, sizeof(server->address));
    hash = table_hash(hash, &server->port, sizeof(server->port));
    return table_hash(hash, &event->http->outcome, sizeof(event->http->outcome));
}

void story_memory_remember(struct story_memory *memory, struct story_client *client,
                           const struct capture_event *event)
{
    struct kept_list *list = &client->tickets;
    size_t most = memory->limits.tickets;
    uint32_t hash = 0;
    struct kept *kept;

    if (event->kind == EVIDENCE_DNS) {
        list = &client->names;
        most = memory->limits.names;
        hash = hash_name(event->dns);
    } else if (event->kind == EVIDENCE_HTTP) {
        list = &client->connections;
        most = memory->limits.connections;
        hash = hash_connection(event);
    }
    if (hash != 0) {
        remove_same(memory, client, list, hash);
    }
    if (list->count == most) {
        memory->client_bytes.dropped++;
        remove_at(memory, client, list, 0);
    }
    make_room_for_bytes(memory, client);
    kept = copy_event(memory, event, &memory->client_bytes);
    if (kept) {
        kept->hash = hash;
        client->bytes += bytes_of(kept);
        kept_list_add(list, kept);
    }
}

static void release_client(struct story_memory *memory, struct story_client *client)
{
    story_release_cases(memory, client);
    forget(memory, client);
}

static void release_mp(struct story_memory *memory, struct story_mp *mp)
{
    story_memory_drop(memory, mp->precedents[0]);
    story_memory_drop(memory, mp->precedents[1]);
    story_table_remove(&memory->mps, &mp->row);
    free(mp);
}

void story_memory_release(struct story_memory *memory)
{
    while (memory->clients.oldest) {
        release_client(memory, (struct story_client *)memory->clients.oldest);
    }
    while (memory->mps.oldest) {
        release_mp(memory, (struct story_mp *)memory->mps.oldest);
    }
    story_table_release(&memory->clients);
    story_table_release(&memory->cases);
    story_table_release(&memory->doors);
    story_table_release(&memory->mps);
}
