/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/shape.h"

#include <string.h>

#include "evidence/shape_rows.h"

const char *const WORDS_TRI[] = {"unknown", "no", "yes", NULL};
const char *const WORDS_OUTCOME[] = {"unknown", "reply",     "timeout",    "refused", "unreachable",
                                     "closed",  "malformed", "tls-failed", NULL};
const char *const WORDS_PHASE[] = {"unknown", "connect", "tls", "request", "reply", "done", NULL};
const char *const WORDS_STEP[] = {
    "unknown",       "name",        "anonymous",          "identity",  "ticket",
    "authenticated", "host-ticket", "host-authenticated", "directory", NULL};
const char *const WORDS_IDENTITY_SOURCE[] = {"unknown",       "none",     "keytab", "cache",
                                             "default-cache", "password", NULL};
const char *const WORDS_SKIP_REASON[] = {"unknown",      "no-identity", "deadline",
                                         "interrupted",  "step-failed", "not-needed",
                                         "not-recorded", "encrypted",   NULL};
const char *const WORDS_DNS_OUTCOME[] = {"unknown",     "answer",    "nodata",      "nxdomain",
                                         "servfail",    "refused",   "other-rcode", "timeout",
                                         "unreachable", "malformed", NULL};
const char *const WORDS_KDC_PURPOSE[] = {"unknown", "as", "tgs", NULL};
const char *const WORDS_KDC_REPLY[] = {"none", "as-rep", "tgs-rep", "error", "other", NULL};
const char *const WORDS_TRANSPORT[] = {"unknown", "udp", "tcp", NULL};
const char *const WORDS_HTTP_LEG[] = {"unknown", "anonymous", "negotiate", "host", "mplist", NULL};
const char *const WORDS_NEGOTIATE_KIND[] = {"unknown", "spnego-init", "spnego-resp", "kerberos",
                                            "ntlm",    "malformed",   NULL};
const char *const WORDS_SPNEGO_STATE[] = {"unknown", "accept-completed", "accept-incomplete",
                                          "reject",  "request-mic",      NULL};
const char *const WORDS_MUTUAL[] = {"unknown", "proven", "missing", "failed", NULL};
const char *const WORDS_CLOCK_SOURCE[] = {"unknown", "kdc", "mp", "directory", NULL};
const char *const WORDS_CLOCK_METHOD[] = {"unknown", "krb-error", "ticket-time", "http-date",
                                          "ap-rep",  "root-dse",  NULL};

static const struct field RUN_FIELDS[] = {
    WORD(evidence_run, origin, WORDS_ORIGIN),
    STRING(evidence_run, program),
    REQUIRED_STRING(evidence_run, target),
    STRING(evidence_run, scheme),
    INTEGER(evidence_run, port),
    STRING(evidence_run, path),
    STRING(evidence_run, spn),
    STRING(evidence_run, client_host),
    STRING(evidence_run, client_address),
    STRING(evidence_run, site),
    INTEGER(evidence_run, attempts),
    INTEGER(evidence_run, failed_attempts),
    INTEGER(evidence_run, overlapping_attempts),
    INTEGER(evidence_run, deadline_us),
    STRINGS(evidence_run, known_good, known_good_count),
    END,
};

const struct shape SHAPE_RUN = {"run", sizeof(struct evidence_run), RUN_FIELDS};

static const struct field IDENTITY_FIELDS[] = {
    REQUIRED_WORD(evidence_identity, source, WORDS_IDENTITY_SOURCE),
    STRING(evidence_identity, principal),
    STRING(evidence_identity, realm),
    INTEGER(evidence_identity, keytab_kvno),
    STRING(evidence_identity, problem),
    END,
};

const struct shape SHAPE_IDENTITY = {"identity", sizeof(struct evidence_identity), IDENTITY_FIELDS};

static const struct field SKIP_FIELDS[] = {
    REQUIRED_WORD(evidence_skip, step, WORDS_STEP),
    REQUIRED_WORD(evidence_skip, reason, WORDS_SKIP_REASON),
    WORD(evidence_skip, after, WORDS_STEP),
    END,
};

