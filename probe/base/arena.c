/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One block of memory; small requests share a block, a large one gets its own. */
struct arena_block {
    struct arena_block *next;
    size_t used;
    size_t size;
    max_align_t bytes[];
};

/* Each block is twice as large as the one before it, as many arenas stay small. */
enum { ARENA_FIRST_BLOCK_SIZE = 1024, ARENA_BLOCK_SIZE = 16 * 1024 };

void arena_init(struct arena *arena)
{
    arena->head = NULL;
}

void arena_release(struct arena *arena)
{
    while (arena->head) {
        struct arena_block *next = arena->head->next;

        free(arena->head);
        arena->head = next;
    }
}

static struct arena_block *block_new(size_t size)
{
    struct arena_block *block = malloc(sizeof(*block) + size);

    if (!block) {
        fputs("ccmprobe: out of memory\n", stderr);
        abort();
    }
    block->next = NULL;
    block->used = 0;
    block->size = size;
    return block;
}

void arena_clear(struct arena *arena)
{
    while (arena->head && arena->head->next) {
        struct arena_block *next = arena->head->next;

        free(arena->head);
        arena->head = next;
    }
    if (arena->head) {
        arena->head->used = 0;
    }
}

static size_t round_up(size_t size)
{
    const size_t align = _Alignof(max_align_t);

    return (size + align - 1) / align * align;
}

/* Of the block that comes after `last`, which is NULL at first, for `wanted` bytes at least. */
static size_t size_after(const struct arena_block *last, size_t wanted)
{
    size_t size = ARENA_FIRST_BLOCK_SIZE;

    if (last) {
        size = last->size < ARENA_BLOCK_SIZE / 2 ? 2 * last->size : ARENA_BLOCK_SIZE;
    }
    return wanted > size ? wanted : size;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *block = block_new(size);

    block->next = arena->head;
    arena->head = block;
    return block;
}

void arena_reserve(struct arena *arena, size_t size)
{
    add_block(arena, round_up(size));
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->head;
    size_t rounded = round_up(size);
    void *memory;

    if (!block || block->size - block->used < rounded) {
        block = add_block(arena, size_after(block, rounded));
    }
    memory = (char *)block->bytes + block->used;
    block->used += rounded;
    /* Here, not for the whole block: of many small arenas most of it is never touched. */
    return memset(memory, 0, rounded);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    if (length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list measure;
    char *text;
    int length;

    va_copy(measure, args);
    length = vsnprintf(NULL, 0, format, measure);
    va_end(measure);
    text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *arena_lower(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);

    for (char *c = copy; c && *c; c++) {
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void *arena_push(struct arena *arena, void **items, size_t *count, size_t element_size)
{
    /* Room grows at powers of two, so the old list is full exactly when its length is one. */
    if ((*count & (*count - 1)) == 0) {
        size_t capacity = *count > 0 ? *count * 2 : 1;
        char *grown = arena_alloc(arena, capacity * element_size);

        if (*count > 0) {
            memcpy(grown, *items, *count * element_size);
        }
        *items = grown;
    }
    return (char *)*items + (*count)++ * element_size;
}

void arena_adopt(struct arena *to, struct arena *from)
{
    struct arena_block *last = from->head;

    if (!last) {
        return;
    }
    while (last->next) {
        last = last->next;
    }
    if (to->head) {
        last->next = to->head->next;
        to->head->next = from->head;
    } else {
        to->head = from->head;
    }
    from->head = NULL;
}
