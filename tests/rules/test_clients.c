/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cases are of one client. Each row is evidence in short, one case after the other, and the
 * clients that it makes: their cases, and behind "!" the kinds of keys that are of several
 * machines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "evidence/shape.h"
#include "rules/clients.h"

/*
 * "1 name=WK01 guid=A": case 1 is called WK01 and registers with a GUID made of the letter; cert=
 * is a thumbprint made so, before= the GUID of earlier. host= is what a capture or log calls the
 * client, addr= its address, user= who signed in, in a web server's log, principal= in a capture,
 * log= a client's own log, mplog= an MP's, also= a machine that shares the case's GUID by a list.
 * Case 0 is an identity file.
 */
struct row {
    const char *about;
    const char *evidence;
    const char *expected;
};

static const struct row ROWS[] = {
    /* one client */
    {"the short name in four sources",
     "1 host=WK01.contoso.lab addr=10.0.0.5; 2 user=CONTOSO\\WK01$ addr=10.0.0.5; "
     "3 host=wk01 guid=A; 4 name=WK01 fqdn=wk01.Contoso.LAB guid=A cert=C",
     "1 2 3 4"},
    {"names and letter case", "1 host=WK01.contoso.lab.; 2 host=wk01.CONTOSO.lab", "1 2"},
    {"an account is its computer", "1 principal=WK01$@CONTOSO.LAB; 2 user=contoso\\wk01$", "1 2"},
    {"a domain's DNS name before the account",
     "1 user=contoso.lab\\WK01$ addr=10.0.0.1; "
     "2 principal=wk01$@CONTOSO.LAB addr=10.0.0.2",
     "1 2"},
    {"a NetBIOS name is cut after 15 letters",
     "1 host=workstation-number-7.contoso.lab; 2 user=CONTOSO\\WORKSTATION-NUM$", "1 2"},
    {"the address alone, before and after it signed in",
     "1 addr=10.0.0.5; 2 user=CONTOSO\\WK01$ addr=10.0.0.5; 3 addr=::ffff:10.0.0.5", "1 2 3"},
    {"the GUID alone", "1 host=GUID:A; 2 name=WK01 guid=A", "1 2"},
    {"the certificate alone", "1 host=GUID:A cert=C; 2 name=WK01 cert=C", "1 2"},
    {"a new GUID of the same computer", "1 name=WK01 guid=A; 2 name=WK01 guid=B", "1 2"},
    {"the GUID before", "1 guid=B before=A; 2 name=WK01 guid=A", "1 2"},
    {"its own logs, before it has a GUID and after",
     "1 log=client/ClientIDManagerStartup.log; 2 log=client/ClientIDManagerStartup.log guid=A; "
     "3 name=WK01 guid=A",
     "1 2 3"},
    {"two logs of its own", "1 log=a.log guid=A; 2 log=b.log guid=A", "1 2"},
    {"an identity file", "1 name=WK01 guid=A; 0 guid=A cert=C", "1+1"},
    {"a chain of keys", "1 addr=10.0.0.5 guid=A; 2 guid=A cert=C; 3 cert=C name=WK01", "1 2 3"},

    /* two machines */
    {"two addresses without a name", "1 addr=10.0.0.5; 2 addr=10.0.0.6", "1|2"},
    {"a cloned GUID", "1 name=WK01 guid=A; 2 name=WK02 guid=A", "1 !guid|2 !guid"},
    {"a cloned GUID, and who shows nothing else",
     "1 name=WK01 guid=A; 2 name=WK02 guid=A; 3 host=GUID:A", "1 !guid|2 !guid|3 !guid"},
    {"a GUID that a list gives to others", "1 name=WK01 guid=A; 2 host=GUID:A; 3 guid=A also=WK02",
     "1 !guid|2 !guid"},
    {"a cloned certificate", "1 name=WK01 cert=C; 2 name=WK02 cert=C",
     "1 !certificate|2 !certificate"},
    {"a certificate with two GUIDs and no name", "1 host=GUID:A cert=C; 2 host=GUID:B cert=C",
     "1 !certificate|2 !certificate"},
    {"an address with two names",
     "1 user=CONTOSO\\WK01$ addr=10.0.0.5; "
     "2 host=WK02 addr=10.0.0.5; 3 addr=10.0.0.5",
     "1 !address|2 !address|3 !address"},
    {"an address with two GUIDs", "1 guid=A addr=10.0.0.5; 2 guid=B addr=10.0.0.5",
     "1 !address|2 !address"},
    {"an address with two GUIDs of one name",
     "1 name=WK01 guid=A addr=10.0.0.5; 2 name=WK01 guid=B addr=10.0.0.5", "1 2"},
    {"an address whose GUID is another name's",
     "1 guid=A addr=10.0.0.5; 2 host=WK01 addr=10.0.0.5; 3 name=WK02 guid=A",
     "1 3 !address|2 !address"},
    {"two machines in one case of a web server's log",
     "1 user=CONTOSO\\WK01$ user=CONTOSO\\WK02$ addr=10.0.0.5; 2 host=WK01.contoso.lab; "
     "3 addr=10.0.0.5",
     "1 !account !name !address|2|3 !address"},
    {"the same, and one of the two elsewhere",
     "1 user=CONTOSO\\WK01$ user=CONTOSO\\WK02$ addr=10.0.0.5; 2 user=CONTOSO\\WK01$ "
     "addr=10.0.0.7; "
     "3 name=WK01",
     "1 !account !name !address|2 3"},
    {"a short name with two full names",
     "1 host=WK01.contoso.lab; 2 host=WK01.fabrikam.lab; 3 host=WK01; 4 host=wk01.contoso.lab",
     "1 4 !name|2 !name|3 !name"},
    {"a short name in two domains",
     "1 user=CONTOSO\\WK01$ addr=10.0.0.5; 2 user=FABRIKAM\\WK01$ addr=10.0.0.6; 3 name=WK01",
     "1 !name|2 !name|3 !name"},
    {"a short name in two realms", "1 principal=WK01$@CONTOSO.LAB; 2 principal=WK01$@FABRIKAM.LAB",
     "1 !name|2 !name"},
    {"two long names with one NetBIOS name",
     "1 host=workstation-number-7.contoso.lab; 2 host=workstation-number-8.contoso.lab",
     "1 !name|2 !name"},
    {"keys that contradict each other only together",
     "1 name=WK01 guid=A; 2 guid=A before=B; 3 name=WK02 guid=B", "1 !guid|2 !guid|3 !guid"},
    {"the same in any order", "1 guid=A before=B; 2 name=WK02 guid=B; 3 name=WK01 guid=A",
     "1 !guid|2 !guid|3 !guid"},
    {"an MP's log is no client's own",
     "1 mplog=mp.log guid=A; 2 mplog=mp.log guid=B; 3 name=WK01 guid=A", "1 3|2"},
    {"the name of an identity file's folder is no name",
     "1 name=WK01 guid=A; 0 name=case guid=A; 2 host=case", "1+1|2"},

    /* what is no key */
    {"no key at all", "1 mplog=mp.log; 2 host=WK01", "2|-1"},
    {"what stands in place of an address that was made unreadable",
     "1 addr=$IPAddressHere; 2 user=CONTOSO\\WK01$ addr=$IPAddressHere; 3 addr=x.x.x.x", "2|-1 3"},
    {"loopback", "1 addr=127.0.0.1; 2 addr=127.0.0.1; 3 addr=::1", "-1 2 3"},
    {"the GUID of zeros", "1 guid=0 name=WK01; 2 guid=0 name=WK02", "1|2"},
    {"a user is no computer",
     "1 user=CONTOSO\\anna addr=10.0.0.5; "
     "2 user=CONTOSO\\anna addr=10.0.0.6",
     "1|2"},
};

