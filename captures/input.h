/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a file, in order, through a window of limited size: a plain file, one inside gzip
 * or zstd (by content), standard input, or memory. A decompressor that finds damage ends the bytes
 * early and says so.
 */
#ifndef CCM_CAPTURES_INPUT_H
#define CCM_CAPTURES_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

struct input;

/* Opens a file ("-": standard input). An error is CCM_ERROR_IO: it cannot be opened or read. */
enum ccm_status input_open(const char *path, struct input **input_out,
                           struct ccm_error *error) CCM_MUST_CHECK;

/* The bytes are borrowed until input_close. */
struct input *input_of_memory(const void *bytes, size_t length);

void input_close(struct input *input);

/* The next `length` bytes (at most LIMIT_FRAME_BYTES and 1024), without passing over them; valid
   until the next call. NULL when there are fewer: input_rest says how many. */
const uint8_t *input_peek(struct input *input, size_t length);

/* After input_peek gave NULL: how many bytes there are till the end. */
size_t input_rest(const struct input *input);

/* Passes over bytes that input_peek has shown. */
void input_advance(struct input *input, size_t length);

/* Passes over any number of bytes; false when there are fewer. */
bool input_skip(struct input *input, uint64_t length);

/* Of the next byte, counted after decompression. */
uint64_t input_offset(const struct input *input);

/* Goes on at another offset. Only when input_can_seek. */
bool input_can_seek(const struct input *input);
bool input_seek(struct input *input, uint64_t offset);

/* Of a plain file, for pread, while it is open; -1 for anything else: its bytes come in order. */
int input_handle(const struct input *input);

/* "gzip", "zstd", or NULL. */
const char *input_compression(const struct input *input);

/* Why the bytes ended before the end of the file, or NULL. */
const char *input_problem(const struct input *input);

/* How far the file itself was read, and its size; 0: not known. For a progress bar. */
uint64_t input_position(const struct input *input);
uint64_t input_size(const struct input *input);

#endif
