/* SPDX-License-Identifier: Apache-2.0 */
/* Logs of an MP's web server: lines that were published, and the forms that files come in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "captures/iis_log.h"
#include "captures/iis_reader.h"
#include "captures/iis_scan.h"

#define FILE_NAME "test.log"

static void put_file(const char *name, const void *bytes, size_t length)
{
    FILE *file = fopen(name, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void put_text(struct buffer *to, const char *text)
{
    buffer_puts(to, text ? text : "-");
    buffer_putc(to, ' ');
}

static void put_number(struct buffer *to, int64_t number)
{
    if (number == EVIDENCE_UNKNOWN) {
        put_text(to, NULL);
    } else {
        buffer_printf(to, "%lld ", (long long)number);
    }
}

static void put_request(struct buffer *to, const struct web_request *request)
{
    char at[CLOCK_TEXT_SIZE] = "-";

    buffer_puts(to, "  ");
    put_text(to, request->method);
    put_text(to, request->path);
    put_text(to, request->user);
    put_text(to, request->user_agent);
    put_number(to, request->status);
    put_number(to, request->substatus);
    put_number(to, request->win32);
    put_text(to, request->reason);
    if (request->at != EVIDENCE_UNKNOWN) {
        clock_format(request->at, at);
        at[strlen("2009-05-20T19:35:11")] = '\0';
    }
    buffer_printf(to, "x%lld %s:%lld-%lld %s\n", (long long)request->count, request->source,
                  (long long)request->line, (long long)request->last_line, at);
}

/* The cases, one line a client and one a kind of request. */
static void put_clients(struct buffer *to, const struct evidence_set *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        const struct evidence_web_client *client = evidence->records[i].web_client;

        if (evidence->records[i].kind != EVIDENCE_WEB_CLIENT) {
            continue;
        }
        put_text(to, client->address);
        put_text(to, client->server);
        put_number(to, client->port);
        put_text(to, client->site);
        buffer_puts(to, client->guessed == TRI_YES ? "guessed" : "told");
        for (size_t k = 0; k < client->missing_count; k++) {
            buffer_printf(to, " -%s", client->missing[k]);
        }
        buffer_putc(to, '\n');
        for (size_t k = 0; k < client->request_count; k++) {
            put_request(to, &client->requests[k]);
        }
    }
}

static const struct evidence_recording *read_with(const struct iis_log_settings *settings,
                                                  struct evidence_set *evidence,
                                                  struct buffer *told)
{
    struct ccm_error error = {""};

    evidence_init(evidence);
    assert_int_equal(iis_log_read(FILE_NAME, settings, evidence, &error), CCM_OK);
    put_clients(told, evidence);
    return evidence->records[0].recording;
}

static void check(const char *text, size_t length, const char *expected)
{
    const struct iis_log_settings settings = {.client = NULL};
    struct evidence_set evidence;
    struct buffer told = {0};

    put_file(FILE_NAME, text, length);
    read_with(&settings, &evidence, &told);
    assert_string_equal(buffer_text(&told), expected);
    buffer_release(&told);
    evidence_release(&evidence);
}

/* --- lines --- */

#define SEED_1                                                                                     \
    "2009-05-20 19:35:11 W3SVC1 192.168.120.20 CCM_POST /ccm_system_windowsauth/request - 80 - "   \
    "192.168.20.102 ccmhttp 401 2 2148074254\n"
#define SEED_2                                                                                     \
    "2009-05-20 19:35:13 W3SVC1 192.168.120.20 CCM_POST /ccm_system_windowsauth/request - 80 "     \
    "CHILD\\WK02-020-51W$ 192.168.20.102 ccmhttp 200 0 0\n"
#define SEED_CLIENT "192.168.20.102 192.168.120.20 80 W3SVC1 "
#define SEED_TOLD(first, second)                                                                   \
    "  CCM_POST /ccm_system_windowsauth/request - ccmhttp 401 2 2148074254 - x1 test.log:" first   \
    "-" first " 2009-05-20T19:35:11\n"                                                             \
    "  CCM_POST /ccm_system_windowsauth/request CHILD\\WK02-020-51W$ ccmhttp 200 0 0 - x1 "        \
    "test.log:" second "-" second " 2009-05-20T19:35:13\n"
#define HTTPERR_LINE                                                                               \
    "2002-07-05 19:51:59 127.0.0.1 2780 127.0.0.1 80 HTTP/1.1 GET /ThisIsMyUrl.htm 400 - "         \
    "Hostname\n"
#define FIELDS_6                                                                                   \
    "#Fields: date time s-sitename s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username "    \
    "c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status\n"
#define FIELDS_7                                                                                   \
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "          \
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"

