/* SPDX-License-Identifier: Apache-2.0 */
#include "captures/unpack.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "captures/limits.h"

struct unpack {
    enum compression compression;
    z_stream gzip;
    ZSTD_DStream *zstd;
    bool between;
    const char *problem;
};

enum compression compression_of(const uint8_t *bytes, size_t length)
{
    /* RFC 1952 2.3.1: ID1, ID2 and the one method, deflate. RFC 8878 3.1.1. */
    static const uint8_t gzip[] = {0x1f, 0x8b, 0x08};
    static const uint8_t zstd[] = {0x28, 0xb5, 0x2f, 0xfd};
    /* Parallel compressors begin with a frame of their own; RFC 8878 3.1.2: 0x184D2A5?. */
    static const uint8_t skippable[] = {0x50, 0x2a, 0x4d, 0x18};

    if (length >= sizeof(gzip) && memcmp(bytes, gzip, sizeof(gzip)) == 0) {
        return COMPRESSION_GZIP;
    }
    if (length >= sizeof(zstd) &&
        (memcmp(bytes, zstd, sizeof(zstd)) == 0 ||
         ((bytes[0] & 0xf0) == skippable[0] && memcmp(bytes + 1, skippable + 1, 3) == 0))) {
        return COMPRESSION_ZSTD;
    }
    return COMPRESSION_NONE;
}

const char *compression_name(enum compression compression)
{
    static const char *const names[] = {NULL, "gzip", "zstd"};

    return names[compression];
}

struct unpack *unpack_new(enum compression compression)
{
    /* 15 is the largest window of deflate, 16 more: a gzip header is expected (zlib.h). */
    enum { GZIP_WINDOW = 15 + 16 };
    struct unpack *unpack = calloc(1, sizeof(*unpack));
    bool ok = unpack != NULL;

    if (ok) {
        unpack->compression = compression;
        if (compression == COMPRESSION_GZIP) {
            ok = inflateInit2(&unpack->gzip, GZIP_WINDOW) == Z_OK;
        } else {
            unpack->zstd = ZSTD_createDStream();
            ok = unpack->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(
                                     unpack->zstd, ZSTD_d_windowLogMax, LIMIT_ZSTD_WINDOW_LOG));
        }
    }
    if (!ok) {
        abort(); /* out of memory, as in base/arena.h */
    }
    return unpack;
}

void unpack_free(struct unpack *unpack)
{
    if (!unpack) {
        return;
    }
    if (unpack->compression == COMPRESSION_GZIP) {
        inflateEnd(&unpack->gzip);
    } else {
        ZSTD_freeDStream(unpack->zstd);
    }
    free(unpack);
}

const char *unpack_problem(const struct unpack *unpack)
{
    return unpack->problem;
}

static enum unpack_result run_gzip(struct unpack *unpack, struct unpack_step *step)
{
    z_stream *gzip = &unpack->gzip;
    int result;

    if (unpack->between) {
        inflateReset(gzip);
    }
    gzip->next_in = (Bytef *)step->in;
    gzip->avail_in = (uInt)step->in_length;
    gzip->next_out = step->out;
    gzip->avail_out = (uInt)step->out_room;
    result = inflate(gzip, Z_NO_FLUSH);
    step->in = gzip->next_in;
    step->in_length = gzip->avail_in;
    step->out = gzip->next_out;
    step->out_room = gzip->avail_out;
    unpack->between = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        unpack->problem = "the gzip data is damaged";
        return UNPACK_DAMAGED;
    }
    return unpack->between ? UNPACK_BETWEEN : UNPACK_GOES_ON;
}

static enum unpack_result run_zstd(struct unpack *unpack, struct unpack_step *step)
{
    ZSTD_inBuffer in = {step->in, step->in_length, 0};
    ZSTD_outBuffer out = {step->out, step->out_room, 0};
    size_t result = ZSTD_decompressStream(unpack->zstd, &out, &in);

    step->in += in.pos;
    step->in_length -= in.pos;
    step->out += out.pos;
    step->out_room -= out.pos;
    if (ZSTD_isError(result)) {
        unpack->problem = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge
                              ? "the zstd data needs more than 8 MiB of memory: unpack it first "
                                "(zstd -d --long=31)"
                              : "the zstd data is damaged";
        return UNPACK_DAMAGED;
    }
    unpack->between = result == 0;
    return unpack->between ? UNPACK_BETWEEN : UNPACK_GOES_ON;
}

enum unpack_result unpack_run(struct unpack *unpack, struct unpack_step *step)
{
    return unpack->compression == COMPRESSION_GZIP ? run_gzip(unpack, step)
                                                   : run_zstd(unpack, step);
}
