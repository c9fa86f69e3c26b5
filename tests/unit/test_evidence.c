/* SPDX-License-Identifier: Apache-2.0 */
/* The evidence model: what is saved is loaded again, and what is wrong is refused with its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/copy.h"
#include "evidence/json.h"
#include "evidence/shape.h"

#define HEADER "{\"format\":\"ccmprobe-evidence\",\"version\":1}\n"
#define RUN                                                                                        \
    "{\"id\":1,\"case\":1,\"kind\":\"run\",\"at\":\"2026-11-21T00:56:57.123456Z\",\"target\":"     \
    "\"mp\"}\n"

static void load_text(const char *text, struct evidence_set *set)
{
    struct buffer content = {0};
    struct ccm_error error = {""};

    buffer_puts(&content, text);
    if (evidence_load("x.jsonl", &content, set, &error) != CCM_OK) {
        fail_msg("%s", error.text);
    }
    buffer_release(&content);
}

static void check_refused(const char *text, const char *place, const char *reason)
{
    struct evidence_set set = {0};
    struct buffer content = {0};
    struct ccm_error error = {""};

    buffer_puts(&content, text);
    assert_int_equal(evidence_load("x.jsonl", &content, &set, &error), CCM_ERROR_INPUT);
    assert_int_equal(set.count, 0);
    if (strncmp(error.text, place, strlen(place)) != 0 || !strstr(error.text, reason)) {
        fail_msg("%s\nshould begin with \"%s\" and name \"%s\"", error.text, place, reason);
    }
    evidence_release(&set);
    buffer_release(&content);
}

/* Gives every field of a shape a value of its own, nested ones too. */
static void fill(struct arena *arena, const struct shape *shape, char *into, int64_t *seed)
{
    for (const struct field *field = shape->fields; field->name; field++) {
        void *at = into + field->offset;
        char *items;

        (*seed)++;
        switch (field->type) {
        case FIELD_STRING:
            *(const char **)at =
                arena_printf(arena, "%s \"\\ \xC3\xA9 %d", field->name, (int)*seed);
            break;
        case FIELD_INTEGER:
        case FIELD_TIME:
            *(int64_t *)at = *seed;
            break;
        case FIELD_WORD:
            *(unsigned *)at = 1;
            break;
        case FIELD_OBJECT:
            *(void **)at = evidence_new(arena, field->shape);
            fill(arena, field->shape, *(void **)at, seed);
            break;
        case FIELD_OBJECTS:
            items = evidence_new(arena, field->shape);
            fill(arena, field->shape, items, seed);
            *(void **)at = items;
            *(size_t *)(void *)(into + field->count_offset) = 1;
            break;
        case FIELD_STRINGS:
            items = arena_alloc(arena, 2 * sizeof(const char *));
            ((const char **)(void *)items)[0] = "first";
            ((const char **)(void *)items)[1] = "";
            *(void **)at = items;
            *(size_t *)(void *)(into + field->count_offset) = 2;
            break;
        case FIELD_INTEGERS:
            items = arena_alloc(arena, 2 * sizeof(int64_t));
            ((int64_t *)(void *)items)[0] = *seed;
            ((int64_t *)(void *)items)[1] = -1;
            *(void **)at = items;
            *(size_t *)(void *)(into + field->count_offset) = 2;
            break;
        }
    }
}

static void check_same_after_loading(struct evidence_set *set)
{
    struct evidence_set loaded = {0};
    struct buffer first = {0};
    struct buffer second = {0};

    evidence_save(set, &first, NULL);
    load_text(buffer_text(&first), &loaded);
    assert_int_equal(loaded.count, set->count);
    evidence_save(&loaded, &second, NULL);
    assert_string_equal(buffer_text(&first), buffer_text(&second));
    buffer_release(&first);
    buffer_release(&second);
    evidence_release(&loaded);
}

static void every_field_survives(void **state)
{
    struct evidence_set set = {0};
    int64_t seed = 1000000;

    (void)state;
    for (int kind = EVIDENCE_NONE + 1; kind < EVIDENCE_KIND_COUNT; kind++) {
        char *payload = evidence_add(&set, (enum evidence_kind)kind, 1, seed);

        fill(&set.arena, shape_of((enum evidence_kind)kind), payload, &seed);
    }
    check_same_after_loading(&set);
    evidence_release(&set);
}

