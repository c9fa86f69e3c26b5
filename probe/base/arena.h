/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is freed all at once: everything that a set of evidence, or a report made from it,
 * points to lives in one arena.
 *
 * Exhausted memory ends the program (abort): every input has a limit on its size, so it means that
 * the machine is in trouble, and a diagnosis made with half of the evidence would be a wrong one.
 */
#ifndef CCM_BASE_ARENA_H
#define CCM_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *head;
};

/* An arena of zeros is empty and ready; arena_init says it in words. */
void arena_init(struct arena *arena);

/* Frees everything; accepts an arena of zeros. */
void arena_release(struct arena *arena);

/* Frees all but the first block, which is used again: what the arena holds is over. */
void arena_clear(struct arena *arena);

/* Makes room for `size` bytes in a block of just that size: for small arenas of which there are
   many. */
void arena_reserve(struct arena *arena, size_t size);

/* `size` zeroed bytes, aligned for any type. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);

/* Copies, ending in a NUL. A NULL text gives NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
/* The same with its ASCII letters in lower case. */
char *arena_lower(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Makes room for one more element at the end of a list and returns it, zeroed. The list may move.
   `*items` and `*count` start as NULL and 0. */
void *arena_push(struct arena *arena, void **items, size_t *count, size_t element_size);

/* Moves everything that `from` owns to `to`; pointers stay valid, `from` is empty afterwards. What
   `to` has begun to fill it goes on to fill. */
void arena_adopt(struct arena *to, struct arena *from);

#endif
