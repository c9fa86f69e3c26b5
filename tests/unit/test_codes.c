/* SPDX-License-Identifier: Apache-2.0 */
#include "codes/codes.h"

#include <inttypes.h>
#include <krb5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool matches_has(const struct code *const matches[], size_t count, enum code_space space,
                        int64_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (matches[i]->space == space && matches[i]->value == value) {
            return true;
        }
    }
    return false;
}

/* The spelling means this code, perhaps among others. */
static void check_match(const char *spelling, enum code_space space, int64_t value)
{
    const struct code *matches[CODE_MATCH_MAX];
    size_t count = code_match(spelling, matches, CODE_MATCH_MAX);

    if (!matches_has(matches, count, space, value)) {
        fail_msg("\"%s\" does not mean %s %" PRId64, spelling, code_space_name(space), value);
    }
}

/* The spelling means this code and no other. */
static void check_only_match(const char *spelling, enum code_space space, int64_t value)
{
    const struct code *matches[CODE_MATCH_MAX];

    check_match(spelling, space, value);
    if (code_match(spelling, matches, CODE_MATCH_MAX) != 1) {
        fail_msg("\"%s\" is not unique", spelling);
    }
}

static void check_no_match(const char *spelling)
{
    const struct code *matches[CODE_MATCH_MAX];
    size_t count = code_match(spelling, matches, CODE_MATCH_MAX);

    if (count != 0) {
        fail_msg("\"%s\" means %s", spelling, matches[0]->symbol);
    }
}

static void test_table_is_sorted_and_unique(void **state)
{
    size_t count = 0;
    const struct code *codes = code_table(&count);

    (void)state;
    assert_true(count > 600);
    for (size_t i = 1; i < count; i++) {
        const struct code *before = &codes[i - 1];
        const struct code *after = &codes[i];

        if (before->space > after->space ||
            (before->space == after->space && before->value >= after->value)) {
            fail_msg("%s is not before %s", before->symbol, after->symbol);
        }
    }
}

static void test_rows_are_complete(void **state)
{
    size_t count = 0;
    const struct code *codes = code_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct code *code = &codes[i];
        size_t length = strlen(code->meaning);

        assert_true(code->space > CODE_SPACE_UNKNOWN && code->space < CODE_SPACE_COUNT);
        assert_true(strlen(code->symbol) > 0);
        if (length < 2 || code->meaning[length - 1] != '.' || strstr(code->meaning, "  ") != NULL) {
            fail_msg("%s: meaning \"%s\"", code->symbol, code->meaning);
        }
    }
}

static void test_rows_are_found(void **state)
{
    size_t count = 0;
    const struct code *codes = code_table(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct code *code = &codes[i];

        assert_ptr_equal(code_find(code->space, code->value), code);
        assert_string_equal(code_symbol(code->space, code->value), code->symbol);
        /* Fails too if two rows of a space share a symbol. */
        assert_ptr_equal(code_find_symbol(code->space, code->symbol), code);
        check_match(code->symbol, code->space, code->value);
    }
}

static void test_unknown_codes(void **state)
{
    (void)state;
    assert_null(code_find(CODE_SPACE_KRB5, 30));
    assert_null(code_find(CODE_SPACE_KRB5, -1));
    assert_null(code_find(CODE_SPACE_HRESULT, -2146893022));
    assert_null(code_find(CODE_SPACE_IIS, 401));
    assert_null(code_find(CODE_SPACE_UNKNOWN, 0));
    assert_null(code_find(CODE_SPACE_COUNT, 0));
    assert_null(code_symbol(CODE_SPACE_HTTP, 999));
    assert_null(code_find_symbol(CODE_SPACE_WIN32, "KDC_ERR_POLICY"));
}

static void check_value(enum code_space space, int64_t value, const char *symbol)
{
    assert_non_null(code_symbol(space, value));
    assert_string_equal(code_symbol(space, value), symbol);
}

