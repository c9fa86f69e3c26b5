/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/redact_stream.h"

#include <stdlib.h>
#include <string.h>

#include "captures/redact_talk.h"
#include "decode/kerberos.h"

enum { TLS_HEADER = 5, TLS_APPLICATION_DATA = 23 };

struct redact_streams *redact_streams_new(struct disguise *disguise, redact_emit_fn *emit,
                                          redact_alias_fn *alias, void *context)
{
    struct redact_streams *streams = calloc(1, sizeof(*streams));

    if (!streams) {
        abort();
    }
    streams->disguise = disguise;
    streams->sink = (struct gather_sink){emit, context, &streams->used};
    streams->recall_sink = (struct recall_sink){alias, context};
    return streams;
}

void redact_streams_free(struct redact_streams *streams)
{
    free(streams);
}

/* `recall` is NULL for a new one. */
static struct talk_state *new_talk(struct redact_streams *streams, struct connection *connection,
                                   struct recall *recall)
{
    struct talk_state *talk = calloc(1, sizeof(*talk));

    if (!talk) {
        abort();
    }
    talk->is_midway = !connection->saw_syn;
    talk->recall = recall;
    if (!recall && streams->recalled < LIMIT_RECALLED_CONNECTIONS) {
        talk->recall = calloc(1, sizeof(*talk->recall));
        streams->recalled += talk->recall != NULL;
    }
    connection->user = talk;
    return talk;
}

void redact_streams_opened(void *context, struct connection *connection)
{
    (void)context;
    connection->user = NULL;
}

static void free_talk(struct redact_streams *streams, struct connection *connection)
{
    struct talk_state *talk = connection->user;

    connection->user = NULL;
    for (int i = 0; talk && i < 2; i++) {
        talk_end_body(streams, &talk->sides[i]);
        gather_release(&talk->sides[i].gather, &streams->sink);
    }
    if (talk && talk->recall) {
        free(talk->recall);
        streams->recalled--;
    }
    free(talk);
}

/* A stream that is not read keeps what tells its protocol. */
static void put_unread(struct redact_streams *streams, const struct gather *gather,
                       enum protocol protocol)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const size_t length = gather_length(gather);
    uint8_t header[TLS_HEADER];

    if (protocol == PROTOCOL_TLS && length >= TLS_HEADER) {
        memcpy(header, gather_bytes(gather), TLS_HEADER);
        header[0] = TLS_APPLICATION_DATA; /* of which nobody expects to read more */
        gather_emit(gather, &streams->sink, 0, header, TLS_HEADER);
    } else if (protocol == PROTOCOL_HTTP2) {
        gather_emit(gather, &streams->sink, 0, (const uint8_t *)preface,
                    length < strlen(preface) ? length : strlen(preface));
    }
}

static enum interest begin(struct redact_streams *streams, struct connection *connection,
                           enum side side)
{
    struct talk_state *talk = connection->user;
    struct gather *gather = &talk->sides[side].gather;
    const size_t length = gather_length(gather);
    enum protocol protocol =
        identify_stream(connection, side, gather_bytes(gather), length, &talk->client);

    if (protocol == PROTOCOL_UNDECIDED && length < CONVERSATION_BEGINNING) {
        return INTEREST_MORE;
    }
    if (protocol == PROTOCOL_TLS || protocol == PROTOCOL_HTTP2 ||
        (!talk->is_midway && !conversation_talk(protocol))) {
        put_unread(streams, gather, protocol);
        free_talk(streams, connection);
        return INTEREST_BORING;
    }
    if (!conversation_talk(protocol)) { /* in the middle of something: the next piece may tell */
        gather_release(gather, &streams->sink);
        return INTEREST_MORE;
    }
    talk->protocol = protocol;
    talk_take(streams, talk, talk->client);
    talk_take(streams, talk, (enum side) !talk->client);
    return INTEREST_MORE;
}

