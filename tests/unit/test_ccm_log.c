/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of Configuration Manager: their forms, their times, and what their entries tell. The lines
   are of real logs that were published: Microsoft's articles and documentation, blogs, issue
   threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "captures/ccm_events.h"
#include "captures/ccm_log.h"
#include "evidence/shape.h"

enum { SEEN_LIMIT = 16, PIECE = 64 * 1024 };

struct seen_entry {
    char message[256];
    char component[64];
    char at[CLOCK_TEXT_SIZE]; /* "" when unknown */
    bool has_zone;
    int severity;
    bool cut;
    int64_t line;
};

struct seen {
    struct seen_entry entries[SEEN_LIMIT];
    size_t count;
};

struct listener {
    ccm_log_fn *on_entry;
    void *context;
};

static void keep(void *context, const struct ccm_log_entry *entry)
{
    struct seen *seen = context;
    struct seen_entry *kept = &seen->entries[seen->count];
    const int64_t at = ccm_log_time(entry, &kept->has_zone);

    assert_true(seen->count < SEEN_LIMIT);
    assert_true(entry->message_length < sizeof(kept->message));
    memcpy(kept->message, entry->message, entry->message_length);
    if (entry->component) {
        memcpy(kept->component, entry->component, entry->component_length);
    }
    if (at != EVIDENCE_UNKNOWN) {
        clock_format(at, kept->at);
    }
    kept->severity = ccm_log_severity(entry);
    kept->cut = entry->cut;
    kept->line = entry->line;
    seen->count++;
}

/* All entries, or those that the scan finds. */
static int64_t read_log(const char *text, size_t length, size_t piece, struct ccm_scan *scan,
                        struct listener listener)
{
    struct ccm_log *log = ccm_log_new(scan, listener.on_entry, listener.context);
    const struct text_worker worker = ccm_log_worker(log);
    int64_t lines;

    text_work_memory(text, length, piece, &worker);
    lines = ccm_log_lines(log);
    ccm_log_free(log);
    return lines;
}

static int64_t read_pieces(const char *text, size_t length, size_t piece, struct seen *seen_out)
{
    memset(seen_out, 0, sizeof(*seen_out));
    return read_log(text, length, piece, NULL, (struct listener){keep, seen_out});
}

static void check_entry(const struct seen_entry *found, const char *message, const char *component,
                        const char *at, int64_t line)
{
    assert_string_equal(found->message, message);
    assert_string_equal(found->component, component);
    assert_string_equal(found->at, at);
    assert_int_equal(found->line, line);
}

static const char TAGGED[] =
    "<![LOG[CLibSMSMessageWinHttpTransport::Send: WinHttpOpenRequest - URL: SERVER:443 CCM_POST "
    "/ccm_system_AltAuth/request]LOG]!><time=\"10:35:33.120-60\" date=\"09-07-2022\" "
    "component=\"TSManager\" context=\"\" type=\"1\" thread=\"2000\" "
    "file=\"libsmsmessaging.cpp:9728\">\r\n"
    "<![LOG[two\r\nlines with ] in them]LOG]!><time=\"23:59:59.3110\" date=\"12-31-2022\" "
    "component=\"A\" context=\"\" type=\"3\" thread=\"1\" file=\"a.cpp:1\">\r\n"
    "<![LOG[east]LOG]!><time=\"10:00:00.000+240\" date=\"01-02-2023\" component=\"B\" type=\"2\">\n"
    "<![LOG[no bias]LOG]!><time=\"10:00:00.000\" date=\"01-02-2023\" component=\"B\" type=\"0\">\n"
    "<![LOG[zero]LOG]!><time=\"10:00:00.000-0\" date=\"13-02-2023\" component=\"B\" type=\"9\">";

