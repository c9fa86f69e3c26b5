/* SPDX-License-Identifier: Apache-2.0 */
/* Records that only recordings give: captures, logs, traces, identity files. A part of
   evidence/evidence.h, whose rules hold here too. */
#ifndef CCM_EVIDENCE_RECORDED_H
#define CCM_EVIDENCE_RECORDED_H

#include <stddef.h>
#include <stdint.h>

#include "evidence/basics.h"

struct krb_ticket;

/* Where in a recording an observation was read. Of live evidence there is none. */
struct evidence_place {
    const char *source; /* the file, as the user named it; of an archive "case.zip/client.cap" */
    int64_t frame; /* of a capture: the first frame of the request, counted as Wireshark does */
    int64_t reply_frame; /* the last frame of the reply's head, or of the message */
    int64_t reply_at;    /* its time */
    int64_t line;        /* of a text file: the line it begins in, from 1 */
};

/* Where a client's identity was seen. */
enum registration_source {
    REGISTRATION_SOURCE_UNKNOWN = 0,
    REGISTRATION_CAPTURE,       /* the CCM message itself */
    REGISTRATION_MP_LOG,        /* MP_RegistrationManager.log and its RDR files */
    REGISTRATION_CLIENT_LOG,    /* ClientIDManagerStartup.log */
    REGISTRATION_SQL,           /* spUpdateClientRegistration in a trace */
    REGISTRATION_IDENTITY_FILE, /* SMSCFG.ini */
    REGISTRATION_REPORT,        /* an export of the duplicate GUID report */
};

/* What a certificate itself says, beside what was stated of it. */
struct registration_certificate {
    const char *thumbprint; /* computed: SHA-1 of its DER, 40 upper-case hex digits */
    const char *subject;    /* its first common name: the client's NetBIOS name */
    int64_t not_before;
    int64_t not_after;
    enum evidence_tri key_matches;     /* the public key stated beside it is its own */
    enum evidence_tri negative_serial; /* as old clients write; strict parsers refuse these */
};

/* A parameter of a stored procedure's call, as the trace has it. */
struct registration_parameter {
    const char *name;  /* "@SMSID" */
    const char *type;  /* "string", "binary", "integer", "null" */
    const char *value; /* of a binary one: its length and first bytes; NULL for null */
};

/* One sighting of a client's identity: what it registered as, and what the site answered. */
struct evidence_registration {
    enum registration_source source;
    const char *type; /* "Registration" or "Confirmation" */
    const char *name; /* NetBIOS name */
    const char *fqdn;
    const char *address;
    const char *smsid; /* "GUID:..." in the writer's case; "" asks for a new one */
    const char *previous_smsid;
    int64_t smsid_changed_at; /* when the client got this GUID */
    const char *hardware_id;
    const char *agent_version;
    const char *agent;              /* AgentIdentity: "CCMSetup.exe" */
    const char *signing_thumbprint; /* SHA-1 of the certificate, 40 upper-case hex digits */
    const char *encryption_thumbprint;
    int64_t certificate_not_before; /* of the signing certificate */
    int64_t certificate_not_after;
    int64_t key_type;        /* 1 self-signed, 2 PKI */
    int64_t integrated;      /* @IsIntegratedAuth: 1 when IIS had authenticated the request */
    int64_t approval_method; /* @ApprovalMethod */
    struct registration_certificate *signing; /* where the certificate itself was recorded */
    struct registration_certificate *encryption;
    struct registration_parameter *parameters; /* of a trace that holds few calls */
    size_t parameter_count;
    int64_t status;      /* CODE_SPACE_REGISTRATION: of the MP's answer */
    int64_t approval;    /* CODE_SPACE_APPROVAL: of the MP's answer */
    const char *problem; /* what of the message could not be read, and where */
};

/* What an entry of a Configuration Manager log tells. */
enum log_event_kind {
    LOG_EVENT_UNKNOWN = 0,
    LOG_REGISTRATION_STARTED, /* the client sends a request */
    LOG_REGISTRATION_REQUEST, /* the MP has one */
    LOG_REGISTERED,
    LOG_PENDING,
    LOG_REJECTED,
    LOG_RDR_WRITTEN, /* the MP has passed it on to the site */
    LOG_REGISTRATION_FAILED,
    LOG_BODY_INVALID,
    LOG_CERTIFICATE_EXPIRED,
    LOG_CERTIFICATE_UNTRUSTED,
    LOG_CERTIFICATE_MISSING,
    LOG_STATE_FAILED, /* the client could not keep its state: it registers again for ever */
    LOG_POST_FAILED,
    LOG_HTTP_STATUS,
    LOG_DELIVERED, /* the client has sent a message, signed in or not */
    LOG_ENTRA,     /* the client shows a token of Entra in place of a ticket */
    LOG_ERROR,     /* another message with an error's code */
};

