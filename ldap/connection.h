/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to one directory server: connected, protected, bound, its rootDSE read.
 *
 * Nothing but the rootDSE is ever asked for in the clear, and no password is ever sent: the only
 * bind is SASL GSSAPI (RFC 4752), with signing and sealing, or inside TLS with the certificate's
 * channel binding. Nothing is written. Names are used as given: no name is looked up here.
 * A server that does not answer, or refuses, is evidence.
 */
#ifndef CCM_LDAP_CONNECTION_H
#define CCM_LDAP_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/stopper.h"
#include "evidence/evidence.h"

enum directory_security {
    SECURITY_SEALED = 0, /* GSSAPI signs and encrypts */
    SECURITY_LDAPS,
    SECURITY_STARTTLS,
};

/* Borrowed strings, which must outlive the connection. */
struct directory_settings {
    enum directory_security security;
    const char *cache;   /* name of the credential cache that holds the server's ticket; NULL: no
                            bind, so that only the rootDSE is read and no connection is kept */
    const char *ca_file; /* of the certificate's issuer; NULL: the system's */
    bool insecure;       /* certificates are not checked */
    const struct stopper *stopper;
    uint32_t case_id;
};

/* Where to connect. The ticket for ldap/HOST_NAME must be in the cache beforehand: what is not
   there, the GSSAPI library would ask KDCs for in its own way and time. Borrowed strings. */
struct directory_address {
    const char *host_name; /* the DC's name: in its certificate and its SPN */
    const char *address;   /* numeric, to which the connection is made */
    uint16_t port;         /* 0: as security and global_catalog have it */
    bool global_catalog;   /* ports 3268 and 3269 */
    const char *domain;    /* the DNS domain the server was found for */
    const char *principal; /* under which the ticket stands in the cache; NULL: ldap/HOST_NAME in
                              the realm of the domain's name */
    const char *site;      /* for the record: as the CLDAP ping said, or NULL */
    const char *server_site;
};

struct directory;

/*
 * Connects to the address (within 3 seconds and the stopper's deadline), binds and reads the
 * rootDSE. Adds one directory record, whatever happens, and the server's clock when it told it.
 * NULL when no search is possible. The record of a usable connection is the one whose phase is
 * PHASE_DONE; a result that is unknown beside a diagnostic means that the bind failed on this side.
 */
struct directory *directory_open(const struct directory_settings *settings,
                                 const struct directory_address *address,
                                 struct evidence_set *evidence);

/* One more connection to the same server, by the same settings. Like the first one it adds a
   record, and is NULL when no search is possible. */
struct directory *directory_open_another(const struct directory *directory,
                                         struct evidence_set *evidence);

/* What is read from now on belongs to this case. */
void directory_set_case(struct directory *directory, uint32_t case_id);

/* Whether the connection broke, so that every further search fails. */
bool directory_is_lost(const struct directory *directory);

/* Accepts NULL. */
void directory_close(struct directory *directory);

/* The connection's record, in the set that directory_open was given: its arena must not be released
   before the connection is closed. Never NULL. */
struct evidence_directory *directory_record(struct directory *directory);

#endif
