/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a run must end: at its deadline, or when the user interrupts it. Every wait of a
 * collector asks here, so none can outlast either.
 */
#ifndef CCM_BASE_STOPPER_H
#define CCM_BASE_STOPPER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

struct stopper {
    int64_t deadline; /* of the monotonic clock, microseconds */
    int wake_fd;      /* becomes readable, and stays so, when the user interrupts; -1 for never */
};

/* Microseconds left until the deadline, 0 when it has passed or the run was interrupted. */
int64_t stopper_left(const struct stopper *stopper);

bool stopper_interrupted(const struct stopper *stopper);

/* poll(2) for at most `limit_us`, ended early by the stopper. `fds` has room for one entry more
   than `count`. Returns poll's count of ready entries among `fds`, 0 when there is none. */
int stopper_poll(const struct stopper *stopper, struct pollfd *fds, nfds_t count, int64_t limit_us);

#endif
