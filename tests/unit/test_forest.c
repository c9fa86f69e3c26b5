/* SPDX-License-Identifier: Apache-2.0 */
/* The list of a forest's SPNs: what is to be looked at, and the three forms of the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "report/forest.h"
#include "report/layout.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct report_options PLAIN = {.least = LEVEL_OK};

static struct forest_host present = {"mp", "mp.contoso.lab", TRI_YES, TRI_UNKNOWN};
static struct forest_host alias = {"nlb", "nlb.contoso.lab", TRI_NO, TRI_YES};
static struct forest_host gone = {"old", "old.contoso.lab", TRI_NO, TRI_NO};
static struct forest_host unsure = {"x", "x.contoso.lab", TRI_NO, TRI_UNKNOWN};

static struct forest_holding holding(enum account_kind kind, struct forest_host *host)
{
    return (struct forest_holding){.spn = "HTTP/mp.contoso.lab",
                                   .host = host,
                                   .account = "svc",
                                   .label = "CONTOSO\\svc",
                                   .domain = "contoso.lab",
                                   .dn = "CN=svc,DC=contoso,DC=lab",
                                   .own_host = kind == ACCOUNT_COMPUTER,
                                   .kind = kind,
                                   .enabled = TRI_YES};
}

static struct forest_list list_of(struct forest_holding *holdings, size_t count)
{
    return (struct forest_list){.principal = "WK01$@CONTOSO.LAB",
                                .places = {{"contoso.lab", "contoso.lab", "dc1.contoso.lab", 3268,
                                            (int64_t)count, (int64_t)count}},
                                .place_count = 1,
                                .at = 1763686617123456,
                                .holdings = holdings,
                                .holding_count = count};
}

static void test_problems(void **state)
{
    static const struct {
        enum account_kind kind;
        struct forest_host *host;
        bool duplicate;
        bool across;
        bool own_host; /* the account is a computer of the name */
        enum forest_problem heaviest;
        enum finding_level level;
    } cases[] = {
        {ACCOUNT_USER, &present, false, false, false, FOREST_SERVICE_ACCOUNT, LEVEL_WARN},
        {ACCOUNT_GROUP_MANAGED, &alias, false, false, false, FOREST_SERVICE_ACCOUNT, LEVEL_WARN},
        {ACCOUNT_OTHER, NULL, false, false, false, FOREST_SERVICE_ACCOUNT, LEVEL_WARN},
        {ACCOUNT_USER, &gone, false, false, false, FOREST_ORPHAN, LEVEL_WARN},
        {ACCOUNT_COMPUTER, &gone, false, false, true, FOREST_ORPHAN, LEVEL_WARN},
        {ACCOUNT_USER, &gone, true, false, false, FOREST_DUPLICATE, LEVEL_FAIL},
        {ACCOUNT_COMPUTER, &present, true, false, true, FOREST_DUPLICATE, LEVEL_FAIL},
        {ACCOUNT_USER, &gone, false, true, false, FOREST_ACROSS, LEVEL_FAIL},
        {ACCOUNT_COMPUTER, &present, false, true, true, FOREST_ACROSS, LEVEL_FAIL},
        {ACCOUNT_COMPUTER, &present, true, true, true, FOREST_DUPLICATE, LEVEL_FAIL},
        {ACCOUNT_COMPUTER, &present, false, false, false, FOREST_OTHER_COMPUTER, LEVEL_WARN},
        {ACCOUNT_COMPUTER, &gone, false, false, false, FOREST_ORPHAN, LEVEL_WARN},
        {ACCOUNT_USER, &present, false, false, false, FOREST_SERVICE_ACCOUNT, LEVEL_WARN},
        /* near misses */
        {ACCOUNT_COMPUTER, &present, false, false, true, FOREST_PROBLEM_COUNT, LEVEL_OK},
        {ACCOUNT_COMPUTER, &alias, false, false, true, FOREST_PROBLEM_COUNT, LEVEL_OK},
        {ACCOUNT_COMPUTER, &alias, false, false, false, FOREST_PROBLEM_COUNT, LEVEL_OK},
        {ACCOUNT_COMPUTER, &unsure, false, false, false, FOREST_PROBLEM_COUNT, LEVEL_OK},
        {ACCOUNT_COMPUTER, NULL, false, false, false, FOREST_PROBLEM_COUNT, LEVEL_OK},
        {ACCOUNT_COMPUTER, &unsure, false, false, true, FOREST_PROBLEM_COUNT, LEVEL_OK},
        {ACCOUNT_COMPUTER, NULL, false, false, true, FOREST_PROBLEM_COUNT, LEVEL_OK},
        {ACCOUNT_KIND_UNKNOWN, &present, false, false, false, FOREST_PROBLEM_COUNT, LEVEL_OK},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct forest_holding one = holding(cases[i].kind, cases[i].host);
        struct forest_list list = list_of(&one, 1);

        one.duplicate = cases[i].duplicate;
        one.across = cases[i].across;
        one.own_host = cases[i].own_host;
        assert_int_equal(forest_heaviest(&one), cases[i].heaviest);
        assert_int_equal(forest_level(&list), cases[i].level);
    }
}

