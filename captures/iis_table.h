/* SPDX-License-Identifier: Apache-2.0 */
/* How captures/iis_clients.h keeps what it counts: for the two files that implement it. */
#ifndef CCM_CAPTURES_IIS_TABLE_H
#define CCM_CAPTURES_IIS_TABLE_H

#include "captures/iis_clients.h"

enum {
    TEXT_LIMIT = 256,
    ADDRESS_SIZE = 40, /* an IPv6 address has 39 characters */
    CACHE_LINE = 64,
    RECENT = 8,
    WAITING_LIMIT = 32,
    OTHER = IIS_WORDS_LIMIT, /* the number of every word for which there was no room */
    UNKNOWN_SUBSTATUS = 0xFFFF,
};

#define UNKNOWN_WIN32 0xFFFFFFFFU

/* Words that many lines share, by number from 1. */
struct words {
    struct iis_span list[IIS_WORDS_LIMIT];
    size_t count;
};

/* What was looked for at random is not in the cache: both structs below fill one line of it. */

/* What makes requests of one client alike, beside the user. Numbers of words, 0 for none. */
struct key {
    uint8_t method;
    uint8_t path;
    uint8_t agent;
    uint8_t reason;
    uint16_t status;
    uint16_t substatus;
    uint32_t win32;
};

struct alike {
    struct key key;
    uint32_t next; /* in the list of all, plus one; 0 ends the client's */
    const char *user;
    uint16_t user_length;
    uint16_t first_file;
    uint16_t last_file;
    uint32_t first_at; /* seconds since 1970; 0: unknown */
    uint32_t last_at;
    int64_t first_line;
    int64_t last_line;
    int64_t count;
};

struct client {
    char address[ADDRESS_SIZE]; /* filled up with zeros */
    uint8_t address_length;
    uint8_t server;
    uint8_t site;
    bool guessed;
    uint16_t port;
    uint16_t file;    /* of a log that does not name the server, plus one */
    uint16_t missing; /* bits: fields that some line had no column for */
    uint16_t kinds;
    uint32_t requests; /* the first of `alike`, plus one */
    uint32_t expected; /* what followed the last of them before: looked at first */
    uint32_t dropped;
};

_Static_assert(sizeof(struct alike) == CACHE_LINE, "a request is a line of the cache");
_Static_assert(sizeof(struct client) <= CACHE_LINE, "so is a client");

/* A request that waits to be counted; its user is borrowed. */
struct waiting {
    struct client client;
    struct alike request;
    size_t hash; /* of the client */
};

struct iis_clients {
    struct arena arena;
    struct words words;
    uint8_t recent[IIS_FIELD_COUNT][RECENT]; /* a field's last word of a length modulo RECENT */
    struct client *list;
    size_t count;
    size_t room;
    struct alike *requests;
    size_t request_count;
    size_t request_room;
    uint32_t *slots; /* a hash table of places in `list`, plus one; 0 is free */
    size_t slot_count;
    uint64_t seed; /* of their hash */
    struct iis_dropped dropped;
    struct waiting waiting[WAITING_LIMIT];
    size_t waiting_count;
};

/* The text of a word's number; NULL of 0. */
struct iis_span iis_word(const struct iis_clients *clients, uint8_t number);

#endif
