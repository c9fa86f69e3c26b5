/* SPDX-License-Identifier: Apache-2.0 */
#include "live/cases.h"

#include <pthread.h>

#include "live/exchange.h"

/* What the threads share. Everything below the lock is used under it. */
struct crew {
    const struct live_settings *settings;
    const struct live_targets *targets;
    struct ticket_session *session;
    struct evidence_set *cases; /* one a target; each is one thread's at a time */
    pthread_mutex_t lock;
    size_t next; /* target that nobody has taken yet */
    size_t done;
    enum ccm_status status; /* of a thread that got no session */
    struct ccm_error error;
};

void cases_describe(struct ticket_session *session, uint32_t case_id, const char *target,
                    struct evidence_set *evidence, struct live_case *live_out)
{
    const struct identity *identity = &session->identity;
    char *cache = NULL;

    *live_out = (struct live_case){
        .case_id = case_id,
        .target = target,
        .principal = identity->principal,
        .stopper = session->finder.stopper,
        .evidence = evidence,
        .session = session,
    };
    if (identity->client) {
        live_out->realm = arena_strndup(&evidence->arena, identity->client->realm.data,
                                        identity->client->realm.length);
    }
    if (identity->has_tgt &&
        krb5_cc_get_full_name(session->context.krb, identity->cache, &cache) == 0) {
        live_out->cache = cache;
    }
}

void cases_forget(struct live_case *live)
{
    krb5_free_string(live->session->context.krb, (char *)live->cache);
    live->cache = NULL;
}

static void examine(const struct live_settings *settings, const struct live_target *target,
                    struct ticket_session *session, uint32_t case_id, struct evidence_set *evidence,
                    void **kept)
{
    struct live_case live;

    exchange_run(settings, target, session->finder.stopper, session, case_id, evidence);
    if (settings->hooks.after_case) {
        cases_describe(session, case_id, target->name, evidence, &live);
        live.kept = kept;
        settings->hooks.after_case(settings->hooks.context, &live);
        cases_forget(&live);
    }
}

static void let_go(const struct live_hooks *hooks, void *kept)
{
    if (hooks->let_go) {
        hooks->let_go(hooks->context, kept);
    }
}

void cases_examine_one(const struct live_settings *settings, const struct live_target *target,
                       struct ticket_session *session, struct evidence_set *evidence)
{
    void *kept = NULL;

    examine(settings, target, session, 1, evidence, &kept);
    let_go(&settings->hooks, kept);
}

/* The next target that nobody has taken, SIZE_MAX when there is none. */
static size_t take(struct crew *crew)
{
    size_t index;

    pthread_mutex_lock(&crew->lock);
    index = crew->next < crew->targets->count ? crew->next++ : SIZE_MAX;
    pthread_mutex_unlock(&crew->lock);
    return index;
}

static void tick(struct crew *crew)
{
    const struct live_hooks *hooks = &crew->settings->hooks;

    pthread_mutex_lock(&crew->lock);
    crew->done++;
    if (hooks->progress) {
        hooks->progress(hooks->context, crew->done, crew->targets->count);
    }
    pthread_mutex_unlock(&crew->lock);
}

/* One thread: case after case, while there are any. */
static void *work(void *argument)
{
    struct crew *crew = argument;
    struct ccm_error error = {.text = ""};
    struct ticket_session session;
    enum ccm_status status = ticket_session_share(&session, crew->session, &error);
    void *kept = NULL;
    size_t index;

    if (status != CCM_OK) {
        pthread_mutex_lock(&crew->lock);
        crew->status = status;
        crew->error = error;
        pthread_mutex_unlock(&crew->lock);
        return NULL;
    }
    while ((index = take(crew)) != SIZE_MAX) {
        examine(crew->settings, &crew->targets->items[index], &session, (uint32_t)index + 1,
                &crew->cases[index], &kept);
        tick(crew);
    }
    let_go(&crew->settings->hooks, kept);
    ticket_session_close(&session);
    return NULL;
}

/* This thread works, too: so the cases are examined even where no other can be had. */
static void work_together(struct crew *crew)
{
    pthread_t threads[LIVE_CASES_AT_ONCE - 1];
    size_t count = 0;

    while (count < LIVE_CASES_AT_ONCE - 1 && count + 1 < crew->targets->count &&
           pthread_create(&threads[count], NULL, work, crew) == 0) {
        count++;
    }
    work(crew);
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
}

enum ccm_status cases_examine(const struct live_settings *settings,
                              const struct live_targets *targets, struct ticket_session *session,
                              struct evidence_set *evidence, struct ccm_error *error)
{
    struct arena arena = {0};
    struct crew crew = {
        .settings = settings,
        .targets = targets,
        .session = session,
        .cases = arena_alloc(&arena, targets->count * sizeof(struct evidence_set)),
    };

    pthread_mutex_init(&crew.lock, NULL);
    if (settings->hooks.progress) {
        settings->hooks.progress(settings->hooks.context, 0, targets->count);
    }
    work_together(&crew);
    pthread_mutex_destroy(&crew.lock);
    for (size_t i = 0; i < targets->count; i++) {
        evidence_append(evidence, &crew.cases[i], 0);
    }
    arena_release(&arena);
    if (crew.done < targets->count) {
        *error = crew.error;
        return crew.status;
    }
    return CCM_OK;
}
