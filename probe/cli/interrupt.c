/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int wake_fd = -1;

static void on_signal(int number)
{
    const int saved = errno;

    (void)number;
    eventfd_write(wake_fd, 1);
    errno = saved;
}

void interrupt_init(void)
{
    struct sigaction action;

    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wake_fd < 0) {
        return; /* the signals keep their own effect */
    }
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    action.sa_flags = (int)SA_RESETHAND;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int interrupt_fd(void)
{
    return wake_fd;
}

bool interrupt_seen(void)
{
    struct pollfd fd = {.fd = wake_fd, .events = POLLIN};

    return wake_fd >= 0 && poll(&fd, 1, 0) > 0;
}
