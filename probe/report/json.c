/* SPDX-License-Identifier: Apache-2.0 */
/* The report for programs: docs/report.schema.json says what stands where. */
#include "evidence/json.h"
#include "base/json_writer.h"
#include "evidence/shape.h"
#include "report/json_clients.h"
#include "report/json_disk.h"
#include "report/json_parts.h"
#include "report/reference.h"
#include "report/remedy.h"
#include "report/report.h"
#include "report/steps.h"
#include "rules/checklist.h"

enum { REPORT_VERSION = 1 };

/* Everything that writing a case takes. */
struct pen {
    struct json_writer *writer;
    struct arena arena; /* texts; emptied after each case */
};

static void write_known(struct json_writer *writer, const char *key, int64_t value)
{
    if (value != EVIDENCE_UNKNOWN) {
        writer_integer(writer, key, value);
    }
}

static void write_expanded(struct pen *pen, const char *key, const struct finding *finding,
                           const char *text)
{
    writer_text(pen->writer, key, finding_expand(&pen->arena, finding, text));
}

/* A finding as a verdict names it. */
static void write_name(struct pen *pen, const struct judged_case *judged, size_t index)
{
    const struct finding *finding = &judged->findings.items[index];
    const struct finding_type *type = finding_type(finding->id);

    writer_text(pen->writer, "id", type->name);
    write_expanded(pen, "title", finding, type->title);
}

static void write_root(struct pen *pen, const struct judged_case *judged)
{
    const int root = judged ? judged->verdict.root : -1;

    if (root < 0) {
        writer_null(pen->writer, "root_cause");
        return;
    }
    writer_object(pen->writer, "root_cause");
    write_name(pen, judged, (size_t)root);
    writer_text(pen->writer, "confidence",
                finding_confidence_word(judged->findings.items[root].confidence));
    writer_object_end(pen->writer);
}

static void write_ids(struct pen *pen, const char *key, const struct judged_case *judged,
                      const size_t *indexes, size_t count)
{
    writer_array(pen->writer, key);
    for (size_t i = 0; i < count; i++) {
        const struct finding *finding = &judged->findings.items[indexes[i]];

        writer_text(pen->writer, NULL, finding_type(finding->id)->name);
    }
    writer_array_end(pen->writer);
}

