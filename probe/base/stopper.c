/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stopper.h"

#include <time.h>

#include "base/clock.h"

bool stopper_interrupted(const struct stopper *stopper)
{
    struct pollfd wake = {.fd = stopper->wake_fd, .events = POLLIN};

    return stopper->wake_fd >= 0 && poll(&wake, 1, 0) > 0;
}

int64_t stopper_left(const struct stopper *stopper)
{
    int64_t left = stopper->deadline - clock_monotonic_us();

    return left > 0 && !stopper_interrupted(stopper) ? left : 0;
}

int stopper_poll(const struct stopper *stopper, struct pollfd *fds, nfds_t count, int64_t limit_us)
{
    int64_t left = stopper_left(stopper);
    int64_t wait = limit_us < left ? limit_us : left;
    struct timespec time;
    int ready;

    if (wait <= 0) {
        wait = 0;
    }
    time.tv_sec = wait / CLOCK_US_PER_SECOND;
    time.tv_nsec = wait % CLOCK_US_PER_SECOND * 1000;
    fds[count] = (struct pollfd){.fd = stopper->wake_fd, .events = POLLIN};
    ready = ppoll(fds, count + 1, &time, NULL);
    if (ready > 0 && fds[count].revents) {
        ready--;
    }
    return ready > 0 ? ready : 0;
}
