/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several rules ask the evidence of a directory: which forest a server shows, who holds the
 * MP's SPN, and which way referrals take. Pure functions over one case; none of them judges. What
 * is returned belongs to the evidence or to the arena; NULL and UNKNOWN mean: not observed.
 */
#ifndef CCM_RULES_FACTS_DIRECTORY_H
#define CCM_RULES_FACTS_DIRECTORY_H

#include <stdbool.h>

#include "base/arena.h"
#include "rules/verdict.h"

/* --- forests --- */

/* "contoso.lab" of "CN=MP,OU=Servers,DC=contoso,DC=lab", NULL for a name without DC. */
const char *fact_dn_domain(struct arena *arena, const char *dn);

/* The DNS name of the root of the forest that a domain, or a directory server, belongs to. */
const char *fact_forest(const struct case_view *view, struct arena *arena, const char *domain);
const char *fact_server_forest(const struct case_view *view, struct arena *arena,
                               const char *server, int64_t port);

/* The domains of the account that asks and of the MP. Of the MP: that of its computer object, else
   the longest known domain that its name lies in, else the forest whose trust names its suffix. */
const char *fact_client_domain(const struct case_view *view, struct arena *arena);
const char *fact_mp_domain(const struct case_view *view, struct arena *arena);

/* A search that was answered in full; noSuchObject is an answer, too. */
bool fact_search_done(const struct evidence_search *search);

/* One that shows what is not there. AD says noSuchObject also of what the account may not see
   ([MS-ADTS] 3.1.1.4.3), so that it proves nothing about objects below a base that must exist. */
bool fact_search_complete(const struct evidence_search *search);

/* Was the server asked for the whole forest? Most DCs are catalogs (isGlobalCatalogReady), and show
   their own domain only when they are asked as DCs. */
bool fact_asked_as_catalog(const struct evidence_directory *directory);

/* A search in the whole forest (NULL: any) that would have found the holders of the SPN: on a
   global catalog, from its root. */
const struct evidence_record *fact_spn_search(const struct case_view *view, struct arena *arena,
                                              const char *spn, const char *forest);

/* Does the filter of a search ask for the SPN? */
bool fact_search_asks(const struct evidence_search *search, const char *spn);

/* --- accounts --- */

enum { HOLDER_LIMIT = 16 };

/* Who holds an SPN: one record an account. */
struct holders {
    const struct evidence_record *items[HOLDER_LIMIT];
    size_t count;
};

/* Are two records about one account? By SID, else by DN. */
bool fact_same_account(const struct evidence_account *a, const struct evidence_account *b);

/* All accounts that a server of the forest (NULL: any) showed to hold the SPN. */
struct holders fact_holders(const struct case_view *view, struct arena *arena, const char *spn,
                            const char *forest);

/* Those that one server showed. */
struct holders fact_holders_at(const struct case_view *view, const char *spn, const char *server,
                               int64_t port);

/* What all records of the account say together: a global catalog has no key version. */
struct evidence_account fact_account(const struct case_view *view,
                                     const struct evidence_record *record);

/* The record of the MP's computer object, of the account that asks; NULL when it was not found. */
const struct evidence_record *fact_mp_computer(const struct case_view *view);
const struct evidence_record *fact_client_account(const struct case_view *view);

/* Is this account the MP's own computer? Unknown when it is a computer, and neither the MP's object
   was found nor the host name is known, or when the MP is named by its address. */
enum evidence_tri fact_is_mp(const struct case_view *view, const struct evidence_account *account);

/* Whose account a KDC of the client's forest takes for the MP: the holders of the HTTP SPN, and
   when there is none, those of HOST, which stands in for it. The forest of the client counts
   first, then that of the MP. */
struct ownership {
    const char *held; /* the SPN that decides: HTTP/... or HOST/...; NULL when nobody holds any */
    struct holders holders;
    const struct evidence_record *host; /* when HTTP decides: the holder of HOST */
    bool one_server;                    /* one server showed all holders */
};

/* Whether the user said that the account is meant to hold the SPN. */
bool fact_known_good(const struct case_view *view, const char *spn,
                     const struct evidence_account *account);

struct ownership fact_ownership(const struct case_view *view, struct arena *arena);

/* Whose key sealed the ticket for the MP, by key version and type? */
enum key_owner {
    KEY_OWNER_UNKNOWN = 0,
    KEY_OWNER_HOLDER, /* of the SPN */
    KEY_OWNER_MP,     /* the MP's computer, which is not the holder */
    KEY_OWNER_OTHER,  /* neither */
};

enum key_owner fact_key_owner(const struct case_view *view, const struct evidence_account *holder);

/* Does the directory name a holder that is not the MP's computer, or several, and is the ticket not
   sealed with the computer's key all the same? Then the rules for SPNs say more than the exchange
   does. */
bool fact_owner_named(const struct case_view *view, struct arena *arena);

/* Nobody in the MP's forest holds HTTP, nor HOST where that serves. */
struct spn_absence {
    const struct evidence_record *search; /* that shows it; NULL: not known, or somebody does */
    const struct evidence_record *host_search;
    const char *forest;
    bool not_mapped; /* somebody holds HOST, and it does not stand in for HTTP */
};

