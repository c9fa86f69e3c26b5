/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share; for nobody else. */
#ifndef CCM_LDAP_PRIVATE_H
#define CCM_LDAP_PRIVATE_H

#include <gssapi/gssapi.h>
#include <lber.h>
#include <ldap.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "ldap/connection.h"

enum {
    CONNECT_LIMIT_US = 3 * CLOCK_US_PER_SECOND,
    REPLY_LIMIT_US = 10 * CLOCK_US_PER_SECOND, /* of silence, for each message */
    MESSAGE_BYTES_MAX = 16 * 1024 * 1024,      /* of one LDAP message */
    DIAGNOSTIC_LIMIT = 400,                    /* bytes of a server's words that are kept */
    LDAP_NAME_LIMIT = 1024,                    /* bytes of a DN or string value */
    STOPPER_STRIDE = 64,                 /* messages from one look at the deadline to the next */
    PAUSE_US = CLOCK_US_PER_SECOND / 10, /* of waiting; libldap may have something to send */
};

/* The security layer of SASL GSSAPI (RFC 4422 3.7): packets of four bytes of length and a token. */
struct seal {
    gss_ctx_id_t context;
    OM_uint32 plain_max;    /* bytes that fit into one packet to the server */
    struct buffer incoming; /* packets, the last as far as it arrived */
    size_t next;            /* where in there the next packet begins */
    gss_buffer_desc plain;  /* of the packet before; decrypted where it stands */
    size_t plain_at;        /* how much of it was read */
};

struct directory {
    LDAP *ld;
    struct directory_settings settings;
    struct evidence_directory *record;
    struct arena *arena;   /* of the record */
    const char *principal; /* the server's, as the address said; lives as long as the record */
    struct seal seal;
    gss_cred_id_t credential;
    gss_name_t service;
    bool global_catalog; /* asked as one: "" is the whole forest */
    size_t messages;     /* that arrived */
    bool lost; /* nothing may be sent any more: libldap would connect again, in the clear */
};

/* The server's answer, or the library's reason, to one request. */
struct reply {
    enum evidence_outcome outcome;
    int64_t result;
    const char *diagnostic;
};

/* The next message of a request, which the caller frees, when it has arrived. NULL unless
   OUTCOME_REPLY; OUTCOME_UNKNOWN when there may be one later. `since` is when something arrived
   last (monotonic). */
enum evidence_outcome directory_poll(struct directory *directory, int id, int64_t since,
                                     LDAPMessage **message_out);

/* Waits a moment for something to arrive. */
void directory_pause(struct directory *directory, int64_t since);

/* Waits for the next message of a request, which the caller frees. NULL unless OUTCOME_REPLY. */
enum evidence_outcome directory_wait(struct directory *directory, int id,
                                     LDAPMessage **message_out);

/* Result code and words of a message; both borrowed from nobody. */
void reply_read(struct directory *directory, LDAPMessage *message, struct arena *arena,
                struct reply *reply);

/* Upgrades the connection; fills outcome, phase, result and diagnostic of the record if it fails.
 */
bool tls_start(struct directory *directory);

/* Appends the tls-server-end-point channel binding (RFC 5929 4.1). False when the certificate's
   signature names no hash. */
bool tls_bindings(struct directory *directory, struct buffer *out);

/* SASL GSSAPI (RFC 4752) to `principal`; fills phase, result and diagnostic of the record, and
   outcome if the connection fails. */
bool sasl_bind(struct directory *directory, const char *principal);

/* Puts the security layer between libldap and the socket. */
bool seal_install(struct directory *directory, OM_uint32 packet_max);

#endif
