/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_init(struct buffer *buffer)
{
    memset(buffer, 0, sizeof(*buffer));
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    buffer_init(buffer);
}

void buffer_release_secret(struct buffer *buffer)
{
    if (buffer->data) {
        explicit_bzero(buffer->data, buffer->capacity);
    }
    buffer_release(buffer);
}

/* Grows by copying, never by realloc: what is left behind is overwritten, as it may be secret. */
static void grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : 64;
    char *grown;

    while (capacity < needed) {
        capacity *= 2;
    }
    grown = malloc(capacity);
    if (!grown) {
        fputs("ccmprobe: out of memory\n", stderr);
        abort();
    }
    if (buffer->data) {
        memcpy(grown, buffer->data, buffer->length);
        explicit_bzero(buffer->data, buffer->capacity);
        free(buffer->data);
    }
    buffer->data = grown;
    buffer->capacity = capacity;
}

static void buffer_reserve(struct buffer *buffer, size_t more)
{
    const size_t needed = buffer->length + more + 1;

    if (needed > buffer->capacity) {
        grow(buffer, needed);
    }
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    buffer_reserve(buffer, length);
    if (length > 0) {
        memcpy(buffer->data + buffer->length, bytes, length);
    }
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_puts(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_putc(struct buffer *buffer, char byte)
{
    buffer_append(buffer, &byte, 1);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    buffer_reserve(buffer, (size_t)length);
    va_start(args, format);
    vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, args);
    va_end(args);
    buffer->length += (size_t)length;
}

void buffer_truncate(struct buffer *buffer, size_t length)
{
    if (length < buffer->length) {
        explicit_bzero(buffer->data + length, buffer->length - length);
        buffer->length = length;
    }
}

const char *buffer_text(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}
