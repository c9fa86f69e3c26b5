/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings that are made to be remembered too long: what is dropped is named, what is told stays
   whole, and memory has a limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <malloc.h>

#include "captures/story.h"
#include "captures/story_memory.h"
#include "evidence/shape.h"

static const size_t MEMORY_LIMIT = 40 * 1024 * 1024;

struct flood {
    struct story *story;
    struct evidence_set evidence;
    struct evidence_recording *recording;
    struct arena arena;
    uint64_t frame;
    uint16_t port; /* of servers */
};

static void flood_begin(struct flood *flood)
{
    const struct story_settings settings = {
        .since = EVIDENCE_UNKNOWN, .until = EVIDENCE_UNKNOWN, .source = "x.pcap"};

    memset(flood, 0, sizeof(*flood));
    flood->port = 80;
    flood->story = story_new(&settings);
    flood->recording = evidence_add(&flood->evidence, EVIDENCE_RECORDING, 0, 0);
}

static int64_t dropped(const struct flood *flood, const char *name)
{
    for (size_t i = 0; i < flood->recording->limit_count; i++) {
        if (strcmp(flood->recording->limits[i].name, name) == 0) {
            return flood->recording->limits[i].dropped;
        }
    }
    return 0;
}

static uint32_t flood_end(struct flood *flood)
{
    const uint32_t cases = story_finish(flood->story, 1, flood->recording, &flood->evidence);

    /* 0 where another allocator stands in. */
    assert_in_range(mallinfo2().uordblks, 0, MEMORY_LIMIT);
    story_free(flood->story);
    flood->story = NULL;
    return cases;
}

static void flood_release(struct flood *flood)
{
    evidence_release(&flood->evidence);
    arena_release(&flood->arena);
}

static void send_event(struct flood *flood, enum evidence_kind kind, uint32_t client,
                       uint32_t server, void *payload)
{
    struct capture_event event = {.kind = kind,
                                  .client = {.version = 4},
                                  .server = {.version = 4, .port = flood->port},
                                  .payload = payload,
                                  .connection = 1,
                                  .arena = &flood->arena};

    memcpy(event.client.address, &client, sizeof(client));
    memcpy(event.server.address, &server, sizeof(server));
    event.asked.frame = ++flood->frame;
    event.answered.frame = ++flood->frame;
    story_event(flood->story, &event);
    arena_release(&flood->arena);
}

static const char *padding(struct flood *flood, size_t size)
{
    char *text = arena_alloc(&flood->arena, size + 1);

    memset(text, 'x', size);
    return text;
}

static void post(struct flood *flood, uint32_t client, uint32_t server, size_t size)
{
    struct evidence_http *http = evidence_new(&flood->arena, shape_of(EVIDENCE_HTTP));

    http->method = "CCM_POST";
    http->path = "/ccm_system_windowsauth/request";
    http->host = "mp.contoso.lab";
    http->user_agent = padding(flood, size);
    http->reply = evidence_new(&flood->arena, &SHAPE_HTTP_REPLY);
    http->reply->status = 200;
    send_event(flood, EVIDENCE_HTTP, client, server, http);
}

static void ticket(struct flood *flood, uint32_t client, const char *service, size_t size)
{
    struct evidence_kdc *kdc = evidence_new(&flood->arena, shape_of(EVIDENCE_KDC));

    kdc->purpose = KDC_TGS;
    kdc->realm = "CONTOSO.LAB";
    kdc->service = service;
    kdc->kdc = padding(flood, size);
    send_event(flood, EVIDENCE_KDC, client, 1, kdc);
}

static void name(struct flood *flood, uint32_t client, const char *asked)
{
    struct evidence_dns *dns = evidence_new(&flood->arena, shape_of(EVIDENCE_DNS));

    dns->name = asked;
    dns->type = "A";
    dns->outcome = DNS_NXDOMAIN;
    send_event(flood, EVIDENCE_DNS, client, 1, dns);
}

/* The frame of the first record of a kind. */
static int64_t first_frame(const struct flood *flood, enum evidence_kind kind)
{
    for (size_t i = 0; i < flood->evidence.count; i++) {
        if (flood->evidence.records[i].kind == kind) {
            return flood->evidence.records[i].place->frame;
        }
    }
    return 0;
}

static void many_clients(void **state)
{
    struct flood flood;

    (void)state;
    flood_begin(&flood);
    for (uint32_t client = 1; client <= 20000; client++) {
        post(&flood, client, 1, 3000);
    }
    assert_int_equal(flood_end(&flood), STORY_CASES_MAX);
    assert_int_equal(dropped(&flood, "cases"), 20000 - STORY_CASES_MAX);
    flood_release(&flood);
}

