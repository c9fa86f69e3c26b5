/* SPDX-License-Identifier: Apache-2.0 */
/* The report on what Active Directory holds, and on many MPs at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "evidence/shape.h"
#include "report/accounts.h"
#include "report/groups.h"
#include "report/report.h"
#include "report/steps.h"
#include "report/words.h"

enum { NOON = 1000000 };

static void check_contains(const struct buffer *text, const char *expected)
{
    if (!strstr(buffer_text(text), expected)) {
        print_error("expected \"%s\" in:\n%s", expected, buffer_text(text));
        fail();
    }
}

static void check_lacks(const struct buffer *text, const char *unwanted)
{
    if (strstr(buffer_text(text), unwanted)) {
        print_error("did not expect \"%s\" in:\n%s", unwanted, buffer_text(text));
        fail();
    }
}

/* Lines of at most 78 printable ASCII characters, none ending in a blank. */
static void check_tame(const struct buffer *text)
{
    size_t column = 0;

    for (size_t i = 0; i < text->length; i++) {
        const unsigned char byte = (unsigned char)text->data[i];

        if (byte == '\n') {
            assert_true(i == 0 || text->data[i - 1] != ' ');
            column = 0;
        } else {
            assert_in_range(byte, 0x20, 0x7E);
            assert_true(++column <= 78);
        }
    }
}

/* The report of a set, judged by the rules as they are. */
static void render(const struct evidence_set *set, int verbosity, struct buffer *text)
{
    const struct report_options options = {.verbosity = verbosity, .least = LEVEL_OK};
    struct arena arena = {0};
    struct judgement judgement;

    judge(set, &arena, &judgement);
    report_text(set, &judgement, &options, text);
    check_tame(text);
    arena_release(&arena);
}

static void add_run(struct evidence_set *set, uint32_t case_id, const char *target)
{
    struct evidence_run *run = evidence_add(set, EVIDENCE_RUN, case_id, NOON);

    run->target = target;
    run->spn = arena_printf(&set->arena, "HTTP/%s", target);
}

static struct evidence_directory *add_directory(struct evidence_set *set)
{
    struct evidence_directory *directory = evidence_add(set, EVIDENCE_DIRECTORY, 1, NOON);

    directory->domain = "contoso.lab";
    directory->server = "dc01.contoso.lab";
    directory->address = "10.0.0.10";
    directory->port = 389;
    directory->outcome = OUTCOME_REPLY;
    return directory;
}

static struct evidence_account *add_account(struct evidence_set *set, enum account_role role,
                                            const char *name, const char *spn, int64_t port)
{
    struct evidence_account *account = evidence_add(set, EVIDENCE_ACCOUNT, 1, NOON);

    account->role = role;
    account->spn = spn;
    account->name = name;
    account->dn = arena_printf(&set->arena, "CN=%s,DC=contoso,DC=lab", name);
    account->domain = "contoso.lab";
    account->server = "dc01.contoso.lab";
    account->port = port;
    return account;
}

static struct evidence_trust *add_trust(struct evidence_set *set, int64_t type, int64_t attributes)
{
    struct evidence_trust *trust = evidence_add(set, EVIDENCE_TRUST, 1, NOON);

    trust->domain = "contoso.lab";
    trust->partner = "fabrikam.lab";
    trust->type = type;
    trust->attributes = attributes;
    trust->direction = 3;
    return trust;
}

static void check_etypes(int64_t bits, const char *expected)
{
    struct buffer text = {0};

    say_etype_bits(bits, &text);
    assert_string_equal(buffer_text(&text), expected);
    buffer_release(&text);
}

static void test_etypes(void **state)
{
    (void)state;
    check_etypes(EVIDENCE_UNKNOWN, "-");
    check_etypes(0, "none set");
    check_etypes(4, "RC4");
    check_etypes(24, "AES");
    check_etypes(28, "AES, RC4");
    check_etypes(16, "AES256");
    check_etypes(8, "AES128");
    check_etypes(0x1F, "AES, RC4, DES");
    check_etypes(0x3C, "AES, RC4, AES-SK");
    check_etypes(0x80000, "none set");
}

static void check_result(int64_t result, const char *diagnostic, const char *expected)
{
    struct buffer text = {0};

    say_ldap_result(result, diagnostic, false, &text);
    check_contains(&text, expected);
    buffer_release(&text);
}