const struct shape SHAPE_SKIP = {"skip", sizeof(struct evidence_skip), SKIP_FIELDS};

static const struct field DNS_ANSWER_FIELDS[] = {
    REQUIRED_STRING(dns_answer, name), REQUIRED_STRING(dns_answer, type),
    STRING(dns_answer, value),         INTEGER(dns_answer, ttl),
    INTEGER(dns_answer, priority),     INTEGER(dns_answer, weight),
    INTEGER(dns_answer, port),         END,
};

const struct shape SHAPE_DNS_ANSWER = {"dns_answer", sizeof(struct dns_answer), DNS_ANSWER_FIELDS};

static const struct field DNS_FIELDS[] = {
    STRING(evidence_dns, server),
    REQUIRED_STRING(evidence_dns, name),
    REQUIRED_STRING(evidence_dns, type),
    WORD(evidence_dns, outcome, WORDS_DNS_OUTCOME),
    INTEGER(evidence_dns, rtt_us),
    OBJECTS(evidence_dns, answers, answer_count, &SHAPE_DNS_ANSWER),
    OBJECTS(evidence_dns, additional, additional_count, &SHAPE_DNS_ANSWER),
    END,
};

const struct shape SHAPE_DNS = {"dns", sizeof(struct evidence_dns), DNS_FIELDS};

static const struct field KRB_ERROR_FIELDS[] = {
    REQUIRED_INTEGER(krb_error, code),
    STRING(krb_error, realm),
    STRING(krb_error, service),
    STRING(krb_error, client_realm),
    STRING(krb_error, client),
    STRING(krb_error, text),
    TIME(krb_error, server_time),
    TIME(krb_error, client_time),
    INTEGER(krb_error, ntstatus),
    INTEGER(krb_error, edata_length),
    END,
};

const struct shape SHAPE_KRB_ERROR = {"krb_error", sizeof(struct krb_error), KRB_ERROR_FIELDS};

static const struct field KRB_TICKET_FIELDS[] = {
    STRING(krb_ticket, service),
    STRING(krb_ticket, realm),
    INTEGER(krb_ticket, etype),
    INTEGER(krb_ticket, kvno),
    INTEGER(krb_ticket, length),
    STRING(krb_ticket, fingerprint),
    END,
};

const struct shape SHAPE_KRB_TICKET = {"krb_ticket", sizeof(struct krb_ticket), KRB_TICKET_FIELDS};

static const struct field KDC_REPLY_FIELDS[] = {
    REQUIRED_WORD(kdc_reply, kind, WORDS_KDC_REPLY),
    OBJECT(kdc_reply, error, &SHAPE_KRB_ERROR),
    OBJECT(kdc_reply, ticket, &SHAPE_KRB_TICKET),
    STRING(kdc_reply, client),
    INTEGER(kdc_reply, etype),
    INTEGER(kdc_reply, kvno),
    STRING(kdc_reply, referral),
    END,
};

const struct shape SHAPE_KDC_REPLY = {"kdc_reply", sizeof(struct kdc_reply), KDC_REPLY_FIELDS};

static const struct field KDC_FIELDS[] = {
    REQUIRED_WORD(evidence_kdc, purpose, WORDS_KDC_PURPOSE),
    REQUIRED_WORD(evidence_kdc, step, WORDS_STEP),
    STRING(evidence_kdc, client),
    STRING(evidence_kdc, service),
    REQUIRED_STRING(evidence_kdc, realm),
    STRING(evidence_kdc, kdc),
    STRING(evidence_kdc, address),
    INTEGER(evidence_kdc, port),
    WORD(evidence_kdc, transport, WORDS_TRANSPORT),
    INTEGER(evidence_kdc, attempts),
    INTEGER(evidence_kdc, request_bytes),
    INTEGER(evidence_kdc, reply_bytes),
    INTEGER(evidence_kdc, connect_us),
    INTEGER(evidence_kdc, rtt_us),
    WORD(evidence_kdc, outcome, WORDS_OUTCOME),
    OBJECT(evidence_kdc, reply, &SHAPE_KDC_REPLY),
    STRING(evidence_kdc, problem),
    INTEGER(evidence_kdc, problem_code),
    INTEGERS(evidence_kdc, etypes, etype_count),
    END,
};

