/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1 over one connection: requests and replies become events. */
#include <string.h>
#include <strings.h>

#include "captures/conversation.h"
#include "decode/ccm_message.h"
#include "decode/http.h"
#include "decode/http_request.h"
#include "decode/negotiate.h"
#include "evidence/shape.h"

/* Bytes that tell a message to the MP, or from it, from anything else. */
enum { MESSAGE_BEGINNING = 512 };

static void http_open(struct conversation *conversation)
{
    struct budget *budget = &conversation->messages->budget;
    const struct connection *connection = conversation->connection;

    memset(&conversation->http, 0, sizeof(conversation->http));
    http_stream_init(&conversation->http.requests, true, budget);
    http_stream_init(&conversation->http.replies, false, budget);
    port_learn(conversation->messages->http_ports, connection->ends[!conversation->client].port);
}

/* Takes the head's token apart; the token itself is not kept. */
static struct negotiate_token *read_token(struct arena *arena, const struct http_piece *head,
                                          int64_t *bytes_out)
{
    struct negotiate_token *decoded = NULL;
    struct buffer token = {0};

    if (http_authentication_token(head->bytes, head->length, &token)) {
        decoded = negotiate_decode(arena, token.data, token.length);
        *bytes_out = (int64_t)token.length;
    }
    buffer_release_secret(&token);
    return decoded;
}

static bool is_mp_path(const char *path)
{
    return path && (strncasecmp(path, "/ccm_", 5) == 0 || strncasecmp(path, "/sms_mp", 7) == 0);
}

static uint64_t retransmissions(const struct connection *connection)
{
    return connection->retransmissions[0] + connection->retransmissions[1];
}

static void read_request(struct conversation *conversation, struct exchange *exchange,
                         const struct http_piece *head)
{
    const struct connection *connection = conversation->connection;
    struct evidence_http *http = exchange->http;

    http_decode_request(&exchange->arena, head->bytes, head->length, http);
    http->sent = read_token(&exchange->arena, head, &http->token_bytes);
    if (http->sent && http->sent->ticket) {
        http->spn = http->sent->ticket->service;
    }
    if (conversation->asked > 1) {
        http->reused = TRI_YES;
    } else if (connection->saw_syn && !conversation->pairing.is_unsure) {
        http->reused = TRI_NO;
        http->connect_us = conversation_connect_us(connection);
    }
}

/* To a proxy a request names the whole URL, and its host stands for the Host field (RFC 9112
   3.2.2). */
static void take_url_apart(struct exchange *exchange)
{
    static const char scheme[] = "http://";
    struct evidence_http *http = exchange->http;
    const char *host;
    size_t length;

    if (!http->path || strncasecmp(http->path, scheme, strlen(scheme)) != 0) {
        return;
    }
    host = http->path + strlen(scheme);
    length = strcspn(host, "/");
    http->host = arena_strndup(&exchange->arena, host, length);
    http->path = host[length] ? host + length : "/";
}

static void note_request(const struct conversation *conversation, const struct exchange *exchange,
                         const struct mark *mark)
{
    const struct evidence_http *http = exchange->http;
    struct capture_message message = {.mark = *mark, .kind = EVIDENCE_HTTP, .is_request = true};
    struct arena arena = {0};

    if (conversation->messages->settings.on_message) {
        message.text = arena_printf(&arena, "%s %s", http->method, http->path);
        exchange_note(conversation->messages, &message);
        arena_release(&arena);
    }
}

static void frame_request(struct http_stream *stream, const struct http_framing *framing)
{
    if (framing->chunked) {
        http_stream_frame(stream, HTTP_BODY_CHUNKED, 0);
    } else if (framing->length > 0) {
        http_stream_frame(stream, HTTP_BODY_LENGTH, (uint64_t)framing->length);
        stream->may_skip = framing->has_expect;
    } else {
        http_stream_frame(stream, HTTP_BODY_NONE, 0);
    }
}

