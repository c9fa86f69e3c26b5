/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that goes on beside the main line of the exchange, in a thread with evidence of its own.
 * What the tasks saw is put together when they are joined, in the order of the protocol: so a run's
 * evidence has one order, whoever answered first, and no lock is needed.
 */
#ifndef CCM_LIVE_TASK_H
#define CCM_LIVE_TASK_H

#include <pthread.h>
#include <stdbool.h>

#include "evidence/evidence.h"

struct task {
    pthread_t thread;
    bool running;
    void (*work)(struct evidence_set *evidence, void *context);
    void *context;
    struct evidence_set evidence;
};

/* Starts `work`. Where no thread can be had, the work is done at once, before this returns. */
void task_start(struct task *task, void (*work)(struct evidence_set *, void *), void *context);

/* Waits for the end. Harmless on a task of zeros, and when called twice. */
void task_wait(struct task *task);

/* Waits for the end and moves what was seen to the end of `into`. Harmless on a task of zeros, and
   when called twice. */
void task_join(struct task *task, struct evidence_set *into);

#endif
