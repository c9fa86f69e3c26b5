/* SPDX-License-Identifier: Apache-2.0 */
/* Kerberos over UDP and TCP (RFC 4120 7.2): requests and replies become events. */
#include <string.h>

#include "captures/conversation.h"
#include "captures/frame.h"
#include "decode/der.h"
#include "decode/kerberos.h"
#include "evidence/shape.h"

enum {
    PREFIX = 4,                  /* octets of the length over TCP */
    MESSAGE_LIMIT = 1024 * 1024, /* as the live probe; no KDC sends more */
    ERROR_CODES = 1000,          /* what capture_message adds to error-code */
    REPEATED_FRAME_US = 1000, /* the same datagram so soon after is one that was recorded twice */
};

size_t kerberos_record_size(const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;
    size_t size;

    if (length > 0 && byte[0] != 0) {
        return SIZE_MAX; /* 16 MiB and more */
    }
    if (length < PREFIX + 1) {
        return 0;
    }
    size = (size_t)byte[1] << 16 | (size_t)byte[2] << 8 | byte[3];
    if (size == 0 || size > MESSAGE_LIMIT ||
        (byte[PREFIX] != DER_APPLICATION + KERBEROS_AS_REQ &&
         byte[PREFIX] != DER_APPLICATION + KERBEROS_AS_REP &&
         byte[PREFIX] != DER_APPLICATION + KERBEROS_TGS_REQ &&
         byte[PREFIX] != DER_APPLICATION + KERBEROS_TGS_REP &&
         byte[PREFIX] != DER_APPLICATION + KERBEROS_ERROR)) {
        return SIZE_MAX;
    }
    return size + PREFIX;
}

static bool is_request(enum kerberos_message type)
{
    return type == KERBEROS_AS_REQ || type == KERBEROS_TGS_REQ;
}

static bool is_reply(enum kerberos_message type)
{
    return type == KERBEROS_AS_REP || type == KERBEROS_TGS_REP || type == KERBEROS_ERROR;
}

static bool may_answer(enum kdc_purpose purpose, enum kerberos_message type)
{
    switch (type) {
    case KERBEROS_AS_REP:
        return purpose == KDC_AS;
    case KERBEROS_TGS_REP:
        return purpose == KDC_TGS;
    case KERBEROS_ERROR:
        return true;
    case KERBEROS_NONE:
    case KERBEROS_AS_REQ:
    case KERBEROS_TGS_REQ:
    case KERBEROS_AP_REQ:
    case KERBEROS_AP_REP:
    default:
        return false;
    }
}

static void note(struct messages *messages, const struct mark *mark, enum kerberos_message type,
                 const struct kdc_reply *reply)
{
    const bool has_code = reply && reply->error && reply->error->code != EVIDENCE_UNKNOWN;

    messages->settings.recording->kerberos_messages++;
    exchange_note(messages, &(struct capture_message){
                                .mark = *mark,
                                .kind = EVIDENCE_KDC,
                                .is_request = is_request(type),
                                .code = has_code ? ERROR_CODES + reply->error->code : (int64_t)type,
                            });
}

/* Fills the record of a request. False when it cannot be read. */
static bool read_request(struct exchange *exchange, const struct record *message,
                         enum transport transport)
{
    struct evidence_kdc *kdc = exchange->kdc;

    if (!kerberos_decode_request(&exchange->arena, message->bytes, message->length, kdc)) {
        return false;
    }
    kdc->transport = transport;
    kdc->attempts = 1;
    kdc->request_bytes = (int64_t)message->size;
    kdc->address = exchange_address(exchange, &exchange->server);
    kdc->port = exchange->server.port;
    return true;
}

static void read_reply(struct exchange *exchange, const struct mark *mark,
                       const struct record *message)
{
    struct evidence_kdc *kdc = exchange->kdc;

    kdc->reply = kerberos_decode_reply(&exchange->arena, message->bytes, message->length);
    kdc->outcome = kdc->reply ? OUTCOME_REPLY : OUTCOME_MALFORMED;
    kdc->reply_bytes = (int64_t)message->size;
    if (exchange->asked.frame > 0) {
        kdc->rtt_us = mark_difference(&exchange->sent, mark);
    }
    if (kdc->reply && !kdc->client) {
        kdc->client = kdc->reply->client; /* a TGS-REQ names nobody in clear text */
    }
    exchange->answered = *mark;
}

