/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE CONTRACT between collectors, rules and reports: what was observed, and nothing else.
 *
 * A collector observes and never judges. A record says what was done, when, and what came of it;
 * no conclusion. The live probe and the readers of recordings fill the same structs.
 *
 * Three states are kept apart everywhere:
 *   unknown   not observed: a NULL pointer, EVIDENCE_UNKNOWN, the enumerator 0; left out in JSON;
 *   absent    observed that there is none: the record's outcome says so (NXDOMAIN, no reply, an
 *             empty list in a reply that was read whole);
 *   observed  a value.
 *
 * Ownership: all strings and records live in the set's arena and stay where they are until
 * evidence_release. Strings are UTF-8; bytes from the network that are not are escaped by the
 * decoder (see evidence_text). Nothing secret is ever stored: no ticket ciphertext, key, password
 * or Authorization token; sizes, etypes, key version numbers and fingerprints only.
 *
 * Times are microseconds of UTC since 1970 as the observer's clock showed them ("_at", "_us" in a
 * name that ends in a clock); durations are microseconds and end in _us.
 */
#ifndef CCM_EVIDENCE_EVIDENCE_H
#define CCM_EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "evidence/basics.h"
#include "evidence/directory.h"
#include "evidence/disk.h"
#include "evidence/recorded.h"

/* How the evidence of a case came about. */
enum run_origin {
    ORIGIN_LIVE = 0, /* the live probe: left out in files */
    ORIGIN_CAPTURE,  /* read from network captures: what a client did */
    ORIGIN_LOGS,     /* read from logs, traces and identity files */
    ORIGIN_IMAGE,    /* the disk of a master image: may it be cloned? */
    ORIGIN_RESIDUE,  /* a disk that a secondary site was removed from */
};

/* What one run was asked to examine, or what one client did at one MP in a recording. The first
   record of its case. */
struct evidence_run {
    enum run_origin origin;
    const char *program; /* "ccmprobe 0.1.0" */
    const char *target;  /* the MP's name or address as the user gave it; of a disk, its folder */
    const char *scheme;  /* "http" or "https" */
    int64_t port;
    const char *path;
    const char *spn;            /* "HTTP/<target>", as a Windows client builds it */
    const char *client_host;    /* the host name of the client: live, the machine ccmprobe ran on */
    const char *client_address; /* of a recorded client */
    int64_t attempts; /* of a recorded client: how often it began the exchange; shown is the last */
    int64_t failed_attempts;      /* how many of these did not end with an accepted request */
    int64_t overlapping_attempts; /* how many of these went on after another one had begun: several
                                     machines behind one address, or programs of one */
    const char *site;             /* of ORIGIN_RESIDUE: the code of the site that was removed */
    int64_t deadline_us;          /* the time the whole run was given */
    const char **known_good;      /* "SPN=ACCOUNT": what the user said is meant so */
    size_t known_good_count;
};

enum identity_source {
    IDENTITY_UNKNOWN = 0,
    IDENTITY_NONE, /* none was given and the default cache holds none */
    IDENTITY_KEYTAB,
    IDENTITY_CACHE,         /* --ccache */
    IDENTITY_DEFAULT_CACHE, /* the user's own */
    IDENTITY_PASSWORD,
};

/* The account that asks for tickets. */
struct evidence_identity {
    enum identity_source source;
    const char *principal; /* "WK01$@CONTOSO.LAB" */
    const char *realm;
    int64_t keytab_kvno; /* the highest key version in the keytab for the principal */
    const char
        *problem; /* why the identity cannot be used, in the library's words; NULL if it can */
};

/* A step that was not taken, and why. */
enum skip_reason {
    SKIP_UNKNOWN = 0,
    SKIP_NO_IDENTITY,
    SKIP_DEADLINE,
    SKIP_INTERRUPTED,
    SKIP_STEP_FAILED, /* an earlier step, `after`, did not give what this one needs */
    SKIP_NOT_NEEDED,
    SKIP_NOT_RECORDED, /* nothing of it is in the recording */
    SKIP_ENCRYPTED,    /* it is in the recording, inside TLS or HTTP/2 */
};