/* --- evidence --- */

static const char *guid_of(struct arena *arena, const char *letters)
{
    char guid[] = "GUID:xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

    for (char *at = guid + 5; *at; at++) {
        *at = *at == 'x' ? letters[0] : *at;
    }
    return arena_strdup(arena, guid);
}

static void place(struct evidence_set *set, const char *source)
{
    struct evidence_place *made = evidence_new(&set->arena, &SHAPE_PLACE);

    made->source = arena_strdup(&set->arena, source);
    made->line = 1;
    set->records[set->count - 1].place = made;
}

struct making {
    struct evidence_set *set;
    uint32_t case_id;
    struct evidence_run *run;
    struct evidence_registration *registration;
    struct evidence_web_client *web;
};

static struct evidence_registration *registration_of(struct making *making)
{
    if (!making->registration) {
        making->registration =
            evidence_add(making->set, EVIDENCE_REGISTRATION, making->case_id, EVIDENCE_UNKNOWN);
        place(making->set, "records.txt");
        making->registration->source =
            making->case_id == 0 ? REGISTRATION_IDENTITY_FILE : REGISTRATION_SQL;
    }
    return making->registration;
}

static void add_user(struct making *making, const char *user)
{
    struct arena *arena = &making->set->arena;
    void *items;

    if (!making->web) {
        making->web =
            evidence_add(making->set, EVIDENCE_WEB_CLIENT, making->case_id, EVIDENCE_UNKNOWN);
        place(making->set, "iis.log");
    }
    items = making->web->requests;
    ((struct web_request *)arena_push(arena, &items, &making->web->request_count,
                                      sizeof(struct web_request)))
        ->user = user;
    making->web->requests = items;
}