static void test_enumerators(void **state)
{
    (void)state;
    check_value(CODE_SPACE_KRB5, KRB_CODE_S_PRINCIPAL_UNKNOWN, "KDC_ERR_S_PRINCIPAL_UNKNOWN");
    check_value(CODE_SPACE_KRB5, KRB_CODE_MODIFIED, "KRB_AP_ERR_MODIFIED");
    check_value(CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_WRONG_PRINCIPAL, "SEC_E_WRONG_PRINCIPAL");
    check_value(CODE_SPACE_NTSTATUS, NTSTATUS_CODE_STATUS_LOGON_FAILURE, "STATUS_LOGON_FAILURE");
    check_value(CODE_SPACE_WIN32, WIN32_CODE_ERROR_ACCESS_DENIED, "ERROR_ACCESS_DENIED");
    check_value(CODE_SPACE_HTTP, HTTP_CODE_UNAUTHORIZED, "Unauthorized");
    check_value(CODE_SPACE_IIS, IIS_CODE_401_2, "401.2");
    check_value(CODE_SPACE_LDAP, DIRECTORY_CODE_INVALID_CREDENTIALS, "invalidCredentials");
    check_value(CODE_SPACE_HTTPSYS, HTTPSYS_CODE_FIELD_LENGTH, "FieldLength");
    check_value(CODE_SPACE_UAC, UAC_BIT_ACCOUNTDISABLE, "ACCOUNTDISABLE");
    check_value(CODE_SPACE_ETYPE, ETYPE_CODE_AES256_CTS_HMAC_SHA1_96, "aes256-cts-hmac-sha1-96");
    check_value(CODE_SPACE_TRUST_ATTRIBUTE, TRUST_ATTRIBUTE_FOREST_TRANSITIVE,
                "TRUST_ATTRIBUTE_FOREST_TRANSITIVE");
    check_value(CODE_SPACE_TRUST_DIRECTION, TRUST_DIRECTION_INBOUND, "TRUST_DIRECTION_INBOUND");
    check_value(CODE_SPACE_TRUST_TYPE, TRUST_TYPE_UPLEVEL, "TRUST_TYPE_UPLEVEL");
    check_value(CODE_SPACE_REGISTRATION, REGISTRATION_CERTIFICATE_RESET, "CertificateReset");
    check_value(CODE_SPACE_APPROVAL, APPROVAL_UNKNOWN, "Unknown");
}

static void test_spaces(void **state)
{
    enum code_space space = CODE_SPACE_COUNT;

    (void)state;
    for (int i = 0; i < CODE_SPACE_COUNT; i++) {
        assert_true(code_space_from_name(code_space_name((enum code_space)i), &space));
        assert_int_equal(space, i);
        assert_true(strlen(code_space_title((enum code_space)i)) > 0);
    }
    assert_string_equal(code_space_name(CODE_SPACE_KRB5), "krb5");
    assert_string_equal(code_space_name(CODE_SPACE_COUNT), "unknown");
    assert_false(code_space_from_name("KRB5", &space));
    assert_int_equal(space, CODE_SPACE_UNKNOWN);
    assert_false(code_space_from_name("", &space));
}

static void test_space_of_status(void **state)
{
    (void)state;
    assert_int_equal(code_space_of_status(0), CODE_SPACE_WIN32);
    assert_int_equal(code_space_of_status(5), CODE_SPACE_WIN32);
    assert_int_equal(code_space_of_status(12186), CODE_SPACE_WIN32);
    assert_int_equal(code_space_of_status(590610), CODE_SPACE_HRESULT);
    assert_int_equal(code_space_of_status(2148074254), CODE_SPACE_HRESULT);
    assert_int_equal(code_space_of_status(3221225581), CODE_SPACE_NTSTATUS);
    assert_int_equal(code_space_of_status(-1), CODE_SPACE_UNKNOWN);
    assert_int_equal(code_space_of_status(INT64_C(4294967296)), CODE_SPACE_UNKNOWN);
}

static void test_match_numbers(void **state)
{
    (void)state;
    check_only_match("2148074254", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_NO_CREDENTIALS);
    check_only_match("0x8009030E", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_NO_CREDENTIALS);
    check_only_match("0X8009030e", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_NO_CREDENTIALS);
    check_only_match("8009030e", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_NO_CREDENTIALS);
    check_only_match("80090322", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_WRONG_PRINCIPAL);
    check_only_match("-2146893022", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_WRONG_PRINCIPAL);
    check_only_match(" \t0x80090322\r\n", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_WRONG_PRINCIPAL);
    check_only_match("00090312", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_I_CONTINUE_NEEDED);
    check_only_match("590610", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_I_CONTINUE_NEEDED);
    check_only_match("c0000413", CODE_SPACE_NTSTATUS,
                     NTSTATUS_CODE_STATUS_AUTHENTICATION_FIREWALL_FAILED);
    check_only_match("3221225581", CODE_SPACE_NTSTATUS, NTSTATUS_CODE_STATUS_LOGON_FAILURE);
    check_only_match("0x87d00231", CODE_SPACE_HRESULT, HRESULT_CODE_CCM_TRANSIENT_ERROR);
    check_only_match("0x87d0027e", CODE_SPACE_HRESULT, HRESULT_CODE_CCM_E_BAD_HTTP_STATUS_CODE);
    check_only_match("403", CODE_SPACE_HTTP, HTTP_CODE_FORBIDDEN);
}

