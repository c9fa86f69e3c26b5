/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Kerberos decoder against messages of real KDCs (tests/fuzz/README.md says whence) and against
 * MIT's own encoders and decoders, which libkrb5 exports without declaring them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <krb5/krb5.h>

#include "base/clock.h"
#include "decode/kerberos.h"
#include "evidence/shape.h"
#include "hostile.h"

/* Signatures of MIT krb5 1.20, k5-int.h. */
krb5_error_code decode_krb5_as_rep(const krb5_data *, krb5_kdc_rep **);
krb5_error_code decode_krb5_tgs_rep(const krb5_data *, krb5_kdc_rep **);
krb5_error_code decode_krb5_as_req(const krb5_data *, krb5_kdc_req **);
krb5_error_code decode_krb5_tgs_req(const krb5_data *, krb5_kdc_req **);
krb5_error_code decode_krb5_error(const krb5_data *, krb5_error **);
krb5_error_code encode_krb5_error(const krb5_error *, krb5_data **);
krb5_error_code encode_krb5_tgs_rep(const krb5_kdc_rep *, krb5_data **);
void krb5_free_kdc_rep(krb5_context, krb5_kdc_rep *);
void krb5_free_kdc_req(krb5_context, krb5_kdc_req *);

static krb5_context context;

static int setup(void **state)
{
    (void)state;
    /* The defaults serve: nothing here reads a configuration. */
    setenv("KRB5_CONFIG", "/dev/null", 1);
    return krb5_init_context(&context);
}

static int teardown(void **state)
{
    (void)state;
    krb5_free_context(context);
    return 0;
}

static krb5_data data_of(const struct buffer *content)
{
    return (krb5_data){.length = (unsigned)content->length, .data = content->data};
}

static krb5_data text_data(char *text)
{
    return (krb5_data){.length = (unsigned)strlen(text), .data = text};
}

/* `text` is the principal as MIT writes it; both may be absent. */
static void assert_principal(const char *text, krb5_const_principal principal, int flags)
{
    char *expected = NULL;

    if (!principal) {
        assert_null(text);
        return;
    }
    assert_int_equal(krb5_unparse_name_flags(context, principal, flags, &expected), 0);
    assert_non_null(text);
    assert_string_equal(text, expected);
    krb5_free_unparsed_name(context, expected);
}

static void assert_data(const char *text, const krb5_data *data)
{
    if (data->length == 0) {
        assert_null(text);
        return;
    }
    assert_non_null(text);
    assert_int_equal(strlen(text), data->length);
    assert_memory_equal(text, data->data, data->length);
}

enum { NO_REALM = KRB5_PRINCIPAL_UNPARSE_NO_REALM };

static void test_replies_read_as_mit_reads_them(void **state)
{
    static const struct {
        const char *name;
        const char *referral;
        int64_t ticket_etype;
    } cases[] = {
        {"kerberos/as-rep", NULL, 18},           {"kerberos/as-rep-computer", NULL, 18},
        {"kerberos/tgs-rep", NULL, 18},          {"kerberos/tgs-rep-rc4", NULL, 23},
        {"kerberos/tgs-rep-referred", NULL, 18}, {"kerberos/tgs-rep-referral", "FABRIKAM.LAB", 18},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer seed = hostile_seed(cases[i].name);
        krb5_data data = data_of(&seed);
        bool is_as = kerberos_identify(seed.data, seed.length) == KERBEROS_AS_REP;
        krb5_kdc_rep *mit = NULL;
        struct arena arena = {0};
        struct kdc_reply *reply = kerberos_decode_reply(&arena, seed.data, seed.length);

        assert_int_equal(is_as ? decode_krb5_as_rep(&data, &mit) : decode_krb5_tgs_rep(&data, &mit),
                         0);
        assert_non_null(reply);
        assert_int_equal(reply->kind, is_as ? KDC_REPLY_AS : KDC_REPLY_TGS);
        assert_null(reply->error);
        assert_principal(reply->client, mit->client, 0);
        assert_principal(reply->ticket->service, mit->ticket->server, NO_REALM);
        assert_data(reply->ticket->realm, &mit->ticket->server->realm);
        assert_int_equal(reply->ticket->etype, mit->ticket->enc_part.enctype);
        assert_int_equal(reply->ticket->etype, cases[i].ticket_etype);
        assert_int_equal(reply->ticket->kvno, mit->ticket->enc_part.kvno);
        assert_int_equal(reply->etype, mit->enc_part.enctype);
        if (mit->enc_part.kvno == 0) {
            assert_true(reply->kvno == EVIDENCE_UNKNOWN); /* MIT knows no difference */
        } else {
            assert_int_equal(reply->kvno, mit->enc_part.kvno);
        }
        assert_int_equal(kerberos_message_size(seed.data, seed.length), seed.length);
        if (cases[i].referral) {
            assert_string_equal(reply->referral, cases[i].referral);
        } else {
            assert_null(reply->referral);
        }
        krb5_free_kdc_rep(context, mit);
        arena_release(&arena);
        buffer_release(&seed);
    }
}

