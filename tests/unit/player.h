/* SPDX-License-Identifier: Apache-2.0 */
/* Plays segments and datagrams to captures/messages.h as its transport would, and notes what it
   tells. Every call is one frame, ten milliseconds after the last. */
#ifndef CCM_TESTS_PLAYER_H
#define CCM_TESTS_PLAYER_H

#include "base/buffer.h"
#include "captures/messages.h"

enum { PLAYER_CONNECTIONS = 8, PLAYER_CLIENT_PORT = 50000 };

struct player {
    struct messages *messages;
    struct evidence_set set;             /* the events' payloads */
    struct evidence_recording recording; /* its counters */
    struct buffer lines;                 /* one for each event, see player.c */
    struct buffer heads;                 /* one for each message told of by itself */
    struct connection connections[PLAYER_CONNECTIONS];
    bool is_open[PLAYER_CONNECTIONS];
    bool is_boring[PLAYER_CONNECTIONS];
    size_t piece; /* data is cut into pieces of so many bytes; 0: not at all */
    size_t cut;   /* the data that comes next is cut in two behind so many bytes; 0: not at all */
    struct mark mark;
};

void player_init(struct player *player);
void player_release(struct player *player);

/* Connection `number` to a server's port: with SYN and SYN ACK; or its SYN alone; or, without
   either, as one that was there when the recording began. */
void player_connect(struct player *player, unsigned number, uint16_t port);
void player_syn(struct player *player, unsigned number, uint16_t port);
void player_join(struct player *player, unsigned number, uint16_t port);

void player_data(struct player *player, unsigned number, enum side side, const void *bytes,
                 size_t length);
void player_gap(struct player *player, unsigned number, enum side side, uint64_t lost);
void player_fin(struct player *player, unsigned number, enum side side);
void player_close(struct player *player, unsigned number, enum stream_end end);

/* From client port PLAYER_CLIENT_PORT + `number` to `port` of the server, or back. */
void player_datagram(struct player *player, unsigned number, enum side side, uint16_t port,
                     const void *bytes, size_t length);

/* Passes time. */
void player_wait(struct player *player, int64_t duration_us);

/* Ends the recording: open connections are closed and messages_end is called. */
void player_end(struct player *player);

/* All events as JSON; valid until the next call with this player. */
const char *player_json(struct player *player, struct buffer *text);

#endif
