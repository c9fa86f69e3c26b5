/* SPDX-License-Identifier: Apache-2.0 */
/* LDAP that is neither sealed nor under TLS: who searched for an SPN, and how many entries hold it.
   Where it becomes unreadable the connection is no longer of interest. */
#include <string.h>

#include "captures/conversation.h"
#include "decode/ldap_message.h"

static void ldap_open(struct conversation *conversation)
{
    struct budget *budget = &conversation->messages->budget;
    struct record_talk *talk = &conversation->records;

    memset(talk, 0, sizeof(*talk));
    record_stream_init(&talk->requests, ldap_message_size, LIMIT_LDAP_BYTES, budget);
    record_stream_init(&talk->replies, ldap_message_size, LIMIT_LDAP_BYTES, budget);
}

/* False when there are too many searches. */
static bool take_search(struct conversation *conversation, const struct mark *mark,
                        const struct ldap_head *head, const struct record *record)
{
    struct messages *messages = conversation->messages;
    struct exchange *exchange =
        conversation_exchange(conversation, EVIDENCE_SEARCH, &conversation->records.requests.began);

    if (!exchange) {
        return false;
    }
    if (!ldap_decode_spn_search(&exchange->arena, record->bytes, record->length,
                                exchange->search)) {
        exchange_free(messages, exchange);
        return true;
    }
    exchange->sent = *mark;
    exchange->message_id = head->id;
    exchange->search->server = exchange_address(exchange, &exchange->server);
    exchange->search->port = exchange->server.port;
    exchange->search->entries = 0;
    exchange->search->pages = 1;
    if (!pairing_ask(conversation->messages, &conversation->pairing, exchange)) {
        exchange_free(messages, exchange);
        return false;
    }
    return true;
}

/* The search with this number: answers of several may come mixed up. */
static struct exchange **find_search(struct pairing *pairing, int64_t id)
{
    struct exchange **link = &pairing->first;

    while (*link && (*link)->message_id != id) {
        link = &(*link)->next;
    }
    return link;
}

static void unlink_search(struct pairing *pairing, struct exchange **link)
{
    struct exchange *exchange = *link;

    *link = exchange->next;
    pairing->count--;
    pairing->last = pairing->first;
    while (pairing->last && pairing->last->next) {
        pairing->last = pairing->last->next;
    }
}

static void end_search(struct conversation *conversation, struct exchange **link,
                       const struct mark *mark, const struct record *record)
{
    struct exchange *exchange = *link;
    struct evidence_search *search = exchange->search;

    unlink_search(&conversation->pairing, link);
    search->outcome =
        ldap_decode_search_done(&exchange->arena, record->bytes, record->length, search)
            ? OUTCOME_REPLY
            : OUTCOME_MALFORMED;
    search->rtt_us = mark_difference(&exchange->sent, mark);
    exchange->answered = *mark;
    exchange_tell(conversation->messages, exchange);
}

static bool take_message(struct conversation *conversation, bool asks, const struct mark *mark,
                         const struct record *record)
{
    struct ldap_head head;
    struct exchange **link;

    if (!ldap_message_head(record->bytes, record->length, &head)) {
        return false;
    }
    conversation->messages->settings.recording->ldap_messages++;
    if (asks) {
        return head.operation != LDAP_OPERATION_SEARCH ||
               take_search(conversation, mark, &head, record);
    }
    link = find_search(&conversation->pairing, head.id);
    if (*link && head.operation == LDAP_OPERATION_ENTRY) {
        (*link)->search->entries++;
    } else if (*link && head.operation == LDAP_OPERATION_DONE) {
        end_search(conversation, link, mark, record);
    }
    return true;
}

static bool ldap_data(struct conversation *conversation, enum side side, const struct mark *mark,
                      const uint8_t *bytes, size_t length)
{
    const bool asks = side == conversation->client;
    struct record_stream *stream =
        asks ? &conversation->records.requests : &conversation->records.replies;
    struct record record;

    for (;;) {
        switch (record_stream_next(stream, mark, &bytes, &length, &record)) {
        case RECORD_WHOLE:
            if (!take_message(conversation, asks, mark, &record)) {
                return false;
            }
            break;
        case RECORD_LOST: /* sealed from here on, or TLS */
            return false;
        case RECORD_NONE:
        default:
            return true;
        }
    }
}

static bool ldap_gap(struct conversation *conversation, enum side side, const struct mark *mark,
                     uint64_t lost)
{
    struct record_talk *talk = &conversation->records;

    if (!record_stream_gap(side == conversation->client ? &talk->requests : &talk->replies, lost)) {
        conversation->pairing.gave_up = true;
        return false;
    }
    return ldap_data(conversation, side, mark, NULL, 0);
}

static void ldap_close(struct conversation *conversation, enum evidence_outcome outcome)
{
    pairing_end(conversation->messages, &conversation->pairing, outcome);
}

static void ldap_release(struct conversation *conversation)
{
    record_stream_release(&conversation->records.requests);
    record_stream_release(&conversation->records.replies);
}

const struct talk TALK_LDAP = {
    .open = ldap_open,
    .data = ldap_data,
    .gap = ldap_gap,
    .close = ldap_close,
    .release = ldap_release,
    .silence_us = SILENCE_KDC_US,
};