static void test_match_wrapped_win32(void **state)
{
    (void)state;
    check_only_match("0x80071770", CODE_SPACE_WIN32, WIN32_CODE_ERROR_ENCRYPTION_FAILED);
    check_only_match("0x80072ee2", CODE_SPACE_WIN32, WIN32_CODE_ERROR_WINHTTP_TIMEOUT);
    check_only_match("80072EE7", CODE_SPACE_WIN32, WIN32_CODE_ERROR_WINHTTP_NAME_NOT_RESOLVED);
    check_only_match("-2147012894", CODE_SPACE_WIN32, WIN32_CODE_ERROR_WINHTTP_TIMEOUT);
    check_match("0x80070005", CODE_SPACE_HRESULT, HRESULT_CODE_E_ACCESSDENIED);
    check_match("0x80070005", CODE_SPACE_WIN32, WIN32_CODE_ERROR_ACCESS_DENIED);
}

static void test_match_small_numbers(void **state)
{
    const struct code *matches[CODE_MATCH_MAX];

    (void)state;
    check_match("7", CODE_SPACE_KRB5, KRB_CODE_S_PRINCIPAL_UNKNOWN);
    check_match("7", CODE_SPACE_LDAP, DIRECTORY_CODE_AUTH_METHOD_NOT_SUPPORTED);
    check_match("0x29", CODE_SPACE_KRB5, KRB_CODE_MODIFIED);
    check_only_match("41", CODE_SPACE_KRB5, KRB_CODE_MODIFIED);
    check_match("5", CODE_SPACE_WIN32, WIN32_CODE_ERROR_ACCESS_DENIED);
    check_match("5", CODE_SPACE_KRB5, KRB_CODE_S_OLD_MAST_KVNO);
    check_match("18", CODE_SPACE_KRB5, KRB_CODE_CLIENT_REVOKED);
    check_match("18", CODE_SPACE_ETYPE, ETYPE_CODE_AES256_CTS_HMAC_SHA1_96);
    check_match("0x1000", CODE_SPACE_UAC, UAC_BIT_WORKSTATION_TRUST_ACCOUNT);
    check_only_match("-1", CODE_SPACE_APPROVAL, APPROVAL_UNKNOWN);

    assert_true(code_match("7", matches, CODE_MATCH_MAX) > 1);
    assert_int_equal(matches[0]->space, CODE_SPACE_KRB5);
    /* A reason of the HTTPERR log has no number, so none means it. */
    assert_false(matches_has(matches, code_match("10", matches, CODE_MATCH_MAX), CODE_SPACE_HTTPSYS,
                             HTTPSYS_CODE_FIELD_LENGTH));
}

static void test_match_iis(void **state)
{
    (void)state;
    check_only_match("401.2", CODE_SPACE_IIS, IIS_CODE_401_2);
    check_only_match("401 2", CODE_SPACE_IIS, IIS_CODE_401_2);
    check_only_match("404.13", CODE_SPACE_IIS, IIS_CODE_404_13);
    check_only_match("401.501", CODE_SPACE_IIS, IIS_CODE_401_501);
    check_match("401 2 2148074254", CODE_SPACE_IIS, IIS_CODE_401_2);
    check_match("401 2 2148074254", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_NO_CREDENTIALS);
    check_match("401 2 5", CODE_SPACE_IIS, IIS_CODE_401_2);
    check_match("401 2 5", CODE_SPACE_WIN32, WIN32_CODE_ERROR_ACCESS_DENIED);
    check_match("401 1 3221225581", CODE_SPACE_NTSTATUS, NTSTATUS_CODE_STATUS_LOGON_FAILURE);
    check_match("401.1 0x80090308", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_INVALID_TOKEN);
    check_match("500 19 126", CODE_SPACE_IIS, IIS_CODE_500_19);
    check_match("500 19 126", CODE_SPACE_WIN32, WIN32_CODE_ERROR_MOD_NOT_FOUND);
    check_match("200 0 0", CODE_SPACE_HTTP, HTTP_CODE_OK);
    check_match("200 0 0", CODE_SPACE_WIN32, WIN32_CODE_ERROR_SUCCESS);
    check_only_match("401.99", CODE_SPACE_HTTP, HTTP_CODE_UNAUTHORIZED);
}

