/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/messages.h"

#include <stdlib.h>
#include <string.h>

#include "captures/conversation.h"
#include "decode/der.h"
#include "evidence/shape.h"

/* The beginning of a connection is missing: the port says what it may be, and each side is read
   from where the next message begins. */
static bool join_midway(struct conversation *conversation)
{
    const struct messages *messages = conversation->messages;
    const uint16_t port = conversation->connection->ends[SIDE_OTHER].port;

    conversation->client = SIDE_OPENER;
    if (port_is_kdc(messages, port)) {
        conversation->protocol = PROTOCOL_KERBEROS;
    } else if (port_is_http(messages, port)) {
        conversation->protocol = PROTOCOL_HTTP;
    } else {
        return false;
    }
    conversation_talk(conversation->protocol)->open(conversation);
    if (conversation->protocol == PROTOCOL_HTTP) {
        conversation->http.requests.part = HTTP_LOST;
        conversation->http.replies.part = HTTP_LOST;
    } else {
        conversation->records.requests.is_lost = true;
        conversation->records.replies.is_lost = true;
    }
    return true;
}

/* Counts what will not be read. */
static void note_unread(struct messages *messages, enum protocol protocol)
{
    struct evidence_recording *recording = messages->settings.recording;

    recording->tls_connections += protocol == PROTOCOL_TLS ? 1 : 0;
    recording->http2_connections += protocol == PROTOCOL_HTTP2 ? 1 : 0;
}

static enum interest feed(struct conversation *conversation, enum side side,
                          const struct mark *mark, const uint8_t *bytes, size_t length)
{
    if (conversation_talk(conversation->protocol)->data(conversation, side, mark, bytes, length)) {
        return INTEREST_MORE;
    }
    conversation_end(conversation, OUTCOME_UNKNOWN);
    return INTEREST_BORING;
}

/* Begins to read what has been identified; what was held back of either side comes first. */
static enum interest begin(struct conversation *conversation, enum protocol protocol,
                           enum side client)
{
    const struct beginning beginnings[2] = {conversation->beginnings[0],
                                            conversation->beginnings[1]};
    enum interest interest = INTEREST_MORE;

    conversation->protocol = protocol;
    conversation->client = client;
    conversation_talk(protocol)->open(conversation);
    for (int i = 0; i < 2 && interest == INTEREST_MORE; i++) {
        const struct beginning *beginning = &beginnings[i == 0 ? client : (enum side) !client];

        if (beginning->length > 0) {
            interest = feed(conversation, i == 0 ? client : (enum side) !client, &beginning->mark,
                            beginning->bytes, beginning->length);
        }
    }
    return interest;
}

static enum interest give_up(struct connection *connection)
{
    struct conversation *conversation = connection->user;

    if (conversation) {
        conversation_end(conversation, OUTCOME_UNKNOWN);
    }
    return INTEREST_BORING;
}

