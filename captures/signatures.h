/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: problems that were seen before, told by what the logs say then. A file of them is
 * text that people write, see docs/known-problems.txt, which is built in:
 *
 *     # a comment
 *     name: what the problem is, in a few words; begins a signature
 *     log: smsts*, OSDSetupWindows      names of the log file or the component, "*" for any text
 *     pattern: Failed to * the store    what a message holds; several: any of them
 *     means: why it happens             a line that begins with a blank goes on the one before
 *     do: what helps
 *     source: where it is described
 *
 * Letters match without regard to case. "*" in a pattern stands for any text, also for none. Where
 * a pattern begins or ends with a letter or a digit, so does the word in the message: "code 2" is
 * not found in "code 20", "code 2*" is. Matching takes time in proportion to the message.
 */
#ifndef CCM_CAPTURES_SIGNATURES_H
#define CCM_CAPTURES_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/status.h"

enum {
    SIGNATURES_LIMIT = 1024,            /* in all files */
    SIGNATURE_PATTERNS = 16,            /* of one signature */
    SIGNATURE_PIECES = 8,               /* of one pattern, between its stars */
    SIGNATURE_LITERAL = 4,              /* bytes that a pattern's longest piece has at least */
    SIGNATURE_TEXT = 2000,              /* bytes of a value */
    SIGNATURES_FILE_BYTES = 1024 * 1024 /* of a file */
};

struct signature_piece {
    const char *text;
    size_t length;
};

struct signature_pattern {
    struct signature_piece *pieces;
    size_t piece_count;
    size_t longest;   /* which of them */
    bool open_start;  /* begins with a star */
    bool open_end;    /* ends with one */
    size_t signature; /* which one it belongs to */
};

struct signature {
    const char *name;
    const char *means;
    const char *remedy;
    const char *source;
    const char **logs; /* names, in which "*" stands for any text */
    size_t log_count;
    const char **patterns; /* as they were written */
    size_t pattern_count;
    size_t line; /* of its name */
    size_t file; /* which file it came from, from 1 */
};

/* What finds patterns quickly: see signature_index.c. */
struct signature_index;

/* Zero-initialise; release with signatures_release. */
struct signatures {
    struct arena arena;
    struct signature *items;
    size_t count;
    size_t files; /* read so far */
    struct signature_pattern *patterns;
    size_t pattern_count;
    struct signature_index *index;
};

void signatures_release(struct signatures *signatures);

/* Adds those of a text. One that has the name of one from an earlier text replaces it. What is
   wrong: CCM_ERROR_USAGE with FILE:LINE, and nothing was added that can be relied on. */
enum ccm_status signatures_parse(struct signatures *signatures, const char *path, const char *text,
                                 size_t length, struct ccm_error *error) CCM_MUST_CHECK;

/* The same of a file; CCM_ERROR_IO when it cannot be read. */
enum ccm_status signatures_load(struct signatures *signatures, const char *path,
                                struct ccm_error *error) CCM_MUST_CHECK;

/* The same of docs/known-problems.txt as it was when the program was built. */
enum ccm_status signatures_load_builtin(struct signatures *signatures,
                                        struct ccm_error *error) CCM_MUST_CHECK;

/* Ready to search; after the last text. */
void signatures_ready(struct signatures *signatures);

/* Does the name match one of the signature's logs? */
bool signature_is_of_log(const struct signature *signature, const char *name, size_t length);

/* Takes a pattern apart. False: it has too many pieces, or none that is long enough. */
bool signature_pattern_read(struct arena *arena, const char *text,
                            struct signature_pattern *pattern_out);

bool signature_pattern_matches(const struct signature_pattern *pattern, const char *message,
                               size_t length);

/* Marks which patterns were tried on a message; one byte for each pattern, zeroed. */
struct signature_scan {
    unsigned char *tried;
    size_t *list; /* which they are, to be cleared again */
    size_t count;
};

typedef void signature_fn(void *context, const struct signature_pattern *pattern);

/* Calls `found` once for each pattern that the message holds. Nothing is allocated. */
void signatures_search(const struct signatures *signatures, struct signature_scan *scan,
                       const char *message, size_t length, signature_fn *found, void *context);

#endif
