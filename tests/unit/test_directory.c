/* SPDX-License-Identifier: Apache-2.0 */
/* The values of Active Directory that are more than text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "decode/capabilities.h"
#include "decode/forest_trust.h"
#include "decode/netlogon.h"
#include "decode/sid.h"
#include "decode/spn.h"
#include "decode/subcode.h"
#include "evidence/shape.h"
#include "hostile.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static void check_text(const char *text, const char *expected)
{
    if (expected) {
        assert_non_null(text);
        assert_string_equal(text, expected);
    } else {
        assert_null(text);
    }
}

static void test_sid(void **state)
{
    static const struct {
        const char *seed;
        const char *sid;
        const char *guid;
    } cases[] = {
        {"sid/account", "S-1-5-21-1001-2001-3001-1129", NULL},
        {"sid/domain", "S-1-5-21-1002-2002-3002", NULL},
        {"sid/everyone", "S-1-1-0", NULL},
        {"sid/large-authority", "S-1-0x123400000005-4294967295", NULL},
        {"sid/fifteen", "S-1-5-0-1-2-3-4-5-6-7-8-9-10-11-12-13-14", NULL},
        {"sid/none", "S-1-5", NULL},
        {"sid/sixteen", NULL, NULL},
        {"sid/revision-2", NULL, NULL},
        {"sid/guid", NULL, "41e2bab9-79b4-4c50-ae36-4be5d9620f89"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer seed = hostile_seed(cases[i].seed);
        struct arena arena = {0};

        check_text(sid_text(&arena, seed.data, seed.length), cases[i].sid);
        check_text(guid_text(&arena, seed.data, seed.length), cases[i].guid);
        buffer_release(&seed);
        arena_release(&arena);
    }
}

/* Nothing but the whole value is one. */
static void check_cut_sid(const void *bytes, size_t length)
{
    struct arena arena = {0};

    assert_int_equal(sid_text(&arena, bytes, length) != NULL, length == 28);
    assert_int_equal(guid_text(&arena, bytes, length) != NULL, length == 16);
    arena_release(&arena);
}

static const char *write_time(int64_t at, char text[CLOCK_TEXT_SIZE])
{
    return at == EVIDENCE_UNKNOWN ? "-" : clock_format(at, text);
}

/* "kind flags time name netbios sid; ..." */
static void write_names(struct buffer *text, const struct evidence_trust *trust)
{
    char time[CLOCK_TEXT_SIZE];

    for (size_t i = 0; i < trust->name_count; i++) {
        const struct trust_name *name = &trust->names[i];

        buffer_printf(text, "%s%s %d %s %s %s %s", i > 0 ? "; " : "", WORDS_TRUST_NAME[name->kind],
                      (int)name->flags, write_time(name->set_at, time),
                      name->name ? name->name : "-", name->netbios ? name->netbios : "-",
                      name->sid ? name->sid : "-");
    }
}

