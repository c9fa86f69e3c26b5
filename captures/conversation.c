/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/conversation.h"

#include <stdlib.h>

#include "captures/tls_hello.h"

const struct talk *conversation_talk(enum protocol protocol)
{
    switch (protocol) {
    case PROTOCOL_HTTP:
        return &TALK_HTTP;
    case PROTOCOL_KERBEROS:
        return &TALK_KERBEROS;
    case PROTOCOL_DNS:
        return &TALK_DNS;
    case PROTOCOL_LDAP:
        return &TALK_LDAP;
    case PROTOCOL_UNDECIDED:
    case PROTOCOL_OTHER:
    case PROTOCOL_HTTP2:
    case PROTOCOL_TLS:
    default:
        return NULL;
    }
}

struct conversation *conversation_new(struct messages *messages, struct connection *connection)
{
    struct conversation *conversation;

    if (messages->conversation_count >= messages->limits.conversations) {
        messages->hits[HIT_CONVERSATIONS]++;
        return NULL;
    }
    conversation = calloc(1, sizeof(*conversation));
    if (!conversation) {
        return NULL;
    }
    conversation->messages = messages;
    conversation->connection = connection;
    conversation->number = ++messages->last_connection;
    conversation->pairing.is_begun = connection->saw_syn;
    conversation->next = messages->conversations;
    if (conversation->next) {
        conversation->next->previous = conversation;
    }
    messages->conversations = conversation;
    messages->conversation_count++;
    connection->user = conversation;
    return conversation;
}

void conversation_free(struct conversation *conversation)
{
    struct messages *messages = conversation->messages;
    const struct talk *talk = conversation_talk(conversation->protocol);

    if (talk) {
        talk->release(conversation);
    }
    pairing_release(messages, &conversation->pairing);
    *(conversation->previous ? &conversation->previous->next : &messages->conversations) =
        conversation->next;
    if (conversation->next) {
        conversation->next->previous = conversation->previous;
    }
    messages->conversation_count--;
    free(conversation);
}

void conversation_end(struct conversation *conversation, enum evidence_outcome outcome)
{
    const struct talk *talk = conversation_talk(conversation->protocol);

    conversation->connection->user = NULL;
    if (talk && talk->close) {
        talk->close(conversation, outcome);
    }
    conversation_free(conversation);
}

struct exchange *conversation_exchange(struct conversation *conversation, enum evidence_kind kind,
                                       const struct mark *began)
{
    struct exchange *exchange = exchange_new(conversation->messages, kind);
    const struct connection *connection = conversation->connection;

    if (!exchange) {
        return NULL;
    }
    exchange->client = connection->ends[conversation->client];
    exchange->server = connection->ends[!conversation->client];
    exchange->connection = conversation->number;
    exchange->asked = *began;
    conversation->asked += began->frame > 0 ? 1 : 0;
    if (kind == EVIDENCE_HTTP) {
        exchange->http->address = exchange_address(exchange, &exchange->server);
        exchange->http->port = exchange->server.port;
        exchange->http->client_port = exchange->client.port;
    }
    return exchange;
}

int64_t conversation_connect_us(const struct connection *connection)
{
    return connection->saw_syn && connection->established.frame > 0
               ? mark_difference(&connection->opened, &connection->established)
               : EVIDENCE_UNKNOWN;
}

/* Nothing of what the server sends may have been recorded. */
static bool is_one_sided(const struct conversation *conversation)
{
    const struct connection *connection = conversation->connection;

    return connection->segments[!conversation->client] == 0 && connection->established.frame == 0;
}

enum evidence_outcome conversation_outcome(const struct conversation *conversation,
                                           enum stream_end end, const struct mark *mark,
                                           int64_t silence_us)
{
    const struct exchange *first = conversation->pairing.first;
    const bool server_closed =
        conversation->is_closing && conversation->closed_first != conversation->client;

    if (!first || is_one_sided(conversation) || end == STREAM_LIMIT) {
        return OUTCOME_UNKNOWN;
    }
    if (server_closed || end == STREAM_RESET) {
        return OUTCOME_CLOSED;
    }
    return exchange_silence(first, mark, silence_us);
}

