/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "rules/checklist.h"
#include "rules/explain.h"
#include "rules/identities.h"
#include "rules/rule.h"
#include "rules/verdict.h"

static rule_fn *const *const AREAS[] = {
    RULES_RUN,       RULES_NAME,     RULES_DNS,     RULES_CLOCK,        RULES_HTTP, RULES_STATUS,
    RULES_KDC,       RULES_TICKET,   RULES_ANSWER,  RULES_TRUST,        RULES_SPN,  RULES_ACCOUNT,
    RULES_DIRECTORY, RULES_RECORDED, RULES_SIGN_IN, RULES_REGISTRATION, RULES_GUID, RULES_LOGS,
};

static rule_fn *const *const DISK_AREAS[] = {RULES_DISK};

static struct finding_list run_rules(const struct case_view *view, struct arena *arena)
{
    const bool disk = checklist_applies(view);
    rule_fn *const *const *areas = disk ? DISK_AREAS : AREAS;
    const size_t count =
        disk ? sizeof(DISK_AREAS) / sizeof(DISK_AREAS[0]) : sizeof(AREAS) / sizeof(AREAS[0]);
    struct rule_output out = {.arena = arena, .view = view};

    for (size_t i = 0; i < count; i++) {
        for (rule_fn *const *rule = areas[i]; *rule; rule++) {
            (*rule)(view, &out);
        }
    }
    return drafts_finish(&out);
}

/* Cases mostly come in ascending order, the records of each together: a case with a number above
   all others is new, and most others are the last one. */
static struct judged_case *find_case(struct judgement *judgement, uint32_t highest,
                                     uint32_t case_id)
{
    for (size_t i = case_id > highest ? 0 : judgement->case_count; i > 0; i--) {
        if (judgement->cases[i - 1].view.case_id == case_id) {
            return &judgement->cases[i - 1];
        }
    }
    return NULL;
}

static struct judged_case *add_case(struct judgement *judgement, struct arena *arena,
                                    uint32_t case_id)
{
    void *items = judgement->cases;
    struct judged_case *judged =
        arena_push(arena, &items, &judgement->case_count, sizeof(struct judged_case));

    judgement->cases = items;
    judged->view.case_id = case_id;
    return judged;
}

static void add_record(struct case_view *view, struct arena *arena,
                       const struct evidence_record *record)
{
    void *items = (void *)view->records;
    const struct evidence_record **place =
        arena_push(arena, &items, &view->record_count, sizeof(const struct evidence_record *));

    *place = record;
    view->records = items;
    if (record->kind == EVIDENCE_RUN && !view->run) {
        view->run = record->run;
    } else if (record->kind == EVIDENCE_IDENTITY && !view->identity) {
        view->identity = record->identity;
    }
}

static void sort_into_cases(const struct evidence_set *set, struct arena *arena,
                            struct judgement *judgement)
{
    uint32_t highest = 0;

    for (size_t i = 0; i < set->count; i++) {
        const struct evidence_record *record = &set->records[i];
        struct judged_case *judged;

        if (record->case_id == 0) {
            add_record(&judgement->common, arena, record);
            continue;
        }
        judged = find_case(judgement, highest, record->case_id);
        if (!judged) {
            judged = add_case(judgement, arena, record->case_id);
        }
        highest = record->case_id > highest ? record->case_id : highest;
        add_record(&judged->view, arena, record);
    }
}

/* What the disks of all cases are, to be compared. */
static struct identity_index *index_identities(const struct judgement *judgement,
                                               struct arena *arena)
{
    struct identity_index *index = arena_alloc(arena, sizeof(*index));

    for (size_t i = 0; i < judgement->case_count; i++) {
        if (checklist_applies(&judgement->cases[i].view)) {
            identities_add(index, arena, &judgement->cases[i].view);
        }
    }
    identities_sort(index);
    return index;
}

/* Nagios' four (docs/architecture.md). */
static int exit_status_of(enum finding_level level)
{
    return level == LEVEL_FAIL ? 2 : level == LEVEL_UNKNOWN ? 3 : level == LEVEL_WARN ? 1 : 0;
}

void judge(const struct evidence_set *set, struct arena *arena, struct judgement *judgement_out)
{
    enum finding_level heaviest = LEVEL_NONE;
    const struct identity_index *identities;

    memset(judgement_out, 0, sizeof(*judgement_out));
    sort_into_cases(set, arena, judgement_out);
    identities = index_identities(judgement_out, arena);
    clients_join(set, arena, &judgement_out->clients);
    clocks_link(set, &judgement_out->clients, arena, &judgement_out->clocks);
    for (size_t i = 0; i < judgement_out->case_count; i++) {
        struct judged_case *judged = &judgement_out->cases[i];

        judged->view.common = judgement_out->common.records;
        judged->view.common_count = judgement_out->common.record_count;
        judged->view.identities = identities;
        judged->view.clients = &judgement_out->clients;
        judged->view.clocks = &judgement_out->clocks;
        judged->view.set = set;
        judged->findings = run_rules(&judged->view, arena);
        judged->verdict = verdict_of(&judged->findings, !checklist_applies(&judged->view), arena);
        heaviest = judged->verdict.level > heaviest ? judged->verdict.level : heaviest;
    }
    /* Nothing was seen: nothing can be told. */
    judgement_out->exit_status =
        exit_status_of(judgement_out->case_count > 0 ? heaviest : LEVEL_UNKNOWN);
}
