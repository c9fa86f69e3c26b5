/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/packet_file.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "captures/file_kind.h"
#include "captures/packet_reader.h"

bool packet_reader_fail(struct packet_file *file, uint64_t offset, const char *format, ...)
{
    va_list args;
    int length;

    file->ended = true;
    length = snprintf(file->problem, sizeof(file->problem),
                      "byte %" PRIu64 ", after frame %" PRIu64 ": ", offset, file->frames);
    va_start(args, format);
    vsnprintf(file->problem + length, sizeof(file->problem) - (size_t)length, format, args);
    va_end(args);
    return false;
}

bool packet_reader_end(struct packet_file *file, uint64_t offset)
{
    const char *problem = input_problem(file->input);

    file->ended = true;
    if (problem) {
        return packet_reader_fail(file, offset, "%s", problem);
    }
    if (input_rest(file->input) > 0 || input_offset(file->input) != offset) {
        return packet_reader_fail(file, offset, "the file is cut short in the middle of a record");
    }
    return false;
}

/* The reader of a file's content, or NULL. */
static const struct packet_reader *choose_reader(enum file_kind kind)
{
    switch (kind) {
    case FILE_KIND_PCAP:
        return &PACKET_READER_PCAP;
    case FILE_KIND_PCAPNG:
        return &PACKET_READER_PCAPNG;
    case FILE_KIND_NETMON:
        return &PACKET_READER_NETMON;
    case FILE_KIND_OTHER:
        break;
    }
    return NULL;
}

enum ccm_status packet_file_of_input(struct input *input, const char *name,
                                     struct packet_file **file_out, struct ccm_error *error)
{
    struct packet_file *file = calloc(1, sizeof(*file));
    enum ccm_status status = CCM_OK;
    const char *words = NULL;
    size_t length = FILE_KIND_BYTES;
    const uint8_t *start;

    *file_out = NULL;
    if (!file) {
        abort();
    }
    file->input = input;
    start = input_peek(input, length);
    if (!start) {
        length = input_rest(input);
        start = input_peek(input, length);
    }
    file->reader = choose_reader(file_kind(start, length, &words));
    if (!file->reader) {
        const char *compression = input_compression(input);

        status =
            ccm_fail(error, CCM_ERROR_INPUT,
                     "%s is no network capture but %s%s%s%s; "
                     "expected is pcap, pcapng or Network Monitor 2 (.cap), as it is or in "
                     "gzip or zstd",
                     name, words, compression ? ", inside " : "", compression ? compression : "",
                     length == 0 && input_problem(input) ? ", and damaged" : "");
    } else if (!file->reader->start(file)) {
        status = ccm_fail(error, CCM_ERROR_INPUT, "%s cannot be read as a network capture: %s",
                          name, file->problem);
    }
    if (status != CCM_OK) {
        packet_file_close(file);
        return status;
    }
    *file_out = file;
    return CCM_OK;
}

enum ccm_status packet_file_open(const char *path, struct packet_file **file_out,
                                 struct ccm_error *error)
{
    enum ccm_status status;
    struct input *input;

    *file_out = NULL;
    status = input_open(path, &input, error);
    if (status != CCM_OK) {
        return status;
    }
    return packet_file_of_input(input, strcmp(path, "-") == 0 ? "standard input" : path, file_out,
                                error);
}

void packet_file_close(struct packet_file *file)
{
    if (!file) {
        return;
    }
    if (file->reader && file->reader->stop) {
        file->reader->stop(file);
    }
    input_close(file->input);
    free(file);
}

bool packet_file_next(struct packet_file *file, struct frame *frame)
{
    if (file->ended || !file->reader->next(file, frame)) {
        file->ended = true;
        return false;
    }
    frame->number = ++file->frames;
    return true;
}

const char *packet_file_format(const struct packet_file *file)
{
    return file->format;
}

const struct input *packet_file_input(const struct packet_file *file)
{
    return file->input;
}

const char *packet_file_problem(const struct packet_file *file)
{
    return file->problem[0] != '\0' ? file->problem : NULL;
}
