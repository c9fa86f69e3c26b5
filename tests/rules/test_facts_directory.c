/* SPDX-License-Identifier: Apache-2.0 */
/* The way that referrals take, name suffixes, and whose key a ticket may be sealed with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/facts_directory.h"

enum { RECORDS_MAX = 32 };

/* Evidence put together by hand. */
struct world {
    struct evidence_record records[RECORDS_MAX];
    const struct evidence_record *pointers[RECORDS_MAX];
    struct case_view view;
    struct arena arena;
};

static void add(struct world *world, enum evidence_kind kind, void *payload)
{
    size_t index = world->view.record_count++;

    assert_true(index < RECORDS_MAX);
    world->records[index] =
        (struct evidence_record){.id = (uint32_t)index + 1, .kind = kind, .payload = payload};
    world->pointers[index] = &world->records[index];
    world->view.records = world->pointers;
}

#define SUFFIX(text)                                                                               \
    {                                                                                              \
        .kind = TRUST_NAME_TOP_LEVEL, .flags = 0, .name = (text)                                   \
    }

static struct trust_name fabrikam_names[] = {SUFFIX("fabrikam.lab")};
static struct trust_name contoso_names[] = {SUFFIX("contoso.lab")};

#define FOREST_TRUST(of, with, way, list)                                                          \
    {                                                                                              \
        .domain = (of), .partner = (with), .direction = (way), .type = 2, .attributes = 8,         \
        .etypes = EVIDENCE_UNKNOWN, .names = (list), .name_count = 1, .names_malformed = TRI_NO    \
    }
#define TRUST(of, with, bits)                                                                      \
    {                                                                                              \
        .domain = (of), .partner = (with), .direction = 3, .type = 2, .attributes = (bits),        \
        .etypes = EVIDENCE_UNKNOWN                                                                 \
    }

/* Two forests: contoso.lab with a child, a grandchild and a second tree; fabrikam.lab with a
   child. */
static struct evidence_domain domains[] = {
    {.forest = "contoso.lab", .name = "contoso.lab"},
    {.forest = "contoso.lab", .name = "child.contoso.lab", .parent = "contoso.lab"},
    {.forest = "contoso.lab", .name = "low.child.contoso.lab", .parent = "child.contoso.lab"},
    {.forest = "contoso.lab", .name = "other.contoso.lab", .parent = "contoso.lab"},
    {.forest = "contoso.lab", .name = "adatum.lab"},
    {.forest = "fabrikam.lab", .name = "fabrikam.lab"},
    {.forest = "fabrikam.lab", .name = "child.fabrikam.lab", .parent = "fabrikam.lab"},
};

static void begin(struct world *world)
{
    memset(world, 0, sizeof(*world));
    for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
        add(world, EVIDENCE_DOMAIN, &domains[i]);
    }
}

static void check_path(struct world *world, const char *from, const char *to, enum way way,
                       const char *hops)
{
    char host[64];
    struct trust_path path;
    const char *text;

    snprintf(host, sizeof(host), "mp.%s", to);
    path = fact_trust_path(&world->view, &world->arena, from, to, host);
    text = fact_path_text(&world->arena, &path);
    print_message("%s -> %s\n", from, to);
    assert_int_equal(path.way, way);
    if (hops) {
        assert_string_equal(text, hops);
        assert_true(path.complete);
    }
}

static void test_inner_ways(void **state)
{
    static const struct {
        const char *from;
        const char *to;
        const char *hops;
    } cases[] = {
        {"contoso.lab", "CONTOSO.LAB", "contoso.lab"},
        {"contoso.lab", "child.contoso.lab", "contoso.lab -> child.contoso.lab"},
        {"CHILD.CONTOSO.LAB", "contoso.lab", "CHILD.CONTOSO.LAB -> contoso.lab"},
        {"contoso.lab", "low.child.contoso.lab",
         "contoso.lab -> child.contoso.lab -> low.child.contoso.lab"},
        {"low.child.contoso.lab", "other.contoso.lab",
         "low.child.contoso.lab -> child.contoso.lab -> contoso.lab -> other.contoso.lab"},
        {"adatum.lab", "child.contoso.lab", "adatum.lab -> contoso.lab -> child.contoso.lab"},
        {"child.contoso.lab", "adatum.lab", "child.contoso.lab -> contoso.lab -> adatum.lab"},
    };
    struct world world;

    (void)state;
    begin(&world);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_path(&world, cases[i].from, cases[i].to, WAY_OPEN, cases[i].hops);
    }
    arena_release(&world.arena);
}

static void test_shortcut(void **state)
{
    static struct evidence_trust shortcut = TRUST("low.child.contoso.lab", "adatum.lab", 0x20);
    struct world world;

    (void)state;
    begin(&world);
    add(&world, EVIDENCE_TRUST, &shortcut);
    check_path(&world, "low.child.contoso.lab", "adatum.lab", WAY_OPEN,
               "low.child.contoso.lab -> adatum.lab");
    check_path(&world, "child.contoso.lab", "adatum.lab", WAY_OPEN,
               "child.contoso.lab -> contoso.lab -> adatum.lab");
    arena_release(&world.arena);
}

