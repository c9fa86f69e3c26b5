/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_parts.h"

void write_number(struct json_writer *writer, const char *key, int64_t value)
{
    if (value == EVIDENCE_UNKNOWN) {
        writer_null(writer, key);
    } else {
        writer_integer(writer, key, value);
    }
}

void write_records(struct json_writer *writer, const char *key,
                   const struct evidence_record *const *records, size_t count)
{
    writer_array(writer, key);
    for (size_t i = 0; i < count; i++) {
        writer_integer(writer, NULL, records[i]->id);
    }
    writer_array_end(writer);
}
