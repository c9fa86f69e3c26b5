/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ldap/forest.h"
#include "ldap/owners.h"
#include "ldap/published.h"
#include "ldap/search.h"
#include "ldap/spn_set.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_filter_escape(void **state)
{
    static const struct {
        const char *value;
        const char *escaped;
    } cases[] = {
        {"", ""},
        {"HTTP/mp.contoso.lab", "HTTP/mp.contoso.lab"},
        {"a*b", "a\\2ab"},
        {"(cn=*)", "\\28cn=\\2a\\29"},
        {"CONTOSO\\svc", "CONTOSO\\5csvc"},
        {"m\xC3\xBCller", "m\\c3\\bcller"},
        {"tab\there\x7F", "tab\\09here\\7f"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer filter = {0};

        filter_escape(&filter, cases[i].value);
        assert_string_equal(buffer_text(&filter), cases[i].escaped);
        buffer_release(&filter);
    }
}

static void test_range(void **state)
{
    static const struct {
        const char *description;
        bool good;
        size_t name_length;
        size_t next;
    } cases[] = {
        {"servicePrincipalName", true, 20, 0},
        {"servicePrincipalName;range=0-1499", true, 20, 1500},
        {"servicePrincipalName;Range=1500-2999", true, 20, 3000},
        {"servicePrincipalName;range=3000-*", true, 20, 0},
        {"member;binary;range=0-4", true, 6, 5},
        {"member;lang-en", true, 6, 0},
        {"member;range=", false, 6, 0},
        {"member;range=5", false, 6, 0},
        {"member;range=5-", false, 6, 0},
        {"member;range=5-4", false, 6, 0},
        {"member;range=*-4", false, 6, 0},
        {"member;range=-1-4", false, 6, 0},
        {"member;range=0-4x", false, 6, 0},
        {"member;range=0-*x", false, 6, 0},
        {"member;range=0-9999999999", false, 6, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t length = 77;
        size_t next = 77;

        assert_int_equal(range_parse(cases[i].description, &length, &next), cases[i].good);
        assert_int_equal(length, cases[i].name_length);
        assert_int_equal(next, cases[i].next);
    }
}

static void test_generalized_time(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"20261121005657.0Z", 1795222617},
        {"20261121005657Z", 1795222617},
        {"19700101000000.0Z", 0},
        {"16010101000000.0Z", -11644473600},
        {"20261121005657", EVIDENCE_UNKNOWN},
        {"20261121005657.0+0100", EVIDENCE_UNKNOWN},
        {"20261321005657.0Z", EVIDENCE_UNKNOWN},
        {"20260021005657.0Z", EVIDENCE_UNKNOWN},
        {"2026112100", EVIDENCE_UNKNOWN},
        {"2026-11-21T00:56:57Z", EVIDENCE_UNKNOWN},
        {"", EVIDENCE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t expected =
            cases[i].seconds == EVIDENCE_UNKNOWN ? EVIDENCE_UNKNOWN : cases[i].seconds * 1000000;

        assert_int_equal(generalized_time_parse(cases[i].text), expected);
    }
}

static void test_target_names(void **state)
{
    static const struct {
        const char *target;
        size_t count;
        const char *first;
        const char *second;
    } cases[] = {
        {"mp.contoso.lab", 2, "mp.contoso.lab", "mp"},
        {"MP.Contoso.LAB.", 2, "MP.Contoso.LAB", "MP"},
        {"mp.contoso.lab:8530", 2, "mp.contoso.lab", "mp"},
        {"mp", 1, "mp", NULL},
        {"mp:80", 1, "mp", NULL},
        {"10.77.1.20", 1, "10.77.1.20", NULL},
        {"10.77.1.20:80", 1, "10.77.1.20", NULL},
        {"fd00::20", 1, "fd00::20", NULL},
        {"[fd00::20]:8530", 1, "fd00::20", NULL},
        {"[fd00::20", 1, "fd00::20", NULL},
        {".lab", 1, ".lab", NULL},
        {"", 0, "", NULL},
        {".", 0, "", NULL},
        {":80", 0, "", NULL},
        {"[]", 0, "", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena = {0};
        const char *names[2];

        assert_int_equal(target_names(&arena, cases[i].target, names), cases[i].count);
        assert_string_equal(names[0], cases[i].first);
        if (cases[i].second) {
            assert_string_equal(names[1], cases[i].second);
        } else {
            assert_null(names[1]);
        }
        arena_release(&arena);
    }
}

#define TERMS(spn) "(servicePrincipalName=" spn ")(servicePrincipalName=" spn ":*)"

static void test_owners_filter(void **state)
{
    static const struct {
        const char *target;
        const char *filter;
    } cases[] = {
        {"Mp.contoso.lab:8530", "(|" TERMS("HTTP/Mp.contoso.lab") TERMS("HTTP/Mp")
                                    TERMS("HOST/Mp.contoso.lab") TERMS("HOST/Mp") ")"},
        {"mp", "(|" TERMS("HTTP/mp") TERMS("HOST/mp") ")"},
        {"[fd00::1]:80", "(|" TERMS("HTTP/[fd00::1]") TERMS("HOST/[fd00::1]") ")"},
        {"a)(cn=*", "(|" TERMS("HTTP/a\\29\\28cn=\\2a") TERMS("HOST/a\\29\\28cn=\\2a") ")"},
        {"x\\y", "(|" TERMS("HTTP/x\\5cy") TERMS("HOST/x\\5cy") ")"},
        {"", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena = {0};
        const char *filter = owners_filter(&arena, cases[i].target);

        if (cases[i].filter) {
            assert_string_equal(filter, cases[i].filter);
        } else {
            assert_null(filter);
        }
        arena_release(&arena);
    }
}

static void test_spn_matches(void **state)
{
    static const char *const names[] = {"mp.contoso.lab", "mp", "fd00::1"};
    static const struct {
        const char *spn;
        bool matches;
    } cases[] = {
        {"HTTP/mp.contoso.lab", true},
        {"http/MP.CONTOSO.LAB", true},
        {"HOST/mp", true},
        {"host/MP", true},
        {"HTTP/mp:8530", true},
        {"HTTP/mp.contoso.lab:80", true},
        {"HTTP/[fd00::1]:80", true},
        {"HTTP/mp2.contoso.lab", false},
        {"HTTP/mp.contoso.lab.evil", false},
        {"HTTPS/mp.contoso.lab", false},
        {"MSSQLSvc/mp.contoso.lab:1433", false},
        {"HTTP/mp/contoso.lab", false},
        {"HTTP/mp:INSTANCE", false},
        {"mp.contoso.lab", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(spn_matches(cases[i].spn, names, COUNT(names)), cases[i].matches);
    }
}

static void test_domain_of_dn(void **state)
{
    static const struct {
        const char *dn;
        const char *domain;
    } cases[] = {
        {"CN=MP,OU=Servers,DC=contoso,DC=lab", "contoso.lab"},
        {"cn=a\\,dc=b,dc=Contoso,dc=LAB", "Contoso.LAB"},
        {"DC=lab", "lab"},
        {"CN=Partitions", NULL},
        {"", NULL},
        {"no dn", NULL},
        {NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena = {0};
        const char *domain = domain_of_dn(&arena, cases[i].dn);

        if (cases[i].domain) {
            assert_string_equal(domain, cases[i].domain);
        } else {
            assert_null(domain);
        }
        arena_release(&arena);
    }
}

static void test_forest_is_http(void **state)
{
    (void)state;
    assert_true(forest_is_http("HTTP/mp"));
    assert_true(forest_is_http("http/mp:81"));
    assert_false(forest_is_http("HTTPS/mp"));
    assert_false(forest_is_http("HOST/HTTP/"));
    assert_false(forest_is_http("HTTP"));
    assert_false(forest_is_http(""));
}

static void test_forest_computer(void **state)
{
    static const struct {
        const char *host;
        const char *dns_host_name;
        const char *account;
        const char *domain;
        bool own; /* without the domain */
        bool computer;
    } cases[] = {
        {"mp.contoso.lab", "MP.contoso.lab", "SRV1$", "contoso.lab", true, true},
        {"MP", "mp.contoso.lab", "SRV1$", "contoso.lab", true, true},
        {"srv1", "mp.contoso.lab", "SRV1$", "contoso.lab", true, true},
        {"srv1.contoso.lab", NULL, "SRV1$", "Contoso.LAB", false, true},
        {"srv1.contoso.lab", "mp.contoso.lab", "SRV1$", "fabrikam.lab", false, false},
        {"mp2", "mp.contoso.lab", "MP$", "contoso.lab", false, false},
        {"m", "mp.contoso.lab", "MP$", "contoso.lab", false, false},
        {"mp.contoso.lab.evil", "mp.contoso.lab", "MP$", "contoso.lab", false, false},
        {"mp.contoso", "mp.contoso.lab", "MP$", "contoso.lab", false, false},
        {"mp", NULL, NULL, NULL, false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(
            forest_is_own_name(cases[i].host, cases[i].dns_host_name, cases[i].account),
            cases[i].own);
        assert_int_equal(forest_is_computer_of(cases[i].host, cases[i].dns_host_name,
                                               cases[i].account, cases[i].domain),
                         cases[i].computer);
    }
}

static bool add(struct spn_set *set, const char *spn)
{
    return spn_set_add(set, spn, strlen(spn), 0);
}

static void test_spn_set(void **state)
{
    enum { MANY = 5000 }; /* the table grows several times */
    struct spn_set set = {0};
    char spn[64];

    (void)state;
    assert_false(add(&set, "HTTP/mp.contoso.lab"));
    assert_true(add(&set, "http/MP.contoso.LAB"));
    assert_false(add(&set, "HTTP/mp.contoso.lab:80"));
    assert_false(add(&set, "HTTP/mp"));
    assert_false(add(&set, ""));
    for (int i = 0; i < MANY; i++) {
        snprintf(spn, sizeof(spn), "HTTP/web%d.contoso.lab", i);
        assert_false(add(&set, spn));
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(spn, sizeof(spn), "HTTP/WEB%d.contoso.lab", i);
        assert_true(add(&set, spn));
    }
    assert_int_equal(set.count, MANY + 4);
    assert_false(spn_set_add(&set, "HTTP/mp", 7, 1)); /* another forest's */
    assert_true(spn_set_add(&set, "HTTP/MP:80", 7, 1));
    assert_false(set.full);
    spn_set_release(&set);
    assert_null(set.slots);
}

static void test_computer_matches(void **state)
{
    const char *further[] = {"old.contoso.lab", "SCCM.contoso.lab"};
    const struct evidence_account bare = {.dns_host_name = NULL};
    const struct evidence_account named = {.dns_host_name = "MP.contoso.lab"};
    const struct evidence_account several = {
        .dns_host_name = "mp.contoso.lab", .other_dns_names = further, .other_dns_name_count = 2};

    (void)state;
    assert_true(computer_matches(&named, "mp.contoso.lab"));
    assert_false(computer_matches(&named, "mp.fabrikam.lab"));
    assert_true(computer_matches(&named, "mp"));
    assert_true(computer_matches(&bare, "mp.contoso.lab"));
    assert_true(computer_matches(&several, "sccm.contoso.lab"));
    assert_true(computer_matches(&several, "mp.contoso.lab"));
    assert_false(computer_matches(&several, "sccm.fabrikam.lab"));
}

static void test_client_filter(void **state)
{
    static const struct {
        const char *principal;
        const char *expected;
    } cases[] = {
        {"WK01$@CONTOSO.LAB", "(sAMAccountName=WK01$)"},
        {"alice", "(sAMAccountName=alice)"},
        {"a*(b)@CONTOSO.LAB", "(sAMAccountName=a\\2a\\28b\\29)"},
        {"host/wk01.contoso.lab@CONTOSO.LAB",
         "(|(servicePrincipalName=host/wk01.contoso.lab)"
         "(userPrincipalName=host/wk01.contoso.lab@CONTOSO.LAB))"},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(client_filter(&arena, cases[i].principal), cases[i].expected);
    }
    arena_release(&arena);
}

static void test_site_codes(void **state)
{
    static const char *const codes[] = {"PS1", "ps1", "X",  "PS12", "P*1",
                                        "",    "A_1", NULL, "abc",  "P.1"};
    struct site_codes sites = {.count = 0};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        site_codes_add(&sites, codes[i]);
    }
    assert_int_equal(sites.count, 2);
    assert_string_equal(sites.items[0], "PS1");
    assert_string_equal(sites.items[1], "abc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filter_escape),    cmocka_unit_test(test_range),
        cmocka_unit_test(test_generalized_time), cmocka_unit_test(test_target_names),
        cmocka_unit_test(test_owners_filter),    cmocka_unit_test(test_spn_matches),
        cmocka_unit_test(test_domain_of_dn),     cmocka_unit_test(test_forest_is_http),
        cmocka_unit_test(test_forest_computer),  cmocka_unit_test(test_spn_set),
        cmocka_unit_test(test_computer_matches), cmocka_unit_test(test_site_codes),
        cmocka_unit_test(test_client_filter),
    };

    return cmocka_run_group_tests_name("ldap", tests, NULL, NULL);
}
