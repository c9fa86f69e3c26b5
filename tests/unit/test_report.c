/* SPDX-License-Identifier: Apache-2.0 */
/* The report on judgements made by hand: layout, marks, hostile text, and the schema's fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/file.h"
#include "evidence/shape.h"
#include "report/layout.h"
#include "report/remedy.h"
#include "report/report.h"
#include "report/words.h"

static const struct report_options PLAIN = {.color = false, .verbosity = 0, .least = LEVEL_OK};
static const struct report_options VERBOSE = {.color = false, .verbosity = 1, .least = LEVEL_NONE};

/* One case made by hand: a set of evidence and the findings on it. */
struct fixture {
    struct evidence_set set;
    const struct evidence_record *records[16];
    struct finding findings[4];
    struct judged_case judged;
    struct judgement judgement;
};

static struct evidence_run *fixture_init(struct fixture *fixture)
{
    struct evidence_run *run;

    memset(fixture, 0, sizeof(*fixture));
    run = evidence_add(&fixture->set, EVIDENCE_RUN, 1, 1763686617123456);
    run->target = "mp.contoso.lab";
    fixture->judged.view.run = run;
    fixture->judged.verdict.root = -1;
    fixture->judged.verdict.level = LEVEL_OK;
    fixture->judged.findings.items = fixture->findings;
    fixture->judgement.cases = &fixture->judged;
    fixture->judgement.case_count = 1;
    return run;
}

static struct evidence_http *add_http(struct fixture *fixture, enum http_leg leg, int64_t status)
{
    struct evidence_http *http = evidence_add(&fixture->set, EVIDENCE_HTTP, 1, 1763686617123456);

    http->leg = leg;
    http->step = leg == LEG_ANONYMOUS ? STEP_ANONYMOUS : STEP_AUTHENTICATED;
    http->outcome = OUTCOME_REPLY;
    http->reply = evidence_new(&fixture->set.arena, &SHAPE_HTTP_REPLY);
    http->reply->status = status;
    return http;
}

static struct finding *add_finding(struct fixture *fixture, enum finding_id id,
                                   enum finding_level level, const uint32_t *evidence)
{
    struct finding *finding = &fixture->findings[fixture->judged.findings.count++];

    finding->id = id;
    finding->level = level;
    finding->confidence = CONFIDENCE_PROVEN;
    finding->evidence = evidence;
    finding->evidence_count = evidence ? 1 : 0;
    return finding;
}

static void render(struct fixture *fixture, const struct report_options *options,
                   struct buffer *text)
{
    for (size_t i = 0; i < fixture->set.count; i++) {
        fixture->records[i] = &fixture->set.records[i];
    }
    fixture->judged.view.case_id = 1;
    fixture->judged.view.records = fixture->records;
    fixture->judged.view.record_count = fixture->set.count;
    report_text(&fixture->set, &fixture->judgement, options, text);
}

static void check_contains(const char *text, const char *expected)
{
    if (!strstr(text, expected)) {
        print_error("expected \"%s\" in:\n%s", expected, text);
        fail();
    }
}

/* Lines of at most 80 printable ASCII characters, none ending in a blank. */
static void check_tame(const struct buffer *text)
{
    size_t column = 0;

    assert_true(text->length > 0);
    assert_int_equal(text->data[text->length - 1], '\n');
    for (size_t i = 0; i < text->length; i++) {
        const unsigned char byte = (unsigned char)text->data[i];

        if (byte == '\n') {
            assert_true(i == 0 || text->data[i - 1] != ' ');
            column = 0;
        } else {
            assert_in_range(byte, 0x20, 0x7E);
            assert_true(++column <= 80);
        }
    }
}

static void check_layout(int indent, const char *input, const char *expected)
{
    struct buffer out = {0};
    struct layout layout = {.out = &out, .options = &PLAIN};

    layout_text(&layout, indent, input);
    layout_end(&layout);
    assert_string_equal(buffer_text(&out), expected);
    buffer_release(&out);
}

#define TEN     "abcdefghij"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static void test_layout_wraps(void **state)
{
    (void)state;
    check_layout(2, "a b", "a b\n");
    check_layout(2, SEVENTY " 1234567 next", SEVENTY " 1234567\n  next\n");
    check_layout(2, SEVENTY " 12345678 x", SEVENTY "\n  12345678 x\n");
    check_layout(2, SEVENTY " a" NBSP "345678 x", SEVENTY "\n  a 345678 x\n");
    check_layout(0, SEVENTY TEN, SEVENTY "abcdefgh\nij\n");
    check_layout(4, "x " SEVENTY TEN, "x " SEVENTY "abcdef\n    ghij\n");
}