/* Bytes of a connection that is not known yet. */
static enum interest first_data(struct messages *messages, struct connection *connection,
                                enum side side, const struct mark *mark,
                                const struct http_piece *piece)
{
    struct conversation *conversation = connection->user;
    struct beginning together = {.length = 0};
    const uint8_t *bytes = piece->bytes;
    size_t length = piece->length;
    size_t taken = 0;
    enum protocol protocol;
    enum side client;

    if (conversation && conversation->beginnings[side].length > 0) {
        together = conversation->beginnings[side];
        taken = sizeof(together.bytes) - together.length;
        taken = taken < length ? taken : length;
        memcpy(together.bytes + together.length, piece->bytes, taken);
        together.length = (uint8_t)(together.length + taken);
        bytes = together.bytes;
        length = together.length;
    }
    protocol = identify_stream(connection, side, bytes, length, &client);
    if (protocol == PROTOCOL_UNDECIDED && length >= CONVERSATION_BEGINNING) {
        protocol = PROTOCOL_OTHER;
    }
    if (protocol == PROTOCOL_TLS || protocol == PROTOCOL_HTTP2) {
        note_unread(messages, protocol);
        connection_tell_unreadable(messages, connection, mark, bytes, length);
        return give_up(connection);
    }
    if (protocol == PROTOCOL_OTHER && connection->saw_syn) {
        return give_up(connection);
    }
    conversation = conversation ? conversation : conversation_new(messages, connection);
    if (!conversation) {
        return INTEREST_BORING;
    }
    if (protocol == PROTOCOL_UNDECIDED) {
        struct beginning *beginning = &conversation->beginnings[side];

        if (beginning->length == 0) {
            beginning->mark = *mark;
        }
        memcpy(beginning->bytes, bytes, length);
        beginning->length = (uint8_t)length;
        return INTEREST_MORE;
    }
    if (protocol == PROTOCOL_OTHER) {
        return join_midway(conversation) ? INTEREST_MORE : give_up(connection);
    }
    if (begin(conversation, protocol, client) == INTEREST_BORING) {
        return INTEREST_BORING;
    }
    return feed(conversation, side, mark, piece->bytes, piece->length);
}

static enum interest on_data(void *context, struct connection *connection, enum side side,
                             const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct messages *messages = context;
    struct conversation *conversation = connection->user;

    if (length == 0) {
        return INTEREST_MORE;
    }
    if (conversation && conversation->protocol != PROTOCOL_UNDECIDED) {
        return feed(conversation, side, mark, bytes, length);
    }
    return first_data(messages, connection, side, mark, &(struct http_piece){bytes, length});
}

static enum interest on_gap(void *context, struct connection *connection, enum side side,
                            const struct mark *mark, uint64_t lost)
{
    struct messages *messages = context;
    struct conversation *conversation = connection->user;

    if (conversation && conversation->protocol != PROTOCOL_UNDECIDED) {
        if (conversation_talk(conversation->protocol)->gap(conversation, side, mark, lost)) {
            return INTEREST_MORE;
        }
        conversation_end(conversation, OUTCOME_UNKNOWN);
        return INTEREST_BORING;
    }
    conversation = conversation ? conversation : conversation_new(messages, connection);
    if (!conversation) {
        return INTEREST_BORING;
    }
    if (!join_midway(conversation)) {
        return give_up(connection);
    }
    conversation_talk(conversation->protocol)->gap(conversation, side, mark, lost);
    return INTEREST_MORE;
}

static void on_half_closed(void *context, struct connection *connection, enum side side,
                           const struct mark *mark)
{
    struct conversation *conversation = connection->user;
    const struct talk *talk = conversation ? conversation_talk(conversation->protocol) : NULL;

    (void)context;
    (void)mark;
    if (conversation && !conversation->is_closing) {
        conversation->is_closing = true;
        conversation->closed_first = side;
    }
    if (talk && talk->half_closed && side != conversation->client) {
        talk->half_closed(conversation);
    }
}

static void on_closed(void *context, struct connection *connection, enum stream_end end,
                      const struct mark *mark)
{
    struct messages *messages = context;
    struct conversation *conversation = connection->user;
    const struct talk *talk;

    if (conversation) {
        talk = conversation_talk(conversation->protocol);
        conversation_end(conversation,
                         talk ? conversation_outcome(conversation, end, mark, talk->silence_us)
                              : OUTCOME_UNKNOWN);
    } else if (connection->saw_syn && connection->established.frame == 0 &&
               connection->segments[0] + connection->segments[1] == 0) {
        connection_tell_failed(messages, connection, end, mark);
    }
}

