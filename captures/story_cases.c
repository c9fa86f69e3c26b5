/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of MPs and cases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "captures/story_attempt.h"
#include "captures/story_memory.h"
#include "captures/story_names.h"

void *story_allocate(size_t size)
{
    void *memory = calloc(1, size);

    if (!memory) {
        fputs("ccmprobe: out of memory\n", stderr);
        abort();
    }
    return memory;
}

bool story_admit(struct allowance *allowance, size_t amount)
{
    if (allowance->limit - allowance->used < amount) {
        allowance->dropped++;
        return false;
    }
    allowance->used += amount;
    return true;
}

uint32_t story_hash_start(const struct story_memory *memory)
{
    return table_hash(TABLE_HASH_START, &memory, sizeof(memory));
}

struct story_mp *story_memory_mp(struct story_memory *memory, const struct endpoint *server,
                                 bool make)
{
    const uint32_t hash = table_hash_endpoint(story_hash_start(memory), server);
    struct story_mp *mp = (struct story_mp *)story_table_slot(&memory->mps, hash);

    while (mp && !endpoint_equal(&mp->server, server)) {
        mp = (struct story_mp *)mp->row.next_in_slot;
    }
    if (!mp && make && story_admit(&memory->mp_count, 1)) {
        mp = story_allocate(sizeof(*mp));
        mp->server = *server;
        story_table_add(&memory->mps, &mp->row, hash);
    }
    return mp;
}

/* --- doors --- */

static uint32_t hash_door(const struct story_memory *memory, const struct story_client *client,
                          const struct endpoint *server)
{
    return table_hash_endpoint(table_hash_endpoint(story_hash_start(memory), &client->address),
                               server);
}

static struct story_door *find_door(const struct story_memory *memory,
                                    const struct story_client *client,
                                    const struct endpoint *server)
{
    const uint32_t hash = hash_door(memory, client, server);
    struct story_door *door = (struct story_door *)story_table_slot(&memory->doors, hash);

    while (door && (door->client != client || !endpoint_equal(&door->server, server))) {
        door = (struct story_door *)door->row.next_in_slot;
    }
    return door;
}

static void note_door(struct story_memory *memory, struct story_case *of,
                      const struct endpoint *server)
{
    struct story_door *door = find_door(memory, of->client, server);

    if (!door) {
        if (!story_admit(&memory->door_count, 1)) {
            return;
        }
        door = story_allocate(sizeof(*door));
        door->client = of->client;
        door->server = *server;
        door->next_of_client = of->client->doors;
        of->client->doors = door;
        story_table_add(&memory->doors, &door->row, hash_door(memory, of->client, server));
        story_memory_mp(memory, server, true);
    }
    door->of = of;
}

/* --- cases --- */

static uint32_t hash_case(const struct story_memory *memory, const struct story_client *client,
                          const struct endpoint *server, const char *host)
{
    uint32_t hash = table_hash_endpoint(story_hash_start(memory), &client->address);

    hash = table_hash(hash, &server->port, sizeof(server->port));
    for (; host[0] && strcmp(host, ".") != 0; host++) {
        const char byte = *host >= 'A' && *host <= 'Z' ? (char)(*host - 'A' + 'a') : *host;

        hash = table_hash(hash, &byte, sizeof(byte));
    }
    return hash;
}

static bool is_case(const struct story_case *of, const struct story_client *client,
                    const struct endpoint *server, const char *host)
{
    return of->client == client && of->port == server->port && of->host[0] &&
           story_same_name(of->host, host);
}

struct story_case *story_memory_last_case(struct story_memory *memory,
                                          const struct story_client *client,
                                          const struct endpoint *server)
{
    const struct story_door *door = find_door(memory, client, server);

    return door ? door->of : NULL;
}

static struct story_case *find_case(struct story_memory *memory, const struct story_client *client,
                                    const struct endpoint *server, const char *host)
{
    struct story_case *found;

    if (!host[0]) {
        return story_memory_last_case(memory, client, server);
    }
    found = (struct story_case *)story_table_slot(&memory->cases,
                                                  hash_case(memory, client, server, host));
    while (found && !is_case(found, client, server, host)) {
        found = (struct story_case *)found->row.next_in_slot;
    }
    return found;
}

struct story_case *story_memory_make_case(struct story_memory *memory, struct story_client *client,
                                          const struct endpoint *server, const char *host)
{
    struct story_case *found = find_case(memory, client, server, host);
    const size_t length = strlen(host) + 1;

    if (!found) {
        if (!story_memory_mp(memory, server, true) || !story_admit(&memory->case_count, 1)) {
            return NULL;
        }
        found = story_allocate(sizeof(*found) + length);
        found->client = client;
        found->port = server->port;
        memcpy(found->host, host, length);
        found->next_of_client = client->cases;
        client->cases = found;
        story_table_add(&memory->cases, &found->row, hash_case(memory, client, server, host));
    }
    note_door(memory, found, server);
    return found;
}

static void release_case(struct story_memory *memory, struct story_case *of)
{
    attempt_forget_all(memory, of);
    story_memory_drop(memory, of->mplist);
    story_memory_drop(memory, of->mplist_clock);
    story_memory_drop(memory, of->precedent);
    kept_list_drop(memory, &of->registrations);
    free(of);
}

void story_release_cases(struct story_memory *memory, struct story_client *client)
{
    while (client->cases) {
        struct story_case *next = client->cases->next_of_client;

        release_case(memory, client->cases);
        client->cases = next;
    }
    while (client->doors) {
        struct story_door *next = client->doors->next_of_client;

        free(client->doors);
        client->doors = next;
    }
}
