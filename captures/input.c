/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "captures/limits.h"
#include "captures/unpack.h"

enum {
    PACKED_BYTES = 64 * 1024,
    FIRST_WINDOW_BYTES = 8 * 1024, /* small files are many, and need no more */
};

struct input {
    int fd; /* -1: memory */
    const uint8_t *memory;
    size_t memory_length;
    bool can_seek;
    bool ended; /* the source has no more bytes */
    uint64_t position;
    uint64_t size;
    char problem[160];

    struct unpack *unpack; /* NULL: not compressed */
    enum compression compression;
    enum unpack_result state;
    uint8_t *packed; /* PACKED_BYTES; `packed_at` and `packed_left` are what is not yet used */
    const uint8_t *packed_at;
    size_t packed_left;
    uint64_t unpacked;

    uint64_t offset; /* of window[start] */
    size_t start;
    size_t end;
    size_t room; /* FIRST_WINDOW_BYTES, and LIMIT_WINDOW_BYTES when there is more than those */
    uint8_t *window;
};

/* Up to `room` bytes of the file itself; 0 at its end, or when it cannot be read any further. */
static size_t read_source(struct input *input, uint8_t *to, size_t room)
{
    ssize_t got;

    if (input->fd < 0) {
        size_t left = input->memory_length - (size_t)input->position;

        room = room < left ? room : left;
        if (room > 0) {
            memcpy(to, input->memory + input->position, room);
        }
        input->position += room;
        return room;
    }
    got = read(input->fd, to, room);
    if (got < 0) {
        /* A signal that is caught asks to end: a pipe may stay silent for ever. */
        snprintf(input->problem, sizeof(input->problem), "it cannot be read any further: %s",
                 strerror(errno));
        return 0;
    }
    input->position += (uint64_t)got;
    return (size_t)got;
}

/* Makes at least `wanted` packed bytes ready, as far as the file has them. */
static void load_packed(struct input *input, size_t wanted)
{
    if (input->packed_left >= wanted) {
        return;
    }
    memmove(input->packed, input->packed_at, input->packed_left);
    input->packed_at = input->packed;
    while (input->packed_left < wanted) {
        size_t got = read_source(input, input->packed + input->packed_left,
                                 PACKED_BYTES - input->packed_left);

        input->packed_left += got;
        if (got == 0) {
            return;
        }
    }
}

/* Does it become so much larger that it was made to? */
static bool is_bomb(const struct input *input)
{
    return input->unpacked > LIMIT_UNPACK_FREE_BYTES &&
           input->unpacked / LIMIT_UNPACK_RATIO > input->position;
}

/* As read_source, of what is inside. Ends with a problem when the compressed data does. */
static size_t read_packed(struct input *input, uint8_t *to, size_t room)
{
    enum { MAGIC_BYTES = 4 };
    struct unpack_step step = {.out = to, .out_room = room};

    if (is_bomb(input)) {
        snprintf(input->problem, sizeof(input->problem),
                 "the %s data becomes more than %d times as large: no more of it is read",
                 compression_name(input->compression), LIMIT_UNPACK_RATIO);
        return 0;
    }
    while (step.out_room == room && input->state != UNPACK_DAMAGED) {
        bool at_end;

        load_packed(input, input->state == UNPACK_BETWEEN ? MAGIC_BYTES : 1);
        /* What follows the last member (the padding of a tape or a download) is no member. */
        if (input->state == UNPACK_BETWEEN &&
            compression_of(input->packed_at, input->packed_left) != input->compression) {
            return 0;
        }
        at_end = input->packed_left == 0;
        step.in = input->packed_at;
        step.in_length = input->packed_left;
        input->state = unpack_run(input->unpack, &step);
        input->packed_at = step.in;
        input->packed_left = step.in_length;
        if (at_end && step.out_room == room && input->state != UNPACK_BETWEEN) {
            snprintf(input->problem, sizeof(input->problem), "the %s data is cut short",
                     compression_name(input->compression));
            return 0;
        }
    }
    if (input->state == UNPACK_DAMAGED) {
        snprintf(input->problem, sizeof(input->problem), "%s", unpack_problem(input->unpack));
    }
    input->unpacked += room - step.out_room;
    return room - step.out_room;
}

static void make_room(struct input *input, size_t room)
{
    uint8_t *window = realloc(input->window, room);

    if (!window) {
        abort();
    }
    input->window = window;
    input->room = room;
}