static void test_layout_escapes(void **state)
{
    (void)state;
    check_layout(0, "\033[2J\a\r\n\t\177", "\\x1B[2J\\x07\\x0D\\x0A\\x09\\x7F\n");
    check_layout(0, "M\xC3\xBCnchen \xE2\x80\xAE", "M\\u{00FC}nchen \\u{202E}\n");
    check_layout(0, "\xC3 \xFF \xE2\x80 \x80", "\\xC3 \\xFF \\xE2\\x80 \\x80\n");
}

static void test_layout_margin(void **state)
{
    struct buffer out = {0};
    struct layout layout = {.out = &out, .options = &PLAIN};

    (void)state;
    layout_margin(&layout, "1.2 ms");
    layout_text(&layout, 2, SEVENTY " more");
    layout_end(&layout);
    assert_string_equal(buffer_text(&out), SEVENTY "  1.2 ms\n  more\n");
    buffer_release(&out);
}

/* Blanks at the end of a margin keep a column in its place, and the line ends without them. */
static void test_layout_margin_column(void **state)
{
    struct buffer out = {0};
    struct layout layout = {.out = &out, .options = &PLAIN};

    (void)state;
    layout_margin(&layout, "12345678901234567890 ticket   ");
    layout_text(&layout, 2, "x");
    layout_end(&layout);
    assert_int_equal(out.length, 78 - 3 + 1);
    assert_string_equal(buffer_text(&out) + 48, "12345678901234567890 ticket\n");
    buffer_release(&out);
}

/* A cell goes on in the next line when its column is passed. */
static void test_layout_cell(void **state)
{
    struct buffer out = {0};
    struct layout layout = {.out = &out, .options = &PLAIN};

    (void)state;
    for (int i = 0; i < 2; i++) {
        layout_cell(&layout, 0, i == 0 ? "abc" : "abcd");
        layout_cell(&layout, 4, "x");
        layout_cell(&layout, 8, "y");
        layout_end(&layout);
    }
    assert_string_equal(buffer_text(&out), "abc x   y\nabcd\n    x   y\n");
    buffer_release(&out);
}

static void check_command(const char *command, const char *expected)
{
    struct buffer out = {0};
    struct layout layout = {.out = &out, .options = &PLAIN};
    const bool broken = layout_command(&layout, 12, command);

    assert_string_equal(buffer_text(&out), expected);
    assert_int_equal(broken, strchr(expected, '\n')[1] != '\0');
    buffer_release(&out);
}

static void test_layout_command(void **state)
{
    (void)state;
    check_command("setspn -X", "            setspn -X\n");
    check_command("setspn -S HTTP/" SEVENTY " A",
                  "          setspn -S ^\n"
                  "              HTTP/" TEN TEN TEN TEN TEN "abcdefgh^\n"
                  "ij" TEN " A\n");
    check_command(SEVENTY " 234", "    " SEVENTY " 234\n");
    check_command(SEVENTY " 23456", "  " SEVENTY " 23456\n");
    check_command("ccmprobe " SEVENTY, "          ccmprobe \\\n"
                                       "              " TEN TEN TEN TEN TEN TEN "abc\\\n"
                                       "defghij\n");
    check_command(TEN " " TEN " " TEN " " TEN " " TEN " " TEN " " TEN " x",
                  "          " TEN " " TEN " " TEN " " TEN " " TEN " " TEN " ^\n"
                  "              " TEN " x\n");
}

static void check_paragraph(const char **remedy, size_t indent, const char *expected)
{
    struct buffer paragraph = {0};

    assert_int_equal(remedy_paragraph(remedy, &paragraph), indent);
    assert_string_equal(buffer_text(&paragraph), expected);
    buffer_release(&paragraph);
}

static void test_remedy_paragraphs(void **state)
{
    const char *remedy = SEVENTY "\nnext word\n"
                                 "To undo: nothing\n"
                                 "    setspn -X\n"
                                 "    reg add ^\n"
                                 "        /v X ^\n"
                                 "        /f\n"
                                 "End.";

    (void)state;
    check_paragraph(&remedy, 0, SEVENTY " next word");
    check_paragraph(&remedy, 0, "To undo: nothing");
    check_paragraph(&remedy, 4, "setspn -X");
    check_paragraph(&remedy, 4, "reg add /v X /f");
    check_paragraph(&remedy, 0, "End.");
    assert_string_equal(remedy, "");
}