/* A reply to a request that was not recorded: what it says of it. */
static void read_lone_reply(struct exchange *exchange, const struct mark *mark,
                            const struct record *message, enum transport transport)
{
    struct evidence_kdc *kdc = exchange->kdc;
    const struct kdc_reply *reply;

    read_reply(exchange, mark, message);
    reply = kdc->reply;
    kdc->transport = transport;
    kdc->address = exchange_address(exchange, &exchange->server);
    kdc->port = exchange->server.port;
    if (!reply) {
        return;
    }
    kdc->purpose = reply->kind == KDC_REPLY_AS    ? KDC_AS
                   : reply->kind == KDC_REPLY_TGS ? KDC_TGS
                                                  : KDC_PURPOSE_UNKNOWN;
    kdc->realm = reply->ticket ? reply->ticket->realm : reply->error ? reply->error->realm : NULL;
    kdc->service = reply->ticket  ? reply->ticket->service
                   : reply->error ? reply->error->service
                                  : NULL;
}

/* Errors do not tell what was asked: they are noted without. */
static bool take_early(struct messages *messages, const struct question_key *key,
                       const struct mark *mark)
{
    struct question_key error = *key;

    error.id = KDC_PURPOSE_UNKNOWN;
    return questions_take_early(&messages->questions, key, mark) ||
           questions_take_early(&messages->questions, &error, mark);
}

static void udp_request(struct messages *messages, const struct question_key *key,
                        const struct mark *mark, const struct record *message)
{
    const uint64_t content = questions_content(message->bytes, message->length);
    struct question *question = questions_same(&messages->questions, key, content);
    struct exchange *exchange;

    if (question) {
        const bool again = frame_time_passed(question->touched, mark->at) >= REPEATED_FRAME_US;

        if (again && question->exchange) {
            question->exchange->kdc->attempts++;
            question->exchange->sent = *mark;
        }
        question->touched = mark->at;
        return;
    }
    exchange = exchange_new(messages, EVIDENCE_KDC);
    if (!exchange) {
        return;
    }
    exchange->client = key->client;
    exchange->server = key->server;
    exchange->asked = *mark;
    exchange->sent = *mark;
    if (!read_request(exchange, message, TRANSPORT_UDP)) {
        exchange_free(messages, exchange);
        return;
    }
    port_learn(messages->kdc_ports, key->server.port);
    if (take_early(messages, key, mark)) {
        exchange_tell_unanswered(messages, exchange, OUTCOME_UNKNOWN);
        exchange = NULL;
    }
    questions_add(messages, key, content, exchange, mark->at);
}

static bool was_answered(struct messages *messages, const struct question_key *key)
{
    struct question_key other = *key;

    other.id = KDC_AS;
    if (questions_were_answered(&messages->questions, &other)) {
        return true;
    }
    other.id = KDC_TGS;
    return questions_were_answered(&messages->questions, &other);
}

static void tell_lone_datagram(struct messages *messages, const struct question_key *key,
                               const struct mark *mark, const struct record *message,
                               enum kerberos_message type)
{
    struct exchange *exchange;

    exchange = exchange_new(messages, EVIDENCE_KDC);
    if (!exchange) {
        return;
    }
    exchange->client = key->client;
    exchange->server = key->server;
    read_lone_reply(exchange, mark, message, TRANSPORT_UDP);
    note(messages, mark, type, exchange->kdc->reply);
    if (was_answered(messages, key)) {
        exchange_free(messages, exchange); /* recorded twice, or the answer to a repetition */
    } else {
        struct question_key early = *key;

        early.id = exchange->kdc->purpose;
        questions_note_early(messages, &early, mark);
        exchange_tell(messages, exchange);
    }
}

/* The request that a datagram answers. An error tells not which of two it is for. */
static struct question *find_request(struct messages *messages, struct question_key *key,
                                     enum kerberos_message type)
{
    struct question *found = NULL;

