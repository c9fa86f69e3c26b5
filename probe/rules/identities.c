/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/identities.h"

#include <stdlib.h>
#include <string.h>

#include "rules/checklist.h"
#include "rules/facts.h"

/* The hives know better than Smscfg.ini, which a clone keeps from its master. */
const char *identity_sid(const struct case_view *view, const struct evidence_record **record_out)
{
    static const enum disk_item items[] = {DISK_ITEM_MACHINE_SID, DISK_ITEM_DOMAIN_SID,
                                           DISK_ITEM_FILE_SID};

    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        *record_out = checklist_item(view, items[i]);
        if (*record_out && (*record_out)->item->value) {
            return (*record_out)->item->value;
        }
    }
    *record_out = NULL;
    return NULL;
}

/* As it is compared. */
static const char *key_of(struct arena *arena, const char *text)
{
    char *key;

    text += name_starts(text, "GUID:") ? 5 : 0;
    text += *text == '{' ? 1 : 0;
    key = arena_strdup(arena, text);
    for (char *at = key; *at; at++) {
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at == '}' ? '\0' : *at);
        if (*at == '\0') {
            break;
        }
    }
    return key;
}

static void add(struct identity_index *index, struct arena *arena, const struct identity *identity)
{
    void *items = index->items;
    struct identity *place;

    if (!identity->key || identity->key[0] == '\0') {
        return;
    }
    place = arena_push(arena, &items, &index->count, sizeof(*place));
    index->items = items;
    *place = *identity;
    place->key = key_of(arena, identity->key);
}

/* The key of a certificate is named by its thumbprint. */
static const char *last_part(const char *place)
{
    const char *slash = place ? strrchr(place, '\\') : NULL;

    return slash ? slash + 1 : NULL;
}

static void add_item(struct identity_index *index, struct arena *arena, struct identity *identity)
{
    const struct evidence_item *item = identity->record->item;

    if (item->found != TRI_YES) {
        return;
    }
    if (item->item == DISK_ITEM_UNIQUE_ID || item->item == DISK_ITEM_SMSCFG_GUID) {
        identity->kind = IDENTITY_KIND_GUID;
        identity->key = item->value;
        add(index, arena, identity);
    } else if (item->item == DISK_ITEM_CERTIFICATE) {
        identity->kind = IDENTITY_KIND_CERTIFICATE;
        identity->key = last_part(item->where);
        add(index, arena, identity);
    }
}

void identities_add(struct identity_index *index, struct arena *arena, const struct case_view *view)
{
    struct identity identity = {.case_id = view->case_id, .target = fact_target(view)};

    for (size_t i = 0; i < view->record_count; i++) {
        identity.record = view->records[i];
        if (identity.record->kind == EVIDENCE_ITEM) {
            add_item(index, arena, &identity);
        } else if (identity.record->kind == EVIDENCE_REGISTRATION) {
            identity.kind = IDENTITY_KIND_CERTIFICATE;
            identity.key = identity.record->registration->signing_thumbprint;
            add(index, arena, &identity);
        }
    }
    identity.kind = IDENTITY_KIND_SID;
    identity.key = identity_sid(view, &identity.record);
    add(index, arena, &identity);
}

static int compare_keys(const struct identity *a, const struct identity *b)
{
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : strcmp(a->key, b->key);
}

static int compare(const void *left, const void *right)
{
    const struct identity *a = left;
    const struct identity *b = right;
    const int keys = compare_keys(a, b);

    return keys != 0                        ? keys
           : a->case_id != b->case_id       ? (a->case_id < b->case_id ? -1 : 1)
           : a->record->id == b->record->id ? 0
           : a->record->id < b->record->id  ? -1
                                            : 1;
}

void identities_sort(struct identity_index *index)
{
    if (index->count > 1) {
        qsort(index->items, index->count, sizeof(*index->items), compare);
    }
    for (size_t i = 0, first = 0; i < index->count; i++) {
        struct identity *leader = &index->items[first];

        if (compare_keys(&index->items[i], leader) != 0) {
            first = i;
            leader = &index->items[i];
        }
        leader->cases +=
            i == first || index->items[i].case_id != index->items[i - 1].case_id ? 1 : 0;
        leader->entries++;
    }
}

/* The first entry that is not below `wanted`. */
static size_t lower_bound(const struct identity_index *index, const struct identity *wanted)
{
    size_t low = 0;
    size_t high = index->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (compare_keys(&index->items[middle], wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct identity *identities_shared(const struct identity_index *index, struct arena *arena,
                                         enum identity_kind kind, const char *text)
{
    const struct identity wanted = {.kind = kind, .key = text ? key_of(arena, text) : ""};
    const size_t at = lower_bound(index, &wanted);

    return at < index->count && compare_keys(&index->items[at], &wanted) == 0 &&
                   index->items[at].cases > 1
               ? &index->items[at]
               : NULL;
}