static void assert_error(const struct krb_error *error, const krb5_error *mit)
{
    assert_non_null(error);
    assert_int_equal(error->code, mit->error);
    assert_principal(error->service, mit->server, NO_REALM);
    assert_principal(error->client, mit->client, NO_REALM);
    assert_data(error->text, &mit->text);
    assert_int_equal(error->server_time, (int64_t)mit->stime * CLOCK_US_PER_SECOND + mit->susec);
    if (mit->ctime != 0) {
        assert_int_equal(error->client_time,
                         (int64_t)mit->ctime * CLOCK_US_PER_SECOND + mit->cusec);
    } else {
        assert_true(error->client_time == EVIDENCE_UNKNOWN);
    }
    if (mit->e_data.length > 0) {
        assert_int_equal(error->edata_length, mit->e_data.length);
    } else {
        assert_true(error->edata_length == EVIDENCE_UNKNOWN);
    }
}

static void test_errors_read_as_mit_reads_them(void **state)
{
    static const struct {
        const char *name;
        int64_t code;
    } cases[] = {
        {"kerberos/error-06", 6},  {"kerberos/error-07", 7},  {"kerberos/error-14", 14},
        {"kerberos/error-24", 24}, {"kerberos/error-25", 25},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buffer seed = hostile_seed(cases[i].name);
        krb5_data data = data_of(&seed);
        krb5_error *mit = NULL;
        struct arena arena = {0};
        struct kdc_reply *reply = kerberos_decode_reply(&arena, seed.data, seed.length);

        assert_int_equal(decode_krb5_error(&data, &mit), 0);
        assert_non_null(reply);
        assert_int_equal(reply->kind, KDC_REPLY_ERROR);
        assert_int_equal(reply->error->code, cases[i].code);
        assert_true(reply->error->ntstatus == EVIDENCE_UNKNOWN);
        assert_error(reply->error, mit);
        krb5_free_error(context, mit);
        arena_release(&arena);
        buffer_release(&seed);
    }
}

/* Fields that MIT's KDC did not send: written with MIT's encoder, read back. */
static void test_error_with_every_field(void **state)
{
    krb5_error mit = {.ctime = 1700000000,
                      .cusec = 0,
                      .stime = 1700000007,
                      .susec = 999999,
                      .error = KRB5KRB_AP_ERR_MODIFIED - ERROR_TABLE_BASE_krb5};
    struct arena arena = {0};
    struct krb_error *error;
    krb5_data *encoded = NULL;

    (void)state;
    assert_int_equal(krb5_parse_name(context, "user\\/x\\@y\\\\z/two@OTHER.LAB", &mit.client), 0);
    assert_int_equal(krb5_parse_name(context, "HTTP/mp.contoso.lab/x@CONTOSO.LAB", &mit.server), 0);
    mit.text = text_data((char[]){"words"});
    mit.e_data = text_data((char[]){"no DER"});
    assert_int_equal(encode_krb5_error(&mit, &encoded), 0);

    error = kerberos_decode_error(&arena, encoded->data, encoded->length);
    assert_error(error, &mit);
    assert_int_equal(error->code, 41);
    assert_string_equal(error->client, "user\\/x@y\\\\z/two");
    assert_string_equal(error->client_realm, "OTHER.LAB");
    assert_string_equal(error->realm, "CONTOSO.LAB");
    assert_true(error->ntstatus == EVIDENCE_UNKNOWN);
    krb5_free_data(context, encoded);
    krb5_free_principal(context, mit.client);
    krb5_free_principal(context, mit.server);
    arena_release(&arena);
}

