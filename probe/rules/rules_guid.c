/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which GUIDs several machines use, by all logs, traces and lists, and which one machine used under
 * several names.
 */
#include <inttypes.h>
#include <string.h>

#include "evidence/registration.h"
#include "rules/rule.h"

/* The machines of a GUID: a name that was seen with two certificates, or in two sources, has
   several entries in the record. */
struct namesakes {
    const struct evidence_duplicate *duplicate;
    size_t *machine; /* of each entry, which machine it is of, from 0 */
    size_t count;    /* of machines */
    /* For each entry, when its machine was seen in its source. The clocks of two sources may be
       hours apart, so that only those of one are taken together. */
    int64_t *first_at;
    int64_t *last_at;
};

/* Names that may be of one machine are of one, unless a third tells them apart. */
static void find_machines(struct namesakes *sakes, struct arena *arena)
{
    const struct evidence_duplicate *duplicate = sakes->duplicate;
    size_t *barred = arena_alloc(arena, (duplicate->machine_count + 1) * sizeof(*barred));

    for (size_t i = 0; i < duplicate->machine_count; i++) {
        size_t found = 0;

        for (size_t k = 0; k < i; k++) {
            if (!registration_same_machine(duplicate->machines[k].name,
                                           duplicate->machines[i].name)) {
                barred[sakes->machine[k]] = i;
            }
        }
        while (found < sakes->count && barred[found] == i) {
            found++;
        }
        sakes->machine[i] = found;
        sakes->count += found == sakes->count ? 1 : 0;
    }
}

static bool same_source(const struct duplicate_machine *a, const struct duplicate_machine *b)
{
    return a->source == b->source || (a->source && b->source && strcmp(a->source, b->source) == 0);
}

static void find_times(struct namesakes *sakes)
{
    const struct duplicate_machine *machines = sakes->duplicate->machines;

    for (size_t i = 0; i < sakes->duplicate->machine_count; i++) {
        sakes->first_at[i] = machines[i].first_at;
        sakes->last_at[i] = machines[i].last_at;
        for (size_t k = 0; k < sakes->duplicate->machine_count; k++) {
            if (sakes->machine[k] == sakes->machine[i] &&
                machines[i].first_at != EVIDENCE_UNKNOWN &&
                machines[k].first_at != EVIDENCE_UNKNOWN &&
                same_source(&machines[i], &machines[k])) {
                sakes->first_at[i] = machines[k].first_at < sakes->first_at[i]
                                         ? machines[k].first_at
                                         : sakes->first_at[i];
                sakes->last_at[i] = machines[k].last_at > sakes->last_at[i] ? machines[k].last_at
                                                                            : sakes->last_at[i];
            }
        }
    }
}

static struct namesakes namesakes_of(const struct evidence_duplicate *duplicate,
                                     struct arena *arena)
{
    const size_t room = duplicate->machine_count + 1;
    struct namesakes sakes = {
        .duplicate = duplicate,
        .machine = arena_alloc(arena, room * sizeof(*sakes.machine)),
        .first_at = arena_alloc(arena, room * sizeof(*sakes.first_at)),
        .last_at = arena_alloc(arena, room * sizeof(*sakes.last_at)),
    };

    find_machines(&sakes, arena);
    find_times(&sakes);
    return sakes;
}

static bool spans_overlap(const int64_t a[2], const int64_t b[2])
{
    return a[0] != EVIDENCE_UNKNOWN && b[0] != EVIDENCE_UNKNOWN && a[0] <= b[1] && b[0] <= a[1] &&
           (a[0] != a[1] || b[0] != b[1]);
}

/* Were the two seen in turns, so that neither can have become the other? */
static bool overlap(const struct namesakes *sakes, size_t a, size_t b)
{
    const struct duplicate_machine *one = &sakes->duplicate->machines[a];
    const struct duplicate_machine *other = &sakes->duplicate->machines[b];

    if (same_source(one, other)) {
        return spans_overlap((const int64_t[]){sakes->first_at[a], sakes->last_at[a]},
                             (const int64_t[]){sakes->first_at[b], sakes->last_at[b]});
    }
    return spans_overlap((const int64_t[]){one->first_at, one->last_at},
                         (const int64_t[]){other->first_at, other->last_at});
}

