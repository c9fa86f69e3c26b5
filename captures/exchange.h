/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A question on its way to become an event: from the first byte of it to its answer, or to the
 * certainty that there is none. And the state of all conversations, which is needed for that.
 */
#ifndef CCM_CAPTURES_EXCHANGE_H
#define CCM_CAPTURES_EXCHANGE_H

#include "captures/budget.h"
#include "captures/messages.h"
#include "captures/questions.h"

/* What is kept at most, at any size of the recording: together about 18 MiB. */
enum {
    LIMIT_CONVERSATIONS = 8192,           /* TCP connections that are read, about 400 bytes each */
    LIMIT_EXCHANGES = 2048,               /* questions without an answer, about 3 KiB each */
    LIMIT_CONVERSATION_EXCHANGES = 32,    /* of these: of one connection */
    LIMIT_HELD_BYTES = 4 * 1024 * 1024,   /* heads and records that came in pieces */
    LIMIT_BODIES_BYTES = 4 * 1024 * 1024, /* HTTP bodies that are worth it */
    LIMIT_RECORD_BYTES = 128 * 1024,      /* kept of one Kerberos message */
    LIMIT_BODY_BYTES = 64 * 1024,         /* kept of one HTTP body, as the live probe does */
    LIMIT_LDAP_BYTES = 8 * 1024,          /* kept of one LDAP message */
};

/* What lasted so long is silence (microseconds): as long as the live probe waits. When the
   recording ends sooner, nothing is known. */
enum {
    SILENCE_UDP_US = 1000 * 1000,
    SILENCE_CONNECT_US = 1000 * 1000,
    SILENCE_KDC_US = 1000 * 1000,
    SILENCE_HTTP_US = 5000 * 1000,
};

/* The limits, for the recording's list. */
enum hit {
    HIT_CONVERSATIONS,
    HIT_EXCHANGES,
    HIT_CONVERSATION_EXCHANGES,
    HIT_HELD_BYTES,
    HIT_BODIES_BYTES,
    HIT_HEAD_BYTES,
    HIT_RECORD_BYTES,
    HIT_BODY_BYTES,
    HIT_COUNT,
};

/* The beginning of a body. */
struct kept_body {
    struct buffer bytes;
    bool is_cut; /* nothing more is kept: there is a hole, or a limit was hit */
};

struct exchange {
    struct exchange *next;
    struct arena arena; /* of the payload */
    enum evidence_kind kind;
    union {
        void *payload;
        struct evidence_dns *dns;
        struct evidence_kdc *kdc;
        struct evidence_http *http;
        struct evidence_search *search;
    };
    struct endpoint client;
    struct endpoint server;
    struct mark asked;        /* its first frame; frame 0 when it was not recorded */
    struct mark sent;         /* the last frame of it so far */
    struct mark answered;     /* frame 0 while there is no answer */
    uint64_t connection;      /* 0 for UDP */
    uint64_t retransmissions; /* of the connection before it */
    int64_t message_id;       /* LDAP */
    /* HTTP */
    bool is_head;
    bool is_connect;
    bool is_ccm_post;
    bool keeps_answer;        /* the reply's body is worth keeping */
    int64_t answer_bytes;     /* of the reply's body */
    struct kept_body message; /* the request's when it is a CCM_POST */
    struct kept_body answer;
};

struct conversation;

struct messages {
    struct messages_settings settings;
    struct messages_limits limits;
    struct transport_sink sink;
    struct questions questions; /* over UDP, and DNS over TCP */
    struct budget budget;       /* of heads and records */
    struct budget bodies;       /* apart, so that bodies leave room for what is more important */
    struct conversation *conversations; /* a list */
    size_t conversation_count;
    size_t exchange_count;
    uint64_t last_connection;
    int64_t hits[HIT_COUNT];
    uint8_t http_ports[65536 / 8]; /* at which requests were seen */
    uint8_t kdc_ports[65536 / 8];
};

/* NULL when there are too many. */
struct exchange *exchange_new(struct messages *messages, enum evidence_kind kind);

/* Accepts NULL. */
void exchange_free(struct messages *messages, struct exchange *exchange);

/* Hands the event on, with the registration and the clock that it shows behind it, and frees it. */
void exchange_tell(struct messages *messages, struct exchange *exchange);

/* The same for a question that has no answer. */
void exchange_tell_unanswered(struct messages *messages, struct exchange *exchange,
                              enum evidence_outcome outcome);

/* Silence, or too short a wait to call it so. */
enum evidence_outcome exchange_silence(const struct exchange *exchange, const struct mark *now,
                                       int64_t silence_us);

/* Tells of one message by itself. */
void exchange_note(const struct messages *messages, const struct capture_message *message);

/* Time between two marks; unknown when one of them has none, or the recording's clock went
   backwards. */
int64_t mark_difference(const struct mark *from, const struct mark *to);

const char *exchange_address(struct exchange *exchange, const struct endpoint *endpoint);

#endif