static void test_known_good(void **state)
{
    static const struct {
        const char *statement;
        bool says;
    } cases[] = {
        {"HTTP/nlb.contoso.lab=svc", true},
        {"http/NLB.contoso.lab=CONTOSO\\SVC", true},
        {"HTTP/nlb.contoso.lab=svc2", false},
        {"HTTP/nlb.contoso.lab:80=svc", false},
        {"HTTP/nlb=svc", false},
        {"HTTP/nlb.contoso.lab=", false},
    };
    struct forest_holding one = holding(ACCOUNT_USER, &gone);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(known_good_says(cases[i].statement, "HTTP/nlb.contoso.lab", "svc"),
                         cases[i].says);
    }
    assert_false(known_good_says("HTTP/nlb=svc", "HTTP/nlb", NULL));
    one.intended = true;
    assert_false(forest_has(&one, FOREST_SERVICE_ACCOUNT));
    assert_true(forest_has(&one, FOREST_ORPHAN));
    one = holding(ACCOUNT_COMPUTER, &present);
    one.own_host = false;
    assert_true(forest_has(&one, FOREST_OTHER_COMPUTER));
    one.intended = true;
    assert_false(forest_has(&one, FOREST_OTHER_COMPUTER));
}

/* What may be missing weighs more than a warning, and less than a duplicate. */
static void test_incomplete(void **state)
{
    struct forest_holding one = holding(ACCOUNT_USER, &present);
    struct forest_list list = list_of(&one, 1);

    (void)state;
    list.problem = "the search ended early";
    assert_int_equal(forest_level(&list), LEVEL_UNKNOWN);
    one.duplicate = true;
    assert_int_equal(forest_level(&list), LEVEL_FAIL);
    list.holding_count = 0;
    assert_int_equal(forest_level(&list), LEVEL_UNKNOWN);
}

static void test_findings(void **state)
{
    struct forest_holding one = holding(ACCOUNT_USER, &present);

    (void)state;
    assert_int_equal(forest_finding(&one, FOREST_SERVICE_ACCOUNT), FINDING_SPN_ON_USER);
    assert_int_equal(forest_finding(&one, FOREST_DUPLICATE), FINDING_SPN_DUPLICATE);
    assert_int_equal(forest_finding(&one, FOREST_ACROSS), FINDING_SPN_DUPLICATE);
    assert_int_equal(forest_finding(&one, FOREST_ORPHAN), FINDING_SPN_STALE);
    assert_int_equal(forest_finding(&one, FOREST_OTHER_COMPUTER), FINDING_SPN_ON_OTHER_COMPUTER);
    one.kind = ACCOUNT_MANAGED;
    assert_int_equal(forest_finding(&one, FOREST_SERVICE_ACCOUNT), FINDING_SPN_ON_MANAGED_ACCOUNT);
    one.with_port = true;
    assert_int_equal(forest_finding(&one, FOREST_SERVICE_ACCOUNT), FINDING_SPN_PORT_FORM);
    one.enabled = TRI_NO;
    assert_int_equal(forest_finding(&one, FOREST_SERVICE_ACCOUNT), FINDING_SPN_STALE);
}