static void check_tagged(const struct seen *seen)
{
    assert_int_equal(seen->count, 5);
    check_entry(&seen->entries[0],
                "CLibSMSMessageWinHttpTransport::Send: WinHttpOpenRequest - URL: SERVER:443 "
                "CCM_POST /ccm_system_AltAuth/request",
                "TSManager", "2022-09-07T09:35:33.120000Z", 1);
    assert_true(seen->entries[0].has_zone);
    assert_int_equal(seen->entries[0].severity, 1);
    check_entry(&seen->entries[1], "two\r\nlines with ] in them", "A",
                "2022-12-31T23:59:59.311000Z", 2);
    assert_int_equal(seen->entries[1].severity, 3);
    check_entry(&seen->entries[2], "east", "B", "2023-01-02T14:00:00.000000Z", 4);
    check_entry(&seen->entries[3], "no bias", "B", "2023-01-02T10:00:00.000000Z", 5);
    assert_false(seen->entries[3].has_zone);
    check_entry(&seen->entries[4], "zero", "B", "", 6); /* there is no month 13 */
    assert_int_equal(seen->entries[4].severity, 0);
}

static void test_tagged(void **state)
{
    static const size_t pieces[] = {1, 2, 5, 64, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct seen seen;

        assert_int_equal(read_pieces(TAGGED, sizeof(TAGGED) - 1, pieces[i], &seen), 6);
        check_tagged(&seen);
    }
}

static void test_utf16(void **state)
{
    static const size_t pieces[] = {1, 3, 4096};
    struct buffer text = {0};

    (void)state;
    for (int big = 0; big < 2; big++) {
        buffer_truncate(&text, 0);
        buffer_append(&text, big ? "\xFE\xFF" : "\xFF\xFE", 2);
        for (size_t i = 0; i < sizeof(TAGGED) - 1; i++) {
            buffer_append(&text, big ? "\0" : &TAGGED[i], 1);
            buffer_append(&text, big ? &TAGGED[i] : "\0", 1);
        }
        for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
            struct seen seen;

            read_pieces(text.data, text.length, pieces[i], &seen);
            check_tagged(&seen);
        }
    }
    assert_true(ccm_log_recognise(text.data, text.length));
    buffer_release(&text);
}

static void test_dollars(void **state)
{
    static const char text[] =
        "first line\n"
        "goes on~  $$<SMS_MP_CONTROL_MANAGER><09-07-2022 10:35:33.120+240><thread=4116 (0x1014)>\n"
        "next  $$<SMS_X><09-07-2022 10:35:33.120><thread=1 (0x1)>\n";
    struct seen seen;

    (void)state;
    assert_int_equal(read_pieces(text, sizeof(text) - 1, 7, &seen), 3);
    assert_int_equal(seen.count, 2);
    check_entry(&seen.entries[0], "first line\ngoes on", "SMS_MP_CONTROL_MANAGER",
                "2022-09-07T14:35:33.120000Z", 1);
    check_entry(&seen.entries[1], "next", "SMS_X", "2022-09-07T10:35:33.120000Z", 3);
    assert_false(seen.entries[1].has_zone);
}

static void test_copied_and_bare(void **state)
{
    static const char text[] =
        "MP Reg: Registration failed.\tMP_RegistrationManager\t03.07.2019 14:17:54\t5780 (0x1694)\n"
        "MP Reg: Registration failed.\tMP_RegistrationManager\t7/3/2019 2:17:54 PM\t5780 (0x1694)\n"
        "MP Reg: Registration failed.\tMP_RegistrationManager\t7/30/2019 2:17:54 PM\t5780 "
        "(0x1694)\n"
        "\n"
        "MP Reg: DDR file written to E:\\SMS\\inboxes\\auth\\ddm.box\\regreq\\A8Z82CVO.RDR\n";
    struct seen seen;

    (void)state;
    read_pieces(text, sizeof(text) - 1, 16, &seen);
    assert_int_equal(seen.count, 4);
    check_entry(&seen.entries[0], "MP Reg: Registration failed.", "MP_RegistrationManager",
                "2019-07-03T14:17:54.000000Z", 1);
    check_entry(&seen.entries[1], "MP Reg: Registration failed.", "MP_RegistrationManager", "", 2);
    check_entry(&seen.entries[2], "MP Reg: Registration failed.", "MP_RegistrationManager",
                "2019-07-30T14:17:54.000000Z", 3);
    check_entry(&seen.entries[3],
                "MP Reg: DDR file written to E:\\SMS\\inboxes\\auth\\ddm.box\\regreq\\A8Z82CVO.RDR",
                "", "", 5);
}