static void test_match_symbols(void **state)
{
    (void)state;
    check_only_match("KDC_ERR_S_PRINCIPAL_UNKNOWN", CODE_SPACE_KRB5, KRB_CODE_S_PRINCIPAL_UNKNOWN);
    check_only_match("kdc_err_s_principal_unknown", CODE_SPACE_KRB5, KRB_CODE_S_PRINCIPAL_UNKNOWN);
    check_only_match("S_PRINCIPAL_UNKNOWN", CODE_SPACE_KRB5, KRB_CODE_S_PRINCIPAL_UNKNOWN);
    check_only_match("AP_ERR_MODIFIED", CODE_SPACE_KRB5, KRB_CODE_MODIFIED);
    check_only_match("Modified", CODE_SPACE_KRB5, KRB_CODE_MODIFIED);
    check_only_match("wrong_principal", CODE_SPACE_HRESULT, HRESULT_CODE_SEC_E_WRONG_PRINCIPAL);
    check_only_match("FieldLength", CODE_SPACE_HTTPSYS, HTTPSYS_CODE_FIELD_LENGTH);
    check_only_match("n/a", CODE_SPACE_HTTPSYS, HTTPSYS_CODE_NOT_AVAILABLE);
    check_only_match("aes256-cts-hmac-sha1-96", CODE_SPACE_ETYPE,
                     ETYPE_CODE_AES256_CTS_HMAC_SHA1_96);
    check_only_match("AES256_CTS_HMAC_SHA1_96", CODE_SPACE_ETYPE,
                     ETYPE_CODE_AES256_CTS_HMAC_SHA1_96);
    check_only_match("LDAP_INVALID_CREDENTIALS", CODE_SPACE_LDAP,
                     DIRECTORY_CODE_INVALID_CREDENTIALS);
    check_only_match("UF_ACCOUNTDISABLE", CODE_SPACE_UAC, UAC_BIT_ACCOUNTDISABLE);
    check_only_match("method not allowed", CODE_SPACE_HTTP, HTTP_CODE_METHOD_NOT_ALLOWED);
    /* Ambiguous without its prefix: both are answered. */
    check_match("LOGON_FAILURE", CODE_SPACE_NTSTATUS, NTSTATUS_CODE_STATUS_LOGON_FAILURE);
    check_match("LOGON_FAILURE", CODE_SPACE_WIN32, WIN32_CODE_ERROR_LOGON_FAILURE);
    /* A whole symbol is not mixed with symbols that only end in it. */
    check_only_match("ERROR_LOGON_FAILURE", CODE_SPACE_WIN32, WIN32_CODE_ERROR_LOGON_FAILURE);
}

