/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/dns.h"
#include "hostile.h"

static void add_records(struct buffer *text, const struct dns_answer *records, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_printf(text, "; %s %s %s", records[i].name, records[i].type,
                      records[i].value ? records[i].value : "-");
        if (records[i].port != EVIDENCE_UNKNOWN) {
            buffer_printf(text, " %d %d %d", (int)records[i].priority, (int)records[i].weight,
                          (int)records[i].port);
        }
    }
}

/* Each seed decoded: its records as text, answers and additional. */
static void test_seeds(void **state)
{
    static const struct {
        const char *name;
        const char *asked; /* NULL: from the question */
        enum dns_outcome outcome;
        const char *records;
    } cases[] = {
        {"a", NULL, DNS_ANSWER, "; dc1.contoso.lab A 10.77.1.1"},
        {"a", "AAAA", DNS_NODATA, "; dc1.contoso.lab A 10.77.1.1"},
        {"a-nodata", NULL, DNS_NODATA, ""},
        {"alias", "A", DNS_ANSWER,
         "; mp-alias.contoso.lab CNAME mp.contoso.lab; mp.contoso.lab A 10.77.1.20"},
        {"cname", "A", DNS_NODATA, "; mp-alias.contoso.lab CNAME mp.contoso.lab"},
        {"cname", "CNAME", DNS_ANSWER, "; mp-alias.contoso.lab CNAME mp.contoso.lab"},
        {"ns", NULL, DNS_ANSWER, "; contoso.lab TYPE2 -"},
        {"nxdomain", NULL, DNS_NXDOMAIN, ""},
        {"ptr", NULL, DNS_ANSWER, "; 20.1.77.10.in-addr.arpa PTR mp.contoso.lab"},
        {"srv-ldap", "SRV", DNS_ANSWER, "; _ldap._tcp.contoso.lab SRV dc1.contoso.lab 0 100 389"},
        {"srv-additional", "SRV", DNS_ANSWER,
         "; _kerberos._tcp.contoso.lab SRV dc1.contoso.lab 0 100 88"
         "; _kerberos._tcp.contoso.lab SRV dc2.contoso.lab 10 50 88"
         "; dc1.contoso.lab A 10.77.1.1; dc1.contoso.lab AAAA fd00::1"},
        {"escaped", NULL, DNS_ANSWER, "; m\\.p.\xC3\xA4\\\\.\\x01\\xFF CNAME a\\.b.lab"},
        {"truncated", NULL, DNS_UNKNOWN, ""},
        {"refused", NULL, DNS_REFUSED, ""},
        {"servfail", NULL, DNS_SERVFAIL, ""},
        {"notimp", NULL, DNS_OTHER_RCODE, ""},
        {"short-address", NULL, DNS_MALFORMED, "; x.lab A 0.0.0.0"},
        {"query", NULL, DNS_MALFORMED, ""},
        {"loop", NULL, DNS_MALFORMED, ""},
        {"forward-pointer", NULL, DNS_MALFORMED, ""},
        {"too-long-name", NULL, DNS_MALFORMED, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct evidence_dns dns = {.type = cases[i].asked};
        struct buffer name = {0};
        struct buffer text = {0};
        struct arena arena = {0};
        struct buffer seed;

        buffer_printf(&name, "dns/%s", cases[i].name);
        seed = hostile_seed(name.data);
        assert_int_equal(dns_decode(&arena, seed.data, seed.length, &dns),
                         cases[i].outcome != DNS_MALFORMED);
        assert_int_equal(dns.outcome, cases[i].outcome);
        add_records(&text, dns.answers, dns.answer_count);
        add_records(&text, dns.additional, dns.additional_count);
        assert_string_equal(buffer_text(&text), cases[i].records);
        buffer_release(&text);
        buffer_release(&name);
        buffer_release(&seed);
        arena_release(&arena);
    }
}

static void test_question(void **state)
{
    struct buffer seed = hostile_seed("dns/srv-ldap");
    struct evidence_dns unset = {0};
    struct evidence_dns set = {.name = "asked", .type = "A"};
    struct arena arena = {0};

    (void)state;
    assert_true(dns_decode(&arena, seed.data, seed.length, &unset));
    assert_string_equal(unset.name, "_ldap._tcp.contoso.lab");
    assert_string_equal(unset.type, "SRV");
    assert_int_equal(unset.answers[0].ttl, 900);
    assert_true(dns_decode(&arena, seed.data, seed.length, &set));
    assert_string_equal(set.name, "asked");
    assert_int_equal(set.outcome, DNS_NODATA);
    buffer_release(&seed);
    arena_release(&arena);
}

/* 254 bytes and the root label: the longest name there is. */
static void test_longest_name(void **state)
{
    struct buffer seed = hostile_seed("dns/long-name");
    struct evidence_dns dns = {0};
    struct arena arena = {0};

    (void)state;
    assert_true(dns_decode(&arena, seed.data, seed.length, &dns));
    assert_int_equal(strlen(dns.name), 253);
    assert_string_equal(dns.answers[0].name, dns.name);
    buffer_release(&seed);
    arena_release(&arena);
}

/* Every record of a cut reply is one of the whole reply's, and the outcome says that it is cut. */
static void check_cut(const void *bytes, size_t length)
{
    static const char *const values[] = {"dc1.contoso.lab", "dc2.contoso.lab"};
    struct evidence_dns dns = {.type = "SRV"};
    struct arena arena = {0};
    bool whole = dns_decode(&arena, bytes, length, &dns);

    assert_int_equal(dns.outcome, whole ? DNS_ANSWER : DNS_MALFORMED);
    assert_in_range(dns.answer_count, 0, 2);
    assert_in_range(dns.additional_count, 0, 2);
    for (size_t i = 0; i < dns.answer_count; i++) {
        assert_string_equal(dns.answers[i].value, values[i]);
        assert_int_equal(dns.answers[i].port, 88);
    }
    arena_release(&arena);
}

static void decode(const void *bytes, size_t length)
{
    struct evidence_dns dns = {0};
    struct arena arena = {0};

    dns_decode(&arena, bytes, length, &dns);
    arena_release(&arena);
}

static void test_hostile(void **state)
{
    static const char *const names[] = {"dns/srv-additional", "dns/alias", "dns/escaped",
                                        "dns/loop"};
    struct buffer cut = hostile_seed("dns/srv-additional");

    (void)state;
    hostile_cut(cut.data, cut.length, check_cut);
    buffer_release(&cut);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct buffer seed = hostile_seed(names[i]);

        hostile_flip(seed.data, seed.length, decode);
        buffer_release(&seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_question),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
