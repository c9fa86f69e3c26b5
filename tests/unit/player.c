/* SPDX-License-Identifier: Apache-2.0 */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/json.h"
#include "evidence/shape.h"

static const struct endpoint CLIENT = {.address = {10, 0, 0, 1}, .version = 4};
static const struct endpoint SERVER = {.address = {10, 0, 0, 2}, .version = 4};

static const char *word(const char *text)
{
    return text ? text : "-";
}

static void put_http(struct buffer *line, const struct evidence_http *http)
{
    buffer_printf(line, " %s %s %s", word(http->method), word(http->path),
                  WORDS_OUTCOME[http->outcome] ? WORDS_OUTCOME[http->outcome] : "unknown");
    if (http->reply) {
        buffer_printf(line, " %d %d", (int)http->reply->status, (int)http->reply->body_bytes);
    } else if (http->rtt_us != EVIDENCE_UNKNOWN) {
        buffer_puts(line, " within a time");
    }
    if (http->sent) {
        buffer_printf(line, " sent:%s", word(http->sent->content));
    }
    if (http->answer) {
        buffer_printf(line, " answer:%s", word(http->answer->content));
    }
}

static void put_kdc(struct buffer *line, const struct evidence_kdc *kdc)
{
    buffer_printf(line, " %s x", kdc->purpose ? WORDS_KDC_PURPOSE[kdc->purpose] : "unknown");
    if (kdc->attempts != EVIDENCE_UNKNOWN) {
        buffer_printf(line, "%d", (int)kdc->attempts);
    }
    buffer_printf(line, " %s", kdc->outcome ? WORDS_OUTCOME[kdc->outcome] : "unknown");
    if (kdc->reply && kdc->reply->error) {
        buffer_printf(line, " error %d", (int)kdc->reply->error->code);
    } else if (kdc->reply) {
        buffer_printf(line, " %s", WORDS_KDC_REPLY[kdc->reply->kind]);
    } else if (kdc->reply_bytes != EVIDENCE_UNKNOWN) {
        buffer_printf(line, " %d bytes", (int)kdc->reply_bytes);
    }
}

/* "KIND ASKED-ANSWERED ..." with the numbers of frames. */
static void on_event(void *context, struct capture_event *event)
{
    struct player *player = context;
    struct buffer *line = &player->lines;
    struct evidence_record record = {.kind = event->kind,
                                     .at = event->asked.frame > 0 ? event->asked.at : 0,
                                     .payload = event->payload};

    buffer_printf(line, "%s %d-%d", evidence_kind_word(event->kind), (int)event->asked.frame,
                  (int)event->answered.frame);
    switch ((int)event->kind) {
    case EVIDENCE_HTTP:
        put_http(line, event->http);
        break;
    case EVIDENCE_KDC:
        put_kdc(line, event->kdc);
        break;
    case EVIDENCE_DNS:
        buffer_printf(line, " %s %s %s", word(event->dns->type), word(event->dns->name),
                      event->dns->outcome ? WORDS_DNS_OUTCOME[event->dns->outcome] : "unknown");
        break;
    case EVIDENCE_SEARCH:
        buffer_printf(line, " %s %d", word(event->search->filter), (int)event->search->entries);
        break;
    default:
        break;
    }
    buffer_putc(line, '\n');
    evidence_share(&player->set, &record, 1);
    arena_adopt(&player->set.arena, event->arena);
}

static void on_message(void *context, const struct capture_message *message)
{
    struct player *player = context;

    buffer_printf(&player->heads, "%d %s %s %d %s\n", (int)message->mark.frame,
                  evidence_kind_word(message->kind), message->is_request ? "request" : "reply",
                  (int)message->code, word(message->text));
}

void player_init(struct player *player)
{
    memset(player, 0, sizeof(*player));
    player->mark.at = 1000000000000;
    player->messages = messages_new(&(struct messages_settings){
        .context = player,
        .on_event = on_event,
        .on_message = on_message,
        .recording = &player->recording,
        .arena = &player->set.arena,
    });
}

void player_release(struct player *player)
{
    messages_free(player->messages);
    evidence_release(&player->set);
    buffer_release(&player->lines);
    buffer_release(&player->heads);
}

static const struct transport_sink *next_frame(struct player *player)
{
    player->mark.frame++;
    if (player->mark.at != EVIDENCE_UNKNOWN) {
        player->mark.at += 10000;
    }
    return messages_sink(player->messages);
}