/* krb5.h is the oracle for names and numbers that are ours to understand. */
static void test_match_mit(void **state)
{
    static const struct {
        const char *name;
        int32_t number;
        enum krb_code code;
    } cases[] = {
#define MIT(symbol, code) {#symbol, symbol, code}
        MIT(KRB5KDC_ERR_NONE, KRB_CODE_NONE),
        MIT(KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, KRB_CODE_C_PRINCIPAL_UNKNOWN),
        MIT(KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, KRB_CODE_S_PRINCIPAL_UNKNOWN),
        MIT(KRB5KDC_ERR_PRINCIPAL_NOT_UNIQUE, KRB_CODE_PRINCIPAL_NOT_UNIQUE),
        MIT(KRB5KDC_ERR_POLICY, KRB_CODE_POLICY),
        MIT(KRB5KDC_ERR_ETYPE_NOSUPP, KRB_CODE_ETYPE_NOSUPP),
        MIT(KRB5KDC_ERR_PADATA_TYPE_NOSUPP, KRB_CODE_PADATA_TYPE_NOSUPP),
        MIT(KRB5KDC_ERR_CLIENT_REVOKED, KRB_CODE_CLIENT_REVOKED),
        MIT(KRB5KDC_ERR_KEY_EXP, KRB_CODE_KEY_EXPIRED),
        MIT(KRB5KDC_ERR_PREAUTH_FAILED, KRB_CODE_PREAUTH_FAILED),
        MIT(KRB5KDC_ERR_PREAUTH_REQUIRED, KRB_CODE_PREAUTH_REQUIRED),
        MIT(KRB5KDC_ERR_MUST_USE_USER2USER, KRB_CODE_MUST_USE_USER2USER),
        MIT(KRB5KDC_ERR_PATH_NOT_ACCEPTED, KRB_CODE_PATH_NOT_ACCEPTED),
        MIT(KRB5KDC_ERR_SVC_UNAVAILABLE, KRB_CODE_SVC_UNAVAILABLE),
        MIT(KRB5KRB_AP_ERR_BAD_INTEGRITY, KRB_CODE_BAD_INTEGRITY),
        MIT(KRB5KRB_AP_ERR_TKT_EXPIRED, KRB_CODE_TKT_EXPIRED),
        MIT(KRB5KRB_AP_ERR_TKT_NYV, KRB_CODE_TKT_NYV),
        MIT(KRB5KRB_AP_ERR_NOT_US, KRB_CODE_NOT_US),
        MIT(KRB5KRB_AP_ERR_SKEW, KRB_CODE_SKEW),
        MIT(KRB5KRB_AP_ERR_MODIFIED, KRB_CODE_MODIFIED),
        MIT(KRB5KRB_AP_ERR_ILL_CR_TKT, KRB_CODE_ILL_CR_TKT),
        MIT(KRB5KRB_AP_ERR_BADKEYVER, KRB_CODE_BADKEYVER),
        MIT(KRB5KRB_AP_ERR_NOKEY, KRB_CODE_NOKEY),
        MIT(KRB5KRB_AP_ERR_INAPP_CKSUM, KRB_CODE_INAPP_CKSUM),
        MIT(KRB5KRB_AP_PATH_NOT_ACCEPTED, KRB_CODE_AP_PATH_NOT_ACCEPTED),
        MIT(KRB5KRB_ERR_RESPONSE_TOO_BIG, KRB_CODE_RESPONSE_TOO_BIG),
        MIT(KRB5KRB_ERR_GENERIC, KRB_CODE_GENERIC),
        MIT(KRB5KRB_ERR_FIELD_TOOLONG, KRB_CODE_FIELD_TOOLONG),
        MIT(KRB5KDC_ERR_CLIENT_NOT_TRUSTED, KRB_CODE_CLIENT_NOT_TRUSTED),
        MIT(KRB5KDC_ERR_WRONG_REALM, KRB_CODE_WRONG_REALM),
        MIT(KRB5KRB_AP_ERR_USER_TO_USER_REQUIRED, KRB_CODE_USER_TO_USER_REQUIRED),
        MIT(KRB5KDC_ERR_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED,
            KRB_CODE_PUBLIC_KEY_ENCRYPTION_NOT_SUPPORTED),
        MIT(KRB5KRB_AP_ERR_IAKERB_KDC_NOT_FOUND, KRB_CODE_IAKERB_KDC_NOT_FOUND),
        MIT(KRB5KDC_ERR_PREAUTH_EXPIRED, KRB_CODE_PREAUTH_EXPIRED),
        MIT(KRB5KDC_ERR_UNKNOWN_CRITICAL_FAST_OPTION, KRB_CODE_UNKNOWN_CRITICAL_FAST_OPTIONS),
#undef MIT
    };
    char number[16];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_only_match(cases[i].name, CODE_SPACE_KRB5, (int64_t)cases[i].code);
        snprintf(number, sizeof(number), "%" PRId32, cases[i].number);
        check_only_match(number, CODE_SPACE_KRB5, (int64_t)cases[i].code);
    }
    check_only_match("-1765328377", CODE_SPACE_KRB5, KRB_CODE_S_PRINCIPAL_UNKNOWN);
    check_only_match("0x96C73A07", CODE_SPACE_KRB5, KRB_CODE_S_PRINCIPAL_UNKNOWN);
}