bool port_is_kdc(const struct messages *messages, uint16_t port)
{
    return port == PORT_KERBEROS || port_is_known(messages->kdc_ports, port);
}

bool port_is_http(const struct messages *messages, uint16_t port)
{
    return port == PORT_HTTP || port == PORT_HTTPS || port == PORT_MP_HTTP ||
           port == PORT_MP_HTTPS || port_is_known(messages->http_ports, port);
}

/* What became of a connection that did not come about; unknown: nothing to be told. */
static enum evidence_outcome connect_outcome(const struct connection *connection,
                                             enum stream_end end, const struct mark *mark)
{
    const int64_t waited = mark_difference(&connection->opened, mark);

    if (end == STREAM_RESET || end == STREAM_UNREACHED) {
        return end == STREAM_RESET ? OUTCOME_REFUSED : OUTCOME_UNREACHABLE;
    }
    return (end == STREAM_RECORDING_END || end == STREAM_REPLACED) && waited != EVIDENCE_UNKNOWN &&
                   waited >= SILENCE_CONNECT_US
               ? OUTCOME_TIMEOUT
               : OUTCOME_UNKNOWN;
}

/* What a connection is told with that has no conversation. */
static struct exchange *bare_connection(struct messages *messages,
                                        const struct connection *connection,
                                        enum evidence_kind kind)
{
    struct exchange *exchange = exchange_new(messages, kind);

    if (exchange) {
        exchange->client = connection->ends[SIDE_OPENER];
        exchange->server = connection->ends[SIDE_OTHER];
        exchange->connection = ++messages->last_connection;
        exchange->asked = connection->opened;
        exchange->sent = connection->opened;
        if (kind == EVIDENCE_HTTP) {
            exchange->http->address = exchange_address(exchange, &exchange->server);
            exchange->http->port = exchange->server.port;
            exchange->http->client_port = exchange->client.port;
        }
    }
    return exchange;
}

void connection_tell_failed(struct messages *messages, const struct connection *connection,
                            enum stream_end end, const struct mark *mark)
{
    const enum evidence_outcome outcome = connect_outcome(connection, end, mark);
    const uint16_t port = connection->ends[SIDE_OTHER].port;
    const bool is_kdc = port_is_kdc(messages, port);
    struct exchange *exchange;

    if (outcome == OUTCOME_UNKNOWN || (!is_kdc && !port_is_http(messages, port))) {
        return;
    }
    exchange = bare_connection(messages, connection, is_kdc ? EVIDENCE_KDC : EVIDENCE_HTTP);
    if (!exchange) {
        return;
    }
    if (outcome != OUTCOME_TIMEOUT) {
        exchange->answered = *mark;
    }
    if (is_kdc) {
        exchange->kdc->transport = TRANSPORT_TCP;
        exchange->kdc->attempts = 0;
        exchange->kdc->address = exchange_address(exchange, &exchange->server);
        exchange->kdc->port = port;
    } else {
        exchange->http->phase = PHASE_CONNECT;
    }
    exchange_tell_unanswered(messages, exchange, outcome);
}

void connection_tell_unreadable(struct messages *messages, const struct connection *connection,
                                const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct exchange *exchange = bare_connection(messages, connection, EVIDENCE_HTTP);

    if (exchange) {
        exchange->asked = *mark;
        exchange->http->phase = PHASE_TLS;
        exchange->http->path = length > 0 && bytes[0] == 'P' ? "*" : NULL; /* HTTP/2's preface */
        exchange->http->host = tls_hello_server(&exchange->arena, bytes, length);
        exchange->http->connect_us = conversation_connect_us(connection);
        exchange_tell_unanswered(messages, exchange, OUTCOME_UNKNOWN);
    }
}