static void on_datagram(void *context, const struct endpoint *from, const struct endpoint *to,
                        const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct messages *messages = context;
    const struct record message = {bytes, length, length};

    if (length == 0) {
        return;
    }
    if (from->port == PORT_DNS || to->port == PORT_DNS) {
        dns_message(messages, from, to, mark, &message);
    } else if (from->port == PORT_KERBEROS || to->port == PORT_KERBEROS ||
               (bytes[0] >= DER_APPLICATION + 10 && bytes[0] <= DER_APPLICATION + 30)) {
        kerberos_datagram(messages, from, to, mark, &message);
    }
}

static void on_undelivered(void *context, const struct undelivered *what, const struct mark *mark)
{
    questions_undelivered(context, what, mark);
}

static void on_opened(void *context, struct connection *connection)
{
    (void)context;
    connection->user = NULL;
}

const struct messages_limits MESSAGES_LIMITS = {
    .conversations = LIMIT_CONVERSATIONS,
    .exchanges = LIMIT_EXCHANGES,
    .conversation_exchanges = LIMIT_CONVERSATION_EXCHANGES,
    .questions = QUESTIONS_LIMIT,
    .held_bytes = LIMIT_HELD_BYTES,
    .bodies_bytes = LIMIT_BODIES_BYTES,
};

struct messages *messages_new(const struct messages_settings *settings)
{
    struct messages *messages = calloc(1, sizeof(*messages));

    if (!messages) {
        abort();
    }
    messages->settings = *settings;
    messages->limits = settings->limits ? *settings->limits : MESSAGES_LIMITS;
    messages->budget.limit = messages->limits.held_bytes;
    messages->bodies.limit = messages->limits.bodies_bytes;
    messages->sink = (struct transport_sink){
        .context = messages,
        .datagram = on_datagram,
        .undelivered = on_undelivered,
        .opened = on_opened,
        .data = on_data,
        .gap = on_gap,
        .half_closed = on_half_closed,
        .closed = on_closed,
    };
    return messages;
}

void messages_free(struct messages *messages)
{
    if (!messages) {
        return;
    }
    while (messages->conversations) {
        conversation_free(messages->conversations);
    }
    questions_release(messages);
    free(messages);
}

const struct transport_sink *messages_sink(struct messages *messages)
{
    return &messages->sink;
}

static void add_limits(struct messages *messages)
{
    const struct messages_limits *set = &messages->limits;
    const struct {
        const char *name;
        size_t limit;
    } limits[HIT_COUNT] = {
        [HIT_CONVERSATIONS] = {"conversations", set->conversations},
        [HIT_EXCHANGES] = {"questions without an answer", set->exchanges},
        [HIT_CONVERSATION_EXCHANGES] = {"questions of one connection without an answer",
                                        set->conversation_exchanges},
        [HIT_HELD_BYTES] = {"bytes of messages in pieces", set->held_bytes},
        [HIT_BODIES_BYTES] = {"bytes of all HTTP bodies", set->bodies_bytes},
        [HIT_HEAD_BYTES] = {"bytes of an HTTP head", HTTP_HEAD_LIMIT},
        [HIT_RECORD_BYTES] = {"bytes of a Kerberos message", LIMIT_RECORD_BYTES},
        [HIT_BODY_BYTES] = {"bytes of an HTTP body", LIMIT_BODY_BYTES},
    };
    struct evidence_recording *recording = messages->settings.recording;

    for (int i = 0; i < HIT_COUNT; i++) {
        struct recording_limit *limit;

        if (messages->hits[i] == 0 || !messages->settings.arena) {
            continue;
        }
        limit = arena_push(messages->settings.arena, (void **)&recording->limits,
                           &recording->limit_count, sizeof(*limit));
        limit->name = limits[i].name;
        limit->limit = (int64_t)limits[i].limit;
        limit->dropped = messages->hits[i];
    }
}

void messages_end(struct messages *messages, const struct mark *last)
{
    while (messages->conversations) {
        on_closed(messages, messages->conversations->connection, STREAM_RECORDING_END, last);
    }
    questions_end(messages, last);
    add_limits(messages);
}
