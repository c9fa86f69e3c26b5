/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeds and bad treatment for decoder tests: the seed files of tests/fuzz/corpus, cut at every
 * length and with every bit flipped, each time in memory of exactly that size so that a sanitizer
 * sees the first byte read from beyond.
 */
#ifndef CCM_TESTS_HOSTILE_H
#define CCM_TESTS_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* The content of tests/fuzz/corpus/`name`; fails the test when it cannot be read. Release it. */
struct buffer hostile_seed(const char *name);

/* Calls `decode` with the first 0, 1, ... `length` bytes. */
void hostile_cut(const void *bytes, size_t length, void (*decode)(const void *, size_t));

/* Calls `decode` with each single bit flipped. */
void hostile_flip(const void *bytes, size_t length, void (*decode)(const void *, size_t));

#endif
