/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the JSON report that only cases about a disk have. */
#ifndef CCM_REPORT_JSON_DISK_H
#define CCM_REPORT_JSON_DISK_H

#include "base/json_writer.h"
#include "rules/verdict.h"

/* The article's steps, what came of each, and the commands for what is left to do: the member
   "checklist". */
void checklist_write(const struct case_view *view, struct json_writer *writer);

#endif