/* False when there are too many questions. */
static bool take_request(struct conversation *conversation, const struct mark *mark,
                         const struct http_piece *head)
{
    const struct http_framing framing = http_decode_framing(head->bytes, head->length);
    struct evidence_recording *recording = conversation->messages->settings.recording;
    struct http_talk *talk = &conversation->http;
    struct exchange *exchange =
        conversation_exchange(conversation, EVIDENCE_HTTP, &talk->requests.began);

    recording->http_requests++;
    recording->ccm_posts += framing.is_ccm_post ? 1 : 0;
    if (!exchange) {
        return false;
    }
    exchange->sent = *mark;
    exchange->is_head = framing.is_head;
    exchange->is_connect = framing.is_connect;
    exchange->is_ccm_post = framing.is_ccm_post;
    exchange->retransmissions = retransmissions(conversation->connection);
    read_request(conversation, exchange, head);
    note_request(conversation, exchange, mark);
    take_url_apart(exchange);
    exchange->keeps_answer = is_mp_path(exchange->http->path);
    frame_request(&talk->requests, &framing);
    talk->asking = exchange;
    talk->is_paired = pairing_ask(conversation->messages, &conversation->pairing, exchange);
    return true;
}

static void tell(struct conversation *conversation, struct exchange *exchange)
{
    if (conversation->http.asking == exchange) {
        conversation->http.asking = NULL;
    }
    exchange->http->retransmissions =
        (int64_t)(retransmissions(conversation->connection) - exchange->retransmissions);
    exchange_tell(conversation->messages, exchange);
}

/* The end of a request. One that no reply can be given to is told at once. */
static void end_request(struct conversation *conversation)
{
    struct http_talk *talk = &conversation->http;
    struct exchange *exchange = talk->asking;

    talk->asking = NULL;
    if (exchange && !talk->is_paired) {
        exchange->http->phase = PHASE_REQUEST;
        exchange_tell_unanswered(conversation->messages, exchange, OUTCOME_UNKNOWN);
    }
}

/* Leaves what tells a page by its title. */
static void shorten(struct messages *messages, struct kept_body *kept)
{
    char beginning[MESSAGE_BEGINNING];

    memcpy(beginning, kept->bytes.data, sizeof(beginning));
    budget_release(&messages->bodies, &kept->bytes);
    budget_append(&messages->bodies, &kept->bytes, beginning, sizeof(beginning));
    kept->is_cut = true;
}

/* Keeps the beginning of a body, up to its limit or the first hole. Of a message to the MP only
   what begins like one: others upload files. */
static void keep_body(struct conversation *conversation, struct kept_body *kept, bool is_message,
                      const struct http_piece *body)
{
    struct messages *messages = conversation->messages;
    const size_t before = kept->bytes.length;
    const size_t room = LIMIT_BODY_BYTES - before;
    const size_t length = body->length < room ? body->length : room;

    if (kept->is_cut) {
        return;
    }
    if (!budget_append(&messages->bodies, &kept->bytes, body->bytes, length)) {
        messages->hits[HIT_BODIES_BYTES]++;
        kept->is_cut = true;
    } else if (is_message && before < MESSAGE_BEGINNING && before + length >= MESSAGE_BEGINNING &&
               !ccm_message_identify(NULL, kept->bytes.data, kept->bytes.length)) {
        shorten(messages, kept);
    } else if (length < body->length) {
        messages->hits[HIT_BODY_BYTES]++;
        kept->is_cut = true;
    }
}

static void take_request_body(struct conversation *conversation, const struct mark *mark,
                              const struct http_piece *body)
{
    struct exchange *exchange = conversation->http.asking;

    if (exchange) {
        exchange->sent = *mark;
        if (exchange->is_ccm_post) {
            keep_body(conversation, &exchange->message, true, body);
        }
    }
}

/* How the body behind a reply's head ends (RFC 9112 6.3). */
static void frame_reply(struct http_stream *stream, const struct http_framing *framing,
                        const struct exchange *exchange)
{
    const bool has_none = framing->status < 200 || framing->status == 204 ||
                          framing->status == 304 || (exchange && exchange->is_head);

    if (has_none) {
        http_stream_frame(stream, HTTP_BODY_NONE, 0);
    } else if (framing->chunked) {
        http_stream_frame(stream, HTTP_BODY_CHUNKED, 0);
    } else if (framing->length != EVIDENCE_UNKNOWN) {
        http_stream_frame(stream, HTTP_BODY_LENGTH, (uint64_t)framing->length);
        /* It may answer a HEAD that was not recorded. */
        stream->may_skip = exchange && exchange->asked.frame == 0;
    } else {
        http_stream_frame(stream, HTTP_BODY_TO_CLOSE, 0);
    }
}

