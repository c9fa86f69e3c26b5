/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/checklist.h"

#include <string.h>

/* Start types of a service, from WinNT.h. Below these it is started by the loader or by Windows. */
enum { START_MANUAL = 3 };

bool checklist_applies(const struct case_view *view)
{
    return view->run && (view->run->origin == ORIGIN_IMAGE || view->run->origin == ORIGIN_RESIDUE);
}

const struct evidence_record *checklist_source(const struct case_view *view,
                                               enum disk_source source)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_SOURCE &&
            view->records[i]->source->source == source) {
            return view->records[i];
        }
    }
    return NULL;
}

const struct evidence_record *checklist_item(const struct case_view *view, enum disk_item item)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_ITEM && view->records[i]->item->item == item &&
            view->records[i]->item->found == TRI_YES) {
            return view->records[i];
        }
    }
    return NULL;
}

/* --- which client --- */

/* "5.00.9078.1006" is 5; 0 when it is no version. */
static int major_version(const char *version)
{
    int major = 0;

    while (version && *version >= '0' && *version <= '9' && major < 1000) {
        major = major * 10 + (*version++ - '0');
    }
    return version && *version == '.' ? major : 0;
}

static bool begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

static const struct evidence_record *identity_of(const struct case_view *view)
{
    for (size_t i = 0; i < view->record_count; i++) {
        if (view->records[i]->kind == EVIDENCE_REGISTRATION) {
            return view->records[i];
        }
    }
    return NULL;
}

/* The first version that any place shows: what the client itself keeps, then Smscfg.ini. */
static const char *find_version(const struct case_view *view,
                                const struct evidence_record **record_out)
{
    static const enum disk_item items[] = {DISK_ITEM_MOBILE_CLIENT_VERSION,
                                           DISK_ITEM_MOBILE_VERSION, DISK_ITEM_LEGACY_VERSION};

    for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
        *record_out = checklist_item(view, items[i]);
        if (*record_out && major_version((*record_out)->item->value) > 0) {
            return (*record_out)->item->value;
        }
    }
    *record_out = identity_of(view);
    return *record_out && major_version((*record_out)->registration->agent_version) > 0
               ? (*record_out)->registration->agent_version
               : NULL;
}

static bool was_read(const struct case_view *view, enum disk_source source)
{
    const struct evidence_record *record = checklist_source(view, source);

    return record && record->source->state == SOURCE_READ;
}

static void find_client(const struct case_view *view, struct checklist *checklist)
{
    const struct evidence_record *mobile = checklist_item(view, DISK_ITEM_MOBILE_SERVICE);
    const struct evidence_record *legacy = checklist_item(view, DISK_ITEM_LEGACY_SERVICE);
    const struct evidence_record *shown;
    const char *version = find_version(view, &shown);

    if (!legacy) {
        legacy = checklist_item(view, DISK_ITEM_LEGACY_COMPONENTS);
    }
    checklist->version = version;
    checklist->record = version ? shown : mobile ? mobile : legacy;
    if (major_version(version) >= 4) {
        checklist->client = CLIENT_LATER;
    } else if (mobile || checklist_item(view, DISK_ITEM_MOBILE_VERSION)) {
        checklist->client = version ? CLIENT_ADVANCED : CLIENT_ADVANCED_OR_LATER;
    } else if (begins(version, "2.00.")) {
        checklist->client = CLIENT_SMS20;
    } else if (legacy && version) {
        checklist->client = CLIENT_LEGACY;
    } else if (legacy || version) {
        checklist->client = CLIENT_SMS20_OR_LEGACY;
    } else if (was_read(view, DISK_SOFTWARE) && was_read(view, DISK_SYSTEM)) {
        checklist->client = CLIENT_NONE;
    }
}

static enum disk_procedure procedure_of(enum disk_client client)
{
    switch (client) {
    case CLIENT_SMS20:
    case CLIENT_SMS20_OR_LEGACY: /* the longer of the two lists */
        return DISK_SMS20;
    case CLIENT_LEGACY:
        return DISK_LEGACY;
    case CLIENT_ADVANCED:
    case CLIENT_ADVANCED_OR_LATER:
        return DISK_ADVANCED;
    case CLIENT_LATER:
        return DISK_LATER;
    case CLIENT_NONE:
    case CLIENT_UNKNOWN:
        break;
    }
    return DISK_ANY;
}

/* --- the steps --- */

static void push(struct arena *arena, const struct evidence_record ***list, size_t *count,
                 const struct evidence_record *record)
{
    void *items = (void *)*list;
    const struct evidence_record **place;

    for (size_t i = 0; i < *count; i++) {
        if ((*list)[i] == record) {
            return;
        }
    }
    place = arena_push(arena, &items, count, sizeof(const struct evidence_record *));
    *place = record;
    *list = items;
}

