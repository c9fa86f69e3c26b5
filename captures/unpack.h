/* SPDX-License-Identifier: Apache-2.0 */
/* gzip and zstd as streams, several members in a row included. */
#ifndef CCM_CAPTURES_UNPACK_H
#define CCM_CAPTURES_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum compression {
    COMPRESSION_NONE,
    COMPRESSION_GZIP,
    COMPRESSION_ZSTD,
};

/* By the first bytes (4 suffice). */
enum compression compression_of(const uint8_t *bytes, size_t length);
const char *compression_name(enum compression compression); /* NULL for none */

struct unpack;

struct unpack *unpack_new(enum compression compression);
void unpack_free(struct unpack *unpack);

enum unpack_result {
    UNPACK_GOES_ON,
    UNPACK_BETWEEN, /* a member has ended; another may follow */
    UNPACK_DAMAGED, /* unpack_problem says what */
};

struct unpack_step {
    const uint8_t *in; /* moved past what was used */
    size_t in_length;
    uint8_t *out; /* moved past what was written */
    size_t out_room;
};

/* Turns some of the input into output, as far as both go. */
enum unpack_result unpack_run(struct unpack *unpack, struct unpack_step *step);

const char *unpack_problem(const struct unpack *unpack);

#endif