static void test_forest_trust(void **state)
{
    static struct evidence_trust near =
        FOREST_TRUST("contoso.lab", "fabrikam.lab", 3, fabrikam_names);
    struct world world;

    (void)state;
    begin(&world);
    check_path(&world, "contoso.lab", "fabrikam.lab", WAY_UNKNOWN, NULL);
    add(&world, EVIDENCE_TRUST, &near);
    check_path(&world, "contoso.lab", "fabrikam.lab", WAY_OPEN, "contoso.lab -> fabrikam.lab");
    check_path(&world, "low.child.contoso.lab", "child.fabrikam.lab", WAY_OPEN,
               "low.child.contoso.lab -> child.contoso.lab -> contoso.lab -> fabrikam.lab -> "
               "child.fabrikam.lab");
    check_path(&world, "adatum.lab", "fabrikam.lab", WAY_OPEN,
               "adatum.lab -> contoso.lab -> fabrikam.lab");
    /* The other forest's own trusts were not read. */
    check_path(&world, "fabrikam.lab", "contoso.lab", WAY_UNKNOWN, NULL);
    arena_release(&world.arena);
}

static void check_one_trust(struct evidence_trust *trust, const char *from, const char *to,
                            enum way way)
{
    struct world world;

    begin(&world);
    add(&world, EVIDENCE_TRUST, trust);
    check_path(&world, from, to, way, NULL);
    arena_release(&world.arena);
}

/* What ends a way; and what says nothing. */
static void test_no_way(void **state)
{
    static struct evidence_trust outbound =
        FOREST_TRUST("contoso.lab", "fabrikam.lab", 2, fabrikam_names);
    static struct evidence_trust unrouted =
        FOREST_TRUST("contoso.lab", "fabrikam.lab", 3, contoso_names);
    static struct evidence_trust external = TRUST("contoso.lab", "fabrikam.lab", 4);
    static struct evidence_trust far_external = TRUST("fabrikam.lab", "contoso.lab", 0);
    static struct evidence_trust other = TRUST("contoso.lab", "tailspin.lab", 0);
    static struct evidence_trust vague = TRUST("contoso.lab", "fabrikam.lab", EVIDENCE_UNKNOWN);
    static struct evidence_trust nt4 = {.domain = "contoso.lab",
                                        .partner = "fabrikam.lab",
                                        .type = 1,
                                        .attributes = EVIDENCE_UNKNOWN};
    static struct evidence_trust unread = {.domain = "contoso.lab",
                                           .partner = "fabrikam.lab",
                                           .direction = 3,
                                           .type = 2,
                                           .attributes = 8,
                                           .names_malformed = TRI_YES};

    (void)state;
    check_one_trust(&outbound, "contoso.lab", "fabrikam.lab", WAY_DIRECTION);
    check_one_trust(&unrouted, "contoso.lab", "fabrikam.lab", WAY_SUFFIX);
    check_one_trust(&external, "contoso.lab", "fabrikam.lab", WAY_EXTERNAL);
    check_one_trust(&external, "child.contoso.lab", "fabrikam.lab", WAY_EXTERNAL);
    check_one_trust(&far_external, "contoso.lab", "fabrikam.lab", WAY_EXTERNAL);
    check_one_trust(&nt4, "contoso.lab", "fabrikam.lab", WAY_EXTERNAL);
    check_one_trust(&other, "contoso.lab", "fabrikam.lab", WAY_NONE);
    check_one_trust(&other, "child.contoso.lab", "fabrikam.lab", WAY_UNKNOWN);
    check_one_trust(&vague, "contoso.lab", "fabrikam.lab", WAY_UNKNOWN);
    check_one_trust(&unread, "contoso.lab", "fabrikam.lab", WAY_UNKNOWN);
    check_one_trust(&other, "elsewhere.lab", "fabrikam.lab", WAY_UNKNOWN);
}

