/* SPDX-License-Identifier: Apache-2.0 */
/* Disks: what makes clones share an identity, and what a removed site left behind. */
#include <inttypes.h>
#include <string.h>

#include "rules/checklist.h"
#include "rules/facts.h"
#include "rules/identities.h"
#include "rules/rule.h"

_Static_assert((int)PHRASE_CLIENT_LATER - (int)PHRASE_CLIENT_UNKNOWN == (int)CLIENT_LATER,
               "phrases of clients are not in the order of enum disk_client");
_Static_assert((int)PHRASE_PROCEDURE_PARENT - (int)PHRASE_PROCEDURE_SMS20 == (int)DISK_PARENT,
               "phrases of procedures are not in the order of enum disk_procedure");
_Static_assert((int)PHRASE_SOURCE_IDENTITY - (int)PHRASE_SOURCE_UNKNOWN == (int)DISK_IDENTITY,
               "phrases of sources are not in the order of enum disk_source");
_Static_assert((int)PHRASE_STATE_TOO_LARGE - (int)PHRASE_STATE_UNKNOWN == (int)SOURCE_TOO_LARGE,
               "phrases of states are not in the order of enum source_state");

const char *phrase_client(enum disk_client client)
{
    return phrase(PHRASE_CLIENT_UNKNOWN + (enum phrase)client);
}

const char *phrase_procedure(enum disk_procedure procedure)
{
    return phrase(PHRASE_PROCEDURE_SMS20 + (enum phrase)procedure);
}

const char *phrase_source(enum disk_source source)
{
    return phrase(PHRASE_SOURCE_UNKNOWN + (enum phrase)source);
}

const char *phrase_unseen(const struct evidence_source *source)
{
    if (source->source == DISK_FILES && source->layout == LAYOUT_BAG) {
        return phrase(PHRASE_STATE_BAG);
    }
    if (source->source == DISK_FILES && source->layout == LAYOUT_WINDOWS &&
        source->state == SOURCE_READ) {
        return phrase(PHRASE_STATE_WINDOWS);
    }
    return phrase(PHRASE_STATE_UNKNOWN + (enum phrase)source->state);
}

/* --- what was found --- */

/* Which finding a found item is, and the argument that lists the places. */
static const struct {
    enum disk_item first;
    enum disk_item last;
    enum finding_id id;
    const char *list;
} FOUND[] = {
    {DISK_ITEM_UNIQUE_ID, DISK_ITEM_UNIQUE_ID, FINDING_IMAGE_GUID, "places"},
    {DISK_ITEM_SMSUID_DAT, DISK_ITEM_SMSUID_DAT, FINDING_IMAGE_FILE, "files"},
    {DISK_ITEM_SMSCFG_GUID, DISK_ITEM_SMSCFG_GUID, FINDING_IMAGE_GUID, "places"},
    {DISK_ITEM_SMSCFG, DISK_ITEM_SMSCFG, FINDING_IMAGE_FILE, "files"},
    {DISK_ITEM_ABEXPRTDB, DISK_ITEM_ABEXPRTDB, FINDING_IMAGE_KEY, "keys"},
    {DISK_ITEM_SMS1X, DISK_ITEM_SMS1X, FINDING_IMAGE_FILE, "files"},
    {DISK_ITEM_CERTIFICATE, DISK_ITEM_CERTIFICATE, FINDING_IMAGE_CERTIFICATE, "thumbprints"},
    {DISK_ITEM_ASSIGNED_SITE, DISK_ITEM_REQUESTED_SITE, FINDING_IMAGE_ASSIGNED, "site"},
    {DISK_ITEM_START_SMS, DISK_ITEM_START_WINMGMT, FINDING_RESIDUE_SERVICE, "places"},
    {DISK_ITEM_KEY_SMS, DISK_ITEM_LOG_SMSCLIENT, FINDING_RESIDUE_KEY, "keys"},
    {DISK_ITEM_FOLDER_SMS, DISK_ITEM_FOLDER_MS_SMS, FINDING_RESIDUE_FOLDER, "places"},
    {DISK_ITEM_FOLDER_CAP, DISK_ITEM_SHARE_PACKAGE, FINDING_RESIDUE_SHARE, "places"},
    {DISK_ITEM_GROUP_SITE_SYSTEM, DISK_ITEM_ACCOUNT_OTHER, FINDING_RESIDUE_ACCOUNT, "places"},
    {DISK_ITEM_POOL_CCM, DISK_ITEM_WEB_SLP, FINDING_RESIDUE_IIS, "places"},
};