struct evidence_skip {
    enum evidence_step step;
    enum skip_reason reason;
    enum evidence_step after;
};

/* What a DNS server said of one question (RFC 1035 rcodes, or silence). */
enum dns_outcome {
    DNS_UNKNOWN = 0,
    DNS_ANSWER,      /* NOERROR with records of the type asked for */
    DNS_NODATA,      /* NOERROR: the name exists, without this type */
    DNS_NXDOMAIN,    /* the name does not exist */
    DNS_SERVFAIL,    /* the server could not find out */
    DNS_REFUSED,     /* the server will not answer us */
    DNS_OTHER_RCODE, /* FORMERR, NOTIMP, ... */
    DNS_TIMEOUT,     /* silence */
    DNS_UNREACHABLE, /* no server could be reached, or none is configured */
    DNS_MALFORMED,   /* the reply could not be read */
};

/* One resource record. `value` is the address, the target name, or for other types NULL. */
struct dns_answer {
    const char *name;
    const char *type; /* "A", "AAAA", "CNAME", "PTR", "SRV" */
    const char *value;
    int64_t ttl;      /* seconds */
    int64_t priority; /* SRV only, as are weight and port */
    int64_t weight;
    int64_t port;
};

struct evidence_dns {
    const char *server; /* the address asked, with a port where not 53; NULL when the library's
                           list was used */
    const char *name;
    const char *type;
    enum dns_outcome outcome;
    int64_t rtt_us;
    struct dns_answer *answers; /* answer section, in order: CNAME chain first */
    size_t answer_count;
    struct dns_answer *additional; /* additional section: addresses of SRV targets */
    size_t additional_count;
};

/* KRB-ERROR (RFC 4120 5.9.1), from a KDC or, inside SPNEGO, from an MP. */
struct krb_error {
    int64_t code; /* CODE_SPACE_KRB5 */
    const char *realm;
    const char *service; /* sname */
    const char *client_realm;
    const char *client;
    const char *text;     /* e-text */
    int64_t server_time;  /* stime and susec, microseconds since 1970 */
    int64_t client_time;  /* ctime and cusec */
    int64_t ntstatus;     /* of KERB-ERROR-DATA type 3 ([MS-KILE] 2.2.2), else unknown */
    int64_t edata_length; /* bytes */
};

/* The readable part of a ticket in an AS-REP, TGS-REP or AP-REQ: no ciphertext. */
struct krb_ticket {
    const char *service; /* sname, "HTTP/mp.contoso.lab" */
    const char *realm;   /* the realm whose KDC issued it */
    int64_t etype;       /* the key that sealed it: CODE_SPACE_ETYPE */
    int64_t kvno;
    int64_t length; /* bytes of the whole Ticket */
    const char
        *fingerprint; /* first 16 hex digits of SHA-256 of the Ticket: equal or not, no more */
};

enum kdc_purpose {
    KDC_PURPOSE_UNKNOWN = 0,
    KDC_AS,
    KDC_TGS,
};

enum kdc_reply_kind {
    KDC_REPLY_NONE = 0,
    KDC_REPLY_AS,
    KDC_REPLY_TGS,
    KDC_REPLY_ERROR,
    KDC_REPLY_OTHER,
};

enum transport {
    TRANSPORT_UNKNOWN = 0,
    TRANSPORT_UDP,
    TRANSPORT_TCP,
};

/* What a KDC sent back. */
struct kdc_reply {
    enum kdc_reply_kind kind;
    struct krb_error *error;   /* of KDC_REPLY_ERROR */
    struct krb_ticket *ticket; /* of KDC_REPLY_AS and KDC_REPLY_TGS */
    const char *client;        /* cname and crealm of the reply, "WK01$@CONTOSO.LAB" */
    int64_t etype;             /* of the reply's own encrypted part */
    int64_t kvno;
    const char *referral; /* the realm that a referral TGT (krbtgt/REALM) points to, else NULL */
};

