/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to one address of a management point, over one kept-alive connection: the anonymous
 * CCM_POST and the one with a Negotiate token, both with an empty body, so that nothing can be
 * registered; and GET MPLIST, which any client may ask. No proxy, no redirect followed.
 */
#ifndef CCM_LIVE_MP_H
#define CCM_LIVE_MP_H

#include <curl/curl.h>

#include "base/buffer.h"
#include "base/status.h"
#include "base/stopper.h"
#include "evidence/evidence.h"

/* Where and how. Borrowed strings. */
struct mp_target {
    const char *name;   /* as the user gave it: the Host field, and the name in the certificate */
    const char *scheme; /* "http" or "https" */
    uint16_t port;
    const char *path;
    const char *ca_file; /* NULL: the system's */
    bool insecure;       /* certificates are shown, not checked */
};

struct mp_link {
    CURL *easy;
    const struct mp_target *target;
    const char *address;
    const struct stopper *stopper;
    struct evidence_set *evidence; /* where the next record goes */
    uint32_t case_id;
    struct curl_slist *resolve;
    struct buffer head;
    int64_t head_at; /* when it began to arrive, monotonic; 0 before */
    struct buffer body;
    struct buffer certificate; /* PEM of the MP's certificate, once seen */
    char problem[CURL_ERROR_SIZE];
    bool fresh; /* the next request opens a new connection */
};

/* Makes the library ready, once a program, before any thread. */
enum ccm_status mp_library_init(struct ccm_error *error) CCM_MUST_CHECK;

/* `target`, `address` and `stopper` are borrowed. False when libcurl has no memory. */
bool mp_link_open(struct mp_link *link, const struct mp_target *target, const char *address,
                  const struct stopper *stopper, uint32_t case_id);

/* Accepts a link of zeros. */
void mp_link_close(struct mp_link *link);

/* Adds the record of a request that is about to be made. `spn` is the service of the token that
   goes along, or NULL. The record stays valid as long as the set. */
struct evidence_http *mp_add_record(struct mp_link *link, enum http_leg leg, const char *spn);

/*
 * Makes the request and fills its record; adds those of the clock and the certificate that the
 * reply showed to link->evidence. `token` is NULL or the Negotiate token. The bytes of the reply's
 * token are appended to `answer` (may be NULL).
 */
void mp_send(struct mp_link *link, struct evidence_http *record, const struct buffer *token,
             struct buffer *answer);

/* Bindings of the certificate seen on the connection; false on http and before a request. */
bool mp_bindings(const struct mp_link *link, struct buffer *out);

#endif
