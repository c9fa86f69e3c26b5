/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/questions.h"

#include <stdlib.h>
#include <string.h>

#include "captures/bytes.h"
#include "captures/exchange.h"
#include "captures/frame.h"
#include "captures/undelivered.h"

/* Recorders with several queues confuse the order of frames by less. */
enum { EARLY_US = 100 * 1000 };

enum { BUCKETS = sizeof(((struct questions *)NULL)->buckets) / sizeof(struct question *) };

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9E3779B97F4A7C15U; /* 2^64 / golden ratio: odd, bits well spread */
    return hash ^ hash >> 29;
}

uint64_t questions_content(const void *bytes, size_t length)
{
    const uint8_t *at = bytes;
    uint64_t hash = length;
    uint64_t word;

    for (; length >= sizeof(word); length -= sizeof(word), at += sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, at, length);
    return mix(hash, word);
}

static struct question **bucket_of(struct questions *questions, const struct question_key *key)
{
    uint64_t hash = mix(key->id, (uint64_t)key->client.port << 16 | key->server.port);

    hash = mix(hash, questions_content(key->client.address, sizeof(key->client.address)));
    hash = mix(hash, questions_content(key->server.address, sizeof(key->server.address)));
    return &questions->buckets[hash % BUCKETS];
}

static bool is_key(const struct question *question, const struct question_key *key)
{
    return question->key.id == key->id && question->key.kind == key->kind &&
           endpoint_equal(&question->key.client, &key->client) &&
           endpoint_equal(&question->key.server, &key->server);
}

struct question *questions_same(struct questions *questions, const struct question_key *key,
                                uint64_t content)
{
    struct question *question = *bucket_of(questions, key);

    while (question &&
           (question->is_refused || question->content != content || !is_key(question, key))) {
        question = question->next;
    }
    return question;
}

/* New ones stand at the front of a bucket, so the last that fits is the oldest. */
struct question *questions_waiting(struct questions *questions, const struct question_key *key)
{
    struct question *oldest = NULL;

    for (struct question *at = *bucket_of(questions, key); at; at = at->next) {
        if (!at->is_answered && !at->is_early && is_key(at, key)) {
            oldest = at;
        }
    }
    return oldest;
}

bool questions_were_answered(struct questions *questions, const struct question_key *key)
{
    for (struct question *at = *bucket_of(questions, key); at; at = at->next) {
        if (at->is_answered && is_key(at, key)) {
            return true;
        }
    }
    return false;
}

static void forget(struct questions *questions, struct question *question)
{
    struct question **link = bucket_of(questions, &question->key);

    while (*link != question) {
        link = &(*link)->next;
    }
    *link = question->next;
    *(question->older ? &question->older->newer : &questions->oldest) = question->newer;
    *(question->newer ? &question->newer->older : &questions->newest) = question->older;
    questions->count--;
    free(question);
}

/* How the wait for an answer ended. Whoever asks again has waited. */
static enum evidence_outcome outcome_of(const struct exchange *exchange, const struct mark *now)
{
    if (exchange->kind == EVIDENCE_KDC && exchange->kdc->attempts > 1) {
        return OUTCOME_TIMEOUT;
    }
    return exchange_silence(exchange, now, SILENCE_UDP_US);
}

static void give_up(struct messages *messages, struct question *question, const struct mark *now)
{
    struct exchange *exchange = question->exchange;

    forget(&messages->questions, question);
    if (exchange) {
        exchange_tell_unanswered(messages, exchange, outcome_of(exchange, now));
    }
}

void questions_expire(struct messages *messages, const struct mark *now)
{
    struct questions *questions = &messages->questions;
    const size_t most = messages->limits.questions;

    while (questions->oldest &&
           (frame_time_passed(questions->oldest->touched, now->at) > QUESTIONS_KEPT_US ||
            questions->count > most)) {
        if (questions->count > most && questions->oldest->exchange) {
            messages->hits[HIT_EXCHANGES]++;
        }
        give_up(messages, questions->oldest, now);
    }
}

struct question *questions_add(struct messages *messages, const struct question_key *key,
                               uint64_t content, struct exchange *exchange, int64_t at)
{
    struct questions *questions = &messages->questions;
    struct question **bucket = bucket_of(questions, key);
    struct question *question = calloc(1, sizeof(*question));

    if (!question) {
        exchange_free(messages, exchange);
        return NULL;
    }
    question->key = *key;
    question->content = content;
    question->exchange = exchange;
    question->touched = at;
    question->next = *bucket;
    *bucket = question;
    question->older = questions->newest;
    *(questions->newest ? &questions->newest->newer : &questions->oldest) = question;
    questions->newest = question;
    questions->count++;
    return question;
}

void questions_note_early(struct messages *messages, const struct question_key *key,
                          const struct mark *mark)
{
    struct question *question = questions_add(messages, key, 0, NULL, mark->at);

    if (question) {
        question->is_early = true;
    }
}

bool questions_take_early(struct questions *questions, const struct question_key *key,
                          const struct mark *mark)
{
    for (struct question *at = *bucket_of(questions, key); at; at = at->next) {
        if (at->is_early && is_key(at, key) &&
            frame_time_passed(at->touched, mark->at) < EARLY_US) {
            at->is_early = false;
            at->is_answered = true;
            return true;
        }
    }
    return false;
}

static bool is_undelivered(const struct question *question, const struct undelivered *what)
{
    const struct question_key *key = &question->key;
    const bool has_id = key->kind == EVIDENCE_DNS && what->length >= 2;

    return question->exchange && endpoint_equal(&key->client, &what->from) &&
           endpoint_equal(&key->server, &what->to) &&
           (!has_id || key->id == bytes_u16be(what->bytes));
}

/* It is said at once, of one of the last questions; of several the oldest, as the others' turn
   comes. Only the ports are sure to be quoted. */
static struct question *find_undelivered(const struct questions *questions,
                                         const struct undelivered *what)
{
    enum { LOOKED_AT = 64 };
    struct question *found = NULL;
    struct question *question = questions->newest;

    for (int i = 0; question && i < LOOKED_AT; i++, question = question->older) {
        found = is_undelivered(question, what) ? question : found;
    }
    return found;
}

void questions_undelivered(struct messages *messages, const struct undelivered *what,
                           const struct mark *mark)
{
    struct question *question = find_undelivered(&messages->questions, what);
    struct exchange *exchange = question ? question->exchange : NULL;

    if (exchange) {
        question->exchange = NULL;
        question->is_answered = true;
        question->is_refused = true;
        exchange->answered = *mark;
        exchange_tell_unanswered(messages, exchange,
                                 what->is_refused ? OUTCOME_REFUSED : OUTCOME_UNREACHABLE);
    }
}

void questions_end(struct messages *messages, const struct mark *last)
{
    while (messages->questions.oldest) {
        give_up(messages, messages->questions.oldest, last);
    }
}

void questions_release(struct messages *messages)
{
    while (messages->questions.oldest) {
        exchange_free(messages, messages->questions.oldest->exchange);
        forget(&messages->questions, messages->questions.oldest);
    }
}
