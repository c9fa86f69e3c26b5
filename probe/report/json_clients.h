/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of recordings as JSON. */
#ifndef CCM_REPORT_JSON_CLIENTS_H
#define CCM_REPORT_JSON_CLIENTS_H

#include "base/json_writer.h"
#include "rules/verdict.h"

/* "clients": an array with an object for each client, the worst first. */
void clients_write(const struct judgement *judgement, struct json_writer *writer);

/* "clocks": an array with an object for each two clocks that were compared. */
void clocks_write(const struct clock_links *links, struct json_writer *writer);

#endif
