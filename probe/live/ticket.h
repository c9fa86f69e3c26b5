/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tickets, hop by hop: the AS exchange once a run, then a TGS exchange for each service that
 * follows referrals from realm to realm as a Windows client does (canonicalize set, the KDC alone
 * says where to go next). MIT's step interfaces make and check the messages, kdc_send carries them.
 */
#ifndef CCM_LIVE_TICKET_H
#define CCM_LIVE_TICKET_H

#include <pthread.h>

#include "live/identity.h"
#include "live/kdc_send.h"

enum { TICKET_REALMS_MAX = 16 };

struct ticket_session {
    struct kerberos_context context;
    struct identity identity;
    struct kdc_finder finder;
    struct kdc_channel *channels[TICKET_REALMS_MAX]; /* one a realm, in the arena of `evidence` */
    size_t channel_count;
    bool logged_in; /* the AS exchange was tried: never again, the password may be wrong */
    struct evidence_set evidence;  /* of the identity and the AS exchange, as case 1 */
    struct ticket_session *parent; /* whose login this one shares; NULL for the run's own */
    pthread_mutex_t lock;          /* of a session with children: its login, and copies of it */
};

/* What one TGS exchange came to. */
struct service_ticket {
    bool issued;
    bool unknown;          /* the KDC said KDC_ERR_S_PRINCIPAL_UNKNOWN */
    const char *spn;       /* "HTTP/mp.contoso.lab", as it was asked for */
    const char *principal; /* under which the ticket stands in the cache; both in the arena */
};

/* Opens the identity. The finder's pointers must outlive the session. */
enum ccm_status ticket_session_open(struct ticket_session *session,
                                    const struct identity_settings *identity,
                                    const struct kdc_finder *finder,
                                    struct ccm_error *error) CCM_MUST_CHECK;

/*
 * Opens a session for another thread. The login stays the parent's, made once by whoever comes
 * first; its tickets and the list of the realm's KDCs are taken over from there. The parent must
 * outlive it, and does no more than that meanwhile.
 */
enum ccm_status ticket_session_share(struct ticket_session *session, struct ticket_session *parent,
                                     struct ccm_error *error) CCM_MUST_CHECK;

/* Accepts a session of zeros. */
void ticket_session_close(struct ticket_session *session);

/* The AS exchange, once; true when there is a TGT. Evidence goes to that of the session, or of its
   parent. */
bool ticket_session_login(struct ticket_session *session);

/* The records of the login, to be read when it is over: in every case the same. */
const struct evidence_set *ticket_session_evidence(const struct ticket_session *session);

/* Asks for a ticket of `service`/`host`. Evidence goes to `evidence` as records of `step`. */
void ticket_get(struct ticket_session *session, const char *service, const char *host,
                enum evidence_step step, uint32_t case_id, struct evidence_set *evidence,
                struct service_ticket *ticket_out);

#endif