static void test_forest_trust(void **state)
{
    static const struct {
        const char *seed;
        bool whole;
        const char *names;
    } cases[] = {
        {"forest_trust/lab", true,
         "top-level 0 2026-11-21T02:01:53.000000Z fabrikam.lab - -; "
         "domain 0 2026-11-21T02:01:53.000000Z fabrikam.lab FABRIKAM S-1-5-21-1002-2002-3002"},
        {"forest_trust/samba", true,
         "top-level 0 2024-06-15T12:00:00.250000Z fabrikam.lab - -; "
         "top-level 4 2024-06-15T12:00:00.000000Z fabrikam.example - -; "
         "exclusion 0 2025-06-15T12:00:00.000000Z dmz.fabrikam.lab - -; "
         "domain 0 2024-06-15T12:00:00.000000Z fabrikam.lab FABRIKAM S-1-5-21-1002-2002-3002; "
         "domain 1 - eu.fabrikam.lab EU S-1-5-21-7-8-4294967295"},
        {"forest_trust/windows", true,
         "top-level 0 2019-09-24T12:00:00.123456Z northwind.lab - -; "
         "top-level 1 2023-02-01T12:00:00.000000Z northwind.example - -; "
         "exclusion 0 2023-02-01T12:00:00.000000Z lab.northwind.lab - -; "
         "domain 0 2019-09-24T12:00:00.000000Z northwind.lab NORTHWIND S-1-5-21-1003-2003-3003; "
         "domain 0 2020-06-15T12:00:00.000000Z - OLD S-1-5-21-1003-2003-3003; "
         "other 0 2025-06-15T12:00:00.000000Z - - -; "
         "other 0 2025-06-15T12:00:00.000000Z - - -; other 0 - - - -"},
        {"forest_trust/empty", true, ""},
        {"forest_trust/padded", true,
         "top-level 0 2019-09-24T12:00:00.123456Z northwind.lab - -; "
         "top-level 1 2023-02-01T12:00:00.000000Z northwind.example - -"},
        {"forest_trust/long-record", true,
         "top-level 0 2020-06-15T12:00:00.000000Z a.lab - -; "
         "top-level 0 2019-09-24T12:00:00.123456Z northwind.lab - -"},
        {"forest_trust/times", true,
         "top-level 0 - none.lab - -; top-level 0 - both.lab - -; top-level 0 - never.lab - -; "
         "top-level 0 - early.lab - -"},
        {"forest_trust/text", true,
         "top-level 0 2020-06-15T12:00:00.000000Z z\xC3\xBCrich.lab - -; "
         "top-level 0 2020-06-15T12:00:00.000000Z a\\x00b\\xFF - -"},
        {"forest_trust/miscounted", false,
         "top-level 0 2019-09-24T12:00:00.123456Z northwind.lab - -; "
         "top-level 1 2023-02-01T12:00:00.000000Z northwind.example - -"},
        {"forest_trust/short-count", false,
         "top-level 0 2019-09-24T12:00:00.123456Z northwind.lab - -; "
         "top-level 1 2023-02-01T12:00:00.000000Z northwind.example - -"},
        {"forest_trust/damaged", false,
         "top-level 0 2019-09-24T12:00:00.123456Z northwind.lab - -; "
         "exclusion 0 2023-02-01T12:00:00.000000Z lab.northwind.lab - -"},
        {"forest_trust/bad-sid", false,
         "top-level 0 2019-09-24T12:00:00.123456Z northwind.lab - -"},
        {"forest_trust/version-2", false, ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer seed = hostile_seed(cases[i].seed);
        struct evidence_trust trust = {.partner = "kept"};
        struct buffer text = {0};
        struct arena arena = {0};

        assert_int_equal(forest_trust_decode(&arena, seed.data, seed.length, &trust),
                         cases[i].whole);
        assert_int_equal(trust.names_malformed, cases[i].whole ? TRI_NO : TRI_YES);
        assert_string_equal(trust.partner, "kept");
        write_names(&text, &trust);
        assert_string_equal(buffer_text(&text), cases[i].names);
        buffer_release(&text);
        buffer_release(&seed);
        arena_release(&arena);
    }
}

/* What was read before the cut is right, and the cut is noticed. */
static void check_cut_trust(const void *bytes, size_t length)
{
    static const char *const names[] = {"fabrikam.lab", "fabrikam.example", "dmz.fabrikam.lab",
                                        "fabrikam.lab", "eu.fabrikam.lab"};
    struct evidence_trust trust = {0};
    struct arena arena = {0};
    bool whole = forest_trust_decode(&arena, bytes, length, &trust);

    assert_int_equal(trust.names_malformed, whole ? TRI_NO : TRI_YES);
    assert_in_range(trust.name_count, 0, COUNT(names));
    assert_int_equal(whole, trust.name_count == COUNT(names));
    for (size_t i = 0; i < trust.name_count; i++) {
        assert_string_equal(trust.names[i].name, names[i]);
    }
    arena_release(&arena);
}

static void test_netlogon(void **state)
{
    static const struct {
        const char *seed;
        struct netlogon_answer answer;
    } cases[] = {
        {"netlogon/response",
         {0x11BD, "d8920d24-3df6-4c6e-80ae-d8a61707e4c1", "contoso.lab", "contoso.lab",
          "dc1.contoso.lab", "CONTOSO", "DC1", NULL, "Default-First-Site-Name",
          "Default-First-Site-Name", 5}},
        {"netlogon/with-ip",
         {0x11BD, "d8920d24-3df6-4c6e-80ae-d8a61707e4c1", "contoso.lab", "contoso.lab",
          "dc1.contoso.lab", "CONTOSO", "DC1", NULL, "Default-First-Site-Name",
          "Default-First-Site-Name", 13}},
        {"netlogon/user-unknown",
         {0x11BD, "d8920d24-3df6-4c6e-80ae-d8a61707e4c1", "contoso.lab", "contoso.lab",
          "dc1.contoso.lab", "CONTOSO", "DC1", "nobody-at-all", "Default-First-Site-Name",
          "Default-First-Site-Name", 5}},
        {"netlogon/utf8",
         {0x11BD, "d8920d24-3df6-4c6e-80ae-d8a61707e4c1", "contoso.lab", "contoso.lab",
          "dc1.contoso.lab", "CONTOSO", "DC1", NULL, "Z\xC3\xBCrich-First-Site-Name",
          "Z\xC3\xBCrich-First-Site-Name", 5}},
        {"netlogon/child",
         {0x3FD, "6f1cbe4c-1b0c-4d5e-8c1b-0123456789ab", "contoso.lab", "child.contoso.lab",
          "dc3.child.contoso.lab", "CHILD", "DC3", NULL, "Oslo", "Bergen", 5}},
        {"netlogon/no-site",
         {0x3FD, "6f1cbe4c-1b0c-4d5e-8c1b-0123456789ab", "contoso.lab", "child.contoso.lab",
          "dc3.child.contoso.lab", "CHILD", "DC3", NULL, "Oslo", NULL, 5}},
        {"netlogon/closest-site",
         {0x3FD, "6f1cbe4c-1b0c-4d5e-8c1b-0123456789ab", "contoso.lab", "child.contoso.lab",
          "dc3.child.contoso.lab", "CHILD", "DC3", NULL, "Oslo", "Bergen", 21}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer seed = hostile_seed(cases[i].seed);
        const struct netlogon_answer *expected = &cases[i].answer;
        struct netlogon_answer answer;
        struct arena arena = {0};

        assert_true(netlogon_decode(&arena, seed.data, seed.length, &answer));
        assert_int_equal(answer.flags, expected->flags);
        assert_int_equal(answer.version, expected->version);
        check_text(answer.domain_guid, expected->domain_guid);
        check_text(answer.forest, expected->forest);
        check_text(answer.domain, expected->domain);
        check_text(answer.host_name, expected->host_name);
        check_text(answer.netbios_domain, expected->netbios_domain);
        check_text(answer.netbios_name, expected->netbios_name);
        check_text(answer.user, expected->user);
        check_text(answer.dc_site, expected->dc_site);
        check_text(answer.client_site, expected->client_site);
        buffer_release(&seed);
        arena_release(&arena);
    }
}

static void check_no_answer(const void *bytes, size_t length)
{
    struct netlogon_answer answer = {.forest = "old"};
    struct arena arena = {0};

    assert_false(netlogon_decode(&arena, bytes, length, &answer));
    assert_int_equal(answer.flags, EVIDENCE_UNKNOWN);
    assert_int_equal(answer.version, EVIDENCE_UNKNOWN);
    assert_null(answer.domain_guid);
    assert_null(answer.forest);
    assert_null(answer.client_site);
    arena_release(&arena);
}

static void test_no_netlogon(void **state)
{
    static const char *const seeds[] = {"netlogon/older", "netlogon/nt4", "netlogon/pause",
                                        "netlogon/loop"};

    (void)state;
    for (size_t i = 0; i < COUNT(seeds); i++) {
        struct buffer seed = hostile_seed(seeds[i]);

        check_no_answer(seed.data, seed.length);
        buffer_release(&seed);
    }
}

static void test_spn(void **state)
{
    static const struct {
        const char *text;
        struct spn spn;
    } cases[] = {
        {"HTTP/mp.contoso.lab", {"HTTP", "mp.contoso.lab", EVIDENCE_UNKNOWN, NULL, NULL}},
        {"http/MP", {"http", "MP", EVIDENCE_UNKNOWN, NULL, NULL}},
        {"HTTP/mp.contoso.lab:8080", {"HTTP", "mp.contoso.lab", 8080, NULL, NULL}},
        {"HTTP/10.77.1.20:80", {"HTTP", "10.77.1.20", 80, NULL, NULL}},
        {"HTTP/[fd00::1]", {"HTTP", "fd00::1", EVIDENCE_UNKNOWN, NULL, NULL}},
        {"HTTP/[fd00::1]:8080", {"HTTP", "fd00::1", 8080, NULL, NULL}},
        {"MSSQLSvc/sql:SQLEXPRESS", {"MSSQLSvc", "sql", EVIDENCE_UNKNOWN, "SQLEXPRESS", NULL}},
        {"a/b:65535", {"a", "b", 65535, NULL, NULL}},
        {"a/b:65536", {"a", "b", EVIDENCE_UNKNOWN, "65536", NULL}},
        {"a/b:99999999999999999999", {"a", "b", EVIDENCE_UNKNOWN, "99999999999999999999", NULL}},
        {"a/b:080", {"a", "b", EVIDENCE_UNKNOWN, "080", NULL}},
        {"a/b:0", {"a", "b", EVIDENCE_UNKNOWN, "0", NULL}},
        {"ldap/dc1.contoso.lab/DomainDnsZones.contoso.lab",
         {"ldap", "dc1.contoso.lab", EVIDENCE_UNKNOWN, NULL, "DomainDnsZones.contoso.lab"}},
        {"a/b:1/CN=c d,DC=e:f", {"a", "b", 1, NULL, "CN=c d,DC=e:f"}},
        {"Hyper-V Replica Service/HV1",
         {"Hyper-V Replica Service", "HV1", EVIDENCE_UNKNOWN, NULL, NULL}},
        {"HTTP/m\xC3\xBCnchen", {"HTTP", "m\xC3\xBCnchen", EVIDENCE_UNKNOWN, NULL, NULL}},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct spn spn;

        assert_true(spn_parse(&arena, cases[i].text, &spn));
        check_text(spn.service, cases[i].spn.service);
        check_text(spn.host, cases[i].spn.host);
        assert_int_equal(spn.port, cases[i].spn.port);
        check_text(spn.instance, cases[i].spn.instance);
        check_text(spn.name, cases[i].spn.name);
        for (size_t j = 0; j < COUNT(cases); j++) {
            /* No two rows are the same SPN. */
            assert_int_equal(spn_equal(&spn, &cases[j].spn), i == j);
        }
    }
    arena_release(&arena);
}

static void test_no_spn(void **state)
{
    static const char *const texts[] = {
        "",
        "HTTP",
        "/",
        "HTTP/",
        "/mp",
        "HTTP//mp",
        "HTTP/mp/",
        "HTTP/mp/a/",
        "HTTP/mp/a/b",
        "HTTP/:80",
        "HTTP/mp:",
        "HTTP/mp:/a",
        "HTTP/mp:80:81",
        "HTTP/mp:8 0",
        "HTTP/mp ",
        "HTTP/ mp",
        "HTTP/m p",
        "HTTP/fd00::1",
        "HTTP/[]",
        "HTTP/[fd00::1",
        "HTTP/[fd00::1]x",
        "HTTP/[fd00::1]:",
        "HTTP/[mp]",
        "HTTP/mp]",
        "alice@contoso.lab",
        "HTTP/mp@CONTOSO.LAB",
        "CONTOSO\\alice",
        "HTTP/mp\\a",
        "HTTP/mp\n",
        "HT\tTP/mp",
        "HTTP/mp\x7F",
    };
    struct arena arena = {0};
    struct spn spn;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_false(spn_parse(&arena, texts[i], &spn));
        assert_null(spn.service);
        assert_null(spn.host);
        assert_int_equal(spn.port, EVIDENCE_UNKNOWN);
    }
    assert_false(spn_parse(&arena, NULL, &spn));
    arena_release(&arena);
}

static void check_equal(const char *left, const char *right, bool expected)
{
    struct arena arena = {0};
    struct spn first, second;

    assert_true(spn_parse(&arena, left, &first));
    assert_true(spn_parse(&arena, right, &second));
    assert_int_equal(spn_equal(&first, &second), expected);
    assert_int_equal(spn_equal(&second, &first), expected);
    arena_release(&arena);
}

static void test_spn_equal(void **state)
{
    (void)state;
    check_equal("HTTP/mp.contoso.lab", "http/MP.Contoso.LAB", true);
    check_equal("MSSQLSvc/sql:Express", "mssqlsvc/SQL:EXPRESS", true);
    check_equal("ldap/dc1/contoso.lab", "LDAP/DC1/CONTOSO.LAB", true);
    check_equal("HTTP/mp", "HOST/mp", false);
    check_equal("HTTP/mp", "HTTP/mp.contoso.lab", false);
    check_equal("HTTP/mp", "HTTP/mp:80", false);
    check_equal("HTTP/mp:80", "HTTP/mp:8080", false);
    check_equal("HTTP/mp:80", "HTTP/mp:080", false);
    check_equal("ldap/dc1", "ldap/dc1/contoso.lab", false);
}

static void test_mapping(void **state)
{
    static const char *const mappings[] = {
        "ldap", "=http", "ldap=gc,,", "host=alerter, www ,HTTP,w3svc", "other=w3svc,iisadmin,host",
    };
    static const struct {
        const char *service;
        const char *alias;
    } cases[] = {
        {"http", "host"}, {"HTTP", "host"},       {"www", "host"},   {"w3svc", "host"},
        {"gc", "ldap"},   {"iisadmin", "other"},  {"host", "other"}, {"htt", NULL},
        {"https", NULL},  {"ldap", NULL},         {"", NULL},        {" ", NULL},
        {",", NULL},      {"alerter, www", NULL},
    };
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        check_text(spn_mapping_alias(&arena, mappings, COUNT(mappings), cases[i].service),
                   cases[i].alias);
    }
    assert_null(spn_mapping_alias(&arena, mappings, 3, "http"));
    assert_null(spn_mapping_alias(&arena, NULL, 0, "http"));
    assert_null(spn_mapping_alias(&arena, mappings, COUNT(mappings), NULL));
    arena_release(&arena);
}