#define BIND_REFUSED(data)                                                                         \
    "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data " data ", v4563"

static void test_ldap_results(void **state)
{
    (void)state;
    check_result(49, NULL, "49\xC2\xA0invalidCredentials: The bind was refused");
    check_result(49, BIND_REFUSED("52e"),
                 ", data\xC2\xA0"
                 "52e: The logon failed");
    check_result(49, BIND_REFUSED("775"), "775: The account is locked out");
    check_result(49, BIND_REFUSED("fff1"), "fff1");
    check_result(49, BIND_REFUSED("0"), "49\xC2\xA0invalidCredentials, SEC_E_INVALID_TOKEN: ");
    check_result(49, BIND_REFUSED("99999999999999999999"), "49\xC2\xA0invalidCredentials");
    check_result(32,
                 "0000208D: NameErr: DSID-03100241, problem 2001 (NO_OBJECT), data 533, best "
                 "match of:",
                 "32\xC2\xA0noSuchObject: ");
    check_result(-1, "Can't contact LDAP server", "-1 (the library says: Can't contact");
    check_result(EVIDENCE_UNKNOWN, NULL, "could not be read");
}

static void check_trust(int64_t type, int64_t attributes, int64_t direction, const char *kind,
                        const char *expected)
{
    struct evidence_set set = {.count = 0};
    struct evidence_trust *trust = add_trust(&set, type, attributes);
    struct buffer text = {0};

    trust->direction = direction;
    assert_string_equal(say_trust_kind(trust), kind);
    say_trust_direction(trust, &text);
    say_trust_attributes(trust, false, &text);
    assert_string_equal(buffer_text(&text), expected);
    buffer_release(&text);
    evidence_release(&set);
}

static void test_trusts(void **state)
{
    (void)state;
    check_trust(2, 0x20, 3, "in the forest", "both directions");
    check_trust(2, 0x08, 3, "forest", "both directions, no etypes set");
    check_trust(2, 0x18, 1, "forest",
                "one way: fabrikam.lab trusts contoso.lab, selective authentication, "
                "no etypes set");
    check_trust(2, 0x04, 2, "external", "one way: contoso.lab trusts fabrikam.lab, no etypes set");
    check_trust(2, EVIDENCE_UNKNOWN, 0, "of unknown kind", "disabled, no etypes set");
    check_trust(1, 0, EVIDENCE_UNKNOWN, "with a domain of Windows NT 4.0",
                "direction unknown, no etypes set");
    check_trust(3, 0x81, 3, "with a Kerberos realm that is not Windows",
                "both directions, not transitive, RC4 keys, no etypes set");
}

static void check_suffix(enum trust_name_kind kind, int64_t flags, const char *expected)
{
    const struct trust_name name = {.kind = kind, .flags = flags};
    struct buffer text = {0};

    say_trust_name_state(&name, &text);
    assert_string_equal(buffer_text(&text), expected);
    buffer_release(&text);
}

static void test_suffixes(void **state)
{
    (void)state;
    check_suffix(TRUST_NAME_TOP_LEVEL, EVIDENCE_UNKNOWN, "");
    check_suffix(TRUST_NAME_TOP_LEVEL, 0, "");
    check_suffix(TRUST_NAME_TOP_LEVEL, 8, "");
    check_suffix(TRUST_NAME_TOP_LEVEL, 1, " (new and not enabled)");
    check_suffix(TRUST_NAME_TOP_LEVEL, 6,
                 " (disabled by an administrator, disabled by a conflict)");
    check_suffix(TRUST_NAME_DOMAIN, 1, " (SIDs disabled by an administrator)");
}

/* What a global catalog and a DC show of one account is one row; what they disagree on is two. */
static void test_accounts_merge(void **state)
{
    struct evidence_set set = {.count = 0};
    struct evidence_account *first, *second;
    struct buffer text = {0};
    struct buffer disputed = {0};

    (void)state;
    add_run(&set, 1, "mp01.contoso.lab");
    add_directory(&set);
    first = add_account(&set, ACCOUNT_SPN_OWNER, "MP01$", "HOST/mp01.contoso.lab", 3268);
    second = add_account(&set, ACCOUNT_MP_COMPUTER, "MP01$", NULL, 389);
    first->type = ACCOUNT_COMPUTER;
    first->enabled = TRI_YES;
    second->kvno = 3;
    second->etypes = 24;
    render(&set, 0, &text);
    check_contains(&text, "  [3] HOST/mp01.contoso.lab  MP01$, the MP's own computer\n");
    check_contains(&text, "  [3] MP01$    computer  enabled   3     -             AES\n"
                          "          the MP's own computer: CN=MP01$,DC=contoso,DC=lab\n");
    check_lacks(&text, "differently");

    first->kvno = 2;
    render(&set, 0, &disputed);
    check_contains(&disputed, "  [3] MP01$    computer  enabled   2");
    check_contains(&disputed, "  [4] MP01$    -         -         3");
    check_contains(&disputed, "as dc01.contoso.lab:3268 shows it");
    buffer_release(&text);
    buffer_release(&disputed);
    evidence_release(&set);
}