static const struct {
    const char *text;
    const char *told;
} PUBLISHED[] = {
    {SEED_1 SEED_2, SEED_CLIENT "guessed\n" SEED_TOLD("1", "2")},
    {FIELDS_6 SEED_1 SEED_2, SEED_CLIENT "told\n" SEED_TOLD("2", "3")},
    {"2019-07-22 13:11:58 192.168.175.11 CCM_POST /ccm_system_windowsauth/request - 80 - "
     "192.168.175.16 ccmhttp - 401 2 5 1357 189\n",
     "192.168.175.16 192.168.175.11 80 - guessed\n"
     "  CCM_POST /ccm_system_windowsauth/request - ccmhttp 401 2 5 - x1 test.log:1-1 "
     "2019-07-22T13:11:58\n"},
    {"2019-07-22 13:12:32 192.168.175.11 PROPFIND /CCM_Client - 80 - 192.168.175.16 ccmsetup - "
     "500 19 126 1357 21\n",
     "192.168.175.16 192.168.175.11 80 - guessed\n"
     "  PROPFIND /CCM_Client - ccmsetup 500 19 126 - x1 test.log:1-1 2019-07-22T13:12:32\n"},
    {"CCM_POST /ccm_system_windowsauth/request - 80 - $IPAddressHere ccmhttp - 401 2 5 0",
     "$IPAddressHere - 80 - guessed\n"
     "  CCM_POST /ccm_system_windowsauth/request - ccmhttp 401 2 5 - x1 test.log:1-1 -\n"},
    {"192.168.2.12 CCM_POST /ccm_system/request - 443 - 192.168.2.62 ccmhttp - 200 0 0 542 31\n",
     "192.168.2.62 192.168.2.12 443 - guessed\n"
     "  CCM_POST /ccm_system/request - ccmhttp 200 0 0 - x1 test.log:1-1 -\n"},
    {"GET /whoami.aspx - 80 - IP Mozilla/4.0+(...) - 401 2 5 1270\n", ""},
    {"2022-09-02 02:43:29 10.7x.xx.2x POST /EWS/Exchange.asmx ... 443 - 172.20.1.1 "
     "AppleExchangeWebServices/818.0.1 - 401 1 2148074254 5\n",
     ""},
    {HTTPERR_LINE, ""},
    {"2002-07-05 19:51:59 127.0.0.1 2780 127.0.0.2 80 HTTP/1.1 CCM_POST "
     "/ccm_system_windowsauth/request 400 - FieldLength\n",
     "127.0.0.1 127.0.0.2 80 - guessed\n"
     "  CCM_POST /ccm_system_windowsauth/request - - 400 - - FieldLength x1 test.log:1-1 "
     "2002-07-05T19:51:59\n"},
    {"#Software: Microsoft HTTP API 2.0\r\n#Version: 1.0\r\n#Fields: date time c-ip c-port s-ip "
     "s-port cs-version cs-method cs-uri streamid sc-status s-siteid s-reason s-queuename\r\n"
     "2026-11-20 08:00:00 10.0.0.5 5000 10.0.0.20 80 HTTP/1.1 - - - 400 - FieldLength -\r\n"
     "2026-11-20 08:00:01 10.0.0.5 5001 10.0.0.20 80 - - - - - - Timer_ConnectionIdle -\r\n"
     "2026-11-20 08:00:02 10.0.0.5 5002 10.0.0.20 80 HTTP/1.1 CCM_POST /ccm_system/request - 503 1 "
     "AppOffline CCM\r\n",
     "10.0.0.5 10.0.0.20 80 - told\n"
     "  - - - - 400 - - FieldLength x1 test.log:4-4 2026-11-20T08:00:00\n"
     "  CCM_POST /ccm_system/request - - 503 - - AppOffline x1 test.log:6-6 "
     "2026-11-20T08:00:02\n"},
};

static void test_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(PUBLISHED) / sizeof(PUBLISHED[0]); i++) {
        check(PUBLISHED[i].text, strlen(PUBLISHED[i].text), PUBLISHED[i].told);
    }
}

/* --- columns --- */

#define POST_7(clock, user, address, status)                                                       \
    "2026-11-20 " clock " 10.0.0.20 CCM_POST /CCM_System_WindowsAuth/request - 80 " user           \
    " " address " ccmhttp - " status " 15\n"

