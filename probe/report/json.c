/* SPDX-License-Identifier: Apache-2.0 */
/* The report for programs: docs/report.schema.json says what stands where. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "evidence/shape.h"
#include "report/json_disk.h"
#include "report/reference.h"
#include "report/remedy.h"
#include "report/report.h"
#include "report/steps.h"
#include "rules/checklist.h"

enum { REPORT_VERSION = 1 };

/* A string; null for NULL. What is not UTF-8 (no loaded evidence is) is escaped. */
static json_t *text_to_json(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();

    if (!value) {
        struct arena arena = {0};

        value = json_string(evidence_text(&arena, text, strlen(text), SIZE_MAX / 2));
        arena_release(&arena);
    }
    return value;
}

static json_t *remedy_to_json(const struct finding *finding)
{
    struct arena arena = {0};
    const char *remedy = finding_type(finding->id)->remedy;
    json_t *value = text_to_json(finding_expand(&arena, remedy_finding(&arena, finding), remedy));

    arena_release(&arena);
    return value;
}

static json_t *expanded(const struct finding *finding, const char *text)
{
    struct arena arena = {0};
    json_t *value = text_to_json(finding_expand(&arena, finding, text));

    arena_release(&arena);
    return value;
}

/* A finding as a verdict names it. */
static json_t *reference_to_json(const struct judged_case *judged, size_t index)
{
    const struct finding *finding = &judged->findings.items[index];
    const struct finding_type *type = finding_type(finding->id);
    json_t *object = json_object();

    json_object_set_new(object, "id", json_string(type->name));
    json_object_set_new(object, "title", expanded(finding, type->title));
    return object;
}

static json_t *root_to_json(const struct judged_case *judged)
{
    json_t *object;

    if (judged->verdict.root < 0) {
        return json_null();
    }
    object = reference_to_json(judged, (size_t)judged->verdict.root);
    json_object_set_new(object, "confidence",
                        json_string(finding_confidence_word(
                            judged->findings.items[judged->verdict.root].confidence)));
    return object;
}

static json_t *ids_to_json(const struct judged_case *judged, const size_t *indexes, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &judged->findings.items[indexes[i]];

        json_array_append_new(array, json_string(finding_type(finding->id)->name));
    }
    return array;
}

static json_t *verdict_to_json(const struct judged_case *judged)
{
    const struct verdict *verdict = &judged->verdict;
    json_t *object = json_object();
    json_t *untested = json_array();

    for (size_t i = 0; i < verdict->untested_count; i++) {
        json_array_append_new(untested, reference_to_json(judged, verdict->untested[i]));
    }
    json_object_set_new(object, "level", json_string(finding_level_word(verdict->level)));
    json_object_set_new(object, "root_cause", root_to_json(judged));
    json_object_set_new(object, "symptoms",
                        ids_to_json(judged, verdict->symptoms, verdict->symptom_count));
    json_object_set_new(object, "remaining",
                        ids_to_json(judged, verdict->remaining, verdict->remaining_count));
    json_object_set_new(object, "untested", untested);
    return object;
}

static const char *role_word(enum finding_role role)
{
    switch (role) {
    case ROLE_CAUSE:
        return "cause";
    case ROLE_SYMPTOM:
        return "symptom";
    case ROLE_NOTE:
        break;
    }
    return "note";
}

static json_t *confidence_to_json(enum finding_confidence confidence)
{
    return confidence == CONFIDENCE_NONE ? json_null()
                                         : json_string(finding_confidence_word(confidence));
}

static void set_known(json_t *object, const char *name, int64_t value)
{
    if (value != EVIDENCE_UNKNOWN) {
        json_object_set_new(object, name, json_integer(value));
    }
}

/* The frames and lines that show it; none for live evidence. */
static json_t *places_to_json(const struct case_view *view, const struct finding *finding)
{
    struct arena arena = {0};
    struct reference *references;
    const size_t count =
        references_of(&arena, view, finding->evidence, finding->evidence_count, &references);
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++) {
        if (references[i].source) {
            json_t *place = json_object();

            json_object_set_new(place, "source", text_to_json(references[i].source));
            set_known(place, "frame", references[i].frame);
            set_known(place, "line", references[i].line);
            json_array_append_new(array, place);
        }
    }
    arena_release(&arena);
    return array;
}

static json_t *finding_to_json(const struct case_view *view, const struct finding *finding)
{
    const struct finding_type *type = finding_type(finding->id);
    json_t *object = json_object();
    json_t *arguments = json_object();
    json_t *evidence = json_array();

    for (size_t i = 0; i < finding->argument_count; i++) {
        json_object_set_new(arguments, finding->arguments[i].name,
                            text_to_json(finding->arguments[i].value));
    }
    for (size_t i = 0; i < finding->evidence_count; i++) {
        json_array_append_new(evidence, json_integer(finding->evidence[i]));
    }
    json_object_set_new(object, "id", json_string(type->name));
    json_object_set_new(object, "level", json_string(finding_level_word(finding->level)));
    json_object_set_new(object, "confidence", confidence_to_json(finding->confidence));
    json_object_set_new(object, "role", json_string(role_word(type->role)));
    json_object_set_new(object, "title", expanded(finding, type->title));
    json_object_set_new(object, "why", expanded(finding, type->why));
    json_object_set_new(object, "remedy", remedy_to_json(finding));
    json_object_set_new(object, "arguments", arguments);
    json_object_set_new(object, "evidence", evidence);
    json_object_set_new(object, "places", places_to_json(view, finding));
    return object;
}

static const char *target_of(const struct judged_case *judged)
{
    return judged && judged->view.run ? judged->view.run->target : NULL;
}