static void add_event(struct making *making, const char *source, bool client)
{
    struct evidence_log_event *event =
        evidence_add(making->set, EVIDENCE_LOG_EVENT, making->case_id, EVIDENCE_UNKNOWN);

    event->event = client ? LOG_REGISTRATION_STARTED : LOG_REGISTRATION_FAILED;
    place(making->set, source);
}

static void add_part(struct making *making, const char *key, const char *value)
{
    struct arena *arena = &making->set->arena;

    value = arena_strdup(arena, value);
    if (strcmp(key, "host") == 0) {
        making->run->client_host =
            strncmp(value, "GUID:", 5) == 0 ? guid_of(arena, value + 5) : value;
    } else if (strcmp(key, "addr") == 0) {
        making->run->client_address = value;
    } else if (strcmp(key, "user") == 0) {
        add_user(making, value);
    } else if (strcmp(key, "principal") == 0) {
        ((struct evidence_identity *)evidence_add(making->set, EVIDENCE_IDENTITY, making->case_id,
                                                  EVIDENCE_UNKNOWN))
            ->principal = value;
    } else if (strcmp(key, "log") == 0 || strcmp(key, "mplog") == 0) {
        add_event(making, value, key[0] == 'l');
    } else if (strcmp(key, "name") == 0) {
        registration_of(making)->name = value;
    } else if (strcmp(key, "fqdn") == 0) {
        registration_of(making)->fqdn = value;
    } else if (strcmp(key, "guid") == 0) {
        registration_of(making)->smsid = guid_of(arena, value);
    } else if (strcmp(key, "before") == 0) {
        registration_of(making)->previous_smsid = guid_of(arena, value);
    } else if (strcmp(key, "cert") == 0) {
        registration_of(making)->signing_thumbprint =
            arena_printf(arena, "%.1s000000000000000000000000000000000000000", value);
    } else if (strcmp(key, "also") == 0) {
        struct evidence_duplicate *duplicate =
            evidence_add(making->set, EVIDENCE_DUPLICATE, making->case_id, EVIDENCE_UNKNOWN);

        duplicate->smsid = registration_of(making)->smsid;
        duplicate->machine_count = 2;
        duplicate->machines = arena_alloc(arena, 2 * sizeof(*duplicate->machines));
        duplicate->machines[0].name = "WK01";
        duplicate->machines[1].name = value;
    } else {
        fail_msg("%s is no key", key);
    }
}

static void add_case(struct evidence_set *set, char *text)
{
    struct making making = {.set = set};
    char *rest = NULL;
    char *word = strtok_r(text, " ", &rest);

    making.case_id = (uint32_t)strtoul(word, NULL, 10);
    if (making.case_id > 0) {
        making.run = evidence_add(set, EVIDENCE_RUN, making.case_id, EVIDENCE_UNKNOWN);
        making.run->origin = ORIGIN_LOGS;
        making.run->target = "unknown";
    }
    while ((word = strtok_r(NULL, " ", &rest)) != NULL) {
        char *equals = strchr(word, '=');

        assert_non_null(equals);
        *equals = '\0';
        add_part(&making, word, equals + 1);
    }
}

static void make(struct evidence_set *set, const char *text)
{
    char *copy = strdup(text);
    char *rest = NULL;

    evidence_init(set);
    for (char *part = strtok_r(copy, ";", &rest); part; part = strtok_r(NULL, ";", &rest)) {
        add_case(set, part);
    }
    free(copy);
}

/* --- what comes of it --- */

static void say_shared(const struct client *client, struct buffer *out)
{
    static const char *const words[CLIENT_KEY_KINDS] = {
        "fqdn", "account", "principal", "name", "log", "guid", "certificate", "address"};
    unsigned said = 0;

    for (size_t i = 0; i < client->key_count; i++) {
        if (client->keys[i].shared && !(said & 1U << client->keys[i].kind)) {
            buffer_printf(out, " !%s", words[client->keys[i].kind]);
            said |= 1U << client->keys[i].kind;
        }
    }
}