static const struct {
    const char *text;
    const char *told;
} COLUMNS[] = {
    /* In another order, with columns that are not known. */
    {"#Fields: c-ip x-new sc-status cs-uri-stem cs-method time date s-ip s-port cs-username "
     "cs(User-Agent) sc-substatus sc-win32-status\n"
     "10.0.0.5 CCM_POST 401 /ccm_system_altauth/request CCM_POST 08:00:00 2026-11-20 10.0.0.20 443 "
     "- ccmhttp 2 5\n",
     "10.0.0.5 10.0.0.20 443 - told\n"
     "  CCM_POST /ccm_system_altauth/request - ccmhttp 401 2 5 - x1 test.log:2-2 "
     "2026-11-20T08:00:00\n"},
    /* They change in mid-file, and requests before and after are alike. */
    {FIELDS_7 POST_7("08:00:00", "-", "fe80::5%12",
                     "401 2 5") "#Software: Microsoft Internet Information Services 10.0\n#Fields: "
                                "date time s-ip cs-method "
                                "cs-uri-stem s-port cs-username c-ip cs(User-Agent) sc-status "
                                "sc-substatus sc-win32-status\n"
                                "2026-11-20 09:00:00 10.0.0.20 CCM_POST "
                                "/CCM_System_WindowsAuth/request 80 - fe80::5%12 "
                                "ccmhttp 401 2 5\n",
     "fe80::5%12 10.0.0.20 80 - told\n"
     "  CCM_POST /CCM_System_WindowsAuth/request - ccmhttp 401 2 5 - x2 test.log:2-5 "
     "2026-11-20T08:00:00\n"},
    /* An excerpt whose header comes late. */
    {POST_7("08:00:00", "-", "10.0.0.5", "401 2 5")
         FIELDS_7 POST_7("08:00:01", "D\\H$", "10.0.0.6", "200 0 0"),
     "10.0.0.5 10.0.0.20 80 - guessed\n"
     "  CCM_POST /CCM_System_WindowsAuth/request - ccmhttp 401 2 5 - x1 test.log:1-1 "
     "2026-11-20T08:00:00\n"
     "10.0.0.6 10.0.0.20 80 - told\n"
     "  CCM_POST /CCM_System_WindowsAuth/request D\\H$ ccmhttp 200 0 0 - x1 test.log:3-3 "
     "2026-11-20T08:00:01\n"},
    /* Without what matters. */
    {"#Fields: time cs-method cs-uri-stem sc-status\n08:00:00 CCM_POST /ccm_system/request 200\n",
     "- - - - told -date -cs-username -c-ip -sc-substatus -sc-win32-status\n"
     "  CCM_POST /ccm_system/request - - 200 - - - x1 test.log:2-2 -\n"},
    /* Of other folders only failures, wherever the columns stand. */
    {FIELDS_7
     "2026-11-20 08:00:00 10.0.0.20 BITS_POST /CCM_Incoming/{5} - 80 - 10.0.0.5 b - 200 0 0 511\n"
     "2026-11-20 08:00:01 10.0.0.20 BITS_POST /CCM_Incoming/{5} - 80 - 10.0.0.5 b - 503 0 0 1\n",
     "10.0.0.5 10.0.0.20 80 - told\n"
     "  BITS_POST /CCM_Incoming/{5} - b 503 0 0 - x1 test.log:3-3 2026-11-20T08:00:01\n"},
    {"#Fields: sc-status cs-uri-stem cs-method c-ip\n500 /CCM_Client PROPFIND 10.0.0.5\n"
     "200 /CCM_Client CCM_POST 10.0.0.5\n200 /CCM_Client PROPFIND 10.0.0.5\n",
     "10.0.0.5 - - - told -date -time -cs-username -sc-substatus -sc-win32-status\n"
     "  PROPFIND /CCM_Client - - 500 - - - x1 test.log:2-2 -\n"
     "  CCM_POST /CCM_Client - - 200 - - - x1 test.log:3-3 -\n"},
    {"#Fields: s-computername c-ip cs-method cs-uri-stem sc-status\n"
     "CCM_MP01 10.0.0.5 CCM_POST /ccm_system/request 200\n",
     "10.0.0.5 - - - told -date -time -cs-username -sc-substatus -sc-win32-status\n"
     "  CCM_POST /ccm_system/request - - 200 - - - x1 test.log:2-2 -\n"},
    /* The last line is cut. */
    {FIELDS_7 POST_7("08:00:00", "-", "10.0.0.5", "401 2 5") "2026-11-20 08:00:01 10.0.0.20 CCM_P",
     "10.0.0.5 10.0.0.20 80 - told\n"
     "  CCM_POST /CCM_System_WindowsAuth/request - ccmhttp 401 2 5 - x1 test.log:2-2 "
     "2026-11-20T08:00:00\n"},
    {"", ""},
    {"\n", ""},
    {"#", ""},
    {"ccm_", ""},
    {"#Fields:\nccm_system ccm_ /ccm_\n", ""},
};

static void test_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(COLUMNS) / sizeof(COLUMNS[0]); i++) {
        check(COLUMNS[i].text, strlen(COLUMNS[i].text), COLUMNS[i].told);
    }
}

