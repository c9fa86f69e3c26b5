/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and SIGTERM end the run early; the report of what was seen so far is still written. */
#ifndef CCM_CLI_INTERRUPT_H
#define CCM_CLI_INTERRUPT_H

#include <stdbool.h>

/* Catches the signals. A second one ends the program at once, as if nobody had caught the first. */
void interrupt_init(void);

/* Becomes readable, and stays so, after a signal; -1 when none can be had. */
int interrupt_fd(void);

bool interrupt_seen(void);

#endif