static struct evidence_published nothing_published(void)
{
    struct arena arena = {0};
    const struct evidence_published *made = evidence_new(&arena, shape_of(EVIDENCE_PUBLISHED));
    struct evidence_published copy = *made;

    arena_release(&arena);
    return copy;
}

static void test_capabilities(void **state)
{
    static const struct {
        const char *seed;
        bool whole;
        const char *version;
        int64_t ssl_state;
        int64_t http_port;
        int64_t https_port;
    } cases[] = {
        {"capabilities/http", true, "5.00.9128.1000", 0, 80, 443},
        {"capabilities/https-only", true, "5.00.9128.1000", 63, 80, 443},
        {"capabilities/own-ports", true, "5.00.9128.1000", 224, 8080, 8443},
        {"capabilities/ampersand", true, "5.00.9128.1000", 0, 80, 443},
        {"capabilities/spread", true, "5.00.9128.1000", EVIDENCE_UNKNOWN, 80, EVIDENCE_UNKNOWN},
        {"capabilities/nonsense", true, NULL, EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN},
        {"capabilities/nested", true, NULL, EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN},
        {"capabilities/cut", false, "5.00.9128.1000", 0, EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN},
        {"capabilities/entities", false, NULL, EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN,
         EVIDENCE_UNKNOWN},
        {"capabilities/other", false, NULL, EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN, EVIDENCE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer seed = hostile_seed(cases[i].seed);
        struct evidence_published published = nothing_published();
        struct arena arena = {0};

        published.name = "kept";
        assert_int_equal(capabilities_decode(&arena, seed.data, seed.length, &published),
                         cases[i].whole);
        check_text(published.version, cases[i].version);
        assert_int_equal(published.ssl_state, cases[i].ssl_state);
        assert_int_equal(published.http_port, cases[i].http_port);
        assert_int_equal(published.https_port, cases[i].https_port);
        assert_string_equal(published.name, "kept");
        buffer_release(&seed);
        arena_release(&arena);
    }
}

/* Each value is the whole document's or unknown: "80" of a port 8080 that was cut is no port. */
static void check_cut_capabilities(const void *bytes, size_t length)
{
    struct evidence_published published = nothing_published();
    struct arena arena = {0};

    capabilities_decode(&arena, bytes, length, &published);
    assert_true(!published.version || strcmp(published.version, "5.00.9128.1000") == 0);
    assert_true(published.ssl_state == EVIDENCE_UNKNOWN || published.ssl_state == 224);
    assert_true(published.http_port == EVIDENCE_UNKNOWN || published.http_port == 8080);
    assert_true(published.https_port == EVIDENCE_UNKNOWN || published.https_port == 8443);
    arena_release(&arena);
}

static void test_large_capabilities(void **state)
{
    static const size_t lengths[] = {64 * 1024, 64 * 1024 + 1};
    static const char start[] = "<ClientOperationalSettings>";
    static const char end[] = "</ClientOperationalSettings>";

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct evidence_published published = nothing_published();
        struct arena arena = {0};
        struct buffer text = {0};

        buffer_puts(&text, start);
        while (text.length < lengths[i] - strlen(end)) {
            buffer_putc(&text, '&');
        }
        buffer_puts(&text, end);
        assert_int_equal(capabilities_decode(&arena, text.data, text.length, &published), i == 0);
        buffer_release(&text);
        arena_release(&arena);
    }
}

