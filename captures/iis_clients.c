/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { FIRST_SLOTS = 1024 };

struct iis_clients *iis_clients_new(void)
{
    struct iis_clients *clients = calloc(1, sizeof(*clients));

    if (!clients) {
        abort();
    }
    /* Without it the hash is known, and no worse for logs that were not made up. */
    if (getrandom(&clients->seed, sizeof(clients->seed), GRND_NONBLOCK) < 0) {
        clients->seed = 0;
    }
    return clients;
}

void iis_clients_free(struct iis_clients *clients)
{
    if (clients) {
        arena_release(&clients->arena);
        free(clients->list);
        free(clients->requests);
        free(clients->slots);
        free(clients);
    }
}

struct iis_dropped iis_clients_dropped(const struct iis_clients *clients)
{
    return clients->dropped;
}

/* Room for one more. The arrays are no part of the arena, which would keep every former one. */
static void *with_room(void *items, size_t count, size_t *room, size_t size)
{
    void *larger;

    if (count < *room) {
        return items;
    }
    /* Memory that was not written to yet costs nothing; what moves is paid for again. */
    *room = *room ? *room * 4 : FIRST_SLOTS;
    larger = aligned_alloc(CACHE_LINE, (*room * size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    if (!larger) {
        abort();
    }
    if (items) {
        memcpy(larger, items, count * size);
        free(items);
    }
    return larger;
}

/* --- words --- */

static bool same_span(struct iis_span a, struct iis_span b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.text, b.text, a.length) == 0);
}

static struct iis_span kept(struct arena *arena, struct iis_span span)
{
    const size_t length = span.length < TEXT_LIMIT ? span.length : TEXT_LIMIT;

    return (struct iis_span){span.text ? arena_strndup(arena, span.text, length) : NULL, length};
}

static uint8_t number_of(struct iis_clients *clients, enum iis_field field, struct iis_span span)
{
    struct words *words = &clients->words;
    uint8_t *recent = &clients->recent[field][span.length % RECENT];

    if (span.length == 0) {
        return 0;
    }
    if (*recent && same_span(words->list[*recent - 1], span)) {
        return *recent;
    }
    span.length = span.length < TEXT_LIMIT ? span.length : TEXT_LIMIT;
    for (size_t i = 0; i < words->count; i++) {
        if (same_span(words->list[i], span)) {
            *recent = (uint8_t)(i + 1);
            return (uint8_t)(i + 1);
        }
    }
    if (words->count + 1 == OTHER) {
        return OTHER;
    }
    words->list[words->count++] = kept(&clients->arena, span);
    return (uint8_t)words->count;
}

struct iis_span iis_word(const struct iis_clients *clients, uint8_t number)
{
    return number == 0       ? (struct iis_span){NULL, 0}
           : number == OTHER ? (struct iis_span){"(other)", strlen("(other)")}
                             : clients->words.list[number - 1];
}

/* --- clients --- */

/* Begins with what nobody can know, lest a log is made of addresses that share one place. */
static size_t hash_of(const struct iis_clients *clients, const struct client *client)
{
    static const uint64_t factor = 0x9E3779B97F4A7C15; /* 2^64 by the golden ratio */
    uint64_t hash = clients->seed ^ client->server ^ (uint64_t)client->port << 16 ^
                    (uint64_t)client->file << 32;
    uint64_t word;

    for (size_t i = 0; i < client->address_length; i += sizeof(word)) {
        memcpy(&word, client->address + i, sizeof(word));
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
    }
    return (size_t)(hash * factor >> 32);
}

static bool same_client(const struct client *a, const struct client *b)
{
    return a->server == b->server && a->port == b->port && a->file == b->file &&
           a->address_length == b->address_length &&
           memcmp(a->address, b->address, ADDRESS_SIZE) == 0;
}

