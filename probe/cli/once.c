/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/once.h"

#include <stdbool.h>
#include <string.h>

struct once_item {
    struct once_item *next;
    const char *what;
    bool done; /* from then on nothing changes */
    struct evidence_record *records;
    size_t count;
};

void once_init(struct once *once)
{
    *once = (struct once){.items = NULL};
    pthread_mutex_init(&once->lock, NULL);
    pthread_cond_init(&once->read, NULL);
}

void once_release(struct once *once)
{
    pthread_cond_destroy(&once->read);
    pthread_mutex_destroy(&once->lock);
}

/* The item once it is done; when nobody has begun it, it is the caller's to do. */
static struct once_item *take(struct once *once, const char *what, struct arena *arena,
                              bool *ours_out)
{
    struct once_item *item;

    pthread_mutex_lock(&once->lock);
    item = once->items;
    while (item && strcmp(item->what, what) != 0) {
        item = item->next;
    }
    *ours_out = !item;
    if (!item) {
        item = arena_alloc(arena, sizeof(*item));
        item->what = arena_strdup(arena, what);
        item->next = once->items;
        once->items = item;
    }
    while (!*ours_out && !item->done) {
        pthread_cond_wait(&once->read, &once->lock);
    }
    pthread_mutex_unlock(&once->lock);
    return item;
}

static void finish(struct once *once, struct once_item *item, struct evidence_set *evidence,
                   size_t first)
{
    pthread_mutex_lock(&once->lock);
    item->count = evidence->count - first;
    item->records = arena_alloc(&evidence->arena, (item->count + 1) * sizeof(*item->records));
    if (item->count > 0) {
        memcpy(item->records, evidence->records + first, item->count * sizeof(*item->records));
    }
    item->done = true;
    pthread_cond_broadcast(&once->read);
    pthread_mutex_unlock(&once->lock);
}

static bool is_there(const struct once_item *item, const struct evidence_set *evidence)
{
    for (size_t i = 0; item->count > 0 && i < evidence->count; i++) {
        if (evidence->records[i].payload == item->records[0].payload) {
            return true;
        }
    }
    return false;
}

void once_read(struct once *once, const char *what, struct evidence_set *evidence, uint32_t case_id,
               once_read_function *read, void *context)
{
    bool ours;
    struct once_item *item = take(once, what, &evidence->arena, &ours);
    const size_t first = evidence->count;

    if (ours) {
        read(context);
        finish(once, item, evidence, first);
    } else if (!is_there(item, evidence)) {
        for (size_t i = 0; i < item->count; i++) {
            evidence_share(evidence, &item->records[i], case_id);
        }
    }
}