/* Is it what the step speaks of? A client that keeps an empty site code is assigned to no site. */
static bool counts(const struct evidence_item *item)
{
    const bool site =
        item->item == DISK_ITEM_ASSIGNED_SITE || item->item == DISK_ITEM_REQUESTED_SITE;

    return !(site && item->value && item->value[0] == '\0');
}

/* What the records say of the step's items. */
static void gather(const struct case_view *view, struct arena *arena, struct checklist_step *step)
{
    bool seen[DISK_ITEM_COUNT] = {false};
    const struct disk_step_row *row = step->row;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_ITEM || record->item->item < row->first ||
            record->item->item > row->last) {
            continue;
        }
        seen[record->item->item] = true;
        if (record->item->found == TRI_YES && counts(record->item)) {
            push(arena, &step->found, &step->found_count, record);
        }
    }
    for (int item = (int)row->first; item != DISK_ITEM_NONE && item <= (int)row->last; item++) {
        const struct evidence_record *source =
            checklist_source(view, disk_item_row((enum disk_item)item)->source);

        step->looked_for++;
        if (!seen[item] && source) {
            push(arena, &step->unseen, &step->unseen_count, source);
        }
        step->result = !seen[item] ? RESULT_UNTOLD : step->result;
    }
}

/* Services that start by themselves; one whose start type could not be read may. */
static void judge_start(const struct case_view *view, struct arena *arena,
                        struct checklist_step *step)
{
    const struct evidence_record *source = checklist_source(view, DISK_SYSTEM);
    size_t kept = 0;
    bool unknown = false;

    for (size_t i = 0; i < step->found_count; i++) {
        const int64_t number = step->found[i]->item->number;

        unknown = unknown || number == EVIDENCE_UNKNOWN;
        if (number != EVIDENCE_UNKNOWN && number < START_MANUAL) {
            step->found[kept++] = step->found[i];
        }
    }
    step->found_count = kept;
    if (unknown && source) {
        push(arena, &step->unseen, &step->unseen_count, source);
    }
    step->result = kept > 0 ? RESULT_LEFT : unknown ? RESULT_UNTOLD : step->result;
}

static const char *with_site(const struct case_view *view, struct arena *arena, const char *text)
{
    static const char hole[] = "{site}";
    const char *site = view->run && view->run->site ? view->run->site : "CODE";
    const char *out = "";
    const char *at;

    while ((at = strstr(text, hole)) != NULL) {
        out = arena_printf(arena, "%s%.*s%s", out, (int)(at - text), text, site);
        text = at + sizeof(hole) - 1;
    }
    return out[0] ? arena_printf(arena, "%s%s", out, text) : text;
}

static void add_step(const struct case_view *view, struct arena *arena, struct checklist *checklist,
                     const struct disk_step_row *row)
{
    void *items = checklist->steps;
    struct checklist_step *step =
        arena_push(arena, &items, &checklist->step_count, sizeof(struct checklist_step));

    checklist->steps = items;
    step->row = row;
    step->text = with_site(view, arena, row->text);
    step->result = RESULT_DONE;
    gather(view, arena, step);
    switch (row->nature) {
    case DISK_NATURE_ABSENT:
        step->result = step->found_count > 0 ? RESULT_LEFT : step->result;
        break;
    case DISK_NATURE_PRESENT:
        step->result = step->found_count > 0           ? RESULT_DONE
                       : step->result == RESULT_UNTOLD ? RESULT_UNTOLD
                                                       : RESULT_LEFT;
        break;
    case DISK_NATURE_START:
        judge_start(view, arena, step);
        break;
    case DISK_NATURE_HAND:
        step->result = RESULT_BY_HAND;
        break;
    }
}

static void add_steps(const struct case_view *view, struct arena *arena,
                      struct checklist *checklist)
{
    for (size_t i = 0; i < DISK_STEP_COUNT; i++) {
        if (DISK_STEPS[i].procedure == checklist->procedure) {
            add_step(view, arena, checklist, &DISK_STEPS[i]);
        }
    }
}

void checklist_make(const struct case_view *view, struct arena *arena,
                    struct checklist *checklist_out)
{
    memset(checklist_out, 0, sizeof(*checklist_out));
    checklist_out->procedure = DISK_RESIDUE;
    if (view->run->origin == ORIGIN_IMAGE) {
        find_client(view, checklist_out);
        checklist_out->procedure = procedure_of(checklist_out->client);
    }
    add_steps(view, arena, checklist_out);
}

void checklist_parent(const struct case_view *view, struct arena *arena,
                      struct checklist *checklist_out)
{
    memset(checklist_out, 0, sizeof(*checklist_out));
    checklist_out->procedure = DISK_PARENT;
    add_steps(view, arena, checklist_out);
}
