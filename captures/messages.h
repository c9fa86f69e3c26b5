/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes to messages: Kerberos, HTTP, DNS, LDAP and the CCM message, found by content as well
 * as by port, paired as question and answer, and handed on as payloads of evidence.
 *
 * What is handed on is what evidence/evidence.h says of its kind, with `step` and `leg` left
 * unknown: which part of whose exchange it was is the matter of captures/story.h.
 */
#ifndef CCM_CAPTURES_MESSAGES_H
#define CCM_CAPTURES_MESSAGES_H

#include "base/arena.h"
#include "captures/transport.h"
#include "evidence/evidence.h"

/* A question and its answer, or a question that the recording has no answer to. Nothing is known of
   what was asked in two cases, and then HTTP has no method and KDC no purpose: the connection never
   stood (phase connect, outcome timeout or refused), or it speaks TLS (HTTP in phase tls; `host` is
   the name in the ClientHello) or HTTP/2 (the same, with the path "*" of its preface). */
struct capture_event {
    enum evidence_kind kind; /* DNS, KDC, HTTP, SEARCH, REGISTRATION or CLOCK */
    struct endpoint client;  /* who asked */
    struct endpoint server;
    struct mark asked; /* the first frame of the question; frame 0: it was not recorded */
    struct mark
        answered;        /* the last frame of the answer's head, or of the message; frame 0: none */
    uint64_t connection; /* a number for the TCP connection, 0 for UDP */
    union {
        void *payload; /* in `arena` */
        struct evidence_dns *dns;
        struct evidence_kdc *kdc;
        struct evidence_http *http;
        struct evidence_search *search;
        struct evidence_registration
            *registration;            /* of an HTTP message's body: follows its event */
        struct evidence_clock *clock; /* follows the event whose answer showed it */
    };
    struct arena *arena; /* emptied after the call: who keeps the payload adopts it or copies */
};

typedef void capture_event_fn(void *context, struct capture_event *event);

/* One Kerberos message or HTTP head by itself, paired or not: for the comparison with other
   programs. */
struct capture_message {
    struct mark mark;        /* the frame in which it ends (HTTP: its head) */
    enum evidence_kind kind; /* KDC or HTTP */
    bool is_request;
    int64_t code; /* Kerberos: the application tag, and of KRB-ERROR 1000 + its error-code; HTTP:
                     the status, 0 for requests */
    const char *text; /* of an HTTP request: method and path; else NULL */
};

typedef void capture_message_fn(void *context, const struct capture_message *message);

struct messages; /* the state of all conversations */

/* How much is kept at a time: captures/exchange.h and questions.h explain what the program has. */
struct messages_limits {
    size_t conversations;
    size_t exchanges;
    size_t conversation_exchanges;
    size_t questions;
    size_t held_bytes;
    size_t bodies_bytes;
};

extern const struct messages_limits MESSAGES_LIMITS;

struct messages_settings {
    void *context;
    const struct messages_limits *limits; /* NULL: MESSAGES_LIMITS */
    capture_event_fn *on_event;
    capture_message_fn *on_message;       /* NULL: not wanted */
    struct evidence_recording *recording; /* its counters are kept up to date */
    struct arena *arena; /* of the recording: its list of limits grows here at the end */
};

struct messages *messages_new(const struct messages_settings *settings);
void messages_free(struct messages *messages);

/* The sink to be given to the transport; borrowed, lives as long as `messages`. */
const struct transport_sink *messages_sink(struct messages *messages);

/* The recording is over: questions without an answer become events. */
void messages_end(struct messages *messages, const struct mark *last);

#endif
