/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a large text in pieces that several threads look at ahead, while what they found is taken
 * in the order of the text: `work` does what a piece can be judged by alone (searching, dividing,
 * hashing), `take` what depends on what came before (counting, evidence). The same for a plain
 * file, which every thread reads its own pieces of, and for a compressed one, a pipe or UTF-16,
 * which is read in order and shown as UTF-8.
 */
#ifndef CCM_CAPTURES_TEXT_WORK_H
#define CCM_CAPTURES_TEXT_WORK_H

#include "captures/text_file.h"

/* A part of the text. Its own bytes are text[0, length): a record that begins in them is its own,
   wherever it ends. Valid during the call. */
struct text_piece {
    const char *text;
    size_t length;
    size_t before; /* bytes in front of `text` that are there, too: text[-before] is the first */
    size_t behind; /* bytes behind its own that are there: up to text[length + behind - 1] */
    bool is_first; /* nothing comes before text[0] */
    bool is_last;  /* nothing comes behind text[length - 1] */
    void *found;   /* from `make`; its contents are of an earlier piece, until `work` sets them */
};

struct text_worker {
    void *context;
    /* Bytes to be seen in front of a piece and behind it: fewer only at the beginning and the end
       of the text. Behind one, text_piece_extend shows `behind_most`; 0: no more. */
    size_t before;
    size_t behind;
    size_t behind_most;
    /* Bytes of a file's pieces: larger ones where much is to be seen behind them, which is read
       twice; 0: as usual. */
    size_t piece;
    void *(*make)(void *context); /* one `found`; there are a few for each thread */
    void (*release)(void *found);
    /* The first piece, before all else, on the caller's thread. NULL: not wanted. */
    void (*begin)(void *context, const struct text_piece *first);
    void (*work)(void *context, struct text_piece *piece); /* on any thread: changes `found` only */
    void (*take)(void *context, struct text_piece *piece); /* on the caller's, in order */
};

/* Shows behind a piece what a rare long record may need, in `work` or in `take`; `text` may move.
   There can be as much before it is asked for. */
void text_piece_extend(struct text_piece *piece);

/* The whole file. Size, compression and problem of the recording are filled; its strings are in the
   arena. CCM_ERROR_IO: it cannot be opened or read. */
enum ccm_status text_work_file(const char *path, const struct text_settings *settings,
                               const struct text_worker *worker, struct arena *arena,
                               struct evidence_recording *recording,
                               struct ccm_error *error) CCM_MUST_CHECK;

/* The same of a text in memory, which is not decompressed, in pieces of `piece` bytes, on the
   caller's thread. */
void text_work_memory(const void *bytes, size_t length, size_t piece,
                      const struct text_worker *worker);

#endif
