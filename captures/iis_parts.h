/* SPDX-License-Identifier: Apache-2.0 */
/* One log file's lines into the table of clients: a plain file in parts, by several threads, and
   everything else from its beginning to its end. */
#ifndef CCM_CAPTURES_IIS_PARTS_H
#define CCM_CAPTURES_IIS_PARTS_H

#include <stdatomic.h>

#include "captures/iis_log.h"
#include "captures/iis_reader.h"
#include "captures/input.h"

enum { IIS_BLOCK = 256 * 1024 }; /* of one read: larger ones leave the processor's cache */

/* What the parts of one file have in common. */
struct iis_source {
    const struct iis_log_settings *settings;
    int handle;
    struct input *input; /* of a compressed file, in place of the handle; else NULL */
    bool is_random;      /* a plain file of 8-bit text: can be read from anywhere */
    uint64_t size;
    const char *mp;             /* whose requests are counted; NULL: all */
    struct iis_columns columns; /* that the file begins with */
    atomic_uint_fast64_t done;
    atomic_bool stopped;
    atomic_bool is_short; /* it ended before its size */
    atomic_int problem;   /* errno of the read that failed */
};

/* Up to `room` bytes; 0 at the end, which an error is, too. The offset is of random ones. */
size_t iis_read(struct iis_source *source, uint64_t offset, void *bytes, size_t room);

/* Counts the requests of a random source, whose marks name `file`. */
void iis_read_parts(struct iis_source *source, uint16_t file, struct iis_clients *clients,
                    struct iis_totals *totals);

/* The same of any other, of which `head` was read already. */
void iis_read_stream(struct iis_source *source, uint16_t file, const struct iis_span *head,
                     struct iis_clients *clients, struct iis_totals *totals);

#endif