static const char SAMPLE[] = FIELDS_7 POST_7(
    "08:00:00", "-", "10.0.0.5",
    "401 2 5") "2026-11-20 08:00:00 10.0.0.20 GET /SMS_MP/.sms_aut MPLIST 80 - 10.0.0.5 x - 200 0 "
               "0 15\n" POST_7(
                   "08:00:01", "D\\A$", "10.0.0.5",
                   "200 0 0") "\n" FIELDS_6 "2026-11-20 08:00:02 W3SVC1 10.0.0.20 CCM_POST "
                              "/ccm_system/request - 80 - 10.0.0.6 "
                              "ccmhttp 200 0 0\n"
                              "2026-11-20 08:00:03 W3SVC1 10.0.0.20 CCM_POST "
                              "/ccm_system/request - 80 - 10.0.0.5 ccmhttp 200 "
                              "0\n" FIELDS_7 POST_7("08:00:04", "-", "10.0.0.5", "401 2 5")
                                  POST_7("08:00:05", "D\\B$", "10.0.0.5", "200 0 0");

static void test_encodings(void **state)
{
    static const char *const marks[] = {"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF", "", ""};
    const size_t length = strlen(SAMPLE);
    const struct iis_log_settings settings = {.client = NULL};
    struct evidence_set evidence;
    struct buffer expected = {0};

    (void)state;
    put_file(FILE_NAME, SAMPLE, length);
    read_with(&settings, &evidence, &expected);
    evidence_release(&evidence);
    assert_non_null(strstr(buffer_text(&expected), "D\\B$ ccmhttp 200 0 0 - x1 test.log:11-11"));
    /* 0: UTF-8 with a mark; 1, 2: UTF-16 with one; 3: without; 4: CRLF. */
    for (int form = 0; form < 5; form++) {
        struct buffer bytes = {0};
        struct buffer told = {0};

        buffer_puts(&bytes, marks[form]);
        for (size_t i = 0; i < length; i++) {
            if (form == 2) {
                buffer_putc(&bytes, '\0');
            }
            if (form == 4 && SAMPLE[i] == '\n') {
                buffer_putc(&bytes, '\r');
            }
            buffer_putc(&bytes, SAMPLE[i]);
            if (form == 1 || form == 3) {
                buffer_putc(&bytes, '\0');
            }
        }
        put_file(FILE_NAME, bytes.data, bytes.length);
        read_with(&settings, &evidence, &told);
        assert_string_equal(buffer_text(&told), buffer_text(&expected));
        evidence_release(&evidence);
        buffer_release(&bytes);
        buffer_release(&told);
    }
    buffer_release(&expected);
}

/* --- pieces --- */

static void check_same(const struct iis_log_settings *settings, const char *expected)
{
    struct evidence_set evidence;
    struct buffer told = {0};
    const struct evidence_recording *recording = read_with(settings, &evidence, &told);

    assert_string_equal(buffer_text(&told), expected);
    assert_int_equal(recording->frames, 11);
    assert_int_equal(recording->ccm_posts, 5);
    assert_int_equal(recording->malformed_frames, 1);
    assert_non_null(strstr(recording->problem, "line 8"));
    buffer_release(&told);
    evidence_release(&evidence);
}

/* However a file is divided, the same is told. */
static void test_pieces(void **state)
{
    const struct iis_log_settings whole = {.client = NULL};
    struct evidence_set evidence;
    struct buffer expected = {0};

    (void)state;
    put_file(FILE_NAME, SAMPLE, strlen(SAMPLE));
    read_with(&whole, &evidence, &expected);
    evidence_release(&evidence);
    for (size_t piece = 1; piece < strlen(SAMPLE); piece++) {
        check_same(&(struct iis_log_settings){.piece = piece}, buffer_text(&expected));
    }
    buffer_release(&expected);
}

/* A line without end is passed over, and the lines behind it keep their numbers: in pieces that are
   smaller than it, in one that holds it, and begun in a piece that ends in it. */
