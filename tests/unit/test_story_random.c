/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts of several clients behind one address, or of one at several addresses of an MP, in
   orders that are drawn by lot: requests overtake one another, answers are lost, connections are
   used again. What is told is held against what was played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "story_play.h"

enum {
    CLIENTS_MAX = 4,
    ATTEMPTS_MAX = 4, /* of a client */
    LATE_MAX = 2 * CLIENTS_MAX * ATTEMPTS_MAX,
    RECORDINGS = 20000,
    LONG_AFTER = 1000, /* frames; nothing is under way any more */
};

/* What a client does next. */
enum step { STEP_BEGIN, STEP_CHALLENGE, STEP_SIGN_IN, STEP_RESULT };

struct
try {
    size_t client;
    uint64_t frames[4]; /* of its two requests and answers; 0: did not come */
    bool accepted;
};

struct lost {
    const struct try *try;
    bool signs_in;
    uint64_t connection;
    unsigned due; /* steps until its connection ends; 0: it has */
};

struct client {
    enum step step;
    size_t left; /* attempts to make */
    uint64_t connection;
    struct try *try; /* that it is at */
};

struct recording {
    struct play play;
    uint32_t lot;
    bool addresses; /* each client is an address of the MP instead */
    size_t client_count;
    struct client clients[CLIENTS_MAX];
    struct try tries[CLIENTS_MAX * ATTEMPTS_MAX];
    size_t count;
    struct lost lost[LATE_MAX];
    size_t lost_count;
    uint64_t frame;
    uint64_t connections;
};

/* 0 to `sides` - 1 (xorshift). */
static unsigned draw(struct recording *recording, unsigned sides)
{
    recording->lot ^= recording->lot << 13;
    recording->lot ^= recording->lot >> 17;
    recording->lot ^= recording->lot << 5;
    return recording->lot % sides;
}

static void tell(struct recording *recording, const struct try *try, bool signs_in, int64_t status,
                 uint64_t connection)
{
    const uint64_t *frames = try->frames + (signs_in ? 2 : 0);

    recording->play.mp = MP + (recording->addresses ? (int)try->client : 0);
    play_post_on(&recording->play, frames[0], frames[1], connection,
                 signs_in ? "HTTP/mp.contoso.lab" : NULL, status);
}

static void end_try(struct client *client)
{
    client->step = STEP_BEGIN;
    client->left--;
}

/* That an answer is lost is known when the connection ends, some time later. */
static void lose(struct recording *recording, struct client *client, bool signs_in)
{
    recording->lost[recording->lost_count++] =
        (struct lost){client->try, signs_in, client->connection, 1 + draw(recording, 12)};
    client->connection = ++recording->connections;
    end_try(client);
}

static void tell_lost(struct recording *recording, unsigned passed)
{
    for (size_t i = 0; i < recording->lost_count; i++) {
        struct lost *lost = &recording->lost[i];

        if (lost->due > 0 && lost->due <= passed) {
            tell(recording, lost->try, lost->signs_in, 0, lost->connection);
            lost->due = 0;
        } else if (lost->due > 0) {
            lost->due -= passed;
        }
    }
}

static void begin(struct recording *recording, struct client *client)
{
    client->try = &recording->tries[recording->count++];
    *client->try = (struct try){.client = (size_t)(client - recording->clients)};
    client->try->frames[0] = recording->frame;
    client->step = STEP_CHALLENGE;
    if (draw(recording, 8) == 0) {
        lose(recording, client, false);
    }
}

static void challenge(struct recording *recording, struct client *client)
{
    static const int64_t statuses[] = {200, 503, 401, 401, 401, 401};
    const int64_t status = statuses[draw(recording, 6)];

    client->try->frames[1] = recording->frame;
    client->try->accepted = status == 200;
    tell(recording, client->try, false, status, client->connection);
    if (status == 401) {
        client->step = STEP_SIGN_IN;
    } else {
        end_try(client);
    }
}

static void sign_in(struct recording *recording, struct client *client)
{
    client->try->frames[2] = recording->frame;
    client->step = STEP_RESULT;
    if (draw(recording, 4) == 0) {
        lose(recording, client, true);
    }
}

static void result(struct recording *recording, struct client *client)
{
    client->try->frames[3] = recording->frame;
    client->try->accepted = draw(recording, 3) > 0;
    tell(recording, client->try, true, client->try->accepted ? 200 : 401, client->connection);
    end_try(client);
}

static void act(struct recording *recording)
{
    static void (*const steps[])(struct recording *, struct client *) = {begin, challenge, sign_in,
                                                                         result};
    size_t left = 0;

    play_begin(&recording->play);
    for (size_t i = 0; i < recording->client_count; i++) {
        recording->clients[i].left = 1 + draw(recording, ATTEMPTS_MAX);
        recording->clients[i].connection = ++recording->connections;
        left += recording->clients[i].left;
    }
    while (left > 0) {
        struct client *client = &recording->clients[draw(recording, recording->client_count)];
        const size_t before = client->left;

        tell_lost(recording, 1);
        if (before > 0) {
            recording->frame++;
            steps[client->step](recording, client);
            left -= before - client->left;
        }
    }
    tell_lost(recording, UINT32_MAX);
    play_name(&recording->play, recording->frame + LONG_AFTER, "other.contoso.lab", "A",
              "10.0.0.1");
}

/* --- what should be told --- */

static bool is_last(const struct recording *recording, const struct try *try)
{
    for (const struct try *later = try + 1; later < recording->tries + recording->count; later++) {
        if (!recording->addresses || later->client == try->client) {
            return false;
        }
    }
    return true;
}

static size_t count_told(const struct play *play, const uint64_t *frames)
{
    const int64_t answered = frames[1] > 0 ? (int64_t)frames[1] : EVIDENCE_UNKNOWN;
    size_t count = 0;

    for (size_t i = 1; frames[0] > 0 && i < play->evidence.count; i++) {
        const struct evidence_record *record = &play->evidence.records[i];

        count += record->kind == EVIDENCE_HTTP && record->place->frame == (int64_t)frames[0] &&
                 record->place->reply_frame == answered;
    }
    return count;
}

/* Of the attempt that began last, at each address, all is told; of the others, that they were. */
static void check(struct recording *recording)
{
    const struct evidence_run *run;
    int64_t failed = 0;

    assert_int_equal(play_finish(&recording->play), 1);
    for (size_t i = 0; i < recording->count; i++) {
        const struct try *try = &recording->tries[i];
        const bool last = is_last(recording, try);

        failed += try->accepted ? 0 : 1;
        assert_int_equal(count_told(&recording->play, try->frames), last);
        assert_int_equal(count_told(&recording->play, try->frames + 2), last && try->frames[2] > 0);
    }
    run = recording->play.evidence.records[1].run;
    assert_int_equal(run->attempts, recording->count);
    assert_int_equal(run->failed_attempts, failed);
    play_release(&recording->play);
}

static void any_order(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < RECORDINGS; i++) {
        struct recording recording = {.lot = (i + 1) * 2654435769U,
                                      .addresses = i % 2 == 1,
                                      .client_count = 1 + i / 2 % CLIENTS_MAX};

        act(&recording);
        check(&recording);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_order)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