const struct shape SHAPE_KDC = {"kdc", sizeof(struct evidence_kdc), KDC_FIELDS};

static const struct field HTTP_REPLY_FIELDS[] = {
    STRING(http_reply, version),
    REQUIRED_INTEGER(http_reply, status),
    STRING(http_reply, reason),
    STRING(http_reply, server),
    TIME(http_reply, date),
    STRING(http_reply, via),
    STRING(http_reply, connection),
    STRING(http_reply, content_type),
    STRING(http_reply, location),
    INTEGER(http_reply, head_bytes),
    INTEGER(http_reply, body_bytes),
    STRINGS(http_reply, schemes, scheme_count),
    INTEGER(http_reply, substatus),
    STRING(http_reply, page),
    WORD(http_reply, is_mplist, WORDS_TRI),
    END,
};

const struct shape SHAPE_HTTP_REPLY = {"http_reply", sizeof(struct http_reply), HTTP_REPLY_FIELDS};

static const struct field NEGOTIATE_FIELDS[] = {
    REQUIRED_WORD(negotiate_token, kind, WORDS_NEGOTIATE_KIND),
    WORD(negotiate_token, state, WORDS_SPNEGO_STATE),
    STRING(negotiate_token, mech),
    INTEGER(negotiate_token, bytes),
    STRING(negotiate_token, content),
    OBJECT(negotiate_token, error, &SHAPE_KRB_ERROR),
    OBJECT(negotiate_token, ticket, &SHAPE_KRB_TICKET),
    STRING(negotiate_token, ntlm_target),
    END,
};

const struct shape SHAPE_NEGOTIATE_TOKEN = {"negotiate_token", sizeof(struct negotiate_token),
                                            NEGOTIATE_FIELDS};

static const struct field HTTP_FIELDS[] = {
    REQUIRED_WORD(evidence_http, leg, WORDS_HTTP_LEG),
    REQUIRED_WORD(evidence_http, step, WORDS_STEP),
    STRING(evidence_http, address),
    INTEGER(evidence_http, port),
    STRING(evidence_http, method),
    STRING(evidence_http, path),
    STRING(evidence_http, spn),
    WORD(evidence_http, outcome, WORDS_OUTCOME),
    WORD(evidence_http, phase, WORDS_PHASE),
    WORD(evidence_http, reused, WORDS_TRI),
    INTEGER(evidence_http, connect_us),
    INTEGER(evidence_http, tls_us),
    INTEGER(evidence_http, rtt_us),
    INTEGER(evidence_http, request_bytes),
    INTEGER(evidence_http, token_bytes),
    OBJECT(evidence_http, reply, &SHAPE_HTTP_REPLY),
    OBJECT(evidence_http, answer, &SHAPE_NEGOTIATE_TOKEN),
    OBJECT(evidence_http, sent, &SHAPE_NEGOTIATE_TOKEN),
    STRING(evidence_http, host),
    STRING(evidence_http, user_agent),
    INTEGER(evidence_http, client_port),
    INTEGER(evidence_http, retransmissions),
    WORD(evidence_http, mutual, WORDS_MUTUAL),
    STRING(evidence_http, gss_text),
    INTEGER(evidence_http, gss_minor),
    WORD(evidence_http, channel_bindings, WORDS_TRI),
    END,
};

const struct shape SHAPE_HTTP = {"http", sizeof(struct evidence_http), HTTP_FIELDS};

