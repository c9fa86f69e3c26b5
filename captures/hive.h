/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registry hives, read with hivex under limits: size of the file, keys below a key, length of a
 * value. Names are compared without regard to case, as Windows does.
 *
 * The base block is read first ([regf], the file format of the registry as Windows NT and later
 * write it): its two sequence numbers differ while Windows writes, so that a hive in which they
 * differ was not unmounted cleanly; its newest changes are in the log files beside it, which are
 * not read.
 */
#ifndef CCM_CAPTURES_HIVE_H
#define CCM_CAPTURES_HIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "evidence/disk.h"

/* The largest that Windows itself loads is 2 GiB; SOFTWARE is mostly below 200 MiB. */
enum { HIVE_SIZE_LIMIT = 1024 * 1024 * 1024, HIVE_VALUE_LIMIT = 64 * 1024, HIVE_MATCH_LIMIT = 256 };

struct hive;

/* What was seen of a file before and while it was opened. */
struct hive_state {
    enum source_state state;
    enum evidence_tri dirty;
    int64_t bytes;
    int64_t expected_bytes;
    int64_t written_at;
    const char *problem; /* static, or NULL */
};

/* Reads the hive behind a file descriptor, which stays the caller's. NULL unless state is
   SOURCE_READ. Free with hive_close. */
struct hive *hive_open(int fd, struct hive_state *state_out);
void hive_close(struct hive *hive);

/* One match. Texts are in the arena of the search, as they stand in the hive (UTF-8). */
struct hive_match {
    const char *path;     /* the whole path, "Microsoft\SMS\Client", in the hive's case */
    const char *name;     /* its last component */
    const char *value;    /* of REG_SZ and REG_EXPAND_SZ, its text; else NULL */
    int64_t number;       /* of REG_DWORD; else unknown */
    const uint8_t *bytes; /* of a value: what is stored, at most HIVE_VALUE_LIMIT; NULL: longer */
    size_t length;
};

struct hive_matches {
    struct hive_match *items;
    size_t count;
    bool failed; /* the hive could not be read to the end: what is not found may be there */
};

/* The keys whose path is `path`; in its last component * and ? stand for any characters. */
void hive_keys(struct hive *hive, struct arena *arena, const char *path,
               struct hive_matches *matches_out);

/* The values whose key and name are `path`, with the same. "(default)" is the nameless value. */
void hive_values(struct hive *hive, struct arena *arena, const char *path,
                 struct hive_matches *matches_out);

/* Does the name match, without regard to ASCII case? */
bool hive_name_matches(const char *name, const char *pattern);

#endif