static const char *last_part(const char *place, char separator)
{
    const char *found = strrchr(place, separator);

    return found ? found + 1 : place;
}

/* What a finding's list names: files by their path, keys and services by their last name. */
static const char *item_text(const struct evidence_item *item)
{
    const enum disk_item_kind kind = disk_item_row(item->item)->kind;
    const char *place = item->where ? item->where : phrase(PHRASE_UNKNOWN);

    if (item->item == DISK_ITEM_ASSIGNED_SITE || item->item == DISK_ITEM_REQUESTED_SITE) {
        return item->value ? item->value : phrase(PHRASE_UNKNOWN);
    }
    return kind == DISK_KIND_KEY || kind == DISK_KIND_START || kind == DISK_KIND_VALUE
               ? last_part(place, '\\')
               : place;
}

/* `counts` has a counter for each finding. */
static void add_found(const struct case_view *view, struct rule_output *out,
                      enum disk_procedure procedure, const struct evidence_record *record,
                      int64_t counts[FINDING_COUNT])
{
    const struct evidence_item *item = record->item;

    for (size_t i = 0; i < sizeof(FOUND) / sizeof(FOUND[0]); i++) {
        struct draft *draft;

        if (item->item < FOUND[i].first || item->item > FOUND[i].last) {
            continue;
        }
        draft = draft_find(out, FOUND[i].id);
        if (!draft) {
            draft = draft_new(out, FOUND[i].id, LEVEL_NONE, CONFIDENCE_PROVEN);
            draft_default(draft, "site", view->run->site);
            draft_argument(draft, "procedure", phrase_procedure(procedure));
        }
        draft_evidence(draft, record);
        draft_number(draft, "count", ++counts[FOUND[i].id]);
        draft_item(draft, FOUND[i].list, item_text(item));
        if (FOUND[i].id == FINDING_IMAGE_GUID) {
            draft_item(draft, "guid",
                       item->value && item->value[0] ? item->value : phrase(PHRASE_UNKNOWN));
        }
    }
}

/* Smscfg.ini that holds a GUID is told as the GUID. */
static bool is_told_otherwise(const struct checklist_step *step, const struct evidence_item *item)
{
    for (size_t i = 0; item->item == DISK_ITEM_SMSCFG && i < step->found_count; i++) {
        if (step->found[i]->item->item == DISK_ITEM_SMSCFG_GUID) {
            return true;
        }
    }
    return false;
}

static void disk_found(const struct case_view *view, struct rule_output *out)
{
    int64_t counts[FINDING_COUNT] = {0};
    struct checklist checklist;

    checklist_make(view, out->arena, &checklist);
    for (size_t i = 0; i < checklist.step_count; i++) {
        const struct checklist_step *step = &checklist.steps[i];

        for (size_t j = 0; step->result == RESULT_LEFT && j < step->found_count; j++) {
            if (!is_told_otherwise(step, step->found[j]->item)) {
                add_found(view, out, checklist.procedure, step->found[j], counts);
            }
        }
    }
}

/* --- what could not be looked at, and what is all right --- */