static void read_reply(struct exchange *exchange, const struct mark *mark,
                       const struct http_piece *head)
{
    struct evidence_http *http = exchange->http;
    int64_t unused;

    http->reply = http_decode_head(&exchange->arena, head->bytes, head->length);
    http->answer = read_token(&exchange->arena, head, &unused);
    http->outcome = http->reply ? OUTCOME_REPLY : OUTCOME_MALFORMED;
    http->phase = http->reply ? PHASE_DONE : PHASE_REPLY;
    exchange->answered = *mark;
    if (exchange->asked.frame > 0) {
        http->rtt_us = mark_difference(&exchange->sent, mark);
    }
    if (http->reply && http->reply->status >= 400) {
        exchange->keeps_answer = true;
    }
}

/* False when nothing more can be read: another protocol begins, or there are too many questions. */
static bool take_reply(struct conversation *conversation, const struct mark *mark,
                       const struct http_piece *head)
{
    const struct http_framing framing = http_decode_framing(head->bytes, head->length);
    struct http_talk *talk = &conversation->http;
    struct exchange *exchange;

    exchange_note(
        conversation->messages,
        &(struct capture_message){.mark = *mark, .kind = EVIDENCE_HTTP, .code = framing.status});
    if (framing.status < 200 && framing.status != 101) {
        frame_reply(&talk->replies, &framing, NULL);
        return true;
    }
    exchange = pairing_answer(&conversation->pairing, &talk->replies.began);
    if (!exchange) {
        exchange =
            conversation_exchange(conversation, EVIDENCE_HTTP, &(struct mark){.at = mark->at});
    }
    if (!exchange) {
        return false;
    }
    read_reply(exchange, mark, head);
    frame_reply(&talk->replies, &framing, exchange);
    talk->answering = exchange;
    return framing.status != 101 && !(exchange->is_connect && framing.status < 300);
}

static void end_reply(struct conversation *conversation)
{
    struct exchange *exchange = conversation->http.answering;

    conversation->http.answering = NULL;
    if (exchange) {
        tell(conversation, exchange);
    }
}

static void take_reply_body(struct conversation *conversation, const struct http_piece *body)
{
    struct exchange *exchange = conversation->http.answering;

    if (exchange) {
        const struct http_reply *reply = exchange->http->reply;

        exchange->answer_bytes += (int64_t)body->length;
        if (reply && exchange->keeps_answer) {
            keep_body(conversation, &exchange->answer, exchange->is_ccm_post && reply->status < 400,
                      body);
        }
    }
}

/* The place among the requests is lost. The one under way is known as far as it came. */
static void lose_requests(struct conversation *conversation)
{
    pairing_lost_questions(&conversation->pairing);
    end_request(conversation);
}

static void lose_replies(struct conversation *conversation)
{
    end_reply(conversation);
    pairing_lost_answers(&conversation->pairing);
}

/* The MP answers with something else than HTTP. */
static void take_garbage(struct conversation *conversation, const struct mark *mark)
{
    struct pairing *pairing = &conversation->pairing;
    struct exchange *exchange =
        pairing->lost_answers ? NULL : pairing_answer(pairing, &conversation->http.replies.began);

    if (exchange) {
        exchange->http->outcome = OUTCOME_MALFORMED;
        exchange->http->phase = PHASE_REPLY;
        exchange->answered = *mark;
        tell(conversation, exchange);
    }
    lose_replies(conversation);
}

static void note_limit(struct messages *messages, const struct http_stream *stream)
{
    messages->hits[stream->is_starved ? HIT_HELD_BYTES : HIT_HEAD_BYTES]++;
}