static void test_subcode(void **state)
{
    static const struct {
        const char *diagnostic;
        int64_t code; /* EVIDENCE_UNKNOWN: none */
    } cases[] = {
        {"80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data 52e, v4563",
         1326},
        {"8009030C: LdapErr: DSID-0C0904DC, comment: AcceptSecurityContext error, data 775, v1db1",
         1909},
        {"data 52E", 1326},
        {"data 0000052e", 1326},
        {"metadata 5, data 533", 1331},
        {NULL, EVIDENCE_UNKNOWN},
        {"", EVIDENCE_UNKNOWN},
        {"Invalid Credentials", EVIDENCE_UNKNOWN},
        {"000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a "
         "successful bind must be completed on the connection., data 0, v4563",
         EVIDENCE_UNKNOWN},
        {"0000208D: NameErr: DSID-0310028C, problem 2001 (NO_OBJECT), data 7, best match of:",
         EVIDENCE_UNKNOWN},
        {"metadata 52e", EVIDENCE_UNKNOWN},
        {"data", EVIDENCE_UNKNOWN},
        {"data ", EVIDENCE_UNKNOWN},
        {"data xyz", EVIDENCE_UNKNOWN},
        {"data 52ex", EVIDENCE_UNKNOWN},
        {"data c000006d", EVIDENCE_UNKNOWN},
        {"data 000000052e", EVIDENCE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t code = 7;

        assert_int_equal(directory_subcode(cases[i].diagnostic, &code),
                         cases[i].code != EVIDENCE_UNKNOWN);
        assert_int_equal(code, cases[i].code);
    }
}

static void decode_all(const void *bytes, size_t length)
{
    struct evidence_trust trust = {0};
    struct evidence_published published = {0};
    struct netlogon_answer answer;
    struct arena arena = {0};

    sid_text(&arena, bytes, length);
    forest_trust_decode(&arena, bytes, length, &trust);
    netlogon_decode(&arena, bytes, length, &answer);
    capabilities_decode(&arena, bytes, length, &published);
    arena_release(&arena);
}

static void check_cut_netlogon(const void *bytes, size_t length)
{
    struct netlogon_answer answer;
    struct arena arena = {0};

    if (netlogon_decode(&arena, bytes, length, &answer)) {
        assert_string_equal(answer.client_site, "Bergen");
    } else {
        check_no_answer(bytes, length);
    }
    arena_release(&arena);
}

static void test_hostile(void **state)
{
    static const struct {
        const char *seed;
        void (*check_cut)(const void *bytes, size_t length);
    } cases[] = {
        {"sid/account", check_cut_sid},         {"forest_trust/samba", check_cut_trust},
        {"netlogon/child", check_cut_netlogon}, {"capabilities/own-ports", check_cut_capabilities},
        {"forest_trust/windows", decode_all},   {"netlogon/loop", decode_all},
        {"capabilities/ampersand", decode_all},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buffer seed = hostile_seed(cases[i].seed);

        hostile_cut(seed.data, seed.length, cases[i].check_cut);
        hostile_flip(seed.data, seed.length, decode_all);
        buffer_release(&seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sid),          cmocka_unit_test(test_forest_trust),
        cmocka_unit_test(test_netlogon),     cmocka_unit_test(test_no_netlogon),
        cmocka_unit_test(test_spn),          cmocka_unit_test(test_no_spn),
        cmocka_unit_test(test_spn_equal),    cmocka_unit_test(test_mapping),
        cmocka_unit_test(test_capabilities), cmocka_unit_test(test_large_capabilities),
        cmocka_unit_test(test_subcode),      cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