static void test_words(void **state)
{
    char text[WORDS_SIZE];

    (void)state;
    assert_string_equal(say_duration(EVIDENCE_UNKNOWN, text), "");
    assert_string_equal(say_duration(412, text), "0.4 ms");
    assert_string_equal(say_duration(12000000, text), "12.0 s");
    assert_string_equal(say_offset(1870, text), "+0.002 s");
    assert_string_equal(say_offset(-412000000, text), "-6 min 52 s");
    assert_string_equal(say_offset(7380000000, text), "+2 h 03 min");
    assert_string_equal(say_offset(-31536000000000, text), "-365 days 00 h");
    assert_string_equal(say_offset(INT64_MIN + 1, text), "-106751991 days 04 h");
    assert_string_equal(say_uncertainty(1, text), "0.001 s");
    assert_string_equal(say_etype(18, text), "aes256");
    assert_string_equal(say_etype(23, text), "rc4-hmac");
    assert_string_equal(say_etype(-99, text), "etype -99");
    assert_string_equal(say_date(1763686617123456, text), "2025-11-21");
    assert_string_equal(say_date(EVIDENCE_UNKNOWN, text), "-");
}

/* A step's mark: what came of it, made heavier by the findings that rest on it. */
static void check_mark(int64_t status, enum finding_level level, const char *expected)
{
    static const uint32_t evidence[] = {2};
    struct fixture fixture;
    struct buffer text = {0};

    fixture_init(&fixture);
    add_http(&fixture, LEG_NEGOTIATE, status);
    if (level != LEVEL_NONE) {
        add_finding(&fixture, FINDING_APPROVAL_OK, level, evidence);
    }
    render(&fixture, &PLAIN, &text);
    check_contains(buffer_text(&text), expected);
    check_tame(&text);
    buffer_release(&text);
    evidence_release(&fixture.set);
}

static void test_marks(void **state)
{
    (void)state;
    check_mark(200, LEVEL_NONE, "\nok    Authenticated");
    check_mark(200, LEVEL_INFO, "\nok    Authenticated");
    check_mark(200, LEVEL_WARN, "\nwarn  Authenticated");
    check_mark(401, LEVEL_NONE, "\nFAIL  Authenticated");
    check_mark(401, LEVEL_WARN, "\nFAIL  Authenticated");
    check_mark(500, LEVEL_NONE, "\n??    Authenticated");
    check_mark(500, LEVEL_OK, "\nok    Authenticated");
    check_mark(200, LEVEL_NONE, "\n--    Ticket         not observed\n");
}

static void test_skipped_step(void **state)
{
    struct fixture fixture;
    struct evidence_skip *skip;
    struct buffer text = {0};

    (void)state;
    fixture_init(&fixture);
    skip = evidence_add(&fixture.set, EVIDENCE_SKIP, 1, 1763686617123456);
    skip->step = STEP_TICKET;
    skip->reason = SKIP_STEP_FAILED;
    skip->after = STEP_IDENTITY;
    render(&fixture, &PLAIN, &text);
    check_contains(
        buffer_text(&text),
        "\nskip  Ticket         not tested: it needs what \"Identity\" did not give [2]\n");
    buffer_release(&text);
    evidence_release(&fixture.set);
}

static void test_first_401_is_calm(void **state)
{
    static const char *schemes[] = {"Negotiate", "NTLM"};
    struct fixture fixture;
    struct evidence_http *http;
    struct buffer text = {0};

    (void)state;
    fixture_init(&fixture);
    http = add_http(&fixture, LEG_ANONYMOUS, 401);
    http->reply->schemes = schemes;
    http->reply->scheme_count = 2;
    http->reply->substatus = 401002;
    render(&fixture, &PLAIN, &text);
    check_contains(buffer_text(&text), "\nok    Anonymous");
    check_contains(buffer_text(&text), "<-- 401.2 Unauthorized, as expected\n");
    buffer_release(&text);
    evidence_release(&fixture.set);
}

/* Everything that is on the wire and in the arguments at its worst: 4 KB, in one word, with escape
   sequences; and a line feed that would add a command to a remedy. */