/* What came of each step, as the marks of the text say it; null for one that was not observed. */
static json_t *steps_to_json(const struct judged_case *judged)
{
    json_t *object = json_object();

    for (int i = 0; i < SECTION_COUNT; i++) {
        const enum evidence_step step = section_row((enum section)i)->step;
        const enum finding_level level = section_level(judged, (enum section)i);

        if (step != STEP_UNKNOWN) {
            json_object_set_new(object, WORDS_STEP[step],
                                level == LEVEL_NONE ? json_null()
                                                    : json_string(finding_level_word(level)));
        }
    }
    return object;
}

static json_t *number_to_json(int64_t value)
{
    return value == EVIDENCE_UNKNOWN ? json_null() : json_integer(value);
}

/* Whose exchange it is, and how often a recorded client tried. */
static void set_client(json_t *object, const struct evidence_run *run)
{
    json_t *client = json_object();

    json_object_set_new(client, "name", text_to_json(run ? run->client_host : NULL));
    json_object_set_new(client, "address", text_to_json(run ? run->client_address : NULL));
    json_object_set_new(object, "client", client);
    json_object_set_new(object, "attempts", number_to_json(run ? run->attempts : EVIDENCE_UNKNOWN));
    json_object_set_new(object, "failed_attempts",
                        number_to_json(run ? run->failed_attempts : EVIDENCE_UNKNOWN));
}

static json_t *case_to_json(const struct judged_case *judged)
{
    json_t *object = json_object();
    json_t *findings = json_array();

    for (size_t i = 0; i < judged->findings.count; i++) {
        json_array_append_new(findings, finding_to_json(&judged->view, &judged->findings.items[i]));
    }
    json_object_set_new(object, "case", json_integer(judged->view.case_id));
    json_object_set_new(object, "target", text_to_json(target_of(judged)));
    set_client(object, judged->view.run);
    json_object_set_new(object, "verdict", verdict_to_json(judged));
    if (checklist_applies(&judged->view)) {
        json_object_set_new(object, "checklist", checklist_to_json(&judged->view));
    } else {
        json_object_set_new(object, "steps", steps_to_json(judged));
    }
    json_object_set_new(object, "findings", findings);
    return object;
}

/* The first of the cases whose verdict is heaviest; NULL when there is no case. */
static const struct judged_case *heaviest(const struct judgement *judgement)
{
    const struct judged_case *found = NULL;

    for (size_t i = 0; i < judgement->case_count; i++) {
        if (!found || judgement->cases[i].verdict.level > found->verdict.level) {
            found = &judgement->cases[i];
        }
    }
    return found;
}

static json_t *overall_to_json(const struct judgement *judgement)
{
    const struct judged_case *judged = heaviest(judgement);
    json_t *object = json_object();

    json_object_set_new(object, "level",
                        judged ? json_string(finding_level_word(judged->verdict.level))
                               : json_string(finding_level_word(LEVEL_UNKNOWN)));
    json_object_set_new(object, "root_cause", judged ? root_to_json(judged) : json_null());
    json_object_set_new(object, "target", text_to_json(target_of(judged)));
    return object;
}

/* What was read: the numbers of the records in `evidence`, with what is asked for first. */
static json_t *recordings_to_json(const struct case_view *common)
{
    json_t *array = json_array();

    for (size_t i = 0; i < common->record_count; i++) {
        const struct evidence_record *record = common->records[i];
        const struct evidence_recording *recording = record->recording;

        if (record->kind == EVIDENCE_RECORDING) {
            json_t *object = json_object();

            json_object_set_new(object, "evidence", json_integer(record->id));
            json_object_set_new(object, "name", text_to_json(recording->name));
            json_object_set_new(object, "format", text_to_json(recording->format));
            json_object_set_new(object, "frames", number_to_json(recording->frames));
            json_object_set_new(object, "ccm_posts", number_to_json(recording->ccm_posts));
            json_object_set_new(object, "problem", text_to_json(recording->problem));
            json_array_append_new(array, object);
        }
    }
    return array;
}

static json_t *report_to_json(const struct evidence_set *set, const struct judgement *judgement)
{
    const struct evidence_run *run =
        judgement->case_count > 0 ? judgement->cases[0].view.run : NULL;
    json_t *object = json_object();
    json_t *cases = json_array();
    json_t *evidence = json_array();

    for (size_t i = 0; i < judgement->case_count; i++) {
        json_array_append_new(cases, case_to_json(&judgement->cases[i]));
    }
    for (size_t i = 0; i < set->count; i++) {
        json_array_append_new(evidence, evidence_record_to_json(&set->records[i]));
    }
    json_object_set_new(object, "format", json_string("ccmprobe-report"));
    json_object_set_new(object, "version", json_integer(REPORT_VERSION));
    json_object_set_new(object, "program", text_to_json(run ? run->program : NULL));
    json_object_set_new(object, "exit_status", json_integer(judgement->exit_status));
    json_object_set_new(object, "verdict", overall_to_json(judgement));
    json_object_set_new(object, "recordings", recordings_to_json(&judgement->common));
    json_object_set_new(object, "cases", cases);
    json_object_set_new(object, "evidence", evidence);
    return object;
}

static int append(const char *bytes, size_t length, void *out)
{
    buffer_append(out, bytes, length);
    return 0;
}

void report_json(const struct evidence_set *set, const struct judgement *judgement,
                 struct buffer *out)
{
    json_t *report = report_to_json(set, judgement);

    /* Fails only when `append` does. */
    (void)json_dump_callback(report, append, out, JSON_INDENT(2));
    buffer_putc(out, '\n');
    json_decref(report);
}