static void test_csv_field(void **state)
{
    static const struct {
        const char *text;
        const char *field;
    } cases[] = {
        {"", ""},
        {"HTTP/mp", "HTTP/mp"},
        {"a,b", "\"a,b\""},
        {"say \"x\"", "\"say \"\"x\"\"\""},
        {"two\r\nlines", "\"two\r\nlines\""},
        {"=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "'\t=1"},
        {"\r=1", "\"'\r=1\""},
        {"=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""},
        {"a=b", "a=b"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer out = {0};

        csv_field(cases[i].text, &out);
        assert_string_equal(buffer_text(&out), cases[i].field);
        buffer_release(&out);
    }
}

static void test_csv(void **state)
{
    struct forest_holding both[2] = {holding(ACCOUNT_USER, &gone),
                                     holding(ACCOUNT_COMPUTER, &present)};
    struct forest_list list = list_of(both, 2);
    struct buffer out = {0};

    (void)state;
    both[0].label = "=svc";
    forest_csv(&list, &out);
    assert_string_equal(
        buffer_text(&out),
        "problem,level,finding,spn,account,domain,kind,enabled,host,host_computer,host_in_dns,fix,"
        "undo,dn\r\n"
        "orphan,warn,spn.stale,HTTP/mp.contoso.lab,'=svc,contoso.lab,user,yes,old,no,no,"
        "setspn -D HTTP/mp.contoso.lab ACCOUNT,setspn -S HTTP/mp.contoso.lab ACCOUNT,"
        "\"CN=svc,DC=contoso,DC=lab\"\r\n"
        "service-account,warn,spn.on-user,HTTP/mp.contoso.lab,'=svc,contoso.lab,user,yes,old,no,no,"
        "setspn -D HTTP/mp.contoso.lab ACCOUNT,setspn -S HTTP/mp.contoso.lab ACCOUNT,"
        "\"CN=svc,DC=contoso,DC=lab\"\r\n");
    buffer_release(&out);
}

/* A name from the directory never becomes part of a command, or of a terminal's controls. */
static void test_hostile(void **state)
{
    struct forest_holding one = holding(ACCOUNT_USER, &present);
    struct forest_list list = list_of(&one, 1);
    struct arena arena = {0};
    struct buffer text = {0};
    struct buffer json = {0};
    json_t *root;

    (void)state;
    one.spn = "HTTP/a & format c:";
    one.label = "evil\033[2J\xFF";
    assert_string_equal(forest_fix(&arena, &one), "setspn -D SPN ACCOUNT");
    assert_string_equal(forest_undo(&arena, &one), "setspn -S SPN ACCOUNT");
    forest_text(&list, &PLAIN, &text);
    assert_null(strchr(buffer_text(&text), '\033'));
    forest_json(&list, &json);
    root = json_loads(buffer_text(&json), 0, NULL);
    assert_non_null(root);
    json_decref(root);
    buffer_release(&json);
    buffer_release(&text);
    arena_release(&arena);
}

static void test_text_width(void **state)
{
    struct forest_holding many[6] = {
        holding(ACCOUNT_USER, &present),     holding(ACCOUNT_GROUP_MANAGED, &alias),
        holding(ACCOUNT_USER, &gone),        holding(ACCOUNT_COMPUTER, &present),
        holding(ACCOUNT_COMPUTER, &present), holding(ACCOUNT_COMPUTER, &present)};
    struct forest_list list = list_of(many, COUNT(many));
    struct buffer out = {0};
    size_t lines = 0;

    (void)state;
    many[1].spn = "HTTP/a-load-balancer-with-a-very-long-name.of-a.subdomain.contoso.lab:8530";
    many[1].label = "CONTOSO\\a-group-managed-service-account-with-a-long-name$";
    many[3].duplicate = true;
    many[4].across = true;
    many[5].own_host = false;
    list.places[1] = (struct forest_place){"fabrikam.lab",
                                           "a-forest-with-quite-a-long-name.fabrikam.lab",
                                           "dc2.fabrikam.lab",
                                           3268,
                                           1,
                                           2};
    list.place_count = 2;
    list.problem = "DNS did not say whether there is a host";
    forest_text(&list, &PLAIN, &out);
    for (const char *line = buffer_text(&out); *line; lines++) {
        const size_t length = strcspn(line, "\n");

        assert_true(length <= LAYOUT_WIDTH);
        assert_int_equal(line[length], '\n');
        line += length + 1;
    }
    assert_true(lines > 30);
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_problems),   cmocka_unit_test(test_incomplete),
        cmocka_unit_test(test_findings),   cmocka_unit_test(test_csv_field),
        cmocka_unit_test(test_csv),        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_text_width), cmocka_unit_test(test_known_good),
    };

    return cmocka_run_group_tests_name("forest", tests, NULL, NULL);
}