static struct endpoint end_of(const struct endpoint *machine, uint16_t port)
{
    struct endpoint end = *machine;

    end.port = port;
    return end;
}

static void open_connection(struct player *player, unsigned number, uint16_t port, bool saw_syn)
{
    struct connection *connection = &player->connections[number];
    const struct transport_sink *sink = next_frame(player);

    if (player->is_open[number]) {
        player_close(player, number, STREAM_REPLACED);
    }
    memset(connection, 0, sizeof(*connection));
    connection->ends[SIDE_OPENER] = end_of(&CLIENT, (uint16_t)(PLAYER_CLIENT_PORT + number));
    connection->ends[SIDE_OTHER] = end_of(&SERVER, port);
    connection->saw_syn = saw_syn;
    connection->opened = player->mark;
    player->is_open[number] = true;
    player->is_boring[number] = false;
    sink->opened(sink->context, connection);
}

void player_syn(struct player *player, unsigned number, uint16_t port)
{
    open_connection(player, number, port, true);
}

void player_join(struct player *player, unsigned number, uint16_t port)
{
    open_connection(player, number, port, false);
}

void player_connect(struct player *player, unsigned number, uint16_t port)
{
    open_connection(player, number, port, true);
    next_frame(player);
    player->connections[number].established = player->mark;
}

/* In memory of exactly its size, so that a sanitizer sees the first byte read from beyond. */
static void give_piece(struct player *player, unsigned number, enum side side, const uint8_t *bytes,
                       size_t length)
{
    const struct transport_sink *sink = messages_sink(player->messages);
    uint8_t *copy;

    if (length == 0 || player->is_boring[number]) {
        return;
    }
    copy = malloc(length);
    if (!copy) {
        abort();
    }
    memcpy(copy, bytes, length);
    player->is_boring[number] = sink->data(sink->context, &player->connections[number], side,
                                           &player->mark, copy, length) == INTEREST_BORING;
    free(copy);
}

void player_data(struct player *player, unsigned number, enum side side, const void *bytes,
                 size_t length)
{
    const uint8_t *at = bytes;

    if (!player->is_open[number]) {
        return;
    }
    next_frame(player);
    player->connections[number].segments[side]++;
    if (player->cut > 0 && player->cut < length) {
        give_piece(player, number, side, at, player->cut);
        at += player->cut;
        length -= player->cut;
        player->cut = 0;
    }
    while (player->piece > 0 && length > player->piece) {
        give_piece(player, number, side, at, player->piece);
        at += player->piece;
        length -= player->piece;
    }
    give_piece(player, number, side, at, length);
}

void player_gap(struct player *player, unsigned number, enum side side, uint64_t lost)
{
    const struct transport_sink *sink = next_frame(player);

    if (player->is_open[number] && !player->is_boring[number] && lost > 0) {
        player->is_boring[number] = sink->gap(sink->context, &player->connections[number], side,
                                              &player->mark, lost) == INTEREST_BORING;
    }
}

void player_fin(struct player *player, unsigned number, enum side side)
{
    const struct transport_sink *sink = next_frame(player);

    if (player->is_open[number]) {
        sink->half_closed(sink->context, &player->connections[number], side, &player->mark);
    }
}

void player_close(struct player *player, unsigned number, enum stream_end end)
{
    const struct transport_sink *sink = next_frame(player);

    if (player->is_open[number]) {
        player->is_open[number] = false;
        sink->closed(sink->context, &player->connections[number], end, &player->mark);
    }
}

void player_datagram(struct player *player, unsigned number, enum side side, uint16_t port,
                     const void *bytes, size_t length)
{
    const struct endpoint client = end_of(&CLIENT, (uint16_t)(PLAYER_CLIENT_PORT + number));
    const struct endpoint server = end_of(&SERVER, port);
    const struct transport_sink *sink = next_frame(player);
    const bool asks = side == SIDE_OPENER;

    sink->datagram(sink->context, asks ? &client : &server, asks ? &server : &client, &player->mark,
                   bytes, length);
}

void player_wait(struct player *player, int64_t duration_us)
{
    player->mark.at += duration_us;
}

void player_end(struct player *player)
{
    for (unsigned i = 0; i < PLAYER_CONNECTIONS; i++) {
        player_close(player, i, STREAM_RECORDING_END);
    }
    messages_end(player->messages, &player->mark);
}

const char *player_json(struct player *player, struct buffer *text)
{
    buffer_truncate(text, 0);
    evidence_save(&player->set, text, NULL);
    return buffer_text(text);
}