/* A copy says the same and holds together without what it was made from. */
static void copies_stand_alone(void **state)
{
    struct evidence_set set = {0};
    struct evidence_set copies = {0};
    struct buffer first = {0};
    struct buffer second = {0};
    int64_t seed = 1000000;

    (void)state;
    for (int kind = EVIDENCE_NONE + 1; kind < EVIDENCE_KIND_COUNT; kind++) {
        const struct shape *shape = shape_of((enum evidence_kind)kind);
        struct evidence_record record = {.kind = (enum evidence_kind)kind};
        char *payload = evidence_add(&set, record.kind, 1, 0);
        size_t size;

        fill(&set.arena, shape, payload, &seed);
        size = evidence_size(shape, payload);
        assert_true(size > shape->size);
        record.payload = evidence_copy(shape, payload, arena_alloc(&copies.arena, size));
        evidence_share(&copies, &record, 1);
    }
    evidence_save(&set, &first, NULL);
    evidence_release(&set);
    evidence_save(&copies, &second, NULL);
    assert_string_equal(buffer_text(&first), buffer_text(&second));
    evidence_release(&copies);
    buffer_release(&first);
    buffer_release(&second);
}

static void empty_payloads_are_copied(void **state)
{
    struct arena arena = {0};
    const struct evidence_http *http = evidence_new(&arena, shape_of(EVIDENCE_HTTP));
    const struct evidence_http *copy;

    (void)state;
    assert_int_equal(evidence_size(shape_of(EVIDENCE_HTTP), http), sizeof(*http));
    copy = evidence_copy(shape_of(EVIDENCE_HTTP), http, arena_alloc(&arena, sizeof(*http)));
    assert_memory_equal(copy, http, sizeof(*http));
    arena_release(&arena);
}

/* Where a record was read is kept, in part or whole; what belongs to no case stays so when files
   are merged. */
static void places_and_common_records_survive(void **state)
{
    static const char text[] =
        HEADER "{\"id\":1,\"case\":0,\"kind\":\"recording\",\"at\":\"2026-11-21T00:56:57Z\","
               "\"name\":\"x.pcap\"}\n"
               "{\"id\":2,\"case\":1,\"kind\":\"run\",\"at\":\"2026-11-21T00:56:57Z\","
               "\"place\":{\"source\":\"x.pcap\",\"frame\":4,\"reply_frame\":10},"
               "\"target\":\"mp\"}\n"
               "{\"id\":3,\"case\":1,\"kind\":\"run\",\"at\":\"2026-11-21T00:56:57Z\","
               "\"place\":{\"source\":\"x.log\",\"line\":7},\"target\":\"mp\"}\n"
               "{\"end\":3}\n";
    struct evidence_set set = {0};

    (void)state;
    load_text(text, &set);
    load_text(text, &set);
    check_same_after_loading(&set);
    assert_int_equal(set.count, 6);
    assert_int_equal(set.records[0].case_id, 0);
    assert_null(set.records[0].place);
    assert_int_equal(set.records[3].case_id, 0);
    assert_int_equal(set.records[4].case_id, 2);
    assert_string_equal(set.records[4].place->source, "x.pcap");
    assert_int_equal(set.records[4].place->frame, 4);
    assert_int_equal(set.records[4].place->reply_frame, 10);
    assert_int_equal(set.records[4].place->line, EVIDENCE_UNKNOWN);
    assert_int_equal(set.records[5].place->frame, EVIDENCE_UNKNOWN);
    assert_int_equal(set.records[5].place->line, 7);
    evidence_release(&set);
}

/* Every member of a payload has its row: the rows cover the struct but for its padding. */
static void every_member_has_a_row(void **state)
{
    (void)state;
    for (int kind = EVIDENCE_NONE + 1; kind < EVIDENCE_KIND_COUNT; kind++) {
        const struct shape *shape = shape_of((enum evidence_kind)kind);
        size_t covered = 0;

        for (const struct field *field = shape->fields; field->name; field++) {
            covered += field->type == FIELD_WORD ? sizeof(unsigned) : sizeof(int64_t);
            covered += field->count_offset > 0 ? sizeof(size_t) : 0;
        }
        if (covered > shape->size || shape->size - covered > 3 * sizeof(unsigned)) {
            fail_msg("%s: %zu of %zu bytes have rows", shape->name, covered, shape->size);
        }
    }
}

