/* SPDX-License-Identifier: Apache-2.0 */
/* DNS over UDP and TCP: questions and answers are found together by their number. */
#include <string.h>

#include "base/cursor.h"
#include "captures/conversation.h"
#include "decode/dns.h"

enum { PREFIX = 2, MESSAGE_LIMIT = 64 * 1024 };

/* The types that say something of names and servers; everything else is counted only. */
static bool is_interesting(const char *type)
{
    static const char *const types[] = {"A", "AAAA", "CNAME", "SRV", "PTR"};

    for (size_t i = 0; type && i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(type, types[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *server_text(struct exchange *exchange)
{
    const struct endpoint *server = &exchange->server;
    const char *address = exchange_address(exchange, server);

    if (server->port == PORT_DNS) {
        return address;
    }
    return arena_printf(&exchange->arena, server->version == 6 ? "[%s]:%u" : "%s:%u", address,
                        (unsigned)server->port);
}

/* An exchange with the question's name and type; NULL when it is of no interest. */
static struct exchange *read_question(struct messages *messages, const struct question_key *key,
                                      const struct mark *mark, const struct record *message)
{
    struct exchange *exchange = exchange_new(messages, EVIDENCE_DNS);
    struct dns_question_head head;

    if (!exchange) {
        return NULL;
    }
    if (!dns_decode_question(&exchange->arena, message->bytes, message->length, &head,
                             exchange->dns) ||
        !is_interesting(exchange->dns->type)) {
        exchange_free(messages, exchange);
        return NULL;
    }
    exchange->client = key->client;
    exchange->server = key->server;
    exchange->asked = *mark;
    exchange->sent = *mark;
    exchange->dns->server = server_text(exchange);
    return exchange;
}

static void take_question(struct messages *messages, const struct question_key *key,
                          const struct mark *mark, const struct record *message)
{
    const uint64_t content = questions_content(message->bytes, message->length);
    struct question *question = questions_same(&messages->questions, key, content);
    struct exchange *exchange;

    if (question) {
        question->touched = mark->at;
        if (question->exchange) {
            question->exchange->sent = *mark;
        }
        return;
    }
    exchange = read_question(messages, key, mark, message);
    if (!exchange) {
        return;
    }
    if (questions_take_early(&messages->questions, key, mark)) {
        exchange_tell_unanswered(messages, exchange, OUTCOME_UNKNOWN);
        exchange = NULL;
    }
    questions_add(messages, key, content, exchange, mark->at);
}

static void take_answer(struct messages *messages, const struct question_key *key,
                        const struct mark *mark, const struct record *message)
{
    struct question *question = questions_waiting(&messages->questions, key);
    struct exchange *exchange = NULL;

    if (question) {
        exchange = question->exchange;
        question->exchange = NULL;
        question->is_answered = true;
    } else if (!questions_were_answered(&messages->questions, key)) {
        exchange = read_question(messages, key, &(struct mark){.at = mark->at}, message);
        questions_note_early(messages, key, mark);
    }
    if (!exchange) {
        return;
    }
    dns_decode(&exchange->arena, message->bytes, message->length, exchange->dns);
    exchange->answered = *mark;
    if (exchange->asked.frame > 0) {
        exchange->dns->rtt_us = mark_difference(&exchange->asked, mark);
    }
    exchange_tell(messages, exchange);
}

void dns_message(struct messages *messages, const struct endpoint *from, const struct endpoint *to,
                 const struct mark *mark, const struct record *message)
{
    struct question_key key = {*from, *to, EVIDENCE_DNS, 0};
    struct cursor in;
    bool is_reply;

    cursor_init(&in, message->bytes, message->length);
    key.id = cursor_u16be(&in);
    is_reply = cursor_u16be(&in) & 0x8000; /* QR (RFC 1035 4.1.1) */
    if (in.failed) {
        return;
    }
    questions_expire(messages, mark);
    messages->settings.recording->dns_messages++;
    if (is_reply && from->port == PORT_DNS) {
        key.client = *to;
        key.server = *from;
        take_answer(messages, &key, mark, message);
    } else if (!is_reply && to->port == PORT_DNS) {
        take_question(messages, &key, mark, message);
    }
}

static size_t dns_record_size(const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;

    return length < PREFIX ? 0 : PREFIX + ((size_t)byte[0] << 8 | byte[1]);
}

static void dns_open(struct conversation *conversation)
{
    struct budget *budget = &conversation->messages->budget;
    struct record_talk *talk = &conversation->records;

    memset(talk, 0, sizeof(*talk));
    record_stream_init(&talk->requests, dns_record_size, MESSAGE_LIMIT, budget);
    record_stream_init(&talk->replies, dns_record_size, MESSAGE_LIMIT, budget);
}

static bool dns_data(struct conversation *conversation, enum side side, const struct mark *mark,
                     const uint8_t *bytes, size_t length)
{
    struct record_talk *talk = &conversation->records;
    const struct connection *connection = conversation->connection;
    struct record_stream *stream = side == conversation->client ? &talk->requests : &talk->replies;
    struct record record;

    while (record_stream_next(stream, mark, &bytes, &length, &record) == RECORD_WHOLE) {
        if (record.length >= PREFIX) {
            const struct record message = {record.bytes + PREFIX, record.length - PREFIX,
                                           record.size - PREFIX};

            dns_message(conversation->messages, &connection->ends[side], &connection->ends[!side],
                        mark, &message);
        }
    }
    return true;
}

/* The length before a message tells nothing from a length within one: what follows a gap is not
   read. */
static bool dns_gap(struct conversation *conversation, enum side side, const struct mark *mark,
                    uint64_t lost)
{
    struct record_talk *talk = &conversation->records;

    return record_stream_gap(side == conversation->client ? &talk->requests : &talk->replies,
                             lost) &&
           dns_data(conversation, side, mark, NULL, 0);
}

static void records_release(struct conversation *conversation)
{
    record_stream_release(&conversation->records.requests);
    record_stream_release(&conversation->records.replies);
}

const struct talk TALK_DNS = {
    .open = dns_open,
    .data = dns_data,
    .gap = dns_gap,
    .release = records_release,
    .silence_us = SILENCE_UDP_US,
};