/* What Active Directory says of a refused bind. */
static void test_match_subcode(void **state)
{
    static const struct {
        const char *digits;
        enum win32_code code;
    } cases[] = {
        {"525", WIN32_CODE_ERROR_NO_SUCH_USER},
        {"52e", WIN32_CODE_ERROR_LOGON_FAILURE},
        {"52f", WIN32_CODE_ERROR_ACCOUNT_RESTRICTION},
        {"530", WIN32_CODE_ERROR_INVALID_LOGON_HOURS},
        {"531", WIN32_CODE_ERROR_INVALID_WORKSTATION},
        {"532", WIN32_CODE_ERROR_PASSWORD_EXPIRED},
        {"533", WIN32_CODE_ERROR_ACCOUNT_DISABLED},
        {"568", WIN32_CODE_ERROR_TOO_MANY_CONTEXT_IDS},
        {"701", WIN32_CODE_ERROR_ACCOUNT_EXPIRED},
        {"773", WIN32_CODE_ERROR_PASSWORD_MUST_CHANGE},
        {"775", WIN32_CODE_ERROR_ACCOUNT_LOCKED_OUT},
    };
    char text[128];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check_only_match(cases[i].digits, CODE_SPACE_WIN32, cases[i].code);
        snprintf(text, sizeof(text), "data %s", cases[i].digits);
        check_only_match(text, CODE_SPACE_WIN32, cases[i].code);
        snprintf(text, sizeof(text),
                 "80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, "
                 "data %s, v4563",
                 cases[i].digits);
        check_only_match(text, CODE_SPACE_WIN32, cases[i].code);
    }
    check_only_match("DATA 52E", CODE_SPACE_WIN32, WIN32_CODE_ERROR_LOGON_FAILURE);
    /* Of these only the spelling with "data" means it: 1312 and 1355 refuse no bind. */
    check_only_match("data 54b", CODE_SPACE_WIN32, WIN32_CODE_ERROR_NO_SUCH_DOMAIN);
    check_no_match("54b");
    check_no_match("520");
    check_no_match("data");
    check_no_match("data 0");
    check_no_match("0000202B: NameErr: DSID-0310028C, problem 2001 (NO_OBJECT), data 52e");
    check_no_match("data xyz");
    check_no_match("data 52ex");
    check_no_match("data 99999999999999999999999");
    check_no_match("metadata 52e");
    check_no_match("052e");
}

static void test_match_nothing(void **state)
{
    static const char *const spellings[] = {
        "",
        "   ",
        "-",
        "_",
        "0x",
        "--7",
        "+7",
        "7x",
        "30",
        "999999",
        "0xFFFFFFFF",
        "99999999999999999999999",
        "-99999999999999999999999",
        "0x99999999999999999999999",
        "-1765328385",
        "-1765328256",
        "192.168.20.102",
        "401.",
        "401.2.x",
        "401 2 x",
        "4010.2",
        "ERR",
        "UNKNOWN_PRINCIPAL",
        "KDC_ERR_",
        "spn.on-user",
    };
    char longest[4096];

    (void)state;
    for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
        check_no_match(spellings[i]);
    }
    memset(longest, '7', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    check_no_match(longest);
}

static void test_match_capacity(void **state)
{
    const struct code *matches[1] = {NULL};
    const struct code *all[CODE_MATCH_MAX];
    size_t count;
    const struct code *table = code_table(&count);
    char number[24];

    (void)state;
    assert_int_equal(code_match("7", NULL, 0), 0);
    assert_int_equal(code_match("7", matches, 1), 1);
    assert_int_equal(matches[0]->space, CODE_SPACE_KRB5);
    /* Only a number that stands in a table can mean anything. */
    for (size_t i = 0; i < count; i++) {
        snprintf(number, sizeof(number), "%" PRId64, table[i].value);
        assert_in_range(code_match(number, all, CODE_MATCH_MAX), 0, CODE_MATCH_MAX - 1);
        snprintf(number, sizeof(number), "0x%" PRIx64, (uint64_t)table[i].value);
        assert_in_range(code_match(number, all, CODE_MATCH_MAX), 0, CODE_MATCH_MAX - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table_is_sorted_and_unique),
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_rows_are_found),
        cmocka_unit_test(test_unknown_codes),
        cmocka_unit_test(test_enumerators),
        cmocka_unit_test(test_spaces),
        cmocka_unit_test(test_space_of_status),
        cmocka_unit_test(test_match_numbers),
        cmocka_unit_test(test_match_wrapped_win32),
        cmocka_unit_test(test_match_small_numbers),
        cmocka_unit_test(test_match_iis),
        cmocka_unit_test(test_match_symbols),
        cmocka_unit_test(test_match_mit),
        cmocka_unit_test(test_match_subcode),
        cmocka_unit_test(test_match_nothing),
        cmocka_unit_test(test_match_capacity),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