static void test_long_line(void **state)
{
    static const struct {
        size_t size;
        struct iis_log_settings settings;
    } rows[] = {
        {3 * IIS_LINE_LIMIT, {.piece = 1000}},
        {3 * IIS_LINE_LIMIT, {.piece = 0}},
        {10 * IIS_LINE_LIMIT, {.piece = 0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct evidence_recording *recording;
        struct evidence_set evidence;
        struct buffer bytes = {0};
        struct buffer told = {0};

        buffer_puts(&bytes, FIELDS_6);
        while (bytes.length < rows[i].size) {
            buffer_puts(&bytes, "/ccm_system/");
        }
        buffer_puts(&bytes, "\n" SEED_1 SEED_2);
        put_file(FILE_NAME, bytes.data, bytes.length);
        recording = read_with(&rows[i].settings, &evidence, &told);
        assert_string_equal(buffer_text(&told), SEED_CLIENT "told\n" SEED_TOLD("3", "4"));
        assert_int_equal(recording->frames, 4);
        assert_int_equal(recording->limit_count, 1);
        assert_int_equal(recording->limits[0].dropped, 1);
        buffer_release(&bytes);
        buffer_release(&told);
        evidence_release(&evidence);
    }
}

/* --- several files --- */

static void test_files(void **state)
{
    const struct iis_log_settings settings = {.client = NULL};
    struct iis_log *log = iis_log_new(&settings);
    struct evidence_set evidence;
    struct ccm_error error = {""};
    struct buffer told = {0};

    (void)state;
    evidence_init(&evidence);
    put_file("one.log", SEED_1, strlen(SEED_1));
    put_file("two.log", FIELDS_6 SEED_1 SEED_2, strlen(FIELDS_6 SEED_1 SEED_2));
    assert_int_equal(iis_log_add(log, "one.log", &evidence, &error), CCM_OK);
    assert_int_equal(iis_log_add(log, "two.log", &evidence, &error), CCM_OK);
    assert_int_equal(iis_log_add(log, "absent.log", &evidence, &error), CCM_ERROR_IO);
    assert_int_equal(iis_log_add(log, ".", &evidence, &error), CCM_ERROR_IO);
    assert_int_equal(iis_log_tell(log, 5, &evidence), 1);
    put_clients(&told, &evidence);
    assert_non_null(strstr(buffer_text(&told), "401 2 2148074254 - x2 one.log:1-2 "));
    assert_non_null(strstr(buffer_text(&told), "200 0 0 - x1 two.log:3-3 "));
    assert_int_equal(evidence.count, 4);
    assert_int_equal(evidence.records[2].case_id, 5);
    assert_int_equal(evidence.records[2].run->origin, ORIGIN_LOGS);
    assert_string_equal(evidence.records[2].run->target, "192.168.120.20");
    assert_string_equal(evidence.records[2].run->client_host, "WK02-020-51W");
    assert_string_equal(evidence.records[2].run->client_address, "192.168.20.102");
    buffer_release(&told);
    iis_log_free(log);
    evidence_release(&evidence);
}

/* An account of a realm that IIS knows no NetBIOS name of. */
static void test_principal(void **state)
{
    static const char line[] =
        "#Fields: date time c-ip cs-method cs-uri-stem cs-username sc-status\n"
        "2026-11-20 06:00:00 10.0.0.5 CCM_POST "
        "/ccm_system_windowsauth/request WK01$@CONTOSO.LAB 200\n";
    static const char *const only[] = {NULL, "wk01", "WK01$", "WK01$@contoso.lab",
                                       "WK01.contoso.lab"};

    (void)state;
    for (size_t i = 0; i < sizeof(only) / sizeof(only[0]); i++) {
        const struct iis_log_settings settings = {.client = only[i]};
        struct iis_log *log = iis_log_new(&settings);
        struct evidence_set evidence;
        struct ccm_error error = {""};

        evidence_init(&evidence);
        put_file("one.log", line, strlen(line));
        assert_int_equal(iis_log_add(log, "one.log", &evidence, &error), CCM_OK);
        assert_int_equal(iis_log_tell(log, 1, &evidence), 1);
        assert_string_equal(evidence.records[1].run->client_host, "WK01");
        iis_log_free(log);
        evidence_release(&evidence);
    }
}

/* Read in another order than they were written in, the first is the first, and the last the last.
 */
static void test_order(void **state)
{
    static const char *const texts[] = {POST_7("09:00:00", "-", "10.0.0.5", "401 2 5"),
                                        POST_7("08:00:00", "-", "10.0.0.5", "401 2 5"),
                                        POST_7("08:30:00", "-", "10.0.0.5", "401 2 5")};
    const struct iis_log_settings settings = {.client = NULL};
    struct iis_log *log = iis_log_new(&settings);
    struct evidence_set evidence;
    struct ccm_error error = {""};
    const struct web_request *request;

    (void)state;
    evidence_init(&evidence);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char name[] = {(char)('a' + i), '\0'};

        put_file(name, texts[i], strlen(texts[i]));
        assert_int_equal(iis_log_add(log, name, &evidence, &error), CCM_OK);
    }
    assert_int_equal(iis_log_tell(log, 1, &evidence), 1);
    request = &evidence.records[4].web_client->requests[0];
    assert_int_equal(request->count, 3);
    assert_string_equal(request->source, "b");
    assert_string_equal(request->last_source, "a");
    assert_int_equal(request->last_at - request->at, (int64_t)3600 * CLOCK_US_PER_SECOND);
    iis_log_free(log);
    evidence_release(&evidence);
}

/* By address, by the name of a machine, and by time. */
static void test_narrowed(void **state)
{
    static const struct {
        struct iis_log_settings settings;
        const char *expected;
    } rows[] = {
        {{.client = "10.0.0.6"}, "10.0.0.6 x1"},
        {{.client = "a"}, "10.0.0.5 x2 x1 x1"},
        {{.client = "a.contoso.lab"}, "10.0.0.5 x2 x1 x1"},
        {{.client = "d\\A$"}, "10.0.0.5 x2 x1 x1"},
        {{.client = "A$"}, "10.0.0.5 x2 x1 x1"},
        {{.client = "c"}, ""},
        {{.mp = "10.0.0.20"}, "10.0.0.5 x2 x1 x1 10.0.0.6 x1"},
        {{.mp = "10.0.0.2"}, ""},
        /* 2026-11-20 08:00:02 and :04 */
        {{.has_times = true, .since = 1795161602000000, .until = EVIDENCE_UNKNOWN},
         "10.0.0.6 x1 10.0.0.5 x1 x1"},
        {{.has_times = true, .since = EVIDENCE_UNKNOWN, .until = 1795161601000000},
         "10.0.0.5 x1 x1"},
    };

    (void)state;
    put_file(FILE_NAME, SAMPLE, strlen(SAMPLE));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct evidence_set evidence;
        struct buffer told = {0};
        struct buffer ignored = {0};

        read_with(&rows[i].settings, &evidence, &ignored);
        for (size_t k = 0; k < evidence.count; k++) {
            const struct evidence_web_client *client = evidence.records[k].web_client;

            if (evidence.records[k].kind == EVIDENCE_WEB_CLIENT) {
                buffer_printf(&told, "%s%s", told.length ? " " : "", client->address);
                for (size_t r = 0; r < client->request_count; r++) {
                    buffer_printf(&told, " x%d", (int)client->requests[r].count);
                }
            }
        }
        assert_string_equal(buffer_text(&told), rows[i].expected);
        buffer_release(&told);
        buffer_release(&ignored);
        evidence_release(&evidence);
    }
}