/* KERB-ERROR-DATA and its cousins in e-data, inside an error with the code given. */
static void test_ntstatus(void **state)
{
#define STATUS   "\x13\x04\x00\xC0"
#define REST     "\x00\x00\x00\x00\x01\x00\x00\x00"
#define EXTENDED "\x30\x15\xA1\x03\x02\x01\x03\xA2\x0E\x04\x0C" STATUS REST
    static const struct {
        const char *edata;
        size_t length;
        int64_t expected;
    } cases[] = {
        {EXTENDED, sizeof(EXTENDED) - 1, 0xC0000413},
        {"\x30\x17" EXTENDED, sizeof(EXTENDED) + 1, 0xC0000413}, /* METHOD-DATA */
        /* type 2, skew recovery, and one that is too short */
        {"\x30\x15\xA1\x03\x02\x01\x02\xA2\x0E\x04\x0C" STATUS REST, 23, EVIDENCE_UNKNOWN},
        {"\x30\x0B\xA1\x03\x02\x01\x03\xA2\x04\x04\x02\x13\x04", 13, EVIDENCE_UNKNOWN},
        /* a real salt of twelve letters */
        {"\x30\x17\x30\x15\xA1\x03\x02\x01\x03\xA2\x0E\x04\x0C"
         "LAB.TESTuser",
         25, EVIDENCE_UNKNOWN},
        {"\x30\x15\xA1\x03", 4, EVIDENCE_UNKNOWN},
        {"\x30\x02\x04\x00", 4, EVIDENCE_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        krb5_error mit = {.stime = 1, .error = 12};
        struct arena arena = {0};
        struct krb_error *error;
        krb5_data *encoded = NULL;

        krb5_parse_name(context, "HTTP/mp@LAB", &mit.server);
        mit.e_data = (krb5_data){.length = (unsigned)cases[i].length,
                                 .data = (char *)(uintptr_t)cases[i].edata};
        assert_int_equal(encode_krb5_error(&mit, &encoded), 0);
        error = kerberos_decode_error(&arena, encoded->data, encoded->length);
        assert_non_null(error);
        assert_true(error->ntstatus == cases[i].expected);
        assert_int_equal(error->edata_length, cases[i].length);
        krb5_free_data(context, encoded);
        krb5_free_principal(context, mit.server);
        arena_release(&arena);
    }
}

/* A TGS-REP for `client` with a ticket for `server`; what it is made of is the caller's. */
static krb5_data *make_tgs_rep(const char *server, krb5_kvno kvno)
{
    krb5_ticket ticket = {.enc_part = {.enctype = 23, .kvno = kvno}};
    krb5_kdc_rep rep = {.msg_type = KRB5_TGS_REP, .ticket = &ticket, .enc_part = {.enctype = 18}};
    krb5_data *encoded = NULL;

    ticket.enc_part.ciphertext = text_data((char[]){"sealed"});
    rep.enc_part.ciphertext = text_data((char[]){"sealed"});
    assert_int_equal(krb5_parse_name(context, "WK01$@CONTOSO.LAB", &rep.client), 0);
    assert_int_equal(krb5_parse_name(context, server, &ticket.server), 0);
    assert_int_equal(encode_krb5_tgs_rep(&rep, &encoded), 0);
    krb5_free_principal(context, rep.client);
    krb5_free_principal(context, ticket.server);
    return encoded;
}

static void test_referrals(void **state)
{
    static const struct {
        const char *server;
        const char *referral;
    } cases[] = {
        {"krbtgt/PARENT.LAB@CHILD.PARENT.LAB", "PARENT.LAB"},
        {"krbtgt/CONTOSO.LAB@CONTOSO.LAB", NULL},
        {"krbtgt/contoso.lab@CONTOSO.LAB", NULL},
        {"HTTP/krbtgt@CONTOSO.LAB", NULL},
        {"krbtgt@CONTOSO.LAB", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        krb5_data *encoded = make_tgs_rep(cases[i].server, 3);
        struct arena arena = {0};
        struct kdc_reply *reply = kerberos_decode_reply(&arena, encoded->data, encoded->length);

        assert_non_null(reply);
        if (cases[i].referral) {
            assert_string_equal(reply->referral, cases[i].referral);
        } else {
            assert_null(reply->referral);
        }
        krb5_free_data(context, encoded);
        arena_release(&arena);
    }
}

/* A read-only DC's key version has its number in the high half; MIT writes it as negative. */
static void test_kvno_of_read_only_dc(void **state)
{
    krb5_data *encoded = make_tgs_rep("HTTP/mp@LAB", 0xABCD0002);
    struct arena arena = {0};
    struct kdc_reply *reply = kerberos_decode_reply(&arena, encoded->data, encoded->length);

    (void)state;
    assert_int_equal(reply->ticket->kvno, 0xABCD0002);
    assert_int_equal(reply->ticket->etype, 23);
    assert_true(reply->kvno == EVIDENCE_UNKNOWN);
    krb5_free_data(context, encoded);
    arena_release(&arena);
}

static void test_requests_read_as_mit_reads_them(void **state)
{
    static const char *const names[] = {"kerberos/as-req", "kerberos/as-req-preauth",
                                        "kerberos/as-req-enterprise", "kerberos/tgs-req"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct buffer seed = hostile_seed(names[i]);
        krb5_data data = data_of(&seed);
        bool is_as = kerberos_identify(seed.data, seed.length) == KERBEROS_AS_REQ;
        struct evidence_kdc request = {.port = 4711, .attempts = EVIDENCE_UNKNOWN};
        krb5_kdc_req *mit = NULL;
        struct arena arena = {0};

        assert_int_equal(is_as ? decode_krb5_as_req(&data, &mit) : decode_krb5_tgs_req(&data, &mit),
                         0);
        assert_true(kerberos_decode_request(&arena, seed.data, seed.length, &request));
        assert_int_equal(request.purpose, is_as ? KDC_AS : KDC_TGS);
        assert_principal(request.client, mit->client, 0);
        assert_principal(request.service, mit->server, NO_REALM);
        assert_data(request.realm, &mit->server->realm);
        assert_int_equal(request.etype_count, mit->nktypes);
        for (size_t k = 0; k < request.etype_count; k++) {
            assert_int_equal(request.etypes[k], mit->ktype[k]);
        }
        assert_int_equal(request.port, 4711);
        assert_true(request.attempts == EVIDENCE_UNKNOWN);
        krb5_free_kdc_req(context, mit);
        arena_release(&arena);
        buffer_release(&seed);
    }
}

/* The ticket inside the padata of a TGS-REQ is the one that the AS-REP brought. */
static void test_fingerprint_follows_the_ticket(void **state)
{
    struct buffer reply_seed = hostile_seed("kerberos/as-rep-computer");
    struct buffer request_seed = hostile_seed("kerberos/tgs-req");
    struct arena arena = {0};
    struct kdc_reply *reply = kerberos_decode_reply(&arena, reply_seed.data, reply_seed.length);
    const char *ap_req = memchr(request_seed.data, 0x6E, request_seed.length);
    struct krb_ticket *ticket;

    (void)state;
    assert_non_null(ap_req);
    ticket = kerberos_decode_ap_req(&arena, ap_req,
                                    request_seed.length - (size_t)(ap_req - request_seed.data));
    assert_non_null(ticket);
    assert_string_equal(ticket->service, "krbtgt/CONTOSO.LAB");
    assert_int_equal(strlen(ticket->fingerprint), 16);
    assert_string_equal(ticket->fingerprint, reply->ticket->fingerprint);
    assert_int_equal(ticket->length, reply->ticket->length);
    buffer_release(&reply_seed);
    buffer_release(&request_seed);
    arena_release(&arena);
}

static void test_other_bytes_are_no_message(void **state)
{
    static const char *const texts[] = {"",
                                        "k",
                                        "HTTP/1.1 401 Unauthorized\r\n\r\n",
                                        "\x7E\x03\x30\x01\x00",
                                        "~Aa",
                                        "\x6B\x80\x30\x80",
                                        "\x6D\x0C\x30\x0A\xA0\x03\x02\x01\x04\xA1\x03\x02\x01\x0D"};
    struct evidence_kdc request = {.purpose = KDC_TGS};
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t length = strlen(texts[i]);

        assert_null(kerberos_decode_reply(&arena, texts[i], length));
        assert_null(kerberos_decode_error(&arena, texts[i], length));
        assert_null(kerberos_decode_ap_req(&arena, texts[i], length));
        assert_false(kerberos_decode_request(&arena, texts[i], length, &request));
        assert_int_equal(request.purpose, KDC_TGS);
    }
    arena_release(&arena);
}

/* What the whole message says, for the checks below. */
static struct kdc_reply *whole_reply;
static struct arena whole_arena;
static bool decoded;

static void assert_same_or_unknown_text(const char *text, const char *whole)
{
    if (text) {
        assert_non_null(whole);
        assert_string_equal(text, whole);
    }
}

static void assert_same_or_unknown(int64_t value, int64_t whole)
{
    if (value != EVIDENCE_UNKNOWN) {
        assert_int_equal(value, whole);
    }
}

static void check_cut_error(const struct krb_error *error, const struct krb_error *whole)
{
    assert_same_or_unknown(error->code, whole->code);
    assert_same_or_unknown(error->server_time, whole->server_time);
    assert_same_or_unknown(error->client_time, whole->client_time);
    assert_same_or_unknown(error->edata_length, whole->edata_length);
    assert_same_or_unknown(error->ntstatus, whole->ntstatus);
    assert_same_or_unknown_text(error->service, whole->service);
    assert_same_or_unknown_text(error->client, whole->client);
    assert_same_or_unknown_text(error->text, whole->text);
}

/* A cut message says what the whole one says, or nothing. */
static void check_cut_reply(const void *bytes, size_t length)
{
    struct arena arena = {0};
    struct kdc_reply *reply = kerberos_decode_reply(&arena, bytes, length);
    size_t size = kerberos_message_size(bytes, length);

    /* Once it can be read it stays readable. */
    assert_true(reply || !decoded);
    decoded = reply != NULL;
    if (reply) {
        assert_true(size >= length);
        assert_int_equal(reply->kind, whole_reply->kind);
        assert_same_or_unknown_text(reply->client, whole_reply->client);
        assert_same_or_unknown_text(reply->referral, whole_reply->referral);
        assert_same_or_unknown(reply->etype, whole_reply->etype);
        assert_same_or_unknown(reply->kvno, whole_reply->kvno);
    }
    if (reply && reply->error) {
        check_cut_error(reply->error, whole_reply->error);
    }
    if (reply && reply->ticket) {
        assert_same_or_unknown_text(reply->ticket->service, whole_reply->ticket->service);
        assert_same_or_unknown_text(reply->ticket->realm, whole_reply->ticket->realm);
        assert_same_or_unknown_text(reply->ticket->fingerprint, whole_reply->ticket->fingerprint);
        assert_same_or_unknown(reply->ticket->etype, whole_reply->ticket->etype);
        assert_same_or_unknown(reply->ticket->kvno, whole_reply->ticket->kvno);
        assert_same_or_unknown(reply->ticket->length, whole_reply->ticket->length);
    }
    arena_release(&arena);
}

static void decode_all(const void *bytes, size_t length)
{
    struct evidence_kdc request = {0};
    struct arena arena = {0};

    kerberos_decode_reply(&arena, bytes, length);
    kerberos_decode_request(&arena, bytes, length, &request);
    kerberos_decode_ap_req(&arena, bytes, length);
    arena_release(&arena);
}

static void test_hostile(void **state)
{
    static const char *const replies[] = {"kerberos/as-rep", "kerberos/tgs-rep-referral",
                                          "kerberos/error-07", "kerberos/error-25"};
    static const char *const requests[] = {"kerberos/as-req-preauth", "kerberos/tgs-req"};

    (void)state;
    for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
        struct buffer seed = hostile_seed(replies[i]);

        decoded = false;
        whole_reply = kerberos_decode_reply(&whole_arena, seed.data, seed.length);
        assert_non_null(whole_reply);
        hostile_cut(seed.data, seed.length, check_cut_reply);
        hostile_flip(seed.data, seed.length, decode_all);
        buffer_release(&seed);
        arena_release(&whole_arena);
    }
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        struct buffer seed = hostile_seed(requests[i]);

        hostile_cut(seed.data, seed.length, decode_all);
        hostile_flip(seed.data, seed.length, decode_all);
        buffer_release(&seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_read_as_mit_reads_them),
        cmocka_unit_test(test_errors_read_as_mit_reads_them),
        cmocka_unit_test(test_error_with_every_field),
        cmocka_unit_test(test_ntstatus),
        cmocka_unit_test(test_referrals),
        cmocka_unit_test(test_kvno_of_read_only_dc),
        cmocka_unit_test(test_requests_read_as_mit_reads_them),
        cmocka_unit_test(test_fingerprint_follows_the_ticket),
        cmocka_unit_test(test_other_bytes_are_no_message),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
