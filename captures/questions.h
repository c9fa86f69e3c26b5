/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that went out in datagrams: found again by the addresses and ports of their answer. The
 * answered ones are remembered for a while, so that a datagram that was recorded or sent twice is
 * known as such.
 */
#ifndef CCM_CAPTURES_QUESTIONS_H
#define CCM_CAPTURES_QUESTIONS_H

#include "captures/transport.h"
#include "evidence/evidence.h"

enum {
    QUESTIONS_LIMIT = 4096,              /* about 150 bytes each, besides their exchanges */
    QUESTIONS_KEPT_US = 15 * 1000 * 1000 /* no resolver or KDC is waited for so long */
};

struct exchange;
struct messages;

/* Who asked whom, of what kind, under which number (0 where the protocol has none). */
struct question_key {
    struct endpoint client;
    struct endpoint server;
    enum evidence_kind kind;
    unsigned id;
};

struct question {
    struct question_key key;
    uint64_t content; /* hash of the question's bytes */
    int64_t touched;  /* when it was last seen, by the recording's clock */
    bool is_answered;
    bool is_early;             /* its answer was recorded first; the question has not come */
    bool is_refused;           /* not delivered: who asks again begins anew */
    struct exchange *exchange; /* NULL when it was answered, or is of no interest */
    struct question *next;     /* in its bucket */
    struct question *older, *newer;
};

struct questions {
    struct question *buckets[1024];
    struct question *oldest, *newest;
    size_t count;
};

/* A hash of a datagram's bytes: to tell a repetition. */
uint64_t questions_content(const void *bytes, size_t length);

/* The question with these bytes, answered or not, or NULL; none that was not delivered. */
struct question *questions_same(struct questions *questions, const struct question_key *key,
                                uint64_t content);

/* The oldest one that has no answer, or NULL. */
struct question *questions_waiting(struct questions *questions, const struct question_key *key);

/* Whether one was asked and answered. */
bool questions_were_answered(struct questions *questions, const struct question_key *key);

/* An answer came without a question, which may stand behind it in the recording. */
void questions_note_early(struct messages *messages, const struct question_key *key,
                          const struct mark *mark);

/* Is it the question to such an answer? Once for each. */
bool questions_take_early(struct questions *questions, const struct question_key *key,
                          const struct mark *mark);

/* Takes over `exchange`, which may be NULL. NULL when memory is exhausted. */
struct question *questions_add(struct messages *messages, const struct question_key *key,
                               uint64_t content, struct exchange *exchange, int64_t at);

/* Tells of those that nobody will answer any more and forgets them. */
void questions_expire(struct messages *messages, const struct mark *now);

/* The recording is over. */
void questions_end(struct messages *messages, const struct mark *last);

/* ICMP says that a datagram was not delivered: the answer to the question in it. */
struct undelivered;
void questions_undelivered(struct messages *messages, const struct undelivered *what,
                           const struct mark *mark);

/* Forgets all without a word. */
void questions_release(struct messages *messages);

#endif