static void test_entry_without_end(void **state)
{
    static const char text[] = "<![LOG[begins\n<![LOG[whole]LOG]!><time=\"1\">\n<![LOG[ends never";
    struct seen seen;

    (void)state;
    read_pieces(text, sizeof(text) - 1, 16, &seen);
    assert_int_equal(seen.count, 3);
    check_entry(&seen.entries[0], "begins", "", "", 1);
    assert_true(seen.entries[0].cut);
    check_entry(&seen.entries[1], "whole", "", "", 2);
    assert_false(seen.entries[1].cut);
    check_entry(&seen.entries[2], "ends never", "", "", 3);
    assert_true(seen.entries[2].cut);
}

static size_t longest;

static void measure(void *context, const struct ccm_log_entry *entry)
{
    (void)context;
    longest = entry->message_length > longest ? entry->message_length : longest;
}

/* A message without end is cut at the limit. */
static void test_message_is_bounded(void **state)
{
    static char text[4 * 1024 * 1024];

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, CCM_LOG_OPENING, strlen(CCM_LOG_OPENING));
    assert_int_equal(read_log(text, sizeof(text), PIECE, NULL, (struct listener){measure, NULL}),
                     1);
    assert_int_equal(longest, CCM_LOG_MESSAGE_LIMIT);
}

/* --- what entries tell --- */

struct telling {
    const char *message;
    enum log_event_kind event;
    const char *client;
    const char *smsid;
    const char *thumbprint;
    int64_t number; /* code, approval or status, whichever the event has; -1 for none */
};