/* One request to one KDC over one transport: one hop of the ladder. A record without an address
   says that no KDC of the realm is known, so that nothing could be sent. */
struct evidence_kdc {
    enum kdc_purpose purpose;
    enum evidence_step step; /* STEP_IDENTITY, STEP_TICKET or STEP_HOST_TICKET */
    const char *client;      /* who asks, with realm */
    const char *service;     /* sname of the request */
    const char *realm;       /* the realm of the KDC */
    const char *kdc;         /* its name as configured or found, with a port where not 88 */
    const char *address;
    int64_t port;
    enum transport transport;
    int64_t attempts; /* packets sent: 2 and more are retries */
    int64_t request_bytes;
    int64_t reply_bytes;
    int64_t connect_us; /* TCP only */
    int64_t rtt_us;     /* from the last send to the reply's last byte */
    enum evidence_outcome outcome;
    struct kdc_reply *reply;
    const char *problem;  /* why the client library would not take the reply, in its words */
    int64_t problem_code; /* its com_err number */
    int64_t *etypes;      /* of the request, in its order */
    size_t etype_count;
};

/* Who asks the MP, and with what. */
enum http_leg {
    LEG_UNKNOWN = 0,
    LEG_ANONYMOUS, /* CCM_POST without an identity */
    LEG_NEGOTIATE, /* CCM_POST with the ticket of the MP's HTTP SPN */
    LEG_HOST,      /* CCM_POST with the HOST ticket: the counter-test */
    LEG_MPLIST,    /* GET /SMS_MP/.sms_aut?MPLIST: is this an MP at all? */
};

/* The head of an HTTP reply, and what an error page adds. */
struct http_reply {
    const char *version; /* "HTTP/1.1" */
    int64_t status;
    const char *reason;
    const char *server;
    int64_t date; /* of the Date field, second resolution */
    const char *via;
    const char *connection;
    const char *content_type;
    const char *location;
    int64_t head_bytes;
    int64_t body_bytes;   /* as far as it was read */
    const char **schemes; /* of WWW-Authenticate, in order, without their tokens */
    size_t scheme_count;
    int64_t substatus; /* of IIS' own error page: status * 1000 + substatus, CODE_SPACE_IIS */
    const char *page;  /* title or first heading of an error page, at most 120 bytes */
    enum evidence_tri is_mplist; /* the body is an <MPList> */
};

enum negotiate_kind {
    NEGOTIATE_UNKNOWN = 0,
    NEGOTIATE_SPNEGO_INIT, /* NegTokenInit (client, or a server's hints) */
    NEGOTIATE_SPNEGO_RESP, /* NegTokenResp */
    NEGOTIATE_KERBEROS,    /* a bare Kerberos GSS token */
    NEGOTIATE_NTLM,        /* NTLMSSP, bare or inside SPNEGO */
    NEGOTIATE_MALFORMED,
};

/* negState of NegTokenResp (RFC 4178 4.2.2), shifted by one to leave 0 for unknown. */
enum spnego_state {
    SPNEGO_UNKNOWN = 0,
    SPNEGO_ACCEPT_COMPLETED,
    SPNEGO_ACCEPT_INCOMPLETE,
    SPNEGO_REJECT,
    SPNEGO_REQUEST_MIC,
};

/* The token of a Negotiate field, taken apart. */
struct negotiate_token {
    enum negotiate_kind kind;
    enum spnego_state state;
    const char *mech; /* "krb5", "ms-krb5", "ntlm", "negoex" or a dotted OID: the one chosen, or the
                         first */
    int64_t bytes;
    const char *content;       /* "AP-REQ", "AP-REP", "KRB-ERROR", "NTLM CHALLENGE", ... or NULL */
    struct krb_error *error;   /* of KRB-ERROR */
    struct krb_ticket *ticket; /* of AP-REQ */
    const char *ntlm_target;   /* of an NTLM challenge */
};