enum interest redact_streams_data(void *context, struct connection *connection, enum side side,
                                  const struct mark *mark, const uint8_t *bytes, size_t length)
{
    struct redact_streams *streams = context;
    struct talk_state *talk = connection->user;
    const struct gather_span span = {mark->frame, connection->sequence[side], (uint32_t)length};
    struct direction *direction;

    if (!talk) {
        talk = new_talk(streams, connection, NULL);
    }
    if (talk->recall) {
        recall_note(&talk->recall->sides[side], &streams->recall_sink, &span);
    }
    direction = &talk->sides[side];
    if (direction->part == PART_LOST) {
        if (!talk_begins(talk, side, bytes, length)) {
            return INTEREST_MORE;
        }
        direction->part = PART_MESSAGE;
    }
    if (!gather_add(&direction->gather, &streams->sink, &span, bytes, LIMIT_MESSAGE_BYTES)) {
        talk_lose(streams, direction);
        return INTEREST_MORE;
    }
    if (talk->protocol == PROTOCOL_UNDECIDED) {
        return begin(streams, connection, side);
    }
    talk_take(streams, talk, side);
    return INTEREST_MORE;
}

void redact_streams_repeated(void *context, struct connection *connection, enum side side,
                             const struct mark *mark, uint32_t sequence, uint32_t length)
{
    struct redact_streams *streams = context;
    struct talk_state *talk = connection->user;

    if (!talk) { /* its first bytes wait */
        talk = new_talk(streams, connection, NULL);
    }
    if (talk->recall) {
        recall_repeat(&talk->recall->sides[side], &streams->recall_sink,
                      &(struct gather_span){mark->frame, sequence, length});
    }
}

enum interest redact_streams_gap(void *context, struct connection *connection, enum side side,
                                 const struct mark *mark, uint64_t lost)
{
    struct redact_streams *streams = context;
    struct talk_state *talk = connection->user;
    struct direction *direction = talk ? &talk->sides[side] : NULL;

    (void)mark;
    if (!talk || talk->protocol == PROTOCOL_UNDECIDED) {
        struct recall *recall = talk ? talk->recall : NULL;

        if (talk) {
            talk->recall = NULL;
        }
        free_talk(streams, connection);
        talk = new_talk(streams, connection, recall);
        talk->is_midway = true;
        return INTEREST_MORE;
    }
    if ((direction->part == PART_BODY || direction->part == PART_CHUNK_DATA) &&
        lost <= direction->left) {
        talk_end_body(streams, direction);
        direction->left -= lost;
        if (direction->left == 0) {
            direction->part = direction->part == PART_BODY ? PART_MESSAGE : PART_CHUNK_END;
        }
        return INTEREST_MORE;
    }
    if (direction->part == PART_MESSAGE && gather_length(&direction->gather) > 0) {
        const size_t length = gather_length(&direction->gather);
        const size_t size =
            talk->protocol == PROTOCOL_HTTP
                ? 0
                : talk_record_size(talk->protocol, gather_bytes(&direction->gather), length);

        talk_put(streams, &direction->gather, length,
                 talk->protocol == PROTOCOL_HTTP ? UNIT_HEAD : UNIT_RECORD, talk->protocol);
        gather_release(&direction->gather, &streams->sink);
        if (size != SIZE_MAX && size >= length + lost) { /* the rest of the record stays blank */
            direction->left = size - length - lost;
            direction->part = direction->left > 0 ? PART_BODY : PART_MESSAGE;
            return INTEREST_MORE;
        }
    }
    talk_lose(streams, direction);
    return INTEREST_MORE;
}

void redact_streams_closed(void *context, struct connection *connection, enum stream_end end,
                           const struct mark *mark)
{
    struct redact_streams *streams = context;
    struct talk_state *talk = connection->user;

    (void)end;
    (void)mark;
    for (int i = 0; talk && talk->protocol != PROTOCOL_UNDECIDED && i < 2; i++) {
        struct direction *direction = &talk->sides[i];

        /* What is not whole is read all the same. */
        if (direction->part == PART_MESSAGE && gather_length(&direction->gather) > 0) {
            talk_put(streams, &direction->gather, gather_length(&direction->gather),
                     talk->protocol == PROTOCOL_HTTP ? UNIT_HEAD : UNIT_RECORD, talk->protocol);
        }
    }
    free_talk(streams, connection);
}

void redact_datagram(const struct image *image, const struct endpoint *from,
                     const struct endpoint *to)
{
    if (image->length == 0) {
        return;
    }
    if (from->port == PORT_DNS || to->port == PORT_DNS) {
        redact_dns(image);
    } else if (kerberos_identify(image->in, image->length) != KERBEROS_NONE) {
        redact_kerberos(image);
    }
}
