/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cases are of one client: what it did in a capture, what the MP's logs have of it, and what
 * the site's database was told of it, joined by the names under which they know it. Pure: the same
 * evidence gives the same clients, in whatever order its records stand.
 *
 * A wrong join would be a wrong accusation, two rows are only two rows. So a key joins only while
 * it is known to be of one machine. The kinds are taken in the order of enum client_key_kind, the
 * surest first; a key is shared, and joins nothing, when what it would join already has two
 * different values of a surer kind: a short name with two full names is two machines, a GUID or
 * certificate with two names is a clone or a machine that was renamed, an address with two names,
 * GUIDs or certificates is DHCP, NAT or a relay. The same is asked again of all that the keys of a
 * kind would join together; if that is two machines, which of the keys is the wrong one is not
 * known, and none of them joins. A case that has several names by itself (two machines behind one
 * address in an IIS log) is joined with nothing.
 *
 * What joins not at all: addresses of the own machine (127.0.0.1), the GUID of zeros, and the name
 * of the folder in which a SMSCFG.ini was found.
 *
 * Time: n log n in the number of keys, for sorting them. Memory: 110 bytes a key that
 * are kept, and 150 more while they are joined; 60,000 clients of five keys each: 34 MB and 45 MB.
 */
#ifndef CCM_RULES_CLIENTS_H
#define CCM_RULES_CLIENTS_H

#include "evidence/evidence.h"

/* What a client is known by, the surest first. */
enum client_key_kind {
    CLIENT_FQDN = 0,
    CLIENT_ACCOUNT,     /* "CONTOSO\WK01", with the domain's NetBIOS name, without $ */
    CLIENT_PRINCIPAL,   /* "WK01@CONTOSO.LAB", without $ */
    CLIENT_NAME,        /* the NetBIOS name: the first 15 letters of the first label */
    CLIENT_LOG,         /* the file, of logs that a client keeps of itself */
    CLIENT_GUID,        /* "EEAF9390-94EB-...", without GUID: */
    CLIENT_CERTIFICATE, /* SHA-1 of the signing certificate */
    CLIENT_ADDRESS,
    CLIENT_KEY_KINDS,
};

struct client_key {
    enum client_key_kind kind;
    const char *text;                     /* in upper case, as it is compared */
    const char *shown;                    /* as it was found */
    const struct evidence_record *record; /* that shows it first */
    bool shared;                          /* several machines use it: it joined nothing */
};

struct client {
    struct client_key *keys; /* by kind; of one kind in the order of their records */
    size_t key_count;
    uint32_t *cases; /* ascending; at least one */
    size_t case_count;
    const struct evidence_record **sightings; /* of case 0: its identity files */
    size_t sighting_count;
    const struct evidence_record **duplicates; /* of other cases: its GUID is among them */
    size_t duplicate_count;
};

/* Whose a case is. */
struct client_place {
    uint32_t case_id;
    uint32_t client; /* its place in the list */
};

struct client_list {
    struct client *items; /* in the order of their first cases */
    size_t count;
    const struct client_place *places; /* by case */
    size_t place_count;
    const uint32_t *cases; /* recorded cases of no one client: an MP's log without names */
    size_t case_count;
};

/* Joins the recorded cases of the set: those of captures, logs and traces. Cases of the live probe
   and of disks are left out, as are those that only tell of duplicate GUIDs. The list lives in the
   arena and borrows from the set. */
void clients_join(const struct evidence_set *set, struct arena *arena,
                  struct client_list *list_out);

/* The client of a case; NULL for one of the others. */
const struct client *clients_of_case(const struct client_list *list, uint32_t case_id);

/* Its first key of the kind that is its own, else one that is shared; NULL for none. */
const struct client_key *client_key(const struct client *client, enum client_key_kind kind);

/* What to call it: its name, else its address, GUID or certificate. */
const char *client_label(const struct client *client);

/* Is it called so? A name with or without its domain or $, a GUID with or without "GUID:", an
   address, a thumbprint. */
bool client_is(const struct client *client, const char *text);

#endif
