/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode/negotiate.h"
#include "hostile.h"

static void assert_text(const char *text, const char *expected)
{
    if (expected) {
        assert_non_null(text);
        assert_string_equal(text, expected);
    } else {
        assert_null(text);
    }
}

/* What each seed says; `service` and `code` are of the inner ticket or error. */
static const struct seed {
    const char *name;
    enum negotiate_kind kind;
    enum spnego_state state;
    const char *mech;
    const char *content;
    int64_t code;
    const char *service;
    const char *ntlm_target;
} seeds[] = {
    {"krb5-init", NEGOTIATE_KERBEROS, 0, "krb5", "AP-REQ", 0, "HTTP/mp.contoso.lab", NULL},
    {"krb5-reply-ok", NEGOTIATE_KERBEROS, 0, "krb5", "AP-REP", 0, NULL, NULL},
    {"krb5-reply-skew", NEGOTIATE_KERBEROS, 0, "krb5", "KRB-ERROR", 37, "HTTP/mp.contoso.lab",
     NULL},
    {"krb5-reply-wrong", NEGOTIATE_KERBEROS, 0, "krb5", "KRB-ERROR", 31, "HTTP/wrong.contoso.lab",
     NULL},
    {"spnego-init", NEGOTIATE_SPNEGO_INIT, 0, "krb5", "AP-REQ", 0, "HTTP/mp.contoso.lab", NULL},
    {"spnego-hints", NEGOTIATE_SPNEGO_INIT, 0, "negoex", NULL, 0, NULL, NULL},
    {"spnego-negoex", NEGOTIATE_SPNEGO_INIT, 0, "negoex", "NEGOEX", 0, NULL, NULL},
    {"spnego-reply-ok", NEGOTIATE_SPNEGO_RESP, SPNEGO_ACCEPT_COMPLETED, "krb5", "AP-REP", 0, NULL,
     NULL},
    {"spnego-reply-skew", NEGOTIATE_SPNEGO_RESP, SPNEGO_REJECT, "krb5", "KRB-ERROR", 37,
     "HTTP/mp.contoso.lab", NULL},
    {"spnego-reply-wrong", NEGOTIATE_SPNEGO_RESP, SPNEGO_REJECT, "krb5", "KRB-ERROR", 31,
     "HTTP/wrong.contoso.lab", NULL},
    {"spnego-error-unframed", NEGOTIATE_SPNEGO_RESP, SPNEGO_REJECT, "ms-krb5", "KRB-ERROR", 7,
     "HTTP/none.contoso.lab", NULL},
    {"spnego-error-bare", NEGOTIATE_SPNEGO_RESP, SPNEGO_REJECT, NULL, "KRB-ERROR", 7,
     "HTTP/none.contoso.lab", NULL},
    {"spnego-reject", NEGOTIATE_SPNEGO_RESP, SPNEGO_REJECT, NULL, NULL, 0, NULL, NULL},
    {"spnego-other-mech", NEGOTIATE_SPNEGO_RESP, SPNEGO_REQUEST_MIC, "1.3.6.1.5.2.5", NULL, 0, NULL,
     NULL},
    {"spnego-ntlm-negotiate", NEGOTIATE_NTLM, 0, "ntlm", "NTLM NEGOTIATE", 0, NULL, NULL},
    {"spnego-ntlm-challenge", NEGOTIATE_NTLM, SPNEGO_ACCEPT_INCOMPLETE, "ntlm", "NTLM CHALLENGE", 0,
     NULL, "Server"},
    {"ntlm-negotiate", NEGOTIATE_NTLM, 0, "ntlm", "NTLM NEGOTIATE", 0, NULL, NULL},
    {"ntlm-challenge", NEGOTIATE_NTLM, 0, "ntlm", "NTLM CHALLENGE", 0, NULL, "Server"},
    {"ntlm-challenge-oem", NEGOTIATE_NTLM, 0, "ntlm", "NTLM CHALLENGE", 0, NULL, "CONTOSO"},
    {"ntlm-authenticate", NEGOTIATE_NTLM, 0, "ntlm", "NTLM AUTHENTICATE", 0, NULL, NULL},
};

enum { SEEDS = sizeof(seeds) / sizeof(seeds[0]) };

static struct buffer read_seed(const struct seed *seed)
{
    char name[64];

    snprintf(name, sizeof(name), "negotiate/%s", seed->name);
    return hostile_seed(name);
}