static void grow_slots(struct iis_clients *clients)
{
    clients->slot_count = clients->slot_count ? clients->slot_count * 2 : FIRST_SLOTS;
    free(clients->slots);
    clients->slots = calloc(clients->slot_count, sizeof(*clients->slots));
    if (!clients->slots) {
        abort();
    }
    for (size_t i = 0; i < clients->count; i++) {
        size_t place = hash_of(clients, &clients->list[i]) & (clients->slot_count - 1);

        while (clients->slots[place]) {
            place = (place + 1) & (clients->slot_count - 1);
        }
        clients->slots[place] = (uint32_t)(i + 1);
    }
}

/* The client that is like `wanted`, made when there is none yet; NULL when there are too many. */
static struct client *find_client(struct iis_clients *clients, const struct client *wanted,
                                  size_t hash)
{
    size_t place;
    struct client *client;

    if (clients->count * 2 >= clients->slot_count) {
        grow_slots(clients);
    }
    place = hash & (clients->slot_count - 1);
    while (clients->slots[place]) {
        client = &clients->list[clients->slots[place] - 1];
        if (same_client(client, wanted)) {
            return client;
        }
        place = (place + 1) & (clients->slot_count - 1);
    }
    if (clients->count == IIS_CLIENTS_LIMIT) {
        return NULL;
    }
    clients->list =
        with_room(clients->list, clients->count, &clients->room, sizeof(*clients->list));
    client = &clients->list[clients->count++];
    clients->slots[place] = (uint32_t)clients->count;
    *client = *wanted;
    return client;
}

/* --- requests --- */

static bool is_alike(const struct alike *a, const struct alike *b)
{
    return memcmp(&a->key, &b->key, sizeof(a->key)) == 0 && a->user_length == b->user_length &&
           (a->user_length == 0 || memcmp(a->user, b->user, a->user_length) == 0);
}

/* Files may come in another order than their days. */
static void add_alike(struct alike *seen, const struct alike *request)
{
    seen->count += request->count;
    if (request->last_at >= seen->last_at) {
        seen->last_file = request->last_file;
        seen->last_line = request->last_line;
        seen->last_at = request->last_at;
    }
    if (request->first_at < seen->first_at && request->first_at > 0) {
        seen->first_file = request->first_file;
        seen->first_line = request->first_line;
        seen->first_at = request->first_at;
    }
}

static void count_request(struct iis_clients *clients, struct client *client,
                          const struct alike *request)
{
    uint32_t place = client->expected;
    uint32_t newest = 0;
    struct alike *added;

    for (unsigned i = 0; i < client->kinds; i++) {
        struct alike *seen = &clients->requests[place - 1];
        const uint32_t next = seen->next ? seen->next : client->requests;

        if (is_alike(seen, request)) {
            add_alike(seen, request);
            client->expected = next;
            return;
        }
        newest = seen->next ? newest : place;
        place = next;
    }
    if (client->kinds == IIS_REQUESTS_LIMIT || clients->request_count == IIS_REQUESTS_MOST) {
        client->dropped += (uint32_t)request->count;
        clients->dropped.of_kinds += request->count;
        return;
    }
    clients->requests = with_room(clients->requests, clients->request_count, &clients->request_room,
                                  sizeof(*clients->requests));
    added = &clients->requests[clients->request_count++];
    *added = *request;
    added->next = 0;
    added->user = request->user_length
                      ? arena_strndup(&clients->arena, request->user, request->user_length)
                      : NULL;
    *(newest ? &clients->requests[newest - 1].next : &client->requests) =
        (uint32_t)clients->request_count;
    client->expected = client->requests;
    client->kinds++;
}

static int64_t number_below(struct iis_span span, int64_t limit, int64_t unknown)
{
    const int64_t value = iis_number(span);

    return value >= 0 && value < limit ? value : unknown;
}

static struct client client_of(struct iis_clients *clients, const struct iis_line *line,
                               const struct iis_mark *mark)
{
    const struct iis_span *fields = line->fields;
    const struct iis_span address = fields[IIS_CLIENT];
    struct client client = {
        .address_length = (uint8_t)(address.length < ADDRESS_SIZE ? address.length : ADDRESS_SIZE),
        .server = number_of(clients, IIS_SERVER, fields[IIS_SERVER]),
        .port = (uint16_t)number_below(fields[IIS_PORT], UINT16_MAX + 1, 0),
        .file = fields[IIS_SERVER].text ? 0 : (uint16_t)(mark->file + 1),
        .site = number_of(clients, IIS_SITE, fields[IIS_SITE]),
        .missing = line->missing,
        .guessed = line->guessed,
    };

    if (address.text) {
        memcpy(client.address, address.text, client.address_length);
    }
    return client;
}