/* Do all entries with a hardware id have the same, and is there one of each machine? */
static bool is_one_hardware(const struct namesakes *sakes, struct arena *arena)
{
    bool *known = arena_alloc(arena, (sakes->count + 1) * sizeof(*known));
    int64_t seen = EVIDENCE_UNKNOWN;
    size_t count = 0;

    for (size_t i = 0; i < sakes->duplicate->machine_count; i++) {
        const int64_t hardware = sakes->duplicate->machines[i].hardware;

        if (hardware == EVIDENCE_UNKNOWN) {
            continue;
        }
        if (seen != EVIDENCE_UNKNOWN && hardware != seen) {
            return false;
        }
        seen = hardware;
        count += known[sakes->machine[i]] ? 0 : 1;
        known[sakes->machine[i]] = true;
    }
    return count == sakes->count;
}

/* All machines have the same hardware, and none were seen in turns: one machine, renamed. */
static bool is_renamed(const struct namesakes *sakes, struct arena *arena)
{
    if (!is_one_hardware(sakes, arena)) {
        return false;
    }
    for (size_t i = 1; i < sakes->duplicate->machine_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (sakes->machine[k] != sakes->machine[i] && overlap(sakes, k, i)) {
                return false;
            }
        }
    }
    return true;
}

/* One certificate on different hardware. */
static bool is_copied(const struct duplicate_machine *a, const struct duplicate_machine *b)
{
    return a->hardware != EVIDENCE_UNKNOWN && b->hardware != EVIDENCE_UNKNOWN &&
           a->hardware != b->hardware && a->certificate != EVIDENCE_UNKNOWN &&
           a->certificate == b->certificate;
}

/* Two of different hardware, or seen in turns, are two machines for certain. */
static bool is_proven(const struct namesakes *sakes)
{
    const struct duplicate_machine *machines = sakes->duplicate->machines;

    for (size_t i = 1; i < sakes->duplicate->machine_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (sakes->machine[k] != sakes->machine[i] &&
                (overlap(sakes, k, i) || is_copied(&machines[k], &machines[i]))) {
                return true;
            }
        }
    }
    return false;
}

/* Each machine's first name. */
static void add_names(const struct namesakes *sakes, struct draft *draft)
{
    enum { NAMES_TOLD = 8 };
    size_t told = 0;

    for (size_t i = 0; i < sakes->duplicate->machine_count && told < NAMES_TOLD; i++) {
        if (sakes->machine[i] == told) { /* machines are numbered as they come */
            draft_item(draft, "names", sakes->duplicate->machines[i].name);
            told++;
        }
    }
}

static void duplicates(const struct case_view *view, struct rule_output *out)
{
    for (size_t i = 0; i < view->record_count; i++) {
        const struct evidence_record *record = view->records[i];
        const struct evidence_duplicate *duplicate = record->duplicate;
        struct namesakes sakes;
        struct draft *draft;
        bool proven;

        if (record->kind != EVIDENCE_DUPLICATE) {
            continue;
        }
        sakes = namesakes_of(duplicate, out->arena);
        if (sakes.count == 1) {
            continue;
        }
        proven = is_proven(&sakes);
        draft = draft_new(
            out, is_renamed(&sakes, out->arena) ? FINDING_GUID_RENAMED : FINDING_GUID_DUPLICATE,
            LEVEL_NONE, proven ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY);
        draft_evidence(draft, record);
        draft_argument(draft, "smsid", duplicate->smsid);
        draft_argument(draft, "count",
                       arena_printf(out->arena, "%s%zu",
                                    duplicate->more == TRI_YES ? phrase(PHRASE_MORE_THAN) : "",
                                    sakes.count));
        draft_argument(draft, "basis", phrase(proven ? PHRASE_GUID_PROVEN : PHRASE_GUID_LIKELY));
        add_names(&sakes, draft);
    }
}

rule_fn *const RULES_GUID[] = {duplicates, NULL};