static void unknown_stays_unknown(void **state)
{
    struct evidence_set set = {0};
    struct evidence_set loaded = {0};
    struct buffer text = {0};
    struct evidence_kdc *kdc = evidence_add(&set, EVIDENCE_KDC, 1, 0);

    (void)state;
    kdc->purpose = KDC_TGS;
    kdc->step = STEP_TICKET;
    kdc->realm = "R";
    kdc->outcome = OUTCOME_TIMEOUT;
    evidence_save(&set, &text, NULL);
    load_text(buffer_text(&text), &loaded);
    kdc = loaded.records[0].kdc;
    assert_null(kdc->reply);
    assert_null(kdc->address);
    assert_true(kdc->port == EVIDENCE_UNKNOWN);
    assert_int_equal(kdc->transport, TRANSPORT_UNKNOWN);
    assert_int_equal(kdc->etype_count, 0);
    buffer_release(&text);
    evidence_release(&set);
    evidence_release(&loaded);
}

static void merged_files_keep_their_cases_apart(void **state)
{
    struct evidence_set set = {0};

    (void)state;
    load_text(HEADER RUN "{\"end\":1}\n", &set);
    load_text(HEADER RUN "{\"end\":1}\n", &set);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.records[0].case_id, 1);
    assert_int_equal(set.records[1].case_id, 2);
    assert_int_equal(set.records[1].id, 2);
    evidence_release(&set);
}

static void values_may_span_lines(void **state)
{
    struct evidence_set set = {0};

    (void)state;
    load_text("\n{\n\"format\": \"ccmprobe-evidence\",\n\"version\": 1\n}\n" RUN "{\n\"end\": 1\n}",
              &set);
    assert_int_equal(set.count, 1);
    evidence_release(&set);
}

static void bad_files_are_refused_with_their_place(void **state)
{
    (void)state;
    check_refused("", "x.jsonl:1: ", "empty");
    check_refused("MZ\x90", "x.jsonl:1: ", "decode");
    check_refused("[]", "x.jsonl:1: ", "object");
    check_refused("{\"format\":\"other\",\"version\":1}", "x.jsonl:1: ", "no ccmprobe evidence");
    check_refused("{\"format\":\"ccmprobe-evidence\",\"version\":2}", "x.jsonl:1: ", "version 2");
    check_refused(HEADER, "x.jsonl:1: ", "cut short");
    check_refused(HEADER RUN, "x.jsonl:2: ", "cut short");
    check_refused(HEADER RUN "{\"id\":2,\"case\":1,\"ki", "x.jsonl:3: ", "column");
    check_refused(HEADER RUN "{\"end\":2}", "x.jsonl:3: ", "has 1 records");
    check_refused(HEADER RUN "{\"end\":1}\n{\"end\":1}", "x.jsonl:4: ", "behind the end");
    check_refused(HEADER RUN RUN "{\"end\":2}", "x.jsonl:3: ", "expected record 2");
    check_refused(HEADER "{\"id\":1,\"case\":1,\"at\":\"2026-11-21T00:56:57Z\"}",
                  "x.jsonl:2: /kind: ", "unknown kind");
    check_refused(HEADER "{\"id\":1,\"case\":1,\"kind\":\"moon\",\"at\":\"2026-11-21T00:56:57Z\"}",
                  "x.jsonl:2: /kind: ", "moon");
    check_refused(HEADER "{\"id\":1,\"case\":1,\"kind\":\"run\",\"target\":\"x\"}",
                  "x.jsonl:2: /at: ", "missing");
    check_refused(HEADER "{\"id\":1,\"case\":1,\"kind\":\"run\",\"at\":\"yesterday\"}",
                  "x.jsonl:2: /at: ", "expected a time");
    check_refused(HEADER "{\"id\":1,\"case\":1,\"kind\":\"run\",\"at\":\"2026-11-21T00:56:57Z\"}",
                  "x.jsonl:2: /target: ", "missing");
    check_refused(HEADER "{\"id\":1,\"case\":0,\"kind\":\"run\",\"at\":\"2026-11-21T00:56:57Z\"}",
                  "x.jsonl:2: /case: ", "from 1 on");
}

/* A kdc record with one more field. */
#define KDC(more)                                                                                  \
    HEADER "{\"id\":1,\"case\":1,\"kind\":\"kdc\",\"at\":\"2026-11-21T00:56:57Z\","                \
           "\"purpose\":\"as\",\"step\":\"identity\",\"realm\":\"R\",\"outcome\":\"reply\"," more  \
           "}\n{\"end\":1}\n"