    for (unsigned purpose = KDC_AS; purpose <= KDC_TGS; purpose++) {
        struct question *question;

        key->id = purpose;
        question = questions_waiting(&messages->questions, key);
        if (question && (type == KERBEROS_NONE || may_answer((enum kdc_purpose)purpose, type))) {
            if (found) {
                return NULL;
            }
            found = question;
        }
    }
    return found;
}

static void udp_reply(struct messages *messages, struct question_key *key, const struct mark *mark,
                      const struct record *message, enum kerberos_message type)
{
    struct question *question = find_request(messages, key, type);
    struct exchange *exchange = question ? question->exchange : NULL;

    if (!exchange) {
        if (type != KERBEROS_NONE) {
            tell_lone_datagram(messages, key, mark, message, type);
        }
        return;
    }
    question->exchange = NULL;
    question->is_answered = true;
    read_reply(exchange, mark, message);
    if (type != KERBEROS_NONE) {
        note(messages, mark, type, exchange->kdc->reply);
    }
    exchange_tell(messages, exchange);
}

void kerberos_datagram(struct messages *messages, const struct endpoint *from,
                       const struct endpoint *to, const struct mark *mark,
                       const struct record *datagram)
{
    const enum kerberos_message type = kerberos_identify(datagram->bytes, datagram->length);
    const size_t size = kerberos_message_size(datagram->bytes, datagram->length);
    const struct record message = {datagram->bytes, datagram->length,
                                   size > datagram->length ? size : datagram->length};
    const bool is_kdc = from->port == PORT_KERBEROS || to->port == PORT_KERBEROS;

    questions_expire(messages, mark);
    /* At any other port the length has to be right: many protocols begin with such a byte. */
    if (!is_kdc && size != datagram->length) {
        return;
    }
    if (is_request(type)) {
        note(messages, mark, type, NULL);
        const enum kdc_purpose purpose = type == KERBEROS_AS_REQ ? KDC_AS : KDC_TGS;

        udp_request(messages, &(struct question_key){*from, *to, EVIDENCE_KDC, purpose}, mark,
                    &message);
    } else if (is_reply(type) || from->port == PORT_KERBEROS) {
        udp_reply(messages, &(struct question_key){*to, *from, EVIDENCE_KDC, 0}, mark, &message,
                  is_reply(type) ? type : KERBEROS_NONE);
    }
}

static void kerberos_open(struct conversation *conversation)
{
    struct budget *budget = &conversation->messages->budget;
    struct record_talk *talk = &conversation->records;

    memset(talk, 0, sizeof(*talk));
    record_stream_init(&talk->requests, kerberos_record_size, LIMIT_RECORD_BYTES, budget);
    record_stream_init(&talk->replies, kerberos_record_size, LIMIT_RECORD_BYTES, budget);
    port_learn(conversation->messages->kdc_ports,
               conversation->connection->ends[!conversation->client].port);
}

/* False when there are too many questions. */
static bool tcp_request(struct conversation *conversation, const struct mark *mark,
                        const struct record *message)
{
    struct messages *messages = conversation->messages;
    struct exchange *exchange =
        conversation_exchange(conversation, EVIDENCE_KDC, &conversation->records.requests.began);

    if (!exchange) {
        return false;
    }
    exchange->sent = *mark;
    if (!read_request(exchange, message, TRANSPORT_TCP)) {
        exchange_free(messages, exchange);
        pairing_lost_questions(&conversation->pairing);
        return true;
    }
    if (conversation->asked == 1) {
        exchange->kdc->connect_us = conversation_connect_us(conversation->connection);
    }
    if (!pairing_ask(conversation->messages, &conversation->pairing, exchange)) {
        exchange_tell_unanswered(messages, exchange, OUTCOME_UNKNOWN);
    }
    return true;
}

