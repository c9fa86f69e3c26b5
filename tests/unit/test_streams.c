/* SPDX-License-Identifier: Apache-2.0 */
/* Searches in one stream and in several: what is decided, what a good server gives, and where a
   hostile one is stopped. The server is ldap_server.py, a process for each connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <ldap.h>
#include <openldap.h>

#include "ldap/glance.h"
#include "ldap/partition.h"
#include "ldap/private.h"
#include "ldap/search.h"
#include "ldap/streams.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SERVER       CCM_SOURCE_DIR "/tests/unit/ldap_server.py"

enum { ENTRIES = 3000 };

static const struct stopper NEVER = {INT64_MAX, -1};
static const char *const ATTRIBUTES[] = {"cn", "servicePrincipalName", "objectGUID", NULL};

/* A run of the server, and what came from it. */
static struct {
    struct evidence_set evidence;
    const char *way;
    pid_t servers[PARTITION_STREAMS_MAX];
    unsigned count;
    unsigned refused; /* connections beyond the first that the server does not take */
    unsigned times[ENTRIES];
    size_t entries;
    size_t spns;
    size_t stop_at; /* 0: never */
} run;

/* ------------------------------------------------------------------------------------------- */

static pid_t start_server(int connection)
{
    const pid_t child = fork();
    char entries[16];

    if (child == 0) {
        snprintf(entries, sizeof(entries), "%d", ENTRIES);
        dup2(connection, STDIN_FILENO);
        execl(CCM_PYTHON3, CCM_PYTHON3, SERVER, run.way, entries, (char *)NULL);
        _Exit(127);
    }
    return child;
}