static void many_mps(void **state)
{
    struct flood flood;

    (void)state;
    flood_begin(&flood);
    ticket(&flood, 1, "HTTP/mp.contoso.lab", 5000);
    for (flood.port = 1; flood.port <= 5000; flood.port++) {
        post(&flood, 1, 1, 7000);
    }
    assert_in_range(flood_end(&flood), 1000, STORY_CASES_MAX);
    assert_true(dropped(&flood, "bytes of requests to MPs") > 0);
    assert_true(dropped(&flood, "bytes of names and tickets in cases") > 0);
    flood_release(&flood);
}

/* Of one MP: it remembers the last few. */
static void many_addresses(void **state)
{
    struct flood flood;

    (void)state;
    flood_begin(&flood);
    for (uint32_t server = 1; server <= 20000; server++) {
        post(&flood, 1, server, 7000);
    }
    assert_int_equal(flood_end(&flood), 1);
    assert_int_equal(flood.evidence.records[1].run->attempts, 20000);
    assert_int_equal(first_frame(&flood, EVIDENCE_HTTP), 2 * (20000 - STORY_ADDRESSES_MAX - 2) + 1);
    assert_int_equal(dropped(&flood, "addresses of the MPs of clients"), 20000 - STORY_CASES_MAX);
    flood_release(&flood);
}

static void many_quiet_clients(void **state)
{
    struct flood flood;

    (void)state;
    flood_begin(&flood);
    for (uint32_t client = 1; client <= 3 * STORY_CLIENTS_MAX; client++) {
        ticket(&flood, client, "HTTP/mp.contoso.lab", 10);
    }
    assert_int_equal(flood_end(&flood), STORY_CASES_MAX);
    assert_true(dropped(&flood, "cases") > 0);
    /* Those that were quiet for longest are forgotten. */
    assert_in_range(first_frame(&flood, EVIDENCE_KDC), 4 * STORY_CLIENTS_MAX,
                    6 * STORY_CLIENTS_MAX);
    flood_release(&flood);
}

static void much_from_quiet_clients(void **state)
{
    struct flood flood;

    (void)state;
    flood_begin(&flood);
    for (uint32_t client = 1; client <= STORY_CLIENTS_MAX; client++) {
        ticket(&flood, client, "HTTP/mp.contoso.lab", 3000);
    }
    assert_in_range(flood_end(&flood), 1000, STORY_CASES_MAX);
    assert_in_range(first_frame(&flood, EVIDENCE_KDC), STORY_CLIENTS_MAX, 2 * STORY_CLIENTS_MAX);
    assert_in_range(dropped(&flood, "bytes of names and tickets remembered"), 10000,
                    STORY_CLIENTS_MAX);
    flood_release(&flood);
}

static void busy_client(void **state)
{
    struct flood flood;

    (void)state;
    flood_begin(&flood);
    for (int i = 0; i < 10000; i++) {
        ticket(&flood, 1, "HTTP/mp.contoso.lab", 500);
    }
    post(&flood, 1, 1, 10);
    assert_int_equal(flood_end(&flood), 1);
    assert_int_equal(first_frame(&flood, EVIDENCE_KDC), 2 * (10000 - STORY_TICKETS_MAX) + 1);
    assert_int_equal(dropped(&flood, "bytes of names and tickets remembered"),
                     10000 - STORY_TICKETS_MAX);
    flood_release(&flood);
}

/* What is asked again and again with the same outcome takes no more room. */
static void repeated_names(void **state)
{
    struct flood flood;

    (void)state;
    flood_begin(&flood);
    name(&flood, 1, "mp.contoso.lab");
    for (int i = 0; i < 1000; i++) {
        name(&flood, 1, "www.example.com");
    }
    post(&flood, 1, 1, 10);
    assert_int_equal(flood_end(&flood), 1);
    assert_int_equal(first_frame(&flood, EVIDENCE_DNS), 1);
    assert_int_equal(flood.recording->limit_count, 0);
    flood_release(&flood);
}

/* Attempts that were superseded are freed; a message of any size is no reason for more. */
static void busy_case(void **state)
{
    struct flood flood;

    (void)state;
    flood_begin(&flood);
    for (int i = 0; i < 20000; i++) {
        post(&flood, 1, 1, 7000);
    }
    post(&flood, 1, 1, 1000000);
    assert_int_equal(flood_end(&flood), 1);
    assert_int_equal(flood.evidence.records[1].run->attempts, 20000);
    assert_int_equal(dropped(&flood, "bytes of one message"), 1);
    assert_int_equal(flood.recording->limit_count, 1);
    flood_release(&flood);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_clients),       cmocka_unit_test(many_mps),
        cmocka_unit_test(many_quiet_clients), cmocka_unit_test(much_from_quiet_clients),
        cmocka_unit_test(busy_client),        cmocka_unit_test(repeated_names),
        cmocka_unit_test(busy_case),          cmocka_unit_test(many_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
