/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every finding of the catalogue has two files in cases/: the smallest evidence for which it
 * appears, as the root cause if it can be one, and a near miss for which it does not. The files
 * in verdicts/ are whole runs; the table below says what comes of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "evidence/json.h"
#include "rules/verdict.h"

struct judged {
    struct evidence_set set;
    struct arena arena;
    struct judgement judgement;
};

static void load(struct judged *judged, const char *folder, const char *name)
{
    struct buffer text = {0};
    struct ccm_error error = {{0}};
    char path[512];

    memset(judged, 0, sizeof(*judged));
    snprintf(path, sizeof(path), "%s/tests/rules/%s/%s.jsonl", CCM_SOURCE_DIR, folder, name);
    if (file_read(path, 1024 * 1024, &text, &error) != CCM_OK ||
        evidence_load(path, &text, &judged->set, &error) != CCM_OK) {
        buffer_release(&text);
        fail_msg("%s", error.text);
    }
    buffer_release(&text);
    judge(&judged->set, &judged->arena, &judged->judgement);
}

static void release(struct judged *judged)
{
    arena_release(&judged->arena);
    evidence_release(&judged->set);
}

static const struct finding *find(const struct judged_case *judged, enum finding_id id)
{
    for (size_t i = 0; i < judged->findings.count; i++) {
        if (judged->findings.items[i].id == id) {
            return &judged->findings.items[i];
        }
    }
    return NULL;
}

static const char *root_name(const struct judged_case *judged)
{
    int root = judged->verdict.root;

    return root < 0 ? "" : finding_type(judged->findings.items[root].id)->name;
}

/* All places of the texts are filled, and every record that it rests on exists. */
static void check_complete(const struct judged *judged, const struct finding *finding)
{
    const struct finding_type *type = finding_type(finding->id);
    const char *const texts[] = {type->title, type->why, type->remedy};
    struct arena arena = {0};

    for (size_t i = 0; i < 3; i++) {
        const char *text = finding_expand(&arena, finding, texts[i]);

        for (const char *at = strchr(text, '?'); at; at = strchr(at + 1, '?')) {
            if (strncmp(at, "?MPLIST", 7) != 0) {
                fail_msg("%s: an argument is missing: %s", type->name, text);
            }
        }
    }
    for (size_t i = 0; i < finding->evidence_count; i++) {
        assert_in_range(finding->evidence[i], 1, judged->set.count);
        assert_true(i == 0 || finding->evidence[i] > finding->evidence[i - 1]);
    }
    arena_release(&arena);
}

static void test_fires(void **state)
{
    (void)state;
    for (int id = FINDING_NONE + 1; id < FINDING_COUNT; id++) {
        const struct finding_type *type = finding_type((enum finding_id)id);
        const struct finding *finding;
        struct judged judged;
        char name[128];

        snprintf(name, sizeof(name), "%s.fires", type->name);
        load(&judged, "cases", name);
        finding = find(&judged.judgement.cases[0], (enum finding_id)id);
        if (!finding) {
            fail_msg("%s: is not there", name);
        }
        check_complete(&judged, finding);
        if (type->role != ROLE_NOTE) {
            assert_string_equal(root_name(&judged.judgement.cases[0]), type->name);
        }
        release(&judged);
    }
}

static void test_silent(void **state)
{
    (void)state;
    for (int id = FINDING_NONE + 1; id < FINDING_COUNT; id++) {
        const struct finding_type *type = finding_type((enum finding_id)id);
        struct judged judged;
        char name[128];

        snprintf(name, sizeof(name), "%s.silent", type->name);
        load(&judged, "cases", name);
        if (find(&judged.judgement.cases[0], (enum finding_id)id)) {
            fail_msg("%s: is there", name);
        }
        release(&judged);
    }
}