/* Why, with what the system said, or how much of a hive there is. */
static const char *reason_text(struct rule_output *out, const struct evidence_source *source)
{
    const char *reason = phrase_unseen(source);

    if (source->state == SOURCE_CUT && source->expected_bytes != EVIDENCE_UNKNOWN) {
        return arena_printf(out->arena, "%s (%" PRId64 " of %" PRId64 " bytes)", reason,
                            source->bytes, source->expected_bytes);
    }
    return source->problem && source->state != SOURCE_MISSING
               ? arena_printf(out->arena, "%s (%s%s%s)", reason, source->path ? source->path : "",
                              source->path ? ": " : "", source->problem)
               : reason;
}

/* `record` NULL: evidence that has neither the item nor its source. */
static void add_unseen(struct rule_output *out, struct draft *drafts[DISK_SOURCE_COUNT],
                       const struct checklist_step *step, const struct evidence_record *record)
{
    static const struct evidence_source nothing = {.state = SOURCE_UNKNOWN};
    const struct evidence_source *source = record ? record->source : &nothing;
    struct draft **draft = &drafts[source->source];

    if (!*draft) {
        *draft = draft_new(out, FINDING_DISK_UNSEEN, LEVEL_NONE, CONFIDENCE_PROVEN);
        draft_argument(*draft, "what", phrase_source(source->source));
        draft_argument(*draft, "reason", reason_text(out, source));
    }
    draft_evidence(*draft, record);
    draft_item(*draft, "steps", step->row->number);
}

static void disk_unseen(const struct case_view *view, struct rule_output *out)
{
    struct draft *drafts[DISK_SOURCE_COUNT] = {NULL};
    struct checklist checklist;

    checklist_make(view, out->arena, &checklist);
    for (size_t i = 0; i < checklist.step_count; i++) {
        const struct checklist_step *step = &checklist.steps[i];

        for (size_t j = 0; step->result != RESULT_BY_HAND && j < step->unseen_count; j++) {
            if (step->row->nature != DISK_NATURE_PRESENT) {
                add_unseen(out, drafts, step, step->unseen[j]);
            }
        }
        if (step->result == RESULT_UNTOLD && step->unseen_count == 0) {
            add_unseen(out, drafts, step, NULL);
        }
    }
}

static void disk_ready(const struct case_view *view, struct rule_output *out)
{
    const enum finding_id id =
        view->run->origin == ORIGIN_RESIDUE ? FINDING_RESIDUE_CLEAR : FINDING_IMAGE_READY;
    struct checklist checklist;
    struct draft *draft;

    checklist_make(view, out->arena, &checklist);
    for (size_t i = 0; i < checklist.step_count; i++) {
        const struct checklist_step *step = &checklist.steps[i];
        const bool mere_warning = step->row->nature == DISK_NATURE_START;

        if (step->result == RESULT_UNTOLD || (step->result == RESULT_LEFT && !mere_warning)) {
            return;
        }
    }
    draft = draft_new(out, id, LEVEL_NONE, CONFIDENCE_PROVEN);
    draft_evidence(draft, checklist_source(view, DISK_FILES));
    draft_evidence(draft, checklist_source(view, DISK_SOFTWARE));
    draft_argument(draft, "site", view->run->site);
    draft_argument(draft, "procedure", phrase_procedure(checklist.procedure));
}

static void image_client(const struct case_view *view, struct rule_output *out)
{
    struct checklist checklist;
    struct draft *draft;

    checklist_make(view, out->arena, &checklist);
    if (view->run->origin != ORIGIN_IMAGE || checklist.client <= CLIENT_NONE) {
        return;
    }
    draft = draft_new(out, FINDING_IMAGE_CLIENT, LEVEL_NONE, CONFIDENCE_PROVEN);
    draft_evidence(draft, checklist.record);
    draft_argument(draft, "client", phrase_client(checklist.client));
    draft_argument(draft, "version",
                   checklist.version ? checklist.version : phrase(PHRASE_UNKNOWN));
    draft_argument(draft, "procedure", phrase_procedure(checklist.procedure));
}

