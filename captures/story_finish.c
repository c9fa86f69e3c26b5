/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a story: which cases there are, and in which order they are told. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "captures/story_connections.h"
#include "captures/story_state.h"
#include "captures/story_tell.h"

/* A case to be told: `of`, or what a client did for the sake of `host`. */
struct plan {
    uint64_t frame;
    struct story_case *of;
    const struct story_client *client;
    const char *host;
};

struct plans {
    struct arena arena; /* of the hosts */
    struct plan *items;
    size_t count;
};

static int by_frame(const void *a, const void *b)
{
    const struct plan *left = a;
    const struct plan *right = b;

    return left->frame < right->frame ? -1 : left->frame > right->frame ? 1 : 0;
}

static int by_name(const void *a, const void *b)
{
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static void plan(struct plans *plans, const struct plan *plan)
{
    void *items = plans->items;
    struct plan *place = arena_push(&plans->arena, &items, &plans->count, sizeof(*place));

    plans->items = items;
    *place = *plan;
}

/* The cases, and the names of their MPs in order. */
static size_t plan_cases(const struct narrator *narrator, struct plans *plans, const char **names)
{
    size_t count = 0;

    for (struct story_row *row = narrator->memory->cases.oldest; row; row = row->newer) {
        struct story_case *of = (struct story_case *)row;
        const struct attempt *attempt = attempt_to_show(of, narrator->end);
        struct host_text host;
        const char *name = attempt ? tell_mp_name(of, attempt, &host) : NULL;

        if (attempt) {
            plan(plans, &(struct plan){tell_first_frame(narrator, of), of, of->client, NULL});
        }
        if (name) {
            names[count++] = arena_strdup(&plans->arena, name);
        }
    }
    qsort(names, count, sizeof(names[0]), by_name);
    return count;
}

/* Did the client get what it asked for in the end? */
static bool is_issued(const struct evidence_kdc *kdc)
{
    return kdc->reply && kdc->reply->kind == KDC_REPLY_TGS && !kdc->reply->referral;
}

enum { HOSTS_MAX = 4 }; /* of one client that are looked at */

/* Hosts that a client asked about, without a request that was recorded. */
struct hosts {
    struct plan items[HOSTS_MAX];
    bool failed[HOSTS_MAX];
    bool is_mp[HOSTS_MAX]; /* others' requests show it */
    size_t count;
};

/* Returns its index, or HOSTS_MAX when there are too many. */
static size_t note_host(struct plans *plans, struct hosts *hosts, const struct kept *kept,
                        const char *name, bool failed)
{
    size_t i = 0;

    while (i < hosts->count && strcasecmp(hosts->items[i].host, name) != 0) {
        i++;
    }
    if (i == HOSTS_MAX) {
        return i;
    }
    if (i == hosts->count) {
        hosts->items[hosts->count++] =
            (struct plan){.frame = kept_frame(kept), .host = arena_strdup(&plans->arena, name)};
    }
    hosts->failed[i] = failed;
    return i;
}

static bool is_too_early(const struct story *story, const struct kept *kept)
{
    return story->settings.since != EVIDENCE_UNKNOWN &&
           (kept->asked.frame ? kept->asked.at : kept->answered.at) < story->settings.since;
}

static void find_hosts(const struct story *story, struct plans *plans,
                       const struct story_client *client, struct hosts *hosts)
{
    for (size_t i = 0; i < client->tickets.count; i++) {
        const struct kept *kept = client->tickets.items[i];
        struct host_text host;

        if (kept->kind == EVIDENCE_KDC && !is_too_early(story, kept) &&
            story_service_host(kept->kdc->service, "HTTP", &host)[0]) {
            note_host(plans, hosts, kept, host.text, !is_issued(kept->kdc));
        }
    }
}

/* To this address, or to another one of the same name. */
static bool has_requests_to(const struct story_client *client, const struct kept *connection,
                            const char *host)
{
    for (const struct story_door *door = client->doors; door; door = door->next_of_client) {
        if (door->of->current && (memcmp(door->server.address, connection->server.address,
                                         sizeof(connection->server.address)) == 0 ||
                                  story_same_name(door->of->host, host))) {
            return true;
        }
    }
    return false;
}

/* Hosts that the client could not connect to or speaks TLS with. Any web server may be one: it is
   an MP if the user or others' requests say so, or the client thinks so. */
static void find_connections(struct story *story, struct plans *plans,
                             const struct story_client *client, struct hosts *hosts)
{
    const char *mp = story->settings.mp;

    for (size_t i = 0; i < client->connections.count; i++) {
        const struct kept *kept = client->connections.items[i];
        const bool is_mp = story_memory_mp(&story->memory, &kept->server, false) != NULL;
        struct host_text text;
        const char *host = connection_host(client, kept, &text);
        size_t index = HOSTS_MAX;

        if (has_requests_to(client, kept, host)) {
            continue;
        }
        if (mp) {
            index = connection_is_to(client, kept, mp) ? note_host(plans, hosts, kept, mp, true)
                                                       : HOSTS_MAX;
        } else if (is_mp || connection_host_is_wanted(client, host)) {
            index = note_host(plans, hosts, kept, host, true);
        }
        if (index < HOSTS_MAX) {
            hosts->is_mp[index] = is_mp;
        }
    }
}

/* The user may look for a name that was asked for in vain. */
static void find_names(const struct story *story, struct plans *plans,
                       const struct story_client *client, struct hosts *hosts)
{
    const char *mp = story->settings.mp;

    for (size_t i = 0; mp && hosts->count == 0 && i < client->names.count; i++) {
        const struct kept *kept = client->names.items[i];

        if (story_same_host(kept->dns->name, mp) && !is_too_early(story, kept)) {
            note_host(plans, hosts, kept, kept->dns->name, true);
        }
    }
}

static bool has_attempt(const struct story_client *client)
{
    const struct story_case *of = client->cases;

    while (of && !of->current) {
        of = of->next_of_client;
    }
    return of != NULL;
}

/*
 * Clients of whom no CCM_POST was recorded, but that asked for the ticket of a web server and did
 * not get it, could not connect to the server or speak TLS with it. Where there are others with a
 * CCM_POST, their MPs alone count: any other web server is no MP for all that is known. The user
 * may name one.
 */
static void plan_hosts(struct story *story, struct plans *plans, const char **names,
                       size_t name_count)
{
    const char *mp = story->settings.mp;

    for (struct story_row *row = story->memory.clients.oldest; row; row = row->newer) {
        const struct story_client *client = (const struct story_client *)row;
        struct hosts hosts = {0};

        if (!has_attempt(client)) {
            find_hosts(story, plans, client, &hosts);
        }
        find_connections(story, plans, client, &hosts);
        if (!has_attempt(client)) {
            find_names(story, plans, client, &hosts);
        }
        for (size_t k = 0; k < hosts.count; k++) {
            const char *host = hosts.items[k].host;
            const bool known = hosts.is_mp[k] ||
                               bsearch(&host, names, name_count, sizeof(names[0]), by_name) != NULL;

            if (mp ? story_same_host(mp, host) : hosts.failed[k] && (known || name_count == 0)) {
                hosts.items[k].client = client;
                plan(plans, &hosts.items[k]);
            }
        }
    }
}

/* Room grows as arena_push lets it, which others use on the same list. */
static void note_limit(const struct allowance *allowance, struct evidence_recording *recording,
                       struct arena *arena)
{
    void *items = recording->limits;

    if (allowance->dropped > 0) {
        struct recording_limit *limit =
            arena_push(arena, &items, &recording->limit_count, sizeof(*limit));

        recording->limits = items;
        limit->name = allowance->name;
        limit->limit = (int64_t)allowance->limit;
        limit->dropped = (int64_t)allowance->dropped;
    }
}

static void note_limits(const struct story_memory *memory, struct evidence_recording *recording,
                        struct arena *arena)
{
    const struct allowance *const all[] = {
        &memory->client_count, &memory->case_count,   &memory->door_count,
        &memory->mp_count,     &memory->client_bytes, &memory->case_bytes,
        &memory->requests,     &memory->message,      &memory->shared_bytes,
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        note_limit(all[i], recording, arena);
    }
}

/* What comes later than the user asked for is left out, as if the recording had ended then: nothing
   is concluded from what did not follow. */
static void end_in_time(const struct story *story, struct narrator *narrator,
                        struct evidence_recording *recording)
{
    const int64_t until = story->settings.until;

    if (recording->last_at != EVIDENCE_UNKNOWN && recording->last_at > narrator->end) {
        narrator->end = recording->last_at;
    }
    if (until == EVIDENCE_UNKNOWN || narrator->end <= until) {
        return;
    }
    narrator->end = until;
    if (recording->last_at > until && recording->first_at <= until) {
        recording->last_at = until;
    }
}

uint32_t story_finish(struct story *story, uint32_t first_case,
                      struct evidence_recording *recording, struct evidence_set *evidence)
{
    struct narrator narrator = {
        .settings = &story->settings,
        .memory = &story->memory,
        .end = story->end,
        .evidence = evidence,
        .case_id = first_case,
    };
    struct plans plans = {.count = 0};
    const char **names;
    size_t name_count;

    end_in_time(story, &narrator, recording);
    names = arena_alloc(&plans.arena, (story->memory.cases.count + 1) * sizeof(*names));
    name_count = plan_cases(&narrator, &plans, names);
    plan_hosts(story, &plans, names, name_count);
    if (plans.count > 0) {
        qsort(plans.items, plans.count, sizeof(plans.items[0]), by_frame);
    }
    if (plans.count > story->memory.limits.cases) {
        story->memory.case_count.dropped += plans.count - story->memory.limits.cases;
        plans.count = story->memory.limits.cases;
    }
    for (size_t i = 0; i < plans.count; i++) {
        if (plans.items[i].of) {
            tell_case(&narrator, plans.items[i].of);
        } else {
            tell_host(&narrator, plans.items[i].client, plans.items[i].host);
        }
    }
    note_limits(&story->memory, recording, &evidence->arena);
    arena_release(&plans.arena);
    return narrator.case_id - first_case;
}
