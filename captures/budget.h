/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers of many conversations under one limit on their memory. What such a buffer held is
   overwritten when it is freed: it may have been a token. */
#ifndef CCM_CAPTURES_BUDGET_H
#define CCM_CAPTURES_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct budget {
    size_t used; /* bytes of memory, not of content */
    size_t limit;
};

/* Appends, unless the limit would be passed: then false, and nothing happened. */
bool budget_append(struct budget *budget, struct buffer *buffer, const void *bytes, size_t length);

/* Empties the buffer and gives its memory back. */
void budget_release(struct budget *budget, struct buffer *buffer);

#endif