/* By what a log has of its server, else by its folder; what cannot be told is kept, and counted. */
static void test_mp(void **state)
{
    static const char named[] =
        "#Fields: date time s-sitename s-computername s-ip cs-method cs-uri-stem c-ip cs-host "
        "sc-status\n"
        "2026-11-20 08:00:00 W3SVC1 MP01 10.0.0.1 CCM_POST /ccm_system/request 10.0.1.1 - 200\n"
        "2026-11-20 08:00:01 W3SVC2 MP02 10.0.0.2 CCM_POST /ccm_system/request 10.0.1.2 "
        "alias.contoso.lab:8530 200\n"
        "2026-11-20 08:00:02 - - - CCM_POST /ccm_system/request 10.0.1.3 - 200\n";
    static const char excerpt[] =
        "2009-05-20 19:35:11 W3SVC1 MP01 192.168.120.20 CCM_POST /ccm_system/request - 80 - "
        "10.0.1.1 ccmhttp 200 0 0\n";
    static const struct {
        const char *text;
        const char *mp;
        const char *expected; /* the last part of the clients' addresses */
        const char *problem;
    } rows[] = {
        {named, NULL, "123", NULL},
        {named, "mp01", "13", "may be to another MP"},
        {named, "MP02.contoso.lab", "23", "may be to another MP"},
        {named, "alias", "23", "may be to another MP"},
        {named, "10.0.0.1", "13", "may be to another MP"},
        {named, "w3svc2", "23", "may be to another MP"},
        {named, "MP03", "3", "may be to another MP"},
        {named, "folder", "123", NULL},
        {excerpt, "MP01", "1", NULL},
        {excerpt, "MP02", "", NULL},
    };
    struct ccm_error error = {""};

    (void)state;
    assert_true(mkdir("folder", 0777) == 0 || errno == EEXIST);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct iis_log_settings settings = {.mp = rows[i].mp};
        const struct evidence_recording *recording;
        struct evidence_set evidence;
        struct buffer told = {0};

        put_file("folder/" FILE_NAME, rows[i].text, strlen(rows[i].text));
        evidence_init(&evidence);
        assert_int_equal(iis_log_read("folder/" FILE_NAME, &settings, &evidence, &error), CCM_OK);
        for (size_t k = 0; k < evidence.count; k++) {
            if (evidence.records[k].kind == EVIDENCE_WEB_CLIENT) {
                buffer_puts(&told, strrchr(evidence.records[k].web_client->address, '.') + 1);
            }
        }
        recording = evidence.records[0].recording;
        assert_string_equal(buffer_text(&told), rows[i].expected);
        assert_int_equal(recording->problem != NULL, rows[i].problem != NULL);
        assert_true(!rows[i].problem || strstr(recording->problem, rows[i].problem));
        buffer_release(&told);
        evidence_release(&evidence);
    }
}

/* What has no time is not within bounds, and counted. */
static void test_timeless(void **state)
{
    static const char text[] =
        "10.0.0.1 CCM_POST /ccm_system/request - 80 - 10.0.0.5 ccmhttp - 200 0 0 1\n";
    static const struct iis_log_settings rows[] = {
        {.has_times = true, .since = 0, .until = EVIDENCE_UNKNOWN},
        {.has_times = true, .since = EVIDENCE_UNKNOWN, .until = 0},
    };

    (void)state;
    put_file(FILE_NAME, text, strlen(text));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct evidence_set evidence;
        struct buffer told = {0};
        const struct evidence_recording *recording = read_with(&rows[i], &evidence, &told);

        assert_string_equal(buffer_text(&told), "");
        assert_string_equal(recording->problem, "requests without a time, which were left out: 1");
        buffer_release(&told);
        evidence_release(&evidence);
    }
}

