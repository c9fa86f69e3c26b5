/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own way to a KDC (RFC 4120 7.2), so that each hop is seen: address, transport, bytes, round
 * trip, retries and every kind of failure.
 *
 * UDP comes first; TCP when the KDC asks for it (KRB_ERR_RESPONSE_TOO_BIG), when the request is
 * large, and when UDP is silent. The TCP connection is opened while UDP is waited for, so neither a
 * large reply nor a silent KDC costs a round trip more than it must. A request that carries a proof
 * of the password is sent once and by TCP, which repeats no message: a repeated wrong password
 * could lock the account.
 */
#ifndef CCM_LIVE_KDC_SEND_H
#define CCM_LIVE_KDC_SEND_H

#include "base/buffer.h"
#include "live/kdc_list.h"

/* The KDCs of one realm, and the connection to the one in use. */
struct kdc_channel {
    struct kdc_list list;
    size_t current;   /* index of the one that answered last */
    int tcp;          /* -1 for none */
    size_t tcp_index; /* whom it leads to */
    bool tcp_connected;
    bool tcp_used;     /* a reply came over it before */
    int64_t tcp_began; /* monotonic */
    int64_t tcp_connect_us;
};

struct kdc_request {
    const void *bytes;
    size_t length;
    enum evidence_step step;
    const char *client; /* for evidence; lives as long as the set */
    bool once;          /* carries a proof of the password */
};

/* Starts with no connection. */
void kdc_channel_init(struct kdc_channel *channel);
void kdc_channel_close(struct kdc_channel *channel);

/*
 * Sends the request to the realm's KDCs, one after the other, until one replies. Adds one record
 * for each try, and a clock record for each KRB-ERROR that tells the time.
 *
 * Returns the record of the reply, whose bytes are in `reply`; NULL when no KDC gave one.
 */
const struct evidence_kdc *kdc_send(struct kdc_channel *channel, const struct stopper *stopper,
                                    uint32_t case_id, const struct kdc_request *request,
                                    struct evidence_set *evidence, struct buffer *reply);

#endif