static void say(const struct client_list *list, struct buffer *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct client *client = &list->items[i];

        buffer_puts(out, i > 0 ? "|" : "");
        for (size_t k = 0; k < client->case_count; k++) {
            buffer_printf(out, "%s%u", k > 0 ? " " : "", (unsigned)client->cases[k]);
            assert_ptr_equal(clients_of_case(list, client->cases[k]), client);
        }
        if (client->sighting_count > 0) {
            buffer_printf(out, "+%zu", client->sighting_count);
        }
        say_shared(client, out);
    }
    for (size_t i = 0; i < list->case_count; i++) {
        buffer_printf(out, "%s%u",
                      i > 0             ? " "
                      : list->count > 0 ? "|-"
                                        : "-",
                      (unsigned)list->cases[i]);
        assert_null(clients_of_case(list, list->cases[i]));
    }
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct evidence_set set;
        struct arena arena = {0};
        struct client_list list;
        struct buffer text = {0};

        make(&set, ROWS[i].evidence);
        clients_join(&set, &arena, &list);
        say(&list, &text);
        if (strcmp(buffer_text(&text), ROWS[i].expected) != 0) {
            fail_msg("%s: %s, and not %s", ROWS[i].about, buffer_text(&text), ROWS[i].expected);
        }
        buffer_release(&text);
        arena_release(&arena);
        evidence_release(&set);
    }
}

/* --- how a client is called --- */

static void test_labels(void **state)
{
    static const struct {
        const char *evidence;
        const char *label;
    } rows[] = {
        {"1 host=Wk01.contoso.lab addr=10.0.0.5", "Wk01"},
        {"1 addr=10.0.0.5", "10.0.0.5"},
        {"1 addr=10.0.0.5 guid=A", "10.0.0.5"},
        {"1 guid=A", "GUID:AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA"},
        {"1 host=WK01.a.lab; 2 host=WK01.b.lab", "WK01.a.lab"},
        {"1 user=C\\WK01$ user=C\\WK02$ addr=10.0.0.5", "10.0.0.5"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct evidence_set set;
        struct arena arena = {0};
        struct client_list list;

        make(&set, rows[i].evidence);
        clients_join(&set, &arena, &list);
        assert_string_equal(client_label(&list.items[0]), rows[i].label);
        arena_release(&arena);
        evidence_release(&set);
    }
}

static void test_is(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } rows[] = {
        {"wk01", true},
        {"WK01$", true},
        {"wk01.contoso.lab", true},
        {"wk01.fabrikam.lab", false},
        {"CONTOSO\\WK01$", true},
        {"contoso\\wk01", true},
        {"FABRIKAM\\WK01$", false},
        {"WK01$@CONTOSO.LAB", true},
        {"wk01@contoso.lab", true},
        {"WK01$@FABRIKAM.LAB", false},
        {"10.0.0.5", true},
        {"10.0.0.50", false},
        {"10", false},
        {"GUID:aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", true},
        {"AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA", true},
        {"{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}", true},
        {"AAAAAAAA", false},
        {"c000000000000000000000000000000000000000", true},
        {"WK0", false},
        {"", false},
    };
    struct evidence_set set;
    struct arena arena = {0};
    struct client_list list;

    (void)state;
    make(&set, "1 host=WK01.contoso.lab addr=10.0.0.5 guid=A cert=C; 2 user=CONTOSO\\WK01$; "
               "3 principal=WK01$@CONTOSO.LAB");
    clients_join(&set, &arena, &list);
    assert_int_equal(list.count, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (client_is(&list.items[0], rows[i].text) != rows[i].is) {
            fail_msg("%s", rows[i].text);
        }
    }
    arena_release(&arena);
    evidence_release(&set);
}

static void test_duplicates_are_named(void **state)
{
    struct evidence_set set;
    struct arena arena = {0};
    struct client_list list;

    (void)state;
    make(&set, "1 name=WK01 guid=A; 2 host=WK02 addr=10.0.0.6; 3 host=WK03; 4 guid=A also=WK02");
    clients_join(&set, &arena, &list);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.items[0].duplicate_count, 1); /* by its GUID, and its name */
    assert_int_equal(list.items[1].duplicate_count, 1); /* by its name alone */
    assert_int_equal(list.items[2].duplicate_count, 0);
    arena_release(&arena);
    evidence_release(&set);
}

/* Of the live probe and of disks nothing is joined. */
static void test_other_origins(void **state)
{
    static const enum run_origin origins[] = {ORIGIN_LIVE, ORIGIN_IMAGE, ORIGIN_RESIDUE};

    (void)state;
    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
        struct evidence_set set;
        struct arena arena = {0};
        struct client_list list;

        make(&set, "1 host=WK01");
        set.records[0].run->origin = origins[i];
        clients_join(&set, &arena, &list);
        assert_int_equal(list.count + list.case_count, 0);
        arena_release(&arena);
        evidence_release(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_is),
        cmocka_unit_test(test_duplicates_are_named),
        cmocka_unit_test(test_other_origins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
