/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence as a file: JSON values, one a line (docs/evidence-format.md).
 *
 *     {"format":"ccmprobe-evidence","version":1}
 *     {"id":1,"case":1,"kind":"run","at":"2026-11-21T00:56:57.123456Z","target":"mp.contoso.lab"}
 *     {"end":1}
 *
 * What is loaded again is equal to what was saved, field by field, so reports are too. The last
 * line counts the records: a file that was cut short is noticed.
 */
#ifndef CCM_EVIDENCE_JSON_H
#define CCM_EVIDENCE_JSON_H

#include "base/buffer.h"
#include "base/json_writer.h"
#include "base/status.h"
#include "evidence/evidence.h"

/* A file of evidence larger than this is refused (bytes). */
enum { EVIDENCE_FILE_LIMIT = 256 * 1024 * 1024 };

/* Appends the whole file to `out`, which `sink`, if there is one, empties meanwhile: then what is
   saved takes no memory. */
void evidence_save(const struct evidence_set *set, struct buffer *out, struct file_sink *sink);

/* Writes one record as an object: id, case, kind, at, then the payload's fields. */
void evidence_record_write(const struct evidence_record *record, struct json_writer *writer);

/*
 * Reads a file's text and appends its records to `set`, cases numbered on from those that are
 * there. `name` is for the error, which gives line and place: `case.jsonl:7: /reply/status: ...`.
 * Every field is checked: unknown names, wrong types, unknown words and missing required fields are
 * errors (CCM_ERROR_INPUT). The set is unchanged after an error.
 */
enum ccm_status evidence_load(const char *name, const struct buffer *text, struct evidence_set *set,
                              struct ccm_error *error) CCM_MUST_CHECK;

#endif