/* An SPN with two accounts has two rows; the same account at two servers has one. */
static void test_holdings(void **state)
{
    struct evidence_set set = {.count = 0};
    struct account_table table;
    const struct evidence_record *records[5];
    const struct case_view view = {.records = records, .record_count = 5};

    (void)state;
    add_account(&set, ACCOUNT_SPN_OWNER, "svc-web", "HTTP/mp01", 3268);
    add_account(&set, ACCOUNT_SPN_OWNER, "MP01$", "http/MP01", 3268);
    add_account(&set, ACCOUNT_SPN_OWNER, "svc-web", "HTTP/mp01", 389);
    add_account(&set, ACCOUNT_SPN_OWNER, "svc-web", "HTTP/mp01:81", 389);
    add_account(&set, ACCOUNT_CLIENT, "WK01$", NULL, 389);
    for (size_t i = 0; i < set.count; i++) {
        records[i] = &set.records[i];
    }
    account_table_init(&table, &view);
    assert_int_equal(table.row_count, 3);
    assert_string_equal(table.rows[0]->label, "svc-web");
    assert_string_equal(table.rows[0]->servers, "dc01.contoso.lab:3268, dc01.contoso.lab");
    assert_true(table.rows[2]->client);
    assert_int_equal(table.holding_count, 3);
    assert_int_equal(table.holdings[0].record->id, 1);
    assert_int_equal(table.holdings[1].record->id, 2);
    assert_int_equal(table.holdings[2].record->id, 4);
    account_table_release(&table);
    evidence_release(&set);
}

static void test_directory_marks(void **state)
{
    struct evidence_set set = {.count = 0};
    struct evidence_directory *blocked, *open;
    struct evidence_search *search;
    struct buffer text = {0};
    struct buffer bound = {0};

    (void)state;
    add_run(&set, 1, "mp01.contoso.lab");
    blocked = add_directory(&set);
    blocked->outcome = OUTCOME_TIMEOUT;
    blocked->phase = PHASE_CONNECT;
    render(&set, 0, &text);
    check_contains(&text, "\n??    Directory ");
    check_contains(&text, "  [2] 10.0.0.10 (dc01.contoso.lab), contoso.lab: no answer while "
                          "connecting\n");
    open = add_directory(&set);
    open->result = 0;
    open->protection = PROTECTION_SEALED;
    search = evidence_add(&set, EVIDENCE_SEARCH, 1, NOON);
    search->outcome = OUTCOME_REPLY;
    search->purpose = "owners of HTTP/mp01";
    search->result = 0;
    search->entries = 0;
    render(&set, 0, &bound);
    check_contains(&bound, "\n      1 search; none found: owners of HTTP/mp01\n");
    check_contains(&bound, "contoso.lab, sealed\n");
    buffer_release(&text);
    buffer_release(&bound);
    evidence_release(&set);
}

static void test_directory_skipped(void **state)
{
    struct evidence_set set = {.count = 0};
    struct evidence_skip *skip;
    struct buffer text = {0};

    (void)state;
    add_run(&set, 1, "mp01.contoso.lab");
    skip = evidence_add(&set, EVIDENCE_SKIP, 1, NOON);
    skip->step = STEP_DIRECTORY;
    skip->reason = SKIP_NO_IDENTITY;
    render(&set, 0, &text);
    check_contains(&text, "\nskip  Directory      not tested: no identity was given [2]\n");
    buffer_release(&text);
    evidence_release(&set);
}