/* Reads until the window holds `length` bytes, or to the end. */
static void fill(struct input *input, size_t length)
{
    if (input->start > 0) {
        memmove(input->window, input->window + input->start, input->end - input->start);
        input->end -= input->start;
        input->start = 0;
    }
    while (input->end < length && !input->ended) {
        size_t room;
        size_t got;

        if (input->room == FIRST_WINDOW_BYTES && input->offset + input->end >= FIRST_WINDOW_BYTES) {
            make_room(input, LIMIT_WINDOW_BYTES);
        }
        room = input->room - input->end;
        got = input->unpack ? read_packed(input, input->window + input->end, room)
                            : read_source(input, input->window + input->end, room);
        input->end += got;
        input->ended = got == 0;
    }
}

static void detect_compression(struct input *input)
{
    fill(input, 4);
    input->compression = compression_of(input->window, input->end);
    if (input->compression == COMPRESSION_NONE) {
        return;
    }
    input->unpack = unpack_new(input->compression);
    input->state = UNPACK_GOES_ON;
    input->can_seek = false;
    /* What was read for the look at it is the first that is unpacked. */
    input->packed = malloc(PACKED_BYTES);
    if (!input->packed) {
        abort();
    }
    memcpy(input->packed, input->window, input->end);
    input->packed_at = input->packed;
    input->packed_left = input->end;
    input->end = 0;
    input->ended = false;
}

static struct input *input_new(void)
{
    struct input *input = calloc(1, sizeof(*input));

    if (!input) {
        abort();
    }
    input->fd = -1;
    make_room(input, FIRST_WINDOW_BYTES);
    return input;
}

struct input *input_of_memory(const void *bytes, size_t length)
{
    struct input *input = input_new();

    input->memory = bytes;
    input->memory_length = length;
    input->size = length;
    input->can_seek = true;
    detect_compression(input);
    return input;
}

enum ccm_status input_open(const char *path, struct input **input_out, struct ccm_error *error)
{
    const bool standard = strcmp(path, "-") == 0;
    struct input *input;
    struct stat file;
    int fd;

    *input_out = NULL;
    fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &file) != 0) {
        enum ccm_status status =
            ccm_fail(error, CCM_ERROR_IO, "cannot read %s: %s", path, strerror(errno));

        if (fd >= 0) {
            close(fd);
        }
        return status;
    }
    if (S_ISDIR(file.st_mode)) {
        close(fd);
        return ccm_fail(error, CCM_ERROR_IO, "cannot read %s: it is a folder", path);
    }
    input = input_new();
    input->fd = fd;
    if (S_ISREG(file.st_mode) && lseek(fd, 0, SEEK_CUR) == 0) {
        input->can_seek = true;
        input->size = (uint64_t)file.st_size;
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    detect_compression(input);
    *input_out = input;
    return CCM_OK;
}

void input_close(struct input *input)
{
    if (!input) {
        return;
    }
    if (input->fd >= 0) {
        close(input->fd);
    }
    unpack_free(input->unpack);
    free(input->packed);
    free(input->window);
    free(input);
}

const uint8_t *input_peek(struct input *input, size_t length)
{
    if (input->end - input->start < length) {
        if (length > LIMIT_WINDOW_BYTES) {
            return NULL;
        }
        fill(input, length);
        if (input->end < length) {
            return NULL;
        }
    }
    return input->window + input->start;
}

size_t input_rest(const struct input *input)
{
    return input->end - input->start;
}

void input_advance(struct input *input, size_t length)
{
    input->start += length;
    input->offset += length;
}

bool input_skip(struct input *input, uint64_t length)
{
    while (length > 0) {
        size_t there = input->end - input->start;
        size_t step = length < there ? (size_t)length : there;

        input_advance(input, step);
        length -= step;
        if (length > 0) {
            fill(input, 1);
            if (input->end == 0) {
                return false;
            }
        }
    }
    return true;
}

uint64_t input_offset(const struct input *input)
{
    return input->offset;
}

bool input_can_seek(const struct input *input)
{
    return input->can_seek;
}

bool input_seek(struct input *input, uint64_t offset)
{
    uint64_t window_at = input->offset - input->start;

    if (offset >= window_at && offset <= window_at + input->end) {
        input->start = (size_t)(offset - window_at);
        input->offset = offset;
        return true;
    }
    if (!input->can_seek || offset > input->size) {
        return false;
    }
    if (input->fd >= 0 && lseek(input->fd, (off_t)offset, SEEK_SET) < 0) {
        return false;
    }
    input->position = offset;
    input->offset = offset;
    input->start = 0;
    input->end = 0;
    input->ended = false;
    return true;
}

int input_handle(const struct input *input)
{
    return input->can_seek ? input->fd : -1;
}

const char *input_compression(const struct input *input)
{
    return compression_name(input->compression);
}

const char *input_problem(const struct input *input)
{
    return input->problem[0] != '\0' ? input->problem : NULL;
}

uint64_t input_position(const struct input *input)
{
    return input->position;
}

uint64_t input_size(const struct input *input)
{
    return input->size;
}
