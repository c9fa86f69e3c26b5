/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/choose.h"

#include "base/buffer.h"
#include "rules/clients.h"

enum { NAMES_TOLD = 8 };

struct choice {
    struct evidence_set *evidence;
    bool *wanted; /* of each record */
};

static void want(struct choice *choice, const struct evidence_record *const *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        choice->wanted[records[i] - choice->evidence->records] = true;
    }
}

/* A case that tells who shares a GUID: all of its records. */
static void want_case(struct choice *choice, uint32_t case_id)
{
    for (size_t i = 0; i < choice->evidence->count; i++) {
        choice->wanted[i] = choice->wanted[i] || choice->evidence->records[i].case_id == case_id;
    }
}

static void want_client(struct choice *choice, const struct client *client)
{
    want(choice, client->sightings, client->sighting_count);
    for (size_t i = 0; i < client->duplicate_count; i++) {
        want_case(choice, client->duplicates[i]->case_id);
    }
}

/* What was read, and the cases of the clients that were chosen. */
static void want_cases(struct choice *choice, const struct client_list *list, const bool *chosen)
{
    for (size_t i = 0; i < choice->evidence->count; i++) {
        const struct evidence_record *record = &choice->evidence->records[i];
        const struct client *client =
            record->case_id > 0 ? clients_of_case(list, record->case_id) : NULL;

        choice->wanted[i] =
            record->kind == EVIDENCE_RECORDING || (client && chosen[client - list->items]);
    }
}

static enum ccm_status nobody(const char *name, const struct client_list *list,
                              struct ccm_error *error)
{
    struct buffer names = {0};
    enum ccm_status status;

    for (size_t i = 0; i < list->count && i < NAMES_TOLD; i++) {
        buffer_printf(&names, "%s%s", i > 0 ? ", " : "", client_label(&list->items[i]));
    }
    if (list->count > NAMES_TOLD) {
        buffer_printf(&names, " and %zu more", list->count - NAMES_TOLD);
    }
    status = ccm_fail(error, CCM_ERROR_NOTHING,
                      "--client %s: no client of this name, address or GUID; there are %s", name,
                      buffer_text(&names));
    buffer_release(&names);
    return status;
}

enum ccm_status choose_client(const char *name, struct evidence_set *evidence,
                              struct ccm_error *error)
{
    struct arena arena = {0};
    struct choice choice = {.evidence = evidence};
    struct client_list list;
    enum ccm_status status = CCM_OK;
    size_t count = 0;
    bool *chosen;

    clients_join(evidence, &arena, &list);
    chosen = arena_alloc(&arena, list.count + 1);
    for (size_t i = 0; i < list.count; i++) {
        chosen[i] = client_is(&list.items[i], name);
        count += chosen[i] ? 1 : 0;
    }
    if (count > 0) {
        choice.wanted = arena_alloc(&arena, evidence->count);
        want_cases(&choice, &list, chosen);
        for (size_t i = 0; i < list.count; i++) {
            if (chosen[i]) {
                want_client(&choice, &list.items[i]);
            }
        }
        evidence_keep(evidence, choice.wanted);
    } else if (list.count > 0) {
        status = nobody(name, &list, error);
    }
    arena_release(&arena);
    return status;
}
