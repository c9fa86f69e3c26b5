/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a story: which cases there are, and in which order they are told. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

    for (size_t i = 0; i < STORY_TABLE_SIZE; i++) {
        for (struct story_case *of = narrator->memory->cases[i]; of; of = of->next_in_table) {
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
    size_t count;
};

static void note_host(struct plans *plans, struct hosts *hosts, const struct kept *kept,
                      const char *name, bool failed)
{
    size_t i = 0;

    while (i < hosts->count && strcasecmp(hosts->items[i].host, name) != 0) {
        i++;
    }
    if (i == HOSTS_MAX) {
        return;
    }
    if (i == hosts->count) {
        hosts->items[hosts->count++] =
            (struct plan){.frame = kept_frame(kept), .host = arena_strdup(&plans->arena, name)};
    }
    hosts->failed[i] = failed;
}

static bool is_too_early(const struct story *story, const struct kept *kept)
{
    return story->settings.since != EVIDENCE_UNKNOWN &&
           (kept->asked.frame ? kept->asked.at : kept->answered.at) < story->settings.since;
}

static void find_hosts(const struct story *story, struct plans *plans,
                       const struct story_client *client, struct hosts *hosts)
{
    const char *mp = story->settings.mp;

    for (size_t i = 0; i < client->tickets.count; i++) {
        const struct kept *kept = client->tickets.items[i];
        struct host_text host;

        if (kept->kind == EVIDENCE_KDC && !is_too_early(story, kept) &&
            story_service_host(kept->kdc->service, "HTTP", &host)[0]) {
            note_host(plans, hosts, kept, host.text, !is_issued(kept->kdc));
        }
    }
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
 * not get it. Where there are others with a CCM_POST, their MPs alone count: any other web server
 * is no MP for all that is known. The user may name one.
 */
static void plan_hosts(const struct story *story, struct plans *plans, const char **names,
                       size_t name_count)
{
    const char *mp = story->settings.mp;

    for (size_t i = 0; i < STORY_TABLE_SIZE; i++) {
        const struct story_client *client = story->memory.clients[i];

        for (; client; client = client->next_in_table) {
            struct hosts hosts = {.count = 0};

            if (!has_attempt(client)) {
                find_hosts(story, plans, client, &hosts);
            }
            for (size_t k = 0; k < hosts.count; k++) {
                const char *host = hosts.items[k].host;
                const bool known =
                    bsearch(&host, names, name_count, sizeof(names[0]), by_name) != NULL;

                if (mp ? story_same_host(mp, host)
                       : hosts.failed[k] && (known || name_count == 0)) {
                    hosts.items[k].client = client;
                    plan(plans, &hosts.items[k]);
                }
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
        &memory->client_count, &memory->case_count, &memory->mp_count, &memory->client_bytes,
        &memory->case_bytes,   &memory->requests,   &memory->message,  &memory->shared_bytes,
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        note_limit(all[i], recording, arena);
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

    if (recording->last_at != EVIDENCE_UNKNOWN && recording->last_at > narrator.end) {
        narrator.end = recording->last_at;
    }
    names = arena_alloc(&plans.arena, STORY_CASES_MAX * sizeof(*names));
    name_count = plan_cases(&narrator, &plans, names);
    plan_hosts(story, &plans, names, name_count);
    if (plans.count > 0) {
        qsort(plans.items, plans.count, sizeof(plans.items[0]), by_frame);
    }
    if (plans.count > STORY_CASES_MAX) {
        story->memory.case_count.dropped += plans.count - STORY_CASES_MAX;
        plans.count = STORY_CASES_MAX;
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