static const struct telling TELLING[] = {
    {"MP Reg: DDR file written to E:\\SMS\\inboxes\\auth\\ddm.box\\regreq\\A8Z82CVO.RDR",
     LOG_RDR_WRITTEN, NULL, NULL, NULL, -1},
    {"Mp Reg: DDR written to [E:\\CM\\inboxes\\auth\\ddm.box\\regreq\\RPB886P6.RDR] for Client "
     "[GUID:A698D203-C0F9-4E5D-8525-3AA55572BF5F] with Certificate Thumbprint "
     "[941D7F46903BEE8A7A67BF7B416453BFC0F18FFE]",
     LOG_RDR_WRITTEN, NULL, "GUID:A698D203-C0F9-4E5D-8525-3AA55572BF5F",
     "941D7F46903BEE8A7A67BF7B416453BFC0F18FFE", -1},
    {"Processing Registration request from Client 'Fox93481.FoxDeploy.local'",
     LOG_REGISTRATION_REQUEST, "Fox93481.FoxDeploy.local", NULL, NULL, -1},
    {"Processing Registration request from Client 'GUID:C66EE0FD-08E7-4B38-B282-7E6954B71139'",
     LOG_REGISTRATION_REQUEST, NULL, "GUID:C66EE0FD-08E7-4B38-B282-7E6954B71139", NULL, -1},
    {"Certificate [Thumbprint 820BD3C209D6ED2155D5343BEEA67A725389B747] issued to 'CL2' has "
     "expired.",
     LOG_CERTIFICATE_EXPIRED, "CL2", NULL, "820BD3C209D6ED2155D5343BEEA67A725389B747", -1},
    {"MP Reg: Registration request body is invalid.", LOG_BODY_INVALID, NULL, NULL, NULL, -1},
    {"MP Reg: Registration failed.", LOG_REGISTRATION_FAILED, NULL, NULL, NULL, -1},
    {"The certificate chain processed correctly but terminated in a root certificate not trusted "
     "per ConfigMgr CTL.",
     LOG_CERTIFICATE_UNTRUSTED, NULL, NULL, NULL, -1},
    {"Registering device using AAD auth: DeviceId='8d2b4ff9-0172-4998-9851-b5324303385f ', "
     "TenantId='c8c82542-203c-4df9-9d86-cdd4dae67e0a'",
     LOG_ENTRA, NULL, NULL, NULL, -1},
    {"[RegTask] - Starting registration, attempt 1.", LOG_REGISTRATION_STARTED, NULL, NULL, NULL,
     -1},
    {"[RegTask] - Client is not registered. Sending registration request for "
     "GUID:C66EE0FD-08E7-4B38-B282-7E6954B71139 ...",
     LOG_REGISTRATION_STARTED, NULL, "GUID:C66EE0FD-08E7-4B38-B282-7E6954B71139", NULL, -1},
    {"[RegTask] - Client is registered. Server assigned ClientID is "
     "GUID:00000000-0000-0000-0000-000000000000. Approval status 1 .",
     LOG_REGISTERED, NULL, "GUID:00000000-0000-0000-0000-000000000000", NULL, 1},
    {"[RegTask] - Client is registered. Server assigned ClientID is "
     "GUID:00000000-0000-0000-0000-000000000000. Approval status 3",
     LOG_REGISTERED, NULL, "GUID:00000000-0000-0000-0000-000000000000", NULL, 3},
    {"[RegTask] - Client is already registered. Exiting.", LOG_REGISTERED, NULL, NULL, NULL, -1},
    {"[RegTask] - Server rejected registration 3", LOG_REJECTED, NULL, NULL, NULL, -1},
    {"SetRegistrationState failed (0x80071770)", LOG_STATE_FAILED, NULL, NULL, NULL, 0x80071770},
    {"Failed to find the certificate in the store", LOG_CERTIFICATE_MISSING, NULL, NULL, NULL, -1},
    {"[CCMHTTP] ERROR: URL=http://SCCM.acc.local/ccm_system/request, Port=80, Options=224, Code=0, "
     "Text=CCM_E_BAD_HTTP_STATUS_CODE",
     LOG_POST_FAILED, NULL, NULL, NULL, 0},
    {"[CCMHTTP] ERROR INFO: StatusCode=500 StatusText=Internal Server Error", LOG_HTTP_STATUS, NULL,
     NULL, NULL, 500},
    {"Post to http://SCCM.acc.local/ccm_system_windowsauth/request failed with 0x87d00231.",
     LOG_POST_FAILED, NULL, NULL, NULL, 0x87d00231},
    {"OutgoingMessage(Queue='mp_mp_relayendpoint', ID={3F4C1E5A-9B0D-4C6E-8F21-0A7B5D9E2C13}): "
     "Delivered successfully to host 'PS1SYS.CONTOSO.COM'.",
     LOG_DELIVERED, NULL, NULL, NULL, -1},
    {"MP Reg: Processing completed. Completion state = 0", LOG_EVENT_UNKNOWN, NULL, NULL, NULL, -1},
    {"Mp Reg: Reply message", LOG_EVENT_UNKNOWN, NULL, NULL, NULL, -1},
    {"Parsing done.", LOG_EVENT_UNKNOWN, NULL, NULL, NULL, -1},
    {"[RegTask] - Client is not registered. Sending registration request for ", LOG_EVENT_UNKNOWN,
     NULL, NULL, NULL, -1},
};

static void check_text(const char *found, const char *expected)
{
    if (expected) {
        assert_non_null(found);
        assert_string_equal(found, expected);
    } else {
        assert_null(found);
    }
}

