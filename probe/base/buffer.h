/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes that always ends in a NUL, which is not counted. */
#ifndef CCM_BASE_BUFFER_H
#define CCM_BASE_BUFFER_H

#include <stddef.h>

struct buffer {
    char *data; /* NULL until something is added */
    size_t length;
    size_t capacity;
};

void buffer_init(struct buffer *buffer);
void buffer_release(struct buffer *buffer);

/* As buffer_release, but overwrites the content first: for secrets. */
void buffer_release_secret(struct buffer *buffer);

void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_puts(struct buffer *buffer, const char *text);
void buffer_putc(struct buffer *buffer, char byte);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Drops what stands behind the first `length` bytes. */
void buffer_truncate(struct buffer *buffer, size_t length);

/* The content as text; "" when nothing was added. Valid until the next change. */
const char *buffer_text(const struct buffer *buffer);

#endif