static const struct field TLS_FIELDS[] = {
    STRING(evidence_tls, address),
    INTEGER(evidence_tls, port),
    WORD(evidence_tls, accepted, WORDS_TRI),
    STRING(evidence_tls, problem),
    STRING(evidence_tls, subject),
    STRING(evidence_tls, issuer),
    STRINGS(evidence_tls, names, name_count),
    TIME(evidence_tls, not_before),
    TIME(evidence_tls, not_after),
    STRING(evidence_tls, sha256),
    END,
};

const struct shape SHAPE_TLS = {"tls", sizeof(struct evidence_tls), TLS_FIELDS};

static const struct field CLOCK_FIELDS[] = {
    REQUIRED_WORD(evidence_clock, source, WORDS_CLOCK_SOURCE),
    WORD(evidence_clock, method, WORDS_CLOCK_METHOD),
    STRING(evidence_clock, name),
    STRING(evidence_clock, address),
    REQUIRED_TIME(evidence_clock, remote_at),
    REQUIRED_TIME(evidence_clock, local_at),
    REQUIRED_INTEGER(evidence_clock, offset_us),
    REQUIRED_INTEGER(evidence_clock, uncertainty_us),
    END,
};

const struct shape SHAPE_CLOCK = {"clock", sizeof(struct evidence_clock), CLOCK_FIELDS};

/* The name of a shape is its kind's word. */
static const struct shape *const KINDS[EVIDENCE_KIND_COUNT] = {
    [EVIDENCE_RUN] = &SHAPE_RUN,
    [EVIDENCE_IDENTITY] = &SHAPE_IDENTITY,
    [EVIDENCE_SKIP] = &SHAPE_SKIP,
    [EVIDENCE_DNS] = &SHAPE_DNS,
    [EVIDENCE_KDC] = &SHAPE_KDC,
    [EVIDENCE_HTTP] = &SHAPE_HTTP,
    [EVIDENCE_TLS] = &SHAPE_TLS,
    [EVIDENCE_CLOCK] = &SHAPE_CLOCK,
    [EVIDENCE_DIRECTORY] = &SHAPE_DIRECTORY,
    [EVIDENCE_SEARCH] = &SHAPE_SEARCH,
    [EVIDENCE_ACCOUNT] = &SHAPE_ACCOUNT,
    [EVIDENCE_TRUST] = &SHAPE_TRUST,
    [EVIDENCE_DOMAIN] = &SHAPE_DOMAIN,
    [EVIDENCE_PUBLISHED] = &SHAPE_PUBLISHED,
    [EVIDENCE_REGISTRATION] = &SHAPE_REGISTRATION,
    [EVIDENCE_PRECEDENT] = &SHAPE_PRECEDENT,
    [EVIDENCE_RECORDING] = &SHAPE_RECORDING,
    [EVIDENCE_LOG_EVENT] = &SHAPE_LOG_EVENT,
    [EVIDENCE_KNOWN_PROBLEM] = &SHAPE_KNOWN_PROBLEM,
    [EVIDENCE_SOURCE] = &SHAPE_SOURCE,
    [EVIDENCE_ITEM] = &SHAPE_ITEM,
    [EVIDENCE_DUPLICATE] = &SHAPE_DUPLICATE,
    [EVIDENCE_WEB_CLIENT] = &SHAPE_WEB_CLIENT,
};

const struct shape *shape_of(enum evidence_kind kind)
{
    return kind > EVIDENCE_NONE && kind < EVIDENCE_KIND_COUNT ? KINDS[kind] : NULL;
}

const char *evidence_kind_word(enum evidence_kind kind)
{
    const struct shape *shape = shape_of(kind);

    return shape ? shape->name : "none";
}

enum evidence_kind evidence_kind_from_word(const char *word)
{
    for (int kind = EVIDENCE_NONE + 1; kind < EVIDENCE_KIND_COUNT; kind++) {
        if (strcmp(KINDS[kind]->name, word) == 0) {
            return (enum evidence_kind)kind;
        }
    }
    return EVIDENCE_NONE;
}