static void test_events(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(TELLING) / sizeof(TELLING[0]); i++) {
        const struct telling *row = &TELLING[i];
        struct arena arena = {0};
        struct evidence_log_event *event = evidence_new(&arena, shape_of(EVIDENCE_LOG_EVENT));
        const bool told = ccm_event_match(&arena, row->message, strlen(row->message), event);
        const int64_t number = event->code != EVIDENCE_UNKNOWN          ? event->code
                               : event->approval != EVIDENCE_UNKNOWN    ? event->approval
                               : event->http_status != EVIDENCE_UNKNOWN ? event->http_status
                                                                        : -1;

        assert_int_equal(told, row->event != LOG_EVENT_UNKNOWN);
        if (told) {
            assert_int_equal(event->event, row->event);
            check_text(event->client, row->client);
            check_text(event->smsid, row->smsid);
            check_text(event->thumbprint, row->thumbprint);
            assert_int_equal(number, row->number);
        }
        arena_release(&arena);
    }
}

#define ENTRY(message, time, thread)                                                               \
    "<![LOG[" message "]LOG]!><time=\"" time "-60\" date=\"09-07-2022\" "                          \
    "component=\"MP_RegistrationManager\" context=\"\" type=\"1\" thread=\"" thread "\">\n"

/* The same told again of the same client is one event; threads keep clients apart. */
static void test_events_are_counted_by_client(void **state)
{
    static const char text[] =
        ENTRY("Processing Registration request from Client 'WK01'", "10:00:00.000",
              "7") ENTRY("Processing Registration request from Client 'WK02'", "10:00:00.100", "8")
            ENTRY("MP Reg: Registration failed.", "10:00:00.200", "7")
                ENTRY("MP Reg: DDR file written to E:\\X.RDR", "10:00:00.300", "8")
                    ENTRY("Processing Registration request from Client 'WK01'", "10:00:01.000", "7")
                        ENTRY("MP Reg: Registration failed.", "10:00:01.200", "7")
                            ENTRY("Something failed with 0x80004005", "10:00:01.300", "9");
    struct ccm_events *events = ccm_events_new();
    const struct ccm_event *list;
    size_t count;
    size_t dropped;
    char at[CLOCK_TEXT_SIZE];

    (void)state;
    read_log(text, sizeof(text) - 1, PIECE, NULL, (struct listener){ccm_events_entry, events});
    list = ccm_events_list(events, &count, &dropped);
    assert_int_equal(count, 4); /* the last entry is no error: its type says information */
    assert_int_equal(dropped, 0);
    assert_int_equal(list[0].told->count, 2);
    assert_string_equal(list[0].told->client, "WK01");
    assert_int_equal(list[0].line, 1);
    assert_int_equal(list[0].told->last_line, 5);
    assert_int_equal(list[2].told->event, LOG_REGISTRATION_FAILED);
    assert_string_equal(list[2].told->client, "WK01");
    assert_int_equal(list[2].told->count, 2);
    assert_string_equal(clock_format(list[2].told->last_at, at), "2022-09-07T09:00:01.200000Z");
    assert_int_equal(list[3].told->event, LOG_RDR_WRITTEN);
    assert_string_equal(list[3].told->client, "WK02");
    ccm_events_free(events);
}

#define RDR                                                                                        \
    "MP Reg: DDR written to [E:\\A.RDR] for Client [GUID:" GUID_TEXT "] with Certificate "         \
    "Thumbprint [941D7F46903BEE8A7A67BF7B416453BFC0F18FFE]"
#define GUID_TEXT "A698D203-C0F9-4E5D-8525-3AA55572BF5F"

