/* SPDX-License-Identifier: Apache-2.0 */
#include "live/task.h"

static void *run_task(void *argument)
{
    struct task *task = argument;

    task->work(&task->evidence, task->context);
    return NULL;
}

void task_start(struct task *task, void (*work)(struct evidence_set *, void *), void *context)
{
    task->work = work;
    task->context = context;
    evidence_init(&task->evidence);
    task->running = pthread_create(&task->thread, NULL, run_task, task) == 0;
    if (!task->running) {
        run_task(task);
    }
}

void task_wait(struct task *task)
{
    if (task->running) {
        pthread_join(task->thread, NULL);
        task->running = false;
    }
}

void task_join(struct task *task, struct evidence_set *into)
{
    task_wait(task);
    evidence_append(into, &task->evidence, 0);
    evidence_release(&task->evidence);
}
