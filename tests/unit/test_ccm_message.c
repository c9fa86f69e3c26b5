/* SPDX-License-Identifier: Apache-2.0 */
/* CCM messages and the certificates in them. The seeds are described in tests/fuzz/README.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "decode/ccm_message.h"
#include "decode/client_certificate.h"
#include "evidence/shape.h"
#include "tests/unit/hostile.h"

static const char SIGNING[] = "E824658E489FDBB6481ED7788E74877FB9DBCF0B";
static const char ENCRYPTION[] = "6B186E7BC2B86B059FAE5E431C6C6CE40A943F3C";

struct fixture {
    struct arena arena;
    struct evidence_registration *registration;
};

static void fixture_init(struct fixture *fixture)
{
    arena_init(&fixture->arena);
    fixture->registration = evidence_new(&fixture->arena, shape_of(EVIDENCE_REGISTRATION));
}

static bool decode(struct fixture *fixture, const char *seed)
{
    struct buffer body = hostile_seed(seed);
    bool read = ccm_message_decode(&fixture->arena, body.data, body.length, fixture->registration);

    assert_true(ccm_message_identify(NULL, body.data, body.length));
    buffer_release(&body);
    return read;
}

static void check_request(const char *seed)
{
    struct fixture fixture;
    const struct evidence_registration *found;
    char text[CLOCK_TEXT_SIZE];

    fixture_init(&fixture);
    assert_true(decode(&fixture, seed));
    found = fixture.registration;
    assert_string_equal(found->type, "Registration");
    assert_string_equal(found->name, "WK02-020-51W");
    assert_string_equal(found->fqdn, "WK02-020-51W.Child.A2003.VM.local");
    assert_string_equal(found->smsid, "GUID:EEAF9390-94EB-43AE-A0DE-F374E3E7E03B");
    assert_string_equal(found->hardware_id, "2:D4D8AD1963DA464FC3EE60E5212310036AB9EDEC");
    assert_string_equal(found->agent, "CCMSetup.exe");
    assert_string_equal(found->agent_version, "4.00.6221.1000");
    assert_string_equal(found->signing_thumbprint, SIGNING);
    assert_string_equal(found->encryption_thumbprint, ENCRYPTION);
    assert_string_equal(clock_format(found->certificate_not_before, text),
                        "2009-05-19T19:34:47.000000Z");
    assert_string_equal(clock_format(found->certificate_not_after, text),
                        "2109-04-26T19:34:47.000000Z");
    assert_int_equal(found->key_type, 1);
    assert_int_equal(found->status, EVIDENCE_UNKNOWN);
    assert_int_equal(found->approval, EVIDENCE_UNKNOWN);
    assert_null(found->problem);
    arena_release(&fixture.arena);
}

static void test_request(void **state)
{
    (void)state;
    check_request("ccm_message/request.bin");
    check_request("ccm_message/request-plain.bin");
}

static void test_response_completes_request(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    assert_true(decode(&fixture, "ccm_message/request.bin"));
    assert_true(decode(&fixture, "ccm_message/response.bin"));
    assert_string_equal(fixture.registration->name, "WK02-020-51W");
    assert_string_equal(fixture.registration->smsid, "GUID:1af488d8-0a7c-4c5f-9d2b-0a8a1b9a5a11");
    assert_int_equal(fixture.registration->status, 0);
    assert_int_equal(fixture.registration->approval, 1);
    arena_release(&fixture.arena);
}

static void test_response_of_2007_has_no_approval(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    assert_true(decode(&fixture, "ccm_message/response-2007.bin"));
    assert_int_equal(fixture.registration->status, 3);
    assert_int_equal(fixture.registration->approval, EVIDENCE_UNKNOWN);
    arena_release(&fixture.arena);
}

static void test_confirmation(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    assert_true(decode(&fixture, "ccm_message/confirmation.bin"));
    assert_string_equal(fixture.registration->type, "Confirmation");
    assert_null(fixture.registration->name);
    arena_release(&fixture.arena);
}

static void test_other_endpoints_touch_nothing(void **state)
{
    struct fixture fixture;
    struct evidence_registration before;

    (void)state;
    fixture_init(&fixture);
    before = *fixture.registration;
    assert_false(decode(&fixture, "ccm_message/policy.bin"));
    assert_memory_equal(&before, fixture.registration, sizeof(before));
    arena_release(&fixture.arena);
}

static void test_compressed_body_is_bounded(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    assert_true(decode(&fixture, "ccm_message/bomb.bin"));
    assert_string_equal(fixture.registration->problem,
                        "the compressed body holds more than is read");
    arena_release(&fixture.arena);
}

/* The limit is of the whole message: a response behind a part that took all of it is not read. */
static void test_compressed_bodies_are_bounded_together(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture);
    assert_false(decode(&fixture, "ccm_message/bombs.bin"));
    arena_release(&fixture.arena);
}