/* What is too much is counted, for the file that had it. */
static void test_limits(void **state)
{
    const struct iis_log_settings settings = {.client = NULL};
    struct iis_log *log = iis_log_new(&settings);
    struct evidence_set evidence;
    struct ccm_error error = {""};
    struct buffer bytes = {0};

    (void)state;
    evidence_init(&evidence);
    for (int i = 0; i < IIS_REQUESTS_LIMIT + 3; i++) {
        buffer_printf(&bytes, "CCM_POST /ccm_system/request - 80 - 10.0.0.5 ccmhttp - %d 0 0 1\n",
                      200 + i);
    }
    put_file("one.log", SEED_1, strlen(SEED_1));
    put_file("two.log", bytes.data, bytes.length);
    assert_int_equal(iis_log_add(log, "one.log", &evidence, &error), CCM_OK);
    assert_int_equal(iis_log_add(log, "two.log", &evidence, &error), CCM_OK);
    assert_int_equal(evidence.records[0].recording->limit_count, 0);
    assert_int_equal(evidence.records[1].recording->limit_count, 1);
    assert_int_equal(evidence.records[1].recording->limits[0].limit, IIS_REQUESTS_LIMIT);
    assert_int_equal(evidence.records[1].recording->limits[0].dropped, 3);
    buffer_release(&bytes);
    iis_log_free(log);
    evidence_release(&evidence);
}

/* The table of clients is full: what others ask for is counted. */
static void test_full(void **state)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    enum { MORE = 40 };
    struct iis_clients *clients = iis_clients_new();
    const struct iis_mark mark = {.line = 1, .at = INT64_MIN};

    (void)state;
    for (int i = 0; i < IIS_CLIENTS_LIMIT + MORE; i++) {
        const char address[] = {letters[i % 36], letters[i / 36 % 36], letters[i / 1296 % 36],
                                letters[i / 46656]};
        struct iis_line line = {.guessed = false};

        line.fields[IIS_CLIENT] = (struct iis_span){address, sizeof(address)};
        iis_clients_add(clients, &line, &mark);
    }
    iis_clients_settle(clients);
    assert_int_equal(iis_clients_dropped(clients).of_clients, MORE);
    assert_int_equal(iis_clients_dropped(clients).of_kinds, 0);
    iis_clients_free(clients);
}

/* More requests than are counted at a time, and as many clients. */
static void test_many(void **state)
{
    enum { ROUNDS = 40, CLIENTS = 37 };
    const struct iis_log_settings settings = {.piece = 4096};
    struct evidence_set evidence;
    struct buffer bytes = {0};
    struct buffer told = {0};

    (void)state;
    buffer_puts(&bytes, FIELDS_7);
    for (int i = 0; i < ROUNDS * CLIENTS; i++) {
        const bool second = i / CLIENTS % 2 == 1;

        buffer_printf(&bytes,
                      "2026-11-20 08:00:00 10.0.0.20 CCM_POST /ccm_system_windowsauth/request - 80 "
                      "%s 10.0.0.%d ccmhttp - %s 1\n",
                      second ? "D\\H$" : "-", i % CLIENTS, second ? "200 0 0" : "401 2 5");
    }
    put_file(FILE_NAME, bytes.data, bytes.length);
    read_with(&settings, &evidence, &told);
    assert_int_equal(evidence.count, 1 + 2 * CLIENTS);
    for (size_t i = 2; i < evidence.count; i += 2) {
        const struct evidence_web_client *client = evidence.records[i].web_client;
        const int number = (int)(i / 2) - 1;

        assert_int_equal(client->request_count, 2);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(client->requests[k].count, ROUNDS / 2);
            assert_int_equal(client->requests[k].line, 2 + k * CLIENTS + number);
            assert_int_equal(client->requests[k].last_line,
                             2 + (ROUNDS - 2 + k) * CLIENTS + number);
        }
        assert_null(client->requests[0].user);
        assert_string_equal(client->requests[1].user, "D\\H$");
    }
    buffer_release(&bytes);
    buffer_release(&told);
    evidence_release(&evidence);
}

