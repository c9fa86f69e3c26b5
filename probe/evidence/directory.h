/* SPDX-License-Identifier: Apache-2.0 */
/* Records of what Active Directory says over LDAP; part of the contract in evidence.h. */
#ifndef CCM_EVIDENCE_DIRECTORY_H
#define CCM_EVIDENCE_DIRECTORY_H

#include <stddef.h>

#include "evidence/basics.h"

/* How a connection to a directory is protected. */
enum directory_protection {
    PROTECTION_UNKNOWN = 0,
    PROTECTION_NONE,   /* rootDSE only: nothing else is asked for in the clear */
    PROTECTION_SEALED, /* SASL GSSAPI with signing and sealing */
    PROTECTION_TLS,
};

/* One connection to a directory server: found, bound, its rootDSE. */
struct evidence_directory {
    const char *domain; /* the DNS domain it was asked for */
    const char *server; /* the DC's name, as DNS or the user gave it */
    const char *address;
    int64_t port; /* 389, 636, 3268, 3269 */
    enum evidence_tri global_catalog;
    enum evidence_outcome outcome; /* of connecting */
    enum evidence_phase phase;
    enum directory_protection protection;
    int64_t result;         /* of the bind: CODE_SPACE_LDAP; 0 is success */
    const char *diagnostic; /* the server's words, with AD's "data 52e" */
    int64_t connect_us;
    int64_t bind_us;
    const char *site;            /* the client's site, by the CLDAP ping */
    const char *server_site;     /* the DC's */
    const char *default_context; /* rootDSE from here on */
    const char *configuration_context;
    const char *root_context;
    const char *host_name;
    int64_t domain_level; /* msDS-Behavior-Version */
    int64_t forest_level;
    const char **spn_mappings; /* sPNMappings: "host=alerter,...,http,..." */
    size_t spn_mapping_count;
};

/* One search. What it found is in records of its own behind it. */
struct evidence_search {
    const char *server;
    int64_t port;
    const char *purpose; /* "owners of HTTP/mp.contoso.lab" */
    const char *base;
    const char *scope; /* "base", "one", "sub" */
    const char *filter;
    const char **attributes;
    size_t attribute_count;
    enum evidence_outcome outcome;
    int64_t result; /* CODE_SPACE_LDAP */
    const char *diagnostic;
    int64_t entries;
    int64_t pages;
    int64_t rtt_us;
    const char **referrals; /* recorded, not followed */
    size_t referral_count;
};

/* Why an account was looked at. */
enum account_role {
    ACCOUNT_ROLE_UNKNOWN = 0,
    ACCOUNT_SPN_OWNER,   /* holds `spn` */
    ACCOUNT_MP_COMPUTER, /* the MP's own computer object, by dNSHostName or name */
    ACCOUNT_CLIENT,      /* the identity that the probe uses */
};

enum account_kind {
    ACCOUNT_KIND_UNKNOWN = 0,
    ACCOUNT_COMPUTER,
    ACCOUNT_USER,
    ACCOUNT_GROUP_MANAGED, /* gMSA */
    ACCOUNT_MANAGED,       /* sMSA */
    ACCOUNT_OTHER,
};

/* An account as a directory server shows it. */
struct evidence_account {
    enum account_role role;
    const char *spn;    /* that was searched for: of ACCOUNT_SPN_OWNER */
    const char *server; /* that showed it */
    int64_t port;
    const char *domain; /* DNS name, from the DN */
    const char *dn;
    const char *sid;
    const char *name; /* sAMAccountName */
    enum account_kind type;
    int64_t control; /* userAccountControl */
    enum evidence_tri enabled;
    enum evidence_tri locked;
    enum evidence_tri password_expired;
    const char **spns;
    size_t spn_count;
    int64_t etypes; /* msDS-SupportedEncryptionTypes: bits; unknown when the attribute is absent */
    int64_t kvno;   /* msDS-KeyVersionNumber; a DC of the account's domain only, not the GC */
    int64_t password_set_at;
    int64_t changed_at; /* whenChanged */
    const char *dns_host_name;
    const char **other_dns_names; /* msDS-AdditionalDnsHostName */
    size_t other_dns_name_count;
};

enum trust_name_kind {
    TRUST_NAME_UNKNOWN = 0,
    TRUST_NAME_TOP_LEVEL,
    TRUST_NAME_EXCLUSION,
    TRUST_NAME_DOMAIN,
    TRUST_NAME_OTHER,
};

/* One record of msDS-TrustForestTrustInfo ([MS-ADTS] 6.1.6.9.3). */
struct trust_name {
    enum trust_name_kind kind;
    int64_t
        flags; /* disabled: 1 new, 2 by an administrator, 4 by a conflict (of top level names) */
    int64_t set_at;
    const char *name; /* DNS suffix */
    const char *netbios;
    const char *sid;
};

/* A trustedDomain object: one domain's view of one trust. */
struct evidence_trust {
    const char *domain; /* whose object it is, DNS name */
    const char *server;
    const char *partner; /* trustPartner */
    const char *flat_name;
    const char *sid;
    int64_t direction;  /* 0 disabled, 1 inbound, 2 outbound, 3 both */
    int64_t type;       /* 1 NT4, 2 AD, 3 MIT, ... */
    int64_t attributes; /* bits: trustAttributes */
    int64_t etypes;
    struct trust_name *names; /* of a forest trust */
    size_t name_count;
    enum evidence_tri names_malformed; /* the blob could not be read to its end */
};

/* A crossRef object: a domain of the forest. */
struct evidence_domain {
    const char *forest; /* DNS name of the forest's root */
    const char *name;   /* dnsRoot */
    const char *netbios;
    const char *dn;     /* nCName */
    const char *parent; /* DNS name of the parent domain; NULL for a tree's root */
    int64_t level;
};

/* A management point that a forest publishes (mSSMSManagementPoint), or DNS does (SRV). */
struct evidence_published {
    const char *forest;
    const char *server;
    const char *dn;
    const char *site_code;
    const char *name;
    const char *dns_name;
    enum evidence_tri is_default;
    int64_t http_port;
    int64_t https_port;
    int64_t ssl_state; /* SecurityModeMask: CcmHttpSslStates bits */
    const char *version;
    const char *srv;  /* the DNS SRV name that pointed to it; NULL: an object of the directory */
    int64_t srv_port; /* as that record has it */
};

#endif
