/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP connection that is worth reading, and the protocols that are read. */
#ifndef CCM_CAPTURES_CONVERSATION_H
#define CCM_CAPTURES_CONVERSATION_H

#include "captures/http_stream.h"
#include "captures/pairing.h"
#include "captures/record_stream.h"

enum protocol {
    PROTOCOL_UNDECIDED, /* more bytes are needed */
    PROTOCOL_OTHER,     /* none that is read */
    PROTOCOL_HTTP,
    PROTOCOL_HTTP2,
    PROTOCOL_TLS,
    PROTOCOL_KERBEROS,
    PROTOCOL_DNS,
    PROTOCOL_LDAP,
};

/* Bytes that tell every protocol from all others. */
enum { CONVERSATION_BEGINNING = 40 };

/* What one side sent while it is not known what it is. */
struct beginning {
    struct mark mark;
    uint8_t length;
    uint8_t bytes[CONVERSATION_BEGINNING];
};

struct http_talk {
    struct http_stream requests;
    struct http_stream replies;
    struct exchange *asking;    /* whose request is being read: in the pairing, or unsure */
    struct exchange *answering; /* whose reply is being read: no longer in the pairing */
    bool is_paired;             /* `asking` is in the pairing, or was */
};

/* Kerberos, DNS and LDAP. */
struct record_talk {
    struct record_stream requests;
    struct record_stream replies;
};

struct conversation {
    struct messages *messages;
    struct connection *connection;
    struct conversation *next, *previous;
    enum protocol protocol;
    enum side client;
    enum side closed_first; /* who sent a FIN first, when `is_closing` */
    bool is_closing;
    uint64_t number;
    uint64_t asked; /* questions so far */
    struct pairing pairing;
    union {
        struct beginning beginnings[2]; /* by side; of PROTOCOL_UNDECIDED */
        struct http_talk http;
        struct record_talk records;
    };
};

/* A new one for the connection, whose `user` it becomes; NULL when there are too many. */
struct conversation *conversation_new(struct messages *messages, struct connection *connection);

/* Tells of what is open, frees the conversation and clears the connection's `user`. */
void conversation_end(struct conversation *conversation, enum evidence_outcome outcome);

/* Frees it without a word. */
void conversation_free(struct conversation *conversation);

/* What of an exchange is the connection's: addresses, number, the time it took to connect. `began`
   is the mark of its first byte. */
struct exchange *conversation_exchange(struct conversation *conversation, enum evidence_kind kind,
                                       const struct mark *began);

/* The time from SYN to SYN ACK; unknown when one of them is missing. */
int64_t conversation_connect_us(const struct connection *connection);

/* What it means that no answer came until `end`. */
enum evidence_outcome conversation_outcome(const struct conversation *conversation,
                                           enum stream_end end, const struct mark *mark,
                                           int64_t silence_us);

/* A protocol's part. `data`, `gap`: false when there is no use in reading on. `half_closed`: of the
   side that answers. `close` tells of all that is open. */
struct talk {
    void (*open)(struct conversation *conversation);
    bool (*data)(struct conversation *conversation, enum side side, const struct mark *mark,
                 const uint8_t *bytes, size_t length);
    bool (*gap)(struct conversation *conversation, enum side side, const struct mark *mark,
                uint64_t lost);
    void (*half_closed)(struct conversation *conversation);
    void (*close)(struct conversation *conversation, enum evidence_outcome outcome);
    void (*release)(struct conversation *conversation);
    int64_t silence_us;
};

/* NULL for what is not read. */
const struct talk *conversation_talk(enum protocol protocol);

extern const struct talk TALK_HTTP;
extern const struct talk TALK_KERBEROS;
extern const struct talk TALK_DNS;
extern const struct talk TALK_LDAP;

/* Datagrams. */
void dns_message(struct messages *messages, const struct endpoint *from, const struct endpoint *to,
                 const struct mark *mark, const struct record *message);
void kerberos_datagram(struct messages *messages, const struct endpoint *from,
                       const struct endpoint *to, const struct mark *mark,
                       const struct record *datagram);

/* What the first bytes of one side are, and which side asks. */
enum protocol identify_stream(const struct connection *connection, enum side side,
                              const uint8_t *bytes, size_t length, enum side *client_out);

/* Well-known ports. */
enum {
    PORT_DNS = 53,
    PORT_HTTP = 80,
    PORT_KERBEROS = 88,
    PORT_LDAP = 389,
    PORT_HTTPS = 443,
    PORT_GLOBAL_CATALOG = 3268,
    PORT_MP_HTTP = 8530, /* what sites move MPs to: WSUS' own ports */
    PORT_MP_HTTPS = 8531,
};

bool port_is_known(const uint8_t ports[65536 / 8], uint16_t port);
void port_learn(uint8_t ports[65536 / 8], uint16_t port);

/* Well-known ones, and those at which such servers were seen. */
bool port_is_kdc(const struct messages *messages, uint16_t port);
bool port_is_http(const struct messages *messages, uint16_t port);

/* Tells of a connection that never stood, if that is known and a KDC or a web server is expected at
   the port. */
void connection_tell_failed(struct messages *messages, const struct connection *connection,
                            enum stream_end end, const struct mark *mark);

/* Tells of a connection that speaks TLS or HTTP/2, of which `bytes` are the first. */
void connection_tell_unreadable(struct messages *messages, const struct connection *connection,
                                const struct mark *mark, const uint8_t *bytes, size_t length);

record_size_fn kerberos_record_size;

#endif