/* Did the MP prove that it holds the service's key (AP-REP checked by GSSAPI)? */
enum mutual_outcome {
    MUTUAL_UNKNOWN = 0,
    MUTUAL_PROVEN,
    MUTUAL_MISSING, /* success without an AP-REP */
    MUTUAL_FAILED,  /* an AP-REP that the session key does not open */
};

/* One request to the MP. */
struct evidence_http {
    enum http_leg leg;
    enum evidence_step step;
    const char *address;
    int64_t port;
    const char *method;
    const char *path;
    const char *spn; /* the service whose ticket went along */
    enum evidence_outcome outcome;
    enum evidence_phase phase; /* where it ended */
    enum evidence_tri reused;  /* the connection of the leg before was used again */
    int64_t connect_us;
    int64_t tls_us;
    int64_t rtt_us;        /* from the last byte of the request to the end of the reply's head */
    int64_t request_bytes; /* of the request's head */
    int64_t token_bytes;   /* of the Negotiate token before base64; unknown when none was sent */
    struct http_reply *reply;
    struct negotiate_token *answer; /* the token of the reply's Negotiate field */
    struct negotiate_token *sent;   /* of a recorded request: the token of its Authorization */
    const char *host;               /* of a recorded request: its Host field */
    const char *user_agent;         /* of a recorded request */
    int64_t client_port;            /* of a recorded request: tells connections apart */
    int64_t retransmissions;        /* of a recorded request: segments of either side sent again */
    enum mutual_outcome mutual;
    const char *gss_text; /* GSSAPI's own words when it could not make or check a token */
    int64_t gss_minor;    /* krb5 com_err number behind it */
    enum evidence_tri channel_bindings; /* tls-server-end-point went into the token */
};

/* The MP's certificate and whether it was accepted. */
struct evidence_tls {
    const char *address;
    int64_t port;
    enum evidence_tri accepted; /* chain and name checked; unknown with --insecure */
    const char *problem;        /* the library's words for the refusal */
    const char *subject;
    const char *issuer;
    const char **names; /* subjectAltName dNSName and iPAddress */
    size_t name_count;
    int64_t not_before;
    int64_t not_after;
    const char *sha256; /* of the DER, 64 hex digits */
};

enum clock_source {
    CLOCK_SOURCE_UNKNOWN = 0,
    CLOCK_KDC,
    CLOCK_MP,
    CLOCK_DIRECTORY,
};

enum clock_method {
    CLOCK_METHOD_UNKNOWN = 0,
    CLOCK_KRB_ERROR,   /* stime, susec: microseconds */
    CLOCK_TICKET_TIME, /* authtime or starttime of a ticket just issued: seconds */
    CLOCK_HTTP_DATE,   /* Date: seconds */
    CLOCK_AP_REP,      /* reserved: AP-REP echoes the client's own time */
    CLOCK_ROOT_DSE,    /* currentTime: seconds */
};

/* Another machine's clock against the observer's. */
struct evidence_clock {
    enum clock_source source;
    enum clock_method method;
    const char *name;    /* the KDC's realm or the MP's name */
    const char *address; /* of the machine */
    int64_t remote_at;   /* what it showed */
    int64_t local_at;    /* what the observer's showed half way through the round trip */
    int64_t offset_us;   /* remote minus local: positive when the other clock is ahead */
    int64_t
        uncertainty_us; /* half the round trip and the resolution: the true offset lies within */
};