/* Entries of one log that tell the same of the same client: the first of them, and how many. */
struct evidence_log_event {
    enum log_event_kind event;
    const char *component; /* "MP_RegistrationManager" */
    const char *client;    /* the client's name, where the entry has it */
    const char *smsid;
    const char *thumbprint;
    const char *url;
    const char *file; /* the RDR file */
    const char *text; /* the message, cut at a sensible length */
    int64_t code;     /* an HRESULT or Win32 error, unsigned */
    int64_t http_status;
    int64_t approval; /* CODE_SPACE_APPROVAL */
    int64_t count;
    int64_t last_at;
    int64_t last_line;
};

/* Entries of one log by which a known problem is told, with what the signature says of it: a saved
   case is reported without the user's file. */
struct evidence_known_problem {
    const char *name;
    const char *means;
    const char *remedy;
    const char *source;    /* where it is described */
    const char *component; /* of the first entry */
    const char *text;      /* its message, cut at a sensible length */
    int64_t count;
    int64_t last_at;
    int64_t last_line;
};

/* A machine that was seen with a GUID. */
struct duplicate_machine {
    const char *name;
    int64_t certificate; /* 1, 2, ...: equal numbers are equal certificates, within the record */
    int64_t hardware;    /* the same for hardware ids */
    int64_t first_at;
    int64_t last_at;
    const char *source; /* where it was seen first */
    int64_t line;
};

/* A GUID that machines of several names use. */
struct evidence_duplicate {
    const char *smsid;
    struct duplicate_machine *machines; /* at most 64 */
    size_t machine_count;
    enum evidence_tri more; /* there were others than these */
};

/* Requests of one client in web servers' logs that are alike: how many, the first and the last. */
struct web_request {
    const char *method;
    const char *path;
    const char *user;       /* "DOMAIN\\HOST$" as logged; NULL: anonymous, or not logged */
    const char *user_agent; /* with + for blanks, as logged */
    const char *reason;     /* of HTTPERR: why http.sys refused it, CODE_SPACE_HTTPSYS */
    int64_t status;
    int64_t substatus;
    int64_t win32; /* sc-win32-status: see code_space_of_status */
    int64_t count;
    const char *source; /* of the first: its file and line */
    int64_t line;
    int64_t at;
    const char *last_source;
    int64_t last_line;
    int64_t last_at;
};

/* What one client's address did at one MP, as the MP's logs have it: requests to the MP's folders,
   and those that http.sys refused. */
struct evidence_web_client {
    const char *address;
    const char *server; /* s-ip */
    int64_t port;
    const char *site;          /* "W3SVC1" */
    enum evidence_tri guessed; /* no #Fields line: the columns were told by their shape */
    const char **missing;      /* columns that the log, or a part of it, does not have */
    size_t missing_count;
    struct web_request *requests; /* by first appearance */
    size_t request_count;
    int64_t dropped; /* requests unlike these, which were too many to be kept */
};

/* An earlier or other request with a ticket for the same SPN that the MP accepted: what a good
   ticket looks like. */
struct evidence_precedent {
    const char *client_address;
    const char *spn;
    int64_t status;            /* of the MP's reply */
    struct krb_ticket *ticket; /* of its AP-REQ */
};

/* What a reader of recordings left out for one of its limits. */
struct recording_limit {
    const char *name; /* "open streams", "buffered bytes", "message size", ... */
    int64_t limit;
    int64_t dropped; /* how many streams, bytes, messages */
};

/* One file that was read. Its case is 0: it belongs to every case. */
struct evidence_recording {
    const char *name;
    const char *format;      /* "pcap", "pcapng", "Network Monitor 2", "IIS log", ... */
    const char *compression; /* "gzip", "zstd"; NULL for none */
    int64_t bytes;           /* read, after decompression */
    int64_t frames;          /* or lines */
    int64_t first_at;
    int64_t last_at;
    int64_t cut_frames;        /* captured shorter than they were */
    int64_t malformed_frames;  /* headers that contradict themselves */
    int64_t unreadable_frames; /* of a link layer or protocol that is not read */
    int64_t dns_messages;
    int64_t kerberos_messages;
    int64_t ldap_messages;
    int64_t http_requests;
    int64_t ccm_posts; /* of these: CCM_POST requests */
    int64_t tls_connections;
    int64_t http2_connections;
    int64_t one_sided_connections;  /* only one direction was recorded */
    int64_t lost_segments;          /* gaps that no retransmission filled */
    struct recording_limit *limits; /* those that were hit */
    size_t limit_count;
    const char *problem; /* where and why reading ended before the end; NULL when it did not */
};

#endif