/* Two servers are two MPs; a log that names none is one by itself. */
static void test_servers(void **state)
{
    static const char SERVERS[] =
        "A CCM_POST /ccm_system/request - 80 - 10.0.0.5 ccmhttp - 200 0 0 1\n"
        "10.0.0.1 CCM_POST /ccm_system/request - 80 - 10.0.0.5 ccmhttp - 200 0 0 1\n"
        "10.0.0.1 CCM_POST /ccm_system/request - 443 - 10.0.0.5 ccmhttp - 200 0 0 1\n";

    (void)state;
    check(SERVERS, strlen(SERVERS),
          "10.0.0.5 - 80 - guessed\n"
          "  CCM_POST /ccm_system/request - ccmhttp 200 0 0 - x1 test.log:1-1 -\n"
          "10.0.0.5 10.0.0.1 80 - guessed\n"
          "  CCM_POST /ccm_system/request - ccmhttp 200 0 0 - x1 test.log:2-2 -\n"
          "10.0.0.5 10.0.0.1 443 - guessed\n"
          "  CCM_POST /ccm_system/request - ccmhttp 200 0 0 - x1 test.log:3-3 -\n");
}

/* --- the search --- */

static void test_scan(void **state)
{
    static const char letters[] = "cCmM_\n#xcm__";
    char text[300];
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        for (size_t i = 0; i < sizeof(text); i++) {
            random = random * 1664525 + 1013904223;
            text[i] = round % 2                  ? letters[(random >> 16) % (sizeof(letters) - 1)]
                      : (random >> 16) % 40 == 0 ? '\n'
                                                 : 'x';
        }
        memcpy(text + round % 290, round % 3 ? "cCm_" : "CcM_", 4);
        for (size_t begin = 0, hit = 0; begin < sizeof(text); begin = hit + 1) {
            int64_t newlines = 0;
            int64_t others = 0;

            hit = iis_scan(text, begin, sizeof(text), &newlines);
            assert_int_equal(hit, iis_scan_portable(text, begin, sizeof(text), &others));
            assert_int_equal(newlines, others);
#if defined(__x86_64__)
            others = 0;
            assert_int_equal(hit, iis_scan_sse2(text, begin, sizeof(text), &others));
            assert_int_equal(newlines, others);
#endif
        }
    }
}

static void test_scan_failure(void **state)
{
    static const char letters[] = "5x 5x\n";
    char text[80];
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        size_t at = (size_t)round % 40;
        bool expected = false;

        for (size_t i = 0; i < sizeof(text); i++) {
            random = random * 1664525 + 1013904223;
            text[i] = (random >> 16) % 16 ? '-' : letters[(random >> 20) % (sizeof(letters) - 1)];
        }
        for (size_t i = at; i + 1 < sizeof(text) && text[i] != '\n' && !expected; i++) {
            expected = text[i] == ' ' && text[i + 1] == '5';
        }
        assert_int_equal(iis_scan_failure(text, at, sizeof(text)), expected);
    }
}

static void test_times(void **state)
{
    static const struct {
        const char *date;
        const char *time;
        int64_t expected;
    } times[] = {
        {"1970-01-02", "00:00:01", 86401},     {"2009-05-20", "19:35:11", 1242848111},
        {"2009-13-20", "19:35:11", INT64_MIN}, {"2009-00-20", "19:35:11", INT64_MIN},
        {"2009-05-20", "24:35:11", INT64_MIN}, {"2009-05-20", "19-35-11", INT64_MIN},
        {"20090520__", "19:35:11", INT64_MIN}, {"2009-0x-20", "19:35:11", INT64_MIN},
    };
    struct iis_day day = {{0}, 0};

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        struct iis_line line = {.guessed = false};

        line.fields[IIS_DATE] = (struct iis_span){times[i].date, strlen(times[i].date)};
        line.fields[IIS_TIME] = (struct iis_span){times[i].time, strlen(times[i].time)};
        assert_int_equal(iis_time(&line, &day), times[i].expected);
    }
}

static void test_recognise(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } heads[] = {
        {"#Software: Microsoft Internet Information Services 10.0\r\n" FIELDS_7, true},
        {SEED_1, true},
        {HTTPERR_LINE, true},
        {"", false},
        {"#Fields: a b\n", false},
        {"#!/bin/sh\nPOST /x\n", false},
        {"<![LOG[CCM_POST /ccm_system/request]LOG]!><time=\"1\">\n", false},
        {"[Configuration - Client Properties]\n", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        assert_int_equal(iis_log_recognise(heads[i].text, strlen(heads[i].text)), heads[i].is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_principal),    cmocka_unit_test(test_published),
        cmocka_unit_test(test_columns),      cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_pieces),       cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_files),        cmocka_unit_test(test_narrowed),
        cmocka_unit_test(test_servers),      cmocka_unit_test(test_scan),
        cmocka_unit_test(test_times),        cmocka_unit_test(test_recognise),
        cmocka_unit_test(test_scan_failure), cmocka_unit_test(test_many),
        cmocka_unit_test(test_mp),           cmocka_unit_test(test_timeless),
        cmocka_unit_test(test_limits),       cmocka_unit_test(test_full),
        cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
