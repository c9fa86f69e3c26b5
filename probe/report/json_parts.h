/* SPDX-License-Identifier: Apache-2.0 */
/* What all parts of the JSON report write in one way. */
#ifndef CCM_REPORT_JSON_PARTS_H
#define CCM_REPORT_JSON_PARTS_H

#include "base/json_writer.h"
#include "evidence/evidence.h"

/* null for EVIDENCE_UNKNOWN. */
void write_number(struct json_writer *writer, const char *key, int64_t value);

/* An array of the records' numbers. */
void write_records(struct json_writer *writer, const char *key,
                   const struct evidence_record *const *records, size_t count);

#endif
