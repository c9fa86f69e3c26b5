/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The live probe: does what a Configuration Manager client does against a management point, and
 * records what is seen. Nothing is judged here, nothing is written to the MP, the KDC or a site.
 */
#ifndef CCM_LIVE_LIVE_H
#define CCM_LIVE_LIVE_H

#include "base/status.h"
#include "evidence/evidence.h"
#include "live/identity.h"
#include "live/kdc_list.h"
#include "live/mp.h"
#include "live/ticket.h"

/*
 * A case whose exchange is over, for a collector that goes on from there with the same tickets (the
 * directory). Everything is borrowed and ends with the call.
 */
struct live_case {
    uint32_t case_id;
    const char *target;    /* NULL in a session without an MP */
    const char *principal; /* of the identity; NULL without one */
    const char *realm;     /* the identity's */
    const char *cache;     /* name of the MEMORY cache, NULL when it holds no ticket */
    const struct stopper *stopper;
    struct evidence_set *evidence;
    struct ticket_session *session; /* for the functions below */
    void **kept; /* the collector's own, from case to case of one thread; NULL at first */
};

/* One MP to examine. */
struct live_target {
    const char *name;   /* or address */
    const char *scheme; /* "http" or "https" */
    uint16_t port;
};

struct live_targets {
    struct live_target *items;
    size_t count;
};

/* Where other collectors and the user come in. Each may be NULL. Cases that are examined at the
   same time call from threads of their own. */
struct live_hooks {
    void *context;
    /* Once, before the first case: finds out what to examine. Its records are no case's, and stay
       where they are until live_check returns. */
    enum ccm_status (*find_targets)(void *context, struct live_case *live,
                                    struct live_targets *targets_out, struct ccm_error *error);
    void (*after_case)(void *context, struct live_case *live);
    void (*let_go)(void *context, void *kept); /* of what a thread kept, when it ends */
    /* One call at a time, when `done` of several cases are over. */
    void (*progress)(void *context, size_t done, size_t total);
};

/* Gets a ticket of `service`/`host` into the cache; the name under which it stands there, or NULL.
 */
const char *live_case_ticket(struct live_case *live, const char *service, const char *host);

/* Finds the servers that an SRV name points to, by the run's own resolver. */
void live_case_servers(struct live_case *live, const char *service_name,
                       struct kdc_list *servers_out);

/* Asks for SRV records of at most DNS_QUESTIONS_AT_ONCE names; `asked[i]` is the record of name i.
 */
void live_case_services(struct live_case *live, const char *const *names, size_t count,
                        const struct evidence_dns *asked[]);

/* Whether DNS knows an address of a full name; unknown when nobody could say. */
enum evidence_tri live_case_in_dns(struct live_case *live, const char *name);

/* The addresses of a host that the user named, "HOST[:PORT]". */
void live_case_host(struct live_case *live, const char *text, struct kdc_list *servers_out);

struct live_settings {
    struct live_targets targets; /* unless hooks.find_targets says */
    const char *path;
    const char *ca_file;
    bool insecure;
    bool all_addresses;
    const char *const *known_good; /* for the record: "SPN=ACCOUNT" */
    size_t known_good_count;
    struct dns_settings dns;
    const struct kdc_override *kdcs;
    size_t kdc_count;
    struct identity_settings identity;
    int64_t deadline_us; /* for the whole run */
    int wake_fd;         /* see struct stopper */
    struct live_hooks hooks;
};

enum { LIVE_CASES_AT_ONCE = 16 };

/*
 * Examines the MPs, at most LIVE_CASES_AT_ONCE at a time, and appends the records, one case an MP
 * in the order of the targets, and within a case in protocol order: run, name, anonymous request,
 * identity, ticket, authenticated request, what was not done.
 *
 * Errors are those of the settings (an unreadable keytab, a resolver that is no address) and of
 * libraries that cannot start; whatever the network does is evidence.
 */
enum ccm_status live_check(const struct live_settings *settings, struct evidence_set *evidence,
                           struct ccm_error *error) CCM_MUST_CHECK;

/*
 * Logs in and calls after_case once, as case 1 without a target: no MP is asked. Of the settings,
 * those of the identity, its KDCs, the resolver and the deadline count. Errors as above.
 */
enum ccm_status live_session(const struct live_settings *settings, struct evidence_set *evidence,
                             struct ccm_error *error) CCM_MUST_CHECK;

#endif