/* A cut message says so, and never gives a value that the whole one has not. */
static void decode_prefix(const void *bytes, size_t length)
{
    struct fixture fixture;
    const struct evidence_registration *found;

    fixture_init(&fixture);
    found = fixture.registration;
    if (ccm_message_decode(&fixture.arena, bytes, length, fixture.registration)) {
        assert_true(!found->signing_thumbprint || strcmp(found->signing_thumbprint, SIGNING) == 0);
        assert_true(!found->name || strcmp(found->name, "WK02-020-51W") == 0);
        assert_true(found->name || found->problem);
    }
    arena_release(&fixture.arena);
}

static void decode_anything(const void *bytes, size_t length)
{
    struct fixture fixture;

    fixture_init(&fixture);
    ccm_message_decode(&fixture.arena, bytes, length, fixture.registration);
    arena_release(&fixture.arena);
}

static void test_cut_messages(void **state)
{
    struct buffer body = hostile_seed("ccm_message/request.bin");

    (void)state;
    hostile_cut(body.data, body.length, decode_prefix);
    hostile_flip(body.data, body.length, decode_anything);
    buffer_release(&body);
    body = hostile_seed("ccm_message/request-plain.bin");
    hostile_cut(body.data, body.length, decode_prefix);
    buffer_release(&body);
}

static void test_certificate(void **state)
{
    struct buffer der = hostile_seed("client_certificate/signing.der");
    struct client_certificate found;

    (void)state;
    assert_true(client_certificate_read(der.data, der.length, &found));
    assert_string_equal(found.thumbprint, SIGNING);
    assert_int_equal(found.common_name_length, 12);
    assert_memory_equal(found.common_name, "WK02-020-51W", 12);
    assert_true(found.negative_serial);
    assert_int_equal(found.exponent, 65537);
    assert_int_equal(found.modulus_length, 128);
    assert_int_equal(found.modulus[0], 0xBA);
    buffer_release(&der);
    der = hostile_seed("client_certificate/encryption.der");
    assert_true(client_certificate_read(der.data, der.length, &found));
    assert_string_equal(found.thumbprint, ENCRYPTION);
    assert_false(found.negative_serial);
    buffer_release(&der);
}

static void refuse_certificate(const void *bytes, size_t length)
{
    struct client_certificate found;

    if (length < 484) {
        assert_false(client_certificate_read(bytes, length, &found));
    }
}

static void read_certificate(const void *bytes, size_t length)
{
    struct client_certificate found;

    client_certificate_read(bytes, length, &found);
}

static void test_damaged_certificates(void **state)
{
    struct buffer der = hostile_seed("client_certificate/signing.der");
    struct client_certificate found;

    (void)state;
    assert_int_equal(der.length, 484);
    hostile_cut(der.data, der.length, refuse_certificate);
    hostile_flip(der.data, der.length, read_certificate);
    buffer_putc(&der, '\0');
    assert_false(client_certificate_read(der.data, der.length, &found));
    buffer_release(&der);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_response_completes_request),
        cmocka_unit_test(test_response_of_2007_has_no_approval),
        cmocka_unit_test(test_confirmation),
        cmocka_unit_test(test_other_endpoints_touch_nothing),
        cmocka_unit_test(test_compressed_body_is_bounded),
        cmocka_unit_test(test_compressed_bodies_are_bounded_together),
        cmocka_unit_test(test_cut_messages),
        cmocka_unit_test(test_certificate),
        cmocka_unit_test(test_damaged_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