enum evidence_kind {
    EVIDENCE_NONE = 0,
    EVIDENCE_RUN,
    EVIDENCE_IDENTITY,
    EVIDENCE_SKIP,
    EVIDENCE_DNS,
    EVIDENCE_KDC,
    EVIDENCE_HTTP,
    EVIDENCE_TLS,
    EVIDENCE_CLOCK,
    EVIDENCE_DIRECTORY,
    EVIDENCE_SEARCH,
    EVIDENCE_ACCOUNT,
    EVIDENCE_TRUST,
    EVIDENCE_DOMAIN,
    EVIDENCE_PUBLISHED,
    EVIDENCE_REGISTRATION,
    EVIDENCE_PRECEDENT,
    EVIDENCE_RECORDING,
    EVIDENCE_LOG_EVENT,
    EVIDENCE_KNOWN_PROBLEM,
    EVIDENCE_SOURCE,
    EVIDENCE_ITEM,
    EVIDENCE_DUPLICATE,
    EVIDENCE_WEB_CLIENT,
    EVIDENCE_KIND_COUNT,
};

/* One observation. */
struct evidence_record {
    uint32_t id;      /* 1, 2, 3, ... in the set; findings refer to it */
    uint32_t case_id; /* 1, 2, ...: one MP examined once; 0: of the whole run */
    enum evidence_kind kind;
    int64_t at; /* when it began; EVIDENCE_UNKNOWN only of what a file told */
    const struct evidence_place *place; /* NULL for live evidence */
    union {
        void *payload;
        struct evidence_run *run;
        struct evidence_identity *identity;
        struct evidence_skip *skip;
        struct evidence_dns *dns;
        struct evidence_kdc *kdc;
        struct evidence_http *http;
        struct evidence_tls *tls;
        struct evidence_clock *clock;
        struct evidence_directory *directory;
        struct evidence_search *search;
        struct evidence_account *account;
        struct evidence_trust *trust;
        struct evidence_domain *domain;
        struct evidence_published *published;
        struct evidence_registration *registration;
        struct evidence_precedent *precedent;
        struct evidence_recording *recording;
        struct evidence_log_event *log_event;
        struct evidence_known_problem *known_problem;
        struct evidence_source *source;
        struct evidence_item *item;
        struct evidence_duplicate *duplicate;
        struct evidence_web_client *web_client;
    };
};

/* Append-only. Zero-initialised means empty. */
struct evidence_set {
    struct arena arena;
    struct evidence_record *records;
    size_t count;
};

void evidence_init(struct evidence_set *set);
void evidence_release(struct evidence_set *set);

/* One more than the highest number of a case in the set; 1 without any. */
uint32_t evidence_next_case(const struct evidence_set *set);

/* Appends a record in which everything is unknown, and returns its payload to be filled in. The
   record belongs to case `case_id` and began at `at`. The payload stays where it is. */
void *evidence_add(struct evidence_set *set, enum evidence_kind kind, uint32_t case_id, int64_t at);

/* A new part of a payload (struct http_reply, krb_error, ...) in which everything is unknown. The
   struct is named by its shape, see evidence/shape.h. */
struct shape;
void *evidence_new(struct arena *arena, const struct shape *shape);

/* Moves all records of `from` to the end of `set`, numbered on, with `case_shift` added to their
   case unless that is 0; `from` is empty afterwards. Pointers to payloads stay valid. */
void evidence_append(struct evidence_set *set, struct evidence_set *from, uint32_t case_shift);

/* Leaves the records of which `wanted` is true, one for each, and numbers them and their cases
   anew. Pointers to payloads stay valid, those to records do not. */
void evidence_keep(struct evidence_set *set, const bool *wanted);

/* Appends a record of another case again, as one of case `case_id`: the payload is shared, and its
   arena must be adopted by the set or outlive it. */
void evidence_share(struct evidence_set *set, const struct evidence_record *record,
                    uint32_t case_id);

/* A copy of bytes from the network as valid UTF-8 without control characters: everything else is
   written as \xHH, and what is longer than `limit` bytes ends in "...". */
const char *evidence_text(struct arena *arena, const void *bytes, size_t length, size_t limit);

#endif