/* Every string of every new kind at its worst, in the text and among the queries. */
static void test_hostile(void **state)
{
    static const enum evidence_kind KINDS[] = {EVIDENCE_DIRECTORY, EVIDENCE_SEARCH,
                                               EVIDENCE_ACCOUNT,   EVIDENCE_TRUST,
                                               EVIDENCE_DOMAIN,    EVIDENCE_PUBLISHED};
    struct evidence_set set = {.count = 0};
    char *name = malloc(4097);
    const char *list[] = {name, "", "\xFF\n", "a, data , data zz"};

    (void)state;
    memset(name, '\033', 4096);
    memset(name + 1, 'a', 4000);
    name[4096] = '\0';
    for (size_t i = 0; i < 4 * sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        const struct shape *shape = shape_of(KINDS[i / 4]);
        char *payload;

        if (i == 0) {
            add_run(&set, 1, name);
        }
        payload = evidence_add(&set, KINDS[i / 4], 1, NOON);
        for (const struct field *field = shape->fields; field->name; field++) {
            if (field->type == FIELD_STRING) {
                const char *string = list[i % 4];

                memcpy(payload + field->offset, &string, sizeof(string));
            } else if (field->type == FIELD_STRINGS) {
                const char **strings = list;

                memcpy(payload + field->offset, &strings, sizeof(strings));
                memcpy(payload + field->count_offset, &(size_t){4}, sizeof(size_t));
            } else if (field->type == FIELD_INTEGER || field->type == FIELD_TIME) {
                memcpy(payload + field->offset, &(int64_t){i % 2 ? INT64_MAX : INT64_MIN + 1},
                       sizeof(int64_t));
            } else if (field->type == FIELD_WORD) {
                memcpy(payload + field->offset, &(int){1}, sizeof(int));
            }
        }
    }
    for (int verbosity = 0; verbosity < 2; verbosity++) {
        struct buffer text = {0};

        render(&set, verbosity, &text);
        buffer_release(&text);
    }
    {
        struct buffer queries = {0};

        report_queries(&set, &queries);
        check_tame(&queries);
        buffer_release(&queries);
    }
    free(name);
    evidence_release(&set);
}

static void test_queries(void **state)
{
    static const char *attributes[] = {"sAMAccountName", "objectSid"};
    struct evidence_set set = {.count = 0};
    struct evidence_search *search = evidence_add(&set, EVIDENCE_SEARCH, 1, NOON);
    struct buffer text = {0};

    (void)state;
    search->purpose = "owners of HTTP/mp01";
    search->server = "dc01.contoso.lab";
    search->port = 3268;
    search->base = "";
    search->scope = "sub";
    search->filter = "(servicePrincipalName=HTTP/mp01)";
    search->attributes = attributes;
    search->attribute_count = 2;
    search->outcome = OUTCOME_REPLY;
    search->entries = 1;
    search->pages = 2;
    search->rtt_us = 1200;
    evidence_share(&set, &set.records[0], 2); /* another case has it, too */
    report_queries(&set, &text);
    assert_string_equal(buffer_text(&text), "  [1] owners of HTTP/mp01"
                                            "                                               "
                                            "1.2 ms\n"
                                            "      server      dc01.contoso.lab:3268\n"
                                            "      base        \"\"\n"
                                            "      scope       sub\n"
                                            "      filter      (servicePrincipalName=HTTP/mp01)\n"
                                            "      attributes  sAMAccountName, objectSid\n"
                                            "      result      1 entry, 2 pages\n"
                                            "1 search\n");
    buffer_release(&text);
    evidence_release(&set);
}

/* Case `i` of many: its name is not in DNS, or it is a healthy one. */
static void add_case(struct evidence_set *set, uint32_t case_id, bool known)
{
    const char *target = arena_printf(&set->arena, "mp%03u.contoso.lab", (unsigned)case_id);
    struct evidence_dns *dns;

    add_run(set, case_id, target);
    dns = evidence_add(set, EVIDENCE_DNS, case_id, NOON);
    dns->name = target;
    dns->type = "A";
    dns->outcome = known ? DNS_ANSWER : DNS_NXDOMAIN;
}

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += *text == '\n' ? 1 : 0;
    }
    return count;
}