void iis_clients_add(struct iis_clients *clients, const struct iis_line *line,
                     const struct iis_mark *mark)
{
    const struct iis_span *fields = line->fields;
    const struct iis_span user = fields[IIS_USER];
    const uint32_t at = mark->at > 0 && mark->at < UINT32_MAX ? (uint32_t)mark->at : 0;
    struct waiting *waiting;

    if (clients->waiting_count == WAITING_LIMIT) {
        iis_clients_settle(clients);
    }
    waiting = &clients->waiting[clients->waiting_count++];
    waiting->client = client_of(clients, line, mark);
    waiting->hash = hash_of(clients, &waiting->client);
    waiting->request = (struct alike){
        .key =
            {
                .method = number_of(clients, IIS_METHOD, fields[IIS_METHOD]),
                .path = number_of(clients, IIS_PATH, fields[IIS_PATH]),
                .agent = number_of(clients, IIS_AGENT, fields[IIS_AGENT]),
                .reason = number_of(clients, IIS_REASON, fields[IIS_REASON]),
                .status = (uint16_t)number_below(fields[IIS_STATUS], UINT16_MAX, 0),
                .substatus =
                    (uint16_t)number_below(fields[IIS_SUBSTATUS], UINT16_MAX, UNKNOWN_SUBSTATUS),
                .win32 = (uint32_t)number_below(fields[IIS_WIN32], UINT32_MAX, UNKNOWN_WIN32),
            },
        .user = user.text,
        .user_length = (uint16_t)(user.length < TEXT_LIMIT ? user.length : TEXT_LIMIT),
        .first_file = mark->file,
        .last_file = mark->file,
        .first_at = at,
        .last_at = at,
        .first_line = mark->line,
        .last_line = mark->line,
        .count = 1,
    };
}

/* The place in the list at which a client that waits is likely to be, plus one; 0: none. */
static uint32_t likely_place(const struct iis_clients *clients, const struct waiting *waiting)
{
    return clients->slots[waiting->hash & (clients->slot_count - 1)];
}

/* What is likely to be the request, plus one. */
static uint32_t likely_request(const struct iis_clients *clients, const struct waiting *waiting)
{
    const uint32_t place = likely_place(clients, waiting);

    return place ? clients->list[place - 1].expected : 0;
}

void iis_clients_settle(struct iis_clients *clients)
{
    const struct waiting *end = clients->waiting + clients->waiting_count;
    const struct waiting *each;
    struct client *client;
    uint32_t place;

    /* Each step waits for memory whose address the one before has to tell. So all requests take a
       step before one takes the next, and memory works for all of them at a time. */
    for (each = clients->waiting; each < end && clients->slots; each++) {
        __builtin_prefetch(&clients->slots[each->hash & (clients->slot_count - 1)]);
    }
    for (each = clients->waiting; each < end && clients->slots; each++) {
        place = likely_place(clients, each);
        __builtin_prefetch(place ? &clients->list[place - 1] : NULL);
    }
    for (each = clients->waiting; each < end && clients->slots; each++) {
        place = likely_request(clients, each);
        __builtin_prefetch(place ? &clients->requests[place - 1] : NULL);
    }
    for (each = clients->waiting; each < end && clients->slots; each++) {
        place = likely_request(clients, each);
        __builtin_prefetch(place ? clients->requests[place - 1].user : NULL);
    }
    for (each = clients->waiting; each < end; each++) {
        client = find_client(clients, &each->client, each->hash);
        if (client) {
            client->missing |= each->client.missing;
            client->guessed = client->guessed || each->client.guessed;
            count_request(clients, client, &each->request);
        } else {
            clients->dropped.of_clients++;
        }
    }
    clients->waiting_count = 0;
}
