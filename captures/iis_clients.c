/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/iis_table.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 1024 };

struct iis_clients *iis_clients_new(void)
{
    struct iis_clients *clients = calloc(1, sizeof(*clients));

    if (!clients) {
        abort();
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

int64_t iis_clients_dropped(const struct iis_clients *clients)
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
    *room = *room ? *room + *room / 2 : FIRST_SLOTS;
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

    const uint8_t recent = clients->recent[field];

    if (span.length == 0) {
        return 0;
    }
    if (recent && recent != OTHER && same_span(words->list[recent - 1], span)) {
        return recent;
    }
    span.length = span.length < TEXT_LIMIT ? span.length : TEXT_LIMIT;
    for (size_t i = 0; i < words->count; i++) {
        if (same_span(words->list[i], span)) {
            clients->recent[field] = (uint8_t)(i + 1);
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

static size_t hash_of(const struct client *client)
{
    size_t hash = 14695981039346656037ULL ^ client->server ^ (size_t)client->port << 16 ^
                  (size_t)client->file << 32;

    for (size_t i = 0; i < client->address_length; i++) {
        hash = (hash ^ (unsigned char)client->address[i]) * 1099511628211ULL; /* FNV-1a */
    }
    return hash ^ hash >> 32;
}

static bool same_client(const struct client *a, const struct client *b)
{
    return a->server == b->server && a->port == b->port && a->file == b->file &&
           a->address_length == b->address_length &&
           memcmp(a->address, b->address, a->address_length) == 0;
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
        size_t place = hash_of(&clients->list[i]) & (clients->slot_count - 1);

        while (clients->slots[place]) {
            place = (place + 1) & (clients->slot_count - 1);
        }
        clients->slots[place] = (uint32_t)(i + 1);
    }
}

/* The client that is like `wanted`, made when there is none yet; NULL when there are too many. */
static struct client *find_client(struct iis_clients *clients, const struct client *wanted)
{
    size_t place;
    struct client *client;

    if (clients->count * 2 >= clients->slot_count) {
        grow_slots(clients);
    }
    place = hash_of(wanted) & (clients->slot_count - 1);
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

static void count_request(struct iis_clients *clients, struct client *client,
                          const struct alike *request)
{
    uint32_t newest = 0;
    struct alike *added;

    for (uint32_t i = client->requests; i; i = clients->requests[i - 1].next) {
        struct alike *seen = &clients->requests[i - 1];

        if (is_alike(seen, request)) {
            seen->count += request->count;
            seen->last_file = request->last_file;
            seen->last_line = request->last_line;
            seen->last_at = request->last_at;
            return;
        }
        newest = i;
    }
    if (client->kinds == IIS_REQUESTS_LIMIT || clients->request_count == IIS_REQUESTS_MOST) {
        client->dropped += (uint32_t)request->count;
        clients->dropped += request->count;
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
    const struct client wanted = client_of(clients, line, mark);
    const uint32_t at = mark->at > 0 && mark->at < UINT32_MAX ? (uint32_t)mark->at : 0;
    const struct alike request = {
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
    struct client *client = find_client(clients, &wanted);

    if (!client) {
        clients->dropped++;
        return;
    }
    client->missing |= line->missing;
    client->guessed = client->guessed || line->guessed;
    count_request(clients, client, &request);
}

void iis_clients_merge(struct iis_clients *clients, struct iis_clients *later, int64_t lines)
{
    for (size_t i = 0; i < later->count; i++) {
        const struct client *from = &later->list[i];
        struct client wanted = *from;
        struct client *client;

        wanted.server = number_of(clients, IIS_SERVER, iis_word(later, from->server));
        wanted.site = number_of(clients, IIS_SITE, iis_word(later, from->site));
        wanted.kinds = 0;
        wanted.requests = 0;
        wanted.dropped = 0;
        client = find_client(clients, &wanted);
        for (uint32_t k = from->requests; client && k; k = later->requests[k - 1].next) {
            struct alike request = later->requests[k - 1];

            request.key.method =
                number_of(clients, IIS_METHOD, iis_word(later, request.key.method));
            request.key.path = number_of(clients, IIS_PATH, iis_word(later, request.key.path));
            request.key.agent = number_of(clients, IIS_AGENT, iis_word(later, request.key.agent));
            request.key.reason =
                number_of(clients, IIS_REASON, iis_word(later, request.key.reason));
            request.first_line += lines;
            request.last_line += lines;
            count_request(clients, client, &request);
        }
        if (client) {
            client->dropped += from->dropped;
            client->missing |= from->missing;
            client->guessed = client->guessed || from->guessed;
        }
    }
    clients->dropped += later->dropped;
    arena_release(&later->arena);
    free(later->list);
    free(later->requests);
    free(later->slots);
    memset(later, 0, sizeof(*later));
}