static void test_hostile(void **state)
{
    static const uint32_t evidence[] = {2};
    static const char *schemes[] = {"\033]0;x\a"};
    struct finding_argument arguments[] = {
        {"spn", "HTTP/a\n    format c:"}, {"realm", NULL}, {"target", NULL}};
    char *name = malloc(4097);
    struct fixture fixture;
    struct evidence_run *run = fixture_init(&fixture);
    struct evidence_http *http = add_http(&fixture, LEG_NEGOTIATE, 401);
    struct finding *finding = add_finding(&fixture, FINDING_SPN_MISSING, LEVEL_FAIL, evidence);

    (void)state;
    memset(name, '\033', 4096);
    memset(name + 1, 'a', 4000);
    name[4096] = '\0';
    run->target = run->scheme = run->path = run->spn = run->client_host = run->program = name;
    http->address = http->method = http->gss_text = name;
    http->reply->server = http->reply->reason = http->reply->via = http->reply->location = name;
    http->reply->schemes = schemes;
    http->reply->scheme_count = 1;
    arguments[1].value = arguments[2].value = name;
    finding->arguments = arguments;
    finding->argument_count = 3;
    fixture.judged.verdict.root = 0;
    fixture.judged.verdict.level = LEVEL_FAIL;
    for (int i = 0; i < 2; i++) {
        struct buffer text = {0};

        render(&fixture, i == 0 ? &PLAIN : &VERBOSE, &text);
        check_tame(&text);
        assert_null(strstr(buffer_text(&text), "\n            format c:"));
        check_contains(buffer_text(&text), " -F -Q SPN\n");
        buffer_release(&text);
    }
    free(name);
    evidence_release(&fixture.set);
}

static void test_least_level(void **state)
{
    static const uint32_t evidence[] = {2};
    struct report_options options = PLAIN;
    struct fixture fixture;
    struct buffer text = {0};

    (void)state;
    options.least = LEVEL_WARN;
    fixture_init(&fixture);
    add_http(&fixture, LEG_NEGOTIATE, 200);
    add_finding(&fixture, FINDING_APPROVAL_OK, LEVEL_OK, evidence);
    render(&fixture, &options, &text);
    assert_null(strstr(buffer_text(&text), "approval.ok"));
    buffer_release(&text);
    evidence_release(&fixture.set);
}

/* Colour adds escape sequences and nothing else. */
static void test_color(void **state)
{
    struct report_options options = PLAIN;
    struct fixture fixture;
    struct buffer plain = {0};
    struct buffer colored = {0};
    struct buffer stripped = {0};

    (void)state;
    options.color = true;
    fixture_init(&fixture);
    add_http(&fixture, LEG_NEGOTIATE, 401);
    add_finding(&fixture, FINDING_SPN_MISSING, LEVEL_FAIL, NULL);
    fixture.judged.verdict.root = 0;
    fixture.judged.verdict.level = LEVEL_FAIL;
    render(&fixture, &PLAIN, &plain);
    render(&fixture, &options, &colored);
    for (const char *at = buffer_text(&colored); *at != '\0'; at++) {
        if (*at == '\033') {
            at += strcspn(at, "m");
        } else {
            buffer_putc(&stripped, *at);
        }
    }
    assert_true(colored.length > plain.length);
    assert_string_equal(buffer_text(&stripped), buffer_text(&plain));
    buffer_release(&plain);
    buffer_release(&colored);
    buffer_release(&stripped);
    evidence_release(&fixture.set);
}

static json_t *render_json(struct fixture *fixture)
{
    struct buffer text = {0};
    json_error_t error;
    json_t *report;

    report_json(&fixture->set, &fixture->judgement, &text, NULL);
    assert_int_equal(text.data[text.length - 1], '\n');
    report = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(report);
    buffer_release(&text);
    return report;
}

static void test_json_root_cause(void **state)
{
    static const uint32_t evidence[] = {2};
    struct fixture fixture;
    json_t *report;
    const char *id = NULL;

    (void)state;
    fixture_init(&fixture);
    report = render_json(&fixture);
    assert_true(json_is_null(json_object_get(json_object_get(report, "verdict"), "root_cause")));
    json_decref(report);

    add_finding(&fixture, FINDING_SPN_MISSING, LEVEL_FAIL, evidence);
    fixture.judged.verdict.root = 0;
    report = render_json(&fixture);
    assert_int_equal(json_unpack(report, "{s:{s:{s:s}}}", "verdict", "root_cause", "id", &id), 0);
    assert_string_equal(id, "spn.missing");
    assert_int_equal(json_unpack(report, "{s:[{s:[{s:s}]}]}", "cases", "findings", "id", &id), 0);
    assert_string_equal(id, "spn.missing");
    json_decref(report);
    evidence_release(&fixture.set);
}

static void test_json_without_cases(void **state)
{
    struct fixture fixture = {0};
    json_t *report;
    struct buffer text = {0};

    (void)state;
    report = render_json(&fixture);
    assert_true(json_is_null(json_object_get(report, "program")));
    assert_int_equal(json_array_size(json_object_get(report, "cases")), 0);
    json_decref(report);
    report_text(&fixture.set, &fixture.judgement, &PLAIN, &text);
    check_tame(&text);
    buffer_release(&text);
}