/* One item of the client's; false when nothing more can be read. */
static bool take_asking(struct conversation *conversation, enum http_item item,
                        const struct mark *mark, const struct http_piece *out)
{
    switch (item) {
    case HTTP_ITEM_HEAD:
        return take_request(conversation, mark, out);
    case HTTP_ITEM_BODY:
        take_request_body(conversation, mark, out);
        return true;
    case HTTP_ITEM_END:
        end_request(conversation);
        return true;
    case HTTP_ITEM_TOO_LONG:
        note_limit(conversation->messages, &conversation->http.requests);
        lose_requests(conversation);
        return true;
    case HTTP_ITEM_LOST:
        lose_requests(conversation);
        return true;
    case HTTP_ITEM_NONE:
    default:
        return true;
    }
}

static bool take_answering(struct conversation *conversation, enum http_item item,
                           const struct mark *mark, const struct http_piece *out)
{
    switch (item) {
    case HTTP_ITEM_HEAD:
        return take_reply(conversation, mark, out);
    case HTTP_ITEM_BODY:
        take_reply_body(conversation, out);
        return true;
    case HTTP_ITEM_END:
        end_reply(conversation);
        return true;
    case HTTP_ITEM_TOO_LONG:
        note_limit(conversation->messages, &conversation->http.replies);
        take_garbage(conversation, mark);
        return true;
    case HTTP_ITEM_LOST:
        if (conversation->http.answering) {
            lose_replies(conversation); /* inside a body */
        } else {
            take_garbage(conversation, mark);
        }
        return true;
    case HTTP_ITEM_NONE:
    default:
        return true;
    }
}

static bool http_data(struct conversation *conversation, enum side side, const struct mark *mark,
                      const uint8_t *bytes, size_t length)
{
    const bool asks = side == conversation->client;
    struct http_stream *stream = asks ? &conversation->http.requests : &conversation->http.replies;
    struct http_piece in = {bytes, length};
    struct http_piece out;

    for (;;) {
        const enum http_item item = http_stream_next(stream, mark, &in, &out);

        if (item == HTTP_ITEM_NONE) {
            return true;
        }
        if (!(asks ? take_asking(conversation, item, mark, &out)
                   : take_answering(conversation, item, mark, &out))) {
            return false;
        }
    }
}

static bool http_gap(struct conversation *conversation, enum side side, const struct mark *mark,
                     uint64_t lost)
{
    const bool asks = side == conversation->client;
    struct http_talk *talk = &conversation->http;

    if (!http_stream_gap(asks ? &talk->requests : &talk->replies, lost)) {
        if (asks) {
            lose_requests(conversation);
        } else {
            lose_replies(conversation);
        }
        return true;
    }
    if (asks && talk->asking) {
        talk->asking->message.is_cut = true;
    } else if (!asks && talk->answering) {
        talk->answering->answer_bytes += (int64_t)lost;
        talk->answering->answer.is_cut = true;
    }
    return http_data(conversation, side, mark, NULL, 0);
}

static void http_half_closed(struct conversation *conversation)
{
    if (http_stream_close(&conversation->http.replies)) {
        end_reply(conversation);
    }
}

static void http_close(struct conversation *conversation, enum evidence_outcome outcome)
{
    struct http_talk *talk = &conversation->http;
    struct exchange *first = conversation->pairing.first;

    end_reply(conversation);
    for (struct exchange *exchange = first; exchange; exchange = exchange->next) {
        exchange->http->phase =
            exchange == first && talk->replies.part == HTTP_IN_HEAD ? PHASE_REPLY : PHASE_REQUEST;
        exchange->http->retransmissions =
            (int64_t)(retransmissions(conversation->connection) - exchange->retransmissions);
    }
    end_request(conversation);
    pairing_end(conversation->messages, &conversation->pairing, outcome);
}

static void http_release(struct conversation *conversation)
{
    struct http_talk *talk = &conversation->http;

    if (talk->asking && !talk->is_paired) {
        exchange_free(conversation->messages, talk->asking);
    }
    exchange_free(conversation->messages, talk->answering);
    http_stream_release(&talk->requests);
    http_stream_release(&talk->replies);
}

const struct talk TALK_HTTP = {
    .open = http_open,
    .data = http_data,
    .gap = http_gap,
    .half_closed = http_half_closed,
    .close = http_close,
    .release = http_release,
    .silence_us = SILENCE_HTTP_US,
};
