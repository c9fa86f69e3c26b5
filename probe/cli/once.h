/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence that is the same for every MP of a run: read by the case that needs it first, shared
   into the others. */
#ifndef CCM_CLI_ONCE_H
#define CCM_CLI_ONCE_H

#include <pthread.h>

#include "evidence/evidence.h"

struct once_item;

/* Of a run. What was read lives in the evidence of the case that read it. */
struct once {
    pthread_mutex_t lock;
    pthread_cond_t read;
    struct once_item *items;
};

void once_init(struct once *once);
void once_release(struct once *once);

/* Reads into the evidence of a case. Of what it adds nothing may change afterwards. */
typedef void once_read_function(void *context);

/*
 * Has `what` ("trusts of contoso.lab") in the evidence of the case: reads it when nobody has, waits
 * for a thread that is at it, and does nothing when the case has it already. That it could not be
 * read is an answer as well. No lock is held while it is read.
 */
void once_read(struct once *once, const char *what, struct evidence_set *evidence, uint32_t case_id,
               once_read_function *read, void *context);

#endif