static void test_seeds(void **state)
{
    (void)state;
    for (size_t i = 0; i < SEEDS; i++) {
        struct buffer bytes = read_seed(&seeds[i]);
        struct arena arena = {0};
        struct negotiate_token *token = negotiate_decode(&arena, bytes.data, bytes.length);

        assert_int_equal(token->kind, seeds[i].kind);
        assert_int_equal(token->state, seeds[i].state);
        assert_int_equal(token->bytes, bytes.length);
        assert_text(token->mech, seeds[i].mech);
        assert_text(token->content, seeds[i].content);
        assert_text(token->ntlm_target, seeds[i].ntlm_target);
        if (seeds[i].code > 0) {
            assert_non_null(token->error);
            assert_int_equal(token->error->code, seeds[i].code);
            assert_text(token->error->service, seeds[i].service);
            assert_null(token->ticket);
        } else {
            assert_null(token->error);
        }
        if (seeds[i].code == 0 && seeds[i].service) {
            assert_non_null(token->ticket);
            assert_text(token->ticket->service, seeds[i].service);
            assert_int_equal(token->ticket->etype, 18);
        }
        arena_release(&arena);
        buffer_release(&bytes);
    }
}

static void test_malformed(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } cases[] = {
        {"", 0},
        {"x", 1},
        {"HTTP", 4},
        {"NTLMSSP\0\x04\0\0\0", 12},
        {"\x60\x03\x06\x01\x80", 5},                 /* an OID without an end */
        {"\x60\x02\x04\x00", 4},                     /* no OID */
        {"\xA1\x04\x30\x05\x04\x00", 6},             /* longer than its parent */
        {"\x60\x80\x06\x00", 4},                     /* indefinite */
        {"\xA1\x07\x30\x05\xA0\x03\x04\x01\x00", 9}, /* negState of another type */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = {0};
        struct negotiate_token *token = negotiate_decode(&arena, cases[i].bytes, cases[i].length);

        assert_int_equal(token->kind, NEGOTIATE_MALFORMED);
        assert_int_equal(token->bytes, cases[i].length);
        assert_null(token->content);
        assert_null(token->mech);
        arena_release(&arena);
    }
}

/* A wrong negState says nothing; the rest of the token does. */
static void test_unknown_state(void **state)
{
    struct arena arena = {0};
    struct negotiate_token *token =
        negotiate_decode(&arena, "\xA1\x07\x30\x05\xA0\x03\x0A\x01\x09", 9);

    (void)state;
    assert_int_equal(token->kind, NEGOTIATE_SPNEGO_RESP);
    assert_int_equal(token->state, SPNEGO_UNKNOWN);
    arena_release(&arena);
}

/* The name's place in a challenge is the sender's word: beyond the end it is unknown. */
static void test_ntlm_target_beyond_the_end(void **state)
{
    struct buffer bytes = hostile_seed("negotiate/ntlm-challenge");
    struct arena arena = {0};

    (void)state;
    bytes.data[16] = 60;
    assert_null(negotiate_decode(&arena, bytes.data, bytes.length)->ntlm_target);
    memset(bytes.data + 16, 0xFF, 4);
    assert_null(negotiate_decode(&arena, bytes.data, bytes.length)->ntlm_target);
    arena_release(&arena);
    buffer_release(&bytes);
}

static void check_cut(const void *bytes, size_t length)
{
    struct arena arena = {0};
    struct negotiate_token *token = negotiate_decode(&arena, bytes, length);

    assert_non_null(token);
    assert_int_equal(token->bytes, length);
    if (token->error && token->error->code != EVIDENCE_UNKNOWN) {
        assert_int_equal(token->error->code, 31);
    }
    if (token->error && token->error->service) {
        assert_string_equal(token->error->service, "HTTP/wrong.contoso.lab");
    }
    if (token->ticket && token->ticket->service) {
        assert_string_equal(token->ticket->service, "HTTP/mp.contoso.lab");
    }
    if (token->ntlm_target) {
        assert_string_equal(token->ntlm_target, "Server");
    }
    arena_release(&arena);
}

static void decode(const void *bytes, size_t length)
{
    struct arena arena = {0};

    negotiate_decode(&arena, bytes, length);
    arena_release(&arena);
}

static void test_hostile(void **state)
{
    static const char *const cut[] = {"negotiate/spnego-reply-wrong", "negotiate/krb5-init",
                                      "negotiate/spnego-init", "negotiate/spnego-ntlm-challenge"};

    (void)state;
    for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
        struct buffer bytes = hostile_seed(cut[i]);

        hostile_cut(bytes.data, bytes.length, check_cut);
        buffer_release(&bytes);
    }
    for (size_t i = 0; i < SEEDS; i++) {
        struct buffer bytes = read_seed(&seeds[i]);

        hostile_flip(bytes.data, bytes.length, decode);
        buffer_release(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seeds),         cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_unknown_state), cmocka_unit_test(test_ntlm_target_beyond_the_end),
        cmocka_unit_test(test_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