static void bad_fields_are_refused_with_their_place(void **state)
{
    struct evidence_set set = {0};

    (void)state;
    load_text(KDC("\"port\":88"), &set);
    assert_int_equal(set.records[0].kdc->port, 88);
    evidence_release(&set);
    check_refused(KDC("\"port\":\"88\""), "x.jsonl:2: /port: ", "whole number");
    check_refused(KDC("\"prot\":88"), "x.jsonl:2: ", "unknown field \"prot\" in a kdc");
    check_refused(KDC("\"transport\":\"pigeon\""), "x.jsonl:2: /transport: ", "pigeon");
    check_refused(KDC("\"transport\":\"unknown\""), "x.jsonl:2: /transport: ", "unknown word");
    check_refused(KDC("\"reply\":[]"), "x.jsonl:2: /reply: ", "object");
    check_refused(KDC("\"reply\":{}"), "x.jsonl:2: /reply/kind: ", "missing");
    check_refused(KDC("\"reply\":{\"kind\":\"error\",\"error\":{\"code\":null}}"),
                  "x.jsonl:2: /reply/error/code: ", "whole number");
    check_refused(KDC("\"etypes\":[18,\"17\"]"), "x.jsonl:2: /etypes/1: ", "whole number");
    check_refused(KDC("\"etypes\":18"), "x.jsonl:2: /etypes: ", "list");
    check_refused(KDC("\"realm\":\"again\""), "x.jsonl:2: ", "column");
}

static void check_text(const char *bytes, size_t length, size_t limit, const char *expected)
{
    struct arena arena = {0};

    assert_string_equal(evidence_text(&arena, bytes, length, limit), expected);
    arena_release(&arena);
}

static void network_text_becomes_harmless(void **state)
{
    (void)state;
    check_text("plain", 5, 100, "plain");
    check_text("a\0b", 3, 100, "a\\x00b");
    check_text("\x1b[31m", 5, 100, "\\x1B[31m");
    check_text("\xC3\xA9", 2, 100, "\xC3\xA9");
    check_text("\xC3", 1, 100, "\\xC3");
    check_text("\xC0\xAF", 2, 100, "\\xC0\\xAF");          /* not the shortest form */
    check_text("\xED\xA0\x80", 3, 100, "\\xED\\xA0\\x80"); /* a surrogate */
    check_text("\xC2\x9B", 2, 100, "\\xC2\\x9B");          /* CSI, a control character of 8 bits */
    check_text("0123456789", 10, 8, "01234...");
    check_text("", 0, 100, "");
}

/* What is left is numbered anew, its cases too, in their order; case 0 stays. */
static void what_is_kept_is_numbered_anew(void **state)
{
    static const uint32_t cases[] = {0, 7, 7, 3, 0, 9, 3};
    static const bool wanted[] = {true, false, false, true, true, true, true};
    static const uint32_t kept[] = {0, 1, 0, 2, 1};
    struct evidence_set set;
    const void *payload;

    (void)state;
    evidence_init(&set);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        evidence_add(&set, cases[i] == 0 ? EVIDENCE_RECORDING : EVIDENCE_RUN, cases[i], 0);
    }
    payload = set.records[5].payload;
    evidence_keep(&set, wanted);
    assert_int_equal(set.count, sizeof(kept) / sizeof(kept[0]));
    for (size_t i = 0; i < set.count; i++) {
        assert_int_equal(set.records[i].id, i + 1);
        assert_int_equal(set.records[i].case_id, kept[i]);
    }
    assert_ptr_equal(set.records[3].payload, payload);
    evidence_add(&set, EVIDENCE_RUN, 2, 0);
    assert_int_equal(set.records[5].id, 6);
    evidence_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_survives),
        cmocka_unit_test(copies_stand_alone),
        cmocka_unit_test(empty_payloads_are_copied),
        cmocka_unit_test(places_and_common_records_survive),
        cmocka_unit_test(every_member_has_a_row),
        cmocka_unit_test(unknown_stays_unknown),
        cmocka_unit_test(merged_files_keep_their_cases_apart),
        cmocka_unit_test(what_is_kept_is_numbered_anew),
        cmocka_unit_test(values_may_span_lines),
        cmocka_unit_test(bad_files_are_refused_with_their_place),
        cmocka_unit_test(bad_fields_are_refused_with_their_place),
        cmocka_unit_test(network_text_becomes_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
