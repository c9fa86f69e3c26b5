/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a file is, by its content, and its frames one by one: pcap, pcapng and Network Monitor 2,
 * each also inside gzip or zstd.
 *
 * All three are read by readers of our own. libpcap 1.10 refuses a pcapng file whose interfaces
 * differ in link type or snapshot length, or whose sections differ in byte order ("an interface has
 * a type 101 different from the type of the first interface"), knows no comments and no offsets,
 * and does not read Network Monitor's format at all; what is left of its part, the pcap format, is
 * a header of 24 bytes and one of 16 a frame.
 */
#ifndef CCM_CAPTURES_PACKET_FILE_H
#define CCM_CAPTURES_PACKET_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "captures/frame.h"
#include "captures/input.h"

struct packet_file;

/* CCM_ERROR_IO when it cannot be opened, CCM_ERROR_INPUT when it is no capture: the error says what
   it is instead, and what to do. */
enum ccm_status packet_file_open(const char *path, struct packet_file **file_out,
                                 struct ccm_error *error) CCM_MUST_CHECK;

/* As packet_file_open, of an input that is closed with the file (or at once when it is none);
   `name` is for errors. */
enum ccm_status packet_file_of_input(struct input *input, const char *name,
                                     struct packet_file **file_out,
                                     struct ccm_error *error) CCM_MUST_CHECK;

void packet_file_close(struct packet_file *file);

/* The next frame, valid until the next call; false at the end or where the file is damaged. */
bool packet_file_next(struct packet_file *file, struct frame *frame);

const char *packet_file_format(const struct packet_file *file); /* "pcapng" */

/* What is inside was read through it: its compression, the offset in the file and its size. */
const struct input *packet_file_input(const struct packet_file *file);

/* "byte 4711, after frame 12: the record is cut short", or NULL when all of it was read. */
const char *packet_file_problem(const struct packet_file *file);

#endif
