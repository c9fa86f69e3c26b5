/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/budget.h"

bool budget_append(struct budget *budget, struct buffer *buffer, const void *bytes, size_t length)
{
    const size_t before = buffer->capacity;

    /* A buffer at most doubles when it grows. */
    if (before < buffer->length + length + 1 &&
        budget->used + buffer->length + 2 * length > budget->limit) {
        return false;
    }
    buffer_append(buffer, bytes, length);
    budget->used += buffer->capacity - before;
    return true;
}

void budget_release(struct budget *budget, struct buffer *buffer)
{
    budget->used -= buffer->capacity;
    buffer_release_secret(buffer);
}