static bool set_up(struct directory *directory, int fd)
{
    const ber_len_t message_max = MESSAGE_BYTES_MAX;
    const int version = LDAP_VERSION3;
    Sockbuf *socket_buffer = NULL;

    if (ldap_init_fd(fd, LDAP_PROTO_TCP, "ldap://scripted", &directory->ld) != LDAP_SUCCESS ||
        ldap_set_option(directory->ld, LDAP_OPT_PROTOCOL_VERSION, &version) != LDAP_OPT_SUCCESS ||
        ldap_set_option(directory->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != LDAP_OPT_SUCCESS ||
        ldap_get_option(directory->ld, LDAP_OPT_SOCKBUF, &socket_buffer) != LDAP_OPT_SUCCESS) {
        return false;
    }
    ber_sockbuf_ctrl(socket_buffer, LBER_SB_OPT_SET_MAX_INCOMING, (void *)&message_max);
    return ber_sockbuf_ctrl(socket_buffer, LBER_SB_OPT_SET_NONBLOCK, directory->ld) >= 0;
}

static struct directory *connect_server(const struct directory *first,
                                        struct evidence_set *evidence)
{
    struct directory *directory;
    int ends[2];

    if (first && run.refused > 0) {
        return NULL;
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    run.servers[run.count++] = start_server(ends[1]);
    close(ends[1]);
    directory = calloc(1, sizeof(*directory));
    assert_non_null(directory);
    directory->settings.stopper = &NEVER;
    directory->record = evidence_add(evidence, EVIDENCE_DIRECTORY, 0, 0);
    assert_true(set_up(directory, ends[0]));
    return directory;
}

static bool take(struct directory_entry *entry, void *context)
{
    struct arena arena = {0};
    const char *name = entry_string(entry, "cn", &arena);
    const unsigned long number = strtoul(name + strlen("entry"), NULL, 10);
    size_t spns = 0;

    (void)context;
    if (number < ENTRIES) {
        run.times[number]++;
    }
    entry_strings(entry, "servicePrincipalName", &arena, &spns);
    run.spns += spns;
    arena_release(&arena);
    return ++run.entries != run.stop_at;
}

static struct directory *begin(const char *way)
{
    memset(&run, 0, sizeof(run));
    run.way = way;
    return connect_server(NULL, &run.evidence);
}

static void end(struct directory *directory)
{
    directory_close(directory);
    for (unsigned i = 0; i < run.count; i++) {
        waitpid(run.servers[i], NULL, 0);
    }
    evidence_release(&run.evidence);
}

static struct directory_query query_of(size_t entries_max)
{
    return (struct directory_query){.purpose = "a test",
                                    .base = "DC=x",
                                    .scope = SCOPE_SUBTREE,
                                    .filter = "(servicePrincipalName=HTTP/*)",
                                    .attributes = ATTRIBUTES,
                                    .entries_max = entries_max};
}

static enum streams_end search_in(struct directory *directory, unsigned streams)
{
    const struct directory_query query = query_of(SIZE_MAX);
    const struct streams_options options = {streams, true, connect_server};

    return directory_search_streams(directory, &query, &options, take, NULL, &run.evidence);
}

static size_t seen_once(void)
{
    size_t count = 0;

    for (size_t i = 0; i < ENTRIES; i++) {
        count += run.times[i] == 1;
    }
    return count;
}

/* ------------------------------------------------------------------------------------------- */

/* Every object is of one part, and that part's filter names its first byte, as no other does. */
static void test_parts(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t guid[PARTITION_GUID_BYTES] = {(uint8_t)byte};
        const int part = partition_of(guid, sizeof(guid));
        char clause[32];

        snprintf(clause, sizeof(clause), "(objectGUID=\\%02x*)", byte);
        assert_in_range(part, 0, PARTITION_PARTS - 1);
        for (unsigned other = 0; other < PARTITION_PARTS; other++) {
            struct buffer filter = {0};

            partition_filter(&filter, "(a=b)", other);
            assert_int_equal(strstr(buffer_text(&filter), clause) != NULL, (int)other == part);
            assert_memory_equal(buffer_text(&filter), "(&(a=b)(|(", 10);
            buffer_release(&filter);
        }
    }
    assert_int_equal(partition_of(NULL, 0), -1);
    assert_int_equal(partition_of((const uint8_t *)"short", 5), -1);
}

static void test_honoured(void **state)
{
    (void)state;
    assert_true(partition_is_honoured(0, 0));
    assert_true(partition_is_honoured(0, 1));
    assert_false(partition_is_honoured(1, 1));
    assert_true(partition_is_honoured(15, 1000)); /* deleted meanwhile */
    assert_false(partition_is_honoured(16, 1000));
    assert_false(partition_is_honoured(1000 / PARTITION_PARTS, 1000));
}

static void test_streams_wanted(void **state)
{
    static const struct {
        struct partition_timing timing;
        unsigned now;
        unsigned most;
        unsigned wanted;
    } cases[] = {
        /* 40 ms of round trip: more while a quarter of the time is silence */
        {{40000, 100000, 60000}, 1, 8, 2},
        {{40000, 100000, 25000}, 2, 8, 4},
        {{40000, 100000, 24000}, 2, 8, 2},
        {{40000, 100000, 90000}, 4, 6, 6},
        {{40000, 100000, 90000}, 8, 8, 8},
        {{40000, 100000, 90000}, 1, 1, 1},
        /* loopback and the same building: a server that thinks is not kept busier */
        {{60, 100000, 90000}, 1, 8, 1},
        {{1999, 100000, 100000}, 1, 8, 1},
        {{2000, 100000, 100000}, 1, 8, 2},
        /* nothing known */
        {{EVIDENCE_UNKNOWN, 100000, 90000}, 1, 8, 1},
        {{40000, 0, 0}, 1, 8, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(partition_streams(cases[i].now, cases[i].most, &cases[i].timing),
                         cases[i].wanted);
    }
    assert_true(partition_is_wait(40000, 20000));
    assert_false(partition_is_wait(40000, 19999));
    assert_false(partition_is_wait(60, 1000000));
    assert_false(partition_is_wait(EVIDENCE_UNKNOWN, 1000000));
}

/* Each entry once, whatever the number of streams. */
static void test_same_in_all(void **state)
{
    (void)state;
    for (unsigned streams = 1; streams <= PARTITION_STREAMS_MAX; streams += 7) {
        struct directory *directory = begin("listing");

        assert_int_equal(search_in(directory, streams), STREAMS_WHOLE);
        assert_int_equal(run.count, streams);
        assert_int_equal(run.entries, ENTRIES);
        assert_int_equal(seen_once(), ENTRIES);
        end(directory);
    }
}

/* The server takes no second connection: the parts are read on the first. */
static void test_refused(void **state)
{
    struct directory *directory = begin("listing");

    (void)state;
    run.refused = 1;
    assert_int_equal(search_in(directory, 8), STREAMS_WHOLE);
    assert_int_equal(seen_once(), ENTRIES);
    end(directory);
}

static void test_misled(void **state)
{
    static const char *const ways[] = {"no-parts", "deaf-to-parts", "lost-part"};

    (void)state;
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct directory *directory = begin(ways[i]);

        assert_int_equal(search_in(directory, 4), STREAMS_MISLED);
        end(directory);
    }
}

static void test_stopped(void **state)
{
    static const size_t stops[] = {10, 1500};

    (void)state;
    for (size_t i = 0; i < COUNT(stops); i++) {
        struct directory *directory = begin("listing");

        run.stop_at = stops[i];
        assert_int_equal(search_in(directory, 4), STREAMS_CUT);
        assert_int_equal(run.entries, stops[i]);
        end(directory);
    }
}

static void count_spn(const char *spn, size_t length, void *context)
{
    assert_true(length > 5 && strncasecmp(spn, "HTTP/", 5) == 0);
    ++*(int64_t *)context;
}

static bool take_glance(struct directory_entry *entry, void *context)
{
    const int64_t expected = entry_integer(entry, "expected");
    int64_t handed = 0;

    (void)context;
    assert_int_equal(glance_own_spns(entry, count_spn, &handed), expected);
    assert_int_equal(handed, expected > 0 ? expected : 0);
    run.entries++;
    return true;
}

static void test_glance(void **state)
{
    struct directory *directory = begin("accounts");
    const struct directory_query query = query_of(0);

    (void)state;
    assert_true(directory_search(directory, &query, take_glance, NULL, &run.evidence));
    assert_int_equal(run.entries, 15);
    end(directory);
}

/* What a hostile server is allowed before it is stopped, and that the record says so. */
static void test_limits(void **state)
{
    static const struct {
        const char *way;
        size_t entries; /* at most */
        int64_t pages;  /* at most */
        enum evidence_outcome outcome;
        int64_t result;
    } cases[] = {
        {"same-page", 3, 2, OUTCOME_REPLY, LDAP_SIZELIMIT_EXCEEDED},
        {"endless-pages", 2000, 20, OUTCOME_REPLY, LDAP_SIZELIMIT_EXCEEDED},
        {"endless-page", 2000, 1, OUTCOME_REPLY, LDAP_SIZELIMIT_EXCEEDED},
        {"empty-pages", 0, 101, OUTCOME_REPLY, LDAP_SIZELIMIT_EXCEEDED},
        {"references", 0, 1, OUTCOME_REPLY, LDAP_SIZELIMIT_EXCEEDED},
        {"ranges", 1, 101, OUTCOME_REPLY, LDAP_SIZELIMIT_EXCEEDED},
        {"huge", 0, 1, OUTCOME_CLOSED, EVIDENCE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct directory *directory = begin(cases[i].way);
        const struct directory_query query = query_of(2000);
        const bool whole = directory_search(directory, &query, take, NULL, &run.evidence);
        const struct evidence_search *record = run.evidence.records[1].search;

        assert_false(whole);
        assert_int_equal(run.entries, cases[i].entries);
        assert_int_equal(record->entries, cases[i].entries);
        assert_int_equal(record->pages, cases[i].pages);
        assert_int_equal(record->outcome, cases[i].outcome);
        assert_int_equal(record->result, cases[i].result);
        assert_true(record->referral_count <= 32);
        assert_true(run.spns <= 101);
        end(directory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),          cmocka_unit_test(test_honoured),
        cmocka_unit_test(test_streams_wanted), cmocka_unit_test(test_same_in_all),
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_misled),
        cmocka_unit_test(test_stopped),        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_glance),
    };

    return cmocka_run_group_tests_name("streams", tests, NULL, NULL);
}