/* The structs that are parts of records. */
static const struct shape *const PARTS[] = {&SHAPE_DNS_ANSWER,
                                            &SHAPE_KRB_ERROR,
                                            &SHAPE_KRB_TICKET,
                                            &SHAPE_KDC_REPLY,
                                            &SHAPE_HTTP_REPLY,
                                            &SHAPE_NEGOTIATE_TOKEN,
                                            &SHAPE_TRUST_NAME,
                                            &SHAPE_RECORDING_LIMIT,
                                            &SHAPE_PLACE,
                                            &SHAPE_REGISTRATION_CERTIFICATE,
                                            &SHAPE_REGISTRATION_PARAMETER,
                                            &SHAPE_DUPLICATE_MACHINE};

/* The schema's definition of a struct has the fields of its shape, no more and no less, and the
   same words. Before them a record has id, case and kind, all required, its time and its place. */
static void check_shape(const json_t *definitions, const struct shape *shape, bool record)
{
    const json_t *definition = json_object_get(definitions, shape->name);
    const json_t *properties = json_object_get(definition, "properties");
    size_t count = record ? 5 : 0;
    size_t required = record ? 3 : 0;

    for (const struct field *field = shape->fields; field->name; field++) {
        const json_t *property = json_object_get(properties, field->name);
        const json_t *words = json_object_get(property, "enum");

        if (!property) {
            fail_msg("%s has no %s in the schema", shape->name, field->name);
        }
        for (size_t i = 1; field->type == FIELD_WORD && field->words[i - 1]; i++) {
            const char *word = json_string_value(json_array_get(words, i - 1));

            if (field->words[i]) {
                assert_non_null(word);
                assert_string_equal(word, field->words[i]);
            } else {
                assert_null(word);
            }
        }
        count++;
        required += field->required ? 1 : 0;
    }
    assert_int_equal(json_object_size(properties), count);
    assert_int_equal(json_array_size(json_object_get(definition, "required")), required);
}

static void test_schema_has_all_fields(void **state)
{
    json_t *schema = json_load_file(CCM_SOURCE_DIR "/docs/report.schema.json", 0, NULL);
    const json_t *definitions = json_object_get(schema, "$defs");

    (void)state;
    assert_non_null(definitions);
    for (int kind = EVIDENCE_NONE + 1; kind < EVIDENCE_KIND_COUNT; kind++) {
        check_shape(definitions, shape_of((enum evidence_kind)kind), true);
    }
    for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
        check_shape(definitions, PARTS[i], false);
    }
    json_decref(schema);
}

/* docs/evidence-format.md names every field and every word, in `backquotes`. */
static void check_documented(const char *text, const struct shape *shape)
{
    char quoted[64];

    for (const struct field *field = shape->fields; field->name; field++) {
        snprintf(quoted, sizeof(quoted), "`%s`", field->name);
        check_contains(text, quoted);
        for (size_t i = 1; field->type == FIELD_WORD && field->words[i]; i++) {
            snprintf(quoted, sizeof(quoted), "`%s`", field->words[i]);
            check_contains(text, quoted);
        }
    }
}

static void test_format_is_documented(void **state)
{
    struct buffer text = {0};
    struct ccm_error error = {{0}};

    (void)state;
    assert_int_equal(file_read(CCM_SOURCE_DIR "/docs/evidence-format.md", 1 << 20, &text, &error),
                     CCM_OK);
    for (int kind = EVIDENCE_NONE + 1; kind < EVIDENCE_KIND_COUNT; kind++) {
        check_documented(buffer_text(&text), shape_of((enum evidence_kind)kind));
    }
    for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
        check_documented(buffer_text(&text), PARTS[i]);
    }
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout_wraps),
        cmocka_unit_test(test_layout_escapes),
        cmocka_unit_test(test_layout_margin),
        cmocka_unit_test(test_layout_margin_column),
        cmocka_unit_test(test_layout_cell),
        cmocka_unit_test(test_layout_command),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_remedy_paragraphs),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_skipped_step),
        cmocka_unit_test(test_first_401_is_calm),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_least_level),
        cmocka_unit_test(test_color),
        cmocka_unit_test(test_json_root_cause),
        cmocka_unit_test(test_json_without_cases),
        cmocka_unit_test(test_schema_has_all_fields),
        cmocka_unit_test(test_format_is_documented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