/* 200 MPs, 150 of them with one cause: a row for each, and the cause once. */
static void test_many(void **state)
{
    struct evidence_set set = {.count = 0};
    struct arena arena = {0};
    struct judgement judgement;
    struct groups groups;
    struct buffer text = {0};
    const char *summary;

    (void)state;
    for (uint32_t i = 1; i <= 200; i++) {
        add_case(&set, i, i % 4 == 0);
    }
    judge(&set, &arena, &judgement);
    groups_init(&groups, &judgement);
    assert_true(groups.count > 0);
    assert_int_equal(groups.items[0]->id, FINDING_DNS_NO_SUCH_NAME);
    assert_int_equal(groups.items[0]->case_count, 150);
    assert_int_equal(groups.items[0]->root_count, 150);
    assert_string_equal(groups.items[0]->title, "The name MP does not exist in DNS");
    assert_int_equal(groups.of_case[0][0], 0);
    groups_release(&groups);
    arena_release(&arena);

    render(&set, 0, &text);
    summary = strstr(buffer_text(&text), "Summary: 200 management points, 150 FAIL");
    assert_non_null(summary);
    assert_true(count_lines(summary) < 200 + 30);
    check_contains(&text, "\nFAIL  mp001.contoso.lab  FAIL ");
    check_contains(&text, "          150 of 200: mp001.contoso.lab, mp002.contoso.lab, ");
    check_contains(&text, " and 138 more\n");
    buffer_release(&text);
    evidence_release(&set);
}

/* The same finding about two realms is two causes. */
static void test_groups_apart(void **state)
{
    struct finding_argument arguments[2][2] = {{{"realm", "A.LAB"}, {"spn", "HTTP/a"}},
                                               {{"realm", "B.LAB"}, {"spn", "HTTP/b"}}};
    struct finding findings[2];
    struct judged_case cases[2];
    const struct judgement judgement = {.cases = cases, .case_count = 2};
    struct groups groups;

    (void)state;
    memset(cases, 0, sizeof(cases));
    memset(findings, 0, sizeof(findings));
    for (size_t i = 0; i < 2; i++) {
        findings[i].id = FINDING_SPN_MISSING;
        findings[i].level = LEVEL_FAIL;
        findings[i].arguments = arguments[i];
        findings[i].argument_count = 2;
        cases[i].findings.items = &findings[i];
        cases[i].findings.count = 1;
        cases[i].verdict.level = LEVEL_FAIL;
    }
    groups_init(&groups, &judgement);
    assert_int_equal(groups.count, 2);
    groups_release(&groups);
    arguments[1][0].value = "A.LAB";
    groups_init(&groups, &judgement);
    assert_int_equal(groups.count, 1);
    assert_int_equal(groups.items[0]->case_count, 2);
    groups_release(&groups);
}

/* What a forest publishes stands once below several MPs, and each MP shows its own line. */
static void test_published_once(void **state)
{
    struct evidence_set set = {.count = 0};
    struct buffer text = {0};
    const char *first;

    (void)state;
    for (uint32_t i = 1; i <= 3; i++) {
        add_case(&set, i, true);
        for (uint32_t j = 1; j <= 3; j++) {
            struct evidence_published *published = evidence_add(&set, EVIDENCE_PUBLISHED, i, NOON);

            published->site_code = "PS1";
            published->name = arena_printf(&set.arena, "MP%03u.contoso.lab", (unsigned)j);
            published->http_port = 80;
            published = evidence_add(&set, EVIDENCE_PUBLISHED, i, NOON);
            published->site_code = "PS1";
            published->name = "srv.contoso.lab";
            published->srv = "_mssms_mp_ps1._tcp.contoso.lab";
            published->srv_port = 8080;
        }
    }
    render(&set, 0, &text);
    first = strstr(buffer_text(&text), "PS1   MP001.contoso.lab  80     -      -\n");
    assert_non_null(first);
    first = strstr(first + 1, "PS1   MP001.contoso.lab");
    assert_non_null(first);
    assert_null(strstr(first + 1, "PS1   MP001.contoso.lab"));
    first =
        strstr(buffer_text(&text), "PS1   srv.contoso.lab    -      -      in DNS, port 8080\n");
    assert_non_null(first);
    assert_null(strstr(first + 1, "PS1   srv.contoso.lab"));
    buffer_release(&text);
    evidence_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_etypes),
        cmocka_unit_test(test_ldap_results),
        cmocka_unit_test(test_trusts),
        cmocka_unit_test(test_suffixes),
        cmocka_unit_test(test_accounts_merge),
        cmocka_unit_test(test_holdings),
        cmocka_unit_test(test_directory_marks),
        cmocka_unit_test(test_directory_skipped),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_groups_apart),
        cmocka_unit_test(test_published_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