struct spn_absence fact_spn_absent(const struct case_view *view, struct arena *arena);

/* Two servers that hold the same data and were asked for the SPN, and show different holders: the
   records of their searches. False when all agree. */
bool fact_replicas_differ(const struct case_view *view, struct arena *arena, const char *spn,
                          const struct evidence_record *searches_out[2]);

/* Do several accounts hold the SPN that decides, other than for a change on its way to all DCs? */
bool fact_spn_duplicate(const struct case_view *view, struct arena *arena,
                        const struct ownership *ownership);

/* The SPN of the MP that clients ask for, and its HOST form. */
const char *fact_spn(const struct case_view *view, struct arena *arena);
const char *fact_host_spn(const struct case_view *view, struct arena *arena);

/* Does HOST stand in for HTTP by sPNMappings? Yes by default: unknown when none was read. */
enum evidence_tri fact_host_serves(const struct case_view *view);

/* msDS-SupportedEncryptionTypes with a type of Kerberos: the default does not count then. */
bool etypes_named(int64_t etypes);

/* The same, and none of AES. */
bool etypes_lack_aes(int64_t etypes);

/* May the ticket be sealed with the account's key, by key version and type? */
enum evidence_tri fact_key_fits(const struct evidence_account *account,
                                const struct krb_ticket *ticket);

/* --- trusts --- */

enum trust_class {
    TRUST_CLASS_UNKNOWN = 0,
    TRUST_CLASS_IN_FOREST,
    TRUST_CLASS_FOREST,
    TRUST_CLASS_EXTERNAL,
    TRUST_CLASS_NT4,
    TRUST_CLASS_REALM, /* with an MIT realm, or of a kind that Kerberos has no part in */
};

enum trust_class fact_trust_class(const struct evidence_trust *trust);

/* Is a name routed by a forest trust? */
enum suffix_state {
    SUFFIX_UNKNOWN = 0,
    SUFFIX_ROUTED,
    SUFFIX_NEW,      /* not enabled since it was added */
    SUFFIX_DISABLED, /* by an administrator */
    SUFFIX_CONFLICT,
    SUFFIX_EXCLUDED,
    SUFFIX_MISSING,
};

/* `name_out` is the entry that decides, NULL when there is none. */
enum suffix_state fact_suffix(const struct evidence_trust *trust, const char *host,
                              const struct trust_name **name_out);

/* What lies between the client's domain and the MP's. */
enum way {
    WAY_UNKNOWN = 0,
    WAY_OPEN,
    WAY_EXTERNAL,  /* an external (or NT 4.0) trust only */
    WAY_NONE,      /* no trust */
    WAY_DIRECTION, /* a forest trust that lets accounts pass the other way only */
    WAY_SUFFIX,    /* a forest trust that does not route the MP's name */
};

enum { PATH_LIMIT = 16 };

struct trust_path {
    enum way way;
    const char *hops[PATH_LIMIT]; /* of WAY_OPEN: the domains, the client's first */
    size_t count;
    bool complete;                       /* the last hop is the MP's domain */
    const struct evidence_record *trust; /* that leaves the forest, or that stops the way */
    const struct evidence_record *other; /* the partner's object of the same trust */
    enum suffix_state suffix;
    const struct trust_name *suffix_name;
};

/*
 * The way that referrals take from one domain to another: up to the forest's root, over the forest
 * trust, down to the other domain; shortcut trusts are taken. `host` is the MP's name, which the
 * trust must route. Only what was read counts: a way of which a part is not known is unknown.
 */
struct trust_path fact_trust_path(const struct case_view *view, struct arena *arena,
                                  const char *from, const char *to, const char *host);

/* The same for the case's own client and MP. */
struct trust_path fact_case_path(const struct case_view *view, struct arena *arena);

/* Does the way end at its trust, and did no request get past it? */
bool fact_way_blocked(const struct case_view *view, struct arena *arena,
                      const struct trust_path *path);

/* Where the referrals leave the predicted way: the index of the first hop that was not taken, 0
   when none is missing or the way is not known. */
size_t fact_path_differs(const struct case_view *view, struct arena *arena,
                         const struct trust_path *path);

/* "CONTOSO.LAB -> FABRIKAM.LAB" of the hops. */
const char *fact_path_text(struct arena *arena, const struct trust_path *path);

/* The referrals that were observed for the ticket: realms in order. Returns their number. */
size_t fact_observed_path(const struct case_view *view, const char *realms[PATH_LIMIT]);

/* The search for the trusts of a domain, NULL when there was none. */
const struct evidence_record *fact_trust_search(const struct case_view *view, struct arena *arena,
                                                const char *domain);

/* A trust record of one domain about another, NULL when none was read. */
const struct evidence_record *fact_trust(const struct case_view *view, const char *domain,
                                         const char *partner);

/* A trust on the way on whose far side selective authentication is switched on. */
const struct evidence_record *fact_selective_trust(const struct case_view *view,
                                                   struct arena *arena);

#endif