static void write_verdict(struct pen *pen, const struct judged_case *judged)
{
    const struct verdict *verdict = &judged->verdict;
    struct json_writer *writer = pen->writer;

    writer_object(writer, "verdict");
    writer_text(writer, "level", finding_level_word(verdict->level));
    write_root(pen, judged);
    write_ids(pen, "symptoms", judged, verdict->symptoms, verdict->symptom_count);
    write_ids(pen, "remaining", judged, verdict->remaining, verdict->remaining_count);
    writer_array(writer, "untested");
    for (size_t i = 0; i < verdict->untested_count; i++) {
        writer_object(writer, NULL);
        write_name(pen, judged, verdict->untested[i]);
        writer_object_end(writer);
    }
    writer_array_end(writer);
    writer_object_end(writer);
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

/* The frames and lines that show it; none for live evidence. */
static void write_places(struct pen *pen, const struct case_view *view,
                         const struct finding *finding)
{
    struct reference *references;
    const size_t count = references_of(&pen->arena, view, finding, &references);

    writer_array(pen->writer, "places");
    for (size_t i = 0; i < count; i++) {
        if (references[i].source) {
            writer_object(pen->writer, NULL);
            writer_text(pen->writer, "source", references[i].source);
            write_known(pen->writer, "frame", references[i].frame);
            write_known(pen->writer, "line", references[i].line);
            writer_object_end(pen->writer);
        }
    }
    writer_array_end(pen->writer);
}

static void write_finding(struct pen *pen, const struct case_view *view,
                          const struct finding *finding)
{
    const struct finding_type *type = finding_type(finding->id);
    struct json_writer *writer = pen->writer;

    writer_object(writer, NULL);
    writer_text(writer, "id", type->name);
    writer_text(writer, "level", finding_level_word(finding->level));
    writer_text(writer, "confidence",
                finding->confidence == CONFIDENCE_NONE
                    ? NULL
                    : finding_confidence_word(finding->confidence));
    writer_text(writer, "role", role_word(type->role));
    write_expanded(pen, "title", finding, type->title);
    write_expanded(pen, "why", finding, type->why);
    write_expanded(pen, "remedy", remedy_finding(&pen->arena, finding), type->remedy);
    writer_object(writer, "arguments");
    for (size_t i = 0; i < finding->argument_count; i++) {
        writer_text(writer, finding->arguments[i].name, finding->arguments[i].value);
    }
    writer_object_end(writer);
    writer_array(writer, "evidence");
    for (size_t i = 0; i < finding->evidence_count; i++) {
        writer_integer(writer, NULL, finding->evidence[i]);
    }
    writer_array_end(writer);
    write_places(pen, view, finding);
    writer_object_end(writer);
}

static const char *target_of(const struct judged_case *judged)
{
    return judged && judged->view.run ? judged->view.run->target : NULL;
}

/* What came of each step, as the marks of the text say it; null for one that was not observed. */
static void write_steps(struct json_writer *writer, const struct judged_case *judged)
{
    writer_object(writer, "steps");
    for (int i = 0; i < SECTION_COUNT; i++) {
        const enum evidence_step step = section_row((enum section)i)->step;
        const enum finding_level level = section_level(judged, (enum section)i);

        if (step != STEP_UNKNOWN) {
            writer_text(writer, WORDS_STEP[step],
                        level == LEVEL_NONE ? NULL : finding_level_word(level));
        }
    }
    writer_object_end(writer);
}

/* Whose exchange it is, and how often a recorded client tried. */
static void write_client(struct json_writer *writer, const struct evidence_run *run)
{
    writer_object(writer, "client");
    writer_text(writer, "name", run ? run->client_host : NULL);
    writer_text(writer, "address", run ? run->client_address : NULL);
    writer_object_end(writer);
    write_number(writer, "attempts", run ? run->attempts : EVIDENCE_UNKNOWN);
    write_number(writer, "failed_attempts", run ? run->failed_attempts : EVIDENCE_UNKNOWN);
}

static void write_case(struct json_writer *writer, const struct judged_case *judged)
{
    struct pen pen = {.writer = writer};

    writer_object(writer, NULL);
    writer_integer(writer, "case", judged->view.case_id);
    writer_text(writer, "target", target_of(judged));
    write_client(writer, judged->view.run);
    write_verdict(&pen, judged);
    if (checklist_applies(&judged->view)) {
        checklist_write(&judged->view, writer);
    } else {
        write_steps(writer, judged);
    }
    writer_array(writer, "findings");
    for (size_t i = 0; i < judged->findings.count; i++) {
        write_finding(&pen, &judged->view, &judged->findings.items[i]);
    }
    writer_array_end(writer);
    writer_object_end(writer);
    arena_release(&pen.arena);
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

static void write_overall(struct json_writer *writer, const struct judgement *judgement)
{
    const struct judged_case *judged = heaviest(judgement);
    struct pen pen = {.writer = writer};

    writer_object(writer, "verdict");
    writer_text(writer, "level",
                finding_level_word(judged ? judged->verdict.level : LEVEL_UNKNOWN));
    write_root(&pen, judged);
    writer_text(writer, "target", target_of(judged));
    writer_object_end(writer);
    arena_release(&pen.arena);
}

/* What was read: the numbers of the records in `evidence`, with what is asked for first. */
static void write_recordings(struct json_writer *writer, const struct case_view *common)
{
    writer_array(writer, "recordings");
    for (size_t i = 0; i < common->record_count; i++) {
        const struct evidence_record *record = common->records[i];
        const struct evidence_recording *recording = record->recording;

        if (record->kind == EVIDENCE_RECORDING) {
            writer_object(writer, NULL);
            writer_integer(writer, "evidence", record->id);
            writer_text(writer, "name", recording->name);
            writer_text(writer, "format", recording->format);
            write_number(writer, "frames", recording->frames);
            write_number(writer, "ccm_posts", recording->ccm_posts);
            writer_text(writer, "problem", recording->problem);
            writer_object_end(writer);
        }
    }
    writer_array_end(writer);
}

void report_json(const struct evidence_set *set, const struct judgement *judgement,
                 struct buffer *out, struct file_sink *sink)
{
    struct json_writer writer = {.out = out, .sink = sink};
    const struct evidence_run *run =
        judgement->case_count > 0 ? judgement->cases[0].view.run : NULL;

    writer_object(&writer, NULL);
    writer_text(&writer, "format", "ccmprobe-report");
    writer_integer(&writer, "version", REPORT_VERSION);
    writer_text(&writer, "program", run ? run->program : NULL);
    writer_integer(&writer, "exit_status", judgement->exit_status);
    write_overall(&writer, judgement);
    write_recordings(&writer, &judgement->common);
    writer_array(&writer, "cases");
    for (size_t i = 0; i < judgement->case_count; i++) {
        write_case(&writer, &judgement->cases[i]);
    }
    writer_array_end(&writer);
    clients_write(judgement, &writer);
    clocks_write(&judgement->clocks, &writer);
    writer_array(&writer, "evidence");
    for (size_t i = 0; i < set->count; i++) {
        evidence_record_write(&set->records[i], &writer);
    }
    writer_array_end(&writer);
    writer_object_end(&writer);
    writer_finish(&writer);
}