static bool tcp_reply(struct conversation *conversation, const struct mark *mark,
                      const struct record *message, enum kerberos_message type)
{
    struct messages *messages = conversation->messages;
    struct pairing *pairing = &conversation->pairing;
    struct exchange *exchange = NULL;

    if (pairing->first && !may_answer(pairing->first->kdc->purpose, type)) {
        pairing->gave_up = true;
    }
    exchange = pairing_answer(pairing, &conversation->records.replies.began);
    if (exchange) {
        read_reply(exchange, mark, message);
    } else {
        exchange =
            conversation_exchange(conversation, EVIDENCE_KDC, &(struct mark){.at = mark->at});
        if (!exchange) {
            return false;
        }
        read_lone_reply(exchange, mark, message, TRANSPORT_TCP);
    }
    note(messages, mark, type, exchange->kdc->reply);
    exchange_tell(messages, exchange);
    return true;
}

/* What came instead of a record, or in one of `size` bytes: the KDC's answer, if it comes from
   there. */
static void tcp_garbage(struct conversation *conversation, const struct mark *mark, bool asks,
                        int64_t size)
{
    struct pairing *pairing = &conversation->pairing;
    struct exchange *exchange = NULL;

    if (asks) {
        pairing_lost_questions(pairing);
        return;
    }
    if (!pairing->lost_answers) {
        exchange = pairing_answer(pairing, mark);
    }
    if (exchange) {
        exchange->kdc->outcome = OUTCOME_MALFORMED;
        exchange->kdc->reply_bytes = size;
        exchange->kdc->rtt_us = mark_difference(&exchange->sent, mark);
        exchange->answered = *mark;
        exchange_tell(conversation->messages, exchange);
    }
    pairing_lost_answers(pairing);
}

static bool take_record(struct conversation *conversation, bool asks, const struct mark *mark,
                        const struct record *record)
{
    const size_t prefix = record->length < PREFIX ? record->length : PREFIX;
    const struct record message = {record->bytes + prefix, record->length - prefix,
                                   record->size - PREFIX};
    const enum kerberos_message type = kerberos_identify(message.bytes, message.length);

    if (record->length < record->size) {
        conversation->messages->hits[HIT_RECORD_BYTES] += record->length == LIMIT_RECORD_BYTES;
    }
    if (asks && is_request(type)) {
        note(conversation->messages, mark, type, NULL);
        return tcp_request(conversation, mark, &message);
    }
    if (!asks && is_reply(type)) {
        return tcp_reply(conversation, mark, &message, type);
    }
    tcp_garbage(conversation, mark, asks, (int64_t)message.size);
    return true;
}

static bool kerberos_data(struct conversation *conversation, enum side side,
                          const struct mark *mark, const uint8_t *bytes, size_t length)
{
    const bool asks = side == conversation->client;
    struct record_stream *stream =
        asks ? &conversation->records.requests : &conversation->records.replies;
    struct record record;

    for (;;) {
        const bool was_lost = stream->is_lost;

        switch (record_stream_next(stream, mark, &bytes, &length, &record)) {
        case RECORD_WHOLE:
            if (!take_record(conversation, asks, mark, &record)) {
                return false;
            }
            break;
        case RECORD_LOST:
            if (!was_lost) {
                tcp_garbage(conversation, mark, asks, EVIDENCE_UNKNOWN);
            }
            break;
        case RECORD_NONE:
        default:
            return true;
        }
    }
}

static bool kerberos_gap(struct conversation *conversation, enum side side, const struct mark *mark,
                         uint64_t lost)
{
    const bool asks = side == conversation->client;
    struct record_talk *talk = &conversation->records;

    if (record_stream_gap(asks ? &talk->requests : &talk->replies, lost)) {
        return kerberos_data(conversation, side, mark, NULL, 0);
    }
    if (asks) {
        pairing_lost_questions(&conversation->pairing);
    } else {
        pairing_lost_answers(&conversation->pairing);
    }
    return true;
}

static void kerberos_close(struct conversation *conversation, enum evidence_outcome outcome)
{
    pairing_end(conversation->messages, &conversation->pairing, outcome);
}

static void kerberos_release(struct conversation *conversation)
{
    record_stream_release(&conversation->records.requests);
    record_stream_release(&conversation->records.replies);
}

const struct talk TALK_KERBEROS = {
    .open = kerberos_open,
    .data = kerberos_data,
    .gap = kerberos_gap,
    .close = kerberos_close,
    .release = kerberos_release,
    .silence_us = SILENCE_KDC_US,
};