/* Everything that any case brings about has all its arguments. */
static void test_complete(void **state)
{
    static const char *const suffixes[] = {"fires", "silent"};

    (void)state;
    for (int id = FINDING_NONE + 1; id < FINDING_COUNT; id++) {
        for (size_t i = 0; i < 2; i++) {
            struct judged judged;
            char name[128];

            snprintf(name, sizeof(name), "%s.%s", finding_type((enum finding_id)id)->name,
                     suffixes[i]);
            load(&judged, "cases", name);
            for (size_t k = 0; k < judged.judgement.cases[0].findings.count; k++) {
                check_complete(&judged, &judged.judgement.cases[0].findings.items[k]);
            }
            release(&judged);
        }
    }
}

/* The names of the findings in a list of the verdict, joined by blanks. */
static void check_list(const struct judged_case *judged, const size_t *list, size_t count,
                       const char *expected)
{
    char names[512] = "";

    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(names);

        snprintf(names + length, sizeof(names) - length, "%s%s", i > 0 ? " " : "",
                 finding_type(judged->findings.items[list[i]].id)->name);
    }
    assert_string_equal(names, expected);
}

static const struct {
    const char *name;
    const char *root; /* "" is none */
    enum finding_confidence confidence;
    const char *symptoms;
    const char *remaining;
    const char *untested;
    int exit_status;
} VERDICTS[] = {
    {"healthy", "", CONFIDENCE_NONE, "", "", "", 0},
    {"no-identity", "", CONFIDENCE_NONE, "", "", "identity.none", 3},
    {"pki", "http.client-certificate", CONFIDENCE_PROVEN, "", "", "identity.none", 1},
    {"no-such-name", "dns.no-such-name", CONFIDENCE_PROVEN, "", "", "check.skipped check.skipped",
     2},
    {"independent", "http.verb", CONFIDENCE_PROVEN, "", "spn.missing", "check.skipped", 2},
    {"skew", "clock.mp", CONFIDENCE_PROVEN, "ticket.rejected", "", "", 2},
    {"skew-two-clocks", "clock.mp", CONFIDENCE_LIKELY, "ticket.rejected", "", "", 2},
    {"skew-harmless", "clock.client", CONFIDENCE_PROVEN, "", "", "", 1},
    {"wrong-account", "spn.on-other-account", CONFIDENCE_PROVEN, "", "", "", 2},
    {"alias-works", "", CONFIDENCE_NONE, "", "", "", 0},
    {"one-address", "http.address-differs", CONFIDENCE_PROVEN, "ticket.wrong-key", "", "", 2},
    {"first-address-silent", "http.address-differs", CONFIDENCE_PROVEN, "", "", "", 1},
    {"deadline", "", CONFIDENCE_NONE, "", "run.deadline", "check.skipped", 3},
    {"no-kdc", "dns.no-kdc-records", CONFIDENCE_PROVEN, "kdc.unreachable", "",
     "check.skipped check.skipped", 2},
    {"firewall", "kdc.unreachable", CONFIDENCE_PROVEN, "", "", "check.skipped", 2},
    {"cut-short", "", CONFIDENCE_NONE, "", "run.deadline", "check.skipped", 3},
    {"a-unknown", "dns.server-error", CONFIDENCE_PROVEN, "", "", "check.skipped", 2},
    {"proxy-407", "http.proxy", CONFIDENCE_PROVEN, "", "", "check.skipped", 2},
    {"accepted-500", "", CONFIDENCE_NONE, "", "", "", 0},
    {"anonymous", "http.anonymous-accepted", CONFIDENCE_PROVEN, "", "", "", 2},
    {"etype-at-mp", "ticket.etype", CONFIDENCE_PROVEN, "", "", "", 2},
    {"selective-at-mp", "trust.selective", CONFIDENCE_PROVEN, "", "", "", 2},
    {"false-proof", "http.mutual-auth", CONFIDENCE_PROVEN, "", "", "", 2},
    {"hosts-file", "spn.missing", CONFIDENCE_PROVEN, "", "dns.no-such-name", "check.skipped", 2},
    {"two-times", "clock.kdc", CONFIDENCE_LIKELY, "clock.mp", "", "", 2},
    {"duplicate", "spn.duplicate", CONFIDENCE_LIKELY, "", "", "check.skipped", 2},
    {"skew-library", "clock.client", CONFIDENCE_LIKELY, "identity.unusable", "",
     "check.skipped check.skipped", 2},
    {"on-user-accepted", "", CONFIDENCE_NONE, "", "", "", 0},
    {"on-user-untested", "", CONFIDENCE_NONE, "", "spn.on-user", "identity.none", 3},
    {"on-user-host-refused", "spn.on-user", CONFIDENCE_LIKELY, "", "ticket.wrong-key", "", 2},
    {"on-user-known-good", "", CONFIDENCE_NONE, "", "", "identity.none", 3},
    {"on-user-known-other", "", CONFIDENCE_NONE, "", "spn.on-user", "identity.none", 3},
    {"on-user-known-refused", "spn.on-user", CONFIDENCE_LIKELY, "ticket.rejected", "", "", 2},
    {"on-user-bare", "spn.on-user", CONFIDENCE_LIKELY, "ticket.rejected", "", "", 2},
    {"host-on-user", "spn.on-user", CONFIDENCE_PROVEN, "", "", "", 2},
    {"own-account-wrong-key", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "", "", 2},
    {"stale-key", "spn.stale", CONFIDENCE_LIKELY, "ticket.wrong-key", "", "", 2},
    {"mps-key-refused", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "spn.on-user", "", 2},
    {"duplicate-shown", "spn.duplicate", CONFIDENCE_PROVEN, "", "", "", 2},
    {"duplicate-of-host", "spn.duplicate", CONFIDENCE_PROVEN, "", "", "", 2},
    {"missing-shown", "spn.missing", CONFIDENCE_PROVEN, "", "", "identity.none", 2},
    {"missing-not-mapped", "spn.missing", CONFIDENCE_PROVEN, "", "", "", 2},
    {"ldap-blocked", "", CONFIDENCE_NONE, "", "", "directory.unreachable", 0},
    {"external-works", "trust.external", CONFIDENCE_PROVEN, "", "", "", 1},
    {"forest-trust-healthy", "", CONFIDENCE_NONE, "", "", "", 0},
    {"selective-policy", "trust.selective", CONFIDENCE_LIKELY, "", "", "", 2},
    {"suffix-missing", "trust.suffix", CONFIDENCE_PROVEN, "", "", "", 2},
    {"suffix-conflict", "trust.suffix", CONFIDENCE_PROVEN, "", "", "", 2},
    {"suffix-excluded", "trust.suffix", CONFIDENCE_PROVEN, "", "", "", 2},
    {"suffix-unread", "trust.no-referral", CONFIDENCE_LIKELY, "", "", "", 2},
    {"direction-of-mp", "trust.direction", CONFIDENCE_LIKELY, "", "", "", 2},
    {"child-domains", "trust.path-differs", CONFIDENCE_LIKELY, "", "", "", 2},
    {"other-forest-on-user", "spn.on-user", CONFIDENCE_PROVEN, "", "", "", 2},
    {"two-trees", "spn.missing", CONFIDENCE_LIKELY, "", "", "", 2},
    {"client-disabled", "account.disabled", CONFIDENCE_PROVEN, "", "", "", 2},
    {"client-locked", "account.disabled", CONFIDENCE_PROVEN, "",
     "account.password-expired account.rc4-only", "", 1},
    {"replica-behind", "ldap.replication", CONFIDENCE_PROVEN, "", "", "", 1},
    {"replicas-refused", "ldap.replication", CONFIDENCE_LIKELY, "ticket.refused", "", "", 2},
    {"directory-clock", "clock.kdc", CONFIDENCE_PROVEN, "", "", "", 1},
    {"name-and-owner", "dns.no-such-name", CONFIDENCE_PROVEN, "", "spn.on-user", "", 2},
    {"user-by-directory", "", CONFIDENCE_NONE, "", "", "", 0},
    {"missing-in-domain", "", CONFIDENCE_NONE, "", "", "identity.none", 3},
    {"missing-unseen", "spn.missing", CONFIDENCE_LIKELY, "", "", "identity.none", 2},
    {"trusts-hidden", "trust.no-referral", CONFIDENCE_LIKELY, "", "", "", 2},
    {"external-below-root", "trust.external", CONFIDENCE_LIKELY, "", "", "", 2},
    {"catalog-and-replica", "ldap.replication", CONFIDENCE_LIKELY, "ticket.wrong-key", "", "", 2},
    {"address-of-mp", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "", "", 2},
    {"alias-of-mp", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "", "", 2},
    {"owners-search-cut", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "", "directory.search-failed",
     2},
    {"duplicate-issued", "", CONFIDENCE_NONE, "", "spn.duplicate", "", 3},
    {"second-server", "", CONFIDENCE_NONE, "", "", "", 0},
    {"bind-not-possible", "", CONFIDENCE_NONE, "", "", "directory.bind-failed", 0},
    {"same-label", "spn.on-user", CONFIDENCE_PROVEN, "", "", "", 2},
    {"child-to-parent", "", CONFIDENCE_NONE, "", "", "", 0},
    {"child-stays", "trust.path-differs", CONFIDENCE_LIKELY, "", "", "", 2},
    {"further-name", "", CONFIDENCE_NONE, "", "", "", 3},
    {"nothing", "", CONFIDENCE_NONE, "", "", "", 3},
    {"logs-duplicate-undated", "guid.duplicate", CONFIDENCE_LIKELY, "", "", "", 2},
    {"logs-duplicate-copied", "guid.duplicate", CONFIDENCE_PROVEN, "", "", "", 2},
    {"logs-duplicate-turns", "guid.duplicate", CONFIDENCE_PROVEN, "", "", "", 2},
    {"logs-duplicate-forms", "", CONFIDENCE_NONE, "", "", "", 3}, /* of one name */
    {"logs-renamed-certificates", "", CONFIDENCE_NONE, "", "", "", 0},
    {"logs-renamed-two-sources", "", CONFIDENCE_NONE, "", "", "", 0},
    {"logs-authenticated", "", CONFIDENCE_NONE, "", "", "", 0},
    {"logs-post-repeated", "", CONFIDENCE_NONE, "", "", "", 3},
    {"logs-post-fallback", "", CONFIDENCE_NONE, "", "registration.post-failed", "", 3},
    {"logs-post-fails-again", "registration.post-failed", CONFIDENCE_PROVEN, "", "", "", 2},
    {"logs-pending", "", CONFIDENCE_NONE, "", "registration.pending", "", 3},
    {"logs-clock-ahead", "clock.client", CONFIDENCE_LIKELY, "web.refused", "", "", 2},
    {"logs-clock-zone", "web.refused", CONFIDENCE_PROVEN, "", "", "", 2}, /* a log's time zone */
    {"logs-nothing", "", CONFIDENCE_NONE, "", "", "", 3},
    {"recorded-approved", "", CONFIDENCE_NONE, "", "", "", 0},
    {"recorded-signed-in", "", CONFIDENCE_NONE, "", "", "", 0},
    {"recorded-wrong-key", "ticket.wrong-key", CONFIDENCE_PROVEN, "approval.anonymous", "", "", 2},
    {"recorded-address-changes", "", CONFIDENCE_NONE, "", "", "", 0},
    {"recorded-missing", "spn.missing", CONFIDENCE_LIKELY, "approval.anonymous", "", "", 2},
    {"recorded-ntlm", "http.ntlm-used", CONFIDENCE_PROVEN, "", "", "", 1},
    {"recorded-ntlm-refused", "spn.missing", CONFIDENCE_LIKELY, "http.ntlm-used", "", "", 2},
    {"recorded-ntlm-after-ticket", "ticket.wrong-key", CONFIDENCE_PROVEN, "http.ntlm-used", "", "",
     1},
    {"recorded-both-refused", "ticket.wrong-key", CONFIDENCE_PROVEN, "http.ntlm-used", "", "", 2},
    {"recorded-missing-ntlm", "spn.missing", CONFIDENCE_LIKELY, "http.ntlm-used", "", "", 1},
    {"recorded-ntlm-open", "http.ntlm-used", CONFIDENCE_PROVEN, "", "", "", 2},
    {"recorded-messages", "", CONFIDENCE_NONE, "", "capture.not-recorded", "", 3},
    {"recorded-signed-in-then-messages", "", CONFIDENCE_NONE, "", "", "", 0},
    {"live-anonymous-folder", "http.anonymous-accepted", CONFIDENCE_LIKELY, "", "", "", 2},
    {"recorded-user-password", "", CONFIDENCE_NONE, "", "", "", 0},
    {"recorded-user-only", "http.no-second-attempt", CONFIDENCE_PROVEN, "", "", "", 2},
    {"recorded-password", "account.wrong-password", CONFIDENCE_PROVEN, "http.no-second-attempt", "",
     "", 2},
    {"recorded-kdc-silent", "kdc.unreachable", CONFIDENCE_PROVEN, "", "", "", 1},
    {"recorded-kdc-silent-refused", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "kdc.unreachable",
     "", 2},
    {"recorded-etype", "ticket.etype", CONFIDENCE_PROVEN, "", "", "", 2},
    {"recorded-clock-of-bystander", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "clock.client", "",
     2},
    {"recorded-clock-and-mp", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "clock.mp", "", 2},
    {"recorded-clock-refused", "clock.client", CONFIDENCE_LIKELY, "ticket.rejected", "", "", 2},
    {"recorded-clock-of-mp", "clock.mp", CONFIDENCE_PROVEN, "ticket.rejected", "", "", 2},
    {"recorded-same-key-too", "ticket.wrong-key", CONFIDENCE_PROVEN, "", "", "", 2},
    {"recorded-other-type", "ticket.key-changed", CONFIDENCE_LIKELY, "ticket.wrong-key", "", "", 2},
    {"recorded-other-spn", "spn.other-name", CONFIDENCE_LIKELY, "spn.missing", "", "", 2},
    {"recorded-other-name-refused", "spn.other-name", CONFIDENCE_LIKELY, "ticket.wrong-key", "", "",
     2},
    {"recorded-no-name", "", CONFIDENCE_NONE, "", "capture.encrypted", "", 3},
    {"recorded-address", "dns.address", CONFIDENCE_PROVEN, "", "", "", 2},
    {"recorded-tls", "", CONFIDENCE_NONE, "", "capture.encrypted", "", 3},
    {"recorded-cached", "ticket.rejected", CONFIDENCE_PROVEN, "", "capture.not-recorded", "", 2},
    {"recorded-cached-good", "", CONFIDENCE_NONE, "", "", "", 0},
    {"web-anonymous", "web.no-sign-in", CONFIDENCE_PROVEN, "approval.anonymous", "", "", 2},
    {"web-anonymous-before", "web.no-sign-in", CONFIDENCE_PROVEN, "", "", "", 2},
    {"web-refused-anonymous", "web.refused", CONFIDENCE_PROVEN, "approval.anonymous", "", "", 2},
    {"web-messages-only", "", CONFIDENCE_NONE, "", "", "", 3},
    {"web-good", "", CONFIDENCE_NONE, "", "", "", 0},
    {"web-principal", "", CONFIDENCE_NONE, "", "", "", 0},
    {"web-worked-before", "web.refused", CONFIDENCE_LIKELY, "", "", "", 1},
    {"web-log-ends", "", CONFIDENCE_NONE, "", "", "", 3},
    {"one-address-unheard", "", CONFIDENCE_NONE, "", "http.unreachable", "", 3},
    {"web-log-ends-ntlm", "", CONFIDENCE_NONE, "", "", "", 3},
    {"web-log-ends-refused", "web.refused", CONFIDENCE_PROVEN, "", "", "", 2},
    {"web-log-goes-on", "web.no-sign-in", CONFIDENCE_PROVEN, "", "", "", 2},
    {"web-log-ends-anonymously", "web.no-sign-in", CONFIDENCE_PROVEN, "approval.anonymous", "", "",
     2},
    {"web-guessed", "", CONFIDENCE_NONE, "", "", "", 0},
    {"web-certificate", "http.client-certificate", CONFIDENCE_PROVEN, "", "", "", 1},
    {"web-certificate-untrusted", "http.client-certificate", CONFIDENCE_PROVEN, "", "", "", 1},
    {"web-verb", "http.verb", CONFIDENCE_PROVEN, "", "", "", 2},
    {"web-verb-past", "", CONFIDENCE_NONE, "", "", "", 0},
    {"web-config", "http.config-error", CONFIDENCE_PROVEN, "", "", "", 2},
    {"web-too-large", "ticket.too-large", CONFIDENCE_LIKELY, "", "", "", 2},
    {"web-no-columns", "", CONFIDENCE_NONE, "", "web.columns", "", 3},
    {"recorded-ends", "http.no-second-attempt", CONFIDENCE_LIKELY, "", "", "", 3},
    {"recorded-gap", "http.no-second-attempt", CONFIDENCE_LIKELY, "", "", "", 3},
    {"recorded-ticket-unused", "http.no-second-attempt", CONFIDENCE_PROVEN, "", "", "", 2},
    {"recorded-ticket-at-once", "http.no-second-attempt", CONFIDENCE_LIKELY, "", "", "", 3},
    {"recorded-next-file", "http.no-second-attempt", CONFIDENCE_LIKELY, "", "", "", 3},
};