static void disk_dirty(const struct case_view *view, struct rule_output *out)
{
    struct draft *draft = NULL;

    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];

        if (record->kind != EVIDENCE_SOURCE || record->source->dirty != TRI_YES) {
            continue;
        }
        if (!draft) {
            draft = draft_new(out, FINDING_DISK_DIRTY, LEVEL_NONE, CONFIDENCE_PROVEN);
        }
        draft_evidence(draft, record);
        draft_item(draft, "hives",
                   record->source->path ? record->source->path
                                        : phrase_source(record->source->source));
    }
}

/* --- what several disks share --- */

enum {
    SHARES_LIMIT = 16, /* of one disk: more certificates than these are not compared */
    OTHERS_NAMED = 8,  /* {count} counts all */
};

/* What one disk has in common with others, each once. */
struct shares {
    const struct identity *items[SHARES_LIMIT];
    size_t count;
};

static void find_share(const struct case_view *view, struct rule_output *out, struct shares *shares,
                       enum identity_kind kind, const char *text)
{
    const struct identity *share = identities_shared(view->identities, out->arena, kind, text);

    for (size_t i = 0; i < shares->count; i++) {
        if (shares->items[i] == share) {
            return;
        }
    }
    if (share && shares->count < SHARES_LIMIT) {
        shares->items[shares->count++] = share;
    }
}

static void find_shares(const struct case_view *view, struct rule_output *out,
                        struct shares *shares)
{
    const struct evidence_record *record;

    for (size_t i = 0; i < view->record_count; i++) {
        record = view->records[i];
        if (record->kind == EVIDENCE_REGISTRATION) {
            find_share(view, out, shares, IDENTITY_KIND_CERTIFICATE,
                       record->registration->signing_thumbprint);
        } else if (record->kind != EVIDENCE_ITEM || record->item->found != TRI_YES) {
            continue;
        } else if (record->item->item == DISK_ITEM_UNIQUE_ID ||
                   record->item->item == DISK_ITEM_SMSCFG_GUID) {
            find_share(view, out, shares, IDENTITY_KIND_GUID, record->item->value);
        } else if (record->item->item == DISK_ITEM_CERTIFICATE && record->item->where) {
            find_share(view, out, shares, IDENTITY_KIND_CERTIFICATE,
                       last_part(record->item->where, '\\'));
        }
    }
    find_share(view, out, shares, IDENTITY_KIND_SID, identity_sid(view, &record));
}

static void add_share(const struct case_view *view, struct rule_output *out,
                      const struct identity *share)
{
    static const struct {
        enum finding_id id;
        const char *argument;
    } rows[] = {
        [IDENTITY_KIND_GUID] = {FINDING_IMAGE_SHARED_GUID, "guid"},
        [IDENTITY_KIND_CERTIFICATE] = {FINDING_IMAGE_SHARED_CERTIFICATE, "thumbprint"},
        [IDENTITY_KIND_SID] = {FINDING_IMAGE_SHARED_SID, "sid"},
    };
    size_t named = 0;
    struct draft *draft = draft_new(out, rows[share->kind].id, LEVEL_NONE, CONFIDENCE_PROVEN);

    draft_argument(draft, rows[share->kind].argument, share->key);
    draft_number(draft, "count", (int64_t)share->cases);
    for (size_t i = 0; i < share->entries; i++) {
        const struct identity *entry = &share[i];

        if (entry->case_id == view->case_id) {
            draft_evidence(draft, entry->record);
        } else if (named < OTHERS_NAMED) {
            named++;
            draft_item(draft, "others", entry->target ? entry->target : phrase(PHRASE_UNKNOWN));
        }
    }
}

static void image_shared(const struct case_view *view, struct rule_output *out)
{
    struct shares shares = {.count = 0};

    if (!view->identities) {
        return;
    }
    find_shares(view, out, &shares);
    for (size_t i = 0; i < shares.count; i++) {
        add_share(view, out, shares.items[i]);
    }
}

rule_fn *const RULES_DISK[] = {
    image_shared, disk_found, image_client, disk_ready, disk_unseen, disk_dirty, NULL,
};