/* The thread tells whose GUID it is, until the record is written; without a thread nothing does. */
static void test_guids_get_their_names(void **state)
{
    static const struct {
        const char *text;
        const char *client; /* of the event told last */
    } cases[] = {
        {ENTRY("Processing Registration request from Client 'WK01'", "10:00:00.000", "7")
             ENTRY("Processing Registration request from Client 'WK02'", "10:00:00.100", "8")
                 ENTRY(RDR, "10:00:00.200", "7"),
         "WK01"},
        {ENTRY("Processing Registration request from Client 'WK01'", "10:00:00.000", "7")
             ENTRY(RDR, "10:00:00.200", "8"),
         NULL},
        {ENTRY("Processing Registration request from Client 'WK01'", "10:00:00.000", "7")
             ENTRY("MP Reg: DDR file written to E:\\X.RDR", "10:00:00.100", "7")
                 ENTRY(RDR, "10:00:00.200", "7"),
         NULL},
        {ENTRY("Processing Registration request from Client 'WK01'", "10:00:00.000", "")
             ENTRY(RDR, "10:00:00.200", ""),
         NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ccm_events *events = ccm_events_new();
        const struct ccm_event *list;
        size_t count;
        size_t dropped;

        read_log(cases[i].text, strlen(cases[i].text), PIECE, NULL,
                 (struct listener){ccm_events_entry, events});
        list = ccm_events_list(events, &count, &dropped);
        assert_in_range(count, 2, 3);
        assert_int_equal(list[count - 1].told->event, LOG_RDR_WRITTEN);
        assert_string_equal(list[count - 1].told->smsid, "GUID:" GUID_TEXT);
        check_text(list[count - 1].told->client, cases[i].client);
        ccm_events_free(events);
    }
}

static void test_other_errors(void **state)
{
    static const char text[] =
        "<![LOG[MPDB ERROR Init 0x80004005]LOG]!><time=\"10:00:00.000-60\" date=\"09-07-2022\" "
        "component=\"MP\" type=\"3\">\n"
        "<![LOG[MPDB ERROR Init 0x80004005]LOG]!><time=\"10:00:09.000-60\" date=\"09-07-2022\" "
        "component=\"MP\" type=\"3\">\n"
        "<![LOG[handle 0x8000400512]LOG]!><time=\"10:00:09.000-60\" type=\"3\">\n";
    struct ccm_events *events = ccm_events_new();
    const struct ccm_event *list;
    size_t count;
    size_t dropped;

    (void)state;
    read_log(text, sizeof(text) - 1, PIECE, NULL, (struct listener){ccm_events_entry, events});
    list = ccm_events_list(events, &count, &dropped);
    assert_int_equal(count, 1);
    assert_int_equal(list[0].told->event, LOG_ERROR);
    assert_int_equal(list[0].told->code, 0x80004005);
    assert_int_equal(list[0].told->count, 2);
    assert_string_equal(list[0].told->component, "MP");
    assert_string_equal(list[0].told->text, "MPDB ERROR Init 0x80004005");
    ccm_events_free(events);
}

/* A line without tags has no attributes, and no time of its own. */
static void test_no_attributes(void **state)
{
    const struct ccm_log_entry entry = {.attributes = NULL};
    bool has_zone;
    size_t length;

    (void)state;
    assert_null(ccm_log_attribute(&entry, "time", &length));
    assert_int_equal(ccm_log_time(&entry, &has_zone), EVIDENCE_UNKNOWN);
}

/* The search for a pattern looks at the first eight letters at once. */
static void test_patterns_begin_with_text(void **state)
{
    static const char *const patterns[] = {
#define EVENT(event, text) text,
#include "captures/ccm_events.def"
#undef EVENT
    };

    (void)state;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        size_t places = 0;

        assert_true(strcspn(patterns[i], "%") >= 8);
        for (const char *at = patterns[i]; (at = strchr(at, '%')); at++) {
            places++;
        }
        assert_in_range(places, 0, CCM_EVENT_PLACES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tagged),
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_dollars),
        cmocka_unit_test(test_copied_and_bare),
        cmocka_unit_test(test_entry_without_end),
        cmocka_unit_test(test_message_is_bounded),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_events_are_counted_by_client),
        cmocka_unit_test(test_guids_get_their_names),
        cmocka_unit_test(test_other_errors),
        cmocka_unit_test(test_no_attributes),
        cmocka_unit_test(test_patterns_begin_with_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