static void test_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(VERDICTS) / sizeof(VERDICTS[0]); i++) {
        const struct judged_case *judged_case;
        const struct verdict *verdict;
        struct judged judged;

        load(&judged, "verdicts", VERDICTS[i].name);
        print_message("verdict: %s\n", VERDICTS[i].name);
        judged_case = &judged.judgement.cases[0];
        verdict = &judged_case->verdict;
        assert_string_equal(root_name(judged_case), VERDICTS[i].root);
        if (verdict->root >= 0) {
            assert_int_equal(judged_case->findings.items[verdict->root].confidence,
                             VERDICTS[i].confidence);
        }
        check_list(judged_case, verdict->symptoms, verdict->symptom_count, VERDICTS[i].symptoms);
        check_list(judged_case, verdict->remaining, verdict->remaining_count,
                   VERDICTS[i].remaining);
        check_list(judged_case, verdict->untested, verdict->untested_count, VERDICTS[i].untested);
        assert_int_equal(judged.judgement.exit_status, VERDICTS[i].exit_status);
        for (size_t k = 0; judged_case->view.run && k < judged_case->findings.count; k++) {
            check_complete(&judged, &judged_case->findings.items[k]);
        }
        release(&judged);
    }
}

/* The heaviest case decides the exit status; each has its own verdict. */
static void test_two_mps(void **state)
{
    struct judged judged;

    (void)state;
    load(&judged, "verdicts", "two-mps");
    assert_int_equal(judged.judgement.case_count, 2);
    assert_int_equal(judged.judgement.cases[0].verdict.level, LEVEL_OK);
    assert_string_equal(root_name(&judged.judgement.cases[1]), "dns.no-such-name");
    assert_int_equal(judged.judgement.exit_status, 2);
    release(&judged);
}

/* A machine that shows two certificates is counted and named once. */
static void test_machines_of_a_guid(void **state)
{
    const struct finding *finding;
    struct judged judged;

    (void)state;
    load(&judged, "verdicts", "logs-duplicate-turns");
    finding = find(&judged.judgement.cases[0], FINDING_GUID_DUPLICATE);
    assert_non_null(finding);
    assert_string_equal(finding_argument(finding, "count"), "2");
    assert_string_equal(finding_argument(finding, "names"), "WK01, WK02");
    release(&judged);
}

static void test_no_evidence(void **state)
{
    struct evidence_set set = {0};
    struct judgement judgement;
    struct arena arena = {0};

    (void)state;
    judge(&set, &arena, &judgement);
    assert_int_equal(judgement.case_count, 0);
    assert_int_equal(judgement.exit_status, 3);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fires),       cmocka_unit_test(test_silent),
        cmocka_unit_test(test_complete),    cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_two_mps),     cmocka_unit_test(test_machines_of_a_guid),
        cmocka_unit_test(test_no_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
