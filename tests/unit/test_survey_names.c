/* SPDX-License-Identifier: Apache-2.0 */
/* Where the directory of an MP is looked for, by what DNS and the trusts said of its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/survey_names.h"

static void add_answer(struct evidence_set *set, const char *name, const char *type,
                       struct dns_answer *answers, size_t count)
{
    struct evidence_dns *dns = evidence_add(set, EVIDENCE_DNS, 1, 0);

    dns->name = name;
    dns->type = type;
    dns->outcome = DNS_ANSWER;
    dns->answers = answers;
    dns->answer_count = count;
}

static void check_text(const char *actual, const char *expected)
{
    if (expected) {
        assert_non_null(actual);
        assert_string_equal(actual, expected);
    } else {
        assert_null(actual);
    }
}

static void test_alias(void **state)
{
    struct dns_answer chain[] = {
        {.name = "sccm.contoso.lab", .type = "CNAME", .value = "vip.contoso.lab"},
        {.name = "vip.contoso.lab", .type = "CNAME", .value = "mp.contoso.lab"},
        {.name = "mp.contoso.lab", .type = "A", .value = "10.0.0.5"},
    };
    struct dns_answer circle[] = {
        {.name = "loop.contoso.lab", .type = "CNAME", .value = "LOOP.contoso.lab"}};
    struct dns_answer pointer[] = {
        {.name = "5.0.0.10.in-addr.arpa", .type = "CNAME", .value = "5.0-7.0.0.10.in-addr.arpa"}};
    struct evidence_set set = {.count = 0};

    (void)state;
    add_answer(&set, "sccm.contoso.lab", "A", chain, 3);
    add_answer(&set, "mp.contoso.lab", "A", &chain[2], 1);
    add_answer(&set, "loop.contoso.lab", "A", circle, 1);
    add_answer(&set, "5.0.0.10.in-addr.arpa", "PTR", pointer, 1);
    check_text(survey_alias(&set, "SCCM.contoso.lab"), "mp.contoso.lab");
    check_text(survey_alias(&set, "mp.contoso.lab"), NULL);
    check_text(survey_alias(&set, "loop.contoso.lab"), NULL);
    check_text(survey_alias(&set, "5.0.0.10.in-addr.arpa"), NULL);
    check_text(survey_alias(&set, "other.contoso.lab"), NULL);
    evidence_release(&set);
}

static void add_trust(struct evidence_set *set, const char *partner, struct trust_name *names,
                      size_t count)
{
    struct evidence_trust *trust = evidence_add(set, EVIDENCE_TRUST, 1, 0);

    trust->partner = partner;
    trust->names = names;
    trust->name_count = count;
}

static void test_suffix_owner(void **state)
{
    struct trust_name fabrikam[] = {
        {.kind = TRUST_NAME_TOP_LEVEL, .name = "fabrikam.lab"},
        {.kind = TRUST_NAME_TOP_LEVEL, .name = "litware.lab", .flags = 2},
        {.kind = TRUST_NAME_EXCLUSION, .name = "excluded.lab"},
        {.kind = TRUST_NAME_TOP_LEVEL, .name = NULL},
    };
    struct trust_name tailspin[] = {{.kind = TRUST_NAME_TOP_LEVEL, .name = "eu.litware.lab"}};
    struct evidence_set set = {.count = 0};

    (void)state;
    add_trust(&set, "tailspin.lab", tailspin, 1);
    add_trust(&set, "fabrikam.lab", fabrikam, 4);
    add_trust(&set, NULL, tailspin, 1);
    check_text(survey_suffix_owner(&set, "mp.LITWARE.lab"), "fabrikam.lab");
    check_text(survey_suffix_owner(&set, "mp.eu.litware.lab"), "tailspin.lab");
    check_text(survey_suffix_owner(&set, "mp.notlitware.lab"), NULL);
    check_text(survey_suffix_owner(&set, "mp.excluded.lab"), NULL);
    check_text(survey_suffix_owner(&set, "mp"), NULL);
    evidence_release(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alias),
        cmocka_unit_test(test_suffix_owner),
    };

    return cmocka_run_group_tests_name("survey_names", tests, NULL, NULL);
}
