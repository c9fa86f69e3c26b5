/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/shape_rows.h"

const char *const WORDS_DISK_SOURCE[] = {"unknown",  "files", "software", "system", "sam",
                                         "security", "iis",   "identity", NULL};
const char *const WORDS_SOURCE_STATE[] = {"unknown", "read",       "partly",    "none",
                                          "missing", "unreadable", "link",      "other",
                                          "cut",     "damaged",    "too-large", NULL};
const char *const WORDS_DISK_LAYOUT[] = {"unknown", "disk", "windows", "bag", NULL};
const char *const WORDS_DISK_ITEM[] = {
    "none",
#define DISK_ITEM(symbol, word, source, kind, place) word,
#include "evidence/disk.def"
    NULL,
};

static const struct field SOURCE_FIELDS[] = {
    REQUIRED_WORD(evidence_source, source, WORDS_DISK_SOURCE),
    STRING(evidence_source, path),
    REQUIRED_WORD(evidence_source, state, WORDS_SOURCE_STATE),
    WORD(evidence_source, layout, WORDS_DISK_LAYOUT),
    STRING(evidence_source, windows),
    INTEGER(evidence_source, entries),
    WORD(evidence_source, dirty, WORDS_TRI),
    INTEGER(evidence_source, bytes),
    INTEGER(evidence_source, expected_bytes),
    TIME(evidence_source, written_at),
    STRING(evidence_source, problem),
    END,
};

const struct shape SHAPE_SOURCE = {"source", sizeof(struct evidence_source), SOURCE_FIELDS};

static const struct field ITEM_FIELDS[] = {
    REQUIRED_WORD(evidence_item, item, WORDS_DISK_ITEM),
    REQUIRED_WORD(evidence_item, found, WORDS_TRI),
    STRING(evidence_item, where),
    STRING(evidence_item, value),
    INTEGER(evidence_item, number),
    END,
};

const struct shape SHAPE_ITEM = {"item", sizeof(struct evidence_item), ITEM_FIELDS};