static void test_suffixes(void **state)
{
    static const struct {
        const char *host;
        struct trust_name names[2];
        size_t count;
        enum evidence_tri malformed;
        enum suffix_state expected;
    } cases[] = {
        {"mp.a.lab", {SUFFIX("a.lab")}, 1, TRI_NO, SUFFIX_ROUTED},
        {"MP.A.LAB.", {SUFFIX("a.lab")}, 1, TRI_NO, SUFFIX_ROUTED},
        {"a.lab", {SUFFIX("a.lab")}, 1, TRI_NO, SUFFIX_ROUTED},
        {"mp.xa.lab", {SUFFIX("a.lab")}, 1, TRI_NO, SUFFIX_MISSING},
        {"mp.a.lab", {{TRUST_NAME_DOMAIN, 0, 0, "a.lab", NULL, NULL}}, 1, TRI_NO, SUFFIX_MISSING},
        {"mp.a.lab", {{TRUST_NAME_TOP_LEVEL, 1, 0, "a.lab", NULL, NULL}}, 1, TRI_NO, SUFFIX_NEW},
        {"mp.a.lab",
         {{TRUST_NAME_TOP_LEVEL, 2, 0, "a.lab", NULL, NULL}},
         1,
         TRI_NO,
         SUFFIX_DISABLED},
        {"mp.a.lab",
         {{TRUST_NAME_TOP_LEVEL, 6, 0, "a.lab", NULL, NULL}},
         1,
         TRI_NO,
         SUFFIX_CONFLICT},
        {"mp.b.a.lab",
         {{TRUST_NAME_TOP_LEVEL, 2, 0, "a.lab", NULL, NULL}, SUFFIX("b.a.lab")},
         2,
         TRI_NO,
         SUFFIX_ROUTED},
        {"mp.b.a.lab",
         {SUFFIX("a.lab"), {TRUST_NAME_EXCLUSION, 0, 0, "b.a.lab", NULL, NULL}},
         2,
         TRI_NO,
         SUFFIX_EXCLUDED},
        {"mp.c.a.lab",
         {SUFFIX("a.lab"), {TRUST_NAME_EXCLUSION, 0, 0, "b.a.lab", NULL, NULL}},
         2,
         TRI_NO,
         SUFFIX_ROUTED},
        {"mp.a.lab", {SUFFIX("a.lab")}, 1, TRI_YES, SUFFIX_ROUTED},
        {"mp.b.lab", {SUFFIX("a.lab")}, 1, TRI_YES, SUFFIX_UNKNOWN},
        {"mp.b.lab", {SUFFIX("a.lab")}, 0, TRI_NO, SUFFIX_MISSING},
        {"mp.b.lab", {SUFFIX("a.lab")}, 0, TRI_UNKNOWN, SUFFIX_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct trust_name names[2] = {cases[i].names[0], cases[i].names[1]};
        struct evidence_trust trust = {
            .names = names, .name_count = cases[i].count, .names_malformed = cases[i].malformed};
        const struct trust_name *name;

        print_message("suffix case %zu\n", i);
        assert_int_equal(fact_suffix(&trust, cases[i].host, &name), cases[i].expected);
    }
}

static void test_names(void **state)
{
    struct evidence_search search = {
        .filter = "(|(servicePrincipalName=HTTP/mp.a.lab)(serviceprincipalname=HOST/mp*))"};
    struct arena arena = {0};

    (void)state;
    assert_string_equal(fact_dn_domain(&arena, "CN=a\\,DC=x,OU=b,DC=child,dc=lab"), "child.lab");
    assert_null(fact_dn_domain(&arena, "CN=a"));
    assert_null(fact_dn_domain(&arena, NULL));
    assert_null(fact_dn_domain(&arena, "DC="));
    assert_true(fact_search_asks(&search, "http/MP.a.lab"));
    assert_true(fact_search_asks(&search, "HOST/mp"));
    assert_false(fact_search_asks(&search, "HTTP/mp.a"));
    assert_false(fact_search_asks(&search, "HTTP/mp.a.lab:81"));
    arena_release(&arena);
}

static void test_keys(void **state)
{
    static const struct {
        int64_t etypes;
        int64_t kvno;
        int64_t ticket_etype;
        int64_t ticket_kvno;
        enum evidence_tri expected;
    } cases[] = {
        {EVIDENCE_UNKNOWN, 3, 18, 3, TRI_YES},
        {28, 3, 18, 65539, TRI_YES}, /* of a read-only DC */
        {28, 3, 18, 2, TRI_NO},
        {4, EVIDENCE_UNKNOWN, 18, 3, TRI_NO},
        {4, 3, 23, 3, TRI_YES},
        {0, 3, 18, 3, TRI_YES},
        {0x20000, EVIDENCE_UNKNOWN, 18, 3, TRI_UNKNOWN},
        {28, EVIDENCE_UNKNOWN, 18, 3, TRI_UNKNOWN},
        {28, 3, 18, EVIDENCE_UNKNOWN, TRI_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct evidence_account account = {.etypes = cases[i].etypes, .kvno = cases[i].kvno};
        struct krb_ticket ticket = {.etype = cases[i].ticket_etype, .kvno = cases[i].ticket_kvno};

        assert_int_equal(fact_key_fits(&account, &ticket), cases[i].expected);
    }
    assert_true(etypes_lack_aes(4));
    assert_false(etypes_lack_aes(0));
    assert_false(etypes_lack_aes(EVIDENCE_UNKNOWN));
    assert_false(etypes_lack_aes(12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inner_ways),   cmocka_unit_test(test_shortcut),
        cmocka_unit_test(test_forest_trust), cmocka_unit_test(test_no_way),
        cmocka_unit_test(test_suffixes),     cmocka_unit_test(test_names),
        cmocka_unit_test(test_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
